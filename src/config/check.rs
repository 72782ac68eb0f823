//! From what is written to what is meant: every value checked, every refusal at the value it is about.

mod hook;
mod org;

pub(super) use org::refresh_token_file;

use super::document::{Document, KeyWords, PollTable, ReachWord, SiteTable};
use super::error::{Fault, line_and_column};
use super::{Config, ConsoleConfig, FleetConfig, KeyChange, OrgConfig, PollConfig, Reach, SiteConfig, old_after};
use crate::model::{Clean, OrgName, SiteName};
use chrono::TimeDelta;
use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::Spanned;
use url::{Host, Url};

/// The longest name: what a list can show without cutting what tells two names apart.
const LONGEST_NAME: usize = 100;

/// The longest span that a duration may be; longer ones are typing errors, and would overflow dates.
const LONGEST_SPAN: Duration = Duration::from_secs(20 * 365 * 24 * 3600);

pub(super) fn config(dir: &Path, document: Document, text: &str) -> Result<Config, Fault> {
    let mut fleet = FleetConfig::default();
    if let Some(name) = document.fleet.name {
        fleet.name = printable(&name)?;
    }
    fleet.mode = document.fleet.mode.unwrap_or_default();
    let look = document.console;
    let usual = ConsoleConfig::default();
    let console = ConsoleConfig {
        theme: look.theme.unwrap_or_default(),
        canvas: look.canvas.unwrap_or(usual.canvas),
        ambiguous_width: look.ambiguous_width.unwrap_or_default(),
    };
    let keys = document.keys.into_iter().map(|(action, keys)| key_change(&action, keys, text)).collect();
    let poll = poll(&document.poll)?;
    let hook = document.hook.map(hook::hook).transpose()?;
    let orgs = document.org.into_iter().map(|table| org::org(table.into_inner())).collect::<Result<Vec<_>, _>>()?;
    unique(&orgs, text, |(org, span)| (&org.name, span, "org"))?;
    let orgs: Vec<OrgConfig> = orgs.into_iter().map(|(org, _)| org).collect();
    let sites =
        document.site.into_iter().map(|table| site(table.into_inner(), &orgs)).collect::<Result<Vec<_>, _>>()?;
    unique(&sites, text, |(site, span)| (&site.name, span, "site"))?;
    let sites = sites.into_iter().map(|(site, _)| site).collect();
    Ok(Config { dir: dir.to_owned(), fleet, console, keys, poll, hook, orgs, sites })
}

fn unique<'a, T, K: Eq + Hash + std::fmt::Display + 'a>(
    items: &'a [T],
    text: &str,
    of: impl Fn(&'a T) -> (&'a K, &'a Range<usize>, &'static str),
) -> Result<(), Fault> {
    let mut seen: HashMap<&K, &Range<usize>> = HashMap::new();
    for item in items {
        let (name, span, kind) = of(item);
        if let Some(first) = seen.insert(name, span) {
            let (line, _) = line_and_column(text, first.start);
            let what = format!("a second {kind} is named {:?}; the first is on line {line}", name.to_string());
            return Err(Fault::new(span.clone(), what, "rename one of them"));
        }
    }
    Ok(())
}

fn key_change(action: &Spanned<String>, keys: KeyWords, text: &str) -> KeyChange {
    let (line, column) = line_and_column(text, action.span().start);
    let keys = match keys {
        KeyWords::One(key) => vec![key],
        KeyWords::Many(keys) => keys,
    };
    KeyChange { action: action.get_ref().clone(), keys, line, column }
}

