//! `prove`: one call by the site with the session it has, refresh withheld. Of the class look: nothing is spent, nothing
//! is written, so read-only admits it and the audit does not hold it.

use crate::model::{Clock, Failure, FailureClass, ProveOutcome, SiteName, Target};
use crate::store::{LeaseKey, StoreHandle};
use crate::wordpress::Agent;
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Arc;
use std::time::Duration;

/// How long the lease outlives the call, if the process dies.
const LEASE_OUTLIVES: TimeDelta = TimeDelta::seconds(10);

/// What proving needs.
#[derive(Clone)]
pub struct Prover {
    /// Where leases are kept.
    pub store: StoreHandle,
    /// Who takes them.
    pub holder: Arc<str>,
    /// The host's clock.
    pub clock: Clock,
    /// After which a call is given up.
    pub timeout: Duration,
}

/// Why a site could not be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProveError {
    /// Another process is at it.
    #[error("another process is at {0}; try again in a moment")]
    Busy(SiteName),
    /// The configuration does not name it.
    #[error("no site named {0} is in the configuration")]
    NotConfigured(SiteName),
    /// The site did not answer, or refused.
    #[error("{0}")]
    Failed(#[from] Failure),
}

/// What came of asking.
#[derive(Debug)]
pub struct Proved {
    /// Which site.
    pub site: SiteName,
    /// When it was asked.
    pub at: DateTime<Utc>,
    /// What came of it.
    pub result: Result<ProveOutcome, ProveError>,
    /// Whether a lease was taken, to be given back when the outcome is kept.
    pub leased: bool,
}

impl Prover {
    /// What came of a call that broke down on our own side. Its lease may have been taken.
    pub fn broken(&self, site: SiteName, why: &str) -> Proved {
        let failure = Failure::new(FailureClass::BadRequest, format!("the call itself failed: {why}"));
        Proved { site, at: self.clock.now(), result: Err(failure.into()), leased: true }
    }

    /// Lets one site prove itself, under the site's lease.
    pub async fn prove(self, site: SiteName, agent: Result<Arc<Agent>, Failure>) -> Proved {
        let at = self.clock.now();
        let agent = match agent {
            Ok(agent) => agent,
            Err(failure) => return Proved { site, at, result: Err(failure.into()), leased: false },
        };
        let span = TimeDelta::from_std(self.timeout.saturating_mul(2)).unwrap_or(TimeDelta::hours(1));
        let (key, holder) = (LeaseKey::Target(Target::Site(site.clone())), Arc::clone(&self.holder));
        let until = at + span + LEASE_OUTLIVES;
        let leased = match self.store.call(move |store| store.lease(&key, &holder, at, until)).await {
            Ok(true) => true,
            Ok(false) => return Proved { result: Err(ProveError::Busy(site.clone())), site, at, leased: false },
            // As with looks: a store that fails does not keep an operator from asking.
            Err(_) => false,
        };
        let asked = tokio::time::timeout(self.timeout + Duration::from_millis(500), agent.prove()).await;
        let result = asked.unwrap_or_else(|_| {
            let text = format!("no answer within {}", humantime::format_duration(self.timeout));
            Err(Failure::new(FailureClass::Timeout, text))
        });
        Proved { site, at, result: result.map_err(ProveError::from), leased }
    }
}
