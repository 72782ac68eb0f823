//! A checked condition, and whether it holds for a row.
//! Everything that can be refused was refused before: evaluating cannot fail, and nests no deeper than the grammar.

use super::Row;
use super::column::Cell;
use super::path::{Path, Related};
use super::pattern::Pattern;
use super::tree::Operator;
use std::cmp::Ordering;

/// A condition whose fields and values fit each other.
///
/// Null is a value like others: not equal to any, and neither less nor greater. So `!=`, `NOT` and `NOT IN` find rows
/// whose field is null.
#[derive(Debug)]
pub(super) enum Condition<'t> {
    All(Vec<Condition<'t>>),
    Any(Vec<Condition<'t>>),
    Not(Box<Condition<'t>>),
    Compare {
        field: Path<'t>,
        operator: Operator,
        value: Cell,
    },
    /// A date literal: from the first, to before the second.
    Within {
        field: Path<'t>,
        operator: Operator,
        start: Cell,
        end: Cell,
    },
    Like {
        field: Path<'t>,
        pattern: Pattern,
    },
    Among {
        field: Path<'t>,
        values: Vec<Cell>,
        negated: bool,
    },
    /// Of several values in one field: any of these sets, each with all of its own.
    Includes {
        field: Path<'t>,
        sets: Vec<Vec<String>>,
        negated: bool,
    },
}

impl Condition<'_> {
    pub(super) fn holds(&self, row: &Row, related: &Related) -> bool {
        let cell = |field: &Path<'_>| field.column().cell(field.value(row, related));
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(row, related)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(row, related)),
            Self::Not(part) => !part.holds(row, related),
            Self::Compare { field, operator, value } => compares(&cell(field), *operator, value),
            Self::Within { field, operator, start, end } => within(&cell(field), *operator, start, end),
            Self::Like { field, pattern } => field.value(row, related).as_str().is_some_and(|text| pattern.fits(text)),
            Self::Among { field, values, negated } => values.contains(&cell(field)) != *negated,
            Self::Includes { field, sets, negated } => {
                let held = field.value(row, related).as_str().unwrap_or_default().to_lowercase();
                let held: Vec<&str> = held.split(';').collect();
                sets.iter().any(|set| set.iter().all(|one| held.contains(&one.as_str()))) != *negated
            }
        }
    }
}

fn compares(cell: &Cell, operator: Operator, value: &Cell) -> bool {
    match operator {
        Operator::Equal => cell == value,
        Operator::NotEqual => cell != value,
        Operator::Less => cell.compare(value).is_some_and(Ordering::is_lt),
        Operator::AtMost => cell.compare(value).is_some_and(Ordering::is_le),
        Operator::Greater => cell.compare(value).is_some_and(Ordering::is_gt),
        Operator::AtLeast => cell.compare(value).is_some_and(Ordering::is_ge),
    }
}

fn within(cell: &Cell, operator: Operator, start: &Cell, end: &Cell) -> bool {
    let from_start = compares(cell, Operator::AtLeast, start);
    let before_end = compares(cell, Operator::Less, end);
    match operator {
        Operator::Equal => from_start && before_end,
        Operator::NotEqual => !(from_start && before_end),
        Operator::Less => compares(cell, Operator::Less, start),
        Operator::AtMost => before_end,
        Operator::Greater => compares(cell, Operator::AtLeast, end),
        Operator::AtLeast => from_start,
    }
}
