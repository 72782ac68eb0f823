//! `plan`: what it says for a fleet, carried out in the simulator, and what a file of it says afterwards.

use crate::fleet::Fleet;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;

fn list<'a>(document: &'a Value, key: &str) -> &'a Vec<Value> {
    document["result"][key].as_array().expect(key)
}

/// Approvals that a site works with.
async fn working(fleet: &Fleet) -> BTreeSet<String> {
    let truth = fleet.admin("truth", None).await;
    let approvals = truth["approvals"].as_array().expect("approvals").clone();
    let works = |held: &&Value| held["alive"] == true && held["held"] == true && held["listed"] == true;
    approvals.iter().filter(works).map(|held| held["approval_id"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_brings_sites_back_and_cuts_off_nobody() {
    let mut fleet = Fleet::start("agency", 7).await;
    let nothing = fleet.json(&["plan"], "plan").await;
    assert_eq!((&nothing["status"], list(&nothing, "steps").len()), (&json!(0), 0));
    assert!(nothing["warnings"].to_string().contains("no site is known to have lost its connection"));
    fleet.run(&["poll"]).await;

    let file = fleet.dir.path().join("monday.toml");
    let path = file.to_str().expect("a path");
    let plan = fleet.json(&["plan", "--out", path], "plan").await;
    let again = fleet.json(&["plan", "--out", path], "failure").await;
    assert!(again["message"].as_str().expect("words").contains("can not be written"), "a review is not overwritten");
    let steps = list(&plan, "steps").clone();
    let authorized: Vec<&Value> = steps.iter().filter(|step| step["do"] == "authorize").collect();
    assert!(authorized.len() > 1, "{plan:#}");
    // Every broken site has its place: in a step, without a slot, or left out with a reason.
    let placed = |name: &str| {
        let is = |value: &Value| value == name;
        authorized.iter().any(|step| is(&step["site"]))
            || list(&plan, "orgs").iter().any(|org| org["without_slot"].as_array().expect("a list").iter().any(is))
            || list(&plan, "left_out").iter().any(|out| is(&out["site"]))
    };
    for (name, site) in fleet.list().await {
        assert_eq!(site["health"] == "FAIL", placed(&name), "{name}: {site:#}");
    }
    let fresh = fleet.json(&["plan", "check", path], "plan_check").await;
    assert!(list(&fresh, "steps").iter().all(|step| step["standing"]["state"] == "ready"), "{fresh:#}");

    // A revocation is not the simulator's to order here: an org that needs one is left alone from there on.
    let mut stopped = BTreeSet::new();
    let mut done = BTreeSet::new();
    for step in &steps {
        let org = step["org"].as_str().expect("an org").to_owned();
        if step["do"] == "revoke" || stopped.contains(&org) {
            stopped.insert(org);
            continue;
        }
        let before = working(&fleet).await;
        let order = json!({ "kind": "authorize", "user": step["user_name"], "site": step["site"] });
        fleet.admin("fault", Some(order)).await;
        let after = working(&fleet).await;
        assert_eq!(before.difference(&after).collect::<Vec<_>>(), Vec::<&String>::new(), "{step:#}");
        done.insert(step["site"].as_str().expect("a site").to_owned());
    }
    assert!(done.len() > 1, "{done:?}");
    fleet.admin("clock", Some(json!({ "advance": "30min" }))).await;
    fleet.ahead = Some("30min".to_owned());
    fleet.run(&["poll"]).await;
    let sites = fleet.list().await;
    assert!(done.iter().all(|name| sites[name]["health"] != "FAIL"), "they work");
    let later = fleet.json(&["plan", "check", path], "plan_check").await;
    for step in
        list(&later, "steps").iter().filter(|step| step["site"].as_str().is_some_and(|site| done.contains(site)))
    {
        assert_eq!(step["standing"]["state"], "done", "{step:#}");
    }
    fleet.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_named_site_comes_first_and_a_file_is_read_with_care() {
    let fleet = Fleet::start("agency", 7).await;
    fleet.run(&["poll"]).await;
    let (name, _) = fleet.list().await.into_iter().find(|(_, site)| site["cause"] == "evicted").expect("one");
    let one = fleet.json(&["plan", &name], "plan").await;
    let sites: BTreeSet<&str> = list(&one, "steps").iter().filter_map(|step| step["site"].as_str()).collect();
    let without = list(&one, "orgs").iter().any(|org| org["without_slot"][0] == name.as_str());
    assert!(sites == BTreeSet::from([name.as_str()]) || (sites.is_empty() && without), "{one:#}");
    assert_eq!(fleet.json(&["plan", "no-such-site"], "failure").await["status"], 64);

    let file = fleet.dir.path().join("plan.toml");
    let path = file.to_str().expect("a path");
    let missing = fleet.json(&["plan", "check", path], "failure").await;
    assert_eq!(missing["status"], 64);
    fleet.run(&["plan", "--out", path]).await;
    let text = fs::read_to_string(&file).expect("a plan");
    fs::write(&file, text.replacen("version = 1", "version = 9", 1)).expect("written");
    let newer = fleet.json(&["plan", "check", path], "failure").await;
    assert_eq!((&newer["status"], newer["message"].to_string().contains("version 9")), (&json!(78), true));
    // Another org under the same name: nothing of the plan holds there.
    let id = text.lines().find_map(|line| line.strip_prefix("id = \"00D")).expect("an org's id").trim_end_matches('"');
    let other = if id.starts_with('0') { "1" } else { "0" };
    fs::write(&file, text.replacen(&format!("id = \"00D{id}"), &format!("id = \"00D{other}{}", &id[1..12]), 1))
        .expect("written");
    let moved = fleet.json(&["plan", "check", path], "plan_check").await;
    assert_eq!(moved["status"], 1, "{moved:#}");
    assert!(moved.to_string().contains("is another org now"), "{moved:#}");
    let people = fleet.run(&["plan"]).await;
    assert!(people.out.contains("  1  ") && people.out.contains("authorize "), "{}{}", people.out, people.err);
    fleet.sim.stop().await;
}
