//! Authorizations that are watched: kept until they ended, whoever watches.

use super::columns::{json, listing, parse};
use crate::model::Authorization;
use crate::store::Listing;
use rusqlite::{Connection, params};

pub(super) fn begin(connection: &Connection, authorization: &Authorization) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO watch (id, site, authorization) VALUES (?1, ?2, ?3)")?
        .execute(params![authorization.id, authorization.site.as_str(), json(authorization)?])?;
    Ok(())
}

pub(super) fn end(connection: &Connection, id: &str) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM watch WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// Those that did not end, the first begun first.
pub(super) fn all(connection: &Connection) -> rusqlite::Result<Listing<Authorization>> {
    let mut statement = connection.prepare_cached("SELECT id, authorization FROM watch")?;
    let rows = statement.query_map([], |row| {
        let (id, text): (String, String) = (row.get(0)?, row.get(1)?);
        Ok(parse(|| format!("watched authorization {id}"), &text))
    })?;
    let mut all: Listing<Authorization> = listing(rows.collect::<rusqlite::Result<Vec<_>>>()?);
    all.items.sort_by(|a, b| (a.began_at, &a.id).cmp(&(b.began_at, &b.id)));
    Ok(all)
}
