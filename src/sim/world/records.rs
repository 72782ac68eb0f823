//! The records of an org that its users write: contacts, leads, topics, tags. Pure; what may be written is elsewhere.

use crate::model::OrgId;
use crate::sim::record_id::record_id;
use crate::sim::schema::{self, Object};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Records of one object that an org takes; then its storage is full.
pub(crate) const MOST: usize = 20_000;

/// Topics that every org begins with. Real ones have names that look alike, and some that need quoting.
const TOPICS: [&str; 5] = ["Members", "Newsletter", "Newsletter (old)", "Donors & Friends", "Course O'Connor"];

/// Tags, public and personal.
const TAGS: [(&str, &str); 3] = [("Members", "Public"), ("Press", "Public"), ("Mine", "Personal")];

/// People that every org begins with.
const PEOPLE: [(&str, &str); 3] = [("Ada", "Abel"), ("Bo", "Brandt"), ("Chi", "Castro")];

/// One record: its fields as the schema spells them; what is missing is null.
pub(crate) type Record = Map<String, Value>;

/// All records by object.
#[derive(Clone, Debug, Default)]
pub(crate) struct Records {
    objects: BTreeMap<String, Vec<Record>>,
    next: u64,
}

impl Records {
    /// What an org begins with.
    pub(crate) fn new(org: &OrgId, name: &str, owner: &str, at: DateTime<Utc>) -> Self {
        let mut records = Self::default();
        let mut add = |object: &str, record: Value| {
            if let (Some(object), Value::Object(record)) = (schema::of_orgs().object(object), record) {
                records.add(org, object, record, owner, at);
            }
        };
        add("Account", json!({ "Name": format!("{name} Household"), "Type": "Customer" }));
        for (first, last) in PEOPLE {
            let email = format!("{}@people.example", first.to_lowercase());
            add(
                "Contact",
                json!({ "FirstName": first, "LastName": last, "Email": email, "WPF_Tags__c": "Newsletter" }),
            );
        }
        for name in TOPICS {
            add("Topic", json!({ "Name": name, "TalkingAbout": 0 }));
        }
        for (name, kind) in TAGS {
            add("TagDefinition", json!({ "Name": name, "Type": kind }));
        }
        records
    }

    /// The records of an object, deleted ones included.
    pub(crate) fn of(&self, object: &Object) -> &[Record] {
        self.objects.get(&object.name).map_or(&[], Vec::as_slice)
    }

    /// One record that is not deleted.
    pub(crate) fn find(&self, object: &Object, id: &str) -> Option<&Record> {
        self.of(object).iter().find(|record| is(record, id) && !is_deleted(record))
    }

    /// One record that is not deleted, to be changed.
    pub(crate) fn find_mut(&mut self, object: &Object, id: &str) -> Option<&mut Record> {
        self.objects.get_mut(&object.name)?.iter_mut().find(|record| is(record, id) && !is_deleted(record))
    }

    /// Adds a record and fills in what Salesforce fills in. Answers its id.
    pub(crate) fn add(
        &mut self,
        org: &OrgId,
        object: &Object,
        mut record: Record,
        owner: &str,
        at: DateTime<Utc>,
    ) -> String {
        self.next += 1;
        let id = record_id(object.prefix.as_deref().unwrap_or("000"), org, self.next);
        for field in &object.fields {
            let filled = match field.name.as_str() {
                "Id" => json!(id),
                "CreatedDate" | "LastModifiedDate" => json!(time(at)),
                "OwnerId" | "CreatedById" => json!(owner),
                _ if field.kind == schema::Kind::Boolean => json!(false),
                _ => continue,
            };
            let given = record.get(&field.name).is_some_and(|value| !value.is_null());
            if !given {
                record.insert(field.name.clone(), filled);
            }
        }
        name_it(object, &mut record);
        self.objects.entry(object.name.clone()).or_default().push(record);
        id
    }

    /// Takes a record away: into the bin where the object has one, else for good. False where there is none.
    pub(crate) fn delete(&mut self, object: &Object, id: &str) -> bool {
        if object.field("IsDeleted").is_some() {
            let found = self.find_mut(object, id);
            found.map(|record| record.insert("IsDeleted".to_owned(), json!(true))).is_some()
        } else {
            let Some(records) = self.objects.get_mut(&object.name) else { return false };
            let before = records.len();
            records.retain(|record| !is(record, id));
            records.len() < before
        }
    }
}

/// People's `Name` is made of its parts.
pub(crate) fn name_it(object: &Object, record: &mut Record) {
    if object.field("LastName").is_none() {
        return;
    }
    let part = |field: &str| record.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
    let name: Vec<&str> = [part("FirstName"), part("LastName")].into_iter().flatten().collect();
    let name = name.join(" ");
    record.insert("Name".to_owned(), json!(name));
}

/// Whether a record was deleted.
pub(crate) fn is_deleted(record: &Record) -> bool {
    record.get("IsDeleted") == Some(&Value::Bool(true))
}

/// Whether this is the record with an id of 15 or 18 characters.
fn is(record: &Record, id: &str) -> bool {
    let own = record.get("Id").and_then(Value::as_str).unwrap_or_default();
    matches!(id.len(), 15 | 18) && own.get(..15) == id.get(..15)
}

/// Salesforce's way to write a time: milliseconds and `+0000`.
pub(crate) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true).replace('Z', "+0000")
}
