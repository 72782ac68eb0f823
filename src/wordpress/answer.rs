//! What the agent answers beyond `model`: what came of a refresh that was asked for. Plain data.

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
