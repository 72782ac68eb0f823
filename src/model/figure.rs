//! No figure without its age and its origin.

use crate::model::Clean;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use strum::Display;

/// Where a figure comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Origin {
    /// Read from the thing itself.
    Measured,
    /// Computed from a policy; marked `~`.
    Policy,
    /// Told by the operator, in the configuration; marked `†`.
    Operator,
}

/// A value with the span in which it was seen unchanged, by the clock of the host that looked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dated<T> {
    /// When it was first seen as it is now.
    pub since: DateTime<Utc>,
    /// When it was last seen.
    pub seen_at: DateTime<Utc>,
    /// What was seen.
    pub value: T,
}

impl<T: PartialEq> Dated<T> {
    /// A value seen once.
    pub fn new(at: DateTime<Utc>, value: T) -> Self {
        Self { since: at, seen_at: at, value }
    }

    /// Takes a newer look at the same thing: the span grows when the value is the same and starts anew when it is not.
    /// Answers the former value when it was replaced. A look older than the last one changes nothing.
    pub fn look(&mut self, at: DateTime<Utc>, value: T) -> Option<T> {
        if at < self.seen_at {
            return None;
        }
        self.seen_at = at;
        if self.value == value {
            return None;
        }
        self.since = at;
        Some(std::mem::replace(&mut self.value, value))
    }
}

/// How far ahead of `now` a time may be before it tells that the clock was set back: processes read it one after the
/// other.
pub(crate) const AHEAD: TimeDelta = TimeDelta::minutes(1);

/// Whether the host's clock was set back since it showed `at`.
pub(crate) fn is_ahead(at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    at - now > AHEAD
}

impl<T> Dated<T> {
    /// The host's clock was set back to `now`: this was seen by then.
    pub(crate) fn set_back(&mut self, now: DateTime<Utc>) {
        if is_ahead(self.seen_at, now) {
            self.seen_at = now;
            self.since = self.since.min(now);
        }
    }
}

/// When something ends, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Expiry {
    /// At a time, told by `origin`.
    At {
        /// When, by the host's clock (the source's clock corrected by its measured offset).
        at: DateTime<Utc>,
        /// Who says so.
        origin: Origin,
    },
    /// It has no end.
    Never {
        /// Who says so.
        origin: Origin,
    },
    /// It is over.
    Dead,
    /// Not known, and why.
    Unknown {
        /// What is missing, in a few words.
        because: Clean,
    },
}

impl Expiry {
    /// Not known, because of `because`.
    pub fn unknown(because: impl Into<Clean>) -> Self {
        Self::Unknown { because: because.into() }
    }

    /// What ends first comes first: the dead, then by the date, the unknown, the endless.
    pub fn order(&self) -> (u8, Option<DateTime<Utc>>) {
        match self {
            Self::Dead => (0, None),
            Self::At { at, .. } => (1, Some(*at)),
            Self::Unknown { .. } => (2, None),
            Self::Never { .. } => (3, None),
        }
    }

    /// The end, if it is a date.
    pub fn at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::At { at, .. } => Some(*at),
            _ => None,
        }
    }

    /// Why the end is not known, if so.
    pub fn because(&self) -> Option<&Clean> {
        match self {
            Self::Unknown { because } => Some(because),
            _ => None,
        }
    }

    /// Who tells the end, if anybody does.
    pub fn origin(&self) -> Option<Origin> {
        match self {
            Self::At { origin, .. } | Self::Never { origin } => Some(*origin),
            _ => None,
        }
    }
}
