//! A row cut down to the selected fields, in the shape of the REST API.
//! Uses `path` for what a nested row says of itself.

use super::Row;
use super::path::{Path, type_of};
use serde_json::{Map, Value, json};

/// The version in the addresses of records: the one that was current when this was written.
const VERSION: &str = "v67.0";

/// Stands in the address of a record whose object has no ids of its own (from memory).
const NO_ID: &str = "000000000000000AAA";

/// The selected fields of one row, with `attributes` on it and on every row that it is related to.
pub(super) fn record(object: &str, row: &Row, fields: &[Path]) -> Row {
    let mut record = Map::new();
    record.insert("attributes".to_owned(), attributes(object, row));
    for field in fields {
        put(&mut record, row, &field.relationships, field);
    }
    record
}

/// Walks `row` and `record` down the same relationships and puts the value in at the end; a null on the way stays.
fn put(record: &mut Row, row: &Row, relationships: &[String], field: &Path) {
    let Some((relationship, deeper)) = relationships.split_first() else {
        record.insert(field.column.clone(), row.get(&field.column).cloned().unwrap_or_default());
        return;
    };
    let Some(related) = row.get(relationship).and_then(Value::as_object) else {
        record.insert(relationship.clone(), Value::Null);
        return;
    };
    let nested = record
        .entry(relationship.clone())
        .or_insert_with(|| json!({ "attributes": attributes(type_of(related, relationship), related) }));
    if let Value::Object(nested) = nested {
        put(nested, related, deeper, field);
    }
}

fn attributes(object: &str, row: &Row) -> Value {
    let id = row.get("Id").and_then(Value::as_str).unwrap_or(NO_ID);
    json!({ "type": object, "url": format!("/services/data/{VERSION}/sobjects/{object}/{id}") })
}
