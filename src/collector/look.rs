//! One look at one target: lease, budget, question, and what was seen. A failure is something seen.

use super::budget::Purpose;
use super::budgets::Budgets;
use super::entrance::Entrance;
use super::history::Due;
use super::proof::Before;
use crate::model::org::steady_offset;
use crate::model::{
    Clean, Clock, Fact, Failure, FailureClass, HistoryRead, Observation, OrgName, OrgPicture, Permitted, ProveOutcome,
    SiteName, Target,
};
use crate::salesforce::{Ask, AskHistory, Client};
use crate::store::{LeaseKey, StoreHandle};
use crate::wordpress::Agent;
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Arc;
use std::time::Duration;

/// Transports bound their own requests and tell better what hung; a whole look gets this much more before it is cut.
const GRACE: Duration = Duration::from_millis(500);

/// How long a lease outlives the look it is for, if the process dies.
const LEASE_OUTLIVES: TimeDelta = TimeDelta::seconds(10);

/// The way to an org.
#[derive(Clone)]
pub struct OrgReach {
    /// The client, or why there is none.
    pub client: Entrance<Client>,
    /// WP Fusion's app there.
    pub app: Clean,
}

/// The way to a site.
#[derive(Clone)]
pub struct SiteReach {
    /// The agent, or why there is none.
    pub agent: Entrance<Agent>,
    /// Whether the operator marked it as staging.
    pub staging: bool,
    /// What it shares with other sites, of whom two at most are asked at once.
    pub lane: Option<String>,
}

/// What every look needs.
#[derive(Clone)]
pub struct Watch {
    /// Where leases are kept.
    pub store: StoreHandle,
    /// Who takes them.
    pub holder: Arc<str>,
    /// The host's clock.
    pub clock: Clock,
    /// After which a look is given up.
    pub timeout: Duration,
}

/// What came of one look.
#[derive(Debug)]
pub struct Looked {
    /// At what.
    pub target: Target,
    /// What was seen.
    pub seen: Seen,
    /// How it ended.
    pub outcome: Outcome,
    /// Whether a lease was taken, to be given back when what was seen is kept.
    pub leased: bool,
}

/// What was seen, to be folded.
#[derive(Debug)]
pub enum Seen {
    /// Nothing.
    Nothing,
    /// Of a site, or a failure.
    Observations(Vec<Observation>),
    /// Of an org; what it means depends on what was known before.
    Org(DateTime<Utc>, Box<OrgPicture>),
}

/// How a look ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With an answer.
    Answered,
    /// Without.
    Failed(Failure),
    /// It was not made.
    Postponed {
        /// To be tried again then.
        until: DateTime<Utc>,
        /// Why.
        why: String,
    },
}

impl Looked {
    fn postponed(target: Target, until: DateTime<Utc>, why: impl Into<String>, leased: bool) -> Self {
        Self { target, seen: Seen::Nothing, outcome: Outcome::Postponed { until, why: why.into() }, leased }
    }

    pub(super) fn failed(target: Target, at: DateTime<Utc>, failure: Failure, leased: bool) -> Self {
        let seen = Observation { target: target.clone(), at, fact: Fact::Failed(failure.clone()) };
        Self { target, seen: Seen::Observations(vec![seen]), outcome: Outcome::Failed(failure), leased }
    }
}

impl Watch {
    /// What stands before every look: there is a way to the target, and no other process is at it. Where one of them is
    /// not so, that is how the look ended.
    async fn begin<T>(&self, target: &Target, way: Result<T, Failure>) -> Result<(T, Begun), Box<Looked>> {
        let way = way.map_err(|failure| Box::new(Looked::failed(target.clone(), self.clock.now(), failure, false)))?;
        let lease = self.lease(target).await;
        let at = self.clock.now();
        if lease == Lease::Anothers {
            let until = at + ANOTHERS;
            return Err(Box::new(Looked::postponed(target.clone(), until, "another process is at it", false)));
        }
        Ok((way, Begun { at, leased: lease == Lease::Ours }))
    }

    /// Takes the target's lease. A store that fails does not blind us: looks are harmless, and the failure is told
    /// when what was seen can not be kept.
    async fn lease(&self, target: &Target) -> Lease {
        let now = self.clock.now();
        let looks = TimeDelta::from_std(self.timeout.saturating_mul(3)).unwrap_or(TimeDelta::hours(1));
        let until = now + looks + LEASE_OUTLIVES;
        let (key, holder) = (LeaseKey::Target(target.clone()), Arc::clone(&self.holder));
        match self.store.call(move |store| store.lease(&key, &holder, now, until)).await {
            Ok(true) => Lease::Ours,
            Ok(false) => Lease::Anothers,
            Err(_) => Lease::Unknown,
        }
    }

