//! The lines of sites, and the index that answers without reading them.

use super::columns::{json, nanos, parse};
use crate::model::row::Counts;
use crate::model::{Health, SiteName, SiteRow};
use crate::store::Listing;
use rusqlite::{CachedStatement, Connection, Params, params};
use std::sync::Arc;
use strum::IntoEnumIterator;

/// The revision of the last change.
pub(super) fn revision(connection: &Connection) -> rusqlite::Result<i64> {
    connection.prepare_cached("SELECT revision FROM counter")?.query_row([], |row| row.get(0))
}

/// Counts one change.
pub(super) fn next_revision(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("UPDATE counter SET revision = revision + 1 RETURNING revision")?
        .query_row([], |row| row.get(0))
}

/// Puts a line in the place of the one before; an equal one stays as it is, so that who reads along reads what changed.
pub(super) fn put(connection: &Connection, row: &SiteRow, revision: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO verdict (site, health, cause, valid_until, revision, line, risk)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (site) DO UPDATE SET health = excluded.health, cause = excluded.cause,
                 valid_until = excluded.valid_until, revision = excluded.revision, line = excluded.line,
                 risk = excluded.risk
             WHERE line <> excluded.line OR risk IS NULL",
        )?
        .execute(params![
            row.name.as_str(),
            row.health.rank(),
            row.cause.map(|cause| cause.to_string()),
            row.valid_until.map(nanos),
            revision,
            json(row)?,
            row.risk().key()
        ])?;
    connection.prepare_cached("DELETE FROM forgotten WHERE site = ?1")?.execute([row.name.as_str()])?;
    Ok(())
}

/// Takes a line away and leaves word of it.
pub(super) fn forget(connection: &Connection, site: &SiteName) -> rusqlite::Result<()> {
    if connection.execute("DELETE FROM verdict WHERE site = ?1", [site.as_str()])? > 0 {
        let revision = next_revision(connection)?;
        connection
            .execute("INSERT INTO forgotten (site, revision) VALUES (?1, ?2)", params![site.as_str(), revision])?;
    }
    Ok(())
}

/// All lines, by name; each goes to its own place as it is read, so that a fleet is never in memory twice.
pub(super) fn all(connection: &Connection) -> rusqlite::Result<Listing<Arc<SiteRow>>> {
    read(connection.prepare_cached("SELECT site, line FROM verdict ORDER BY site")?, [])
}

/// A part of the lines, the greatest risk first.
pub(super) fn page(connection: &Connection, offset: usize, limit: usize) -> rusqlite::Result<Listing<Arc<SiteRow>>> {
    let sql = "SELECT site, line FROM verdict ORDER BY health, risk, site LIMIT ?1 OFFSET ?2";
    let most = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    read(connection.prepare_cached(sql)?, [most(limit), most(offset)])
}

/// The lines that changed after a revision.
pub(super) fn since(connection: &Connection, after: i64) -> rusqlite::Result<Listing<Arc<SiteRow>>> {
    let sql = "SELECT site, line FROM verdict WHERE revision > ?1 ORDER BY site";
    read(connection.prepare_cached(sql)?, [after])
}

/// Sites whose lines were taken away after a revision.
pub(super) fn forgotten_since(connection: &Connection, after: i64) -> rusqlite::Result<Vec<SiteName>> {
    connection
        .prepare_cached("SELECT site FROM forgotten WHERE revision > ?1 ORDER BY site")?
        .query_map([after], |row| Ok(SiteName::new(row.get::<_, String>(0)?)))?
        .collect()
}

/// How many lines are in each health; reads `verdict_health` alone.
pub(super) fn counts(connection: &Connection) -> rusqlite::Result<Counts> {
    let mut counts = Counts::default();
    let mut statement =
        connection.prepare_cached("SELECT health, count(*) FROM verdict INDEXED BY verdict_health GROUP BY health")?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let (rank, sites): (u8, i64) = (row.get(0)?, row.get(1)?);
        // The schema's check admits ranks of healths alone.
        if let Some(health) = Health::iter().find(|health| health.rank() == rank) {
            (0..sites).for_each(|_| counts.add(health));
        }
    }
    Ok(counts)
}

fn read(mut statement: CachedStatement<'_>, params: impl Params) -> rusqlite::Result<Listing<Arc<SiteRow>>> {
    let mut listing = Listing::default();
    let mut found = statement.query(params)?;
    while let Some(row) = found.next()? {
        let (site, line) = (row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?);
        match parse(|| format!("line of site {site}"), line) {
            Ok(row) => listing.items.push(Arc::new(row)),
            Err(unreadable) => listing.unreadable.push(unreadable),
        }
    }
    Ok(listing)
}
