//! Observations: spans in which a subject was seen unchanged.

use super::columns::{find_target, json, listing, nanos, parse, target_id, time};
use crate::model::{Dated, Fact, Observation, Target};
use crate::store::{Listing, Pruned};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};

/// Observations deleted by one call: a few milliseconds, or a tenth of a second where all are long logs.
pub(super) const PRUNE_BATCH: usize = 250;

/// Keeps one observation: the open span of its subject goes on, or a new one begins.
///
/// The values are compared as they lie, as text: equal values of the model's types have equal JSON. A clock that was set
/// back moves no end backwards.
pub(super) fn append(connection: &Connection, observation: &Observation) -> rusqlite::Result<()> {
    let target = target_id(connection, &observation.target)?;
    let subject = observation.fact.subject();
    let at = nanos(observation.at);
    let fact = json(&observation.fact)?;
    let goes_on = connection
        .prepare_cached(
            "UPDATE observation SET seen_at = max(seen_at, ?3)
             WHERE target = ?1 AND subject = ?2 AND open = 1 AND fact = ?4",
        )?
        .execute(params![target, subject, at, fact])?;
    if goes_on > 0 {
        return Ok(());
    }
    if is_another_org(connection, target, &observation.fact)? {
        close_all(connection, target)?;
    } else {
        connection
            .prepare_cached("UPDATE observation SET open = 0 WHERE target = ?1 AND subject = ?2 AND open = 1")?
            .execute(params![target, subject])?;
    }
    connection
        .prepare_cached(
            "INSERT INTO observation (target, subject, since, seen_at, open, fact) VALUES (?1, ?2, ?3, ?3, 1, ?4)",
        )?
        .execute(params![target, subject, at, fact])?;
    Ok(())
}

/// Ends all spans of a target: what is seen from now on is another thing's, even if it looks the same.
pub(super) fn close_all(connection: &Connection, target: i64) -> rusqlite::Result<()> {
    connection.prepare_cached("UPDATE observation SET open = 0 WHERE target = ?1 AND open = 1")?.execute([target])?;
    Ok(())
}

/// Whether `fact` names another id than the org had: [`crate::model::OrgState`] begins anew then, so history must too.
fn is_another_org(connection: &Connection, target: i64, fact: &Fact) -> rusqlite::Result<bool> {
    let Some(id) = organization_id(fact) else { return Ok(false) };
    let former: Option<String> = connection
        .prepare_cached("SELECT fact FROM observation WHERE target = ?1 AND subject = ?2 AND open = 1")?
        .query_row(params![target, fact.subject()], |row| row.get(0))
        .optional()?;
    let former = former.and_then(|json| serde_json::from_str::<Fact>(&json).ok());
    Ok(former.as_ref().and_then(organization_id).is_some_and(|former| former != id))
}

fn organization_id(fact: &Fact) -> Option<&crate::model::OrgId> {
    match fact {
        Fact::Organization(organization) => organization.seen().map(|organization| &organization.id),
        _ => None,
    }
}

/// What was seen of a target, in the order of its ids.
pub(super) fn history(
    connection: &Connection,
    target: &Target,
    subject: Option<&str>,
    since: DateTime<Utc>,
) -> rusqlite::Result<Listing<Dated<Fact>>> {
    let Some(id) = find_target(connection, target)? else { return Ok(Listing::default()) };
    let mut statement = connection.prepare_cached(
        "SELECT subject, since, seen_at, fact FROM observation
         WHERE target = ?1 AND (?2 IS NULL OR subject = ?2) AND seen_at >= ?3 ORDER BY id",
    )?;
    let spans = statement.query_map(params![id, subject, nanos(since)], |row| {
        let (subject, fact): (String, String) = (row.get(0)?, row.get(3)?);
        let (since, seen_at) = (time(row.get(1)?), time(row.get(2)?));
        Ok(parse(|| format!("observation \"{subject}\" of {target}"), &fact).map(|value| Dated {
            since,
            seen_at,
            value,
        }))
    })?;
    Ok(listing(spans.collect::<rusqlite::Result<Vec<_>>>()?))
}

/// Deletes ended spans that ended before a time, the oldest first, a batch of them.
pub(super) fn prune(connection: &Connection, before: DateTime<Utc>) -> rusqlite::Result<Pruned> {
    let deleted = connection
        .prepare_cached(
            "DELETE FROM observation WHERE id IN (
                 SELECT id FROM observation WHERE open = 0 AND seen_at < ?1 ORDER BY seen_at LIMIT ?2)",
        )?
        .execute(params![nanos(before), i64::try_from(PRUNE_BATCH).unwrap_or(i64::MAX)])?;
    Ok(Pruned { deleted, more: deleted == PRUNE_BATCH })
}
