//! The doctor's rules: from what was looked at a moment ago to lines that say what is well, what is not, and what to do.
//!
//! Pure: what the machine shows is handed in as [`Machine`], what orgs and sites answered lies in the fleet. One file a
//! group. Uses `model` and this part's own verdicts.

mod cure;
mod machine;
mod org;
mod site;
#[cfg(test)]
mod tests;

pub use machine::{Machine, Mode, Poller, Program, Terminal, clock, machine};
pub use org::{OrgAsked, org};
pub use site::{SiteAsked, Way, site};

use crate::model::{Failure, Fleet};
use serde::Serialize;
use strum::Display;

/// How one thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Display)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Status {
    /// Well.
    Ok,
    /// Not asked; the text says why.
    Skip,
    /// Works, and something is lost or will be.
    Warn,
    /// Keeps fusebox or a site from working.
    Fail,
}

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Display)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Group {
    /// This host, fusebox's own files.
    Machine,
    /// A Salesforce org.
    Org,
    /// A WordPress site.
    Site,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What kind of thing it is about.
    pub group: Group,
    /// Which one: the name of an org or a site, or `this machine`.
    pub subject: String,
    /// What was looked at.
    pub check: &'static str,
    /// How it is.
    pub status: Status,
    /// What was found.
    pub text: String,
    /// What to do, where it is not well.
    pub advice: Option<String>,
}

/// How asking a target ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// With an answer.
    Answered,
    /// Without.
    Failed(Failure),
    /// It was not asked, and why.
    Not(String),
}

/// A clock that is further off is told, in seconds: the same bound as in the verdicts.
const CLOCK_SKEW_S: i64 = 60;

/// Seconds that the others' clocks are ahead of this host's: the middle one of the orgs that answered, whose clocks
/// Salesforce keeps, or of the sites where no org did. None where nobody answered.
pub fn host_offset<'a>(
    fleet: &Fleet,
    orgs: impl Iterator<Item = &'a crate::model::OrgName>,
    sites: impl Iterator<Item = &'a crate::model::SiteName>,
) -> Option<i64> {
    let mut orgs: Vec<i64> = orgs.filter_map(|name| Some(fleet.org(name)?.clock_offset_s)).collect();
    let mut sites: Vec<i64> = sites.filter_map(|name| Some(fleet.site(name)?.clock_offset_s)).collect();
    let offsets = if orgs.is_empty() { &mut sites } else { &mut orgs };
    offsets.sort_unstable();
    offsets.get(offsets.len() / 2).copied()
}

/// `5 s ahead of`, `300 s behind`.
fn off(seconds: i64) -> String {
    format!("{} s {}", seconds.unsigned_abs(), if seconds < 0 { "behind" } else { "ahead of" })
}

/// The lines of one subject while they are written.
struct Sheet {
    group: Group,
    subject: String,
    checks: Vec<Check>,
}

impl Sheet {
    fn new(group: Group, subject: impl Into<String>) -> Self {
        Self { group, subject: subject.into(), checks: Vec::new() }
    }

    fn put(&mut self, check: &'static str, status: Status, text: impl Into<String>, advice: Option<String>) {
        let (group, subject) = (self.group, self.subject.clone());
        self.checks.push(Check { group, subject, check, status, text: text.into(), advice });
    }

    fn ok(&mut self, check: &'static str, text: impl Into<String>) {
        self.put(check, Status::Ok, text, None);
    }

    fn skip(&mut self, check: &'static str, text: impl Into<String>) {
        self.put(check, Status::Skip, text, None);
    }

    fn warn(&mut self, check: &'static str, text: impl Into<String>, advice: impl Into<String>) {
        self.put(check, Status::Warn, text, Some(advice.into()));
    }

    fn fail(&mut self, check: &'static str, text: impl Into<String>, advice: impl Into<String>) {
        self.put(check, Status::Fail, text, Some(advice.into()));
    }
}
