//! One rule's verdict about one subject.

use crate::model::{ActionClass, Cause, Severity, Why};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use strum::Display;

/// What a rule found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What it is.
    pub cause: Cause,
    /// How much it weighs.
    pub severity: Severity,
    /// How sure the rule is. `high` must mean it.
    pub confidence: Confidence,
    /// One sentence for people: names the thing lost, not the rule.
    pub reason: String,
    /// The same in a list's column: a few words.
    pub why: Why,
    /// Since when, where that is known, by the host's clock.
    pub since: Option<DateTime<Utc>>,
    /// What speaks for it and against it.
    pub evidence: Vec<Evidence>,
    /// What to do, safest first.
    pub remedies: Vec<Remedy>,
}

/// How sure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Display)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Confidence {
    /// One of several that fit.
    Low,
    /// What fits best.
    Medium,
    /// Nothing else fits.
    High,
}

/// One thing that speaks for or against a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// When it happened, by the host's clock.
    pub at: Option<DateTime<Utc>>,
    /// Whether it speaks for the finding.
    pub supports: bool,
    /// Who says so: `site log`, `site`, `org`, `measured`, `counted`, `operator`, `expected`.
    pub source: String,
    /// What it is; in a timeline's line where it has a time.
    pub what: String,
    /// What kind of event it is.
    #[serde(default)]
    pub kind: EvidenceKind,
}

/// What a piece of evidence tells, for a timeline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// The connection worked, or something answered.
    Good,
    /// An approval came.
    Arrives,
    /// An approval went.
    Leaves,
    /// The connection broke.
    Breaks,
    /// It was still broken.
    StillDead,
    /// No event of the connection: a figure, a rule, a setting.
    #[default]
    Fact,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remedy {
    /// What it costs.
    pub class: ActionClass,
    /// What to do, as an order.
    pub what: String,
    /// What it leads to, or what it loses.
    pub effect: String,
}
