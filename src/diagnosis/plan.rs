//! How broken sites get new approvals without one that works being lost: an order and a user each, or how many users are missing.
//! Uses `model`, the ledger's slots and the verdicts.
//!
//! What is not known to be dead is taken to live. An approval is given up only where it is known whose it was and that its site
//! holds another token or none, or where its token was found while it lived and is refused for good now.

mod rooms;
mod standing;

use super::context::{Context, Link};
use super::ledger::{Roster, UserSlots};
use super::{Judgement, judgement};
use crate::model::{
    Cause, Clean, Fleet, Health, HeldSlot, LeftOut, OrgName, Plan, PlanOrg, PlanStep, PlanUser, Settings, Severity,
    SiteName, SiteState, UserId, Whose, age,
};
use chrono::{DateTime, Utc};
use rooms::{Room, Rooms, assign, missing_users};
pub use standing::plan_standing;
use std::collections::BTreeMap;

/// A site that is to get a new approval.
struct Wanted {
    site: SiteName,
    /// The user it was authorized as.
    user: Option<UserId>,
    /// What ended its connection; none where it works.
    cause: Option<Cause>,
}

/// Plans new approvals for these sites, in this order of preference; for all that lost their connection where none is named.
pub fn plan(fleet: &Fleet, settings: &Settings, sites: &[SiteName], now: DateTime<Utc>) -> Plan {
    let mut by_org: BTreeMap<OrgName, Vec<Wanted>> = BTreeMap::new();
    let mut left_out = Vec::new();
    let named = !sites.is_empty();
    let all: Vec<SiteName> = if named { sites.to_vec() } else { settings.sites.keys().cloned().collect() };
    for site in all {
        match wanted(fleet, settings, &site, named, now) {
            Ok(Some((org, wanted))) => by_org.entry(org).or_default().push(wanted),
            Ok(None) => {}
            Err(reason) => left_out.push(LeftOut { site, reason: reason.into() }),
        }
    }
    let mut plan = Plan { made_at: now, orgs: Vec::new(), steps: Vec::new(), left_out };
    for (org, wanted) in by_org {
        match judgeable(fleet, settings, &org, now) {
            Ok(roster) => {
                let (org, steps) = of_org(&roster, &wanted);
                plan.orgs.push(org);
                plan.steps.extend(steps);
            }
            Err(reason) => {
                let out = |wanted: Wanted| LeftOut { site: wanted.site, reason: reason.as_str().into() };
                plan.left_out.extend(wanted.into_iter().map(out));
            }
        }
    }
    plan
}

/// Orgs of a plan whose lists of approvals are too old to lean on, a clause each.
pub fn plan_stale(fleet: &Fleet, settings: &Settings, plan: &Plan, now: DateTime<Utc>) -> Vec<String> {
    let old = plan.orgs.iter().filter_map(|org| {
        let listed = fleet.org(&org.name)?.coverage.as_ref()?.seen_at;
        let words = || format!("{}: approvals were listed {} ago", org.name, age::since(listed, now));
        (now - listed > settings.thresholds.old_after).then(words)
    });
    old.collect()
}

/// A site that is to get a new approval, with its org; none where it works and nobody named it; why not where it is broken, or
/// named, and can not.
fn wanted(
    fleet: &Fleet,
    settings: &Settings,
    name: &SiteName,
    named: bool,
    now: DateTime<Utc>,
) -> Result<Option<(OrgName, Wanted)>, String> {
    let unknown = SiteState::unknown(name.clone());
    let context = Context::new(fleet, settings, fleet.site(name).unwrap_or(&unknown), now);
    let Judgement { row, findings } = judgement(&context);
    let broken = findings.iter().find(|finding| finding.severity == Severity::Fail);
    // A copy or a staging site may be broken and is not counted, so it is not brought back unasked.
    if !named && row.health != Health::Fail {
        return Ok(None);
    }
    let cause = broken.map(|finding| finding.cause).or_else(|| never(context.link()));
    match cause {
        Some(cause) if is_cured(cause) || cause == Cause::NotAuthorized => {}
        Some(cause) => return Err(format!("{cause}: a new approval does not cure that")),
        None if named => {}
        None => return Ok(None),
    }
    let Some(org) = row.org else {
        return Err("its org is not known; give it one in the configuration".to_owned());
    };
    let user = context.connection().and_then(|connection| connection.user.clone());
    Ok(Some((org, Wanted { site: name.clone(), user, cause })))
}

