//! Folded states, one for each target.

use super::columns::{json, key, listing, parse, target_id};
use crate::model::Target;
use crate::store::{Listing, Unreadable};
use rusqlite::{Connection, OptionalExtension, Params, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Puts a state in the place of the one before.
pub(super) fn put<T: Serialize>(
    connection: &Connection,
    target: &Target,
    state: &T,
    revision: i64,
) -> rusqlite::Result<()> {
    let id = target_id(connection, target)?;
    connection
        .prepare_cached(
            "INSERT INTO latest (target, revision, state) VALUES (?1, ?2, ?3)
             ON CONFLICT (target) DO UPDATE SET revision = excluded.revision, state = excluded.state",
        )?
        .execute(params![id, revision, json(state)?])?;
    Ok(())
}

/// One target's state.
pub(super) fn get<T: DeserializeOwned>(
    connection: &Connection,
    target: &Target,
) -> rusqlite::Result<Option<Result<T, Unreadable>>> {
    let state: Option<String> = connection
        .prepare_cached(
            "SELECT state FROM latest JOIN target ON target.id = latest.target WHERE kind = ?1 AND name = ?2",
        )?
        .query_row(key(target), |row| row.get(0))
        .optional()?;
    Ok(state.map(|state| parse(|| format!("state of {target}"), &state)))
}

/// All states of a kind (`site` or `org`), by name.
pub(super) fn all<T: DeserializeOwned>(connection: &Connection, kind: &str) -> rusqlite::Result<Listing<T>> {
    read(
        connection,
        "SELECT name, state FROM latest JOIN target ON id = target WHERE kind = ?1 ORDER BY name",
        kind,
        [kind],
    )
}

/// The states of a kind that were put after a revision.
pub(super) fn since<T: DeserializeOwned>(
    connection: &Connection,
    kind: &str,
    after: i64,
) -> rusqlite::Result<Listing<T>> {
    let sql =
        "SELECT name, state FROM latest JOIN target ON id = target WHERE revision > ?2 AND kind = ?1 ORDER BY name";
    read(connection, sql, kind, params![kind, after])
}

fn read<T: DeserializeOwned>(
    connection: &Connection,
    sql: &str,
    kind: &str,
    params: impl Params,
) -> rusqlite::Result<Listing<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    let states = statement.query_map(params, |row| {
        let (name, state): (String, String) = (row.get(0)?, row.get(1)?);
        Ok(parse(|| format!("state of {kind} {name}"), &state))
    })?;
    Ok(listing(states.collect::<rusqlite::Result<Vec<_>>>()?))
}

/// Takes a target's state away.
pub(super) fn delete(connection: &Connection, target: i64) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM latest WHERE target = ?1", [target])?;
    Ok(())
}
