//! From what is written to what is meant: every value checked, every refusal at the value it is about.

mod hook;
mod org;

pub(super) use org::refresh_token_file;

use super::document::{Document, KeyWords, PollTable, ReachWord, SiteTable};
use super::error::{Fault, Faults, KeyOf, line_and_column};
use super::{Config, ConsoleConfig, FleetConfig, GroupConfig, KeyChange, PollConfig, Reach, SiteConfig, old_after};
use crate::model::{Clean, OrgName, SiteName};
use chrono::TimeDelta;
use serde::Deserialize;
use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::Spanned;
use toml::de::Deserializer;
use url::{Host, Url};

/// The longest name: what a list can show without cutting what tells two names apart.
const LONGEST_NAME: usize = 100;

/// The longest span that a duration may be; longer ones are typing errors, and would overflow dates.
const LONGEST_SPAN: Duration = Duration::from_secs(20 * 365 * 24 * 3600);

/// Finds what is wrong with the scalars that the environment may say, too.
pub(super) fn scalars(document: &Document, faults: &mut Faults) {
    if let Some(name) = &document.fleet.name {
        let _ = faults.note(printable(name));
    }
    if let Some(relay) = &document.fleet.relay {
        let _ = faults.note(address(relay));
    }
    poll(&document.poll, faults);
}

/// Checks everything but the [`scalars`], which are judged where they stand, and notes everything that is wrong: what is given back is the configuration where nothing is.
pub(super) fn config(dir: &Path, document: Document, text: &str, faults: &mut Faults) -> Config {
    let mut fleet = FleetConfig::default();
    if let Some(name) = document.fleet.name {
        fleet.name = printable(&name).unwrap_or_default();
    }
    fleet.mode = document.fleet.mode;
    if let Some(relay) = document.fleet.relay.and_then(|relay| address(&relay).ok()) {
        fleet.relay = relay;
    }
    let look = document.console;
    let usual = ConsoleConfig::default();
    let console = ConsoleConfig {
        theme: look.theme.unwrap_or_default(),
        canvas: look.canvas.unwrap_or(usual.canvas),
        ambiguous_width: look.ambiguous_width.unwrap_or_default(),
    };
    let keys = document.keys.into_iter().map(|(action, keys)| key_change(&action, keys, text)).collect();
    let poll = poll(&document.poll, &mut Faults::default());
    let hook = document.hook.and_then(|table| hook::hook(table, faults));
    unique(document.org.iter().map(|org| &org.name), "org", text, faults);
    unique(document.site.iter().map(|site| &site.name), "site", text, faults);
    let orgs = document.org.into_iter().filter_map(|table| org::org(table, faults)).collect();
    let named = Named { orgs: &document.orgs_named, groups: &document.groups_named };
    let sites = document.site.into_iter().filter_map(|table| site(table, named, faults)).collect();
    let groups = document.group.into_iter().map(|(name, group)| (name, GroupConfig { read_only: group.read_only }));
    Config { dir: dir.to_owned(), fleet, console, keys, poll, hook, groups: groups.collect(), orgs, sites }
}

fn unique<'a>(names: impl Iterator<Item = &'a Spanned<String>>, kind: &str, text: &str, faults: &mut Faults) {
    let mut seen: HashMap<&str, Range<usize>> = HashMap::new();
    for name in names {
        let Some(first) = seen.get(name.get_ref().as_str()) else {
            seen.insert(name.get_ref(), name.span());
            continue;
        };
        let (line, _) = line_and_column(text, first.start);
        let shown = Clean::new(name.get_ref());
        let what = format!("a second {kind} is named {:?}; the first is on line {line}", shown.as_str());
        faults.push(Fault::new(name.span(), what, "rename one of them"));
    }
}

fn key_change(action: &Spanned<String>, keys: KeyWords, text: &str) -> KeyChange {
    let (line, column) = line_and_column(text, action.span().start);
    let keys = match keys {
        KeyWords::One(key) => vec![key],
        KeyWords::Many(keys) => keys,
    };
    KeyChange { action: action.get_ref().clone(), keys, line, column }
}

