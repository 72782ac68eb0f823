//! The seven states of a connection and the order in which they claim attention.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString};

/// What is known of one site's connection, folded by the first rule that holds (`docs/architecture.md`, "Health").
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Display, EnumString, EnumIter,
)]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
pub enum Health {
    /// Proved broken.
    Fail,
    /// Works, and something will break it.
    Warn,
    /// Staging or a clone: shown, not counted.
    Stag,
    /// The last answer or the last proof is too old to lean on.
    Old,
    /// Never proved, or what would prove it is not permitted.
    Unkn,
    /// No Salesforce connection was ever seen here.
    Off,
    /// Proved working.
    Ok,
}

impl Health {
    /// Rank in a list sorted by risk, 0 first.
    pub fn rank(self) -> u8 {
        self as u8
    }
}

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Display)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Severity {
    /// Worth knowing, changes no health.
    Info,
    /// Makes a working site WARN.
    Warn,
    /// Makes a site FAIL.
    Fail,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn risk_comes_first() {
        assert!(Health::Fail.rank() < Health::Warn.rank());
        assert!(Health::Off.rank() < Health::Ok.rank());
        assert_eq!(Health::Unkn.to_string(), "UNKN");
        assert_eq!("STAG".parse(), Ok(Health::Stag));
    }
}
