//! Looks at what is due, as many at once as are admitted. Owns the schedule, the budgets and the looks under way; keeps
//! nothing of what was seen, which its owner folds and stores.

use super::budgets::Budgets;
use super::history::Asked;
use super::look::{self, Looked, OrgReach, Outcome, SiteReach, Watch};
use super::proof::Before;
use super::schedule::{Plan, Schedule};
use crate::config::PollConfig;
use crate::model::{Failure, FailureClass, Fleet, OrgId, OrgName, OrgState, SiteName, Target, UserId};
use crate::salesforce::{Ask, KnownApprovals};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;
use tokio::task::{Id, JoinSet};

/// How long a long list of approvals may be kept up to date by what changed, before it is read whole again.
const WHOLE_EVERY: TimeDelta = TimeDelta::hours(1);

/// How a poll begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Everything is due now.
    Anew,
    /// What was seen an interval ago or less keeps its time.
    GoOn,
}

/// What is started of all that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// All of it.
    All,
    /// What had no look since the poll began, and what somebody asked for.
    First,
    /// What somebody asked for.
    Asked,
}

/// Looks at orgs and sites.
pub struct Collector {
    watch: Watch,
    poll: PollConfig,
    orgs: BTreeMap<OrgName, OrgReach>,
    sites: BTreeMap<SiteName, SiteReach>,
    schedule: Schedule,
    budgets: Budgets,
    histories: Asked,
    looks: JoinSet<Looked>,
    /// Whose look each task is, in case it panics.
    targets: HashMap<Id, Target>,
}

impl Collector {
    /// A collector that has not begun.
    pub fn new(
        watch: Watch,
        poll: PollConfig,
        orgs: BTreeMap<OrgName, OrgReach>,
        sites: BTreeMap<SiteName, SiteReach>,
    ) -> Self {
        let now = watch.clock.now();
        let budgets = Budgets::new(poll.api_share);
        Self {
            schedule: Schedule::new(plans(&poll, &orgs, &sites, |_| now), poll.at_once, now),
            watch,
            poll,
            orgs,
            sites,
            budgets,
            histories: Asked::default(),
            looks: JoinSet::new(),
            targets: HashMap::new(),
        }
    }

    /// Begins a poll: sets every target's first time. Looks under way are ended, and are due again.
    pub async fn begin(&mut self, start: Start, fleet: &Fleet) {
        self.stop().await;
        let now = self.watch.clock.now();
        fleet.orgs().for_each(|org| self.budgets.remember(org, now));
        let due = |target: &Target| match start {
            Start::Anew => now,
            Start::GoOn => {
                let seen_at = seen_at(fleet, target).filter(|at| *at <= now);
                seen_at.map_or(now, |at| at + interval(&self.poll, target))
            }
        };
        let plans: Vec<Plan> = plans(&self.poll, &self.orgs, &self.sites, due).collect();
        self.schedule = Schedule::new(plans, self.poll.at_once, now);
    }

    /// Starts what is due and has a place.
    pub fn start_due(&mut self, fleet: &Fleet, due: Due) {
        loop {
            let now = self.watch.clock.now();
            let started = match due {
                Due::All => self.schedule.start(now),
                Due::First => self.schedule.start_first(now),
                Due::Asked => self.schedule.start_asked(now),
            };
            let Some(target) = started else { return };
            // The schedule is made of these two maps, so nothing is started that is in neither.
            let task = match &target {
                Target::Org(name) => {
                    let Some((reach, ask)) = self.org_ask(fleet, name, now) else { continue };
                    let interval = delta(self.poll.evidence_interval);
                    let history = self.histories.next(fleet, name, interval, now);
                    let (watch, budgets) = (self.watch.clone(), self.budgets.clone());
                    self.looks.spawn(look::org(watch, budgets, name.clone(), reach, (ask, history)))
                }
                Target::Site(name) => {
                    let Some(reach) = self.sites.get(name).cloned() else { continue };
                    let before = Before::of(fleet.site(name), delta(self.poll.proof_interval), now);
                    let (watch, budgets) = (self.watch.clone(), self.budgets.clone());
                    self.looks.spawn(look::site(watch, budgets, name.clone(), reach, before))
                }
            };
            self.targets.insert(task.id(), target);
        }
    }

    /// The next look that is over. Waits for ever while none is under way; loses nothing when it is dropped.
    pub async fn looked(&mut self) -> Looked {
        let Some(joined) = self.looks.join_next_with_id().await else { return std::future::pending().await };
        self.ended(joined)
    }

    /// A look that is over already, if any.
    pub fn try_looked(&mut self) -> Option<Looked> {
        let joined = self.looks.try_join_next_with_id()?;
        Some(self.ended(joined))
    }

    fn ended(&mut self, joined: Result<(Id, Looked), tokio::task::JoinError>) -> Looked {
        let now = self.watch.clock.now();
        let looked = match joined {
            Ok((id, looked)) => {
                self.targets.remove(&id);
                looked
            }
            Err(error) => {
                // A bug of ours costs its own target alone. A task that is not ours can not be in the set.
                let target = self.targets.remove(&error.id()).unwrap_or_else(|| Target::Site(SiteName::new("?")));
                let failure = Failure::new(FailureClass::BadRequest, format!("the look itself failed: {error}"));
                Looked::failed(target, now, failure, true)
            }
        };
        match &looked.outcome {
            Outcome::Answered => self.schedule.done(&looked.target, None, now),
            Outcome::Failed(failure) => self.schedule.done(&looked.target, Some(failure), now),
            Outcome::Postponed { until, .. } => self.schedule.postpone(&looked.target, *until, now),
        }
        looked
    }

