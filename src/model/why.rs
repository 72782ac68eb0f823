//! A cause in a list's column: a few words, in some of them an age that goes on.
//!
//! The age is a moment and not a word, so that what was judged once stays true while its age grows: nothing is judged
//! again for the sake of a figure.

use super::age;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A few words about a cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Why {
    /// Words that stay as they are.
    Said(String),
    /// Words around an age: `idle 24d, limit 30d`. In a place of its own: of a fleet's lines few have one.
    Runs(Box<Aged>),
}

/// Words around an age.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aged {
    /// What stands before it.
    pub before: String,
    /// What is measured.
    pub span: Running,
    /// What stands after it.
    pub after: String,
}

/// A span that changes with the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Running {
    /// From this moment to now.
    Since(DateTime<Utc>),
    /// From now to this moment.
    Until(DateTime<Utc>),
}

impl Why {
    /// The words at `now`, a time of the host's clock.
    pub fn at(&self, now: DateTime<Utc>) -> Cow<'_, str> {
        match self {
            Self::Said(words) => Cow::Borrowed(words),
            Self::Runs(aged) => {
                let Aged { before, span, after } = aged.as_ref();
                let span = match span {
                    Running::Since(since) => age::since(*since, now),
                    Running::Until(end) => age::span(*end - now),
                };
                Cow::Owned(format!("{before}{span}{after}"))
            }
        }
    }

    /// Words around an age.
    pub fn aged(before: impl Into<String>, span: Running, after: impl Into<String>) -> Self {
        Self::Runs(Box::new(Aged { before: before.into(), span, after: after.into() }))
    }

    /// The same as words that no longer change, for what is told once.
    #[must_use]
    pub fn settled(&self, now: DateTime<Utc>) -> Self {
        Self::Said(self.at(now).into_owned())
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Said(words) if words.is_empty())
    }
}

impl Default for Why {
    fn default() -> Self {
        Self::Said(String::new())
    }
}

impl<T: Into<String>> From<T> for Why {
    fn from(words: T) -> Self {
        Self::Said(words.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn an_age_goes_on() {
        let then = DateTime::UNIX_EPOCH;
        let idle = Why::aged("idle ", Running::Since(then), ", limit 30d");
        assert_eq!(idle.at(then + TimeDelta::days(24)), "idle 24d, limit 30d");
        assert_eq!(idle.at(then + TimeDelta::days(25)), "idle 25d, limit 30d");
        let ends = Why::aged("ends in ", Running::Until(then), "");
        assert_eq!(ends.at(then - TimeDelta::hours(5)), "ends in 5h");
        assert_eq!(ends.at(then + TimeDelta::hours(5)), "ends in 0s");
    }

    #[test]
    fn words_are_kept_as_words() {
        let said: Why = serde_json::from_str("\"evicted by give\"").expect("words");
        assert_eq!(said, Why::from("evicted by give"));
        let runs = Why::aged("silent for ", Running::Since(DateTime::UNIX_EPOCH), "");
        let kept = serde_json::to_string(&runs).expect("a text");
        assert_eq!(serde_json::from_str::<Why>(&kept).expect("the same"), runs);
    }
}
