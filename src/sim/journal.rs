//! The log of requests received. Calls that sites make by themselves while the clock moves are played, not received,
//! and stand in no log.

use super::world::truth::utc;
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::collections::VecDeque;

/// Entries kept; the oldest go.
const KEPT: usize = 100_000;

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Entry {
    /// When, by the simulator's clock.
    pub(super) at: String,
    /// `fusebox`, `site` or `other`, by whose token or key came along.
    pub(super) client: &'static str,
    /// The org that was asked, or that the site asked for its own sake belongs to.
    pub(super) org: Option<String>,
    /// The site that was asked, or that asked.
    pub(super) site: Option<String>,
    /// What it was: `query`, `composite`, `token:jwt`, `refresh_token`, a verb of the agent, `fault` ...
    pub(super) kind: String,
    /// The HTTP method.
    pub(super) method: String,
    /// The path, without the query.
    pub(super) path: String,
    /// Whether it counted against the org's API allocation.
    pub(super) counted: bool,
    /// Whether a verb of the agent changed what the site stores: its settings, its lists, its connection.
    pub(super) wrote: bool,
}

impl Entry {
    /// A request by somebody unknown that counted nowhere.
    pub(super) fn new(at: DateTime<Utc>, kind: impl Into<String>, method: &str, path: &str) -> Self {
        Self {
            at: utc(at),
            client: "other",
            org: None,
            site: None,
            kind: kind.into(),
            method: method.to_owned(),
            path: path.to_owned(),
            counted: false,
            wrote: false,
        }
    }
}

/// The log.
#[derive(Debug, Default)]
pub(super) struct Journal {
    entries: VecDeque<Entry>,
    /// How many have gone.
    gone: usize,
}

impl Journal {
    /// Notes one request. Gives its number.
    pub(super) fn note(&mut self, entry: Entry) -> usize {
        if self.entries.len() == KEPT {
            self.entries.pop_front();
            self.gone += 1;
        }
        self.entries.push_back(entry);
        self.gone + self.entries.len() - 1
    }

    /// The newest request counted against the org's allocation.
    pub(super) fn count_last(&mut self) {
        if let Some(entry) = self.entries.back_mut() {
            entry.counted = true;
        }
    }

    /// The request of this number wrote.
    pub(super) fn wrote(&mut self, number: usize) {
        if let Some(entry) = number.checked_sub(self.gone).and_then(|place| self.entries.get_mut(place)) {
            entry.wrote = true;
        }
    }

    /// All of them, oldest first.
    pub(super) fn entries(&self) -> &VecDeque<Entry> {
        &self.entries
    }
}
