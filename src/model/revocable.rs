//! An approval that may be revoked: what it is, whose, and what ends with it. Plain data, shown before anybody revokes it and
//! carried along with the order, so that what is done is what was shown.

use crate::model::{Approval, Clean, HeldSlot, OrgName, SiteName, SlotLoss, UserId, Whose, slots};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;

/// An approval that may be revoked by who names what is lost with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocable {
    /// The org.
    pub org: OrgName,
    /// Whose it is.
    pub user: UserId,
    /// `Username`, or the id where names may not be read.
    pub user_name: Clean,
    /// As the org lists it.
    pub approval: Approval,
    /// The same with whose it is, by the host's clock.
    pub held: HeldSlot,
    /// What ends with it.
    pub loss: SlotLoss,
    /// When approvals were last listed, by the host's clock.
    pub seen_at: Option<DateTime<Utc>>,
}

impl Revocable {
    /// One that no site holds, for tests.
    #[cfg(test)]
    pub(crate) fn left_behind(approval: Approval) -> Self {
        let held = HeldSlot {
            approval_id: approval.id,
            created_at: approval.created_at,
            last_used_at: approval.last_used_at,
            use_count: approval.use_count,
            tied: false,
            whose: Whose::Nobody { safe: true, reason: "left behind".into() },
        };
        let (user, user_name) = (approval.user.clone(), "ops1".into());
        Self { org: OrgName::new("acme"), user, user_name, approval, held, loss: SlotLoss::Nothing, seen_at: None }
    }

    /// The names that are to be typed by who revokes it all the same: of the sites that are lost or may be; of the approval where
    /// none is known by name; none where nothing is lost.
    pub fn loss_to_name(&self) -> Vec<String> {
        match &self.loss {
            SlotLoss::Nothing => Vec::new(),
            loss if loss.sites().is_empty() => vec![self.approval.id.short()],
            loss => loss.sites().iter().map(ToString::to_string).collect(),
        }
    }

    /// The sites that it concerns: those that are lost or may be, and those that hold it though nothing works with it any more.
    pub fn sites(&self) -> BTreeSet<&SiteName> {
        let holders: &[SiteName] = match &self.held.whose {
            Whose::Sites { sites, .. } | Whose::OneOf { sites } => sites,
            Whose::Nobody { .. } => &[],
        };
        self.loss.sites().iter().chain(holders).collect()
    }

    /// What it is and whose, a clause each.
    pub fn told(&self) -> Vec<String> {
        let Self { org, user_name, held, .. } = self;
        let used = held.last_used_at.map_or_else(
            || "never used".to_owned(),
            |at| format!("used {} times, last {}", held.use_count, at.format("%Y-%m-%d %H:%MZ")),
        );
        let made = held.created_at.format("%Y-%m-%d %H:%MZ");
        let mut told =
            vec![format!("an approval of {user_name} in org {org}, made {made}, {used}"), whose(&held.whose)];
        if let Whose::Sites { sites, .. } = &held.whose
            && sites.len() > 1
        {
            let all = if sites.len() == 2 { "both" } else { "all" };
            told.push(format!("{} hold one token: {all} die with it", slots::joined(sites)));
        }
        told
    }

    /// That it is for good, as a clause.
    pub fn finality(&self) -> &'static str {
        if self.loss.is_nothing() {
            "it can not be undone"
        } else {
            "it can not be undone: what is cut off has to be authorized again, by a person with a browser"
        }
    }
}

fn whose(whose: &Whose) -> String {
    match whose {
        Whose::Sites { sites, confidence, dead, .. } => {
            let dead = if *dead { "; Salesforce refuses its token for good" } else { "" };
            format!("held by {} (sure: {confidence}){dead}", sites.first().map_or("nobody", SiteName::as_str))
        }
        Whose::OneOf { sites } if sites.is_empty() => "whose it is is not known".to_owned(),
        Whose::OneOf { sites } => {
            format!("one of these may hold it, or a site that fusebox does not know: {}", slots::joined(sites))
        }
        Whose::Nobody { reason, .. } => format!("an orphan: {reason}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ApprovalId, Confidence};

    #[test]
    fn a_dead_sites_own_approval_concerns_it_though_nothing_is_lost() {
        let approval = Approval {
            id: ApprovalId::from_bytes([1; 16]),
            user: UserId::parse("005000000000001AAA").expect("an id"),
            app: "WP Fusion (OAuth)".into(),
            created_at: DateTime::UNIX_EPOCH,
            last_used_at: None,
            use_count: 1,
        };
        let mut subject = Revocable::left_behind(approval);
        assert!(subject.sites().is_empty());
        let (shop, copy) = (SiteName::new("shop"), SiteName::new("copy"));
        let sites = vec![shop.clone(), copy.clone()];
        subject.held.whose = Whose::Sites { sites, confidence: Confidence::High, sure: true, dead: true };
        assert!(subject.loss.is_nothing());
        assert_eq!(subject.sites(), BTreeSet::from([&shop, &copy]));
        subject.held.whose = Whose::Nobody { safe: false, reason: "nobody's".into() };
        subject.loss = SlotLoss::Possible { sites: vec![shop.clone()] };
        assert_eq!(subject.sites(), BTreeSet::from([&shop]));
    }
}
