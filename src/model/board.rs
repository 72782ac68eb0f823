//! One org's line: its policy, its users and who holds which slot. Stored beside the lines of sites, so that a first frame
//! reads it and no state.

use crate::model::org::{RefreshPolicy, Refused};
use crate::model::{Clean, Failure, OrgName, PolicyUnit, Rotation, SiteName, UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The verdict about one org.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgBoard {
    /// Its name.
    pub name: OrgName,
    /// Where its Setup is opened, from the configuration.
    pub url: Clean,
    /// Whether it is a sandbox, where that is known.
    pub sandbox: Option<bool>,
    /// The refresh token policy of WP Fusion's app, where it is known.
    pub policy: Option<RefreshPolicy>,
    /// The unit of the policy's number, where the operator told it.
    pub policy_unit: Option<PolicyUnit>,
    /// Whether refresh tokens rotate.
    pub rotation: Rotation,
    /// How many approvals of the app a user may hold.
    pub slot_limit: u32,
    /// Sites that belong to it.
    pub sites: usize,
    /// Its users that hold approvals or that a connected site of it names, by name.
    pub users: Vec<UserBoard>,
    /// Why approvals may not be listed, if so.
    pub refused: Option<Refused>,
    /// Why the last look failed, if it did.
    pub failure: Option<Failure>,
    /// When it last answered.
    pub answered_at: Option<DateTime<Utc>>,
    /// Seconds that its clock is ahead of ours.
    pub clock_offset_s: i64,
}

#[cfg(test)]
impl OrgBoard {
    /// An org of which nothing is known but its name and where its Setup is, with four slots a user.
    pub(crate) fn unknown(name: &str, url: &str) -> Self {
        Self {
            name: OrgName::new(name),
            url: url.into(),
            sandbox: None,
            policy: None,
            policy_unit: None,
            rotation: Rotation::Unknown,
            slot_limit: 4,
            sites: 0,
            users: Vec::new(),
            refused: None,
            failure: None,
            answered_at: None,
            clock_offset_s: 0,
        }
    }
}

impl OrgBoard {
    /// How much it claims attention, the most first: 0 where it does not answer or tell, 1 where its tokens rotate or a
    /// user is full, 2 where it has users, 3 where nothing is known of any.
    pub fn rank(&self) -> u8 {
        let full = || self.users.iter().any(|user| user.is_full(self.slot_limit));
        match self {
            Self { refused: Some(_), .. } | Self { failure: Some(_), .. } => 0,
            Self { rotation: Rotation::On, .. } => 1,
            Self { users, .. } if users.is_empty() => 3,
            _ if full() => 1,
            _ => 2,
        }
    }
}

/// One user's slots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserBoard {
    /// The user.
    pub id: UserId,
    /// `Username`, or the id where names may not be read.
    pub name: Clean,
    /// Who holds which, oldest first: the first leaves first when the user is full. Which site that is in danger of, the
    /// sites' own lines say.
    pub slots: Vec<Holder>,
    /// How many approvals there are; none where they may not be listed in full.
    pub used: Option<u32>,
}

/// Who holds a slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "held", rename_all = "snake_case")]
pub enum Holder {
    /// A site, by the best evidence there is; of several with one token, the one that is no copy.
    Site {
        /// Which.
        name: SiteName,
    },
    /// No known site, as far as is known.
    Orphan,
    /// One of several sites, or not told yet.
    Unknown,
    /// Seen before, and the last list says nothing of its user: it became a short one, or may not be read any more. An
    /// approval that left a complete list is none.
    Unseen,
}

impl UserBoard {
    /// Whether a further approval would take the oldest.
    pub fn is_full(&self, limit: u32) -> bool {
        self.used.is_some_and(|used| used >= limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_does_not_tell_claims_more_attention_than_who_is_full() {
        let org = OrgBoard::unknown("acme", "https://acme.example");
        let user = |used| UserBoard {
            id: UserId::parse("005000000000001").expect("an id"),
            name: "ops1".into(),
            slots: Vec::new(),
            used: Some(used),
        };
        let full = OrgBoard { users: vec![user(1), user(4)], ..org.clone() };
        let refused = Refused { permission: "Customize Application".into(), text: "no".into() };
        let silent = OrgBoard { refused: Some(refused), ..full.clone() };
        let ranks = [
            &silent,
            &full,
            &OrgBoard { rotation: Rotation::On, ..org.clone() },
            &OrgBoard { users: vec![user(3)], ..org.clone() },
            &org,
        ]
        .map(OrgBoard::rank);
        assert_eq!(ranks, [0, 1, 1, 2, 3]);
    }
}