fn never(link: Link) -> Option<Cause> {
    match link {
        Link::Never(cause) => Some(cause),
        _ => None,
    }
}

/// Whether a new approval brings back what this ended. Others need another cure, and their token may work again after it.
fn is_cured(cause: Cause) -> bool {
    matches!(
        cause,
        Cause::Evicted
            | Cause::Revoked
            | Cause::PolicyLifetime
            | Cause::PolicyIdle
            | Cause::IdleCap
            | Cause::RotatedOut
            | Cause::UserInactive
            | Cause::UserFrozen
            | Cause::AppUninstalled
            | Cause::AppNotInstalled
            | Cause::SandboxRefreshed
            | Cause::Disconnected
            | Cause::NotRecorded
    )
}

/// The roster of an org whose approvals are all listed; why there is none.
fn judgeable<'a>(
    fleet: &'a Fleet,
    settings: &'a Settings,
    name: &OrgName,
    now: DateTime<Utc>,
) -> Result<Roster<'a>, String> {
    if !settings.orgs.contains_key(name) {
        return Err(format!("{name} is not in the configuration"));
    }
    let refused = fleet.org(name).and_then(|org| org.coverage.as_ref()).and_then(|seen| seen.value.refused());
    if let Some(refused) = refused {
        return Err(format!("approvals of {name} may not be listed: needs {}", refused.permission));
    }
    let roster = Roster::new(fleet, settings, name, now).filter(|roster| roster.seen_at.is_some());
    let roster = roster.ok_or_else(|| format!("approvals of {name} were not listed yet"))?;
    if !roster.org.lists_all_approvals() {
        return Err(format!("not all approvals of {name} are listed, so nobody knows what another would cost"));
    }
    Ok(roster)
}

fn of_org(roster: &Roster, wanted: &[Wanted]) -> (PlanOrg, Vec<PlanStep>) {
    let (name, limit) = (&roster.org.name, roster.terms.slot_limit);
    let fits = |user: &&UserSlots| user.unusable.is_none() && !is_over(user, limit);
    let mut rooms: Vec<Rooms> = roster.users.iter().filter(fits).map(|user| Rooms::new(user, limit)).collect();
    let own = |wanted: &Wanted| rooms.iter().position(|rooms| Some(&rooms.user.id) == wanted.user.as_ref());
    let own: Vec<Option<usize>> = wanted.iter().map(own).collect();
    let placed = assign(&rooms, &own);
    let mut steps = Vec::new();
    for ((wanted, own), index) in wanted.iter().zip(&own).zip(&placed) {
        let Some(index) = *index else { continue };
        let user = rooms[index].user;
        let Some(room) = rooms[index].take() else { continue };
        if let Room::Revoke(held) = &room {
            steps.push(revoke(name, user, held));
        }
        steps.push(authorize(name, wanted, user, *own == Some(index), &room, limit));
    }
    let without: Vec<SiteName> = wanted
        .iter()
        .zip(&placed)
        .filter(|(_, index)| index.is_none())
        .map(|(wanted, _)| wanted.site.clone())
        .collect();
    let used = |rooms: &&Rooms| steps.iter().any(|step| user_of(step) == &rooms.user.id);
    let held = |rooms: &Rooms| PlanUser {
        id: rooms.user.id.clone(),
        name: rooms.user.name.clone(),
        approvals: rooms.user.held.iter().map(|held| held.approval_id).collect(),
    };
    let org = PlanOrg {
        name: name.clone(),
        id: roster.id.clone(),
        slot_limit: limit,
        approvals_seen_at: roster.seen_at,
        missing_users: missing_users(without.len(), limit),
        without_slot: without,
        notes: notes(roster, wanted).into_iter().map(Clean::from).collect(),
        users: rooms.iter().filter(used).map(held).collect(),
    };
    (org, steps)
}

