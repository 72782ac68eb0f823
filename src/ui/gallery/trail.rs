//! The audit that the gallery shows.

use super::{BadData, read};
use crate::model::trail::TrailState;
use crate::model::{ActionClass, Clean, Trail, TrailLine};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;

const FILE: &str = "trail.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    line: Vec<LineData>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LineData {
    ago: String,
    operation: Clean,
    phase: Clean,
    target: Clean,
    account: Option<Clean>,
    what: Clean,
    outcome: Option<Clean>,
}

/// All of it, as of `now`.
pub(super) fn trail(now: DateTime<Utc>) -> Result<Trail, BadData> {
    let data: Data = read(FILE, include_str!("trail.toml"))?;
    let count = data.line.len();
    let lines = (0..).zip(data.line).map(|(place, line)| {
        let ago = humantime::parse_duration(&line.ago).ok().and_then(|span| TimeDelta::from_std(span).ok());
        let ago = ago.ok_or_else(|| BadData { file: FILE, what: format!("{} is no span of time", line.ago) })?;
        Ok(TrailLine {
            number: count as u64 - place,
            at: now - ago,
            id: "4be20a91".into(),
            class: if line.operation.as_str() == "write" { ActionClass::Write } else { ActionClass::Spend },
            operation: line.operation,
            phase: line.phase,
            target: line.target,
            account: line.account,
            by: "root (anna)".into(),
            operator: "user id 0, logged in as 1004; login root; sudo from anna; ssh 192.0.2.7 51022 192.0.2.10 22"
                .into(),
            what: line.what,
            outcome: line.outcome,
            code: "9c1e77a0".repeat(8).into(),
        })
    });
    Ok(Trail { lines: lines.collect::<Result<_, _>>()?, older: 0, state: TrailState::Good })
}
