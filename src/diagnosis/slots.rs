//! What new approvals of one user would cost, before anybody makes one. Uses `model` and the ledger's slots.
//!
//! Salesforce removes the oldest approval of a user whose slots are full; within one second it tells no order.

use super::ledger::{Roster, UserSlots};
use crate::model::{
    Fleet, HeldSlot, OrgName, Removed, SaferStep, Settings, SiteName, SlotCheck, SlotCost, SlotLoss, UserId, Whose,
};
use chrono::{DateTime, Utc};
use std::cmp::Reverse;

/// Other users are offered at most so often.
const OTHERS: usize = 3;

/// What approvals of `user` for `sites`, made in this order, would cost by what is known at `now`; none for an org that the
/// configuration does not name or that never told its id.
pub fn slot_check(
    fleet: &Fleet,
    settings: &Settings,
    org: &OrgName,
    user: &UserId,
    sites: &[SiteName],
    now: DateTime<Utc>,
) -> Option<SlotCheck> {
    let roster = Roster::new(fleet, settings, org, now)?;
    let nobody = UserSlots {
        id: user.clone(),
        name: user.as_str().into(),
        unusable: None,
        used: roster.org.lists_all_approvals().then_some(0),
        held: Vec::new(),
    };
    let known = roster.user(user).unwrap_or(&nobody);
    let limit = roster.terms.slot_limit;
    let costs = costs(known, limit, sites);
    let lost = costs.iter().any(|cost| !cost.loss.is_nothing());
    Some(SlotCheck {
        org: org.clone(),
        user: user.clone(),
        name: known.name.clone(),
        unusable: known.unusable.clone(),
        used: known.used,
        limit,
        seen_at: roster.seen_at,
        safer: if lost { safer(&roster, known, limit, sites) } else { Vec::new() },
        held: known.held.clone(),
        costs,
    })
}

/// A slot of the user's on the way through the batch.
enum Slot<'a> {
    Held(&'a HeldSlot),
    Made(&'a SiteName),
}

fn costs(user: &UserSlots, limit: u32, sites: &[SiteName]) -> Vec<SlotCost> {
    let mut slots: Vec<Slot> = user.held.iter().map(Slot::Held).collect();
    // Of those made in one second so many were removed already, and nobody knows which.
    let mut removed_of_first = 0;
    let mut costs = Vec::new();
    for (number, site) in sites.iter().enumerate() {
        let moved = |other: &SiteName| sites[..=number].contains(other);
        if user.used.is_none() {
            let sites = slots.get(number).map_or(SlotLoss::Nothing, |slot| slot.loss(moved)).sites().to_vec();
            let loss = SlotLoss::Possible { sites };
            costs.push(SlotCost { site: site.clone(), used: None, removes: Vec::new(), loss });
            continue;
        }
        let taken = u32::try_from(slots.len() - removed_of_first).unwrap_or(u32::MAX);
        let mut cost = SlotCost { site: site.clone(), used: Some(taken), removes: Vec::new(), loss: SlotLoss::Nothing };
        if taken >= limit && !slots.is_empty() {
            let first = first_to_leave(&slots);
            let leaving = &slots[..first];
            cost.removes = leaving.iter().map(Slot::removed).collect();
            cost.loss = one_of(leaving, moved);
            removed_of_first += 1;
            if removed_of_first == first {
                slots.drain(..first);
                removed_of_first = 0;
            }
        }
        slots.push(Slot::Made(site));
        costs.push(cost);
    }
    costs
}

/// How many were made in the second of the first: one of them leaves.
fn first_to_leave(slots: &[Slot]) -> usize {
    let made = |slot: &Slot| match slot {
        Slot::Held(held) => Some(held.created_at),
        // Two browsers do not come to an end in one second.
        Slot::Made(_) => None,
    };
    let first = slots.first().and_then(made);
    let together = slots.iter().take_while(|slot| first.is_some() && made(slot) == first).count();
    together.max(1)
}

/// What is lost where one of these is removed.
fn one_of(leaving: &[Slot], moved: impl Fn(&SiteName) -> bool) -> SlotLoss {
    if let [only] = leaving {
        return only.loss(moved);
    }
    let losses: Vec<SlotLoss> = leaving.iter().map(|slot| slot.loss(&moved)).collect();
    if losses.iter().all(SlotLoss::is_nothing) {
        return SlotLoss::Nothing;
    }
    let mut sites: Vec<SiteName> = Vec::new();
    for site in losses.iter().flat_map(SlotLoss::sites) {
        if !sites.contains(site) {
            sites.push(site.clone());
        }
    }
    SlotLoss::Possible { sites }
}

impl Slot<'_> {
    fn removed(&self) -> Removed {
        match self {
            Self::Held(held) => Removed::Held { approval_id: held.approval_id },
            Self::Made(site) => Removed::Made { site: (*site).clone() },
        }
    }

    fn loss(&self, moved: impl Fn(&SiteName) -> bool) -> SlotLoss {
        match self {
            Self::Held(held) => held.whose.loss(moved),
            Self::Made(site) => SlotLoss::Certain { sites: vec![(*site).clone()] },
        }
    }
}

/// What would cost less: slots that can be freed, what loses nothing first, then users that have slots for all.
fn safer(roster: &Roster, user: &UserSlots, limit: u32, sites: &[SiteName]) -> Vec<SaferStep> {
    let nobody = |_: &SiteName| false;
    let mut free: Vec<(&HeldSlot, SlotLoss, &str)> = user
        .held
        .iter()
        // Of two that were made in one second a revocation can not name one.
        .filter(|held| !held.tied)
        .filter_map(|held| match &held.whose {
            Whose::Nobody { reason, .. } => Some((held, held.whose.loss(nobody), reason.as_str())),
            Whose::Sites { dead: true, sure: true, .. } => {
                Some((held, SlotLoss::Nothing, "of a token that Salesforce refuses for good"))
            }
            Whose::Sites { .. } | Whose::OneOf { .. } => None,
        })
        .collect();
    free.sort_by_key(|(held, loss, _)| (!loss.is_nothing(), held.last_used_at.unwrap_or(held.created_at)));
    let revoke = free.into_iter().map(|(held, loss, reason)| SaferStep::Revoke {
        approval_id: held.approval_id,
        reason: reason.to_owned(),
        loss,
    });
    let wanted = u32::try_from(sites.len()).unwrap_or(u32::MAX);
    let fits = |other: &&UserSlots| other.id != user.id && other.unusable.is_none();
    let mut others: Vec<(&UserSlots, u32)> = roster
        .users
        .iter()
        .filter(fits)
        .filter_map(|other| Some((other, other.used?)))
        .filter(|(_, used)| limit.saturating_sub(*used) >= wanted)
        .collect();
    others.sort_by_key(|(_, used)| Reverse(limit.saturating_sub(*used)));
    let others = others.into_iter().take(OTHERS).map(|(other, used)| SaferStep::As {
        user: other.id.clone(),
        name: other.name.clone(),
        used,
        limit,
    });
    revoke.chain(others).collect()
}

#[cfg(test)]
mod tests;