fn poll(table: &PollTable, faults: &mut Faults) -> PollConfig {
    let default = PollConfig::default();
    let second = Duration::from_secs(1);
    let mut spans = |value: &Option<Spanned<String>>, least| faults.note(span(value.as_ref(), least)).flatten();
    let site_interval = spans(&table.site_interval, second).unwrap_or(default.site_interval);
    let org_interval = spans(&table.org_interval, second).unwrap_or(default.org_interval);
    // Three calls a look are bounded by the budget; a minute keeps a slip of the pen from spending it.
    let evidence_interval =
        spans(&table.evidence_interval, Duration::from_secs(60)).unwrap_or(default.evidence_interval);
    let proof_interval = spans(&table.proof_interval, second).unwrap_or(default.proof_interval);
    let timeout = spans(&table.timeout, Duration::from_millis(100)).unwrap_or(default.timeout);
    // No span that was admitted is too long for a `TimeDelta`.
    let mut deltas = |value, least| spans(value, least).and_then(|span| TimeDelta::from_std(span).ok());
    let old_after = deltas(&table.old_after, second).unwrap_or(old_after(site_interval));
    let proof_max_age = deltas(&table.proof_max_age, second).unwrap_or(default.proof_max_age);
    let keep = deltas(&table.keep, Duration::from_secs(24 * 3600)).unwrap_or(default.keep);
    let mut numbers = |value: &Option<Spanned<u64>>, most| faults.note(within(value.as_ref(), 1, most)).flatten();
    let (at_once, api_share) = (numbers(&table.at_once, 256), numbers(&table.api_share, 100));
    PollConfig {
        org_interval,
        site_interval,
        evidence_interval,
        proof_interval,
        timeout,
        at_once: at_once.and_then(|number| number.try_into().ok()).unwrap_or(default.at_once),
        old_after,
        proof_max_age,
        keep,
        api_share: api_share.and_then(|share| share.try_into().ok()).unwrap_or(default.api_share),
    }
}

fn span(value: Option<&Spanned<String>>, least: Duration) -> Result<Option<Duration>, Fault> {
    let Some(value) = value else { return Ok(None) };
    let text = value.get_ref();
    let span = humantime::parse_duration(text).map_err(|error| {
        let what = format!("{:?} is no span of time: {error}", Clean::new(text).as_str());
        Fault::new(value.span(), what, "write a number with a unit, such as \"90s\", \"15min\" or \"6h\"")
    })?;
    if span < least || span > LONGEST_SPAN {
        let what = format!("{text:?} is too {}", if span < least { "short" } else { "long" });
        let advice = format!("at least {} and at most 20 years are admitted", humantime::format_duration(least));
        return Err(Fault::new(value.span(), what, advice));
    }
    Ok(Some(span))
}

fn within(value: Option<&Spanned<u64>>, least: u64, most: u64) -> Result<Option<u64>, Fault> {
    match value {
        Some(value) if !(least..=most).contains(value.get_ref()) => {
            let what = format!("{} is out of range", value.get_ref());
            Err(Fault::new(value.span(), what, format!("{least} to {most} are admitted")))
        }
        other => Ok(other.map(|value| *value.get_ref())),
    }
}

/// One site by itself: the text of its table. The first thing that is wrong with it, if something is.
pub(super) fn lone_site(text: &str, config: &Config) -> Result<SiteConfig, Fault> {
    let table = SiteTable::deserialize(Deserializer::parse(text)?)?;
    let orgs: Vec<String> = config.orgs.iter().map(|org| org.name.to_string()).collect();
    let groups: Vec<String> = config.groups.keys().cloned().collect();
    let mut faults = Faults::default();
    let at = table.name.span();
    let site = site(table, Named { orgs: &orgs, groups: &groups }, &mut faults);
    match faults.in_order().into_iter().next() {
        Some(fault) => Err(fault),
        None => site.ok_or_else(|| Fault::new(at, "this is no site", "docs/config.example.toml shows every key")),
    }
}

/// What a site may name.
#[derive(Clone, Copy)]
struct Named<'a> {
    orgs: &'a [String],
    groups: &'a [String],
}

