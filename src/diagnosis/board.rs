//! One org's board: its policy, and who of its users holds which slot, by the same attribution as the lines of sites.
//! Uses `model`, `attribution` and `context`.

use crate::diagnosis::attribution::{Holder as Token, Ledger, is_connected};
use crate::diagnosis::context::is_staged;
use crate::diagnosis::permissions::missing;
use crate::model::{
    AppUse, Clean, Fleet, Holder, OrgBoard, OrgFacts, OrgName, OrgState, OrgTerms, Settings, SiteName, SiteState,
    UserBoard, UserFacts, UserId,
};
use std::collections::{BTreeMap, BTreeSet};

/// The board of an org as it is known; none for an org that the configuration does not name.
pub fn board(fleet: &Fleet, settings: &Settings, name: &OrgName) -> Option<OrgBoard> {
    let terms = settings.orgs.get(name)?;
    let unknown = OrgState::unknown(name.clone());
    let org = fleet.org(name).unwrap_or(&unknown);
    let app = org.app.as_ref().and_then(|seen| seen.value.seen()).and_then(Option::as_ref);
    let sites = sites(fleet, settings, org);
    let mut users: Vec<UserBoard> =
        users(fleet, org, &sites).into_iter().map(|user| user_board(fleet, settings, org, user)).collect();
    users.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    Some(OrgBoard {
        name: name.clone(),
        url: terms.url.clone(),
        sandbox: org.organization.as_ref().and_then(|seen| seen.value.seen()).map(|seen| seen.sandbox),
        policy: app.map(|app| app.policy),
        policy_unit: terms.policy_unit,
        rotation: terms.rotation,
        slot_limit: terms.slot_limit,
        sites: sites.len(),
        users,
        refused: org.coverage.as_ref().and_then(|seen| seen.value.refused()).cloned(),
        failure: org.reach.as_ref().and_then(|reach| reach.value.as_ref().err()).cloned(),
        answered_at: org.answered_at,
        clock_offset_s: org.clock_offset_s,
        facts: facts(org, terms),
    })
}

fn facts(org: &OrgState, terms: &OrgTerms) -> OrgFacts {
    let organization = org.organization.as_ref().and_then(|seen| seen.value.seen());
    OrgFacts {
        id: organization.map(|seen| seen.id.clone()),
        edition: organization.map(|seen| seen.edition.clone()),
        app_installed: org.app_installed(),
        app: terms.app.clone(),
        usage: org.api_usage.as_ref().and_then(|seen| seen.value.seen()).copied(),
        missing: missing(org),
        other_apps: other_apps(org),
    }
}

/// Other apps that the users approved, the most spread first; none where approvals of others may not be listed: Salesforce
/// then tells fusebox's own, and refuses nothing.
pub fn other_apps(org: &OrgState) -> Option<Vec<AppUse>> {
    org.coverage.as_ref()?.value.seen()?;
    let apps = org.history.other_apps.as_ref()?.value.seen()?;
    let mut by_app: BTreeMap<&Clean, AppUse> = BTreeMap::new();
    for row in &apps.rows {
        let known = by_app.entry(&row.app).or_insert_with(|| AppUse { app: row.app.clone(), users: 0, approvals: 0 });
        known.users += 1;
        known.approvals += row.approvals;
    }
    let mut uses: Vec<AppUse> = by_app.into_values().collect();
    uses.sort_by_key(|one| std::cmp::Reverse(one.users));
    Some(uses)
}

/// The sites that belong to an org: those that the operator gave it, and those that name it and were given to no other.
pub(super) fn sites<'a>(fleet: &'a Fleet, settings: &'a Settings, org: &OrgState) -> BTreeSet<&'a SiteName> {
    let given = settings.sites.iter().filter(|(_, terms)| terms.org.as_ref() == Some(&org.name)).map(|(site, _)| site);
    let told = org.id().into_iter().flat_map(|id| fleet.sites_in(id)).map(|site| &site.name);
    let elsewhere = |site: &&SiteName| {
        settings.sites.get(*site).and_then(|terms| terms.org.as_ref()).is_some_and(|given| *given != org.name)
    };
    given.chain(told.filter(|site| !elsewhere(site))).collect()
}

