//! Leases: what only one process may do at a time.

use super::columns::{key, nanos};
use crate::store::LeaseKey;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};

/// A lease's two columns.
fn columns(lease: &LeaseKey) -> (&'static str, &str) {
    match lease {
        LeaseKey::Target(target) => key(target),
        LeaseKey::Poller => ("poller", ""),
    }
}

/// Takes a lease that is free, over or `holder`'s own. One statement, so nobody comes in between.
pub(super) fn take(
    connection: &Connection,
    lease: &LeaseKey,
    holder: &str,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> rusqlite::Result<bool> {
    let (kind, name) = columns(lease);
    let taken = connection
        .prepare_cached(
            "INSERT INTO lease (kind, name, holder, taken_at, until) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (kind, name) DO UPDATE
                 SET holder = excluded.holder, taken_at = excluded.taken_at, until = excluded.until
                 WHERE holder = excluded.holder OR until <= excluded.taken_at
                     OR taken_at - excluded.taken_at > until - taken_at",
        )?
        .execute(params![kind, name, holder, nanos(now), nanos(until)])?;
    Ok(taken > 0)
}

/// Who has it, unless it is over or was taken before the clock was set back.
pub(super) fn holder(
    connection: &Connection,
    lease: &LeaseKey,
    now: DateTime<Utc>,
) -> rusqlite::Result<Option<String>> {
    let (kind, name) = columns(lease);
    connection
        .prepare_cached(
            "SELECT holder FROM lease
             WHERE kind = ?1 AND name = ?2 AND until > ?3 AND taken_at - ?3 <= until - taken_at",
        )?
        .query_row(params![kind, name, nanos(now)], |row| row.get(0))
        .optional()
}

/// Gives a lease back.
pub(super) fn release(connection: &Connection, lease: &LeaseKey, holder: &str) -> rusqlite::Result<()> {
    let (kind, name) = columns(lease);
    connection
        .prepare_cached("DELETE FROM lease WHERE kind = ?1 AND name = ?2 AND holder = ?3")?
        .execute([kind, name, holder])?;
    Ok(())
}

/// Ends a lease, whoever has it.
pub(super) fn end(connection: &Connection, lease: &LeaseKey) -> rusqlite::Result<()> {
    let (kind, name) = columns(lease);
    connection.execute("DELETE FROM lease WHERE kind = ?1 AND name = ?2", [kind, name])?;
    Ok(())
}
