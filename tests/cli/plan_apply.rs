//! `plan apply`: what a plan's file says is done, step by step, by a person with a browser; it stops where something moved, and goes
//! on from there.

use crate::authorize::{Waiting, consent};
use crate::fleet::{Fleet, checked};
use crate::identify::{audit, text};
use crate::revoke::{authorized_anew, truth_of};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;

/// Approvals that a site works with.
async fn working(fleet: &Fleet) -> BTreeSet<String> {
    let truth = fleet.admin("truth", None).await;
    let works = |held: &&Value| held["alive"] == true && held["held"] == true && held["listed"] == true;
    truth["approvals"].as_array().expect("a list").iter().filter(works).map(|held| text(held, "approval_id")).collect()
}

fn outcomes(document: &Value) -> Vec<String> {
    document["result"]["steps"].as_array().expect("steps").iter().map(|step| text(step, "outcome")).collect()
}

/// A plan for a broken site of beta, with a revocation of `orphan` put before it as somebody who reviews it may. Answers its path,
/// the site, and who signs in for it.
async fn with_a_revocation(fleet: &Fleet, orphan: &str) -> (String, String, String) {
    let list = fleet.list().await;
    let site = list.values().find(|site| site["org"] == "beta" && site["health"] == "FAIL").expect("a broken site");
    let site = text(site, "name");
    let file = fleet.dir.path().join("plan.toml");
    let path = file.to_str().expect("a path").to_owned();
    fleet.json(&["plan", &site, "--out", &path], "plan").await;
    let tokens = fleet.json(&["tokens", "--org", "beta"], "tokens").await;
    let row = tokens["result"]["approvals"].as_array().expect("a list").iter().find(|one| one["approval_id"] == orphan);
    let row = row.expect("the orphan").clone();
    let users = fleet.json(&["users", "--org", "beta"], "users").await;
    let holder = users["result"]["users"].as_array().expect("a list").iter().find(|user| user["user"] == row["user"]);
    let (id, name) = (text(holder.expect("its user"), "user_id"), text(&row, "user"));
    let mut plan: toml::Table = fs::read_to_string(&file).expect("a plan").parse().expect("TOML");
    let steps = plan["steps"].as_array_mut().expect("steps");
    assert_eq!(steps.len(), 1, "{steps:#?}");
    let signs_in = steps[0]["user_name"].as_str().expect("a name").to_owned();
    let revocation = format!(
        "do = \"revoke\"\norg = \"beta\"\nuser = \"{id}\"\nuser_name = \"{name}\"\napproval = \"{orphan}\"\n\
         approval_made_at = \"{}\"\nwhy = \"left behind\"\n",
        text(&row, "created_at")
    );
    steps.insert(0, toml::Value::Table(revocation.parse().expect("TOML")));
    let users = plan["orgs"].as_array_mut().expect("orgs")[0].as_table_mut().expect("an org");
    let users = users.get_mut("users").and_then(toml::Value::as_array_mut).expect("users");
    users.retain(|user| user["id"].as_str() != Some(&id));
    let user = format!("id = \"{id}\"\nname = \"{name}\"\napprovals = [\"{orphan}\"]\n");
    users.push(toml::Value::Table(user.parse().expect("TOML")));
    fs::write(&file, plan.to_string()).expect("written");
    (path, site, signs_in)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_stops_where_it_moved_goes_on_from_there_and_cuts_off_nobody() {
    let fleet = Fleet::start("agency", 7).await;
    let (orphan, _, _) = authorized_anew(&fleet).await;
    let (path, site, user) = with_a_revocation(&fleet, &orphan).await;
    let fresh = fleet.json(&["plan", "check", &path], "plan_check").await;
    assert_eq!(fresh["status"], 0, "{fresh:#}");
    let before = working(&fleet).await;

    let unasked = fleet.json(&["plan", "apply", &path], "failure").await;
    assert_eq!(unasked["status"], 64, "{unasked}");
    let read_only = fleet.json(&["plan", "apply", &path, "--yes", "--read-only"], "failure").await;
    assert_eq!(read_only["status"], 77, "{read_only}");
    assert_eq!(audit(&fleet).iter().map(|line| text(line, "phase")).collect::<Vec<_>>(), ["refused"]);
    assert_eq!(truth_of(&fleet, &orphan).await["listed"], true);

    // Who is to sign in can not any more: the first step is done, the second says why it is not.
    fleet.admin("fault", Some(json!({"kind": "deactivate", "user": user}))).await;
    let half = fleet.json(&["plan", "apply", &path, "--yes"], "plan_apply").await;
    assert_eq!(
        (&half["status"], outcomes(&half)),
        (&json!(2), vec!["done".to_owned(), "stopped".to_owned()]),
        "{half:#}"
    );
    assert!(half["message"].as_str().expect("words").contains("is not active"), "{half:#}");
    assert_eq!(truth_of(&fleet, &orphan).await["listed"], false);

    fleet.admin("fault", Some(json!({"kind": "restore", "user": user}))).await;
    consent(&fleet, json!({"answer": "allow", "user": user})).await;
    let waiting = Waiting::start(&fleet, &["plan", "apply", &path, "--yes"]).await;
    assert!(waiting.said.contains("step 1: done: ") && waiting.said.contains(&user), "{}", waiting.said);
    waiting.browse().await;
    let ended = waiting.ended().await;
    let whole = checked(&ended.out, "plan_apply");
    assert_eq!(
        (ended.code, outcomes(&whole)),
        (Some(0), vec!["already".to_owned(), "done".to_owned()]),
        "{}{}",
        ended.out,
        ended.err
    );
    assert_eq!(fleet.truth().await[&site]["health"], "OK");
    let after = working(&fleet).await;
    assert_eq!(before.difference(&after).collect::<Vec<_>>(), Vec::<&String>::new(), "nobody was cut off");
    assert_eq!(after.len(), before.len() + 1);

    let again = fleet.json(&["plan", "apply", &path], "plan_apply").await;
    assert_eq!((&again["status"], outcomes(&again)), (&json!(0), vec!["already".to_owned(); 2]), "{again:#}");
    let told: Vec<String> =
        audit(&fleet).iter().map(|line| format!("{} {}", text(line, "phase"), text(line, "operation"))).collect();
    let expected = [
        "refused revoke",
        "before revoke",
        "after revoke",
        "refused reauthorize",
        "before reauthorize",
        "after reauthorize",
    ];
    assert_eq!(told, expected);
    let verified = fleet.run(&["audit", "verify"]).await;
    assert_eq!(verified.code, Some(0), "{}", verified.err);
}