fn user_of(step: &PlanStep) -> &UserId {
    match step {
        PlanStep::Revoke { user, .. } | PlanStep::Authorize { user, .. } => user,
    }
}

/// Whether a user was seen to hold more than there are slots for: then the setting is wrong, and what a further one would remove
/// can not be told.
fn is_over(user: &UserSlots, limit: u32) -> bool {
    user.used.is_some_and(|used| used > limit)
}

fn revoke(org: &OrgName, user: &UserSlots, held: &HeldSlot) -> PlanStep {
    let why = match &held.whose {
        Whose::Nobody { reason, .. } => reason.clone(),
        Whose::Sites { sites, .. } => {
            let names: Vec<&str> = sites.iter().map(SiteName::as_str).collect();
            format!("{}'s, whose token Salesforce refuses for good", names.join(" and "))
        }
        Whose::OneOf { .. } => String::new(),
    };
    PlanStep::Revoke {
        org: org.clone(),
        user: user.id.clone(),
        user_name: user.name.clone(),
        approval: held.approval_id,
        approval_made_at: held.created_at,
        why: why.into(),
    }
}

fn authorize(org: &OrgName, wanted: &Wanted, user: &UserSlots, own_user: bool, room: &Room, limit: u32) -> PlanStep {
    let (removes, why) = match room {
        Room::Free(slot) => (Vec::new(), format!("slot {slot} of {limit} is free")),
        Room::Revoke(held) => (Vec::new(), format!("the slot of {}, revoked before", held.approval_id.short())),
        Room::Leaves(group) => {
            let ids: Vec<String> = group.iter().map(|held| held.approval_id.short()).collect();
            let which = if ids.len() > 1 { "one of the oldest" } else { "the oldest" };
            (
                group.iter().map(|held| held.approval_id).collect(),
                format!("removes {which}, {}, which nothing works with", ids.join(" or ")),
            )
        }
    };
    PlanStep::Authorize {
        org: org.clone(),
        site: wanted.site.clone(),
        user: user.id.clone(),
        user_name: user.name.clone(),
        cause: wanted.cause,
        own_user,
        removes,
        why: why.into(),
    }
}

fn notes(roster: &Roster, wanted: &[Wanted]) -> Vec<String> {
    let (name, limit) = (&roster.org.name, roster.terms.slot_limit);
    let mut notes = Vec::new();
    if roster.org.app_installed() == Some(false) {
        let app = &roster.terms.app;
        notes.push(format!(
            "install {app} in {name} first: an app that is not installed admits nobody who holds none of its approvals"
        ));
    }
    let failed = roster.org.reach.as_ref().is_some_and(|reach| reach.value.is_err());
    if let Some(seen) = roster.seen_at.filter(|_| failed) {
        notes
            .push(format!("{name} does not answer now; its approvals are those of {}", seen.format("%Y-%m-%d %H:%MZ")));
    }
    for user in roster.users.iter().filter(|user| is_over(user, limit)) {
        let used = user.held.len();
        notes.push(format!(
            "{} holds {used} of {limit}: slot_limit is set too low, and nothing is planned with this user",
            user.name
        ));
    }
    let fits = |user: &UserSlots| user.unusable.is_none() && !is_over(user, limit);
    if !roster.users.iter().any(fits) {
        notes.push(format!("no user of {name} that could sign in is known"));
    }
    let own = |user: &&UserSlots| wanted.iter().any(|wanted| wanted.user.as_ref() == Some(&user.id));
    for user in roster.users.iter().filter(own) {
        notes.extend(user.unusable.as_ref().map(|why| format!("{} {why}: its sites go to other users", user.name)));
    }
    notes
}

#[cfg(test)]
mod generated;
#[cfg(test)]
mod tests;
