//! What an org holds besides its users and approvals: the features that are on, and its records. Plain data.

use super::history::History;
use super::records::Records;
use crate::sim::schema::Feature;
use chrono::{DateTime, Utc};

/// One org's.
#[derive(Clone, Debug)]
pub(crate) struct Data {
    /// What is switched on.
    pub(crate) features: Features,
    /// Contacts, topics and the like.
    pub(crate) records: Records,
    /// What was written down of what happened.
    pub(crate) history: History,
    /// When something last changed that describe tells of, in whole seconds: permissions and labels count too.
    pub(crate) described_at: DateTime<Utc>,
}

/// What is switched on in an org. Topics are by default, the older tags are not.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Features {
    /// Topics.
    pub(crate) topics: bool,
    /// The older tags.
    pub(crate) tags: bool,
    /// External client apps.
    pub(crate) external_apps: bool,
}

impl Default for Features {
    fn default() -> Self {
        Self { topics: true, tags: false, external_apps: false }
    }
}

impl Features {
    /// Whether it is on.
    pub(crate) fn has(self, feature: Feature) -> bool {
        match feature {
            Feature::Topics => self.topics,
            Feature::Tags => self.tags,
            Feature::ExternalApps => self.external_apps,
        }
    }
}
