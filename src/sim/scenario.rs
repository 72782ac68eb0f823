//! Scenario files: which orgs, with which terms, and which sites, each with its story. Data in, a [`World`] out.
//!
//! Pure: the same text, seed and time give the same world. `build` puts the world together, `setup` tells what happened
//! to each site before the clock starts, `names` hands out names.

mod build;
mod irregular;
mod names;
mod setup;

use super::story::Story;
use super::world::World;
use super::world::data::Features;
use super::world::org::{Period, Policy, Rights, Unit};
use chrono::{DateTime, Utc};
use serde::Deserialize;

/// A scenario as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    /// How many sites there are in all, healthy ones filling up what the list leaves.
    sites: usize,
    /// Orgs made up in addition to the listed ones.
    #[serde(default)]
    generated_orgs: usize,
    #[serde(default)]
    org: Vec<OrgEntry>,
    #[serde(default)]
    site: Vec<SiteEntry>,
    #[serde(default)]
    mix: Vec<MixEntry>,
    irregular: Option<Irregular>,
}

/// `[irregular]`: all sites but the listed ones are of that kind, in orgs made up for them.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Irregular {
    /// Sites for each of the orgs.
    sites_per_org: usize,
    /// Each `stranger_every`th approval is of a site that fusebox is not told of.
    stranger_every: usize,
    /// Each `clone_every`th token is held by a copy as well.
    clone_every: usize,
}

/// One `[[org]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "a table of a file, with its switches")]
struct OrgEntry {
    name: String,
    title: String,
    #[serde(default = "enterprise")]
    edition: String,
    #[serde(default)]
    sandbox: bool,
    #[serde(default = "four")]
    slot_limit: usize,
    #[serde(default = "daily_allocation")]
    api_max: u64,
    #[serde(default = "third")]
    api_used_percent: u64,
    #[serde(default)]
    app: AppEntry,
    #[serde(default)]
    admin_approved_only: bool,
    #[serde(default)]
    policy: PolicyEntry,
    #[serde(default)]
    rotation: bool,
    /// Whether the publisher's 30-day idle cap is on.
    #[serde(default)]
    idle_cap: bool,
    /// Whether healthy sites may be put here.
    #[serde(default)]
    fill: bool,
    /// How many approvals of WP Fusion's app there are beside those of the fleet's sites: of sites that nobody knows.
    #[serde(default)]
    crowd: usize,
    /// Whether its users hold approvals of other apps too.
    #[serde(default)]
    other_apps: bool,
    #[serde(default)]
    rights: Rights,
    /// What is switched on there.
    #[serde(default)]
    features: Features,
}

fn enterprise() -> String {
    "Enterprise Edition".to_owned()
}

fn four() -> usize {
    4
}

/// An Enterprise org's 100,000 and 1,000 for each of thirteen licences.
fn daily_allocation() -> u64 {
    113_000
}

fn third() -> u64 {
    33
}

/// How an org stands to WP Fusion's app.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum AppEntry {
    #[default]
    Installed,
    /// Never installed: approvals live, the app has no row.
    NotInstalled,
    /// Uninstalled: no row, and every approval gone.
    Uninstalled,
    Blocked,
}

/// `"until_revoked"`, `"immediately"`, `{ idle = 30, unit = "days" }` or `{ lifetime = 90, unit = "days" }`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum PolicyEntry {
    Plain(PlainPolicy),
    Idle { idle: u32, unit: Unit },
    Lifetime { lifetime: u32, unit: Unit },
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum PlainPolicy {
    UntilRevoked,
    Immediately,
}

impl Default for PolicyEntry {
    fn default() -> Self {
        Self::Plain(PlainPolicy::UntilRevoked)
    }
}

impl From<PolicyEntry> for Policy {
    fn from(entry: PolicyEntry) -> Self {
        match entry {
            PolicyEntry::Plain(PlainPolicy::UntilRevoked) => Self::UntilRevoked,
            PolicyEntry::Plain(PlainPolicy::Immediately) => Self::Immediately,
            PolicyEntry::Idle { idle, unit } => Self::Idle(Period { n: idle, unit }),
            PolicyEntry::Lifetime { lifetime, unit } => Self::Lifetime(Period { n: lifetime, unit }),
        }
    }
}

/// One `[[site]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SiteEntry {
    story: Story,
    org: Option<String>,
    /// The Salesforce user; one of its own, without it.
    user: Option<String>,
    /// A name for `copy_of` of another entry.
    key: Option<String>,
    /// The entry that this site is a copy of.
    copy_of: Option<String>,
}

/// One `[[mix]]`: each `every`th of the sites that fill up is no healthy one.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MixEntry {
    story: Story,
    every: usize,
}

/// Why there is no such scenario.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScenarioError {
    /// No scenario of this name.
    #[error("there is no scenario {0:?}: take agency, clean, crowded, large, score or slots")]
    Unknown(String),
    /// The file is not of the form.
    #[error("the scenario's file: {0}")]
    Form(#[from] toml::de::Error),
    /// The file contradicts itself.
    #[error("the scenario's file: {0}")]
    Contradiction(String),
}

/// Plays a scenario from its beginning up to `now`. `sites`, where given, replaces the file's number of sites; the listed
/// ones are always there.
pub(crate) fn world(name: &str, seed: u64, sites: Option<usize>, now: DateTime<Utc>) -> Result<World, ScenarioError> {
    let text = match name {
        "agency" => include_str!("scenarios/agency.toml"),
        "clean" => include_str!("scenarios/clean.toml"),
        "crowded" => include_str!("scenarios/crowded.toml"),
        "slots" => include_str!("scenarios/slots.toml"),
        "large" => include_str!("scenarios/large.toml"),
        "score" => include_str!("scenarios/score.toml"),
        _ => return Err(ScenarioError::Unknown(name.to_owned())),
    };
    let mut scenario: Scenario = toml::from_str(text)?;
    if let Some(sites) = sites {
        scenario.sites = sites;
    }
    if let Some(terms) = scenario.irregular {
        scenario.generated_orgs = scenario.sites.div_ceil(terms.sites_per_org.max(1));
    }
    build::build(&scenario, seed, now)
}

#[cfg(test)]
mod tests;
