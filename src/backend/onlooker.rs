//! The machinery of a console that only shows what is known: lines as the store has them, each verdict judged again by
//! its neighbourhood when its time is over, and no fleet in memory. The first order to look at something makes it the
//! whole machinery.

use super::machine::{First, Machine};
use super::outlet::Outlet;
use super::role::Role;
use super::told::Told;
use super::{Auditing, Order, Parts, Rows};
use crate::diagnosis;
use crate::model::row::Counts;
use crate::model::{Clock, Fleet, OrgBoard, OrgName, Settings, SiteDetail, SiteName, SiteRow};
use crate::protocol::{Command, Event, Picture};
use crate::store::{Store, StoreError, StoreHandle, Writes};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Verdicts judged again at once: their neighbourhoods are in memory together.
const AT_ONCE: usize = 64;

/// How far ahead of now a line may be before it tells that the clock was set back since.
const AHEAD: TimeDelta = TimeDelta::minutes(1);

/// Reads the configuration and the secrets, when they are needed. Blocks.
pub(super) type Whole = Arc<dyn Fn() -> Result<Parts, String> + Send + Sync>;

/// What a process that looks at nothing has in memory.
pub(super) struct Onlooker {
    store: StoreHandle,
    writes: Option<Writes>,
    clock: Clock,
    outlet: Outlet,
    auditing: Auditing,
    whole: Whole,
    /// Without the terms of sites.
    settings: Arc<Settings>,
    /// By name.
    rows: Vec<Arc<SiteRow>>,
    expiries: BTreeSet<(DateTime<Utc>, usize)>,
    boards: BTreeMap<OrgName, Arc<OrgBoard>>,
    /// What changed since the last picture.
    changed: bool,
    revision: u64,
    role: Role,
    last_now: DateTime<Utc>,
    complaint: Option<StoreError>,
}

/// How a turn of the loop ended.
enum Turn {
    Done,
    /// This needs the whole machinery.
    Grow(Option<First>),
    Stop,
}

impl Onlooker {
    pub(super) fn new(
        told: &Told,
        store: StoreHandle,
        clock: Clock,
        outlet: Outlet,
        (auditing, whole): (Auditing, Whole),
    ) -> Self {
        let writes = store.writes();
        let now = clock.now();
        Self {
            role: Role::new(false, writes.is_some(), now),
            settings: Arc::new(told.settings()),
            rows: Vec::new(),
            expiries: BTreeSet::new(),
            boards: BTreeMap::new(),
            changed: false,
            revision: 0,
            last_now: now,
            complaint: None,
            store,
            writes,
            clock,
            outlet,
            auditing,
            whole,
        }
    }

    /// Runs until it is stopped, as the whole machinery from when that is needed on.
    pub(super) async fn run(
        mut self,
        mut commands: mpsc::Receiver<Command>,
        mut orders: mpsc::Receiver<Order>,
        stop: CancellationToken,
    ) {
        self.load().await;
        loop {
            match self.turn(&mut commands, &mut orders, &stop).await {
                Turn::Done => {}
                Turn::Stop => return,
                Turn::Grow(first) => match self.grow().await {
                    Ok(parts) => match Machine::new(parts, self.outlet) {
                        Ok(machine) => return machine.run(first, commands, orders, stop).await,
                        // The console goes with its machinery: a secret that others may read stops everything.
                        Err(_) => return,
                    },
                    Err(why) => self.outlet.tell(Event::Notice(why)),
                },
            }
        }
    }

    async fn turn(
        &mut self,
        commands: &mut mpsc::Receiver<Command>,
        orders: &mut mpsc::Receiver<Order>,
        stop: &CancellationToken,
    ) -> Turn {
        let now = self.clock.now();
        if now < self.last_now - AHEAD {
            self.last_now = now;
            return Turn::Grow(None);
        }
        self.last_now = now;
        if self.role.reads(now) {
            self.read_along().await;
            self.role.has_read(now);
        }
        let more = self.expire(now).await;
        let sleep_until = if more { Instant::now() } else { self.publish() };
        let waits_for_word = self.role.waits_for_word(now);
        tokio::select! {
            biased;
            () = stop.cancelled() => return Turn::Stop,
            Some(order) = orders.recv() => match order {
                Order::Listen(listener) => self.outlet.listen(listener),
                order => return Turn::Grow(Some(First::Order(order))),
            },
            Some(command) = commands.recv() => match command {
                Command::Describe(site) => self.describe(site).await,
                Command::Ledger(org) => self.ledger(org).await,
                Command::Trail => self.trail().await,
                Command::Pause(_) => {}
                command => return Turn::Grow(Some(First::Command(command))),
            },
            () = self.outlet.room() => self.outlet.pass_on(),
            () = super::machine::word(self.writes.as_ref()), if waits_for_word => self.role.word(self.clock.now()),
            () = tokio::time::sleep_until(sleep_until) => {}
        }
        Turn::Done
    }

