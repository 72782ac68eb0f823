//! A query as it is written, before anybody asked whether its names mean something.

use super::pattern::Piece;
use super::time::Span;
use chrono::{DateTime, NaiveDate, Utc};

/// A name with its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name<'q> {
    /// As written, with its dots.
    pub(super) text: &'q str,
    /// Byte offset in the query.
    pub(super) at: usize,
}

/// A whole query.
#[derive(Debug)]
pub(super) struct Query<'q> {
    pub(super) select: Select<'q>,
    pub(super) object: Name<'q>,
    pub(super) filter: Option<Filter<'q>>,
    pub(super) order: Vec<OrderBy<'q>>,
    pub(super) limit: Option<usize>,
    pub(super) offset: Option<usize>,
}

/// What is asked for.
#[derive(Debug)]
pub(super) enum Select<'q> {
    /// `COUNT()`.
    Count,
    /// At least one field.
    Fields(Vec<Name<'q>>),
}

/// A condition as it is written.
#[derive(Debug)]
pub(super) enum Filter<'q> {
    All(Vec<Filter<'q>>),
    Any(Vec<Filter<'q>>),
    Not(Box<Filter<'q>>),
    Compare {
        field: Name<'q>,
        operator: Operator,
        value: Literal,
    },
    Like {
        field: Name<'q>,
        pattern: Vec<Piece>,
    },
    Among {
        field: Name<'q>,
        values: Vec<Literal>,
        negated: bool,
    },
    /// A value that another query finds.
    Found {
        field: Name<'q>,
        query: Box<Query<'q>>,
        negated: bool,
    },
    Includes {
        field: Name<'q>,
        sets: Vec<Vec<Piece>>,
        negated: bool,
    },
}

impl<'q> Filter<'q> {
    /// The first field in it that is compared with what another query finds.
    pub(super) fn join(&self) -> Option<Name<'q>> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().find_map(Self::join),
            Self::Not(part) => part.join(),
            Self::Found { field, .. } => Some(*field),
            Self::Compare { .. } | Self::Like { .. } | Self::Among { .. } | Self::Includes { .. } => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

/// A value as it is written.
#[derive(Clone, Debug)]
pub(super) enum Literal {
    Null,
    Boolean(bool),
    Number(f64),
    Text(Vec<Piece>),
    Point(DateTime<Utc>),
    Day(NaiveDate),
    Span(Span),
}

/// One column of `ORDER BY`.
#[derive(Debug)]
pub(super) struct OrderBy<'q> {
    pub(super) field: Name<'q>,
    pub(super) order: Order,
}

/// Ascending with nulls first, unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Order {
    pub(super) descending: bool,
    pub(super) nulls_last: bool,
}
