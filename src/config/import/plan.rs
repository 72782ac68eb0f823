//! What a source changes in a configuration, before anything is changed. A site is known by its name, else by its
//! address: an agency that added it under its host finds it again under its alias.

use super::source::{Entry, Source};
use crate::config::edit::{Edit, SITE_KEYS, site_table};
use crate::config::{Config, ConfigError, SiteConfig, check};
use crate::model::{OrgName, SiteName};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use toml_edit::{Item as TomlItem, Table, value};
use url::Url;

/// The keys that belong to one way in and mean nothing, or something else, with another.
const KEYS_OF_A_WAY: &[&str] = &["user", "password", "host", "port", "path", "wp"];

/// What the operator asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// The org of all sites of the source, whatever it tells.
    pub org: Option<OrgName>,
    /// Whether sites that differ are made as the source tells them.
    pub update: bool,
    /// Whether sites that the source does not have are taken out.
    pub prune: bool,
}

/// All that would happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// By line of the source.
    pub items: Vec<Item>,
    /// Sites of the configuration that the source does not have, where it was asked for them.
    pub removed: Vec<SiteName>,
    /// What should be known beside it.
    pub notes: Vec<String>,
    update: bool,
}

/// What becomes of one thing that the source tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its name in the configuration, or what it is called in the source where it does not come there.
    pub name: String,
    /// Where it stands in the source, from 1.
    pub line: usize,
    /// What becomes of it.
    pub what: What,
}

/// What becomes of a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// It is new.
    Add(Box<SiteConfig>),
    /// It is there and differs.
    Change {
        /// As it is.
        before: Box<SiteConfig>,
        /// As the source tells it.
        after: Box<SiteConfig>,
        /// In what they differ.
        changes: Vec<Change>,
    },
    /// It is there and is the same.
    Equal,
    /// It does not come into the configuration.
    LeaveOut {
        /// Why.
        reason: String,
        /// What to do.
        advice: String,
    },
}

/// One key that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// As in `[[site]]`.
    pub key: &'static str,
    /// What it is, if it is there.
    pub from: Option<String>,
    /// What it becomes, if it stays.
    pub to: Option<String>,
}

impl Plan {
    /// Holds `source` against `config`.
    pub fn make(source: Source, config: &Config, terms: &Terms) -> Self {
        let mut planner = Planner::new(config, terms);
        let known: BTreeSet<String> = source.names().map(str::to_owned).collect();
        let mut items: Vec<Item> = source.entries.iter().map(|entry| planner.item(entry)).collect();
        let unreached: BTreeSet<String> = source.left_out.iter().filter_map(|out| place(&address(&out.url))).collect();
        items.extend(source.left_out.into_iter().map(|out| Item {
            name: out.name,
            line: out.line,
            what: What::LeaveOut { reason: out.reason, advice: out.advice },
        }));
        items.sort_by_key(|item| item.line);
        let gone = |site: &&SiteConfig| {
            let told = known.contains(site.name.as_str()) || unreached.contains(&place_of(&site.url));
            !told && !planner.met.contains_key(&site.name)
        };
        let removed = config.sites.iter().filter(gone).filter(|_| terms.prune).map(|site| site.name.clone()).collect();
        let mut notes = source.notes;
        notes.extend(planner.http_note());
        Self { items, removed, notes, update: terms.update }
    }

    /// Puts it into the file, and tells whether that changes it. Nothing is written yet.
    pub fn apply(&self, edit: &mut Edit) -> Result<bool, ConfigError> {
        let (mut added, mut changed) = (Vec::new(), Vec::new());
        for item in &self.items {
            match &item.what {
                What::Add(site) => added.push(&**site),
                What::Change { before, after, .. } if self.update => changed.push((&**before, &**after)),
                _ => {}
            }
        }
        let anything = !(added.is_empty() && changed.is_empty() && self.removed.is_empty());
        edit.change_all(changed)?;
        edit.add_all(added)?;
        self.removed.iter().try_for_each(|site| edit.remove(site))?;
        Ok(anything)
    }
}

struct Planner<'c> {
    config: &'c Config,
    terms: &'c Terms,
    by_name: HashMap<&'c str, &'c SiteConfig>,
    by_place: HashMap<String, &'c SiteConfig>,
    /// What the source told so far, with its lines.
    names: HashMap<String, usize>,
    places: HashMap<String, (String, usize)>,
    /// Sites of the configuration that the source has.
    met: BTreeMap<SiteName, usize>,
    /// Lines whose http:// became https://.
    http: Vec<usize>,
}

impl<'c> Planner<'c> {
    fn new(config: &'c Config, terms: &'c Terms) -> Self {
        let by_name = config.sites.iter().map(|site| (site.name.as_str(), site)).collect();
        // Of two sites with one address the first is the one that is found again.
        let by_place = config.sites.iter().rev().map(|site| (place_of(&site.url), site)).collect();
        let (names, places) = (HashMap::new(), HashMap::new());
        Self { config, terms, by_name, by_place, names, places, met: BTreeMap::new(), http: Vec::new() }
    }

    fn item(&mut self, entry: &Entry) -> Item {
        let url = address(entry.told.get("url").map_or("", String::as_str));
        let place = place(&url);
        let name = match (entry.name.as_str(), &place) {
            ("", Some(place)) => place.clone(),
            ("", None) => format!("unnamed-{}", entry.line),
            (name, _) => name.to_owned(),
        };
        let known = self.by_name.get(name.as_str()).or_else(|| self.by_place.get(place.as_ref()?)).copied();
        let what = match self.told_twice(&name, place.as_ref(), entry.line, known) {
            Some(twice) => twice,
            None => self.what(entry, &name, url, known),
        };
        let name = match (&what, known) {
            (What::Change { .. } | What::Equal, Some(known)) => known.name.to_string(),
            _ => name,
        };
        Item { name, line: entry.line, what }
    }