    /// Takes all lines and boards.
    async fn load(&mut self) {
        let all = self.store.call(|store| Ok((store.revision()?, store.rows()?, store.boards()?))).await;
        let Some((revision, rows, boards)) = self.told(all) else { return };
        self.revision = revision;
        // A clock that was set back since: only the whole fleet can be told.
        let ahead = self.clock.now() + AHEAD;
        if rows.items.iter().any(|row| row.observed_at.is_some_and(|at| at > ahead)) {
            self.last_now = DateTime::<Utc>::MAX_UTC;
        }
        let valid = |(i, row): (usize, &Arc<SiteRow>)| row.valid_until.map(|until| (until, i));
        self.expiries = rows.items.iter().enumerate().filter_map(valid).collect();
        self.rows = rows.items;
        self.boards = boards.items.into_iter().map(|board| (board.name.clone(), Arc::new(board))).collect();
        self.changed = true;
    }

    /// Takes what other processes wrote since, as they judged it.
    async fn read_along(&mut self) {
        let revision = self.revision;
        let changes = self.store.call(move |store| {
            // Most of the time nobody wrote, and one number says so.
            if store.revision()? == revision { Ok(None) } else { store.changes_since(revision).map(Some) }
        });
        let changes = changes.await;
        let Some(Some(changes)) = self.told(changes) else { return };
        self.revision = changes.revision;
        for board in changes.boards.items {
            self.boards.insert(board.name.clone(), Arc::new(board));
            self.changed = true;
        }
        for row in changes.rows.items {
            // A site that the configuration did not name when this process began is not shown.
            if let Some(i) = self.place(&row.name) {
                let url = self.rows[i].url.clone();
                self.put(i, SiteRow { url, ..Arc::unwrap_or_clone(row) });
            }
        }
    }

    /// Judges again some of those whose verdict held until now. Answers whether there are more.
    async fn expire(&mut self, now: DateTime<Utc>) -> bool {
        let mut due: Vec<usize> =
            self.expiries.iter().take_while(|(until, _)| *until <= now).map(|(_, i)| *i).collect();
        if due.is_empty() {
            return false;
        }
        // Those of one org together: its state is read once for all.
        due.sort_by(|a, b| (&self.rows[*a].org, a).cmp(&(&self.rows[*b].org, b)));
        let more = due.len() > AT_ONCE;
        due.truncate(AT_ONCE);
        let sites: Vec<SiteName> = due.iter().map(|i| self.rows[*i].name.clone()).collect();
        let settings = Arc::clone(&self.settings);
        let judged = self.store.call(move |store| {
            let (fleet, settings) = near(store, &settings, &sites)?;
            Ok(sites.iter().map(|site| diagnosis::judge(&fleet, &settings, site, now).row).collect::<Vec<_>>())
        });
        let judged = judged.await;
        let Some(rows) = self.told(judged) else {
            // The store fails: what is shown stays, and is tried again in a while.
            for i in due {
                self.hold(i, now + TimeDelta::minutes(1));
            }
            return false;
        };
        for (i, mut row) in due.into_iter().zip(rows) {
            // A verdict that has no future is asked for again a moment later, not at once and for ever.
            row.valid_until = row.valid_until.map(|until| until.max(now + TimeDelta::seconds(1)));
            self.put(i, row);
        }
        more
    }

    /// Reads the audit; whoever scrolls meanwhile is told a moment later.
    async fn trail(&mut self) {
        let auditing = Arc::clone(&self.auditing);
        if let Ok(trail) = tokio::task::spawn_blocking(move || super::machine::trail::read(auditing())).await {
            self.outlet.tell(Event::Trail(Arc::new(trail)));
        }
    }

    async fn describe(&mut self, site: SiteName) {
        let detail = match self.place(&site) {
            Some(_) => {
                let (settings, now, name) = (Arc::clone(&self.settings), self.clock.now(), site.clone());
                let detail = self.store.call(move |store| {
                    let (fleet, settings) = near(store, &settings, std::slice::from_ref(&name))?;
                    Ok::<SiteDetail, _>(diagnosis::detail(&fleet, &settings, &name, now))
                });
                let detail = detail.await;
                self.told(detail)
            }
            None => None,
        };
        self.outlet.tell(Event::Detail(site, detail.map(Box::new)));
    }

