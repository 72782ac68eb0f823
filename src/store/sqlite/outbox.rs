//! Changes of health that are still to be told. Written with the verdicts that they follow from, so that neither is ever
//! there without the other.

use super::columns::{json, nanos, parse, time};
use crate::model::{Change, Judged, SiteName, SiteRow};
use crate::store::{Telling, Untold};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};

/// Notes what a new line changes, before it takes the place of the one before.
pub(super) fn note(connection: &Connection, row: &SiteRow, at: DateTime<Utc>) -> rusqlite::Result<()> {
    let site = row.name.as_str();
    let waiting = waiting(connection, site)?;
    let mut from = told(connection, site)?;
    // A store that was kept before anybody was told begins with what it has. Of a site with a change that waits nothing
    // was told: that is the change.
    if from.is_none() && waiting.is_none() {
        from = former(connection, site)?;
    }
    let Some(change) = Change::between(from, row, at) else {
        if waiting.is_some() {
            connection.prepare_cached("DELETE FROM change WHERE site = ?1 AND tries = 0")?.execute([site])?;
        }
        return match from.or_else(|| Judged::settled(row)) {
            Some(judged) => tell(connection, site, judged),
            None => Ok(()),
        };
    };
    if let Some(from) = from {
        tell(connection, site, from)?;
    }
    match waiting {
        // The same change with newer words.
        Some((number, former)) if former.from == change.from && former.to == change.to => {
            let change = Change { at: former.at, ..change };
            connection
                .prepare_cached("UPDATE change SET change = ?2 WHERE number = ?1")?
                .execute(params![number, json(&change)?])?;
        }
        _ => {
            connection.prepare_cached("DELETE FROM change WHERE site = ?1 AND tries = 0")?.execute([site])?;
            connection
                .prepare_cached(
                    "INSERT INTO change (id, site, at, tries, change)
                     VALUES (lower(hex(randomblob(16))), ?1, ?2, 0, ?3)",
                )?
                .execute(params![site, nanos(at), json(&change)?])?;
        }
    }
    Ok(())
}

/// The change that nobody began to tell.
fn waiting(connection: &Connection, site: &str) -> rusqlite::Result<Option<(i64, Change)>> {
    let found: Option<(i64, String)> = connection
        .prepare_cached("SELECT number, change FROM change WHERE site = ?1 AND tries = 0")?
        .query_row([site], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    // One that cannot be read is replaced by what is so now.
    Ok(found.and_then(|(number, change)| Some((number, parse(String::new, &change).ok()?))))
}

fn told(connection: &Connection, site: &str) -> rusqlite::Result<Option<Judged>> {
    let found: Option<String> = connection
        .prepare_cached("SELECT judged FROM told WHERE site = ?1")?
        .query_row([site], |row| row.get(0))
        .optional()?;
    Ok(found.and_then(|judged| parse(String::new, &judged).ok()))
}

fn former(connection: &Connection, site: &str) -> rusqlite::Result<Option<Judged>> {
    let line: Option<String> = connection
        .prepare_cached("SELECT line FROM verdict WHERE site = ?1")?
        .query_row([site], |row| row.get(0))
        .optional()?;
    Ok(line.and_then(|line| parse::<SiteRow>(String::new, &line).ok()).as_ref().and_then(Judged::settled))
}

fn tell(connection: &Connection, site: &str, judged: Judged) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO told (site, judged) VALUES (?1, ?2)
             ON CONFLICT (site) DO UPDATE SET judged = excluded.judged WHERE judged <> excluded.judged",
        )?
        .execute(params![site, json(&judged)?])?;
    Ok(())
}

const UNTOLD: &str = "SELECT number, site, at, tries, retry_at FROM change";

fn untold(row: &Row<'_>) -> rusqlite::Result<Untold> {
    Ok(Untold {
        number: row.get(0)?,
        site: SiteName::new(row.get::<_, String>(1)?),
        at: time(row.get(2)?),
        begun: row.get::<_, i64>(3)? > 0,
        retry_at: row.get::<_, Option<i64>>(4)?.map(time),
    })
}

/// The first of each site.
pub(super) fn heads(connection: &Connection) -> rusqlite::Result<Vec<Untold>> {
    let sql = format!("{UNTOLD} WHERE number IN (SELECT min(number) FROM change GROUP BY site) ORDER BY number");
    connection.prepare_cached(&sql)?.query_map([], untold)?.collect()
}

/// One more try.
pub(super) fn begin(connection: &Connection, number: i64) -> rusqlite::Result<Option<Telling>> {
    let found: Option<(String, String, u32, String)> = connection
        .prepare_cached(
            "UPDATE change SET tries = tries + 1, retry_at = NULL WHERE number = ?1
             RETURNING site, id, tries, change",
        )?
        .query_row([number], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    let Some((site, id, tries, change)) = found else { return Ok(None) };
    let change: Result<Change, _> = parse(|| format!("change of site {site}"), &change);
    // What is tried again is older than what may have been noted since.
    if let (1, Ok(change)) = (tries, &change) {
        tell(connection, &site, change.to)?;
    }
    Ok(Some(Telling { id, tries, change }))
}

/// Takes one out, and answers the next of its site.
pub(super) fn end(connection: &Connection, number: i64) -> rusqlite::Result<Option<Untold>> {
    let site: Option<String> = connection
        .prepare_cached("DELETE FROM change WHERE number = ?1 RETURNING site")?
        .query_row([number], |row| row.get(0))
        .optional()?;
    let Some(site) = site else { return Ok(None) };
    let sql = format!("{UNTOLD} WHERE site = ?1 ORDER BY number LIMIT 1");
    connection.prepare_cached(&sql)?.query_row([site], untold).optional()
}

pub(super) fn postpone(connection: &Connection, number: i64, until: DateTime<Utc>) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE change SET retry_at = ?2 WHERE number = ?1")?
        .execute(params![number, nanos(until)])?;
    Ok(())
}

/// Nothing of a site is told any more.
pub(super) fn forget(connection: &Connection, site: &SiteName) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM change WHERE site = ?1", [site.as_str()])?;
    connection.execute("DELETE FROM told WHERE site = ?1", [site.as_str()])?;
    Ok(())
}

/// The same for all sites that are not named by the terms.
pub(super) fn forget_unnamed(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM change WHERE site NOT IN (SELECT site FROM terms)", [])?;
    connection.execute("DELETE FROM told WHERE site NOT IN (SELECT site FROM terms)", [])?;
    Ok(())
}