    /// Looks at `target` as soon as there is a place.
    pub fn request(&mut self, target: &Target) {
        self.schedule.request(target, self.watch.clock.now());
    }

    /// Takes a target out for an operation, see [`Schedule::hold`].
    pub fn hold(&mut self, target: &Target) -> bool {
        self.schedule.hold(target)
    }

    /// Gives a target back, with one call counted against the org that the site named, if it is named.
    pub fn release(&mut self, target: &Target, org: Option<&OrgId>) {
        self.budgets.charge_site(org);
        self.schedule.release(target, self.watch.clock.now());
    }

    /// Counts calls of an org that an operation made.
    pub fn charge(&self, org: &OrgName, calls: u32) {
        self.budgets.settle_asked(org, calls);
    }

    /// The way to a site.
    pub fn site_reach(&self, site: &SiteName) -> Option<&SiteReach> {
        self.sites.get(site)
    }

    /// The way to an org.
    pub fn org_reach(&self, name: &OrgName) -> Option<&OrgReach> {
        self.orgs.get(name)
    }

    /// The way to an org, and what a look at it asks for now.
    pub fn org_ask(&self, fleet: &Fleet, name: &OrgName, now: DateTime<Utc>) -> Option<(OrgReach, Ask)> {
        let reach = self.orgs.get(name)?.clone();
        let users = users_named(fleet, fleet.org(name));
        let short_list = fleet.org(name).is_some_and(lists_nobody);
        let known = fleet.org(name).and_then(|org| known_approvals(org, now));
        let ask = Ask { app: reach.app.clone(), users, short_list, known };
        Some((reach, ask))
    }

    /// When [`Collector::start_due`] is to be called if nothing happens before.
    pub fn wake_at(&self) -> Option<DateTime<Utc>> {
        self.schedule.wake_at()
    }

    /// The schedule, for those who show it.
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// Whether everything had its look and nobody asked for another.
    pub fn is_quiet(&self) -> bool {
        self.schedule.is_quiet()
    }

    /// Ends the looks under way. What they would have seen is not seen.
    pub async fn stop(&mut self) {
        self.looks.shutdown().await;
        self.targets.clear();
    }
}

/// Users whom the sites of an org name: they are looked up even when they hold no approval any more.
fn users_named(fleet: &Fleet, org: Option<&OrgState>) -> BTreeSet<UserId> {
    let ids = org.into_iter().filter_map(OrgState::id);
    let connections = ids.flat_map(|id| fleet.sites_in(id)).filter_map(|site| site.last_connection.as_ref());
    connections.filter_map(|seen| seen.value.user.clone()).collect()
}

/// The approvals that an org listed, where they were all of them and the org itself was asked for within
/// [`WHOLE_EVERY`]: a look for what changed does not ask for it, nor for users who hold an approval and do not move.
fn known_approvals(org: &OrgState, now: DateTime<Utc>) -> Option<KnownApprovals> {
    let whole_at = org.organization.as_ref()?.seen_at;
    let is_recent = (whole_at..whole_at + WHOLE_EVERY).contains(&now);
    let approvals = org.approvals.values().flat_map(|rows| rows.value.iter().cloned());
    let id = org.id().filter(|_| is_recent && org.lists_all_approvals())?;
    Some(KnownApprovals { org: id.clone(), approvals: approvals.collect() })
}

/// Whether the last look at an org listed no approval, or was not allowed to list any.
fn lists_nobody(org: &OrgState) -> bool {
    org.coverage.as_ref().is_some_and(|seen| seen.value.refused().is_some() || org.holders().next().is_none())
}

fn plans<'a>(
    poll: &PollConfig,
    orgs: &'a BTreeMap<OrgName, OrgReach>,
    sites: &'a BTreeMap<SiteName, SiteReach>,
    due: impl Fn(&Target) -> DateTime<Utc>,
) -> impl Iterator<Item = Plan> {
    let orgs = orgs.keys().map(|name| (Target::Org(name.clone()), None));
    let sites = sites.iter().map(|(name, reach)| (Target::Site(name.clone()), reach.lane.clone()));
    let poll = poll.clone();
    orgs.chain(sites).map(move |(target, lane)| {
        let due = due(&target);
        Plan { interval: interval(&poll, &target), target, lane, due }
    })
}

fn interval(poll: &PollConfig, target: &Target) -> TimeDelta {
    match target {
        Target::Org(_) => delta(poll.org_interval),
        Target::Site(_) => delta(poll.site_interval),
    }
}

/// When a target was last looked at, with or without an answer.
fn seen_at(fleet: &Fleet, target: &Target) -> Option<DateTime<Utc>> {
    match target {
        Target::Org(name) => fleet.org(name)?.reach.as_ref().map(|reach| reach.seen_at),
        Target::Site(name) => fleet.site(name)?.reach.as_ref().map(|reach| reach.seen_at),
    }
}

fn delta(duration: Duration) -> TimeDelta {
    TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX)
}
