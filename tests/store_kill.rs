//! `kill -9` at a hundred moments: the store opens again, is whole, and has everything that was reported as kept.
//!
//! The writer is this test program itself, started again for its ignored test alone. It reports each commit on its
//! standard output; the kill follows a random line of it, or a random byte.

use chrono::{DateTime, TimeDelta, Utc};
use fusebox::model::{Fact, Health, Observation, ProveOutcome, SiteName, SiteRow, SiteState, Target};
use fusebox::store::{Record, StoreError, StoreHandle};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

const STORE: &str = "FUSEBOX_TEST_STORE";
const KILLS: usize = 100;
/// After so many kills a new store is begun, so that making one is interrupted too.
const KILLS_PER_STORE: usize = 10;
const SITES: u64 = 7;
/// Records that are kept together, in turn: one look, two, three. Revisions of whole groups leave 0, 1 or 3 over six.
const GROUPS: [(u64, u64); 3] = [(0, 1), (1, 2), (3, 3)];

fn at(seconds: u64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(i64::try_from(seconds).expect("a small number"))
}

fn name(n: u64) -> SiteName {
    SiteName::new(format!("site{}", n % SITES))
}

/// The n-th record: its number stands in the observation, in the state and in the line, with enough beside it to fill
/// several pages.
fn record(n: u64, former: Option<SiteState>) -> Record {
    let text = format!("{n} {}", "refused ".repeat(200));
    let fact = Fact::Prove(ProveOutcome::Refused { text: text.into() });
    let observation = Observation { target: Target::Site(name(n)), at: at(n), fact };
    let mut state = former.unwrap_or_else(|| SiteState::unknown(name(n)));
    state.apply(&observation);
    let row = SiteRow::unseen(name(n), "https://example.org".into());
    let row = SiteRow { health: Health::Fail, reason: n.to_string(), observed_at: Some(at(n)), ..row };
    Record { observations: vec![observation], site: Some(state), rows: vec![row], ..Record::default() }
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(work)
}

#[test]
#[ignore = "the process that the test below kills"]
fn child_writer() {
    let Some(path) = std::env::var_os(STORE) else { return };
    wait(async {
        let store = StoreHandle::open(path.as_ref()).expect("a store");
        // The test harness has begun a line of its own.
        println!();
        loop {
            let revision = store.call(|store| {
                let first = store.revision()? + 1;
                let (_, size) = GROUPS.into_iter().find(|(over, _)| *over == (first - 1) % 6).expect("a whole group");
                let mut records = Vec::new();
                for n in first..first + size {
                    let former = store.site_state(&name(n))?;
                    records.push(record(n, former));
                }
                store.record_all(&records)
            });
            println!("kept {}", revision.await.expect("kept"));
            std::io::stdout().flush().expect("reported");
        }
    });
}

fn start(path: &Path) -> (Child, BufReader<ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "child_writer", "--ignored", "--nocapture"])
        .env(STORE, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a process");
    let output = BufReader::new(child.stdout.take().expect("its output"));
    (child, output)
}

/// Lets a writer run up to a random moment, kills it, and answers the last revision that it reported.
fn run_and_kill(path: &Path, by_line: bool) -> Option<u64> {
    let (mut child, mut output) = start(path);
    let mut said = Vec::new();
    if by_line {
        for _ in 0..fastrand::usize(1..30) {
            output.read_until(b'\n', &mut said).expect("a line");
        }
    } else {
        said.resize(fastrand::usize(0..200), 0);
        output.read_exact(&mut said).expect("some bytes");
    }
    // A report is read at one moment of the writer's work; the kill shall meet every other one too.
    for _ in 0..fastrand::usize(0..4_000) {
        std::thread::yield_now();
    }
    // SIGKILL on Unix.
    child.kill().expect("killed");
    child.wait().expect("its end");
    // What it had reported and nobody had read.
    output.read_to_end(&mut said).expect("the rest");
    let said = String::from_utf8(said).expect("text");
    // A report that was cut off is none.
    let whole = &said[..said.rfind('\n').unwrap_or(0)];
    whole.lines().filter_map(|line| line.strip_prefix("kept ")).map(|n| n.parse().expect("a revision")).max()
}

/// The store is whole, has every revision up to `reported`, and no record is there in part. Answers its revision.
fn assert_whole(path: &Path, reported: u64) -> u64 {
    wait(async {
        let store = StoreHandle::open(path).expect("a store");
        let revision = store.call(move |store| {
            assert_eq!(store.check(), Ok(()));
            let revision = store.revision()?;
            assert!(revision >= reported, "{reported} was reported, {revision} is there");
            assert!(GROUPS.iter().any(|(over, _)| revision % 6 == *over), "{revision} is in the midst of a group");
            let rows = store.rows()?;
            assert!(rows.unreadable.is_empty());
            let lines: BTreeMap<_, _> = rows.items.into_iter().map(|row| (row.name.clone(), row)).collect();
            let mut observed = Vec::new();
            for n in 0..SITES {
                let history = store.history(&Target::Site(name(n)), Some("prove"), DateTime::UNIX_EPOCH)?;
                assert!(history.unreadable.is_empty());
                let newest = history.items.last().map(|span| span.seen_at);
                let state = store.site_state(&name(n))?;
                assert_eq!(state.and_then(|state| state.prove).map(|prove| prove.seen_at), newest, "{}", name(n));
                assert_eq!(lines.get(&name(n)).and_then(|row| row.observed_at), newest, "{}", name(n));
                observed.extend(history.items.iter().map(|span| span.seen_at));
            }
            observed.sort();
            assert_eq!(observed, (1..=revision).map(at).collect::<Vec<_>>(), "each record once, none missing");
            Ok::<_, StoreError>(revision)
        });
        let revision = revision.await.expect("a whole store");
        store.close().await.expect("closed");
        revision
    })
}

#[test]
fn everything_reported_as_kept_survives_a_kill() {
    let directory = tempfile::tempdir().expect("a directory");
    let (mut kept, mut unreported) = (0, 0);
    for kill in 0..KILLS {
        let path = directory.path().join(format!("{}.db", kill / KILLS_PER_STORE));
        let before = if kill % KILLS_PER_STORE == 0 { 0 } else { kept };
        let reported = run_and_kill(&path, kill % 2 == 0).unwrap_or(before);
        // Not every writer is looked after at once: some stores are taken up by the next one as the kill left them.
        if kill % 3 == 0 && kill % KILLS_PER_STORE != KILLS_PER_STORE - 1 {
            kept = reported.max(before);
            continue;
        }
        kept = assert_whole(&path, reported.max(before));
        unreported += usize::from(kept > reported);
    }
    println!("{unreported} kills came between a commit and its report");
}
