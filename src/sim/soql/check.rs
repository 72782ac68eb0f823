//! What the grammar cannot know: which columns there are, which may be filtered, and which values fit them.
//! Turns what the parser read into what can be evaluated, or refuses it with the place.

use super::super::schema::{Mark, Object};
use super::column::{self, Cell, Column};
use super::condition::Condition;
use super::path::{Path, Related, Unknown};
use super::pattern::{self, Pattern};
use super::time::{self, Span};
use super::tree::{Filter, Literal, Name, Operator, Order, OrderBy, Query, Select};
use super::{SoqlError, Tables, refusal};
use chrono::{DateTime, Utc};

/// Queries that a condition may hold, as published.
const MOST_JOINS: usize = 2;

/// Checks the parts of one query against the object that it is about, and notes which others they lead to.
pub(super) struct Checker<'t> {
    query: &'t str,
    object: &'t Object,
    tables: &'t dyn Tables,
    now: DateTime<Utc>,
    referred: Vec<&'t Object>,
}

impl<'t> Checker<'t> {
    pub(super) fn new(query: &'t str, object: &'t Object, tables: &'t dyn Tables, now: DateTime<Utc>) -> Self {
        Self { query, object, tables, now, referred: Vec::new() }
    }

    /// The rows that the checked parts lead to.
    pub(super) fn related(&self) -> Related {
        let mut related = Related::default();
        for object in &self.referred {
            related.load(object, self.tables);
        }
        related
    }

