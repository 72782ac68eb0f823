//! Refuses keys that nobody reads, with the key that was probably meant: a misspelt `staging` must not be a quiet no.

use super::error::Fault;
use crate::model::nearest;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

const TOP: &[&str] = &["fleet", "console", "keys", "poll", "hook", "org", "site"];
const FLEET: &[&str] = &["name", "mode"];
const CONSOLE: &[&str] = &["theme", "canvas", "ambiguous_width"];
const POLL: &[&str] = &[
    "org_interval",
    "site_interval",
    "proof_interval",
    "at_once",
    "timeout",
    "old_after",
    "proof_max_age",
    "api_share",
    "keep",
];
const HOOK: &[&str] = &["command", "timeout", "on"];
const ORG: &[&str] = &[
    "name",
    "login_url",
    "client_id",
    "flow",
    "username",
    "private_key",
    "client_secret",
    "refresh_token",
    "callback_port",
    "token_command",
    "ca_file",
    "app",
    "slot_limit",
    "policy_unit",
    "rotation",
];
const SITE: &[&str] = &["name", "url", "reach", "user", "password", "host", "port", "path", "wp", "org", "staging"];

/// Checks every key of the file, and nothing else.
pub(super) fn check(top: &DeTable<'_>) -> Result<(), Fault> {
    known(top, "the file", TOP)?;
    for (key, value) in top {
        let (place, keys) = match key.get_ref().as_ref() {
            "fleet" => ("[fleet]", FLEET),
            "console" => ("[console]", CONSOLE),
            // Its keys are the names of actions, which the console knows.
            "keys" => continue,
            "poll" => ("[poll]", POLL),
            "hook" => ("[hook]", HOOK),
            "org" => ("[[org]]", ORG),
            _ => ("[[site]]", SITE),
        };
        for table in tables(value) {
            known(table, place, keys)?;
        }
    }
    Ok(())
}

fn tables<'a, 'de>(value: &'a Spanned<DeValue<'de>>) -> Vec<&'a DeTable<'de>> {
    match value.get_ref() {
        DeValue::Table(table) => vec![table],
        DeValue::Array(array) => array
            .iter()
            .filter_map(|item| match item.get_ref() {
                DeValue::Table(table) => Some(table),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn known(table: &DeTable<'_>, place: &str, keys: &[&str]) -> Result<(), Fault> {
    for key in table.keys() {
        let name = key.get_ref().as_ref();
        if !keys.contains(&name) {
            let what = format!("{place} has no key {name:?}");
            let advice = match nearest(name, keys.iter().copied()) {
                Some(meant) => format!("did you mean {meant:?}?"),
                None => format!("its keys are {}", keys.join(", ")),
            };
            return Err(Fault::new(key.span(), what, advice));
        }
    }
    Ok(())
}
