//! The part of SOQL that watching and syncing need: parsed, checked and answered as Salesforce answers it.
//!
//! Pure: the tables and the time are arguments; uses the schema and nothing else of ours. Not understood, and refused as
//! a syntax error: aliases, functions other than `COUNT()`, subqueries in `SELECT`, `TYPEOF`, `GROUP BY`, `USING SCOPE`, and the
//! date literals beyond today, its neighbours and `LAST_N_DAYS`/`NEXT_N_DAYS`.

mod check;
mod column;
mod condition;
mod lexer;
mod metadata;
mod path;
mod pattern;
mod record;
mod refusal;
mod syntax;
mod time;
mod tree;

use super::schema::{Field, Object};
use chrono::{DateTime, Utc};
pub(super) use record::attributes;
use serde_json::{Map, Value};
use tree::{Order, Select};

/// Longest query, in characters, as published.
const MAX_CHARS: usize = 100_000;

/// Largest `OFFSET` on objects other than [`DEEP_OFFSET`], as published.
const MAX_OFFSET: usize = 2_000;

/// The object whose rows may be paged with a larger `OFFSET`, as published.
const DEEP_OFFSET: &str = "OauthToken";

/// One row: its fields as the schema spells them, and nothing of other rows. What is missing is null.
pub type Row = Map<String, Value>;

/// Where the rows come from.
pub trait Tables {
    /// The object of this name, without regard to case; none where it does not exist for the asking user.
    fn object(&self, name: &str) -> Option<&Object>;

    /// The rows of `object` that the asking user may see, in their natural order.
    fn rows(&self, object: &Object) -> Vec<Row>;

    /// Whether the asking user sees this field; to others it does not exist.
    fn sees(&self, _field: &Field) -> bool {
        true
    }

    /// The version that is asked, which stands in the addresses of records.
    fn version(&self) -> &str;
}

/// What a query found.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The object asked about, as the schema spells it.
    pub object: String,
    /// The records with their `attributes`, in order, all of them: cutting them into pages is for the caller. Empty for
    /// `COUNT()`.
    pub records: Vec<Value>,
    /// Whether the query was `SELECT COUNT()`.
    pub count_only: bool,
    /// `totalSize`: how many records, or how many were counted.
    pub total: usize,
    /// What its columns are, as `columns=true` asks.
    pub columns: Value,
}

/// Why a query is refused; the caller answers it with status 400.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct SoqlError {
    /// `errorCode`.
    pub code: &'static str,
    /// `message`, with the place in the query where there is one.
    pub message: String,
}

/// Parses `query`, checks it against the objects of `tables`, and answers it as of `now`. Days begin at midnight UTC.
pub fn run(query: &str, tables: &dyn Tables, now: DateTime<Utc>) -> Result<Answer, SoqlError> {
    if query.trim().is_empty() {
        return Err(refusal::plain("MALFORMED_QUERY", "A query string has to be specified"));
    }
    if query.chars().count() > MAX_CHARS {
        return Err(refusal::plain("MALFORMED_QUERY", "SOQL statements cannot be longer than 100000 characters."));
    }
    let parsed = syntax::parse(query)?;
    let offset = parsed.offset.unwrap_or(0);
    if offset > MAX_OFFSET && !parsed.object.text.eq_ignore_ascii_case(DEEP_OFFSET) {
        return Err(refusal::plain("NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000"));
    }
    let Some(object) = tables.object(parsed.object.text) else {
        return Err(refusal::unknown_object(query, parsed.object));
    };

    let mut checker = check::Checker::new(query, object, tables, now);
    let fields = match &parsed.select {
        Select::Count => None,
        Select::Fields(names) => Some(checker.selection(names)?),
    };
    let condition = parsed.filter.as_ref().map(|filter| checker.filter(filter)).transpose()?;
    let order = parsed.order.iter().map(|by| checker.order(by)).collect::<Result<Vec<_>, _>>()?;
    let related = checker.related();

    let rows = tables.rows(object);
    let mut found: Vec<&Row> =
        rows.iter().filter(|row| condition.as_ref().is_none_or(|condition| condition.holds(row, &related))).collect();
    sort(&mut found, &order, &related);
    let found: Vec<&Row> = found.into_iter().skip(offset).take(parsed.limit.unwrap_or(usize::MAX)).collect();

    let total = found.len();
    let records = fields.as_ref().map_or_else(Vec::new, |fields| {
        found.iter().map(|row| Value::Object(record::record(object, row, fields, &related, tables.version()))).collect()
    });
    let columns = metadata::metadata(object, fields.as_deref().unwrap_or_default());
    Ok(Answer { object: object.name.clone(), records, count_only: fields.is_none(), total, columns })
}

/// Sorts by the first column that tells two rows apart, and leaves the others in their order.
fn sort(rows: &mut [&Row], order: &[(path::Path<'_>, Order)], related: &path::Related) {
    if order.is_empty() {
        return;
    }
    rows.sort_by_cached_key(|row| {
        order
            .iter()
            .map(|(path, order)| column::Key::new(path.column().cell(path.value(row, related)), *order))
            .collect::<Vec<_>>()
    });
}

#[cfg(test)]
mod tests;
