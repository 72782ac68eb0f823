//! The file as it is written: flat tables with the place of every value, before anything is checked.

use super::Mode;
use super::console::{AmbiguousWidth, ThemeWord};
use super::error::{Fault, Faults, KeyOf, line_and_column};
use super::keys;
use crate::model::{PolicyUnit, Rotation, SecretRef};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use std::collections::BTreeMap;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue, ValueDeserializer};

/// The whole file, as far as it could be read.
#[derive(Default)]
pub(super) struct Document {
    pub(super) fleet: FleetTable,
    pub(super) console: ConsoleTable,
    pub(super) keys: BTreeMap<Spanned<String>, KeyWords>,
    pub(super) poll: PollTable,
    pub(super) hook: Option<HookTable>,
    pub(super) group: BTreeMap<String, GroupTable>,
    /// The names of all groups, likewise.
    pub(super) groups_named: Vec<String>,
    pub(super) org: Vec<OrgTable>,
    /// The names of all orgs, of those too that are wrong in something else: to those who name them they are orgs.
    pub(super) orgs_named: Vec<String>,
    pub(super) site: Vec<SiteTable>,
}

impl Document {
    /// Reads the whole file; no key in it goes unread. What is wrong in one table leaves the others as they are.
    pub(super) fn parse(text: &str, faults: &mut Faults) -> Self {
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut last_line = None;
        for fault in errors.into_iter().map(Fault::from) {
            let line = line_and_column(text, fault.span.start).0;
            // What follows on the line of a fault is mostly that fault once more.
            if last_line.replace(line) != Some(line) {
                faults.push(fault);
            }
        }
        // What is no TOML means nothing that could be judged.
        if !faults.is_empty() {
            return Self::default();
        }
        let mut top = table.into_inner();
        keys::check(&top, faults);
        let mut section = |name: &str| top.remove(name);
        let (fleet, console, keys, poll) = (section("fleet"), section("console"), section("keys"), section("poll"));
        let (hook, group, org, site) = (section("hook"), section("group"), section("org"), section("site"));
        let groups_named = group.as_ref().map(group_names).unwrap_or_default();
        let orgs_named = org.as_ref().map(names).unwrap_or_default();
        Self {
            orgs_named,
            fleet: one(fleet, faults),
            console: one(console, faults),
            keys: one(keys, faults),
            poll: one(poll, faults),
            hook: hook.and_then(|table| read(table, faults)),
            groups_named,
            group: one(group, faults),
            org: each(org, faults),
            site: each(site, faults),
        }
    }

    /// Puts what the environment says in the place of what the file says. What spends or writes is admitted only where
    /// neither says that nothing may.
    pub(super) fn overlay(&mut self, said: Self) {
        let Self { fleet, console, poll, .. } = said;
        put(&mut self.fleet.name, fleet.name);
        put(&mut self.fleet.relay, fleet.relay);
        if self.fleet.mode != Some(Mode::ReadOnly) {
            put(&mut self.fleet.mode, fleet.mode);
        }
        put(&mut self.console.theme, console.theme);
        put(&mut self.console.canvas, console.canvas);
        put(&mut self.console.ambiguous_width, console.ambiguous_width);
        put(&mut self.poll.org_interval, poll.org_interval);
        put(&mut self.poll.site_interval, poll.site_interval);
        put(&mut self.poll.proof_interval, poll.proof_interval);
        put(&mut self.poll.evidence_interval, poll.evidence_interval);
        put(&mut self.poll.timeout, poll.timeout);
        put(&mut self.poll.old_after, poll.old_after);
        put(&mut self.poll.proof_max_age, poll.proof_max_age);
        put(&mut self.poll.keep, poll.keep);
        put(&mut self.poll.at_once, poll.at_once);
        put(&mut self.poll.api_share, poll.api_share);
    }
}

fn put<T>(place: &mut Option<T>, said: Option<T>) {
    if said.is_some() {
        *place = said;
    }
}

fn names(tables: &Spanned<DeValue<'_>>) -> Vec<String> {
    let tables = tables.get_ref().as_array().into_iter().flat_map(|tables| tables.iter());
    let name =
        |table: &Spanned<DeValue<'_>>| Some(table.get_ref().as_table()?.get("name")?.get_ref().as_str()?.to_owned());
    tables.filter_map(name).collect()
}

fn group_names(groups: &Spanned<DeValue<'_>>) -> Vec<String> {
    let groups = groups.get_ref().as_table().into_iter().flat_map(|groups| groups.keys());
    groups.map(|name| name.get_ref().to_string()).collect()
}

fn one<T: DeserializeOwned + Default>(value: Option<Spanned<DeValue<'_>>>, faults: &mut Faults) -> T {
    value.and_then(|value| read(value, faults)).unwrap_or_default()
}

fn each<T: DeserializeOwned>(value: Option<Spanned<DeValue<'_>>>, faults: &mut Faults) -> Vec<T> {
    let Some(value) = value else { return Vec::new() };
    let span = value.span();
    match value.into_inner() {
        DeValue::Array(items) => items.into_iter().filter_map(|item| read(item, faults)).collect(),
        other => {
            let _: Option<Vec<IgnoredAny>> = read(Spanned::new(span, other), faults);
            Vec::new()
        }
    }
}

