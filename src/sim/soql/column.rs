//! How a field's values compare with each other and with what a query says. Uses `time`.

use super::super::schema::Kind;
use super::time;
use super::tree::Order;
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use std::cmp::Ordering;

/// How the values of a field compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column {
    /// Text, compared without regard to case.
    Text,
    /// Several texts, joined by `;`.
    Several,
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
    /// How values of this kind compare.
    pub(super) fn of(kind: &Kind) -> Self {
        match kind {
            Kind::Id | Kind::Reference(_) => Self::Id,
            Kind::Boolean => Self::Boolean,
            Kind::Int | Kind::Double => Self::Number,
            Kind::Date => Self::Day,
            Kind::DateTime => Self::Point,
            Kind::MultiPicklist(_) => Self::Several,
            Kind::Text | Kind::TextArea | Kind::Email | Kind::Phone | Kind::Url | Kind::Picklist(_) | Kind::Address => {
                Self::Text
            }
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