fn site(mut table: SiteTable, named: Named<'_>, faults: &mut Faults) -> Option<SiteConfig> {
    let reach = reach(&mut table, faults);
    let site_name = faults.note(name(&table.name));
    let url = faults.note(address(&table.url));
    let org = table.org.map(|org| faults.note(known_org(&org, named.orgs)));
    let group = table.group.map(|group| faults.note(known_group(&group, named.groups)));
    // What is wrong is told; a site without all of these is none.
    let org = match org {
        Some(org) => Some(org?),
        None => None,
    };
    let group = match group {
        Some(group) => Some(group?),
        None => None,
    };
    let (staging, read_only) = (table.staging, table.read_only);
    Some(SiteConfig { name: SiteName::new(site_name?), url: url?, reach: reach?, org, staging, group, read_only })
}

fn reach(table: &mut SiteTable, faults: &mut Faults) -> Option<Reach> {
    let at = table.reach.span();
    let word = *table.reach.get_ref();
    let with = format!("reach = \"{word}\"");
    let (user, password) = (("user", span_of(table.user.as_ref())), ("password", span_of(table.password.as_ref())));
    let (host, port) = (("host", span_of(table.host.as_ref())), ("port", span_of(table.port.as_ref())));
    let (path, wp) = (("path", span_of(table.path.as_ref())), ("wp", span_of(table.wp.as_ref())));
    match word {
        ReachWord::Rest => {
            foreign(&with, &[host, port, path, wp], faults);
            let user = needed(table.user.take(), &at, &with, "user", faults);
            let password = needed(table.password.take(), &at, &with, "password", faults);
            let user = user.and_then(|user| faults.note(filled(user)));
            Some(Reach::Rest { user: user?, password: password?.into_inner() })
        }
        ReachWord::Local => {
            foreign(&with, &[user, password, host, port], faults);
            let path = needed(table.path.take(), &at, &with, "path", faults);
            let path = path.and_then(|path| faults.note(folder(&path)));
            let wp = faults.note(program(table.wp.take()));
            Some(Reach::Local { path: PathBuf::from(path?), wp: wp? })
        }
        ReachWord::Ssh => {
            foreign(&with, &[user, password], faults);
            let host = needed(table.host.take(), &at, &with, "host", faults);
            let host = host.and_then(|host| faults.note(ssh_host(host)));
            let path = needed(table.path.take(), &at, &with, "path", faults);
            let path = path.and_then(|path| faults.note(remote_folder(&path)));
            let wp = faults.note(program(table.wp.take()));
            Some(Reach::Ssh { host: host?, port: table.port.take().map(Spanned::into_inner), path: path?, wp: wp? })
        }
    }
}

fn known_org(written: &Spanned<String>, orgs: &[String]) -> Result<OrgName, Fault> {
    let text = written.get_ref();
    if orgs.contains(text) {
        return Ok(OrgName::new(text));
    }
    let advice = match crate::model::nearest(text, orgs.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean {meant:?}?"),
        None => "add an [[org]] of that name, or leave the key out".to_owned(),
    };
    Err(Fault::new(written.span(), format!("no [[org]] is named {:?}", Clean::new(text).as_str()), advice))
}

/// A group that nobody declared may be a misspelt one, and what it forbids would be allowed.
fn known_group(written: &Spanned<String>, groups: &[String]) -> Result<String, Fault> {
    let text = written.get_ref();
    if groups.contains(text) {
        return Ok(text.clone());
    }
    let advice = match crate::model::nearest(text, groups.iter().map(String::as_str)) {
        Some(meant) => format!("did you mean {meant:?}?"),
        None => "add a [group.NAME] of that name, or leave the key out".to_owned(),
    };
    Err(Fault::new(written.span(), format!("no [group] is named {:?}", Clean::new(text).as_str()), advice))
}

fn span_of<T>(value: Option<&Spanned<T>>) -> Option<Range<usize>> {
    value.map(Spanned::span)
}

/// The value of a key that must be there.
fn needed<T>(
    value: Option<Spanned<T>>,
    at: &Range<usize>,
    with: &str,
    key: &str,
    faults: &mut Faults,
) -> Option<Spanned<T>> {
    let missing = || Fault::new(at.clone(), format!("{with} needs {key:?}"), format!("add the key {key:?}"));
    faults.note(value.ok_or_else(|| missing().about(KeyOf::Missing(key.to_owned()))))
}

