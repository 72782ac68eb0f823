//! The one task that owns everything that changes: it waits for looks, operations, orders and times, folds what was
//! seen, has it kept, and lets pictures out. It never waits for a site or an org.

mod beforehand;
mod dry_run;
mod fields;
mod keeping;
mod looking;
mod orders;
pub(super) mod permitting;
mod planning;
mod refreshing;
mod revoking;
mod setting;
mod telling;
pub(super) mod trail;
mod undoing;
mod warming;
mod watching;

use super::authorizing::Authorizing;
use super::changing::Changing;
use super::describing::Describing;
use super::hook::Hook;
use super::identifying::Identifying;
use super::inquiring::{Inquiring, Means};
use super::known::Known;
use super::operating::Operating;
use super::outlet::Outlet;
use super::reach::Maker;
use super::revoking::Revoking;
use super::role::Role;
use super::told;
use super::{BackendError, Order, Parts, Polling, Round, Sight};
use crate::collector::{Collector, Due, Looked, Outcome, Start, Watch};
use crate::config::SiteConfig;
use crate::model::{Clock, Target};
use crate::operations::authorize::{Authorizer, Place};
use crate::operations::change::Changer;
use crate::operations::identify::Identifier;
use crate::operations::prove::Prover;
use crate::operations::revoke::Revoker;
use crate::protocol::{Command, Picture, Poll, Poller};
use crate::salesforce::Connections;
use crate::secrets::SecretError;
use crate::store::{LeaseKey, Memo, StoreError, StoreHandle, Writes};
use crate::wordpress::Http;
use chrono::{DateTime, TimeDelta, Utc};
use looking::Asked;
use permitting::Permitting;
use refreshing::Runs;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use watching::Watches;

/// The longest sleep: a host that slept, or a clock that was set, is noticed after this.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// What is to be done first of all.
pub(super) enum First {
    Order(Order),
    Command(Command),
}

/// A poll of everything that somebody waits for.
struct Once {
    answer: oneshot::Sender<Result<Round, BackendError>>,
    /// The last outcome of each target; an org may be looked at twice.
    outcomes: BTreeMap<Target, Outcome>,
    /// The first failure to keep what was seen.
    lost: Option<StoreError>,
    /// What the operator should read of it.
    notices: Vec<String>,
}

/// Everything that changes.
pub(super) struct Machine {
    store: StoreHandle,
    /// Word of others' writing, where the system tells.
    writes: Option<Writes>,
    holder: Arc<str>,
    clock: Clock,
    polling: Polling,
    keep: TimeDelta,
    known: Known,
    collector: Collector,
    operating: Operating,
    identifying: Identifying,
    authorizing: Authorizing,
    changing: Changing,
    inquiring: Inquiring,
    revoking: Revoking,
    describing: Describing,
    permitting: Permitting,
    watches: Watches,
    runs: Runs,
    role: Role,
    /// Who is told how sites' health changes.
    hook: Option<Hook>,
    /// How long one look may take.
    patience: TimeDelta,
    once: Option<Once>,
    asked: Vec<Asked>,
    outlet: Outlet,
    /// What is to be remembered of the configuration.
    memo: Option<Memo>,
    /// The revision up to which the store was read.
    revision: u64,
    last_at: Option<DateTime<Utc>>,
    /// What the clock showed last.
    last_now: DateTime<Utc>,
    pruned_at: Option<DateTime<Utc>>,
    /// The last complaint about the store, told once.
    complaint: Option<StoreError>,
}