    /// Whether another line, or another site of the configuration, is this site already.
    fn told_twice(
        &mut self,
        name: &str,
        place: Option<&String>,
        line: usize,
        known: Option<&SiteConfig>,
    ) -> Option<What> {
        let twice = |reason: String, advice: &str| Some(What::LeaveOut { reason, advice: advice.to_owned() });
        if let Some(first) = self.names.get(name) {
            return twice(
                format!("a second site is named {name:?}; the first is on line {first}"),
                "rename one of them",
            );
        }
        self.names.insert(name.to_owned(), line);
        if let Some(place) = place {
            if let Some((first, at)) = self.places.get(place) {
                return twice(
                    format!("{first:?} on line {at} has the same address"),
                    "take one of them out: one address is one site",
                );
            }
            self.places.insert(place.clone(), (name.to_owned(), line));
            let other = self.by_place.get(place).filter(|other| known.is_some_and(|known| known.name != other.name));
            if let Some(other) = other {
                return twice(
                    format!("{:?} of the configuration has the same address", other.name.as_str()),
                    "take one of them out: one address is one site",
                );
            }
        }
        let known = known?;
        match self.met.insert(known.name.clone(), line) {
            Some(first) => twice(
                format!("it would be {:?} of the configuration, which is already line {first}", known.name.as_str()),
                "rename one of them",
            ),
            None => None,
        }
    }

    fn what(&mut self, entry: &Entry, name: &str, url: String, known: Option<&SiteConfig>) -> What {
        let table = self.table(entry, name, url, known);
        let site = match check::lone_site(&table.to_string(), self.config) {
            Ok(site) => site,
            Err(fault) => {
                return What::LeaveOut { reason: fault.what, advice: fault.advice.unwrap_or_default() };
            }
        };
        let Some(before) = known else { return What::Add(Box::new(site)) };
        let changes = changes(before, &site);
        if changes.is_empty() {
            return What::Equal;
        }
        What::Change { before: Box::new(before.clone()), after: Box::new(site), changes }
    }

    /// The site as it would stand in the file: what is told, over what is there.
    fn table(&mut self, entry: &Entry, name: &str, url: String, known: Option<&SiteConfig>) -> Table {
        let mut table = known.map(site_table).unwrap_or_default();
        let reach = entry.told.get("reach").map_or("", String::as_str);
        if table.get("reach").and_then(TomlItem::as_str) != Some(reach) {
            for key in KEYS_OF_A_WAY {
                table.remove(key);
            }
        }
        for (key, told) in &entry.told {
            match (*key, told.as_str()) {
                ("url", _) => {}
                (key, "") => drop(table.remove(key)),
                ("port", told) => drop(table.insert("port", value(told.parse().unwrap_or(0_i64)))),
                ("staging", told) => drop(table.insert("staging", value(told == "true"))),
                (key, told) => drop(table.insert(key, value(told))),
            }
        }
        if known.is_none() {
            table.insert("name", value(name));
        }
        let url = match known.filter(|known| place(&url).as_deref() == Some(&place_of(&known.url))) {
            // The scheme and a slash at the end make no other site.
            Some(known) => known.shown_url().to_string(),
            None => self.secure(url, reach, entry.line),
        };
        table.insert("url", value(url));
        if reach == "rest" && !table.contains_key("password") {
            let store = table.get("name").and_then(TomlItem::as_str).unwrap_or(name);
            table.insert("password", value(format!("store:{store}")));
        }
        if let Some(org) = &self.terms.org {
            table.insert("org", value(org.as_str()));
        }
        table
    }

    /// WP-CLI picks a site by host and path: an http:// that nobody has touched for years is no reason to leave it out.
    fn secure(&mut self, url: String, reach: &str, line: usize) -> String {
        match url.strip_prefix("http://") {
            Some(rest) if reach != "rest" && !check::is_loopback(&url) => {
                self.http.push(line);
                format!("https://{rest}")
            }
            _ => url,
        }
    }

    fn http_note(&self) -> Option<String> {
        let (first, more) = (self.http.first()?, self.http.len() - 1);
        let lines = if more == 0 { format!("line {first}") } else { format!("line {first} and {more} more") };
        Some(format!("http:// of {lines} is kept as https://: the site is found by its host and path"))
    }
}

/// What is told, as an address: WP-CLI takes a host alone, too.
pub(super) fn address(told: &str) -> String {
    if told.is_empty() || told.contains("://") { told.to_owned() } else { format!("https://{told}") }
}

/// Host, port and path: what makes two addresses one site.
pub(super) fn place(url: &str) -> Option<String> {
    Url::parse(url).ok().filter(Url::has_host).map(|url| place_of(&url))
}

fn place_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default().trim_end_matches('.');
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{host}{port}{}", url.path().trim_end_matches('/'))
}

fn changes(before: &SiteConfig, after: &SiteConfig) -> Vec<Change> {
    let (before, after) = (site_table(before), site_table(after));
    let told = |table: &Table, key: &str| {
        let item = table.get(key)?;
        Some(item.as_str().map_or_else(|| item.to_string().trim().to_owned(), str::to_owned))
    };
    let change = |key: &&'static str| Change { key, from: told(&before, key), to: told(&after, key) };
    SITE_KEYS.iter().map(change).filter(|change| change.from != change.to).collect()
}
