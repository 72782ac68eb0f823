//! Refuses keys that nobody reads, with the key that was probably meant: a misspelt `staging` must not be a quiet no.

use super::error::{Fault, Faults};
use crate::model::{Clean, nearest};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

const TOP: &[&str] = &["fleet", "console", "keys", "poll", "hook", "group", "org", "site"];
pub(super) const FLEET: &[&str] = &["name", "mode", "relay"];
pub(super) const CONSOLE: &[&str] = &["theme", "canvas", "ambiguous_width"];
pub(super) const POLL: &[&str] = &[
    "org_interval",
    "site_interval",
    "evidence_interval",
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
    "read_only",
];
const GROUP: &[&str] = &["read_only"];
const SITE: &[&str] =
    &["name", "url", "reach", "user", "password", "host", "port", "path", "wp", "org", "staging", "group", "read_only"];

/// What no hook is without.
const OF_A_HOOK: &[&str] = &["command"];
/// What no org is without.
const OF_EVERY_ORG: &[&str] = &["name", "login_url", "flow"];
/// What no site is without.
const OF_EVERY_SITE: &[&str] = &["name", "url", "reach"];

/// Checks every key of the file, and nothing else.
pub(super) fn check(top: &DeTable<'_>, faults: &mut Faults) {
    known(top, "the file", TOP, faults);
    for (key, value) in top {
        if key.get_ref() == "group" {
            groups(value, faults);
            continue;
        }
        let (place, keys, needed): (_, _, &[&str]) = match key.get_ref().as_ref() {
            "fleet" => ("[fleet]", FLEET, &[]),
            "console" => ("[console]", CONSOLE, &[]),
            "poll" => ("[poll]", POLL, &[]),
            "hook" => ("[hook]", HOOK, OF_A_HOOK),
            "org" => ("[[org]]", ORG, OF_EVERY_ORG),
            "site" => ("[[site]]", SITE, OF_EVERY_SITE),
            // Of `[keys]` the keys are the names of actions, which the console knows.
            _ => continue,
        };
        for (span, table) in tables(value) {
            let meant = known(table, place, keys, faults);
            // A misspelt key is told as that, and not as one that is missing too.
            for key in needed.iter().filter(|key| !table.contains_key(**key) && !meant.contains(key)) {
                faults.push(Fault::new(span.clone(), format!("{place} needs {key:?}"), format!("add the key {key:?}")));
            }
        }
    }
}

/// Of `[group]` the keys are the groups' names.
fn groups(value: &Spanned<DeValue<'_>>, faults: &mut Faults) {
    let named = value.get_ref().as_table().into_iter().flat_map(|groups| groups.iter());
    for (name, group) in named {
        for (_, table) in tables(group) {
            known(table, &format!("[group.{}]", Clean::new(name.get_ref())), GROUP, faults);
        }
    }
}

fn tables<'a, 'de>(value: &'a Spanned<DeValue<'de>>) -> Vec<(Range<usize>, &'a DeTable<'de>)> {
    match value.get_ref() {
        DeValue::Table(table) => vec![(value.span(), table)],
        DeValue::Array(array) => array
            .iter()
            .filter_map(|item| match item.get_ref() {
                DeValue::Table(table) => Some((item.span(), table)),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Refuses what is none of the keys; gives those that were probably meant.
fn known<'a>(table: &DeTable<'_>, place: &str, keys: &[&'a str], faults: &mut Faults) -> Vec<&'a str> {
    let mut meant = Vec::new();
    for key in table.keys() {
        let name = key.get_ref().as_ref();
        if !keys.contains(&name) {
            let what = format!("{place} has no key {:?}", Clean::new(name).as_str());
            let nearest = nearest(name, keys.iter().copied());
            let advice = match nearest {
                Some(meant) => format!("did you mean {meant:?}?"),
                None => format!("its keys are {}", keys.join(", ")),
            };
            meant.extend(nearest);
            faults.push(Fault::new(key.span(), what, advice));
        }
    }
    meant
}