impl Machine {
    pub(super) fn new(parts: Parts, outlet: Outlet) -> Result<Self, SecretError> {
        let Parts {
            config,
            secrets,
            fingerprint_key,
            store,
            clock,
            holder,
            state_dir,
            control_dir,
            polling,
            permits,
            auditing,
            file,
        } = parts;
        let maker = Maker {
            config: &config,
            secrets: &secrets,
            hidden: &config.secret_variables(),
            fingerprint_key: &fingerprint_key,
            control_dir: &control_dir,
            clock: &clock,
            http: &Http::default(),
            connections: &Connections::default(),
        };
        let (orgs, sites) = (maker.orgs()?, maker.sites()?);
        let holder: Arc<str> = holder.into();
        let timeout = config.poll.timeout;
        let prover = Prover { store: store.clone(), holder: Arc::clone(&holder), clock: clock.clone(), timeout };
        let identifier =
            Identifier { store: store.clone(), holder: Arc::clone(&holder), clock: clock.clone(), timeout };
        let authorizer =
            Authorizer { store: store.clone(), holder: Arc::clone(&holder), clock: clock.clone(), timeout };
        let changer = Changer { store: store.clone(), holder: Arc::clone(&holder), clock: clock.clone(), timeout };
        let means = Means {
            store: store.clone(),
            holder: Arc::clone(&holder),
            clock: clock.clone(),
            timeout,
            state_dir: state_dir.clone(),
        };
        let revoker = Revoker { store: store.clone(), holder: Arc::clone(&holder), clock: clock.clone(), timeout };
        let place = |site: &SiteConfig| {
            let place = Place { site: site.url.clone(), relay: config.fleet.relay.clone() };
            (site.name.clone(), place)
        };
        let places = config.sites.iter().map(place).collect();
        let agents = sites.iter().map(|(name, site)| (name.clone(), site.agent.clone())).collect();
        let writes = store.writes();
        let watch = Watch { store: store.clone(), holder: Arc::clone(&holder), clock: clock.clone(), timeout };
        Ok(Self {
            known: Known::new(config.settings()),
            collector: Collector::new(watch, config.poll.clone(), orgs, sites),
            operating: Operating::new(prover, agents),
            identifying: Identifying::new(identifier),
            authorizing: Authorizing::new(authorizer, places),
            changing: Changing::new(changer),
            inquiring: Inquiring::new(means),
            revoking: Revoking::new(revoker),
            describing: Describing::new(&store, &holder, &clock, timeout, state_dir),
            permitting: Permitting::new(permits, auditing, &config.fleet.name),
            watches: Watches::new(),
            runs: Runs::default(),
            role: Role::new(polling == Polling::Continuous, writes.is_some(), clock.now()),
            polling,
            keep: config.poll.keep,
            hook: Hook::of(&config),
            patience: TimeDelta::from_std(timeout).unwrap_or(TimeDelta::MAX),
            once: None,
            asked: Vec::new(),
            outlet,
            memo: file.map(|file| told::memo(file, &config)),
            revision: 0,
            last_at: None,
            last_now: clock.now(),
            pruned_at: None,
            complaint: None,
            store,
            writes,
            holder,
            clock,
        })
    }

    /// Runs until it is stopped.
    pub(super) async fn run(
        mut self,
        first: Option<First>,
        mut commands: mpsc::Receiver<Command>,
        mut orders: mpsc::Receiver<Order>,
        stop: CancellationToken,
    ) {
        self.load().await;
        self.resume_watches().await;
        match first {
            Some(First::Order(order)) => self.order(order).await,
            Some(First::Command(command)) => self.command(command).await,
            None => {}
        }
        loop {
            self.on_time().await;
            self.resume_later().await;
            self.look_on();
            self.collector.start_due(self.known.fleet(), self.due());
            self.operating.start(&mut self.collector);
            self.identifying.start(&mut self.collector, &self.known, self.clock.now());
            self.authorizing.start(&mut self.collector, &self.known, self.clock.now());
            let permits = &self.permitting.permits;
            self.changing.start(&mut self.collector, &self.known, permits, self.clock.now());
            self.inquiring.start(&mut self.collector, &self.known);
            self.revoking.start(&mut self.collector, &self.known, self.clock.now());
            self.describing.start(&mut self.collector, &self.known);
            while let Some((key, outcome)) = self.operating.refused() {
                self.operation_ended(key, outcome);
            }
            self.tell_changes().await;
            self.finish_once().await;
            self.finish_asked();
            let sleep_until = self.publish();
            let waits_for_word = self.role.waits_for_word(self.clock.now());
            tokio::select! {
                // Orders before commands: a screen's link is an order, made before its first command is sent, and the
                // answer to that command is for the link. What people ask for can not starve what follows.
                biased;
                () = stop.cancelled() => break,
                Some(order) = orders.recv() => self.order(order).await,
                Some(command) = commands.recv() => self.command(command).await,
                looked = self.collector.looked() => self.looked(looked).await,
                ended = self.identifying.ended() => self.identified(ended).await,
                ended = self.authorizing.ended() => self.authorized(ended).await,
                ended = self.changing.ended() => self.changed(ended).await,
                heard = self.inquiring.heard() => self.heard(heard),
                ended = self.revoking.ended() => self.revoked(ended).await,
                ended = self.describing.ended() => self.fields_read(ended),
                done = self.permitting.done() => self.permitted(done).await,
                (name, standing) = self.watches.standing() => self.stands(&name, standing),
                (key, proved) = self.operating.proved() => self.proved(key, proved).await,
                ended = telling::ended(self.hook.as_mut()) => self.hook_ended(ended).await,
                () = self.outlet.room() => self.outlet.pass_on(),
                () = word(self.writes.as_ref()), if waits_for_word => self.role.word(self.clock.now()),
                () = tokio::time::sleep_until(sleep_until) => {}
            }
        }
        self.stop().await;
    }

    /// Whether this process looks at what is due.
    fn polls(&self) -> bool {
        self.role.poller == Poller::Us
    }

