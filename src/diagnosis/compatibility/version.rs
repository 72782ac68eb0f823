//! Versions as WordPress plugins number them: as many numbers as they like ("3.45.2.2"), so no semantic version's three, and
//! what is set off by a dash comes before what it leads to ("3.48.0-beta1"). Uses nothing of ours.

use serde::Deserialize;
use std::cmp::Ordering;
use std::str::FromStr;

/// A version. Zeros at its end make no other of it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Version {
    numbers: Vec<u32>,
    /// What stands behind the dash of a version before its release.
    before: Option<String>,
}

/// No version: numbers and dots are expected.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no version: numbers and dots are expected")]
pub(super) struct NoVersion;

impl FromStr for Version {
    type Err = NoVersion;

    fn from_str(text: &str) -> Result<Self, NoVersion> {
        let text = text.trim().split('+').next().unwrap_or_default();
        let (numbers, before) = match text.split_once('-') {
            Some((numbers, before)) => (numbers, Some(before.to_ascii_lowercase())),
            None => (text, None),
        };
        let parsed: Result<Vec<u32>, _> = numbers.split('.').map(str::parse).collect();
        let mut numbers = parsed.map_err(|_| NoVersion)?;
        while numbers.len() > 1 && numbers.last() == Some(&0) {
            numbers.pop();
        }
        Ok(Self { numbers, before })
    }
}

impl TryFrom<String> for Version {
    type Error = NoVersion;

    fn try_from(text: String) -> Result<Self, NoVersion> {
        text.parse()
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let release = |version: &Self| version.before.is_none();
        self.numbers
            .cmp(&other.numbers)
            .then_with(|| release(self).cmp(&release(other)))
            .then_with(|| self.before.cmp(&other.before))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().expect("a version")
    }

    #[test]
    fn versions_stand_in_order() {
        let texts =
            ["3", "3.9", "3.10", "3.45.2", "3.45.2.2", "3.47.11-beta1", "3.47.11", "3.47.11.1", "3.47.12", "55.0"];
        for pair in texts.windows(2) {
            assert!(version(pair[0]) < version(pair[1]), "{pair:?}");
        }
        assert_eq!(version("3.40"), version("3.40.0"));
        assert_eq!(version("3.47.11+build5"), version(" 3.47.11 "));
    }

    #[test]
    fn what_is_none_is_refused() {
        for text in ["", "dev", "3.x", "3..1", "-1", "99999999999", "3.47.11 beta"] {
            assert_eq!(text.parse::<Version>(), Err(NoVersion), "{text}");
        }
    }
}