    async fn ledger(&mut self, org: OrgName) {
        let ledger = match self.settings.orgs.get_key_value(&org) {
            Some((name, terms)) => {
                let mine = self.rows.iter().filter(|row| row.org.as_ref() == Some(name));
                let sites: Vec<SiteName> = mine.map(|row| row.name.clone()).collect();
                let (settings, now, name, terms) =
                    (Arc::clone(&self.settings), self.clock.now(), name.clone(), terms.clone());
                let ledger = self.store.call(move |store| {
                    let (mut fleet, mut settings) = near(store, &settings, &sites)?;
                    // An org whose sites are not known yet may list approvals all the same.
                    if fleet.org(&name).is_none()
                        && let Some(state) = store.org_state(&name)?
                    {
                        fleet.put_org(state);
                    }
                    settings.orgs.insert(name.clone(), terms);
                    Ok(diagnosis::ledger(&fleet, &settings, &name, now))
                });
                let ledger = ledger.await;
                self.told(ledger).flatten()
            }
            None => None,
        };
        self.outlet.tell(Event::Ledger(org, ledger.map(Arc::new)));
    }

    /// Reads all that a machinery that looks at things is made of.
    async fn grow(&mut self) -> Result<Parts, String> {
        let whole = Arc::clone(&self.whole);
        let read = tokio::task::spawn_blocking(move || whole()).await;
        read.unwrap_or_else(|error| Err(error.to_string()))
    }

    /// Lets the newest picture out, if one may leave now. Answers until when nothing has to be done.
    fn publish(&mut self) -> Instant {
        if self.changed {
            if !self.outlet.is_free() {
                return self.outlet.free_at().unwrap_or_else(Instant::now);
            }
            self.changed = false;
            let rows: Rows = Arc::new(self.rows.clone());
            let counts: Counts = rows.iter().map(AsRef::as_ref).collect();
            let boards = Arc::new(self.boards.values().cloned().collect());
            self.outlet.publish(Picture { rows, counts, boards, ..Picture::default() });
        }
        Instant::now() + self.sleep()
    }

    /// How long until something is to be done: never beyond the clock's next minute, at which a host that slept and a
    /// clock that was set are noticed, together with the console's own turn of the minute.
    fn sleep(&self) -> Duration {
        let now = self.clock.now();
        let minute = TimeDelta::seconds(60 - now.timestamp().rem_euclid(60));
        let read = (!self.role.waits_for_word(now)).then(|| self.role.wake_at());
        let next = [self.expiries.first().map(|(until, _)| *until), read, Some(now + minute)];
        let next = next.into_iter().flatten().min().unwrap_or(now);
        // A millisecond more, so that the time has come when the timer has.
        (next - now).to_std().unwrap_or_default() + Duration::from_millis(1)
    }

    fn place(&self, site: &SiteName) -> Option<usize> {
        self.rows.binary_search_by(|row| row.name.cmp(site)).ok()
    }

    fn put(&mut self, i: usize, row: SiteRow) {
        if let Some(until) = self.rows[i].valid_until {
            self.expiries.remove(&(until, i));
        }
        if let Some(until) = row.valid_until {
            self.expiries.insert((until, i));
        }
        if *self.rows[i] != row {
            self.rows[i] = Arc::new(row);
            self.changed = true;
        }
    }

    /// Lets a verdict stand until then.
    fn hold(&mut self, i: usize, until: DateTime<Utc>) {
        let row = SiteRow { valid_until: Some(until), ..self.rows[i].as_ref().clone() };
        self.put(i, row);
    }

    /// The value, or none when the store failed: the first failure of a kind is told.
    fn told<T>(&mut self, result: Result<T, StoreError>) -> Option<T> {
        match result {
            Ok(value) => {
                self.complaint = None;
                Some(value)
            }
            Err(error) => {
                if self.complaint.as_ref() != Some(&error) {
                    self.outlet.tell(Event::Notice(error.to_string()));
                    self.complaint = Some(error);
                }
                None
            }
        }
    }
}

/// The part of the fleet on which the verdicts about these sites rest, and the settings of it.
fn near(store: &mut dyn Store, settings: &Settings, sites: &[SiteName]) -> Result<(Fleet, Settings), StoreError> {
    let near = store.neighbourhood(sites)?;
    // Of the orgs too the near ones alone: a fleet has hundreds, and this is asked at every key.
    let told = near.terms.values().filter_map(|terms| terms.org.as_ref());
    let names: BTreeSet<&OrgName> = near.orgs.iter().map(|org| &org.name).chain(told).collect();
    let terms = names.into_iter().filter_map(|name| settings.orgs.get_key_value(name));
    let orgs = terms.map(|(name, terms)| (name.clone(), terms.clone())).collect();
    let mut fleet = Fleet::default();
    near.orgs.into_iter().filter(|org| settings.orgs.contains_key(&org.name)).for_each(|org| fleet.put_org(org));
    near.sites.into_iter().for_each(|site| fleet.put_site(site));
    Ok((fleet, Settings { thresholds: settings.thresholds, orgs, sites: near.terms }))
}