    /// What is looked at. One poll has an end, however long it takes and however short the intervals are.
    fn due(&self) -> Due {
        match (self.polls(), self.polling) {
            (false, _) => Due::Asked,
            (true, Polling::Off) => Due::First,
            (true, Polling::Continuous) => Due::All,
        }
    }

    /// Does what the clock asks for.
    async fn on_time(&mut self) {
        let now = self.clock.now();
        if now < self.last_now {
            let rows = self.known.set_back(now);
            if self.polls() {
                self.keep_rows(rows).await;
            }
        }
        self.last_now = now;
        if self.role.asks_for_lease(now) {
            let polled = self.polls();
            let ours = self.lease_polling(now).await;
            self.role.leased(ours, now);
            if self.polls() && !polled {
                self.collector.begin(Start::GoOn, self.known.fleet()).await;
                self.keep_all_rows().await;
            }
        }
        if self.role.reads(now) {
            self.read_along().await;
            self.role.has_read(now);
        }
        if self.known.next_expiry().is_some_and(|until| until <= now) {
            let rows = self.known.expire(now);
            // Who reads along judges for its own eyes; who polls writes it down.
            if self.polls() {
                self.keep_rows(rows).await;
            }
        }
        if self.polls() {
            self.prune(now).await;
        }
    }

    /// Takes what a look brought, and whatever else is over by now: one folding for all that arrived together.
    async fn looked(&mut self, first: Looked) {
        let mut batch = vec![first];
        while let Some(looked) = self.collector.try_looked() {
            batch.push(looked);
        }
        self.read_along().await;
        let now = self.clock.now();
        let (mut seen, mut leases) = (Vec::new(), Vec::new());
        for looked in batch {
            if looked.outcome == Outcome::Answered {
                self.last_at = Some(now);
            }
            if looked.leased {
                leases.push(LeaseKey::Target(looked.target.clone()));
            }
            if let Some(once) = &mut self.once {
                once.outcomes.insert(looked.target.clone(), looked.outcome.clone());
            }
            self.note_look(&looked.target, &looked.outcome);
            seen.push((looked.target, looked.seen));
        }
        let records = self.known.take(seen, now);
        self.keep(records, leases).await;
    }

    /// Lets the newest picture out, if one may leave now. Answers until when nothing has to be done.
    fn publish(&mut self) -> Instant {
        if !self.outlet.is_free() {
            return self.outlet.free_at().unwrap_or_else(Instant::now);
        }
        let (rows, counts) = self.known.rows();
        let schedule = self.collector.schedule();
        let polls = self.polls();
        let poll = Poll {
            by: self.role.poller,
            last_at: self.last_at,
            next_at: schedule.next_at().filter(|_| polls),
            asked: schedule.looking().map(|(target, since)| (target.clone(), since)).collect(),
            waiting: if polls { schedule.unseen() } else { 0 },
        };
        let boards = self.known.boards();
        self.outlet.publish(Picture { rows, partial: false, counts, boards, poll });
        Instant::now() + self.sleep()
    }

    /// How long until the clock asks for something.
    fn sleep(&self) -> Duration {
        let looks = self.collector.wake_at().filter(|_| self.polls());
        let tries = self.hook.as_ref().filter(|_| self.polls() && self.once.is_none());
        let tries = tries.and_then(|hook| hook.wake_at(self.clock.now()));
        let times =
            [looks, self.known.next_expiry(), Some(self.role.wake_at()), tries, self.watches.wake_at(), self.late_at()];
        let Some(next) = times.into_iter().flatten().min() else { return LONGEST_SLEEP };
        // A millisecond more, so that the time has come when the timer has.
        let span = (next - self.clock.now()).to_std().unwrap_or_default() + Duration::from_millis(1);
        span.min(LONGEST_SLEEP)
    }

    /// Ends what is under way and gives every lease back.
    async fn stop(mut self) {
        let looking = self.collector.schedule().looking().map(|(target, _)| target.clone());
        let asking = self.operating.held().map(|site| Target::Site(site.clone()));
        let held = self.identifying.held().chain(self.authorizing.held());
        let held = held.chain(self.changing.held()).chain(self.revoking.held());
        let mut leases: Vec<LeaseKey> = looking.chain(asking).chain(held).map(LeaseKey::Target).collect();
        leases.push(LeaseKey::Poller);
        self.collector.stop().await;
        self.operating.stop().await;
        self.identifying.stop().await;
        self.authorizing.stop().await;
        self.changing.stop().await;
        self.inquiring.stop().await;
        self.revoking.stop().await;
        self.describing.stop().await;
        self.stop_telling().await;
        self.keep(Vec::new(), leases).await;
    }
}

/// Waits for word of writing; for ever where there is none.
pub(super) async fn word(writes: Option<&Writes>) {
    match writes {
        Some(writes) => writes.next().await,
        None => std::future::pending().await,
    }
}
