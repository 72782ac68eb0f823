//! The model behind the simulator: orgs, approvals, sessions, and sites that behave as WP Fusion does.
//!
//! Pure: no I/O, no async, time as an argument, one seed. Uses `model`'s ids and nothing else of ours.

pub(crate) mod call;
pub(crate) mod connect;
pub(crate) mod consent;
pub(crate) mod consumer;
pub(crate) mod data;
pub(crate) mod history;
pub(crate) mod incident;
pub(crate) mod org;
pub(crate) mod play;
pub(crate) mod plugin;
pub(crate) mod records;
pub(crate) mod refresh;
pub(crate) mod revoke;
pub(crate) mod schedule;
pub(crate) mod server;
pub(crate) mod site;
pub(crate) mod truth;

use chrono::{DateTime, TimeDelta, Utc};
use org::Org;
use site::Site;
use std::collections::HashMap;

/// A session lapses this long after its last use (Salesforce's default for an org).
pub(crate) const SESSION_LIFE: TimeDelta = TimeDelta::hours(2);

/// The second step of every story begins when the clock stands this far from the start.
pub(crate) const STEP: TimeDelta = TimeDelta::hours(2);

/// All orgs and all sites at one moment.
#[derive(Clone, Debug)]
pub(crate) struct World {
    /// The moment.
    pub(crate) now: DateTime<Utc>,
    /// When the simulator started.
    pub(crate) started_at: DateTime<Utc>,
    /// The consumer key of WP Fusion's app, the same in every org.
    pub(crate) app_client_id: String,
    /// Its consumer secret.
    pub(crate) app_client_secret: String,
    /// Whether a user's consent fills a slot before the code is exchanged, so that what is abandoned half way costs one.
    pub(crate) consent_fills_slot: bool,
    /// The orgs.
    pub(crate) orgs: Vec<Org>,
    /// The sites.
    pub(crate) sites: Vec<Site>,
    /// Every refresh token ever given, and whose it is.
    tokens: HashMap<String, Token>,
    /// Every authorization code ever given.
    codes: HashMap<String, consent::Code>,
    /// The sites' places by name.
    names: HashMap<String, usize>,
    /// Nothing happens by itself before this.
    next_due: DateTime<Utc>,
}

/// Where a refresh token leads.
#[derive(Clone, Copy, Debug)]
struct Token {
    org: usize,
    approval: usize,
}

impl World {
    /// A world without orgs and sites.
    pub(crate) fn new(started_at: DateTime<Utc>, app_client_id: String, app_client_secret: String) -> Self {
        Self {
            now: DateTime::<Utc>::MIN_UTC,
            started_at,
            app_client_id,
            app_client_secret,
            consent_fills_slot: true,
            orgs: Vec::new(),
            sites: Vec::new(),
            tokens: HashMap::new(),
            codes: HashMap::new(),
            names: HashMap::new(),
            next_due: DateTime::<Utc>::MIN_UTC,
        }
    }

    /// Which step the stories are in: 0 at the start, 1 from two hours on.
    pub(crate) fn step(&self) -> usize {
        usize::from(self.now >= self.started_at + STEP)
    }

    /// Adds a site.
    pub(crate) fn add_site(&mut self, site: Site) -> usize {
        let index = self.sites.len();
        self.names.insert(site.name.clone(), index);
        self.sites.push(site);
        index
    }

    /// The site of this name.
    pub(crate) fn site_named(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }

    /// The org of this name.
    pub(crate) fn org_named(&self, name: &str) -> Option<usize> {
        self.orgs.iter().position(|org| org.name == name)
    }
}

#[cfg(test)]
mod tests;
