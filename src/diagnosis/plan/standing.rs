//! Whether a plan still holds: each step asked again by what is known now, with those before it taken as done. Whoever carries a
//! plan out asks this before each step, and a file that was edited is judged by it like any other.

use super::rooms::is_spare;
use super::{is_over, judgeable};
use crate::diagnosis::attribution::{is_connected, token_known_by};
use crate::diagnosis::ledger::{Roster, UserSlots};
use crate::diagnosis::{Judgement, judge};
use crate::model::{Fleet, HeldSlot, OrgName, Plan, PlanStep, Settings, Severity, SiteName, StepState, UserId, Whose};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// What became of each step by `now`, in the plan's order.
pub fn plan_standing(fleet: &Fleet, settings: &Settings, plan: &Plan, now: DateTime<Utc>) -> Vec<StepState> {
    let mut orgs: BTreeMap<&OrgName, Result<Now, String>> = BTreeMap::new();
    for org in &plan.orgs {
        let roster = judgeable(fleet, settings, &org.name, now).and_then(|roster| {
            if *roster.id == org.id {
                return Ok(Now::new(roster));
            }
            Err(format!("{} is another org now ({}, not {})", org.name, roster.id, org.id))
        });
        orgs.insert(&org.name, roster);
    }
    let scope = Scope { fleet, settings, plan, now };
    let moved = |why: String| StepState::Moved { why };
    plan.steps
        .iter()
        .map(|step| match orgs.get_mut(step.org()) {
            None => moved(format!("{} is not among the orgs of the plan", step.org())),
            Some(Err(why)) => moved(why.clone()),
            Some(Ok(org)) => scope.state(org, step).unwrap_or_else(moved),
        })
        .collect()
}

struct Scope<'a> {
    fleet: &'a Fleet,
    settings: &'a Settings,
    plan: &'a Plan,
    now: DateTime<Utc>,
}

/// An org on the way through the steps.
struct Now<'a> {
    roster: Roster<'a>,
    /// Each user's slots, oldest first; none for one that a step makes.
    slots: BTreeMap<UserId, Vec<Option<HeldSlot>>>,
}

impl<'a> Now<'a> {
    fn new(roster: Roster<'a>) -> Self {
        let held = |user: &UserSlots| user.held.iter().cloned().map(Some).collect();
        let slots = roster.users.iter().map(|user| (user.id.clone(), held(user))).collect();
        Self { roster, slots }
    }
}

impl Scope<'_> {
    fn state(&self, org: &mut Now, step: &PlanStep) -> Result<StepState, String> {
        match step {
            PlanStep::Revoke { user, user_name, approval, .. } => {
                let slots = org.slots.get_mut(user).ok_or_else(|| format!("{user_name} is not known any more"))?;
                let found =
                    slots.iter().position(|slot| slot.as_ref().is_some_and(|held| held.approval_id == *approval));
                let (Some(index), Some(held)) = (found, found.and_then(|index| slots[index].as_ref())) else {
                    return Ok(StepState::Done { seen: format!("approval {} is gone", approval.short()) });
                };
                if held.tied {
                    return Err(format!("another approval was made in the same second as {}", approval.short()));
                }
                if !is_spare(held) {
                    return Err(format!("approval {} {}", approval.short(), in_use(held)));
                }
                slots.remove(index);
                Ok(StepState::Ready)
            }
            PlanStep::Authorize { site, user, user_name, cause, .. } => {
                self.authorize(org, site, (user, user_name.as_str()), cause.is_some())
            }
        }
    }

    fn authorize(
        &self,
        org: &mut Now,
        site: &SiteName,
        (user, name): (&UserId, &str),
        was_broken: bool,
    ) -> Result<StepState, String> {
        if !self.settings.sites.contains_key(site) {
            return Err(format!("{site} is not in the configuration any more"));
        }
        let Judgement { row, findings } = judge(self.fleet, self.settings, site, self.now);
        if row.org.as_ref() != Some(&org.roster.org.name) {
            return Err(format!("{site} is not of this org any more"));
        }
        let broken = findings.iter().any(|finding| finding.severity == Severity::Fail);
        if let Some(state) = self.fleet.site(site).filter(|state| !broken && is_connected(state)) {
            let stamp = |at: DateTime<Utc>| at.format("%Y-%m-%d %H:%MZ");
            let known_by = token_known_by(state);
            let by = state.last_connection.as_ref().and_then(|seen| seen.value.user.as_ref());
            let proof = state.proof.filter(|proof| proof.at > self.plan.made_at);
            if known_by > self.plan.made_at && known_by < DateTime::<Utc>::MAX_UTC {
                let seen = format!("{site} has held another token since {}", stamp(known_by));
                let as_planned = by == Some(user);
                return if as_planned {
                    Ok(StepState::Done { seen })
                } else {
                    Err(format!("{seen}, and not as {name}"))
                };
            }
            if let Some(proof) = proof.filter(|_| was_broken) {
                return Ok(StepState::Done {
                    seen: format!("{site} works with the token that it had, {}", stamp(proof.at)),
                });
            }
        }
        let limit = org.roster.terms.slot_limit;
        let known = org.roster.user(user).ok_or_else(|| format!("{name} is not known any more"))?;
        if let Some(why) = &known.unusable {
            return Err(format!("{name} {why}"));
        }
        if is_over(known, limit) {
            return Err(format!("{name} holds more approvals than slot_limit says there are slots for"));
        }
        let slots = org.slots.entry(user.clone()).or_default();
        if slots.len() >= usize::try_from(limit).unwrap_or(usize::MAX) {
            let made = slots.first().and_then(|slot| slot.as_ref().map(|held| held.created_at));
            let first = slots.iter().take_while(|slot| slot.as_ref().map(|held| held.created_at) == made);
            let first: Vec<&Option<HeldSlot>> = if made.is_some() { first.collect() } else { Vec::new() };
            if first.is_empty() {
                return Err(format!("{name} would lose what an earlier step made"));
            }
            if let Some(live) = first.iter().filter_map(|slot| slot.as_ref()).find(|held| !is_spare(held)) {
                return Err(format!("no slot of {name} is free, and the oldest approval {}", in_use(live)));
            }
            slots.remove(0);
        }
        slots.push(None);
        Ok(StepState::Ready)
    }
}

/// Whose an approval is that something may work with.
fn in_use(held: &HeldSlot) -> String {
    let names = |sites: &[SiteName]| sites.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
    match &held.whose {
        Whose::Sites { sites, dead: false, .. } => format!("is {}'s", names(sites)),
        Whose::OneOf { sites } => format!("may be {}'s", names(sites)),
        Whose::Sites { .. } | Whose::Nobody { .. } => "may be that of a site which fusebox does not know".to_owned(),
    }
}
