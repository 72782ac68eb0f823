//! One org's board: its policy, and who of its users holds which slot, by the same attribution as the lines of sites.
//! Uses `model` and `attribution`.

use crate::diagnosis::attribution::Ledger;
use crate::model::{Clean, Fleet, Holder, OrgBoard, OrgName, OrgState, Settings, UserBoard, UserId};
use std::collections::BTreeSet;

/// The board of an org as it is known; none for an org that the configuration does not name.
pub fn board(fleet: &Fleet, settings: &Settings, name: &OrgName) -> Option<OrgBoard> {
    let terms = settings.orgs.get(name)?;
    let unknown = OrgState::unknown(name.clone());
    let org = fleet.org(name).unwrap_or(&unknown);
    let app = org.app.as_ref().and_then(|seen| seen.value.seen()).and_then(Option::as_ref);
    let assigned = settings.sites.iter().filter(|(_, site)| site.org.as_ref() == Some(name)).map(|(site, _)| site);
    let told = org.id().into_iter().flat_map(|id| fleet.sites_in(id)).map(|site| &site.name);
    let elsewhere =
        |site: &&_| settings.sites.get(*site).is_some_and(|terms| terms.org.as_ref().is_some_and(|o| o != name));
    let sites: BTreeSet<_> = assigned.chain(told.filter(|site| !elsewhere(site))).collect();
    let mut users: Vec<UserBoard> = org.holders().map(|user| user_board(fleet, settings, org, user)).collect();
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
    })
}

fn user_board(fleet: &Fleet, settings: &Settings, org: &OrgState, user: &UserId) -> UserBoard {
    let rotation = settings.orgs.get(&org.name).map(|terms| terms.rotation).unwrap_or_default();
    let named = org.users.get(user).map(|seen| seen.value.username.clone());
    let Some(org_id) = org.id() else {
        let slots = org.approvals_of(user).iter().map(|_| Holder::Unknown).collect();
        return UserBoard {
            id: user.clone(),
            name: named.unwrap_or_else(|| Clean::new(user.as_str())),
            slots,
            used: None,
        };
    };
    let ledger = Ledger::new(fleet, org, org_id, user, rotation, settings.thresholds.proof_max_age);
    let slots: Vec<Holder> = (0..ledger.listed().len())
        .map(|index| match &ledger.may_hold(index)[..] {
            [] => Holder::Orphan,
            [one] => one.sites.first().map_or(Holder::Unknown, |site| Holder::Site { name: site.name.clone() }),
            _ => Holder::Unknown,
        })
        .collect();
    let held = ledger.complete.then(|| u32::try_from(slots.len()).unwrap_or(u32::MAX));
    UserBoard { id: user.clone(), name: named.unwrap_or_else(|| Clean::new(user.as_str())), slots, used: held }
}
