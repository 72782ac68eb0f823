//! Columns have types, seen from their values, and values of one column compare.
//! The rows carry no schema, so a column of texts that all look like times is one of times. Uses `path` and `time`.

use super::path::Path;
use super::syntax::Order;
use super::{Row, time};
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use std::cmp::Ordering;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    /// Nothing but nulls.
    Unknown,
    /// Text, compared without regard to case.
    Text,
    /// Ids of 15 or 18 characters; the same 15 are the same thing.
    Id,
    Number,
    Boolean,
    /// A point in time.
    Point,
    /// A day.
    Day,
}

/// A value as it compares with others of its column.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Null,
    Boolean(bool),
    Number(f64),
    Point(DateTime<Utc>),
    Day(NaiveDate),
    Text(String),
}

impl Column {
    /// The type that all values at `path` have, or text.
    pub(super) fn of(path: &Path, rows: &[Row]) -> Self {
        let mut column = Self::Unknown;
        for value in rows.iter().map(|row| path.value(row)).filter(|value| !value.is_null()) {
            let one = Self::of_value(value, path.column.ends_with("Id"));
            if column == Self::Unknown {
                column = one;
            } else if column != one {
                return Self::Text;
            }
        }
        column
    }

    fn of_value(value: &Value, named_id: bool) -> Self {
        match value {
            Value::Bool(_) => Self::Boolean,
            Value::Number(_) => Self::Number,
            Value::String(text) if named_id && is_id(text) => Self::Id,
            Value::String(text) if time::point(text).is_some() => Self::Point,
            Value::String(text) if time::day(text).is_some() => Self::Day,
            _ => Self::Text,
        }
    }

    /// The type's name in Salesforce's messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Unknown | Self::Text => "string",
            Self::Id => "id",
            Self::Number => "double",
            Self::Boolean => "boolean",
            Self::Point => "dateTime",
            Self::Day => "date",
        }
    }

    /// `value` as a value of this column.
    pub(super) fn cell(self, value: &Value) -> Cell {
        match (self, value) {
            (_, Value::Null) => Cell::Null,
            (Self::Boolean, Value::Bool(yes)) => Cell::Boolean(*yes),
            (Self::Number, Value::Number(number)) => number.as_f64().map_or(Cell::Null, Cell::Number),
            (Self::Point, Value::String(text)) => time::point(text).map_or(Cell::Null, Cell::Point),
            (Self::Day, Value::String(text)) => time::day(text).map_or(Cell::Null, Cell::Day),
            (Self::Id, Value::String(text)) => id_cell(text),
            (_, Value::String(text)) => text_cell(text),
            (_, other) => text_cell(&other.to_string()),
        }
    }
}

/// Whether `text` has the shape of a Salesforce id.
pub(super) fn is_id(text: &str) -> bool {
    matches!(text.len(), 15 | 18) && text.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// The part of an id that names the thing; `text` has passed [`is_id`].
pub(super) fn id_cell(text: &str) -> Cell {
    Cell::Text(text.chars().take(15).collect())
}

pub(super) fn text_cell(text: &str) -> Cell {
    Cell::Text(text.to_lowercase())
}

impl Cell {
    /// How two values of one column stand to each other; none where one is null or they are of different types.
    pub(super) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Boolean(a), Self::Boolean(b)) => Some(a.cmp(b)),
            (Self::Number(a), Self::Number(b)) => a.partial_cmp(b),
            (Self::Point(a), Self::Point(b)) => Some(a.cmp(b)),
            (Self::Day(a), Self::Day(b)) => Some(a.cmp(b)),
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

/// A value in the order that `ORDER BY` asks for.
pub(super) struct Key {
    cell: Cell,
    order: Order,
}

impl Key {
    pub(super) fn new(cell: Cell, order: Order) -> Self {
        Self { cell, order }
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_null = match (&self.cell, &other.cell) {
            (Cell::Null, Cell::Null) => return Ordering::Equal,
            (Cell::Null, _) => Some(Ordering::Less),
            (_, Cell::Null) => Some(Ordering::Greater),
            _ => None,
        };
        match by_null {
            Some(first) if self.order.nulls_last => first.reverse(),
            Some(first) => first,
            None => {
                let ascending = self.cell.compare(&other.cell).unwrap_or(Ordering::Equal);
                if self.order.descending { ascending.reverse() } else { ascending }
            }
        }
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Key {}
