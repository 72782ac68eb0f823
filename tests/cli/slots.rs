//! Who holds which slot, as commands tell it, held to what the simulator knows.

use crate::fleet::{Fleet, by_name};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn items<'a>(document: &'a Value, list: &str) -> &'a Vec<Value> {
    document["result"][list].as_array().expect(list)
}

#[tokio::test(flavor = "multi_thread")]
async fn approvals_users_and_orgs_are_told_as_they_are() {
    let fleet = Fleet::start("agency", 7).await;
    let before = fleet.json(&["tokens"], "tokens").await;
    assert_eq!(items(&before, "approvals").len(), 0);
    assert!(items(&before, "orgs").iter().all(|org| org["complete"] == false), "nothing was listed yet");
    let warnings = before["warnings"].as_array().expect("warnings");
    assert!(warnings.iter().all(|said| said.as_str().expect("words").contains("not listed yet")), "{warnings:?}");
    assert_eq!(warnings.len(), items(&before, "orgs").len(), "a short list is never silent");
    fleet.run(&["poll"]).await;

    let tokens = fleet.json(&["tokens"], "tokens").await;
    let truth = fleet.admin("truth", None).await;
    let held: BTreeMap<&str, &Value> = truth["approvals"]
        .as_array()
        .expect("approvals")
        .iter()
        .map(|held| (held["approval_id"].as_str().expect("an id"), held))
        .collect();
    let complete: Vec<&str> = items(&tokens, "orgs")
        .iter()
        .filter(|org| org["complete"] == true)
        .map(|org| org["org"].as_str().expect("a name"))
        .collect();
    assert!(complete.len() > 1);
    let listed = held.values().filter(|held| {
        held["listed"] == true
            && held["app"] == "WP Fusion (OAuth)"
            && complete.contains(&held["org"].as_str().expect("a name"))
    });
    let told = items(&tokens, "approvals");
    let told_of = |org: &&Value| complete.contains(&org["org"].as_str().expect("a name"));
    assert_eq!(told.iter().filter(told_of).count(), listed.count(), "all of them");
    for approval in told {
        let truth = held[approval["approval_id"].as_str().expect("an id")];
        assert_eq!((&approval["org"], &approval["user"]), (&truth["org"], &truth["user"]));
        if approval["attribution"]["confidence"] == "high" {
            let holds = approval["site"] == truth["site"]
                || approval["shared_with"].as_array().expect("sites").contains(&truth["site"]);
            assert!(holds, "{approval:#}\n{truth:#}");
        }
    }
    assert!(told.iter().any(|approval| approval["attribution"]["confidence"] == "high"));
    for (name, site) in fleet.list().await {
        let own = told.iter().find(|approval| approval["site"] == name.as_str());
        if let Some(own) = own {
            assert_eq!(own["approval_id"], site["slot"]["approval_id"], "tokens and list say the same of {name}");
            // A policy's word ends no refusal: of a broken site only its line tells that the token is dead.
            assert!(site["health"] == "FAIL" || own["refresh_token"] == site["refresh_token"], "{name}");
        }
    }

    let users = fleet.json(&["users"], "users").await;
    for user in items(&users, "users") {
        let own = told.iter().filter(|approval| approval["org"] == user["org"] && approval["user"] == user["user"]);
        let count = own.clone().count();
        assert!(user["used"].is_null() || user["used"] == json!(count), "{user:#}");
        let leaving = own.filter(|approval| approval["next_out"] == true).count();
        assert_eq!(user["next_out"].as_array().map(Vec::len), Some(leaving), "{user:#}");
        assert_eq!(user["full"] == true, leaving > 0, "{user:#}");
    }
    let orgs = fleet.json(&["orgs"], "orgs").await;
    assert!(items(&orgs, "orgs").iter().any(|org| org["kind"] == "sandbox"));
    for org in items(&orgs, "orgs") {
        let one = fleet.json(&["users", "--org", org["name"].as_str().expect("a name")], "users").await;
        assert_eq!(org["users"], json!(items(&one, "users").len()));
    }
    fleet.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_narrowed_and_wrong_names_are_refused() {
    let fleet = Fleet::start("agency", 7).await;
    fleet.run(&["poll"]).await;
    let all = fleet.json(&["tokens"], "tokens").await;
    let all = items(&all, "approvals");
    let sure = all.iter().find(|approval| approval["site"].is_string()).expect("one whose site is known");
    let (site, user) = (sure["site"].as_str().expect("a name"), sure["user"].as_str().expect("a name"));
    let of_site = fleet.json(&["tokens", "--site", site], "tokens").await;
    assert_eq!(items(&of_site, "approvals"), &vec![sure.clone()]);
    let of_user = fleet.json(&["tokens", "--user", user], "tokens").await;
    let expected: Vec<Value> = all.iter().filter(|approval| approval["user"] == user).cloned().collect();
    assert_eq!(items(&of_user, "approvals"), &expected);
    let orphans = fleet.json(&["tokens", "--orphans"], "tokens").await;
    let expected: Vec<Value> = all.iter().filter(|approval| !approval["orphan"].is_null()).cloned().collect();
    assert_eq!(items(&orphans, "approvals"), &expected);
    assert!(!expected.is_empty());
    for wrong in [["--site", "no-such"], ["--user", "no-such"], ["--org", "no-such"]] {
        let refused = fleet.json(&[&["tokens"][..], &wrong[..]].concat(), "failure").await;
        assert_eq!(refused["status"], 64, "{wrong:?}");
    }
    let list = by_name(&fleet.json(&["list"], "list").await["result"]["sites"]);
    let broken = list.values().find(|site| site["health"] == "FAIL").expect("a broken site");
    let name = broken["name"].as_str().expect("a name");
    let why = fleet.json(&["why", name], "why").await;
    assert_eq!((&why["result"]["cause"], &why["result"]["reason"]), (&broken["cause"], &broken["reason"]));
    assert_eq!(why["result"]["findings"][0]["cause"], broken["cause"]);
    let told = fleet.run(&["why", name]).await;
    assert!(told.out.contains("\n  + ") && told.out.contains("\n  1. "), "{}", told.out);
    fleet.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_approvals_stand_in_order() {
    let fleet = Fleet::start("crowded", 3).await;
    fleet.run(&["poll"]).await;
    let tokens = fleet.json(&["tokens", "--org", "acme"], "tokens").await;
    let told = items(&tokens, "approvals");
    assert!(told.len() > 2_600, "{}", told.len());
    assert_eq!(
        tokens["result"]["orgs"],
        json!([{
            "org": "acme", "complete": true, "listed": told.len(), "refused": null,
            "observed_at": tokens["result"]["orgs"][0]["observed_at"],
        }])
    );
    let key = |approval: &Value| {
        let text = |key: &str| approval[key].as_str().expect(key).to_owned();
        (text("user"), text("created_at"))
    };
    assert!(told.is_sorted_by_key(key), "by user, then by age");
    let lines = fleet.run(&["tokens", "--org", "acme"]).await;
    assert_eq!(lines.out.lines().count(), told.len() + 1);
    fleet.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_listed_is_said() {
    let fleet = Fleet::start("clean", 4).await;
    let orgs = fleet.json(&["orgs"], "orgs").await;
    let org = orgs["result"]["orgs"][0]["name"].as_str().expect("a name").to_owned();
    let rights = json!({ "kind": "rights", "org": org, "rights": { "customize_application": false } });
    fleet.admin("fault", Some(rights)).await;
    fleet.run(&["poll"]).await;
    let tokens = fleet.json(&["tokens", "--org", &org], "tokens").await;
    let told = &tokens["result"]["orgs"][0];
    assert_eq!((&told["complete"], &told["refused"]["permission"]), (&json!(false), &json!("Customize Application")));
    assert!(tokens["warnings"][0].as_str().expect("words").contains("needs Customize Application"), "{tokens:#}");
    let users = fleet.json(&["users", "--org", &org], "users").await;
    assert!(items(&users, "users").iter().all(|user| user["used"].is_null() && user["full"].is_null()));
    let orgs = fleet.json(&["orgs", "--org", &org], "orgs").await;
    let missing = items(&orgs, "orgs")[0]["missing_permissions"].as_array().expect("permissions");
    assert_eq!(missing[0]["permission"], "Customize Application");
    assert!(missing[0]["lost"].as_str().expect("words").starts_with("the approvals"));
    fleet.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_dies_next_is_told_in_order() {
    let fleet = Fleet::start("agency", 7).await;
    fleet.run(&["poll"]).await;
    let forecast = fleet.json(&["forecast"], "forecast").await;
    let told = items(&forecast, "items");
    let dated = told.iter().filter(|item| !item["at"].is_null()).count();
    assert!(dated > 0 && dated < told.len(), "{told:#?}");
    assert!(told[..dated].is_sorted_by_key(|item| item["at"].as_str().map(str::to_owned)));
    assert!(told[dated..].iter().all(|item| item["at"].is_null() && item["origin"].is_null()));
    let list = fleet.list().await;
    let sites = |item: &Value| -> Vec<String> {
        item["sites"].as_array().expect("sites").iter().map(|site| site.as_str().expect("a name").to_owned()).collect()
    };
    for item in told {
        assert!(!sites(item).is_empty());
        for site in sites(item) {
            assert!(list[&site]["health"] != "FAIL" && list[&site]["health"] != "STAG", "{item:#}");
        }
    }
    // Every line that warns of an end has one here.
    for (cause, by) in [("next_out", "evicted"), ("rotation_risk", "rotated_out"), ("lifetime_near", "policy_lifetime")]
    {
        for (name, site) in list.iter().filter(|(_, site)| site["cause"] == cause) {
            let found = told.iter().any(|item| item["by"] == by && sites(item).contains(name));
            assert!(found, "{name}: {cause}, {:#?}", site["reason"]);
        }
    }
    let near = fleet.json(&["forecast", "--within", "7d"], "forecast").await;
    assert!(items(&near, "items").len() <= dated && items(&near, "items").iter().all(|item| !item["at"].is_null()));
    assert!(near["warnings"].to_string().contains("without a date left out"));
    let lines = fleet.run(&["forecast"]).await;
    assert_eq!(lines.out.lines().count(), told.len() + 1);
    let wrong = fleet.json(&["forecast", "--within", "soon"], "failure").await;
    assert_eq!(wrong["status"], 64);
    fleet.sim.stop().await;
}
