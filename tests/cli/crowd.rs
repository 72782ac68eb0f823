//! An org with more approvals than one query yields: all of them are in the store after one poll, at a bounded price, and
//! a poll that finds nothing new costs one call.

use crate::fleet::Fleet;
use fusebox::model::{OrgName, OrgState};
use fusebox::store::StoreHandle;
use serde_json::json;

/// Calls of fusebox's that counted against the org's allocation, so far.
async fn calls(fleet: &Fleet, org: &str) -> usize {
    let log = fleet.admin("log", None).await;
    let requests = log["requests"].as_array().expect("requests");
    requests
        .iter()
        .filter(|entry| entry["client"] == "fusebox" && entry["org"] == org && entry["counted"] == true)
        .count()
}

async fn poll(fleet: &Fleet) -> usize {
    let before = calls(fleet, "acme").await;
    let polled = fleet.json(&["poll"], "poll").await;
    assert_eq!(polled["status"], 0, "{polled}");
    calls(fleet, "acme").await - before
}

/// What the store holds of the org.
async fn kept(fleet: &Fleet) -> OrgState {
    let store = StoreHandle::open(&fleet.state_dir().join("fusebox.db")).expect("the store");
    store.call(|store| store.org_state(&OrgName::new("acme"))).await.expect("the store").expect("acme")
}

/// The ids that the store holds and those that the org lists.
async fn ids(fleet: &Fleet) -> (Vec<String>, Vec<String>) {
    let state = kept(fleet).await;
    assert!(state.lists_all_approvals());
    let mut held: Vec<String> =
        state.approvals.values().flat_map(|rows| rows.value.iter().map(|row| row.id.to_string())).collect();
    let truth = fleet.admin("truth", None).await;
    let listed = truth["approvals"]
        .as_array()
        .expect("approvals")
        .iter()
        .filter(|held| held["org"] == "acme" && held["listed"] == true && held["app"] == "WP Fusion (OAuth)");
    let mut listed: Vec<String> = listed.map(|held| held["approval_id"].as_str().expect("an id").to_owned()).collect();
    held.sort();
    listed.sort();
    (held, listed)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_is_read_whole_once_and_then_by_what_changed() {
    let mut fleet = Fleet::start("crowded", 3).await;
    let whole = poll(&fleet).await;
    let (held, listed) = ids(&fleet).await;
    assert!(listed.len() > 2_600, "{}", listed.len());
    assert_eq!(held, listed);
    assert!(whole <= 7, "{whole} calls for {} approvals", listed.len());
    assert_eq!(poll(&fleet).await, 1, "nothing changed");

    let user = |name: &str| json!({ "kind": "authorize", "user": format!("{name}@acme.example") });
    fleet.admin("fault", Some(user("web1"))).await;
    assert_eq!(poll(&fleet).await, 1, "one more is read beside what is known");
    let (held, listed) = ids(&fleet).await;
    assert_eq!(held, listed);

    // The fifth takes the oldest: as many as before, and not the same.
    fleet.admin("fault", Some(user("crowd7"))).await;
    let whole = poll(&fleet).await;
    assert!((2..=8).contains(&whole), "{whole} calls to find out which one left");
    let (held, listed) = ids(&fleet).await;
    assert_eq!(held, listed);
    assert_eq!(kept(&fleet).await.departed.len(), 1);

    fleet.admin("clock", Some(json!({ "advance": "61min" }))).await;
    fleet.ahead = Some("61min".to_owned());
    assert!(poll(&fleet).await > 1, "an hour later it is read whole again");
    fleet.sim.stop().await;
}
