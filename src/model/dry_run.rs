//! What a change of a setting would do, line by line, as it is shown before anything is written. Plain data.

use crate::model::Clean;
use serde::{Deserialize, Serialize};

/// What becomes of one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, strum::EnumIter)]
pub enum Impact {
    /// It does not work any more.
    Breaks,
    /// It works otherwise.
    Changes,
    /// It could not be judged.
    Unknown,
    /// It stays.
    Same,
}

/// One thing, and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DryLine {
    /// What becomes of it.
    pub impact: Impact,
    /// WordPress' name; empty where it has none.
    pub named: Clean,
    /// What it is now; empty where it is nothing.
    pub from: Clean,
    /// What it would be; empty where it would be nothing.
    pub to: Clean,
    /// What follows.
    pub so: Clean,
}

/// All of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DryRun {
    /// What the setting is now, where that is known.
    pub from: Option<Clean>,
    /// What it would be.
    pub to: Clean,
    /// Each thing, the weightiest first.
    pub lines: Vec<DryLine>,
    /// What is done beside it and what that costs, in sentences.
    pub then: Vec<Clean>,
    /// What has to be known of the lines themselves: whose eyes saw them, how old they are.
    pub notes: Vec<Clean>,
}

impl DryRun {
    /// How many things there are with this impact.
    pub fn count(&self, impact: Impact) -> usize {
        self.lines.iter().filter(|line| line.impact == impact).count()
    }
}

/// A setting of a site that an operator may choose anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SettingKind {
    /// The object that it syncs to.
    ObjectType,
    /// Where its segments are.
    SegmentType,
    /// The field whose values its segments would be.
    Picklist,
}

/// What can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The choices, in the plugin's order.
    pub choices: Vec<Offered>,
    /// What has to be known of them.
    pub notes: Vec<Clean>,
}

/// One choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// As it is stored.
    pub name: Clean,
    /// What people read.
    pub label: Clean,
    /// Whether the site has it now.
    pub present: bool,
}
