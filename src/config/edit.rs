//! Adds orgs, adds, changes and removes sites in the file as a careful person would: comments, order and everything else stay, and what is
//! written can be read again.

mod org;

use super::error::ConfigError;
use super::{Config, FILE, Reach, SiteConfig};
use crate::model::{SecretRef, SiteName};
use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, TableLike, Value, value};

/// What a `[[site]]` may hold besides its name, in the order in which it is written.
pub(super) const SITE_KEYS: &[&str] =
    &["url", "reach", "user", "password", "host", "port", "path", "wp", "org", "staging", "group", "read_only"];

/// The file under change.
pub struct Edit {
    dir: PathBuf,
    path: PathBuf,
    document: DocumentMut,
}

impl Edit {
    /// Opens the file; one that is not there is empty. A file that could not be used is refused before it is changed.
    pub fn open(dir: &Path) -> Result<Self, ConfigError> {
        let path = dir.join(FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(source) => return Err(ConfigError::Read { path, source }),
        };
        Self::of(dir, &text)
    }

    /// Opens `text` as if it stood in the file of `dir`.
    pub(super) fn of(dir: &Path, text: &str) -> Result<Self, ConfigError> {
        let path = dir.join(FILE);
        Config::parse(dir, &path, text)?;
        let document = text.parse::<DocumentMut>().map_err(|error| ConfigError::Read {
            path: path.clone(),
            source: std::io::Error::new(ErrorKind::InvalidData, error.message().to_owned()),
        })?;
        Ok(Self { dir: dir.to_owned(), path, document })
    }

    /// Appends a site. Nothing is written yet.
    pub fn add(&mut self, site: &SiteConfig) -> Result<(), ConfigError> {
        self.add_all([site])
    }

    /// Appends sites; the file's names are read once for all of them. Nothing is written yet.
    pub fn add_all<'s>(&mut self, sites: impl IntoIterator<Item = &'s SiteConfig>) -> Result<(), ConfigError> {
        let mut known: HashSet<String> = self.names("site").into_iter().map(str::to_owned).collect();
        for site in sites {
            if !known.insert(site.name.to_string()) {
                return Err(ConfigError::SiteExists(site.name.to_string()));
            }
            self.push("site", site_table(site));
        }
        Ok(())
    }

    /// Appends a table to those of its kind, or after everything else.
    fn push(&mut self, kind: &str, mut table: Table) {
        // What stands after the last table is about that one, or about the file: the new one comes after it.
        let trailing = self.document.trailing().as_str().unwrap_or("").to_owned();
        self.document.set_trailing("");
        if !trailing.is_empty() || self.document.iter().next().is_some() {
            table.decor_mut().set_prefix(format!("{trailing}\n"));
        }
        let tables = self.document.entry(kind).or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
        match tables {
            Item::ArrayOfTables(tables) => tables.push(table),
            // `site = [{ ... }]` on one line is as good; tables of its own are what an operator reads.
            other => {
                let mut tables = std::mem::take(other).into_array_of_tables().unwrap_or_default();
                tables.push(table);
                *other = Item::ArrayOfTables(tables);
            }
        }
    }

    /// Changes each site that is the first of a pair into the second, key by key: what is equal stays as it is written. The
    /// name stays. Nothing is written yet.
    pub fn change_all<'s>(
        &mut self,
        pairs: impl IntoIterator<Item = (&'s SiteConfig, &'s SiteConfig)>,
    ) -> Result<(), ConfigError> {
        let names = self.names("site").into_iter().enumerate();
        let positions: HashMap<String, usize> = names.map(|(position, name)| (name.to_owned(), position)).collect();
        for (before, after) in pairs {
            let Some(position) = positions.get(before.name.as_str()) else {
                return Err(ConfigError::NoSuchSite { name: before.name.to_string(), nearest: None });
            };
            self.change(*position, before, after);
        }
        Ok(())
    }

    fn change(&mut self, position: usize, before: &SiteConfig, after: &SiteConfig) {
        let site = self.document.get_mut("site").and_then(|sites| match sites {
            Item::ArrayOfTables(sites) => sites.get_mut(position).map(|site| site as &mut dyn TableLike),
            other => other.as_array_mut()?.get_mut(position)?.as_inline_table_mut().map(|site| site as _),
        });
        let Some(site) = site else { return };
        for (key, value) in differences(before, after) {
            match (site.get_mut(key).and_then(Item::as_value_mut), value) {
                (_, None) => drop(site.remove(key)),
                (Some(written), Some(mut value)) => {
                    // A comment at the end of the line is about the key, whatever its value.
                    *value.decor_mut() = written.decor().clone();
                    *written = value;
                }
                (None, Some(value)) => drop(site.insert(key, Item::Value(value))),
            }
        }
    }

    /// Takes a site out. Nothing is written yet.
    pub fn remove(&mut self, name: &SiteName) -> Result<(), ConfigError> {
        let Some(position) = self.position(name) else {
            let nearest = crate::model::nearest(name.as_str(), self.names("site")).map(str::to_owned);
            return Err(ConfigError::NoSuchSite { name: name.to_string(), nearest });
        };
        match self.document.get_mut("site") {
            Some(Item::ArrayOfTables(sites)) => {
                let kept = sites.get(position).map(comment_of_others).unwrap_or_default();
                sites.remove(position);
                match sites.get_mut(position) {
                    Some(next) => prepend(next, &kept),
                    None => self.append(&kept),
                }
            }
            Some(other) => {
                if let Some(sites) = other.as_array_mut() {
                    sites.remove(position);
                }
            }
            None => {}
        }
        Ok(())
    }

    /// Checks the whole and writes it at once: a reader sees the old file or the new one. The mode stays.
    pub fn save(self) -> Result<Config, ConfigError> {
        let text = self.text();
        let config = Config::parse(&self.dir, &self.path, &text)?;
        write(&self.dir, &self.path, &text).map_err(|source| ConfigError::Write { path: self.path.clone(), source })?;
        Ok(config)
    }

    /// The whole file, as it would be written.
    pub(super) fn text(&self) -> String {
        self.document.to_string()
    }

    /// Puts text after the last table.
    fn append(&mut self, text: &str) {
        let trailing = self.document.trailing().as_str().unwrap_or("").to_owned();
        self.document.set_trailing(format!("{}{trailing}", text.trim_end_matches('\n')));
    }

    fn names(&self, kind: &str) -> Vec<&str> {
        let Some(sites) = self.document.get(kind) else { return Vec::new() };
        match sites {
            Item::ArrayOfTables(sites) => {
                sites.iter().map(|site| site.get("name").and_then(Item::as_str).unwrap_or("")).collect()
            }
            other => other
                .as_array()
                .into_iter()
                .flatten()
                .map(|site| site.as_inline_table().and_then(|site| site.get("name")?.as_str()).unwrap_or(""))
                .collect(),
        }
    }

    fn position(&self, name: &SiteName) -> Option<usize> {
        self.names("site").into_iter().position(|known| known == name.as_str())
    }
}

