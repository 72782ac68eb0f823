//! `identify` in whose middle something happens: what the org shows then is not taken for an answer, and a process that is
//! killed leaves a whole audit and nothing in the way of the next one.

use crate::fleet::Fleet;
use crate::identify::{audit, let_spend, refreshes, several, text};
use crate::{PATIENCE, answer};
use serde_json::{Value, json};
use tokio::process::Child;
use tokio::time::Instant;

/// A site of a user with four approvals, which takes two seconds for each answer.
async fn slow_site(fleet: &Fleet) -> String {
    let_spend(fleet, &["beta"]);
    fleet.json(&["poll"], "poll").await;
    let site = text(&several(fleet).await[0], "site");
    fleet.admin("fault", Some(json!({"kind": "slow", "site": site, "seconds": 2}))).await;
    site
}

/// Waits until the audit says that the step begins. The child does the waiting's work meanwhile.
async fn begun(fleet: &Fleet, child: &mut Child) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(line) = audit(fleet).into_iter().find(|line| line["phase"] == "before") {
            return line;
        }
        assert!(child.try_wait().expect("a child").is_none(), "it ended before it began");
        assert!(Instant::now() < deadline, "it never began");
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_moves_together_with_others_is_not_verified() {
    let fleet = Fleet::start("agency", 7).await;
    let site = slow_site(&fleet).await;
    let mut child = fleet.spawn(&["identify", &site, "--yes", "--json"]);
    begun(&fleet, &mut child).await;
    // A day passes at the org, on which each of the user's sites refreshes.
    fleet.admin("clock", Some(json!({"advance": "30h"}))).await;
    let ended = answer(child.wait_with_output().await.expect("an end"));
    assert_eq!(ended.code, Some(27), "{}{}", ended.out, ended.err);
    let told = crate::checked(&ended.out, "identify");
    assert_eq!((&told["result"]["outcome"], &told["result"]["approval_id"]), (&json!("unclear"), &Value::Null));
    let last = audit(&fleet).pop().expect("a line");
    assert_eq!(last["phase"], "after");
    assert!(last["outcome"].as_str().expect("words").starts_with("not verified"), "{last:#}");
    assert_eq!(fleet.json(&["audit", "verify"], "audit_verify").await["result"]["good"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_in_the_middle_leaves_a_whole_audit_and_the_next_run_works() {
    let mut fleet = Fleet::start("agency", 7).await;
    let site = slow_site(&fleet).await;
    let mut child = fleet.spawn(&["identify", &site, "--yes", "--json"]);
    let before = begun(&fleet, &mut child).await;
    child.kill().await.expect("killed");
    let whole = fleet.json(&["audit", "verify"], "audit_verify").await;
    assert_eq!((&whole["result"]["good"], &whole["result"]["lines"]), (&json!(true), &json!(1)), "{whole:#}");
    assert!(audit(&fleet).iter().all(|line| line["phase"] == "before"), "nobody knows how it ended");
    fleet.admin("fault", Some(json!({"kind": "none"}))).await;
    // Its leases outlive it for a while, and then others may.
    let busy = fleet.json(&["identify", &site, "--yes"], "failure").await;
    assert_eq!(busy["status"], 75, "{busy}");
    fleet.admin("clock", Some(json!({"advance": "15min"}))).await;
    fleet.ahead = Some("15min".to_owned());
    let spent = refreshes(&fleet).await.len();
    let done = fleet.json(&["identify", &site, "--yes"], "identify").await;
    assert_eq!((&done["status"], &done["result"]["outcome"]), (&json!(0), &json!("identified")), "{done:#}");
    assert_eq!(done["result"]["approval_id"], fleet.truth().await[&site]["approval_id"]);
    assert_eq!(refreshes(&fleet).await.len(), spent + 1);
    let lines = audit(&fleet);
    assert_ne!(lines.last().expect("a line")["id"], before["id"]);
    let whole = fleet.json(&["audit", "verify"], "audit_verify").await;
    assert_eq!((&whole["result"]["good"], &whole["result"]["head"]), (&json!(true), &json!("agrees")), "{whole:#}");
}
