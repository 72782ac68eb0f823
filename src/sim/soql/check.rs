//! What the grammar cannot know: which columns there are, which may be filtered, and which values fit them.
//! Turns what the parser read into what can be evaluated, or refuses it with the place.

use super::column::{self, Cell, Column};
use super::condition::Condition;
use super::path::{Path, Unknown};
use super::pattern::{self, Pattern};
use super::syntax::{Filter, Literal, Name, Operator, Order, OrderBy};
use super::time::{self, Span};
use super::{Row, SoqlError, Tables, refusal};
use chrono::{DateTime, Utc};

/// Checks the parts of one query against the rows that it is about.
pub(super) struct Checker<'a> {
    pub(super) query: &'a str,
    pub(super) object: &'a str,
    pub(super) rows: &'a [Row],
    pub(super) tables: &'a dyn Tables,
    pub(super) now: DateTime<Utc>,
}

impl Checker<'_> {
    /// The fields of `SELECT`.
    pub(super) fn selection(&self, names: &[Name<'_>]) -> Result<Vec<Path>, SoqlError> {
        let mut fields = Vec::with_capacity(names.len());
        for name in names {
            let field = self.field(*name)?;
            if fields.contains(&field) {
                return Err(refusal::duplicate(self.query, name.at, &field.column));
            }
            fields.push(field);
        }
        Ok(fields)
    }

    /// One column of `ORDER BY`.
    pub(super) fn order(&self, by: &OrderBy<'_>) -> Result<(Path, Column, Order), SoqlError> {
        let field = self.field(by.field)?;
        let column = Column::of(&field, self.rows);
        Ok((field, column, by.order))
    }

    /// The condition of `WHERE`.
    pub(super) fn condition(&self, filter: &Filter<'_>) -> Result<Condition, SoqlError> {
        match filter {
            Filter::All(parts) => Ok(Condition::All(self.conditions(parts)?)),
            Filter::Any(parts) => Ok(Condition::Any(self.conditions(parts)?)),
            Filter::Not(part) => Ok(Condition::Not(Box::new(self.condition(part)?))),
            Filter::Compare { field, operator, value } => self.comparison(*field, *operator, value),
            Filter::Like { field, pattern } => {
                let (path, column) = self.filtered(*field)?;
                if !matches!(column, Column::Text | Column::Unknown) {
                    return Err(refusal::wrong_operator(self.query, field.at, column.name()));
                }
                Ok(Condition::Like { field: path, pattern: Pattern::new(pattern) })
            }
            Filter::Among { field, values, negated } => {
                let (path, column) = self.filtered(*field)?;
                let column = column_for(column, values);
                let values = values.iter().map(|value| self.cell(*field, column, value)).collect::<Result<_, _>>()?;
                Ok(Condition::Among { field: path, column, values, negated: *negated })
            }
        }
    }

    fn conditions(&self, parts: &[Filter<'_>]) -> Result<Vec<Condition>, SoqlError> {
        parts.iter().map(|part| self.condition(part)).collect()
    }

    fn comparison(&self, field: Name<'_>, operator: Operator, value: &Literal) -> Result<Condition, SoqlError> {
        let (path, column) = self.filtered(field)?;
        let column = column_for(column, std::slice::from_ref(value));
        if column == Column::Boolean && !matches!(operator, Operator::Equal | Operator::NotEqual) {
            return Err(refusal::wrong_operator(self.query, field.at, column.name()));
        }
        if let Literal::Span(span) = value {
            let (start, end) = self.limits(field, column, *span)?;
            return Ok(Condition::Within { field: path, column, operator, start, end });
        }
        let value = self.cell(field, column, value)?;
        Ok(Condition::Compare { field: path, column, operator, value })
    }

    fn limits(&self, field: Name<'_>, column: Column, span: Span) -> Result<(Cell, Cell), SoqlError> {
        let (start, end) = span.days(self.now);
        match column {
            Column::Day => Ok((Cell::Day(start), Cell::Day(end))),
            Column::Point => Ok((Cell::Point(time::midnight(start)), Cell::Point(time::midnight(end)))),
            other => Err(self.wrong_type(field, other)),
        }
    }

    /// A field that may stand in a condition.
    fn filtered(&self, name: Name<'_>) -> Result<(Path, Column), SoqlError> {
        let path = self.field(name)?;
        let refused = self.tables.not_filterable(self.object);
        if path.relationships.is_empty() && refused.iter().any(|field| field.eq_ignore_ascii_case(&path.column)) {
            return Err(refusal::not_filterable(self.query, name.at, &path.column));
        }
        let column = Column::of(&path, self.rows);
        Ok((path, column))
    }

    fn field(&self, name: Name<'_>) -> Result<Path, SoqlError> {
        Path::resolve(name.text, self.object, self.rows).map_err(|unknown| match unknown {
            Unknown::Relationship(relationship) => refusal::unknown_relationship(self.query, name.at, &relationship),
            Unknown::Column { column, entity } => refusal::unknown_column(self.query, name.at, &column, &entity),
        })
    }

    /// `value` as a value of `column`.
    fn cell(&self, field: Name<'_>, column: Column, value: &Literal) -> Result<Cell, SoqlError> {
        match (column, value) {
            (_, Literal::Null) => Ok(Cell::Null),
            (Column::Boolean, Literal::Boolean(yes)) => Ok(Cell::Boolean(*yes)),
            (Column::Number, Literal::Number(number)) => Ok(Cell::Number(*number)),
            (Column::Point, Literal::Point(point)) => Ok(Cell::Point(*point)),
            (Column::Day, Literal::Day(day)) => Ok(Cell::Day(*day)),
            (Column::Text, Literal::Text(pieces)) => Ok(column::text_cell(&pattern::text(pieces))),
            (Column::Id, Literal::Text(pieces)) => {
                let text = pattern::text(pieces);
                if column::is_id(&text) {
                    Ok(column::id_cell(&text))
                } else {
                    Err(refusal::no_id(self.query, field.at, &text))
                }
            }
            _ => Err(self.wrong_type(field, column)),
        }
    }

    fn wrong_type(&self, field: Name<'_>, column: Column) -> SoqlError {
        let quoted = matches!(column, Column::Text | Column::Id | Column::Unknown);
        refusal::wrong_type(self.query, field, column.name(), quoted)
    }
}

/// A column that shows no type takes that of the first value it is compared with.
fn column_for(column: Column, values: &[Literal]) -> Column {
    if column != Column::Unknown {
        return column;
    }
    let first = values.iter().find(|value| !matches!(value, Literal::Null));
    match first {
        None => Column::Unknown,
        Some(Literal::Boolean(_)) => Column::Boolean,
        Some(Literal::Number(_)) => Column::Number,
        Some(Literal::Day(_)) => Column::Day,
        Some(Literal::Point(_) | Literal::Span(_)) => Column::Point,
        Some(Literal::Text(_) | Literal::Null) => Column::Text,
    }
}
