//! The calls that a site makes at Salesforce for one verb that writes: counted, noted as the site's, met by the org's faults, and
//! with at most one refresh where it is let.

use super::request::Request;
use crate::sim::faults::Fault;
use crate::sim::journal::Entry;
use crate::sim::state::Inner;
use crate::sim::switchboard::Part;
use crate::sim::world::play::Called;
use chrono::{DateTime, Utc};

/// What the agent says of an answer that the plugin would take for a success.
const NOT_SALESFORCES: &str = "The instance's address answered 200 with something that is not Salesforce's.";

/// Why a call brought nothing: the outcome, and the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stopped {
    pub(super) outcome: &'static str,
    pub(super) text: String,
}

impl Stopped {
    pub(super) fn new(outcome: &'static str, text: impl Into<String>) -> Self {
        Self { outcome, text: text.into() }
    }
}

/// One verb's calls.
pub(super) struct Errand<'a> {
    pub(super) inner: &'a mut Inner,
    pub(super) site: usize,
    pub(super) now: DateTime<Utc>,
    /// Requests made.
    pub(super) made: u32,
    /// Whether the one refresh was spent.
    pub(super) spent: bool,
    most: u32,
    may_refresh: bool,
}

impl<'a> Errand<'a> {
    pub(super) fn new(inner: &'a mut Inner, site: usize, request: &Request, now: DateTime<Utc>) -> Self {
        let may_refresh = request.arguments.may_refresh.unwrap_or(false);
        Self { inner, site, now, made: 0, spent: false, most: request.max_requests, may_refresh }
    }

    /// One call. An expired session is refreshed once and asked again, where that is let.
    pub(super) fn call(&mut self, kind: &'static str, path: &str) -> Result<(), Stopped> {
        self.step(kind, "GET", path)?;
        if let Some(stopped) = self.broken() {
            return Err(stopped);
        }
        match self.answered() {
            Called::Good => Ok(()),
            Called::Refused(text) => Err(Stopped::new("refused", text)),
            Called::Withheld if !self.may_refresh || self.spent => {
                Err(Stopped::new("withheld", "Error refreshing access token: refresh withheld"))
            }
            Called::Withheld => {
                self.step("refresh_token", "POST", "/services/oauth2/token")?;
                self.spent = true;
                let renewed = self.inner.world.renew(self.site, self.now);
                renewed.map_err(|not| Stopped::new(if not.refused { "refused" } else { "failed" }, not.text))?;
                self.step(kind, "GET", path)?;
                match self.answered() {
                    Called::Good => Ok(()),
                    Called::Withheld => Err(Stopped::new("withheld", "refresh withheld")),
                    Called::Refused(text) => Err(Stopped::new("refused", text)),
                }
            }
        }
    }

    /// Notes one request by the site, if the limit lets it leave.
    pub(super) fn step(&mut self, kind: &'static str, method: &str, path: &str) -> Result<(), Stopped> {
        if self.made >= self.most {
            return Err(Stopped::new("failed", format!("More than {} requests: stopped.", self.most)));
        }
        self.made += 1;
        let site = &self.inner.world.sites[self.site];
        let mut entry = Entry::new(self.now, kind, method, path);
        entry.client = "site";
        entry.site = Some(site.name.clone());
        entry.org = site.org.map(|org| self.inner.world.orgs[org].name.clone());
        self.inner.journal.note(entry);
        Ok(())
    }

    /// The session that the site has meets the org; what is answered well counts.
    fn answered(&mut self) -> Called {
        let called = self.inner.world.prove(self.site, self.now);
        if called == Called::Good {
            self.inner.journal.count_last();
        }
        called
    }

    /// What comes instead of the org's answer while it is broken.
    fn broken(&self) -> Option<Stopped> {
        let org = self.inner.world.sites[self.site].org?;
        let failed = |text: &str| Some(Stopped::new("failed", text));
        match self.inner.switchboard.fault(Part::Org(org), &self.inner.world) {
            Fault::None | Fault::Slow(_) => None,
            Fault::Html | Fault::Empty | Fault::Garbage | Fault::Huge | Fault::GzipBomb => failed(NOT_SALESFORCES),
            Fault::Dead => failed("cURL error 52: Empty reply from server"),
            Fault::Half => failed("cURL error 18: transfer closed with outstanding read data remaining"),
            Fault::Hanging => failed("cURL error 28: Operation timed out"),
            Fault::Redirect(_) => failed("Too many redirects"),
            Fault::Expired => failed("cURL error 60: SSL certificate problem: certificate has expired"),
            Fault::Status(401) => Some(Stopped::new("withheld", "Error refreshing access token: refresh withheld")),
            Fault::Status(403) => Some(Stopped::new("refused", "Forbidden - TotalRequests Limit exceeded.")),
            Fault::Status(503) => failed("Service Unavailable"),
            Fault::Status(_) => failed("Internal Server Error - An unexpected error occurred"),
        }
    }
}
