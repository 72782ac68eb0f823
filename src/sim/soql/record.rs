//! A row cut down to the selected fields, in the shape of the REST API.
//! Uses `path` for the rows that it refers to.

use super::super::schema::Object;
use super::Row;
use super::path::{Path, Related, Step};
use serde_json::{Map, Value, json};

/// Stands in the address of a record whose object has no ids of its own (from memory).
const NO_ID: &str = "000000000000000AAA";

/// The selected fields of one row, with `attributes` on it and on every row that it refers to.
pub(super) fn record(object: &Object, row: &Row, fields: &[Path<'_>], related: &Related, version: &str) -> Row {
    let mut record = Map::new();
    record.insert("attributes".to_owned(), attributes(object, row, version));
    for field in fields {
        put(&mut record, row, &field.steps, field, related, version);
    }
    record
}

/// Walks `row` and `record` down the same references and puts the value in at the end; a null on the way stays.
fn put(record: &mut Row, row: &Row, steps: &[Step<'_>], field: &Path<'_>, related: &Related, version: &str) {
    let Some((step, deeper)) = steps.split_first() else {
        let name = &field.field.name;
        record.insert(name.clone(), row.get(name).cloned().unwrap_or_default());
        return;
    };
    let Some(referred) = step.follow(row, related) else {
        record.insert(step.relationship.clone(), Value::Null);
        return;
    };
    let nested = record
        .entry(step.relationship.clone())
        .or_insert_with(|| json!({ "attributes": attributes(step.to, referred, version) }));
    if let Value::Object(nested) = nested {
        put(nested, referred, deeper, field, related, version);
    }
}

/// What a record says of itself.
pub(in crate::sim) fn attributes(object: &Object, row: &Row, version: &str) -> Value {
    let id = row.get("Id").and_then(Value::as_str).unwrap_or(NO_ID);
    json!({ "type": object.name, "url": format!("/services/data/{version}/sobjects/{}/{id}", object.name) })
}
