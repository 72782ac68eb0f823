//! A checked condition, and whether it holds for a row.
//! Everything that can be refused was refused before: evaluating cannot fail, and nests no deeper than the grammar.

use super::Row;
use super::column::{Cell, Column};
use super::path::Path;
use super::pattern::Pattern;
use super::syntax::Operator;
use std::cmp::Ordering;

/// A condition whose fields and values fit each other.
///
/// Null is a value like others: not equal to any, and neither less nor greater. So `!=`, `NOT` and `NOT IN` find rows
/// whose field is null.
#[derive(Debug)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Compare {
        field: Path,
        column: Column,
        operator: Operator,
        value: Cell,
    },
    /// A date literal: from the first, to before the second.
    Within {
        field: Path,
        column: Column,
        operator: Operator,
        start: Cell,
        end: Cell,
    },
    Like {
        field: Path,
        pattern: Pattern,
    },
    Among {
        field: Path,
        column: Column,
        values: Vec<Cell>,
        negated: bool,
    },
}

impl Condition {
    pub(super) fn holds(&self, row: &Row) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(row)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(row)),
            Self::Not(part) => !part.holds(row),
            Self::Compare { field, column, operator, value } => {
                compares(&column.cell(field.value(row)), *operator, value)
            }
            Self::Within { field, column, operator, start, end } => {
                within(&column.cell(field.value(row)), *operator, start, end)
            }
            Self::Like { field, pattern } => field.value(row).as_str().is_some_and(|text| pattern.fits(text)),
            Self::Among { field, column, values, negated } => {
                values.contains(&column.cell(field.value(row))) != *negated
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
