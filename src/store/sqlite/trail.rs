//! The audit: lines that are written once.

use super::columns::{key, listing, nanos, target, time};
use crate::model::{ActionClass, Clean};
use crate::store::{AuditEntry, Listing, Unreadable};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, Row, params};

/// Writes one line.
pub(super) fn append(connection: &Connection, entry: &AuditEntry) -> rusqlite::Result<()> {
    let (kind, name) = key(&entry.target);
    connection
        .prepare_cached(
            "INSERT INTO audit (at, class, action, kind, name, outcome, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            nanos(entry.at),
            entry.class.to_string(),
            entry.action.as_str(),
            kind,
            name,
            entry.outcome.as_str(),
            entry.detail.as_str()
        ])?;
    Ok(())
}

/// The lines since a time, as they were written.
pub(super) fn since(connection: &Connection, since: DateTime<Utc>) -> rusqlite::Result<Listing<AuditEntry>> {
    let mut statement = connection.prepare_cached(
        "SELECT at, class, action, kind, name, outcome, detail, id FROM audit WHERE at >= ?1 ORDER BY id",
    )?;
    let entries = statement.query_map([nanos(since)], entry)?;
    Ok(listing(entries.collect::<rusqlite::Result<Vec<_>>>()?))
}

fn entry(row: &Row<'_>) -> rusqlite::Result<Result<AuditEntry, Unreadable>> {
    let text = |column: usize| row.get::<_, String>(column);
    let class = text(1)?;
    let class = match class.as_str() {
        "look" => ActionClass::Look,
        "spend" => ActionClass::Spend,
        "write" => ActionClass::Write,
        _ => {
            let what = Clean::new(format!("audit line {}", row.get::<_, i64>(7)?));
            return Ok(Err(Unreadable { what, why: Clean::new(format!("unknown class \"{class}\"")) }));
        }
    };
    Ok(Ok(AuditEntry {
        at: time(row.get(0)?),
        class,
        action: text(2)?.into(),
        target: target(&text(3)?, &text(4)?),
        outcome: text(5)?.into(),
        detail: text(6)?.into(),
    }))
}
