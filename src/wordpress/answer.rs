//! What the agent answers beyond `model`: the mapping of fields, and an object's fields. Plain data.

use crate::model::Clean;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The agent's `mapping`: which WordPress field goes to which Salesforce field, from the settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// The pairs, active or not.
    pub mapped: Vec<MappedField>,
    /// Salesforce fields that must be given, as the plugin stored them at its last refresh.
    pub required: Vec<Clean>,
    /// Salesforce fields that can not be written, as stored.
    pub read_only: Vec<Clean>,
    /// How many WordPress users hold a Salesforce id of which kind: `003` contacts, `00Q` leads.
    pub contact_ids: BTreeMap<Clean, u64>,
}

/// One pair of the mapping.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MappedField {
    /// WordPress' name.
    pub field: Clean,
    /// Salesforce's API name.
    pub crm_field: Clean,
    /// Whether it is synced.
    pub active: bool,
}

/// The agent's `describe`: an object as the site's Salesforce user sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// The object's API name.
    pub object: Clean,
    /// Its fields, in Salesforce's order.
    pub fields: Vec<Field>,
}

/// One field of an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// API name.
    pub name: Clean,
    /// What people read.
    pub label: Clean,
    /// Salesforce's type (`string`, `multipicklist`).
    #[serde(rename = "type")]
    pub kind: Clean,
    /// May be given when a record is made.
    pub createable: bool,
    /// May be changed afterwards.
    pub updateable: bool,
    /// Must be given when a record is made.
    pub required: bool,
}
