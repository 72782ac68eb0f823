//! Fields of a row, through its relationships.
//! Knows rows and names, and nothing of queries.

use super::Row;
use serde_json::Value;

/// What a nested row may say of itself; never a column.
pub(super) const ATTRIBUTES: &str = "attributes";

/// A field, spelled as the rows spell it: relationships first, the column last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) relationships: Vec<String>,
    pub(super) column: String,
}

/// Which part of a dotted name the rows do not have.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    Relationship(String),
    Column { column: String, entity: String },
}

impl Path {
    /// Finds `name` among the columns of `rows`, without regard to case. What has no rows has any column.
    pub(super) fn resolve(name: &str, object: &str, rows: &[Row]) -> Result<Self, Unknown> {
        let mut relationships = Vec::new();
        let mut entity = object.to_owned();
        let mut here: Vec<&Row> = rows.iter().collect();
        let (parents, column) = name.rsplit_once('.').map_or((None, name), |(parents, column)| (Some(parents), column));
        for written in parents.into_iter().flat_map(|parents| parents.split('.')) {
            if here.is_empty() {
                relationships.push(written.to_owned());
                continue;
            }
            let unknown = || Unknown::Relationship(written.to_owned());
            let spelled = spelling(&here, written).ok_or_else(unknown)?;
            let values = || here.iter().filter_map(|row| row.get(&spelled));
            if values().any(|value| !value.is_object() && !value.is_null()) {
                return Err(unknown());
            }
            let nested: Vec<&Row> = values().filter_map(Value::as_object).collect();
            entity = nested.first().map_or_else(|| spelled.clone(), |row| type_of(row, &spelled).to_owned());
            here = nested;
            relationships.push(spelled);
        }
        let column = if here.is_empty() {
            column.to_owned()
        } else {
            spelling(&here, column)
                .filter(|spelled| !here.iter().any(|row| row.get(spelled).is_some_and(Value::is_object)))
                .ok_or_else(|| Unknown::Column { column: column.to_owned(), entity })?
        };
        Ok(Self { relationships, column })
    }

    /// The value in `row`; null where the row or what it is related to has none.
    pub(super) fn value<'r>(&self, row: &'r Row) -> &'r Value {
        let mut here = Some(row);
        for relationship in &self.relationships {
            here = here.and_then(|row| row.get(relationship)).and_then(Value::as_object);
        }
        here.and_then(|row| row.get(&self.column)).unwrap_or(&Value::Null)
    }
}

/// How the rows spell the key `written`.
fn spelling(rows: &[&Row], written: &str) -> Option<String> {
    rows.iter()
        .flat_map(|row| row.keys())
        .find(|key| key.eq_ignore_ascii_case(written) && key.as_str() != ATTRIBUTES)
        .cloned()
}

/// The type of a nested row: what it says itself, or the name of the relationship that leads to it.
pub(super) fn type_of<'r>(row: &'r Row, relationship: &'r str) -> &'r str {
    row.get(ATTRIBUTES).and_then(|attributes| attributes.get("type")).and_then(Value::as_str).unwrap_or(relationship)
}
