//! The audit as a screen shows it: its newest lines, and whether the file is as it was written.

use crate::model::{ActionClass, Clean};
use chrono::{DateTime, Utc};

/// The newest lines of the audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trail {
    /// The newest first.
    pub lines: Vec<TrailLine>,
    /// How many older ones are not among them.
    pub older: usize,
    /// Whether the file is as it was written.
    pub state: TrailState,
}

/// Whether the audit's file is as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrailState {
    /// It is.
    Good,
    /// It is not: the first thing that is wrong, with its line.
    Damaged {
        /// The line of the file, from 1.
        line: usize,
        /// What is wrong with it.
        what: Clean,
    },
    /// It could not be read.
    Unread(Clean),
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrailLine {
    /// Its number.
    pub number: u64,
    /// When, by the host's clock.
    pub at: DateTime<Utc>,
    /// Names the operation: the same in all its lines.
    pub id: Clean,
    /// Which ("identify").
    pub operation: Clean,
    /// What it may cost.
    pub class: ActionClass,
    /// Before, after, or refused.
    pub phase: Clean,
    /// On what.
    pub target: Clean,
    /// The org and the Salesforce user, where they are known.
    pub account: Option<Clean>,
    /// Who ordered it, in a few cells.
    pub by: Clean,
    /// All that is known of who ordered it.
    pub operator: Clean,
    /// What is to be done.
    pub what: Clean,
    /// How it ended, or why it was refused.
    pub outcome: Option<Clean>,
    /// Its code.
    pub code: Clean,
}
