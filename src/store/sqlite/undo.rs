//! Changes of sites that can be taken back, for as long as they can.

use super::columns::{json, listing, nanos, parse};
use crate::model::Undoable;
use crate::model::undo::KEPT;
use crate::store::Listing;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

/// Keeps one, and lets go of those whose time is over at the time of this one.
pub(super) fn keep(connection: &Connection, change: &Undoable) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM undo WHERE at < ?1")?.execute([nanos(change.at - KEPT)])?;
    connection
        .prepare_cached("INSERT OR REPLACE INTO undo (id, at, operation, change) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![change.id, nanos(change.at), change.operation, json(change)?])?;
    Ok(())
}

pub(super) fn end(connection: &Connection, id: &str) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM undo WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// Those whose time is not over at `now`, the newest first.
pub(super) fn all(connection: &Connection, now: DateTime<Utc>) -> rusqlite::Result<Listing<Undoable>> {
    let mut statement = connection.prepare_cached("SELECT id, change FROM undo WHERE at >= ?1 ORDER BY at DESC, id")?;
    let rows = statement.query_map([nanos(now - KEPT)], |row| {
        let (id, text): (String, String) = (row.get(0)?, row.get(1)?);
        Ok(parse(|| format!("undo of {id}"), &text))
    })?;
    Ok(listing(rows.collect::<rusqlite::Result<Vec<_>>>()?))
}
