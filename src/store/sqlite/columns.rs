//! How the model's values lie in columns: times, targets, JSON.

use crate::model::{Clean, OrgName, SiteName, Target};
use crate::store::{Listing, Unreadable};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A time in nanoseconds since 1970; times beyond the years 1677 and 2262 become those.
pub(super) fn nanos(at: DateTime<Utc>) -> i64 {
    at.timestamp_nanos_opt().unwrap_or(if at < DateTime::UNIX_EPOCH { i64::MIN } else { i64::MAX })
}

/// The way back.
pub(super) fn time(nanos: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_nanos(nanos)
}

/// A target's two columns.
pub(super) fn key(target: &Target) -> (&'static str, &str) {
    match target {
        Target::Site(name) => ("site", name.as_str()),
        Target::Org(name) => ("org", name.as_str()),
    }
}

/// The way back: whatever is no org is a site, as the schema's check has it.
pub(super) fn target(kind: &str, name: &str) -> Target {
    if kind == "org" { Target::Org(OrgName::new(name)) } else { Target::Site(SiteName::new(name)) }
}

/// The id under which a target's observations lie, if it has one.
pub(super) fn find_target(connection: &Connection, target: &Target) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT id FROM target WHERE kind = ?1 AND name = ?2")?
        .query_row(key(target), |row| row.get(0))
        .optional()
}

/// The id under which a target's observations lie, made if it has none.
pub(super) fn target_id(connection: &Connection, target: &Target) -> rusqlite::Result<i64> {
    if let Some(id) = find_target(connection, target)? {
        return Ok(id);
    }
    connection
        .prepare_cached("INSERT INTO target (kind, name) VALUES (?1, ?2) RETURNING id")?
        .query_row(key(target), |row| row.get(0))
}

/// A value's JSON.
pub(super) fn json<T: Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

/// Reads JSON; what cannot be read is named `what`.
pub(super) fn parse<T: DeserializeOwned>(what: impl FnOnce() -> String, json: &str) -> Result<T, Unreadable> {
    serde_json::from_str(json).map_err(|error| Unreadable { what: what().into(), why: Clean::new(error.to_string()) })
}

/// Sorts what was read from what could not be.
pub(super) fn listing<T>(parsed: impl IntoIterator<Item = Result<T, Unreadable>>) -> Listing<T> {
    let mut listing = Listing::default();
    for item in parsed {
        match item {
            Ok(item) => listing.items.push(item),
            Err(unreadable) => listing.unreadable.push(unreadable),
        }
    }
    listing
}
