//! One site's line: what a list shows and `list --json` prints. Stored, so that a first frame reads lines and not the
//! whole fleet.

use crate::model::{ApprovalId, Cause, Clean, Confidence, Expiry, Health, OrgName, SiteName, Why, Wire};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

/// The verdict about one site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteRow {
    /// Its name.
    pub name: SiteName,
    /// Its address, from the configuration.
    pub url: Clean,
    /// Its org, where that is known.
    pub org: Option<OrgName>,
    /// The Salesforce user it was authorized as (`Username`, or the id where names may not be read).
    pub user: Option<Clean>,
    /// The health.
    pub health: Health,
    /// What decided it; none where a site is OK.
    pub cause: Option<Cause>,
    /// The cause in one sentence.
    pub reason: String,
    /// The cause in a list's column.
    pub why: Why,
    /// How sure the cause is.
    pub confidence: Option<Confidence>,
    /// Since when it is in this health, where that is known.
    pub since: Option<DateTime<Utc>>,
    /// The newest proof.
    pub proof_at: Option<DateTime<Utc>>,
    /// The last day of its connection.
    #[serde(default)]
    pub wire: Wire,
    /// Its place among its user's approvals; none where no user is known.
    pub slot: Option<Slot>,
    /// When the refresh token ends.
    pub refresh_token: Expiry,
    /// When the access token ends.
    pub access_token: Expiry,
    /// Refresh requests counted by Salesforce.
    pub use_count: Option<u32>,
    /// When its approval was last used, by the host's clock; none where that is not known.
    #[serde(default)]
    pub used_at: Option<DateTime<Utc>>,
    /// The Salesforce object that the site syncs to.
    pub object_type: Option<Clean>,
    /// Topics, Picklist, Personal or Public.
    pub segment_type: Option<Clean>,
    /// The last answer of the site.
    pub observed_at: Option<DateTime<Utc>>,
    /// Until when this verdict holds if nothing new is seen: the next moment at which an age crosses a threshold.
    pub valid_until: Option<DateTime<Utc>>,
}

impl SiteRow {
    /// The line of a site of which nothing is known yet.
    pub fn unseen(name: SiteName, url: Clean) -> Self {
        Self {
            name,
            url,
            org: None,
            user: None,
            health: Health::Unkn,
            cause: Some(Cause::NeverProved),
            reason: "Not looked at yet.".to_owned(),
            why: "not looked at yet".into(),
            confidence: None,
            since: None,
            proof_at: None,
            wire: Wire::default(),
            slot: None,
            refresh_token: Expiry::unknown("not looked at yet"),
            access_token: Expiry::unknown("not looked at yet"),
            use_count: None,
            used_at: None,
            object_type: None,
            segment_type: None,
            observed_at: None,
            valid_until: None,
        }
    }

    /// How much it asks for attention.
    pub fn risk(&self) -> Risk {
        let (kind, at) = self.refresh_token.order();
        Risk {
            health: self.health.rank(),
            since: Reverse((self.health == Health::Fail).then_some(self.since).flatten()),
            stays: self.slot.as_ref().is_none_or(|slot| !slot.next_out),
            ends: (kind, at.map(|at| at.timestamp() / 86_400)),
        }
    }
}

/// How much a site asks for attention, the most first: what is broken, then what breaks next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Risk {
    health: u8,
    /// What broke last comes first among the broken.
    since: Reverse<Option<DateTime<Utc>>>,
    stays: bool,
    /// Elsewhere what ends first, by the day, so that a token's use does not shuffle the healthy.
    ends: (u8, Option<i64>),
}

impl Risk {
    /// The same in bytes, for an index: they sort as the risks do.
    pub fn key(self) -> [u8; 19] {
        let mut key = [0; 19];
        key[0] = self.health;
        // To the millisecond; two sites that broke within one stand by their names.
        let since = self.since.0.map_or(i64::MIN, |at| at.timestamp_millis());
        key[1..9].copy_from_slice(&(!ordered(since)).to_be_bytes());
        key[9] = u8::from(self.stays);
        key[10] = self.ends.0;
        let ends = self.ends.1.map_or(i64::MIN, |day| day);
        key[11..].copy_from_slice(&ordered(ends).to_be_bytes());
        key
    }
}

/// A number whose bytes, the highest first, sort as the numbers do.
fn ordered(n: i64) -> u64 {
    n.cast_unsigned() ^ (1 << 63)
}

/// A site's place among the approvals of its user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// 1 for the oldest, which leaves first; none where the site's approval is not known or gone.
    pub position: Option<u32>,
    /// Approvals that the user holds now; none where they may not be listed.
    pub used: Option<u32>,
    /// How many the user may hold.
    pub limit: u32,
    /// The site's approval, where it is known.
    pub approval_id: Option<ApprovalId>,
    /// Whether this one leaves first, or may.
    pub next_out: bool,
    /// Whether it is this one or another made in the same second.
    #[serde(default)]
    pub tied: bool,
    /// Whether another site holds the same token.
    pub shared: bool,
}

/// How many sites are in each health.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// FAIL.
    pub fail: usize,
    /// WARN.
    pub warn: usize,
    /// STAG.
    pub stag: usize,
    /// OLD.
    pub old: usize,
    /// UNKN.
    pub unkn: usize,
    /// OFF.
    pub off: usize,
    /// OK.
    pub ok: usize,
}

impl Counts {
    /// Counts one more site.
    pub fn add(&mut self, health: Health) {
        *self.of_mut(health) += 1;
    }

    /// How many are in `health`.
    pub fn of(mut self, health: Health) -> usize {
        *self.of_mut(health)
    }

    /// All sites.
    pub fn total(self) -> usize {
        self.fail + self.warn + self.stag + self.old + self.unkn + self.off + self.ok
    }

    fn of_mut(&mut self, health: Health) -> &mut usize {
        match health {
            Health::Fail => &mut self.fail,
            Health::Warn => &mut self.warn,
            Health::Stag => &mut self.stag,
            Health::Old => &mut self.old,
            Health::Unkn => &mut self.unkn,
            Health::Off => &mut self.off,
            Health::Ok => &mut self.ok,
        }
    }
}

impl<'a> FromIterator<&'a SiteRow> for Counts {
    fn from_iter<I: IntoIterator<Item = &'a SiteRow>>(rows: I) -> Self {
        let mut counts = Self::default();
        for row in rows {
            counts.add(row.health);
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Origin;
    use proptest::prelude::*;
    use strum::IntoEnumIterator;

    fn rows() -> impl Strategy<Value = SiteRow> {
        let time = || (-100_000_000i64..4_000_000_000).prop_map(|s| DateTime::from_timestamp(s, 0));
        let expiry = prop_oneof![
            Just(Expiry::Dead),
            Just(Expiry::unknown("")),
            Just(Expiry::Never { origin: Origin::Policy }),
            time().prop_map(|at| Expiry::At { at: at.unwrap_or_default(), origin: Origin::Policy }),
        ];
        (proptest::sample::select(Health::iter().collect::<Vec<_>>()), prop_oneof![Just(None), time()], expiry)
            .prop_map(|(health, since, refresh_token)| SiteRow {
                health,
                since,
                refresh_token,
                ..SiteRow::unseen(SiteName::new("a"), "".into())
            })
    }

    proptest! {
        #[test]
        fn the_bytes_of_a_risk_sort_as_the_risk(a in rows(), b in rows()) {
            prop_assert_eq!(a.risk().cmp(&b.risk()), a.risk().key().cmp(&b.risk().key()));
        }
    }
}
