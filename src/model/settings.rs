//! What the operator tells: the configuration, as far as the rules need it.

use crate::model::{Clean, OrgName, SiteName};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The app's label in every org, unless an org's terms say otherwise (WP Fusion's own documentation).
pub const WP_FUSION_APP: &str = "WP Fusion (OAuth)";

/// Approvals of one app that a user may hold: WP Fusion's guide says that the fifth takes the oldest. Salesforce has
/// published both four and five, so it is a setting.
pub const DEFAULT_SLOT_LIMIT: u32 = 4;

/// All that the rules take from the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Ages at which the picture loses its strength.
    pub thresholds: Thresholds,
    /// By org.
    pub orgs: BTreeMap<OrgName, OrgTerms>,
    /// By site.
    pub sites: BTreeMap<SiteName, SiteTerms>,
}

/// Ages at which the picture loses its strength, and how near a date is near.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// A site or org that answered longer ago is OLD.
    pub old_after: TimeDelta,
    /// A proof that is older proves nothing now.
    pub proof_max_age: TimeDelta,
    /// An expiry within this span is a WARN.
    pub near: TimeDelta,
    /// A clock that is further off is a WARN.
    pub clock_skew: TimeDelta,
    /// An API allocation used to this per cent is a WARN.
    pub api_usage_percent: u64,
}

impl Default for Thresholds {
    /// The defaults of the configuration file: 1 h, 24 h, 7 d, 60 s, 90 %.
    fn default() -> Self {
        Self {
            old_after: TimeDelta::hours(1),
            proof_max_age: TimeDelta::hours(24),
            near: TimeDelta::days(7),
            clock_skew: TimeDelta::seconds(60),
            api_usage_percent: 90,
        }
    }
}

/// What the operator tells about one org.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgTerms {
    /// Where one signs in to it, and where its Setup is opened.
    pub url: Clean,
    /// The label of WP Fusion's app here.
    pub app: Clean,
    /// How many approvals of the app a user may hold.
    pub slot_limit: u32,
    /// The unit of the refresh token policy's number, which Salesforce does not expose.
    pub policy_unit: Option<PolicyUnit>,
    /// Whether refresh tokens rotate, which Salesforce does not expose either.
    pub rotation: Rotation,
}

impl Default for OrgTerms {
    fn default() -> Self {
        Self {
            url: Clean::default(),
            app: WP_FUSION_APP.into(),
            slot_limit: DEFAULT_SLOT_LIMIT,
            policy_unit: None,
            rotation: Rotation::Unknown,
        }
    }
}

/// The unit of a refresh token policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PolicyUnit {
    /// Hours.
    Hours,
    /// Days.
    Days,
    /// Months; counted as 30 days, since a month too short warns in time and a month too long does not.
    Months,
}

impl PolicyUnit {
    /// `n` of this unit, capped far beyond any policy.
    pub fn times(self, n: u32) -> TimeDelta {
        let n = i64::from(n.min(1_000_000));
        match self {
            Self::Hours => TimeDelta::hours(n),
            Self::Days => TimeDelta::days(n),
            Self::Months => TimeDelta::days(30 * n),
        }
    }
}

/// Whether refresh tokens rotate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rotation {
    /// Nobody said.
    #[default]
    Unknown,
    /// Each refresh voids the refresh token and returns a new one.
    On,
    /// A refresh token serves for ever.
    Off,
}

/// What the operator tells about one site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteTerms {
    /// Its address.
    pub url: Clean,
    /// The org it belongs to, where the operator says so; else the org that the site itself names.
    pub org: Option<OrgName>,
    /// Whether the operator marked it as staging.
    pub staging: bool,
}