fn poll(table: &PollTable) -> Result<PollConfig, Fault> {
    let default = PollConfig::default();
    let second = Duration::from_secs(1);
    let site_interval = span(table.site_interval.as_ref(), second)?.unwrap_or(default.site_interval);
    Ok(PollConfig {
        org_interval: span(table.org_interval.as_ref(), second)?.unwrap_or(default.org_interval),
        site_interval,
        proof_interval: span(table.proof_interval.as_ref(), second)?.unwrap_or(default.proof_interval),
        timeout: span(table.timeout.as_ref(), Duration::from_millis(100))?.unwrap_or(default.timeout),
        at_once: usize::try_from(within(table.at_once.as_ref(), 1, 256)?.unwrap_or(16)).unwrap_or(default.at_once),
        old_after: delta(table.old_after.as_ref(), second)?.unwrap_or(old_after(site_interval)),
        proof_max_age: delta(table.proof_max_age.as_ref(), second)?.unwrap_or(default.proof_max_age),
        keep: delta(table.keep.as_ref(), Duration::from_secs(24 * 3600))?.unwrap_or(default.keep),
        api_share: u8::try_from(within(table.api_share.as_ref(), 1, 100)?.unwrap_or(5)).unwrap_or(default.api_share),
    })
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

fn delta(value: Option<&Spanned<String>>, least: Duration) -> Result<Option<TimeDelta>, Fault> {
    // No span that was admitted is too long for a `TimeDelta`.
    Ok(span(value, least)?.and_then(|span| TimeDelta::from_std(span).ok()))
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

fn site(table: SiteTable, orgs: &[OrgConfig]) -> Result<(SiteConfig, Range<usize>), Fault> {
    let reach_span = table.reach.span();
    let word = *table.reach.get_ref();
    let with = format!("reach = \"{word}\"");
    let (user, password) = (("user", span_of(table.user.as_ref())), ("password", span_of(table.password.as_ref())));
    let (host, port) = (("host", span_of(table.host.as_ref())), ("port", span_of(table.port.as_ref())));
    let (path, wp) = (("path", span_of(table.path.as_ref())), ("wp", span_of(table.wp.as_ref())));
    let reach = match word {
        ReachWord::Rest => {
            foreign(&with, &[host, port, path, wp])?;
            Reach::Rest {
                user: filled(needed(table.user, &reach_span, &with, "user")?)?,
                password: needed(table.password, &reach_span, &with, "password")?.into_inner(),
            }
        }
        ReachWord::Local => {
            foreign(&with, &[user, password, host, port])?;
            let path = folder(&needed(table.path, &reach_span, &with, "path")?)?;
            Reach::Local { path: PathBuf::from(path), wp: program(table.wp)? }
        }
        ReachWord::Ssh => {
            foreign(&with, &[user, password])?;
            Reach::Ssh {
                host: ssh_host(needed(table.host, &reach_span, &with, "host")?)?,
                port: table.port.map(Spanned::into_inner),
                path: remote_folder(&needed(table.path, &reach_span, &with, "path")?)?,
                wp: program(table.wp)?,
            }
        }
    };
    let org = table.org.map(|org| known_org(&org, orgs)).transpose()?;
    let site = SiteConfig {
        name: SiteName::new(name(&table.name)?),
        url: address(&table.url)?,
        reach,
        org,
        staging: table.staging,
    };
    Ok((site, table.name.span()))
}

fn known_org(written: &Spanned<String>, orgs: &[OrgConfig]) -> Result<OrgName, Fault> {
    let text = written.get_ref();
    if let Some(org) = orgs.iter().find(|org| org.name.as_str() == text) {
        return Ok(org.name.clone());
    }
    let advice = match crate::model::nearest(text, orgs.iter().map(|org| org.name.as_str())) {
        Some(meant) => format!("did you mean {meant:?}?"),
        None => "add an [[org]] of that name, or leave the key out".to_owned(),
    };
    Err(Fault::new(written.span(), format!("no [[org]] is named {:?}", Clean::new(text).as_str()), advice))
}

fn span_of<T>(value: Option<&Spanned<T>>) -> Option<Range<usize>> {
    value.map(Spanned::span)
}

fn needed<T>(value: Option<Spanned<T>>, at: &Range<usize>, with: &str, key: &str) -> Result<Spanned<T>, Fault> {
    value.ok_or_else(|| Fault::new(at.clone(), format!("{with} needs {key:?}"), format!("add the key {key:?}")))
}

fn foreign(with: &str, others: &[(&str, Option<Range<usize>>)]) -> Result<(), Fault> {
    for (key, span) in others {
        if let Some(span) = span {
            return Err(Fault::new(span.clone(), format!("{key:?} says nothing with {with}"), "remove it"));
        }
    }
    Ok(())
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

fn loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
