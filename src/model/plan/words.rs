//! What a plan says, for the command and for the console alike.

use super::{Plan, PlanOrg, PlanStep, StepState};
use crate::model::{ApprovalId, Clean, SiteName, UserId};

impl PlanStep {
    /// What it does: "authorize shop.example.org as ops1@acme.example".
    pub fn what(&self) -> String {
        match self {
            Self::Revoke { approval, user_name, .. } => format!("revoke {} of {user_name}", approval.short()),
            Self::Authorize { site, user_name, own_user, .. } => {
                let other = if *own_user { "" } else { ", another user than before" };
                format!("authorize {site} as {user_name}{other}")
            }
        }
    }

    /// Why it costs nothing.
    pub fn why(&self) -> &Clean {
        match self {
            Self::Revoke { why, .. } | Self::Authorize { why, .. } => why,
        }
    }

    /// As whom it is done.
    pub fn user(&self) -> (&UserId, &Clean) {
        match self {
            Self::Revoke { user, user_name, .. } | Self::Authorize { user, user_name, .. } => (user, user_name),
        }
    }

    /// The site that gets a new approval.
    pub fn site(&self) -> Option<&SiteName> {
        match self {
            Self::Revoke { .. } => None,
            Self::Authorize { site, .. } => Some(site),
        }
    }

    /// The approval that is revoked.
    pub fn revokes(&self) -> Option<ApprovalId> {
        match self {
            Self::Revoke { approval, .. } => Some(*approval),
            Self::Authorize { .. } => None,
        }
    }
}

impl StepState {
    /// What became of a step.
    pub fn told(&self) -> String {
        match self {
            Self::Ready => "ready".to_owned(),
            Self::Done { seen } => format!("done: {seen}"),
            Self::Moved { why } => format!("does not hold: {why}"),
        }
    }
}

impl PlanOrg {
    /// The org, and how old what is known of its approvals is.
    pub fn head(&self) -> String {
        match self.approvals_seen_at {
            Some(seen) => format!("{}, by its approvals of {}", self.name, seen.format("%Y-%m-%d %H:%MZ")),
            None => self.name.to_string(),
        }
    }

    /// Who gets no slot, and how many users are missing for them; none where all get one.
    pub fn shortfall(&self) -> Option<String> {
        let names: Vec<&str> = self.without_slot.iter().map(SiteName::as_str).collect();
        let missing = missing_users(self.missing_users);
        (!names.is_empty())
            .then(|| format!("no slot for {}: {missing}, each with {} slots free", names.join(", "), self.slot_limit))
    }
}

impl Plan {
    /// Sites without a slot in all orgs, and the users that are missing for them; none where all get one.
    pub fn shortfall(&self) -> Option<String> {
        let without = self.without_slot().count();
        let missing = self.orgs.iter().map(|org| org.missing_users).sum();
        (without > 0).then(|| format!("{} without a slot: {}", count(without, "site"), missing_users(missing)))
    }
}

/// So many of something.
pub fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn missing_users(missing: u32) -> String {
    format!("{} missing", count(usize::try_from(missing).unwrap_or(usize::MAX), "further user"))
}
