//! `org-setup`: what an administrator is to do, where, and in which words.

use crate::fleet::Fleet;
use serde_json::{Value, json};

async fn org_of(fleet: &Fleet, story: &str) -> String {
    let truth = fleet.truth().await;
    let name = truth.iter().find(|(_, site)| site["story"] == story).expect("a site of the story").0.clone();
    fleet.list().await[&name]["org"].as_str().expect("its org").to_owned()
}

fn task(document: &Value, task: &str) -> Option<Value> {
    document["result"]["tasks"].as_array().expect("tasks").iter().find(|one| one["task"] == task).cloned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_to_be_done_has_its_page_and_its_words() {
    let fleet = Fleet::start("agency", 7).await;
    fleet.json(&["poll"], "poll").await;
    for (story, name, page) in [
        ("app_blocked", "unblock_app", "ConnectedAppsUsage"),
        ("app_uninstalled", "install_app", "ConnectedAppsUsage"),
        ("idle_near", "refresh_token_policy", "ConnectedApplication"),
        ("rotation_risk", "rotation", "ConnectedApplication"),
    ] {
        let org = org_of(&fleet, story).await;
        let told = fleet.json(&["org-setup", &org], "org_setup").await;
        let one = task(&told, name).expect("it is to be done");
        assert_eq!(one["need"], "to_do", "{story}: {told:#}");
        let url = one["url"].as_str().expect("an address");
        let origin = &fleet.sim.ready.orgs[&org];
        assert!(url.starts_with(origin.as_str()) && url.ends_with(&format!("/lightning/setup/{page}/home")), "{url}");
        assert!(one["words"].as_str().expect("words").contains("WP Fusion (OAuth)"), "{one:#}");
        assert!(told["warnings"].to_string().contains(&format!("fusebox doctor {org}")), "{told:#}");
    }
    let rights = json!({"kind": "rights", "org": "beta", "rights": {"customize_application": false}});
    fleet.admin("fault", Some(rights)).await;
    fleet.run(&["poll"]).await;
    let told = fleet.json(&["org-setup", "beta", "--all"], "org_setup").await;
    assert_eq!(told["result"]["tasks"].as_array().map(Vec::len), Some(5));
    let one = task(&told, "permissions").expect("one");
    assert!(one["words"].as_str().expect("words").contains("\"Customize Application\""), "{one:#}");
    let people = fleet.run(&["org-setup", "beta"]).await;
    assert!(
        people.out.contains("to do  fusebox's user lacks") && people.out.contains("Permission Sets: http"),
        "{}",
        people.out
    );
    assert_eq!(fleet.json(&["org-setup", "nowhere"], "failure").await["status"], 64);
}