    /// The fields of `SELECT`.
    pub(super) fn selection(&mut self, names: &[Name<'_>]) -> Result<Vec<Path<'t>>, SoqlError> {
        let mut fields: Vec<Path<'t>> = Vec::with_capacity(names.len());
        for name in names {
            let field = self.field(*name)?;
            if fields.iter().any(|known| known.is(&field)) {
                return Err(refusal::duplicate(self.query, name.at, &field.field.name));
            }
            fields.push(field);
        }
        Ok(fields)
    }

    /// One column of `ORDER BY`.
    pub(super) fn order(&mut self, by: &OrderBy<'_>) -> Result<(Path<'t>, Order), SoqlError> {
        let path = self.field(by.field)?;
        if !path.field.is_sortable() {
            return Err(refusal::not_sortable(self.query, by.field.at, &path.field.name));
        }
        Ok((path, by.order))
    }

    /// The condition of `WHERE`.
    pub(super) fn filter(&mut self, filter: &Filter<'_>) -> Result<Condition<'t>, SoqlError> {
        self.check_joins(filter)?;
        self.condition(filter)
    }

    /// Queries within the query stand on top, two at most, and not beside an `OR`.
    fn check_joins(&self, filter: &Filter<'_>) -> Result<(), SoqlError> {
        let parts = match filter {
            Filter::All(parts) => parts.as_slice(),
            Filter::Any(parts) => {
                if let Some(Filter::Found { field, .. }) =
                    parts.iter().find(|part| matches!(part, Filter::Found { .. }))
                {
                    return Err(refusal::joined_by_or(self.query, field.at));
                }
                parts.as_slice()
            }
            one => std::slice::from_ref(one),
        };
        let mut joins = 0;
        for part in parts {
            match (part, part.join()) {
                (Filter::Found { .. }, Some(_)) if joins < MOST_JOINS => joins += 1,
                (Filter::Found { .. }, Some(field)) => return Err(refusal::joined_often(self.query, field.at)),
                (_, Some(field)) => return Err(refusal::joined_deep(self.query, field.at)),
                (_, None) => {}
            }
        }
        Ok(())
    }

    fn condition(&mut self, filter: &Filter<'_>) -> Result<Condition<'t>, SoqlError> {
        match filter {
            Filter::All(parts) => Ok(Condition::All(self.conditions(parts)?)),
            Filter::Any(parts) => Ok(Condition::Any(self.conditions(parts)?)),
            Filter::Not(part) => Ok(Condition::Not(Box::new(self.condition(part)?))),
            Filter::Compare { field, operator, value } => self.comparison(*field, *operator, value),
            Filter::Like { field, pattern } => {
                let path = self.filtered(*field)?;
                if path.column() != Column::Text || path.field.is(Mark::NoLike) {
                    return Err(self.wrong_operator(*field, &path));
                }
                Ok(Condition::Like { field: path, pattern: Pattern::new(pattern) })
            }
            Filter::Among { field, values, negated } => {
                let path = self.filtered(*field)?;
                let values = values.iter().map(|value| self.cell(*field, &path, value)).collect::<Result<_, _>>()?;
                Ok(Condition::Among { field: path, values, negated: *negated })
            }
            Filter::Found { field, query, negated } => {
                let path = self.filtered(*field)?;
                if path.column() != Column::Id {
                    return Err(refusal::no_join(self.query, field.at, &path.field.name));
                }
                Ok(Condition::Among { field: path, values: self.found(query)?, negated: *negated })
            }
            Filter::Includes { field, sets, negated } => {
                let path = self.filtered(*field)?;
                if path.column() != Column::Several {
                    return Err(self.wrong_operator(*field, &path));
                }
                let set = |text: &Vec<pattern::Piece>| {
                    pattern::text(text).to_lowercase().split(';').map(str::to_owned).collect()
                };
                Ok(Condition::Includes { field: path, sets: sets.iter().map(set).collect(), negated: *negated })
            }
        }
    }

    /// The ids that a query within the query finds.
    fn found(&self, query: &Query<'_>) -> Result<Vec<Cell>, SoqlError> {
        let object = self.tables.object(query.object.text);
        let object = object.ok_or_else(|| refusal::unknown_object(self.query, query.object))?;
        let mut inner = Checker::new(self.query, object, self.tables, self.now);
        let names = match &query.select {
            Select::Count => &[][..],
            Select::Fields(names) => names,
        };
        let paths = inner.selection(names)?;
        let [path] = paths.as_slice() else {
            return Err(refusal::one_field(self.query, query.object.at));
        };
        if path.column() != Column::Id {
            return Err(refusal::no_join(self.query, names[0].at, &path.field.name));
        }
        let condition = query.filter.as_ref().map(|filter| inner.condition(filter)).transpose()?;
        let related = inner.related();
        let rows = self.tables.rows(object);
        let held = rows.iter().filter(|row| condition.as_ref().is_none_or(|condition| condition.holds(row, &related)));
        let cells = held.map(|row| path.column().cell(path.value(row, &related)));
        Ok(cells.filter(|cell| *cell != Cell::Null).collect())
    }

    fn conditions(&mut self, parts: &[Filter<'_>]) -> Result<Vec<Condition<'t>>, SoqlError> {
        parts.iter().map(|part| self.condition(part)).collect()
    }

    fn comparison(&mut self, field: Name<'_>, operator: Operator, value: &Literal) -> Result<Condition<'t>, SoqlError> {
        let path = self.filtered(field)?;
        let ordered = !matches!(operator, Operator::Equal | Operator::NotEqual);
        if ordered && matches!(path.column(), Column::Boolean | Column::Several) {
            return Err(self.wrong_operator(field, &path));
        }
        if let Literal::Span(span) = value {
            let (start, end) = self.limits(field, &path, *span)?;
            return Ok(Condition::Within { field: path, operator, start, end });
        }
        let value = self.cell(field, &path, value)?;
        Ok(Condition::Compare { field: path, operator, value })
    }

    fn limits(&self, field: Name<'_>, path: &Path<'_>, span: Span) -> Result<(Cell, Cell), SoqlError> {
        let (start, end) = span.days(self.now);
        match path.column() {
            Column::Day => Ok((Cell::Day(start), Cell::Day(end))),
            Column::Point => Ok((Cell::Point(time::midnight(start)), Cell::Point(time::midnight(end)))),
            _ => Err(self.wrong_type(field, path)),
        }
    }

    /// A field that may stand in a condition.
    fn filtered(&mut self, name: Name<'_>) -> Result<Path<'t>, SoqlError> {
        let path = self.field(name)?;
        if !path.field.is_filterable() {
            return Err(refusal::not_filterable(self.query, name.at, &path.field.name));
        }
        Ok(path)
    }

    fn field(&mut self, name: Name<'_>) -> Result<Path<'t>, SoqlError> {
        let path = Path::resolve(name.text, self.object, self.tables).map_err(|unknown| match unknown {
            Unknown::Relationship(relationship) => refusal::unknown_relationship(self.query, name.at, &relationship),
            Unknown::Column { column, entity } => refusal::unknown_column(self.query, name.at, &column, &entity),
        })?;
        self.referred.extend(path.steps.iter().map(|step| step.to));
        Ok(path)
    }

    /// `value` as a value of the field.
    fn cell(&self, field: Name<'_>, path: &Path<'_>, value: &Literal) -> Result<Cell, SoqlError> {
        match (path.column(), value) {
            (_, Literal::Null) => Ok(Cell::Null),
            (Column::Boolean, Literal::Boolean(yes)) => Ok(Cell::Boolean(*yes)),
            (Column::Number, Literal::Number(number)) => Ok(Cell::Number(*number)),
            (Column::Point, Literal::Point(point)) => Ok(Cell::Point(*point)),
            (Column::Day, Literal::Day(day)) => Ok(Cell::Day(*day)),
            (Column::Text | Column::Several, Literal::Text(pieces)) => Ok(column::text_cell(&pattern::text(pieces))),
            (Column::Id, Literal::Text(pieces)) => {
                let text = pattern::text(pieces);
                if column::is_id(&text) {
                    Ok(column::id_cell(&text))
                } else {
                    Err(refusal::no_id(self.query, field.at, &text))
                }
            }
            _ => Err(self.wrong_type(field, path)),
        }
    }

    fn wrong_type(&self, field: Name<'_>, path: &Path<'_>) -> SoqlError {
        let quoted = matches!(path.column(), Column::Text | Column::Several | Column::Id);
        refusal::wrong_type(self.query, field, told(path), quoted)
    }

    fn wrong_operator(&self, field: Name<'_>, path: &Path<'_>) -> SoqlError {
        refusal::wrong_operator(self.query, field.at, told(path))
    }
}

/// The type's name in Salesforce's messages, which know fewer types than describe does.
fn told(path: &Path<'_>) -> &'static str {
    match path.column() {
        Column::Text => "string",
        Column::Id => "id",
        Column::Point => "dateTime",
        Column::Several | Column::Number | Column::Boolean | Column::Day => path.field.kind.name(),
    }
}
