//! What every role of the simulator shares: the world, the log of requests, the faults, and the clock that drives them.

use super::clock::SimClock;
use super::journal::Journal;
use super::salesforce::paging::Cursors;
use super::switchboard::Switchboard;
use super::traffic::Traffic;
use super::world::World;
use chrono::{DateTime, Utc};
use fastrand::Rng;
use std::sync::{Mutex, PoisonError};

/// Where everything listens. Origins have no path and no slash at the end.
#[derive(Clone, Debug, Default)]
pub(super) struct Origins {
    pub(super) login: String,
    /// By the org's place in the world.
    pub(super) orgs: Vec<String>,
    pub(super) sites: String,
    /// Where nothing listens.
    pub(super) gone: String,
    /// Another host, where nobody has business.
    pub(super) elsewhere: String,
    /// The sites again, under a certificate that is past its date; where TLS is spoken.
    pub(super) expired: Option<String>,
}

/// What the authorize page is answered with in advance, so that no browser is needed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Consent {
    /// Nothing: the page asks.
    #[default]
    Ask,
    /// Yes, as this user, or as the one that the request hints at.
    Allow(Option<String>),
    /// No.
    Deny,
}

/// The other name of an origin on the same port.
fn moved(origin: &str) -> String {
    let (scheme, authority) = origin.split_once("://").unwrap_or(("http", origin));
    let port = authority.rsplit(':').next().unwrap_or_default();
    format!("{scheme}://localhost:{port}")
}

/// The parts that change.
#[derive(Debug)]
pub(super) struct Inner {
    pub(super) world: World,
    pub(super) journal: Journal,
    pub(super) switchboard: Switchboard,
    pub(super) cursors: Cursors,
    pub(super) consent: Consent,
    /// Tokens of fusebox's own sessions come from here.
    pub(super) rng: Rng,
}

/// Everything, shared between the listeners.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) origins: Origins,
    pub(super) admin_token: String,
    /// The public half of the key that fusebox signs its assertions with, in PEM.
    pub(super) public_key: Vec<u8>,
    pub(super) clock: SimClock,
    pub(super) traffic: Traffic,
    inner: Mutex<Inner>,
}

impl Shared {
    /// Where an org's API is now. A moved org answers to `localhost`, and to its address no more.
    pub(super) fn instance(&self, world: &World, org: usize) -> String {
        let origin = &self.origins.orgs[org];
        if world.orgs[org].moved { moved(origin) } else { origin.clone() }
    }

    /// Puts the parts together.
    pub(super) fn new(
        origins: Origins,
        admin_token: String,
        public_key: Vec<u8>,
        clock: SimClock,
        inner: Inner,
    ) -> Self {
        let traffic = Traffic::default();
        Self { origins, admin_token, public_key, clock, traffic, inner: Mutex::new(inner) }
    }

    /// Brings the world to the present and works on it. Nothing waits in here.
    pub(super) fn with<R>(&self, work: impl FnOnce(&mut Inner, DateTime<Utc>) -> R) -> R {
        // What a panicking request left half done is still the best world there is.
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now().max(inner.world.now);
        inner.world.advance_to(now);
        work(&mut inner, now)
    }
}
