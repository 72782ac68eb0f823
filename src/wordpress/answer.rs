//! What verbs that spend or write are told, and answer, beyond `model`. Plain data.

use crate::model::site_change::SiteChange;
use crate::model::{Clean, Fingerprint};

/// What came of the agent's `refresh-token`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefreshOutcome {
    /// Salesforce gave a new session, and the site stored it.
    Refreshed {
        /// The new access token.
        access: Fingerprint,
        /// The refresh token now: another one where tokens rotate and the plugin keeps the new one.
        refresh: Fingerprint,
    },
    /// Salesforce refused the refresh token.
    Refused {
        /// In which words.
        text: Clean,
    },
    /// There was no answer of Salesforce, or no token to spend. Whether the request counted is not known.
    Failed {
        /// Why.
        text: Clean,
    },
}

/// Whether a verb that writes may let the site refresh its token, where its session is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refresh {
    /// No: it answers that it was withheld.
    Withheld,
    /// Once. Of the class spend, and not where tokens rotate or may.
    Once,
}

/// A kind of segments to change to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SegmentChoice {
    /// Topics.
    Topics,
    /// The values of a field of type multi-select picklist.
    Picklist {
        /// Its API name.
        field: String,
    },
    /// Personal tags.
    Personal,
    /// Public tags.
    Public,
}

impl SegmentChoice {
    /// As the plugin stores it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Topics => "Topics",
            Self::Picklist { .. } => "Picklist",
            Self::Personal => "Personal",
            Self::Public => "Public",
        }
    }
}

/// What a site says to a change of its settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SiteWrite {
    /// What came of it: done, or why not.
    Told(Box<SiteChange>),
    /// The plugin does not offer it; a refresh of fields may help.
    NotOffered {
        /// In its words.
        text: Clean,
    },
    /// Code on the site has the last word about the setting.
    Overridden {
        /// In its words.
        text: Clean,
    },
    /// What is to be put back was changed again by somebody else. Nothing was.
    ChangedSince {
        /// Which of it.
        text: Clean,
    },
}
