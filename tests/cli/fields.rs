//! `fields`: as the site sees its object, as fusebox's user does where the site can not ask, and what is kept of it.

use super::fleet::{Fleet, by_name};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// Calls of a client's that describe an object, by whether the client was the site.
async fn describes(fleet: &Fleet, by_site: bool) -> Vec<Value> {
    let log = fleet.admin("log", None).await;
    let entries = log["requests"].as_array().expect("entries");
    let described = |entry: &&Value| {
        let path = entry["path"].as_str().unwrap_or_default();
        path.trim_end_matches('/').ends_with("/describe") && (entry["client"] == "site") == by_site
    };
    entries.iter().filter(described).cloned().collect()
}

async fn with_story(fleet: &Fleet, story: &str) -> String {
    let truth = fleet.truth().await;
    truth.iter().find(|(_, site)| site["story"] == story).expect("a site").0.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_living_site_describes_its_object_itself() {
    let fleet = Fleet::start("agency", 7).await;
    let site = with_story(&fleet, "healthy").await;
    let never = fleet.json(&["fields", &site, "--no-poll"], "failure").await;
    assert_eq!(never["status"], 69, "nobody has asked yet");
    let told = fleet.json(&["fields", &site], "fields").await;
    let result = &told["result"];
    assert_eq!(
        (&told["status"], &result["object"], &result["seen_by"]),
        (&json!(0), &json!("Contact"), &json!("site"))
    );
    let fields = result["fields"].as_array().expect("fields");
    assert_eq!((fields.len(), &fields[1]["label"]), (4, &json!("Last Name")));
    assert!(fields.iter().all(|field| field["verdict"] == "ok"), "{result}");
    assert_eq!((describes(&fleet, true).await.len(), describes(&fleet, false).await.len()), (1, 0));
    let text = fleet.run(&["fields", &site, "--no-poll"]).await;
    assert_eq!((text.code, text.out.lines().count()), (Some(0), 5), "{}{}", text.out, text.err);
    assert!(text.out.contains("last_name") && text.out.contains("Business Phone"), "{}", text.out);
    assert_eq!(describes(&fleet, true).await.len(), 1, "nothing was asked");
    let wrong = fleet.json(&["fields", &site, "--object", "../limits"], "failure").await;
    assert_eq!(wrong["status"], 64);
    let unknown = fleet.json(&["fields", "no-such-site"], "failure").await;
    assert_eq!(unknown["status"], 64);
    fleet.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn for_a_dead_site_fusebox_s_own_user_asks_and_asks_again_only_for_what_changed() {
    let fleet = Fleet::start("agency", 7).await;
    let site = with_story(&fleet, "evicted").await;
    fleet.run(&["poll"]).await;
    let told = fleet.json(&["fields", &site], "fields").await;
    let result = &told["result"];
    assert_eq!((&told["status"], &result["seen_by"]), (&json!(0), &json!("fusebox")), "{told}");
    let (org, warnings) = (result["org"].as_str().expect("an org"), told["warnings"].to_string());
    assert!(warnings.contains(&format!("as fusebox's own user sees it in {org}")), "{warnings}");
    let kept = fleet.state_dir().join(format!("fields-org-{org}-contact.json"));
    assert_eq!(fs::metadata(&kept).expect("what is kept").permissions().mode() & 0o777, 0o600);
    // What is told of a changed file was not sent again.
    let text = fs::read_to_string(&kept).expect("what is kept").replace("\"Last Name\"", "\"As kept\"");
    fs::write(&kept, text).expect("written");
    let again = fleet.json(&["fields", &site], "fields").await;
    assert_eq!(again["result"]["fields"][1]["label"], "As kept", "304");
    assert_eq!(describes(&fleet, false).await.len(), 2);
    // Half a file is one that is not there.
    fs::write(&kept, "{").expect("half a file");
    assert_eq!(fleet.json(&["fields", &site], "fields").await["result"]["fields"], result["fields"]);
    fleet.admin("fault", Some(json!({ "kind": "503", "site": site }))).await;
    let earlier = fleet.json(&["fields", &site], "fields").await;
    assert_eq!(earlier["status"], 2, "the mapping is an earlier one");
    assert!(earlier["message"].as_str().expect("a message").contains("does not tell its mapping"), "{earlier}");
    fleet.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_site_is_told_later_is_held_to_the_mapping_of_another_of_its_org() {
    let fleet = Fleet::start("agency", 7).await;
    fleet.run(&["poll"]).await;
    let list = fleet.list().await;
    // Two of one user: another one may see other fields.
    let well = list.values().filter(|site| site["health"] == "OK" && site["user"].is_string());
    let mut users: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for site in well {
        let text = |name: &str| site[name].as_str().expect("a text");
        users.entry((text("org"), text("user"))).or_default().push(text("name"));
    }
    let of_one = users.values().find(|names| names.len() > 1).expect("two of one user");
    let (earlier, later) = (of_one[0], of_one[1]);
    let stranger =
        users.iter().find(|((org, _), names)| *org == "acme" && !names.contains(&later)).expect("another").1[0];
    let before = fleet.json(&["fields"], "all_fields").await;
    let sites = before["result"]["sites"].as_array().expect("sites");
    assert_eq!(sites.len(), list.len());
    assert!(sites.iter().all(|site| site["read"].is_null() && site["later"].is_null()), "nobody was asked");

    fleet.json(&["fields", earlier], "fields").await;
    // As if the object had had another field a day ago, and the phone had been something else.
    let kept = fleet.state_dir().join(format!("fields-site-{earlier}.json"));
    let mut told: Value = serde_json::from_slice(&fs::read(&kept).expect("what is kept")).expect("JSON");
    let described = told["described_at"].as_str().expect("a time").to_owned();
    told["described_at"] = json!(described.replacen("20", "19", 1));
    let fields = told["description"]["fields"].as_array_mut().expect("fields");
    let phone = fields.iter_mut().find(|field| field["name"] == "Phone").expect("a phone");
    phone["type"] = json!("string");
    let mut old = phone.clone();
    old["name"] = json!("Old__c");
    fields.retain(|field| field["name"] != "Email");
    fields.push(old);
    let mapped = told["mapping"]["mapped"].as_array_mut().expect("pairs");
    mapped.retain(|pair| pair["crm_field"] != "Email");
    mapped.push(json!({ "field": "old", "crm_field": "Old__c", "active": true }));
    fs::write(&kept, told.to_string()).expect("written");
    let alone = by_name(&fleet.json(&["fields"], "all_fields").await["result"]["sites"]);
    assert!(alone[earlier]["later"].is_null() && alone[earlier]["read"]["mapped"].is_number(), "{}", alone[earlier]);

    fleet.json(&["fields", stranger], "fields").await;
    let other = by_name(&fleet.json(&["fields"], "all_fields").await["result"]["sites"]);
    assert!(other[earlier]["later"].is_null(), "who has other rights tells nothing of it");
    fleet.json(&["fields", later], "fields").await;
    let after = fleet.json(&["fields"], "all_fields").await;
    assert_eq!(after["status"], 0, "nothing is missing by what the site itself was told");
    assert_eq!(after["result"]["sites"][0]["name"], earlier, "the worst stands first");
    let known = &after["result"]["sites"][0]["later"];
    assert_eq!((&known["site"], &known["seen_by"]), (&json!(later), &json!("site")));
    let broken: Vec<_> =
        known["broken"].as_array().expect("a list").iter().map(|one| (&one["crm_field"], &one["by"])).collect();
    assert!(broken.contains(&(&json!("Old__c"), &json!("gone"))), "{known}");
    assert!(broken.contains(&(&json!("Phone"), &json!("type_changed"))), "{known}");
    assert_eq!(known["added"], json!(["Email"]));
    let text = fleet.run(&["fields"]).await;
    let line = text.out.lines().find(|line| line.starts_with(earlier)).expect("its line");
    assert!(line.contains("changed since: "), "{line}");
    assert!(by_name(&after["result"]["sites"])[later]["later"].is_null(), "it saw the last of it");
    let wrong = fleet.json(&["fields", "--object", "Lead"], "failure").await;
    assert_eq!(wrong["status"], 64, "of which site?");
    fleet.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_that_leads_nowhere_fails_and_an_unknown_object_is_named() {
    let fleet = Fleet::start("agency", 7).await;
    let site = with_story(&fleet, "healthy").await;
    fleet.run(&["poll"]).await;
    let other = fleet.json(&["fields", &site, "--object", "Account"], "fields").await;
    assert_eq!(other["result"]["object"], "Account");
    let nothing = fleet.json(&["fields", &site, "--object", "Nothing__c"], "failure").await;
    assert_eq!(nothing["status"], 69);
    let message = nothing["message"].as_str().expect("a message");
    assert!(message.contains("there is no object Nothing__c") && message.contains("the site: "), "{message}");
    let dead = with_story(&fleet, "evicted").await;
    let broken = fleet.json(&["fields", &dead, "--object", "Account"], "fields").await;
    assert_eq!(broken["status"], 1, "{broken}");
    let verdicts: Vec<&Value> =
        broken["result"]["fields"].as_array().expect("fields").iter().map(|field| &field["verdict"]).collect();
    assert!(verdicts.contains(&&json!("missing")), "{broken}");
    assert!(broken["result"]["required"].as_array().expect("a list").iter().any(|field| field["name"] == "Name"));
    fleet.sim.stop().await;
}