/// The users of an org: who holds an approval, and whom a connected site of it names. A user whose approvals are all
/// gone is of most interest to the site that had one. A site of another org, given to this one, has no user here.
pub(super) fn users<'a>(fleet: &'a Fleet, org: &'a OrgState, sites: &BTreeSet<&SiteName>) -> BTreeSet<&'a UserId> {
    let named = sites.iter().filter_map(|site| fleet.site(site)).filter(|site| is_connected(site)).filter_map(|site| {
        let connection = &site.last_connection.as_ref()?.value;
        let here = org.id().is_none_or(|id| connection.org.as_ref() == Some(id));
        connection.user.as_ref().filter(|_| here)
    });
    org.holders().chain(named).collect()
}

fn user_board(fleet: &Fleet, settings: &Settings, org: &OrgState, user: &UserId) -> UserBoard {
    let known = org.users.get(user).map(|seen| &seen.value);
    let name = known.map_or_else(|| Clean::new(user.as_str()), |user| user.username.clone());
    let approvals = org.approvals_of(user);
    let listed = approvals.len();
    let mut facts = UserFacts {
        active: known.map(|user| user.active),
        frozen: known.and_then(|user| user.frozen),
        oldest_at: approvals.first().map(|oldest| org.to_host_time(oldest.created_at)),
        tied: matches!(approvals, [first, second, ..] if first.created_at == second.created_at),
        ..UserFacts::default()
    };
    let board = |slots, used, facts| UserBoard { id: user.clone(), name, slots, used, facts };
    if unseen(org, user) {
        return board(vec![Holder::Unseen; listed], None, facts);
    }
    let Some(id) = org.id() else { return board(vec![Holder::Unknown; listed], None, facts) };
    let rotation = settings.orgs.get(&org.name).map(|terms| terms.rotation).unwrap_or_default();
    let ledger = Ledger::new(fleet, org, id, user, rotation, settings.thresholds.proof_max_age);
    let slots = (0..listed).map(|index| holder(settings, &ledger, index)).collect();
    let connected = |holder: &&Token| holder.connected;
    let placed = |holder: &Token| ledger.own(holder).is_some();
    let copied = |holder: &&Token| holder.sites.iter().filter(|site| is_connected(site)).count() > 1;
    let shared = ledger.holders.iter().filter(connected).filter(copied).filter(|holder| placed(holder)).count();
    facts.shared = u32::try_from(shared).unwrap_or(u32::MAX);
    let unplaced = ledger.holders.iter().filter(connected).filter(|holder| !placed(holder));
    facts.unplaced = unplaced.flat_map(|holder| holder.sites.iter().map(|site| site.name.clone())).collect();
    board(slots, ledger.complete.then(|| u32::try_from(listed).unwrap_or(u32::MAX)), facts)
}

/// Whether the last list of approvals says nothing of a user that an earlier one showed: the list became a short one, or
/// may not be read any more.
fn unseen(org: &OrgState, user: &UserId) -> bool {
    let seen_at = org.approvals.get(user).map(|rows| rows.seen_at);
    let listed_at = org.coverage.as_ref().map(|coverage| coverage.seen_at);
    seen_at.zip(listed_at).is_some_and(|(seen, listed)| seen < listed)
}

/// Who holds a slot, as the line of the site says it: a site that may hold several slots is named at none of them.
fn holder(settings: &Settings, ledger: &Ledger, index: usize) -> Holder {
    match ledger.owner_of(index) {
        // What a disconnected site left behind is held by nobody.
        Some(token) if !token.connected => Holder::Orphan,
        Some(token) => {
            original(settings, token).map_or(Holder::Unknown, |site| Holder::Site { name: site.name.clone() })
        }
        None if ledger.may_hold(index).is_empty() => Holder::Orphan,
        None => Holder::Unknown,
    }
}

/// Of several sites with one token the one that is no copy.
pub(super) fn original<'a>(settings: &Settings, token: &Token<'a>) -> Option<&'a SiteState> {
    let copied = |site: &SiteState| (is_staged(settings, site), !is_connected(site));
    token.sites.iter().copied().min_by_key(|site| (copied(site), &site.name))
}
