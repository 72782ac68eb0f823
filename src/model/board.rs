//! One org's line: its policy, its users and who holds which slot. Stored beside the lines of sites, so that a first frame
//! reads it and no state.

use crate::model::org::{RefreshPolicy, Refused};
use crate::model::{ApiUsage, Clean, Failure, OrgId, OrgName, PolicyUnit, Rotation, SiteName, UserId};
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
    /// What else is told of the org itself. A board that was stored before there was any has none.
    #[serde(default)]
    pub facts: OrgFacts,
}

/// What an org's page tells beside its slots: nothing where it was not read or may not be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OrgFacts {
    /// Its id.
    pub id: Option<OrgId>,
    /// `OrganizationType` ("Enterprise Edition").
    pub edition: Option<Clean>,
    /// Whether WP Fusion's app has a row here: none where that may not be read.
    pub app_installed: Option<bool>,
    /// The app's label, as the configuration has it.
    pub app: Clean,
    /// Requests of the last 24 hours, in steps of one per cent of the allocation.
    pub usage: Option<ApiUsage>,
    /// What may not be read, one for each permission that would lift it.
    pub missing: Vec<Refused>,
    /// Other apps that its users approved, the most spread first; none where that is not told.
    pub other_apps: Option<Vec<AppUse>>,
}

/// How many of an org's users approved an app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppUse {
    /// The app's label.
    pub app: Clean,
    /// Users of WP Fusion's app who approved this one too.
    pub users: u32,
    /// Their approvals.
    pub approvals: u32,
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
            facts: OrgFacts::default(),
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
    /// What else is told of the user. A board that was stored before there was any has none.
    #[serde(default)]
    pub facts: UserFacts,
}

/// What a list of users tells of one beside who holds which slot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UserFacts {
    /// Whether the user is active; none where users may not be read.
    pub active: Option<bool>,
    /// Whether the user is frozen; none without "Manage Users".
    pub frozen: Option<bool>,
    /// When the oldest approval was made, by the host's clock.
    pub oldest_at: Option<DateTime<Utc>>,
    /// Whether another was made in the same second: then one of them leaves first, and nobody knows which.
    pub tied: bool,
    /// Approvals that several sites hold together.
    pub shared: u32,
    /// Connected sites of the user whose approval is not known.
    pub unplaced: Vec<SiteName>,
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

    /// Approvals that no known site holds.
    pub fn orphans(&self) -> usize {
        self.slots.iter().filter(|held| matches!(held, Holder::Orphan)).count()
    }

    /// Approvals that were seen before and are not told of now.
    pub fn unseen(&self) -> usize {
        self.slots.iter().filter(|held| matches!(held, Holder::Unseen)).count()
    }

    /// The sites that hold its approvals, oldest first, then those whose approval is not known.
    pub fn sites(&self) -> impl Iterator<Item = &SiteName> {
        let held = self.slots.iter().filter_map(|held| match held {
            Holder::Site { name } => Some(name),
            Holder::Orphan | Holder::Unknown | Holder::Unseen => None,
        });
        held.chain(&self.facts.unplaced)
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
            facts: UserFacts::default(),
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

    #[test]
    fn a_board_that_was_stored_before_there_were_facts_is_read() {
        let mut board = OrgBoard::unknown("acme", "https://acme.example");
        board.users = vec![UserBoard {
            id: UserId::parse("005000000000001").expect("an id"),
            name: "ops1".into(),
            slots: vec![Holder::Orphan, Holder::Site { name: SiteName::new("shop") }],
            used: Some(2),
            facts: UserFacts::default(),
        }];
        let mut stored = serde_json::to_value(&board).expect("written");
        stored.as_object_mut().expect("an object").remove("facts");
        stored["users"][0].as_object_mut().expect("an object").remove("facts");
        let read: OrgBoard = serde_json::from_value(stored).expect("read");
        assert_eq!(read, board);
        assert_eq!((read.users[0].orphans(), read.users[0].sites().count()), (1, 1));
    }
}
