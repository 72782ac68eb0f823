//! What orgs write down: logins and refusals with the address they came from, what administrators did, live sessions.

use super::running::Running;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const APP: &str = "WP Fusion (OAuth)";

/// All rows of a query, one column as texts.
async fn column(running: &Running, org: &str, token: &str, query: &str, name: &str) -> Vec<String> {
    let page = running.query(org, token, query).await;
    let rows = page["records"].as_array().expect("records").iter();
    rows.map(|row| row[name].as_str().unwrap_or("null").to_owned()).collect()
}

/// The org and the user name of a site's approval.
async fn holder(running: &Running, site: &str) -> (String, String) {
    let truth = running.admin("truth", None).await;
    let sites = truth["sites"].as_array().expect("sites");
    let of = &sites.iter().find(|known| known["name"] == site).expect("the site")["refresh_fp_of"];
    let approvals = truth["approvals"].as_array().expect("approvals");
    let held = approvals.iter().find(|approval| approval["approval_id"] == *of).expect("its approval");
    let text = |name: &str| held[name].as_str().expect("a text").to_owned();
    (text("org"), text("user"))
}

#[tokio::test]
async fn refreshes_and_their_refusals_are_written_down() {
    let running = Running::start("agency", 7, None).await;
    for (story, status) in [
        ("healthy", "Success"),
        ("user_inactive", "User is inactive"),
        ("user_frozen", "User is frozen"),
        ("policy_idle", "Failed: Invalid Token"),
        ("policy_immediate", "Failed: Invalid Token"),
        ("not_preauthorized", "Failed: Not approved for access"),
        // Nobody knows whose the token was.
        ("revoked", "Success"),
    ] {
        let (org, user) = holder(&running, &running.living(story).await).await;
        let token = running.sign_in(&org).await;
        let query = format!(
            "SELECT Status, Application, LoginSubType, LoginType, SourceIp FROM LoginHistory WHERE User.Username = '{user}' \
             ORDER BY LoginTime DESC LIMIT 1"
        );
        let newest = running.query(&org, &token, &query).await["records"][0].clone();
        assert_eq!(newest["Status"], status, "{story} {newest}");
        assert_eq!((&newest["Application"], &newest["LoginType"]), (&json!(APP), &json!("Remote Access 2.0")));
        if story == "healthy" {
            let truth = running.truth().await;
            let site = truth.iter().find(|site| site["story"] == story).expect("the site");
            assert_eq!(newest["SourceIp"], site["server"], "the site's own server");
        }
        let address: std::net::Ipv4Addr =
            newest["SourceIp"].as_str().expect("an address").parse().expect("one of four");
        assert!(matches!(address.octets()[0], 198 | 203), "{address}");
    }
    running.sim.stop().await;
}

#[tokio::test]
async fn the_months_that_pass_are_written_down_and_end() {
    let running = Running::start("agency", 7, None).await;
    let (org, user) = holder(&running, &running.living("healthy").await).await;
    let count = async || {
        let token = running.sign_in(&org).await;
        let query = format!("SELECT COUNT() FROM LoginHistory WHERE User.Username = '{user}'");
        running.query(&org, &token, &query).await["totalSize"].as_u64().expect("a number")
    };
    let before = count().await;
    running.admin("clock", Some(json!({ "advance": "10d" }))).await;
    let after = count().await;
    assert!((9..=11).contains(&(after - before)), "a refresh a day: {before} {after}");
    running.admin("clock", Some(json!({ "advance": "170d" }))).await;
    assert!((175..=186).contains(&count().await), "half a year of it, {}", count().await);
    running.sim.stop().await;
}

#[tokio::test]
async fn one_sees_ones_own_logins_alone_without_the_permission() {
    let running = Running::start("agency", 7, None).await;
    let own = running.sign_in_as("acme", "web1@acme.example").await;
    let users = column(&running, "acme", &own, "SELECT User.Username, UserId FROM LoginHistory", "UserId").await;
    assert!(!users.is_empty());
    assert_eq!(users.iter().collect::<BTreeSet<_>>().len(), 1);
    let newest = "SELECT LoginSubType FROM LoginHistory ORDER BY LoginTime DESC LIMIT 1";
    assert_eq!(column(&running, "acme", &own, newest, "LoginSubType").await, ["OauthUsernamePassword"]);
    let all = running.sign_in("acme").await;
    let users = column(&running, "acme", &all, "SELECT UserId FROM LoginHistory", "UserId").await;
    assert!(users.iter().collect::<BTreeSet<_>>().len() > 3);
    assert_eq!(running.refused("acme", &own, "SELECT Id FROM SetupAuditTrail").await.0, "INVALID_TYPE");
    assert_eq!(running.refused("acme", &own, "SELECT Id FROM AuthSession").await.0, "INVALID_TYPE");
    running.sim.stop().await;
}

