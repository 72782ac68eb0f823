//! `keep-warm`: an idle site refreshes once and its approval's last use moves; where it need not, or may not, nothing is spent.

use crate::fleet::Fleet;
use crate::identify::{audit, let_spend, refreshes, text};
use serde_json::{Value, json};

async fn of_story(fleet: &Fleet, story: &str) -> String {
    let truth = fleet.truth().await;
    truth.iter().find(|(_, site)| site["story"] == story).expect("a site of the story").0.clone()
}

/// The only site that the document tells of.
fn only(document: &Value) -> Value {
    let sites = document["result"]["sites"].as_array().expect("sites");
    assert_eq!(sites.len(), 1, "{document:#}");
    sites[0].clone()
}

async fn last_used(fleet: &Fleet, approval: &str) -> String {
    let tokens = fleet.json(&["tokens"], "tokens").await;
    let rows = tokens["result"]["approvals"].as_array().expect("a list");
    text(rows.iter().find(|row| row["approval_id"] == approval).expect("it is listed"), "last_used_at")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_near_its_idle_limit_refreshes_once_and_begins_anew() {
    let fleet = Fleet::start("agency", 7).await;
    let_spend(&fleet, &["beta"]);
    let nothing = fleet.json(&["keep-warm", "--due", "--yes"], "keep_warm").await;
    assert_eq!((&nothing["status"], &nothing["result"]["sites"]), (&json!(0), &json!([])), "{nothing:#}");
    fleet.json(&["poll"], "poll").await;
    let site = of_story(&fleet, "idle_near").await;
    let line = fleet.list().await[&site].clone();
    assert_eq!(line["cause"], "idle_near", "{line:#}");
    let approval = text(&line["slot"], "approval_id");
    let before = last_used(&fleet, &approval).await;

    let unasked = fleet.json(&["keep-warm", "--due"], "failure").await;
    assert_eq!(unasked["status"], 64, "{unasked}");
    assert_eq!((refreshes(&fleet).await, audit(&fleet)), (Vec::new(), Vec::new()));

    let done = fleet.json(&["keep-warm", "--due", "--yes"], "keep_warm").await;
    let one = only(&done);
    assert_eq!(
        (&done["status"], &one["outcome"], &one["name"]),
        (&json!(0), &json!("warmed"), &json!(site)),
        "{done:#}"
    );
    assert_eq!(one["approval_id"], json!(approval));
    assert!(last_used(&fleet, &approval).await > before, "its last use moved");
    let spent = refreshes(&fleet).await;
    assert_eq!(spent.len(), 1, "{spent:#?}");
    assert_eq!((&spent[0]["client"], &spent[0]["site"]), (&json!("site"), &json!(site)));
    let lines = audit(&fleet);
    let told: Vec<String> =
        lines.iter().map(|line| format!("{} {}", text(line, "phase"), text(line, "operation"))).collect();
    assert_eq!(told, ["before keep-warm", "after keep-warm"]);
    assert!(lines[0]["what"].as_str().expect("words").contains("idle time begins anew"), "{lines:#?}");
    assert!(lines.iter().all(|line| line["id"] == one["operation"] && line["class"] == "spend"), "{lines:#?}");
    assert_ne!(fleet.list().await[&site]["cause"], "idle_near");

    // Its session works now: asked again it makes a call, and nothing is spent or asked.
    let again = fleet.json(&["keep-warm", &site], "keep_warm").await;
    assert_eq!((&again["status"], &only(&again)["outcome"]), (&json!(0), &json!("awake")), "{again:#}");
    assert_eq!((refreshes(&fleet).await.len(), audit(&fleet).len()), (1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_rotate_what_is_read_only_and_what_is_broken_is_not_let() {
    let fleet = Fleet::start("agency", 7).await;
    fleet.json(&["poll"], "poll").await;
    let site = of_story(&fleet, "idle_near").await;
    for (name, words) in [
        (&site, "whether refresh tokens rotate in its org is not known"),
        (&of_story(&fleet, "rotation_risk").await, "rotation is on"),
        (&of_story(&fleet, "staging").await, "left alone"),
    ] {
        let refused = fleet.json(&["keep-warm", name, "--yes"], "keep_warm").await;
        let one = only(&refused);
        assert_eq!((&refused["status"], &one["outcome"]), (&json!(77), &json!("refused")), "{refused:#}");
        assert!(one["text"].as_str().expect("words").contains(words), "{words}: {refused:#}");
        let last = audit(&fleet).pop().expect("a line");
        assert_eq!((&last["phase"], &last["operation"]), (&json!("refused"), &json!("keep-warm")));
    }
    let read_only = fleet.json(&["keep-warm", &site, "--yes", "--read-only"], "keep_warm").await;
    assert_eq!(read_only["status"], 77, "{read_only:#}");
    let_spend(&fleet, &["beta"]);
    let both = fleet.json(&["keep-warm", &of_story(&fleet, "rotation_risk").await, &site, "--yes"], "keep_warm").await;
    assert_eq!(both["status"], 2, "one failure stops nobody: {both:#}");
    assert_eq!(both["result"]["sites"].as_array().map(Vec::len), Some(2));
    assert_eq!(refreshes(&fleet).await.len(), 1);
    fleet.json(&["keep-warm"], "failure").await;
}