/// Reads a table. A value of a wrong type is noted and left out, so that the next one is found too.
fn read<T: DeserializeOwned>(mut value: Spanned<DeValue<'_>>, faults: &mut Faults) -> Option<T> {
    loop {
        let error = match T::deserialize(ValueDeserializer::from(value.clone())) {
            Ok(read) => return Some(read),
            Err(error) => error,
        };
        // The keys that a table needs were looked for before, and one may have been left out just now.
        if error.message().starts_with("missing field") {
            return None;
        }
        let at = place::<T>(&value, &error);
        let mut fault = Fault::from(error);
        fault.span = at.clone().unwrap_or(fault.span);
        let key = at.and_then(|at| leave_out(&mut value, at));
        faults.push(match &key {
            Some(key) => fault.about(KeyOf::Wrong(key.clone())),
            None => fault,
        });
        key?;
    }
}

/// Where an error lies: some are told for the whole table, and then it is the value without which the error is another.
fn place<T: DeserializeOwned>(value: &Spanned<DeValue<'_>>, error: &toml::de::Error) -> Option<Range<usize>> {
    let (at, DeValue::Table(table)) = (error.span()?, value.get_ref()) else { return error.span() };
    if key_around(table, &at).is_some() {
        return Some(at);
    }
    let culprit = table.iter().find(|(key, _)| {
        let mut without = table.clone();
        without.remove(*key);
        let without = Spanned::new(value.span(), DeValue::Table(without));
        match T::deserialize(ValueDeserializer::from(without)) {
            Ok(_) => true,
            // A key that must be there is not wrong for that.
            Err(other) => other.message() != error.message() && !other.message().starts_with("missing field"),
        }
    });
    Some(culprit.map_or(at, |(_, value)| value.span()))
}

/// Takes the key out of a table whose value lies around `at`; none where there is no such key.
fn leave_out(value: &mut Spanned<DeValue<'_>>, at: Range<usize>) -> Option<String> {
    let DeValue::Table(table) = value.get_mut() else { return None };
    let key = key_around(table, &at)?.clone();
    table.remove(&key).map(|_| key.get_ref().to_string())
}

/// The key that lies around `at`, itself or its value.
fn key_around<'a, 'de>(table: &'a DeTable<'de>, at: &Range<usize>) -> Option<&'a Spanned<DeString<'de>>> {
    let around = |span: Range<usize>| span.start <= at.start && at.end <= span.end;
    Some(table.iter().find(|(key, value)| around(value.span()) || around(key.span()))?.0)
}

/// The keys of one action.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a key, or a list of keys")]
pub(super) enum KeyWords {
    One(String),
    Many(Vec<String>),
}

#[derive(Default, Deserialize)]
pub(super) struct FleetTable {
    pub(super) name: Option<Spanned<String>>,
    pub(super) mode: Option<Mode>,
    pub(super) relay: Option<Spanned<String>>,
}

#[derive(Default, Deserialize)]
pub(super) struct ConsoleTable {
    pub(super) theme: Option<ThemeWord>,
    pub(super) canvas: Option<bool>,
    pub(super) ambiguous_width: Option<AmbiguousWidth>,
}

#[derive(Default, Deserialize)]
pub(super) struct PollTable {
    pub(super) org_interval: Option<Spanned<String>>,
    pub(super) site_interval: Option<Spanned<String>>,
    pub(super) evidence_interval: Option<Spanned<String>>,
    pub(super) proof_interval: Option<Spanned<String>>,
    pub(super) timeout: Option<Spanned<String>>,
    pub(super) old_after: Option<Spanned<String>>,
    pub(super) proof_max_age: Option<Spanned<String>>,
    pub(super) keep: Option<Spanned<String>>,
    pub(super) at_once: Option<Spanned<u64>>,
    pub(super) api_share: Option<Spanned<u64>>,
}

#[derive(Deserialize)]
pub(super) struct HookTable {
    pub(super) command: Spanned<Vec<String>>,
    pub(super) timeout: Option<Spanned<String>>,
    pub(super) on: Option<Spanned<Vec<Spanned<String>>>>,
}

#[derive(Default, Deserialize)]
pub(super) struct GroupTable {
    #[serde(default)]
    pub(super) read_only: bool,
}

#[derive(Deserialize)]
pub(super) struct OrgTable {
    pub(super) name: Spanned<String>,
    pub(super) login_url: Spanned<String>,
    pub(super) client_id: Option<Spanned<String>>,
    pub(super) flow: Spanned<FlowWord>,
    pub(super) username: Option<Spanned<String>>,
    pub(super) private_key: Option<Spanned<SecretRef>>,
    pub(super) client_secret: Option<Spanned<SecretRef>>,
    pub(super) refresh_token: Option<Spanned<SecretRef>>,
    pub(super) callback_port: Option<Spanned<u16>>,
    pub(super) token_command: Option<Spanned<Vec<String>>>,
    pub(super) ca_file: Option<Spanned<String>>,
    pub(super) app: Option<Spanned<String>>,
    pub(super) slot_limit: Option<Spanned<u32>>,
    pub(super) policy_unit: Option<PolicyUnit>,
    #[serde(default)]
    pub(super) rotation: Rotation,
    #[serde(default)]
    pub(super) read_only: bool,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub(super) enum FlowWord {
    Jwt,
    ClientCredentials,
    Browser,
    TokenCommand,
}

#[derive(Deserialize)]
pub(super) struct SiteTable {
    pub(super) name: Spanned<String>,
    pub(super) url: Spanned<String>,
    pub(super) reach: Spanned<ReachWord>,
    pub(super) user: Option<Spanned<String>>,
    pub(super) password: Option<Spanned<SecretRef>>,
    pub(super) host: Option<Spanned<String>>,
    pub(super) port: Option<Spanned<u16>>,
    pub(super) path: Option<Spanned<String>>,
    pub(super) wp: Option<Spanned<String>>,
    pub(super) org: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) staging: bool,
    pub(super) group: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) read_only: bool,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq, strum::Display)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub(super) enum ReachWord {
    Rest,
    Local,
    Ssh,
}