    async fn bounded<T>(&self, look: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let whole = self.timeout + GRACE;
        tokio::time::timeout(whole, look).await.unwrap_or_else(|_| {
            let text = format!("no answer within {}", humantime::format_duration(self.timeout));
            Err(Failure::new(FailureClass::Timeout, text))
        })
    }
}

/// A look that may be made.
struct Begun {
    /// Since when.
    at: DateTime<Utc>,
    /// Whether a lease was taken for it.
    leased: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Lease {
    Ours,
    Anothers,
    Unknown,
}

/// How long to leave a target alone that another process is at.
const ANOTHERS: TimeDelta = TimeDelta::seconds(5);

/// Looks at an org, and reads its history where that is due.
pub(super) async fn org(
    watch: Watch,
    budgets: Budgets,
    name: OrgName,
    reach: OrgReach,
    (ask, history): (Ask, Option<Due>),
) -> Looked {
    let target = Target::Org(name.clone());
    let (client, Begun { at, leased }) = match watch.begin(&target, reach.client.get().await).await {
        Ok(begun) => begun,
        Err(ended) => return *ended,
    };
    if let Err(until) = budgets.admit(&name, Purpose::Look, at) {
        let why = "fusebox's share of the org's API calls is used up (api_share), or the org's own nearly is";
        return Looked::postponed(target, until, why, leased);
    }
    match Box::pin(watch.bounded(client.look(&ask))).await {
        Ok(mut looked) => {
            budgets.settle(&name, looked.api_calls);
            if let Some(organization) = looked.picture.organization.as_ref().and_then(Permitted::seen) {
                budgets.learn_id(&name, &organization.id);
            }
            if let Some(usage) = looked.api_usage.or(looked.picture.api_usage.seen().copied()) {
                budgets.learn(&name, usage, watch.clock.now());
            }
            if let Some(due) = history {
                let ask = due.ask(&ask.app, &ask.users, &looked.picture, at);
                looked.picture.history = read_history(&watch, &budgets, &name, &client, &ask).await;
            }
            Looked { target, seen: Seen::Org(at, Box::new(looked.picture)), outcome: Outcome::Answered, leased }
        }
        Err(failure) => Looked::failed(target, at, failure, leased),
    }
}

/// Reads an org's history. The org answered a moment ago, and what it does not tell now is asked for again in its time: the
/// look stands without it.
async fn read_history(
    watch: &Watch,
    budgets: &Budgets,
    name: &OrgName,
    client: &Client,
    ask: &AskHistory,
) -> Option<HistoryRead> {
    if !budgets.admit_history(name, watch.clock.now()) {
        return None;
    }
    let read = watch.bounded(client.history(ask)).await.ok()?;
    budgets.settle_history(name, read.api_calls);
    if let Some(usage) = read.api_usage {
        budgets.learn(name, usage, watch.clock.now());
    }
    Some(read.history)
}

/// Looks at a site, and lets it prove itself where that is due.
pub(super) async fn site(watch: Watch, budgets: Budgets, name: SiteName, reach: SiteReach, before: Before) -> Looked {
    let target = Target::Site(name);
    let (agent, Begun { at, leased }) = match watch.begin(&target, reach.agent.get().await).await {
        Ok(begun) => begun,
        Err(ended) => return *ended,
    };
    let looked = match watch.bounded(Box::pin(agent.look())).await {
        Ok(looked) => looked,
        Err(failure) => return Looked::failed(target, at, failure, leased),
    };
    let seen = |at, fact| Observation { target: target.clone(), at, fact };
    let asks = before.asks(&looked.status, reach.staging);
    let org = looked.status.connection.as_ref().and_then(|connection| connection.org.clone());
    let mut observations = vec![
        seen(at, Fact::Answered { clock_offset_s: steady_offset(looked.clock_offset_s) }),
        seen(at, Fact::Status(Box::new(looked.status))),
        seen(at, Fact::Log(looked.log)),
    ];
    let proved_at = watch.clock.now();
    if asks && budgets.admit_site(org.as_ref(), before.purpose, proved_at) {
        // The site answered a moment ago: a call that fails now is the call's failure, not the site's.
        let outcome = watch.bounded(Box::pin(agent.prove())).await;
        let outcome = outcome.unwrap_or_else(|failure| ProveOutcome::Failed { text: failure.text });
        observations.push(seen(proved_at, Fact::Prove(outcome)));
    }
    Looked { target, seen: Seen::Observations(observations), outcome: Outcome::Answered, leased }
}
