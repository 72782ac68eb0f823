//! Fields of a row, and of the rows that it refers to.
//! Knows the schema, rows and names, and nothing of queries.

use super::super::schema::{Field, Object};
use super::column::Column;
use super::{Row, Tables};
use serde_json::Value;
use std::collections::HashMap;

/// A field, reached through references.
#[derive(Clone, Debug)]
pub(super) struct Path<'t> {
    pub(super) steps: Vec<Step<'t>>,
    pub(super) field: &'t Field,
}

/// One reference on the way.
#[derive(Clone, Debug)]
pub(super) struct Step<'t> {
    /// As the schema spells the relationship.
    pub(super) relationship: String,
    /// The field that holds the id.
    pub(super) by: &'t Field,
    /// The object that it leads to.
    pub(super) to: &'t Object,
}

/// Which part of a dotted name there is not.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    Relationship(String),
    Column { column: String, entity: String },
}

impl<'t> Path<'t> {
    /// Finds `name` among the fields of `object`, without regard to case.
    pub(super) fn resolve(name: &str, object: &'t Object, tables: &'t dyn Tables) -> Result<Self, Unknown> {
        let mut here = object;
        let mut steps = Vec::new();
        let (parents, column) = name.rsplit_once('.').map_or((None, name), |(parents, column)| (Some(parents), column));
        for written in parents.into_iter().flat_map(|parents| parents.split('.')) {
            let found = here.reference(written).and_then(|by| {
                let to = tables.object(by.kind.targets().first()?)?;
                Some(Step { relationship: by.relationship()?, by, to })
            });
            let step = found.ok_or_else(|| Unknown::Relationship(written.to_owned()))?;
            here = step.to;
            steps.push(step);
        }
        let unknown = || Unknown::Column { column: column.to_owned(), entity: here.name.clone() };
        Ok(Self { steps, field: here.field(column).filter(|field| tables.sees(field)).ok_or_else(unknown)? })
    }

    /// How its values compare.
    pub(super) fn column(&self) -> Column {
        Column::of(&self.field.kind)
    }

    /// Whether both name the same.
    pub(super) fn is(&self, other: &Self) -> bool {
        let relationships = |path: &Self| path.steps.iter().map(|step| step.relationship.clone()).collect::<Vec<_>>();
        self.field.name == other.field.name && relationships(self) == relationships(other)
    }

    /// The value in `row`; null where the row or what it refers to has none.
    pub(super) fn value<'r>(&self, row: &'r Row, related: &'r Related) -> &'r Value {
        let mut here = Some(row);
        for step in &self.steps {
            here = here.and_then(|row| step.follow(row, related));
        }
        here.and_then(|row| row.get(&self.field.name)).unwrap_or(&Value::Null)
    }
}

impl Step<'_> {
    /// The row that `row` refers to.
    pub(super) fn follow<'r>(&self, row: &Row, related: &'r Related) -> Option<&'r Row> {
        let id = row.get(&self.by.name)?.as_str()?;
        related.rows.get(&self.to.name)?.get(id.get(..15)?)
    }
}

/// The rows that others refer to, by object and id.
#[derive(Debug, Default)]
pub(super) struct Related {
    rows: HashMap<String, HashMap<String, Row>>,
}

impl Related {
    /// Loads the rows of an object, once.
    pub(super) fn load(&mut self, object: &Object, tables: &dyn Tables) {
        self.rows.entry(object.name.clone()).or_insert_with(|| {
            let id = |row: &Row| Some(row.get("Id")?.as_str()?.get(..15)?.to_owned());
            tables.rows(object).into_iter().filter_map(|row| Some((id(&row)?, row))).collect()
        });
    }
}
