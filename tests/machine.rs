//! The machinery behind every screen and command, in this process, against the simulator: who polls, what time does,
//! what an order is answered with.

#[cfg(test)]
#[path = "machine/fields.rs"]
mod fields;
#[cfg(test)]
#[path = "machine/permitting.rs"]
mod permitting;
#[cfg(test)]
#[path = "machine/planning.rs"]
mod planning;
#[cfg(test)]
#[path = "machine/revoking.rs"]
mod revoking;
#[cfg(test)]
#[path = "machine/setting.rs"]
mod setting;
#[cfg(test)]
#[path = "machine/warming.rs"]
mod warming;

use chrono::{DateTime, TimeDelta, Utc};
use fusebox::backend::{self, Auditing, Glance, Handle, Parts, Polling};
use fusebox::config::Config;
use fusebox::model::{Clock, Health, Permits, ProveOutcome, SiteName, SiteRow, Target};
use fusebox::protocol::{Command, Event, Link, OperationId, Picture, Poller};
use fusebox::secrets::{Secrets, audit_key, fingerprint_key};
use fusebox::sim::{self, Options, Sim};
use fusebox::store::{Audit, Operator, StoreHandle};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;
use tempfile::TempDir;

/// What an event may take before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(60);

struct Fleet {
    sim: Sim,
    dir: TempDir,
    ahead_s: Arc<AtomicI64>,
}

impl Fleet {
    async fn start(scenario: &str) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let options = Options {
            sites: (scenario == "agency").then_some(80),
            write_config: Some(dir.path().to_owned()),
            ..Options::new(scenario, 7)
        };
        Self { sim: sim::start(options).await.expect("a simulator"), dir, ahead_s: Arc::default() }
    }

    #[expect(clippy::disallowed_methods, reason = "the simulator's clock is the host's, and this one runs beside it")]
    fn clock(&self) -> Clock {
        let ahead = Arc::clone(&self.ahead_s);
        Clock::new(move || Utc::now() + TimeDelta::seconds(ahead.load(Ordering::SeqCst)))
    }

    fn advance(&self, by: TimeDelta) {
        self.ahead_s.fetch_add(by.num_seconds(), Ordering::SeqCst);
    }

    fn machinery(&self, holder: &str, polling: Polling) -> Handle {
        backend::start(self.parts(holder, polling)).expect("the machinery")
    }

    fn parts(&self, holder: &str, polling: Polling) -> Parts {
        let parts = self.maker(holder)();
        Parts { polling, ..parts }
    }

    /// Makes the parts of a machinery that looks at nothing by itself.
    fn maker(&self, holder: &str) -> impl Fn() -> Parts + Send + Sync + use<> {
        let (dir, clock, holder) = (self.dir.path().to_owned(), self.clock(), holder.to_owned());
        let state = dir.join("state");
        move || Parts {
            config: Config::load(&dir).expect("the configuration"),
            secrets: Secrets::open(&dir).expect("the secrets"),
            fingerprint_key: fingerprint_key(&state).expect("a key"),
            store: StoreHandle::open(&state.join("fusebox.db")).expect("a store"),
            clock: clock.clone(),
            holder: holder.clone(),
            state_dir: state.clone(),
            control_dir: state.join("ssh"),
            polling: Polling::Off,
            permits: Permits::default(),
            auditing: auditing(state.clone()),
            file: None,
        }
    }
}

/// The audit of a folder, of which this machine's log hears nothing.
fn auditing(state: PathBuf) -> Auditing {
    Arc::new(move || {
        let key = audit_key(&state).map_err(|error| error.to_string())?;
        Ok(Audit::new(&state, key, Operator::default()).logging_to(None))
    })
}

async fn until(link: &mut Link, holds: impl Fn(&Picture) -> bool) -> Picture {
    let wait = link.pictures.wait_for(|picture| holds(picture));
    let picture = tokio::time::timeout(PATIENCE, wait).await.expect("in time").expect("the machinery lives");
    picture.clone()
}