#[tokio::test]
async fn what_administrators_did_before_and_do_now_is_in_the_trail() {
    let running = Running::start("agency", 7, None).await;
    for (story, action) in [
        ("user_inactive", "deactivateduser"),
        ("user_frozen", "frozeuser"),
        ("app_uninstalled", "deleteConnectedApplication"),
        ("not_preauthorized", "changeUserRuntimeAccessPolicy"),
        ("credentials_rotated", "generateOauthStagedCredential"),
    ] {
        let (org, _) = holder(&running, &running.living(story).await).await;
        let token = running.sign_in(&org).await;
        let query = format!("SELECT COUNT() FROM SetupAuditTrail WHERE Action = '{action}'");
        assert_eq!(running.query(&org, &token, &query).await["totalSize"], 1, "{story}");
    }
    let token = running.sign_in("beta").await;
    let before = running.query("beta", &token, "SELECT COUNT() FROM SetupAuditTrail").await["totalSize"].clone();
    let orders = [
        (json!({ "kind": "uninstall", "org": "beta" }), "deleteConnectedApplication"),
        (json!({ "kind": "install", "org": "beta" }), "insertConnectedApplication"),
        (json!({ "kind": "policy", "org": "beta", "policy": "immediately" }), "connectedAppOauthPolicyChange"),
        (json!({ "kind": "admin_approved", "org": "beta", "on": true }), "changeUserRuntimeAccessPolicy"),
        (json!({ "kind": "block", "org": "beta" }), ""),
        (json!({ "kind": "install", "org": "beta" }), "unblockConnectedApplication"),
        (json!({ "kind": "deactivate", "user": "web1@beta.example" }), "deactivateduser"),
        (json!({ "kind": "restore", "user": "web1@beta.example" }), "activateduser"),
        (json!({ "kind": "rotate_credentials" }), "generateOauthStagedCredential"),
    ];
    let mut expected = Vec::new();
    for (order, action) in orders {
        running.admin("fault", Some(order)).await;
        expected.extend((!action.is_empty()).then(|| action.to_owned()));
    }
    let query =
        format!("SELECT Action, Display, CreatedBy.Name FROM SetupAuditTrail ORDER BY CreatedDate, Id OFFSET {before}");
    let rows = running.query("beta", &token, &query).await;
    let actions: Vec<&str> =
        rows["records"].as_array().expect("rows").iter().filter_map(|row| row["Action"].as_str()).collect();
    assert_eq!(actions, expected);
    assert!(rows["records"][0]["Display"].as_str().is_some_and(|text| text.contains(APP)));
    assert_eq!(rows["records"][0]["CreatedBy"]["Name"], "Admin");
    running.sim.stop().await;
}

#[tokio::test]
async fn a_changed_profile_changes_what_is_described() {
    let running = Running::start("agency", 7, None).await;
    let token = running.sign_in("acme").await;
    let modified = async || {
        let response = running.data("acme", &token, "v67.0/sobjects/").await;
        response.headers()["Last-Modified"].to_str().expect("a date").to_owned()
    };
    let before = modified().await;
    running.admin("fault", Some(json!({ "kind": "without_api", "user": "web1@acme.example" }))).await;
    assert_ne!(modified().await, before);
    running.sim.stop().await;
}

#[tokio::test]
async fn a_session_shows_and_can_be_ended() {
    let running = Running::start("agency", 7, None).await;
    let own = running.sign_in("acme").await;
    let other = running.sign_in_as("acme", "web1@acme.example").await;
    let query = "SELECT Id, Users.Username, NumSecondsValid, SourceIp, LoginHistory.LoginSubType FROM AuthSession \
                 WHERE Users.Username = 'web1@acme.example'";
    let found = running.query("acme", &own, query).await;
    let rows = found["records"].as_array().expect("rows");
    let by_password = |row: &&Value| row["LoginHistory"]["LoginSubType"] == "OauthUsernamePassword";
    let row = rows.iter().find(by_password).expect("the session");
    assert_eq!(row["NumSecondsValid"], 7_200);
    assert!(!found.to_string().contains("!AQ4AQ"), "a token in {found}");
    let path = format!("v67.0/sobjects/AuthSession/{}", row["Id"].as_str().expect("an id"));
    assert_eq!(running.send(Method::DELETE, "acme", &own, &path, &Value::Null).await.0, 204);
    assert_eq!(running.data("acme", &other, "v67.0/search/").await.status(), 401);
    assert_eq!(running.send(Method::DELETE, "acme", &own, &path, &Value::Null).await.0, 404);
    running.sim.stop().await;
}

#[tokio::test]
async fn half_of_the_sites_cannot_be_told_apart_by_their_address() {
    let running = Running::start("clean", 3, Some(200)).await;
    let mut addresses = Vec::new();
    for org in running.sim.ready.orgs.keys() {
        let token = running.sign_in(org).await;
        let query = "SELECT SourceIp FROM LoginHistory WHERE LoginSubType = 'OauthWebServer'";
        addresses.extend(column(&running, org, &token, query, "SourceIp").await);
    }
    let shared = addresses.iter().filter(|address| address.starts_with("203.0.113.")).count();
    let own = addresses.iter().filter(|address| address.starts_with("198.1")).collect::<BTreeSet<_>>().len();
    assert!(addresses.len() >= 200 && (70..130).contains(&shared) && own > 60, "{shared} {own}");
    running.sim.stop().await;
}
