//! `kill -9` at a hundred moments of a poll.

use crate::fleet::Fleet;
use crate::kept::Kept;
use crate::{PATIENCE, advance, received};
use fusebox::store::StoreHandle;
use std::time::Duration;
use tokio::process::Child;

const KILLS: usize = 100;
/// After so many a new store is begun, so that making one is interrupted too.
const KILLS_PER_STORE: usize = 25;
/// So long that the leases of a killed process are over, with default settings.
const LEASES_LAPSE: u64 = 90;

/// Waits until something has happened so often, or the poll is over.
async fn watch(child: &mut Child, goal: u64, count: impl AsyncFn() -> u64) {
    let reached = async { while count().await < goal {} };
    tokio::select! {
        () = reached => {}
        ended = child.wait() => drop(ended.expect("its end")),
        () = tokio::time::sleep(PATIENCE) => panic!("it neither went on nor ended"),
    }
}

/// Lets a poll run up to a random moment: of what it has sent, of what it has kept, or of time. Answers whether it was
/// still running then.
async fn poll_and_kill(fleet: &Fleet, kill: usize, revision: u64) -> bool {
    let mut child = fleet.spawn(&["poll"]);
    match kill % 3 {
        0 => {
            let goal = received(fleet).await + fastrand::u64(1..90);
            watch(&mut child, goal, async || received(fleet).await).await;
        }
        1 if revision > 0 => {
            let store = StoreHandle::open(&fleet.state_dir().join("fusebox.db")).expect("the store opens");
            let goal = revision + fastrand::u64(1..45);
            watch(&mut child, goal, async || store.call(|store| store.revision()).await.expect("a revision")).await;
        }
        _ => drop(tokio::time::timeout(Duration::from_micros(fastrand::u64(0..250_000)), child.wait()).await),
    }
    let running = child.try_wait().expect("its state").is_none();
    // SIGKILL on Unix; one that has ended can not be killed.
    let _ = child.start_kill();
    child.wait().await.expect("its end");
    running
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_known_is_lost_when_a_poll_is_killed() {
    let mut fleet = Fleet::of("clean", 21, Some(30)).await;
    let mut before = Kept::default();
    let (mut cut_off, mut grew) = (0, 0);
    for kill in 0..KILLS {
        if kill % KILLS_PER_STORE == 0 && fleet.state_dir().exists() {
            std::fs::remove_dir_all(fleet.state_dir()).expect("a new store");
            before = Kept::default();
        }
        cut_off += usize::from(poll_and_kill(&fleet, kill, before.revision).await);
        if fleet.state_dir().exists() {
            let after = Kept::read(&fleet).await;
            after.assert_has_all_of(&before);
            grew += usize::from(after.revision > before.revision);
            before = after;
        }
        advance(&mut fleet, LEASES_LAPSE).await;
    }
    println!("{cut_off} of {KILLS} polls were cut off, {grew} had kept something");
    assert!(cut_off > KILLS / 2, "{cut_off} polls were cut off");
    assert!(grew > KILLS / 4, "{grew} polls had kept something");

    let ended = fleet.run(&["poll"]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let after = Kept::read(&fleet).await;
    after.assert_has_all_of(&before);
    let oldest = after.rows.values().map(|row| row.observed_at).min().expect("a line");
    let newest_before = before.rows.values().map(|row| row.observed_at).max();
    assert!(after.rows.len() == 30 && newest_before.is_none_or(|newest| oldest > newest), "everything is current");
    assert_eq!(fleet.differences().await, Vec::<String>::new());
}
