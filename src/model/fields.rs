//! Fields: what a site maps to what, and what an object's fields are, whoever tells it. Plain data.

use crate::model::Clean;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Which WordPress field goes to which Salesforce field, from a site's settings: the agent's `mapping`.
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

/// An object as one Salesforce user sees it: a site's own (the agent's `describe`), or fusebox's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// The object's API name.
    pub object: Clean,
    /// Its fields, in Salesforce's order.
    pub fields: Vec<Field>,
}

impl Description {
    /// The field of this API name; Salesforce does not tell capitals apart.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name.as_str().eq_ignore_ascii_case(name))
    }
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
    /// Must be given when a record is made: createable, never empty, and nothing fills it in.
    pub required: bool,
    /// What the org itself tells beyond that; a site's agent does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more: Option<FieldMore>,
}

impl Field {
    /// Whether nobody may write it.
    pub fn is_read_only(&self) -> bool {
        !self.createable && !self.updateable
    }
}

/// What the org's own describe tells of a field beyond what the agent does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldMore {
    /// The longest text, in characters; 0 for what is no text.
    pub length: u32,
    /// Whether the org added it.
    pub custom: bool,
    /// May be empty.
    pub nillable: bool,
    /// Filled in by Salesforce where nothing is given.
    pub defaulted_on_create: bool,
    /// The values of a picklist, in Salesforce's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
}

/// One value of a picklist. WP Fusion keys on labels while Salesforce writes values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What is written.
    pub value: Clean,
    /// What people read.
    pub label: Clean,
    /// Whether it may still be chosen.
    pub active: bool,
}

/// The longest API name of an object, in characters.
const LONGEST_NAME: usize = 80;

/// Whether `name` can be the API name of an object: it stands in addresses, so nothing else gets there.
pub fn is_object(name: &str) -> bool {
    name.len() <= LONGEST_NAME
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_elsewhere_is_no_object() {
        for good in ["Contact", "Donation__c", "ns__Gift__c", "a"] {
            assert!(is_object(good), "{good}");
        }
        for bad in ["", "../limits", "Contact/x", "Contact?x", "1st", "__c", "Kontakt\u{e4}", &"x".repeat(81)] {
            assert!(!is_object(bad), "{bad}");
        }
    }

    #[test]
    fn capitals_of_a_field_do_not_count() {
        let field = Field {
            name: "LastName".into(),
            label: "Last Name".into(),
            kind: "string".into(),
            createable: true,
            updateable: false,
            required: true,
            more: None,
        };
        let description = Description { object: "Contact".into(), fields: vec![field] };
        assert!(description.field("lastname").is_some_and(|field| !field.is_read_only()));
        assert_eq!(description.field("Last"), None);
    }
}
