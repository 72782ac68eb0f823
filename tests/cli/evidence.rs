//! What an org writes down of itself, and what is not seen for want of which permission; when tokens end, as days go by.

use crate::fleet::{Fleet, by_name};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Moves the simulator's clock and the program's.
async fn advance(fleet: &mut Fleet, hours: u64) {
    fleet.admin("clock", Some(json!({ "advance": format!("{hours}h") }))).await;
    let ahead = fleet.ahead.as_deref().map_or(0, |ahead| ahead.trim_end_matches('h').parse().expect("hours"));
    fleet.ahead = Some(format!("{}h", ahead + hours));
}

async fn polled(fleet: &Fleet) -> BTreeMap<String, Value> {
    fleet.run(&["poll"]).await;
    fleet.list().await
}

async fn of_story(fleet: &Fleet, story: &str) -> String {
    let truth = fleet.truth().await;
    truth.iter().find(|(_, site)| site["story"] == story).expect("a site of the story").0.clone()
}

fn verdict(site: &Value) -> (&str, &str) {
    (site["health"].as_str().expect("a health"), site["cause"].as_str().unwrap_or_default())
}

/// Ends every session of a user, as an administrator does in Setup: the approval stays.
async fn end_sessions(fleet: &Fleet, org: &str, user: &str) {
    let known = fleet.admin("credentials", None).await["orgs"][org].clone();
    let word = |key: &str| known[key].as_str().expect("a word").to_owned();
    let http = reqwest::Client::new();
    let form = [
        ("grant_type", "client_credentials".to_owned()),
        ("client_id", word("client_id")),
        ("client_secret", word("client_secret")),
    ];
    let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let answer = http
        .post(format!("{}/services/oauth2/token", word("origin")))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form);
    let answer = answer.send().await.expect("the simulator").text().await.expect("a body");
    let token: Value = serde_json::from_str(&answer).expect("JSON");
    let token = token["access_token"].as_str().expect("a session").to_owned();
    let query = format!("SELECT Id FROM AuthSession WHERE Users.Username = '{user}'");
    let query: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
    let data = format!("{}/services/data/v60.0", word("origin"));
    let rows = http.get(format!("{data}/query?q={query}")).bearer_auth(&token).send().await.expect("the simulator");
    let rows: Value = serde_json::from_str(&rows.text().await.expect("a body")).expect("JSON");
    let rows = rows["records"].as_array().expect("rows").clone();
    assert!(!rows.is_empty(), "a session lives");
    for row in rows {
        let id = row["Id"].as_str().expect("an id");
        let gone = http.delete(format!("{data}/sobjects/AuthSession/{id}")).bearer_auth(&token).send().await;
        assert!(gone.expect("the simulator").status().is_success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_limit_is_near_then_past_and_ends_a_site_when_it_is_refused() {
    let mut fleet = Fleet::start("agency", 7).await;
    // Last refreshed 27 days ago under a limit of 30, and kept alive by its calls since.
    let site = of_story(&fleet, "idle_near").await;
    let first = polled(&fleet).await[&site].clone();
    assert_eq!(verdict(&first), ("WARN", "idle_near"), "{first:#}");
    let end = first["refresh_token"]["expires_at"].as_str().expect("a date").to_owned();

    advance(&mut fleet, 48).await;
    let near = polled(&fleet).await[&site].clone();
    assert_eq!(verdict(&near), ("WARN", "idle_near"), "29 days: {near:#}");
    assert_eq!(near["refresh_token"]["expires_at"], json!(end), "calls do not use the refresh token");

    advance(&mut fleet, 48).await;
    let past = polled(&fleet).await[&site].clone();
    assert_eq!(verdict(&past), ("WARN", "idle_near"), "31 days, and it works: {past:#}");
    let line = fleet.run(&["list"]).await.out;
    let line = line.lines().find(|line| line.contains(&site)).expect("its line");
    assert!(line.contains("past idle 30d"), "{line}");

    let blind = json!({"customize_application": false, "view_setup": false});
    fleet.admin("fault", Some(json!({"kind": "rights", "org": past["org"], "rights": blind}))).await;
    let unread = polled(&fleet).await[&site].clone();
    let missing = unread["refresh_token"]["because"].as_str().expect("what is missing");
    assert!(missing.starts_with("needs "), "{missing}");
    assert_eq!(
        (&unread["refresh_token"]["expires_at"], &unread["refresh_token"]["origin"]),
        (&Value::Null, &Value::Null)
    );
    fleet.admin("fault", Some(json!({"kind": "rights", "org": past["org"], "rights": {}}))).await;

    end_sessions(&fleet, past["org"].as_str().expect("an org"), past["user"].as_str().expect("a user")).await;
    advance(&mut fleet, 1).await;
    let dead = polled(&fleet).await[&site].clone();
    assert_eq!(verdict(&dead), ("FAIL", "policy_idle"), "{dead:#}");
    // Each refused refresh counts as a use and dates the approval: that is no health.
    advance(&mut fleet, 24).await;
    let later = polled(&fleet).await[&site].clone();
    assert!(later["use_count"].as_u64() > dead["use_count"].as_u64(), "{later:#}");
    assert_eq!(verdict(&later), ("FAIL", "policy_idle"), "{later:#}");
    fleet.sim.stop().await;
}

/// A right that is taken away, and the lines of doctor that name it.
struct Lost {
    rights: Value,
    named: &'static [(&'static str, &'static str)],
    /// What the access tokens of living sites are not told for want of.
    sessions: Option<&'static str>,
    /// Whether approvals are still listed.
    slots: bool,
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_missing_permission_hides_is_named_and_nothing_else_changes() {
    let table = [
        Lost { rights: json!({}), named: &[], sessions: None, slots: true },
        Lost {
            rights: json!({"customize_application": false}),
            named: &[("Customize Application", "Customize Application")],
            sessions: None,
            slots: false,
        },
        Lost {
            rights: json!({"manage_users": false, "monitor_login_history": false}),
            named: &[("Manage Users", "Manage Users"), ("login history", "Manage Users or Monitor Login History")],
            sessions: Some("needs Manage Users"),
            slots: true,
        },
        Lost {
            rights: json!({"manage_users": false}),
            named: &[("Manage Users", "Manage Users")],
            sessions: Some("needs Manage Users"),
            slots: true,
        },
        Lost { rights: json!({"monitor_login_history": false}), named: &[], sessions: None, slots: true },
        Lost {
            rights: json!({"view_setup": false}),
            named: &[("audit trail", "View Setup and Configuration")],
            sessions: None,
            slots: true,
        },
    ];
    let mut fleet = Fleet::start("agency", 7).await;
    // Past the turn of the simulator's stories: from here on time alone changes nobody's health.
    polled(&fleet).await;
    advance(&mut fleet, 3).await;
    let mut well: Option<BTreeMap<String, Value>> = None;
    // What is to be minded there with every right.
    let mut always: Option<BTreeSet<(String, bool)>> = None;
    for Lost { rights, named, sessions, slots } in table {
        fleet.admin("fault", Some(json!({"kind": "rights", "org": "acme", "rights": rights}))).await;
        advance(&mut fleet, 1).await;
        let list = polled(&fleet).await;
        let doctor = fleet.json(&["doctor", "acme"], "doctor").await;
        let checks = doctor["result"]["checks"].as_array().expect("a list").clone();
        let said: BTreeSet<(String, bool)> = checks
            .iter()
            .filter(|line| line["subject"] == "acme" && line["advice"] != Value::Null)
            .map(|line| {
                let check = line["check"].as_str().expect("a word").to_owned();
                let right = named.iter().find(|(name, _)| *name == check).map(|(_, right)| *right);
                let advice = line["advice"].as_str().expect("words");
                (check, right.is_some_and(|right| advice.contains(&format!("\"{right}\""))))
            })
            .collect();
        let minded = always.get_or_insert_with(|| said.clone());
        let said: BTreeSet<_> = said.difference(minded).cloned().collect();
        let expected: BTreeSet<_> = named.iter().map(|(check, _)| ((*check).to_owned(), true)).collect();
        assert_eq!(said, expected, "{rights}");

        let of_acme = |site: &&Value| site["org"] == "acme" && site["health"] == "OK";
        let living: Vec<&Value> = list.values().filter(of_acme).collect();
        assert!(!living.is_empty(), "{rights}");
        for site in &living {
            let (token, slot) = (&site["access_token"], &site["slot"]["used"]);
            match sessions {
                Some(missing) => assert_eq!((&token["because"], &token["expires_at"]), (&json!(missing), &Value::Null)),
                None => assert!(!token["because"].as_str().unwrap_or_default().starts_with("needs"), "{site:#}"),
            }
            assert_eq!(slot.is_null(), !slots, "{rights}: {site:#}");
        }
        if let Some(site) = living.first() {
            let name = site["name"].as_str().expect("a name");
            let shown = fleet.json(&["show", name], "show").await;
            assert_eq!(shown["result"]["site"]["access_token"], site["access_token"]);
        }
        // Nothing else changes: no site of any org is in another health for what fusebox may not see.
        let health: BTreeMap<_, _> = list.iter().map(|(name, site)| (name.clone(), site["health"].clone())).collect();
        match &well {
            None => well = Some(health),
            Some(well) if slots => assert_eq!(&health, well, "{rights}"),
            Some(_) => {}
        }
    }
    fleet.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_and_logins_tell_when_a_session_ends_and_who_did_what() {
    let mut fleet = Fleet::start("agency", 7).await;
    polled(&fleet).await;
    let site = of_story(&fleet, "healthy").await;
    let told = fleet.list().await[&site].clone();
    let token = &told["access_token"];
    assert_eq!(token["origin"], "measured", "{told:#}");
    let end: chrono::DateTime<chrono::Utc> = token["expires_at"].as_str().expect("a date").parse().expect("a time");
    let now = fleet.admin("truth", None).await["now"].as_str().expect("a time").to_owned();
    let left = end - now.parse::<chrono::DateTime<chrono::Utc>>().expect("a time");
    assert!(left > chrono::TimeDelta::zero() && left <= chrono::TimeDelta::minutes(121), "{left}");

    let user = told["user"].clone();
    fleet.admin("fault", Some(json!({"kind": "freeze", "user": user}))).await;
    // It pauses once a day for longer than a session lives, and is refused when it refreshes.
    advance(&mut fleet, 26).await;
    polled(&fleet).await;
    let shown = fleet.json(&["show", &site], "show").await;
    let finding = &shown["result"]["findings"][0];
    assert_eq!(finding["cause"], "user_frozen", "{finding:#}");
    let evidence = finding["evidence"].as_array().expect("a list");
    let trail = evidence.iter().find(|line| line["what"].as_str().is_some_and(|what| what.contains("audit trail")));
    let what = trail.expect("the row of the audit trail")["what"].as_str().expect("words");
    assert!(
        what.contains(&format!("Froze user {}", user.as_str().expect("a name"))) && what.contains("by admin@"),
        "{what}"
    );
    fleet.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_org_wrote_down_costs_at_most_three_calls_every_quarter_of_an_hour() {
    let mut fleet = Fleet::of("clean", 5, Some(40)).await;
    let orgs = fleet.sim.ready.orgs.len();
    let mut calls = Vec::new();
    for hours in [0, 0, 1, 0] {
        if hours > 0 {
            advance(&mut fleet, hours).await;
        }
        let before = counted(&fleet).await;
        assert_eq!(fleet.run(&["poll"]).await.code, Some(0));
        calls.push(counted(&fleet).await - before);
    }
    let [first, quiet, due, again] = calls[..] else { panic!("four polls") };
    assert_eq!((quiet, again), (orgs, orgs), "one call an org");
    assert!((2 * orgs..=3 * orgs).contains(&first) && (2 * orgs..=3 * orgs).contains(&due), "{calls:?}");
    let list = by_name(&fleet.json(&["list"], "list").await["result"]["sites"]);
    assert_eq!(list.len(), 40);
    fleet.sim.stop().await;
}

/// Calls of fusebox that count against an org's allocation.
async fn counted(fleet: &Fleet) -> usize {
    let log = fleet.admin("log", None).await["requests"].as_array().expect("a list").clone();
    log.iter().filter(|request| request["client"] == "fusebox" && request["counted"] == true).count()
}
