//! What a refresh changed in a site's lists, and which mappings that breaks. Plain data.

use crate::model::Clean;
use crate::model::stored_lists::{Listed, StoredField};
use serde::{Deserialize, Serialize};

/// What became different between two of a site's lists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// How many fields there were and are.
    pub fields: Counted,
    /// Fields that are new, by name, as the rest.
    pub added: Vec<StoredField>,
    /// Fields that are gone.
    pub removed: Vec<StoredField>,
    /// Fields of another label or type.
    pub changed: Vec<FieldChange>,
    /// Fields that must be given now, and had not to be.
    pub newly_required: Vec<Clean>,
    /// Fields that need not be given any more.
    pub no_longer_required: Vec<Clean>,
    /// Fields that can not be written any more.
    pub newly_read_only: Vec<Clean>,
    /// Fields that can be written now.
    pub no_longer_read_only: Vec<Clean>,
    /// Topics, tags or picklist values.
    pub topics: ListDrift,
    /// Record types.
    pub record_types: ListDrift,
    /// Mappings that do not do any more what they did, in the order of the mapping; then what nothing is mapped to and must be.
    pub broken: Vec<BrokenMapping>,
}

/// A number before and after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Before.
    pub before: usize,
    /// After.
    pub after: usize,
}

/// One field that is another now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// API name.
    pub name: Clean,
    /// The label before and after, where it changed.
    pub label: Option<(Clean, Clean)>,
    /// The type before and after, where both are known and it changed.
    #[serde(rename = "type")]
    pub kind: Option<(Clean, Clean)>,
}

/// What became different in a list of things with ids.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListDrift {
    /// How many there were and are.
    pub count: Counted,
    /// What is new.
    pub added: Vec<Listed>,
    /// What is gone.
    pub removed: Vec<Listed>,
    /// What is called otherwise: as it was, with the new label.
    pub renamed: Vec<(Listed, Clean)>,
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

impl Drift {
    /// Whether nothing became different.
    pub fn is_nothing(&self) -> bool {
        let Self { added, removed, changed, topics, record_types, .. } = self;
        let marks = [&self.newly_required, &self.no_longer_required, &self.newly_read_only, &self.no_longer_read_only];
        added.is_empty()
            && removed.is_empty()
            && changed.is_empty()
            && topics.is_nothing()
            && record_types.is_nothing()
            && marks.iter().all(|mark| mark.is_empty())
    }

    /// Whether a list of fields or topics that held something is empty now. An answer of nothing is taken by the plugin for a
    /// list of nothing, and no org lost all its fields between two looks.
    pub fn is_emptied(&self) -> bool {
        [self.fields, self.topics.count].iter().any(|count| count.before > 0 && count.after == 0)
    }
}

impl ListDrift {
    /// Whether nothing became different.
    pub fn is_nothing(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.renamed.is_empty()
    }
}
