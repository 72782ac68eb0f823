//! What another object, or another kind of segments, would do to a site: what breaks, what changes, what stays. Plain data, shown
//! before anything is written.

use crate::model::Clean;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use strum::{Display, EnumString, IntoStaticStr};

/// Where WP Fusion keeps its segments in Salesforce, by the words of its setting.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, Display, EnumString, IntoStaticStr, strum::EnumIter,
)]
#[strum(ascii_case_insensitive)]
pub enum SegmentKind {
    /// Topics.
    Topics,
    /// The values of a field.
    Picklist,
    /// Personal tags.
    Personal,
    /// Public tags.
    Public,
}

/// What a change of the object does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectTypeCheck {
    /// The object that the site syncs to, where that is known.
    pub from: Option<Clean>,
    /// The object that it would sync to.
    pub to: Clean,
    /// What does not work any more.
    pub breaks: Vec<Break>,
    /// What works otherwise.
    pub changes: Vec<Altered>,
    /// What stays.
    pub same: Vec<SameField>,
    /// What could not be judged, in sentences.
    pub unknown: Vec<String>,
}

/// What does not work any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "breaks", rename_all = "snake_case")]
pub enum Break {
    /// A field that is synced is not a field of the object: its value is not sent any more.
    NoField {
        /// WordPress' name.
        field: Clean,
        /// Salesforce's API name.
        crm_field: Clean,
        /// Whether the present object does not have it either.
        missing_before: bool,
    },
    /// The object wants a field, and nothing that is synced is mapped to it: no record is made.
    Required {
        /// Salesforce's API name.
        crm_field: Clean,
        /// What people read.
        label: Clean,
    },
    /// Users hold ids by which the object can not be found.
    ContactIds {
        /// How many, by what the ids begin with.
        by_prefix: BTreeMap<Clean, u64>,
        /// How many.
        users: u64,
    },
    /// Segments are kept in a field that the object does not have as a multi-select.
    SegmentField {
        /// Salesforce's API name.
        crm_field: Clean,
        /// Its type there; none where there is no such field.
        #[serde(rename = "type")]
        kind: Option<Clean>,
    },
}

/// What works otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "changes", rename_all = "snake_case")]
pub enum Altered {
    /// A field that is mapped and not synced is not a field of the object.
    Unsynced {
        /// WordPress' name.
        field: Clean,
        /// Salesforce's API name.
        crm_field: Clean,
    },
    /// It can not be written there: its value is not sent.
    ReadOnly {
        /// WordPress' name.
        field: Clean,
        /// Salesforce's API name.
        crm_field: Clean,
    },
    /// It has another type.
    Type {
        /// WordPress' name.
        field: Clean,
        /// Salesforce's API name.
        crm_field: Clean,
        /// Now.
        from: Clean,
        /// There.
        to: Clean,
    },
    /// It takes fewer values.
    Choices {
        /// WordPress' name.
        field: Clean,
        /// Salesforce's API name.
        crm_field: Clean,
        /// Those that it does not take there.
        missing: Vec<Clean>,
    },
    /// It takes shorter texts.
    Shorter {
        /// WordPress' name.
        field: Clean,
        /// Salesforce's API name.
        crm_field: Clean,
        /// Characters now.
        from: u32,
        /// Characters there.
        to: u32,
    },
    /// A record type is one of the present object, and is dropped.
    RecordType {
        /// Its name, or its id where no name is known.
        name: Clean,
    },
    /// Code of the site chooses the object, whatever the setting says.
    CodeFilter,
    /// Topics are switched off for the object.
    TopicsOff,
}

/// A field that stays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SameField {
    /// WordPress' name.
    pub field: Clean,
    /// Salesforce's API name.
    pub crm_field: Clean,
}

/// What a change of the segments does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentTypeCheck {
    /// What the site has now, by the words of its setting, where that is known.
    pub from: Option<Clean>,
    /// What it would have.
    pub to: SegmentKind,
    /// Why it can not be, if so.
    pub refused: Option<String>,
    /// What follows, in sentences.
    pub changes: Vec<String>,
}

impl ObjectTypeCheck {
    /// Users who hold ids by which the object can not be found.
    pub fn stranded_users(&self) -> u64 {
        let users = |broken: &Break| match broken {
            Break::ContactIds { users, .. } => *users,
            _ => 0,
        };
        self.breaks.iter().map(users).sum()
    }
}