fn foreign(with: &str, others: &[(&str, Option<Range<usize>>)], faults: &mut Faults) {
    for (key, span) in others {
        if let Some(span) = span {
            faults.push(Fault::new(span.clone(), format!("{key:?} says nothing with {with}"), "remove it"));
        }
    }
}

/// A program with its arguments; `example` is one.
fn command(words: Spanned<Vec<String>>, example: &str) -> Result<Vec<String>, Fault> {
    let no_program = words.get_ref().first().is_none_or(|program| program.trim().is_empty());
    if no_program || words.get_ref().iter().any(|word| word.contains('\0')) {
        return Err(Fault::new(words.span(), "no program is named", format!("write a list: {example}")));
    }
    Ok(words.into_inner())
}

fn filled(value: Spanned<String>) -> Result<String, Fault> {
    if value.get_ref().trim().is_empty() {
        return Err(Fault::new(value.span(), "an empty text stands here", "fill it in"));
    }
    Ok(value.into_inner())
}

fn printable(value: &Spanned<String>) -> Result<String, Fault> {
    let text = value.get_ref();
    if text.trim().is_empty() || Clean::new(text).as_str() != text || text.chars().count() > LONGEST_NAME {
        let what = format!("a name is 1 to {LONGEST_NAME} printable characters");
        return Err(Fault::new(value.span(), what, "choose another"));
    }
    Ok(text.clone())
}

/// Names are typed as arguments and cut at spaces in lists.
fn name(value: &Spanned<String>) -> Result<String, Fault> {
    let text = printable(value)?;
    if text.contains(char::is_whitespace) || text.starts_with('-') {
        let what = format!("{text:?} can not be typed as an argument");
        return Err(Fault::new(value.span(), what, "leave spaces and a leading dash out"));
    }
    Ok(text)
}

fn folder(value: &Spanned<String>) -> Result<String, Fault> {
    let text = value.get_ref();
    if !text.starts_with('/') || text.contains(char::is_control) {
        return Err(Fault::new(value.span(), "a path from the root is expected", "begin it with \"/\""));
    }
    Ok(text.clone())
}

/// `~/` is the home folder there.
fn remote_folder(value: &Spanned<String>) -> Result<String, Fault> {
    if value.get_ref().starts_with("~/") && !value.get_ref().contains(char::is_control) {
        return Ok(value.get_ref().clone());
    }
    folder(value)
}

/// WP-CLI's name goes into a remote command line: a plain word or a path of plain words, nothing that a shell reads.
fn program(value: Option<Spanned<String>>) -> Result<String, Fault> {
    let Some(value) = value else { return Ok("wp".to_owned()) };
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    let text = value.get_ref();
    if text.is_empty() || text.starts_with('-') || !text.chars().all(plain) {
        let what = "the name of a program is letters, digits and /._-+";
        return Err(Fault::new(value.span(), what, "name WP-CLI's file, without arguments"));
    }
    Ok(value.into_inner())
}

/// A host that begins with a dash would be an option of `ssh`.
fn ssh_host(value: Spanned<String>) -> Result<String, Fault> {
    let text = value.get_ref();
    if text.is_empty() || text.starts_with('-') || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(Fault::new(value.span(), "no host that ssh would take", "write it as \"user@host\""));
    }
    Ok(value.into_inner())
}

fn address(value: &Spanned<String>) -> Result<Url, Fault> {
    let fault = |what: String, advice: &str| Err(Fault::new(value.span(), what, advice));
    let url = match Url::parse(value.get_ref()) {
        Ok(url) => url,
        Err(error) => return fault(format!("no address: {error}"), "write it as \"https://host\""),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return fault("a user or a password stands in the address".to_owned(), "take it out");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return fault("an address with a query or a fragment".to_owned(), "end it before \"?\" or \"#\"");
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if loopback(&url) => Ok(url),
        "http" => fault("http beyond this host".to_owned(), "use https; http is for loopback alone"),
        other => fault(format!("{other:?} is no way to a site or an org"), "use https"),
    }
}

/// Whether an address is of this host; one that can not be read is not.
pub(super) fn is_loopback(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| loopback(&url))
}

fn loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
