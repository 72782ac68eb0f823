//! What a site stores of its Salesforce object since its last refresh: topics, fields, record types. Plain data.

use crate::model::Clean;
use serde::{Deserialize, Serialize};

/// The lists that WP Fusion keeps, and that "Refresh Available Topics & Fields" reads anew.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredLists {
    /// Topics, tags, or the values of a picklist.
    #[serde(default)]
    pub topics: Vec<Listed>,
    /// Fields of the object.
    #[serde(default)]
    pub fields: Vec<StoredField>,
    /// API names of fields that must be given.
    #[serde(default)]
    pub required: Vec<Clean>,
    /// API names of fields that can not be written.
    #[serde(default)]
    pub read_only: Vec<Clean>,
    /// Record types of the object.
    #[serde(default)]
    pub record_types: Vec<Listed>,
}

/// Something with an id and what people read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Its id; of a picklist's value the value.
    pub id: Clean,
    /// What people read.
    pub label: Clean,
}

/// One field as the plugin stores it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredField {
    /// API name.
    pub name: Clean,
    /// What people read.
    pub label: Clean,
    /// Whether the org added it.
    pub custom: bool,
    /// Salesforce's type, where somebody told it: the plugin itself stores none.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Clean>,
}

impl StoredField {
    /// The label without what the plugin writes behind it of a field that it can not send.
    pub fn plain_label(&self) -> &str {
        let mut label = self.label.as_str().trim_end();
        for said in ["(read only)", "(compound field)"] {
            label = label.strip_suffix(said).unwrap_or(label).trim_end();
        }
        label
    }
}