/// What stands before a table and is not about it: all up to the last empty line, if a comment is in it.
fn comment_of_others(table: &Table) -> String {
    let prefix = table.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or("");
    match prefix.rfind("\n\n") {
        Some(end) if prefix[..end].contains('#') => prefix[..=end].to_owned(),
        _ => String::new(),
    }
}

fn prepend(table: &mut Table, text: &str) {
    let prefix = table.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or("").to_owned();
    table.decor_mut().set_prefix(format!("{text}{prefix}"));
}

/// The keys whose values differ, the name left out, with the values that they get.
fn differences(before: &SiteConfig, after: &SiteConfig) -> Vec<(&'static str, Option<Value>)> {
    let (before, mut after) = (site_table(before), site_table(after));
    let plain = |table: &Table, key: &str| table.get(key).map(|item| item.to_string().trim().to_owned());
    let differing = SITE_KEYS.iter().filter(|key| plain(&before, key) != plain(&after, key)).collect::<Vec<_>>();
    differing.into_iter().map(|key| (*key, after.remove(key).and_then(|item| item.into_value().ok()))).collect()
}

pub(super) fn site_table(site: &SiteConfig) -> Table {
    let mut table = Table::new();
    table.insert("name", value(site.name.as_str()));
    table.insert("url", value(site.shown_url().as_str()));
    match &site.reach {
        Reach::Rest { user, password } => {
            table.insert("reach", value("rest"));
            table.insert("user", value(user));
            table.insert("password", place(password));
        }
        Reach::Local { path, wp } => {
            table.insert("reach", value("local"));
            table.insert("path", value(path.display().to_string()));
            insert_wp(&mut table, wp);
        }
        Reach::Ssh { host, port, path, wp } => {
            table.insert("reach", value("ssh"));
            table.insert("host", value(host));
            if let Some(port) = port {
                table.insert("port", value(i64::from(*port)));
            }
            table.insert("path", value(path));
            insert_wp(&mut table, wp);
        }
    }
    if let Some(org) = &site.org {
        table.insert("org", value(org.as_str()));
    }
    if site.staging {
        table.insert("staging", value(true));
    }
    if let Some(group) = &site.group {
        table.insert("group", value(group));
    }
    if site.read_only {
        table.insert("read_only", value(true));
    }
    table
}

/// The place of a secret, as it is read.
fn place(place: &SecretRef) -> Item {
    match place {
        SecretRef::Command(command) => {
            let words: Array = command.words().iter().collect();
            value(InlineTable::from_iter([("command", words)]))
        }
        other => value(other.to_string()),
    }
}

fn insert_wp(table: &mut Table, wp: &str) {
    if wp != "wp" {
        table.insert("wp", value(wp));
    }
}

fn write(dir: &Path, path: &Path, text: &str) -> std::io::Result<()> {
    fs::create_dir_all(dir)?;
    // The file behind a link is replaced, not the link.
    let path = match fs::canonicalize(path) {
        Ok(real) => real,
        Err(error) if error.kind() == ErrorKind::NotFound => path.to_owned(),
        Err(error) => return Err(error),
    };
    let temporary = path.with_extension(format!("toml.{}.new", std::process::id()));
    let written = write_beside(&temporary, &path, text);
    if written.is_err() {
        // The first error is what matters; a file left behind is named by it.
        let _ = fs::remove_file(&temporary);
    }
    written
}

fn write_beside(temporary: &Path, path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = File::create_new(temporary)?;
    if let Ok(metadata) = fs::metadata(path) {
        file.set_permissions(metadata.permissions())?;
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(temporary, path)
}