async fn event(link: &mut Link) -> Event {
    tokio::time::timeout(PATIENCE, link.events.recv()).await.expect("in time").expect("the machinery lives")
}

fn count(picture: &Picture, health: Health) -> usize {
    picture.counts.of(health)
}

fn first(picture: &Picture, holds: impl Fn(&SiteRow) -> bool) -> SiteName {
    picture.rows.iter().find(|row| holds(row)).expect("a site").name.clone()
}

fn seen(picture: &Picture) -> impl Iterator<Item = DateTime<Utc>> {
    picture.rows.iter().filter_map(|row| row.observed_at)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_along_takes_over_when_the_other_dies() {
    let fleet = Fleet::start("agency").await;
    let first = fleet.machinery("first", Polling::Continuous);
    let mut one = first.link().await;
    until(&mut one, |picture| picture.poll.by == Poller::Us && count(picture, Health::Ok) > 40).await;

    let second = fleet.machinery("second", Polling::Continuous);
    let mut other = second.link().await;
    let read = until(&mut other, |picture| picture.poll.by == Poller::Another && count(picture, Health::Ok) > 40).await;
    assert!(read.poll.asked.is_empty(), "it looks at nothing");

    // Dropped, not shut down: as a process that is killed.
    drop((first, one));
    let died = fleet.clock().now();
    fleet.advance(TimeDelta::seconds(30));
    let taken = until(&mut other, |picture| picture.poll.by == Poller::Us).await;
    assert!(seen(&taken).all(|at| at <= died));
    fleet.advance(TimeDelta::minutes(30));
    until(&mut other, |picture| seen(picture).any(|at| at > died)).await;
    second.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_given_back_is_taken_without_waiting() {
    let fleet = Fleet::start("clean").await;
    let first = fleet.machinery("first", Polling::Continuous);
    let mut one = first.link().await;
    until(&mut one, |picture| picture.poll.by == Poller::Us).await;
    first.shutdown().await;
    let second = fleet.machinery("second", Polling::Continuous);
    let mut other = second.link().await;
    until(&mut other, |picture| picture.poll.by == Poller::Us).await;
    second.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_fails_is_a_notice_of_who_polls() {
    let fleet = Fleet::start("agency").await;
    let path = fleet.dir.path().join(fusebox::config::FILE);
    let text = std::fs::read_to_string(&path).expect("the configuration");
    std::fs::write(path, text + "\n[hook]\ncommand = [\"false\"]\n").expect("written");
    let machinery = fleet.machinery("first", Polling::Continuous);
    let mut link = machinery.link().await;
    let Event::Notice(text) = event(&mut link).await else { panic!("another event") };
    assert_eq!(text, "the hook failed, and is tried again: false ended with exit status: 1");
    let picture = until(&mut link, |picture| picture.poll.waiting == 0 && picture.poll.asked.is_empty()).await;
    assert!(count(&picture, Health::Fail) > 1, "more than one change is to be told");
    // The rest fails without a word; an answer to a question comes after what was told before it.
    let site = picture.rows[0].name.clone();
    link.commands.send(Command::Describe(site.clone())).await.expect("asked");
    assert!(matches!(event(&mut link).await, Event::Detail(of, _) if of == site));
    machinery.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verdict_ends_when_its_time_is_over() {
    let fleet = Fleet::start("clean").await;
    let machinery = fleet.machinery("first", Polling::Off);
    let mut link = machinery.link().await;
    let round = machinery.run_once().await.expect("a round");
    assert_eq!(round.answered, 210);
    until(&mut link, |picture| count(picture, Health::Ok) == 200).await;
    fleet.advance(TimeDelta::hours(2));
    // Nothing is seen and nothing is asked: time alone makes them old.
    let old = until(&mut link, |picture| count(picture, Health::Old) == 200).await;
    assert_eq!(old.poll.by, Poller::Nobody);
    machinery.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_picture_is_what_was_known() {
    let fleet = Fleet::start("clean").await;
    let machinery = fleet.machinery("first", Polling::Off);
    machinery.run_once().await.expect("a round");
    machinery.shutdown().await;
    let again = fleet.machinery("second", Polling::Off);
    let mut pictures = again.pictures();
    pictures.changed().await.expect("the machinery lives");
    assert_eq!(count(&pictures.borrow(), Health::Ok), 200);
    again.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_are_answered_in_their_own_names() {
    let fleet = Fleet::start("agency").await;
    let machinery = fleet.machinery("first", Polling::Off);
    let mut link = machinery.link().await;
    machinery.run_once().await.expect("a round");
    let picture = until(&mut link, |picture| count(picture, Health::Ok) > 40).await;
    let good = first(&picture, |row| row.health == Health::Ok);
    let stranger = SiteName::new("stranger.example");

    link.commands.send(Command::Describe(good.clone())).await.expect("taken");
    assert!(
        matches!(event(&mut link).await, Event::Detail(name, Some(detail)) if name == good && detail.row.name == good)
    );
    link.commands.send(Command::Describe(stranger.clone())).await.expect("taken");
    assert_eq!(event(&mut link).await, Event::Detail(stranger.clone(), None));

    let id = OperationId(41);
    link.commands.send(Command::Prove { id, sites: vec![good.clone(), stranger.clone()] }).await.expect("taken");
    let mut outcomes = Vec::new();
    loop {
        match event(&mut link).await {
            Event::Proved { id: of, site, outcome } => {
                assert_eq!(of, id);
                outcomes.push((site, outcome.is_ok_and(|outcome| outcome == ProveOutcome::Good)));
            }
            Event::Finished(of) => break assert_eq!(of, id),
            other => panic!("not asked for: {other:?}"),
        }
    }
    outcomes.sort();
    let mut expected = vec![(good, true), (stranger, false)];
    expected.sort();
    assert_eq!(outcomes, expected);
    link.commands.send(Command::Prove { id, sites: Vec::new() }).await.expect("taken");
    assert_eq!(event(&mut link).await, Event::Finished(id), "nothing to do is done");
    machinery.shutdown().await;
}

#[tokio::test]
async fn what_a_screen_asks_first_is_answered_to_it() {
    let fleet = Fleet::start("clean").await;
    let machinery = fleet.machinery("first", Polling::Off);
    // One thread: the order of the link and the command after it wait side by side for the machinery's next turn.
    for n in 0..50 {
        let mut link = machinery.link().await;
        let name = SiteName::new(format!("stranger{n}.example"));
        link.commands.send(Command::Describe(name.clone())).await.expect("taken");
        assert_eq!(event(&mut link).await, Event::Detail(name, None));
    }
    machinery.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_site_is_looked_at_on_request_and_nothing_else_is() {
    let fleet = Fleet::start("clean").await;
    let machinery = fleet.machinery("first", Polling::Off);
    let mut link = machinery.link().await;
    let picture = until(&mut link, |picture| picture.rows.len() == 200).await;
    assert_eq!(seen(&picture).count(), 0);
    let site = first(&picture, |_| true);
    link.commands.send(Command::Look(vec![Target::Site(site.clone())])).await.expect("taken");
    let picture = until(&mut link, |picture| seen(picture).count() > 0).await;
    assert_eq!(first(&picture, |row| row.observed_at.is_some()), site);
    assert_eq!(seen(&picture).count(), 1);
    machinery.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_holds_until_it_is_lifted() {
    let fleet = Fleet::start("clean").await;
    let machinery = fleet.machinery("first", Polling::Continuous);
    let mut link = machinery.link().await;
    until(&mut link, |picture| count(picture, Health::Ok) == 200).await;
    link.commands.send(Command::Pause(true)).await.expect("taken");
    let paused = until(&mut link, |picture| picture.poll.by == Poller::Paused).await;
    assert_eq!(paused.poll.next_at, None);
    let at = fleet.clock().now();
    fleet.advance(TimeDelta::hours(2));
    // A pause looks at nothing, so what is known grows old.
    let old = until(&mut link, |picture| count(picture, Health::Old) == 200).await;
    assert!(seen(&old).all(|seen| seen <= at));
    link.commands.send(Command::Pause(false)).await.expect("taken");
    until(&mut link, |picture| picture.poll.by == Poller::Us && count(picture, Health::Old) == 0).await;
    machinery.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_console_that_looks_at_nothing_knows_what_the_whole_fleet_tells() {
    let fleet = Fleet::start("agency").await;
    let machinery = backend::start(Parts { file: Some("first".to_owned()), ..fleet.parts("first", Polling::Off) });
    let machinery = machinery.expect("the machinery");
    machinery.run_once().await.expect("a round");
    let mut whole = machinery.link().await;
    until(&mut whole, |picture| count(picture, Health::Unkn) < 10 && seen(picture).count() > 40).await;

    let store = fleet.parts("second", Polling::Off).store;
    assert!(Glance::read(&store, "another file", 9).await.expect("read").is_none(), "another configuration");
    let glance = Glance::read(&store, "first", 9).await.expect("read").expect("what was remembered");
    let needed = Arc::new(AtomicBool::new(false));
    let (parts, flag) = (fleet.maker("second"), Arc::clone(&needed));
    let onlooker =
        backend::look_on(glance, store, fleet.clock(), auditing(fleet.dir.path().join("state")), move || {
            flag.store(true, Ordering::SeqCst);
            Ok(parts())
        });
    let mut link = onlooker.link().await;
    // Ages pass thresholds: what was judged by the whole fleet is judged again by neighbourhoods.
    for ahead in [TimeDelta::zero(), TimeDelta::hours(2), TimeDelta::days(3)] {
        fleet.advance(ahead);
        let now = fleet.clock().now();
        let over = |picture: &Picture| picture.rows.iter().all(|row| row.valid_until.is_none_or(|until| until > now));
        let settled = |picture: &Picture| !picture.partial && over(picture);
        let nudge = |link: &Link| link.commands.try_send(Command::Pause(false));
        nudge(&whole).expect("room");
        nudge(&link).expect("room");
        let (told, shown) = (until(&mut whole, settled).await, until(&mut link, settled).await);
        assert_eq!(*shown.rows, *told.rows);
        assert_eq!((shown.counts, shown.boards), (told.counts, told.boards));
    }
    let sites: Vec<SiteName> = until(&mut link, |_| true).await.rows.iter().map(|row| row.name.clone()).collect();
    for site in sites {
        for link in [&whole, &link] {
            link.commands.send(Command::Describe(site.clone())).await.expect("sent");
        }
        let (told, shown) = (event(&mut whole).await, event(&mut link).await);
        assert_eq!(shown, told, "{site}");
    }
    for link in [&mut whole, &mut link] {
        link.commands.send(Command::Trail).await.expect("sent");
        assert!(matches!(event(link).await, Event::Trail(trail) if trail.lines.is_empty()));
    }
    assert!(!needed.load(Ordering::SeqCst), "nothing of it needs the configuration");
    machinery.shutdown().await;

    // The first order does.
    let site = first(&until(&mut link, |_| true).await, |row| row.health == Health::Old);
    link.commands.send(Command::Look(vec![Target::Site(site.clone())])).await.expect("sent");
    let now = fleet.clock().now() - TimeDelta::minutes(1);
    let looked = |row: &Arc<SiteRow>| row.name == site && row.observed_at.is_some_and(|at| at > now);
    until(&mut link, |picture| picture.rows.iter().any(looked)).await;
    assert!(needed.load(Ordering::SeqCst));
    onlooker.shutdown().await;
}
