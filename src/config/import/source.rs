//! What was read: sites as they are told, what had to be left out, and the groups that aliases form.

use super::{Format, MOST};
use std::collections::{BTreeMap, BTreeSet};

/// A source as it was read, before it is held against a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What it is written in.
    pub format: Format,
    /// The sites, in the source's order.
    pub entries: Vec<Entry>,
    /// What is no site that fusebox could reach.
    pub left_out: Vec<LeftOut>,
    /// What should be known beside it.
    pub notes: Vec<String>,
    pub(super) groups: BTreeMap<String, Group>,
}

/// One site as the source tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name, unchecked; empty where the source gives none.
    pub name: String,
    /// Where it stands, from 1.
    pub line: usize,
    /// The keys of a `[[site]]` with what is told for them, unchecked. An empty value says that there is none; a key that
    /// is not here was not told.
    pub told: BTreeMap<&'static str, String>,
}

/// Something of the source that does not come into the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// What it is called there.
    pub name: String,
    /// Where it stands, from 1.
    pub line: usize,
    /// Why.
    pub reason: String,
    /// What to do.
    pub advice: String,
    /// Its address as it is told, if it is: what the configuration has of it is not gone from the source.
    pub(super) url: String,
}

/// Aliases under one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) line: usize,
    pub(super) members: Vec<String>,
}

/// Why nothing is taken from a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where, from 1, if it is at one place.
    pub line: Option<usize>,
    /// What is wrong. Never a value that may be a secret.
    pub what: String,
    /// What to do.
    pub advice: String,
}

impl Fault {
    pub(super) fn at(line: usize, what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { line: Some(line), ..Self::whole(what, advice) }
    }

    pub(super) fn whole(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { line: None, what: what.into(), advice: advice.into() }
    }
}

/// No alias and no group has the name that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoGroup {
    /// One that is nearly the same, with its `@`.
    pub nearest: Option<String>,
}

impl Source {
    pub(super) fn new(format: Format) -> Self {
        Self { format, entries: Vec::new(), left_out: Vec::new(), notes: Vec::new(), groups: BTreeMap::new() }
    }

    pub(super) fn push(&mut self, entry: Entry) -> Result<(), Fault> {
        if self.entries.len() == MOST {
            return Err(Fault::at(entry.line, format!("more than {MOST} sites"), "import them in parts"));
        }
        self.entries.push(entry);
        Ok(())
    }

    pub(super) fn leave_out(&mut self, name: &str, line: usize, reason: impl Into<String>, advice: impl Into<String>) {
        let (reason, advice) = (reason.into(), advice.into());
        self.left_out.push(LeftOut { name: name.to_owned(), line, reason, advice, url: String::new() });
    }

    /// Keeps the members of one group, also those of the groups in it; or one alias. `@` in front may be left out, and
    /// `all` is everything. A member that is not there is left out, and told.
    pub fn only(&mut self, name: &str) -> Result<(), NoGroup> {
        let wanted = name.strip_prefix('@').unwrap_or(name);
        if wanted == "all" {
            return Ok(());
        }
        let aliases: BTreeSet<String> = self.names().map(str::to_owned).collect();
        if !aliases.contains(wanted) && !self.groups.contains_key(wanted) {
            let known = aliases.iter().chain(self.groups.keys());
            return Err(NoGroup { nearest: crate::model::nearest(wanted, known).map(|name| format!("@{name}")) });
        }
        let (mut kept, mut todo) = (BTreeSet::new(), vec![wanted.to_owned()]);
        let mut missing = Vec::new();
        while let Some(name) = todo.pop() {
            // Groups may name each other in a ring: each is opened once.
            if !kept.insert(name.clone()) {
                continue;
            }
            let Some(group) = self.groups.get(&name) else { continue };
            for member in &group.members {
                if member == "all" {
                    return Ok(());
                }
                if aliases.contains(member) || self.groups.contains_key(member) {
                    todo.push(member.clone());
                } else {
                    missing.push((member.clone(), group.line, name.clone()));
                }
            }
        }
        self.entries.retain(|entry| kept.contains(&entry.name));
        self.left_out.retain(|out| kept.contains(&out.name));
        for (member, line, group) in missing {
            let reason = format!("the group @{group} names it, and no alias has that name");
            self.leave_out(&member, line, reason, "take it out of the group, or add the alias");
        }
        Ok(())
    }

    /// The names of all that is told, what was left out too.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let entries = self.entries.iter().map(|entry| entry.name.as_str());
        entries.chain(self.left_out.iter().map(|out| out.name.as_str()))
    }
}
