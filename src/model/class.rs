//! The three classes of action.

use serde::{Deserialize, Serialize};
use strum::Display;

/// What an action may cost. Read-only admits [`ActionClass::Look`] alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Display)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum ActionClass {
    /// Reads; may cost the org an API call, never a refresh.
    Look,
    /// Spends a refresh or a slot.
    Spend,
    /// Changes a site or an org.
    Write,
}
