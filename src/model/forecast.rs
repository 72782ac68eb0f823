//! What dies next, as far as that can be told: the connections that will end, by what, and when.

use crate::model::{Cause, Clean, Confidence, Evidence, OrgName, Origin, Remedy, SiteName, Why};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What will end, what has a date first, by the date.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forecast {
    /// In that order.
    pub items: Vec<Prospect>,
}

/// One thing that will end connections.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prospect {
    /// When, by the host's clock; none where no date can be told: the reason says on what it waits.
    pub at: Option<DateTime<Utc>>,
    /// Who says so: the policy, or what was measured.
    pub origin: Option<Origin>,
    /// What will end them.
    pub by: Cause,
    /// Whose connection ends; of several, where `confidence` is low, it may be one of them.
    pub sites: Vec<SiteName>,
    /// Their org.
    pub org: Option<OrgName>,
    /// Their Salesforce user, where one is concerned.
    pub user: Option<Clean>,
    /// How sure it is that it comes and that it is these sites.
    pub confidence: Confidence,
    /// One sentence for people.
    pub reason: String,
    /// The same in a list's column: a few words.
    pub why: Why,
    /// What speaks for it and against it.
    pub evidence: Vec<Evidence>,
    /// What keeps it from coming, safest first.
    pub remedies: Vec<Remedy>,
}
