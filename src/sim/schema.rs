//! The objects that an org has and the fields of each: what queries, describe and writing agree on.
//!
//! Pure. The objects are data: `schema/objects.toml` holds those of an org, in a form that [`Schema::parse`] explains. Which
//! of them a caller sees, and their rows, is for whoever asks.

mod kind;
mod read;

pub use kind::{Choice, Kind};
pub use read::SchemaError;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::LazyLock;
use strum::EnumString;

static ORG: LazyLock<Schema> = LazyLock::new(|| {
    Schema::parse(include_str!("schema/objects.toml")).expect("the objects that come with the program")
});

/// The objects of every org here; features and permissions hide some of them.
pub fn of_orgs() -> &'static Schema {
    &ORG
}

/// Objects by name.
#[derive(Debug)]
pub struct Schema {
    objects: Vec<Object>,
    /// Places by name in lower case.
    places: HashMap<String, usize>,
}

/// One object.
#[derive(Debug)]
pub struct Object {
    /// Its API name.
    pub name: String,
    /// What people read.
    pub label: String,
    /// What people read of several.
    pub plural: String,
    /// The first three characters of its records' ids; none where it has no ids of its own.
    pub prefix: Option<String>,
    /// What can be done with it beyond asking.
    pub can: Vec<Verb>,
    /// Any one of these permissions shows it; none needed where this is empty.
    pub needs: Vec<Permission>,
    /// What has to be switched on in the org.
    pub feature: Option<Feature>,
    /// Record types other than the master.
    pub record_types: Vec<RecordType>,
    /// The fields in the order of describe.
    pub fields: Vec<Field>,
}

/// A record type.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordType {
    /// Its id, the same in every org here.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether the users that ask may choose it.
    #[serde(default = "yes")]
    pub available: bool,
}

fn yes() -> bool {
    true
}

/// What can be done with an object's records besides querying them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// One record by its id.
    Retrieve,
    /// A new one.
    Create,
    /// Another value in a field.
    Update,
    /// Away with it.
    Delete,
    /// Found by `/search/`.
    Search,
}

/// A permission that an object can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// "Customize Application".
    CustomizeApplication,
    /// "Manage Users".
    ManageUsers,
    /// "View Setup and Configuration".
    ViewSetup,
}

/// Something that an org can have switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// Topics.
    Topics,
    /// The older tags.
    Tags,
    /// External client apps.
    ExternalApps,
}

/// One field.
#[derive(Debug)]
pub struct Field {
    /// Its API name; `__c` at the end makes it a custom field.
    pub name: String,
    /// What people read.
    pub label: String,
    /// What it holds.
    pub kind: Kind,
    /// Most characters; 0 where they are not counted.
    pub length: usize,
    marks: Vec<Mark>,
}

/// What is special about a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString)]
#[strum(serialize_all = "lowercase")]
pub enum Mark {
    /// May be null.
    Nil,
    /// May be set when a record is made.
    Create,
    /// May be set later.
    Update,
    /// Filled in by Salesforce when it is left out.
    Defaulted,
    /// Never in a condition.
    NoFilter,
    /// Never in `ORDER BY`.
    NoSort,
    /// Never with `LIKE`.
    NoLike,
    /// Of a picklist: nothing but its values.
    Restricted,
    /// One record for each value.
    Unique,
    /// Records may be named by it.
    IdLookup,
    /// There for those alone who hold "Manage Users".
    ManageUsers,
    /// Computed from other fields.
    Calculated,
    /// The record's name.
    Name,
}

impl Schema {
    /// The object of this name, without regard to case.
    pub fn object(&self, name: &str) -> Option<&Object> {
        Some(&self.objects[*self.places.get(&name.to_lowercase())?])
    }

    /// All objects, in the order in which they are written.
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }
}

impl Object {
    /// The field of this name, without regard to case.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// The reference behind a relationship of this name, without regard to case.
    pub fn reference(&self, relationship: &str) -> Option<&Field> {
        self.fields.iter().find(|field| {
            field.kind.targets().len() == 1
                && field.relationship().is_some_and(|known| known.eq_ignore_ascii_case(relationship))
        })
    }

    /// Whether its records can be treated so.
    pub fn can(&self, verb: Verb) -> bool {
        self.can.contains(&verb)
    }

    /// Whether it is a custom object.
    pub fn is_custom(&self) -> bool {
        self.name.ends_with("__c")
    }
}

impl Field {
    /// Whether this is special about it.
    pub fn is(&self, mark: Mark) -> bool {
        self.marks.contains(&mark)
    }

    /// Whether it is a custom field.
    pub fn is_custom(&self) -> bool {
        self.name.ends_with("__c")
    }

    /// The name under which the record behind a reference is reached: `User` of `UserId`, `Parent__r` of `Parent__c`.
    pub fn relationship(&self) -> Option<String> {
        if self.kind.targets().is_empty() {
            return None;
        }
        match self.name.strip_suffix("__c") {
            Some(stem) => Some(format!("{stem}__r")),
            None => self.name.strip_suffix("Id").map(str::to_owned),
        }
    }

    /// Whether it may stand in a condition.
    pub fn is_filterable(&self) -> bool {
        !self.is(Mark::NoFilter) && self.kind.is_filterable(self.length)
    }

    /// Whether it may stand in `ORDER BY`.
    pub fn is_sortable(&self) -> bool {
        !self.is(Mark::NoSort) && self.kind.is_sortable(self.length)
    }
}

#[cfg(test)]
mod tests;
