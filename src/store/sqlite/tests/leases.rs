//! Leases: never two holders, in one process or in several.

use super::*;
use crate::model::OrgName;
use crate::store::LeaseKey;
use proptest::prelude::*;
use std::collections::HashMap;
use std::fs;
use std::process::{Child, Command, Stdio};

#[test]
fn a_lease_is_taken_prolonged_given_back_and_runs_out() {
    let (_directory, path) = place();
    let (mut one, mut two) = (open(&path), open(&path));
    let shop = LeaseKey::from(site("shop"));
    assert_eq!(one.lease(&shop, "one", at(0), at(60)), Ok(true));
    assert_eq!(two.lease(&shop, "two", at(59), at(120)), Ok(false));
    assert_eq!(two.holder(&shop, at(59)), Ok(Some("one".to_owned())));
    assert_eq!(two.holder(&shop, at(60)), Ok(None), "over at its end");
    assert_eq!(one.lease(&shop, "one", at(30), at(90)), Ok(true), "its own is prolonged");
    assert_eq!(two.lease(&shop, "two", at(89), at(120)), Ok(false));
    assert_eq!(two.lease(&shop, "two", at(90), at(120)), Ok(true), "over at its end");
    assert_eq!(one.lease(&shop, "one", at(91), at(150)), Ok(false), "and not one's any more");
    one.release(std::slice::from_ref(&shop), "one").expect("another's lease is not given back");
    assert_eq!(one.lease(&shop, "one", at(92), at(150)), Ok(false));
    two.release(std::slice::from_ref(&shop), "two").expect("given back");
    assert_eq!(one.lease(&shop, "one", at(93), at(150)), Ok(true));

    for key in [LeaseKey::Poller, Target::Org(OrgName::new("shop")).into(), site("news").into()] {
        assert_eq!(two.lease(&key, "two", at(94), at(150)), Ok(true), "{key:?} is another lease");
    }
    two.forget(&site("shop")).expect("forgotten");
    assert_eq!(two.lease(&shop, "two", at(95), at(150)), Ok(true), "forgetting a site ends its lease");
}

#[test]
fn leases_alone_do_not_wait_for_the_disk() {
    let (_directory, path) = place();
    let mut store = open(&path);
    let waits = |store: &SqliteStore| -> i64 {
        store.connection.query_row("PRAGMA synchronous", [], |row| row.get(0)).expect("a level")
    };
    assert_eq!(waits(&store), 2, "FULL");
    for _ in 0..2 {
        assert_eq!(store.lease(&LeaseKey::Poller, "one", at(0), at(60)), Ok(true));
        assert_eq!(waits(&store), 1, "NORMAL");
        store.record(&look("shop", 1, refused("no"))).expect("recorded");
        assert_eq!(waits(&store), 2, "what was seen waits, whatever was written before");
    }
}

#[test]
fn a_lease_from_a_future_that_was_set_back_ends() {
    let (_directory, path) = place();
    let mut store = open(&path);
    let year = 31_536_000;
    assert_eq!(store.lease(&LeaseKey::Poller, "one", at(year), at(year + 60)), Ok(true));
    assert_eq!(store.lease(&LeaseKey::Poller, "two", at(year - 30), at(year)), Ok(false), "a small step is no reason");
    assert_eq!(store.holder(&LeaseKey::Poller, at(year - 30)), Ok(Some("one".to_owned())));
    assert_eq!(store.holder(&LeaseKey::Poller, at(0)), Ok(None));
    assert_eq!(store.lease(&LeaseKey::Poller, "two", at(0), at(60)), Ok(true), "nobody waits for a year");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Two handles, three holders, two keys, a clock that goes on: as a table in memory has it.
    #[test]
    fn leases_are_those_of_a_table_in_memory(
        steps in prop::collection::vec((0..2_usize, 0..3_usize, 0..2_usize, 0..20_i64, 0..40_i64, any::<bool>()), 1..40)
    ) {
        let (_directory, path) = place();
        let mut stores = [open(&path), open(&path)];
        let keys = [LeaseKey::Poller, site("shop").into()];
        let mut table: HashMap<usize, (usize, i64)> = HashMap::new();
        let mut now = 0;
        for (store, holder, key, passes, span, release) in steps {
            now += passes;
            let name = format!("holder {holder}");
            if release {
                stores[store].release(std::slice::from_ref(&keys[key]), &name).expect("released");
                if table.get(&key).is_some_and(|(held_by, _)| *held_by == holder) {
                    table.remove(&key);
                }
            } else {
                let free = table.get(&key).is_none_or(|(held_by, until)| *held_by == holder || *until <= now);
                let taken = stores[store].lease(&keys[key], &name, at(now), at(now + span)).expect("asked");
                prop_assert_eq!(taken, free);
                if free {
                    table.insert(key, (holder, now + span));
                }
            }
        }
    }
}

const STORE: &str = "FUSEBOX_TEST_STORE";
const ROUNDS: usize = 60;

/// Takes the lease, enters, leaves, gives it back, again and again. The mark beside the store is made while inside: who
/// finds it there already is not alone.
fn contend(path: &std::path::Path, holder: &str) {
    let mut store = open(path);
    let mark = path.with_file_name("inside");
    let mut entered = 0;
    while entered < ROUNDS {
        if store.lease(&LeaseKey::Poller, holder, at(0), at(60)).expect("asked") {
            fs::OpenOptions::new().write(true).create_new(true).open(&mark).expect("alone");
            fs::remove_file(&mark).expect("left");
            store.release(&[LeaseKey::Poller], holder).expect("given back");
            entered += 1;
        }
        std::thread::yield_now();
    }
}

#[test]
fn threads_never_hold_one_lease_together() {
    let (_directory, path) = place();
    std::thread::scope(|scope| {
        for holder in ["one", "two", "three"] {
            let path = &path;
            scope.spawn(move || contend(path, holder));
        }
    });
}

#[test]
fn processes_never_hold_one_lease_together() {
    let (_directory, path) = place();
    // They make the store together too.
    let children: Vec<Child> = (0..3)
        .map(|_| {
            Command::new(std::env::current_exe().expect("this test"))
                .args(["--exact", "store::sqlite::tests::leases::contender", "--ignored"])
                .env(STORE, &path)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("a process")
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().expect("its end");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
    }
}

#[test]
#[ignore = "one of the processes of the test above"]
fn contender() {
    if let Some(path) = std::env::var_os(STORE) {
        contend(path.as_ref(), &format!("process {}", std::process::id()));
    }
}
