//! Several processes on one store: one polls, the others read along, and no target is looked at twice at once.

use crate::fleet::Fleet;
use crate::kept::Kept;
use crate::{PATIENCE, assert_no_panic, configure, gauges, received};
use serde_json::{Value, json};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr};

/// So often that looks would overlap if they could.
const OFTEN: &str = "org_interval = \"1s\"\nsite_interval = \"1s\"\nproof_interval = \"2s\"\ntimeout = \"3s\"";

/// What a follower says when it is not the one.
const READS_ALONG: &str = "another process polls this fleet";

/// Sites and orgs that take their time, so that two looks would meet.
async fn slow_fleet(seed: u64) -> Fleet {
    let fleet = Fleet::of("clean", seed, Some(12)).await;
    configure(&fleet, OFTEN);
    fleet.admin("fault", Some(json!({"kind": "slow", "seconds": 0.2, "site": 12, "seed": 1}))).await;
    for org in fleet.sim.ready.orgs.keys() {
        fleet.admin("fault", Some(json!({"kind": "slow", "seconds": 0.2, "org": org}))).await;
    }
    fleet
}

/// `poll --follow` and its words.
struct Follower {
    child: Child,
    words: Lines<BufReader<ChildStderr>>,
}

impl Follower {
    fn start(fleet: &Fleet) -> Self {
        let mut child = fleet.command(&["poll", "--follow"]).stderr(Stdio::piped()).spawn().expect("the program");
        let words = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        Self { child, words }
    }

    /// Waits for the word that it reads along; for ever, if it polls.
    async fn reads_along(&mut self) {
        loop {
            let line = self.words.next_line().await.expect("a line");
            let line = line.expect("it goes on");
            assert!(!line.contains("panicked"), "{line}");
            if line.contains(READS_ALONG) {
                return;
            }
        }
    }

    async fn kill(mut self) {
        self.child.kill().await.expect("killed");
    }
}

/// Waits until the simulator's gauges say so.
async fn until(fleet: &Fleet, holds: impl Fn(&[(String, Value)]) -> bool) {
    let waited = async { while !holds(&gauges(&fleet.admin("traffic", None).await)) {} };
    tokio::time::timeout(PATIENCE, waited).await.expect("it never came true");
}

fn total(gauges: &[(String, Value)]) -> u64 {
    gauges.iter().filter_map(|(_, gauge)| gauge["received"].as_u64()).sum()
}

/// Asserts that each target was asked, and by one at a time.
async fn assert_one_at_a_time(fleet: &Fleet) {
    for (name, gauge) in gauges(&fleet.admin("traffic", None).await) {
        assert_eq!(gauge["most"], 1, "{name}: {gauge}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_follow_one_polls_and_the_other_takes_over() {
    let fleet = slow_fleet(31).await;
    let (mut first, mut second) = (Follower::start(&fleet), Follower::start(&fleet));
    let first_reads = tokio::time::timeout(PATIENCE, async {
        tokio::select! {
            () = first.reads_along() => true,
            () = second.reads_along() => false,
        }
    });
    let (mut poller, mut reader) =
        if first_reads.await.expect("one reads along") { (second, first) } else { (first, second) };
    tokio::select! {
        () = until(&fleet, |gauges| total(gauges) > 600) => {}
        () = poller.reads_along() => panic!("both say that another one polls"),
    }
    assert!(reader.child.try_wait().expect("its state").is_none(), "it goes on reading along");
    assert_one_at_a_time(&fleet).await;

    let before = Kept::read(&fleet).await;
    poller.kill().await;
    let at = tokio::time::Instant::now();
    let former = gauges(&fleet.admin("traffic", None).await);
    let newly = |now: &[(String, Value)]| {
        let received = |gauge: &Value| gauge["received"].as_u64().expect("a number");
        now.iter().zip(&former).map(|((_, now), (_, then))| received(now) - received(then)).collect::<Vec<_>>()
    };
    until(&fleet, |now| newly(now).iter().filter(|new| **new > 0).count() > 0).await;
    let first_look = at.elapsed();
    // Those that the dead one was at have leases of their own.
    until(&fleet, |now| newly(now).iter().all(|new| *new >= 4)).await;
    println!("taken over after {first_look:?}, everything looked at again after {:?}", at.elapsed());
    assert_one_at_a_time(&fleet).await;
    reader.kill().await;
    Kept::read(&fleet).await.assert_has_all_of(&before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poll_and_proofs_at_the_same_time_leave_each_other_alone() {
    let fleet = slow_fleet(32).await;
    assert_eq!(fleet.run(&["poll"]).await.code, Some(0));
    let names: Vec<String> = fleet.list().await.into_keys().collect();
    let (mut good, mut busy) = (0, 0);
    for _ in 0..3 {
        let before = Kept::read(&fleet).await;
        let sent = received(&fleet).await;
        let poll = fleet.spawn(&["poll", "--json"]);
        until(&fleet, |gauges| total(gauges) > sent).await;
        let mut proving: Vec<Child> = names.iter().map(|name| fleet.spawn(&["prove", name, "--json"])).collect();
        let mut all_were_good = true;
        for child in proving.drain(..) {
            let answer = crate::fleet::answer(child.wait_with_output().await.expect("its end"));
            assert_no_panic(&answer);
            let document = crate::fleet::checked(&answer.out, "prove");
            match document["result"]["sites"][0]["outcome"].as_str() {
                Some("good") => good += 1,
                Some("busy") => (busy, all_were_good) = (busy + 1, false),
                other => panic!("{other:?}: {}", answer.out),
            }
        }
        let answer = crate::fleet::answer(poll.wait_with_output().await.expect("its end"));
        assert_no_panic(&answer);
        let document = crate::fleet::checked(&answer.out, "poll");
        let postponed = document["result"]["postponed"].as_array().expect("a list").len();
        assert_eq!(document["result"]["failed"], json!([]));
        assert_eq!(document["result"]["answered"], json!(22 - postponed), "each was looked at or left alone");
        assert_one_at_a_time(&fleet).await;
        let after = Kept::read(&fleet).await;
        after.assert_has_all_of(&before);
        if all_were_good {
            let proved = |kept: &Kept, name: &String| kept.sites[name].prove.as_ref().map(|prove| prove.seen_at);
            let newer = |name: &String| proved(&after, name) > proved(&before, name);
            assert!(names.iter().all(newer), "every proof is kept");
        }
    }
    println!("{good} proofs were good, {busy} met the poll");
    assert!(good > 0);
}
