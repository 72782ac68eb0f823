//! What became different of an object between two looks, and which mappings that breaks. Plain data.

use crate::model::Clean;
use crate::model::fields::Field;
use serde::{Deserialize, Serialize};

/// What became different between two descriptions of an object. Lists stand by API name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldDrift {
    /// Fields that are new.
    pub added: Vec<Field>,
    /// Fields that are gone, as they were.
    pub removed: Vec<Field>,
    /// Fields that are otherwise.
    pub changed: Vec<FieldChange>,
    /// Fields that must be given now, new ones among them.
    pub newly_required: Vec<Clean>,
    /// Fields that need not be given any more.
    pub no_longer_required: Vec<Clean>,
    /// Fields that can not be written any more.
    pub newly_read_only: Vec<Clean>,
    /// Fields that can be written now.
    pub newly_writable: Vec<Clean>,
}

/// One field that is otherwise; each part as it was and as it is, where it changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// API name.
    pub name: Clean,
    /// What people read.
    pub label: Option<(Clean, Clean)>,
    /// Salesforce's type.
    #[serde(rename = "type")]
    pub kind: Option<(Clean, Clean)>,
    /// The longest text, where both looks told it.
    pub length: Option<(u32, u32)>,
    /// Values that may be chosen now, where both looks told them.
    pub choices_added: Vec<Clean>,
    /// Values that may not be chosen any more.
    pub choices_removed: Vec<Clean>,
}

/// Fields that something happened to, by API name, whoever told it: two descriptions, or two of a site's stored lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MovedFields {
    /// Those that are gone.
    pub gone: Vec<Clean>,
    /// Those that can not be written any more.
    pub read_only: Vec<Clean>,
    /// Those of another type.
    pub retyped: Vec<Clean>,
    /// Those that must be given now.
    pub required: Vec<Clean>,
}

/// A mapping that a change breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokenMapping {
    /// WordPress' name; none where nothing is mapped.
    pub field: Option<Clean>,
    /// Salesforce's API name.
    pub crm_field: Clean,
    /// What happened to it.
    pub by: Breakage,
}

/// What breaks a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Breakage {
    /// The field is gone: values go nowhere.
    Gone,
    /// The field can not be written any more.
    ReadOnly,
    /// The field has another type: values may not fit.
    TypeChanged,
    /// The field must be given now, and nothing that is synced is mapped to it: no record is made.
    Unmapped,
}

impl Breakage {
    /// What follows from it, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Gone => "the field is gone: values go nowhere",
            Self::ReadOnly => "the field can not be written any more: values are not sent",
            Self::TypeChanged => "the field has another type: values may not fit",
            Self::Unmapped => "required now, and nothing is mapped to it: no record is made",
        }
    }
}

impl FieldDrift {
    /// Whether nothing became different.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// What it does to fields that may be mapped.
    pub fn moved(&self) -> MovedFields {
        let retyped = self.changed.iter().filter(|change| change.kind.is_some());
        MovedFields {
            gone: self.removed.iter().map(|field| field.name.clone()).collect(),
            read_only: self.newly_read_only.clone(),
            retyped: retyped.map(|change| change.name.clone()).collect(),
            required: self.newly_required.clone(),
        }
    }
}
