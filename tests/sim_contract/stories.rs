//! What the stories of docs/simulator.md look like from outside.

use super::running::Running;
use serde_json::{Value, json};

#[tokio::test]
async fn sites_that_cannot_answer_fail_each_in_their_own_way() {
    let running = Running::start("agency", 7, None).await;
    let (status, answer) = running.told(&running.living("no_right").await, "status", &json!({})).await;
    assert_eq!((status, &answer["error"]["code"]), (403, &json!("denied")));
    let fatal = running.ask(&running.living("php_fatal").await, "status", &json!({})).send().await.expect("an answer");
    assert_eq!(fatal.status(), 500);
    assert!(fatal.text().await.expect("a page").contains("critical error"));
    let html = running.ask(&running.living("no_answer").await, "status", &json!({})).send().await.expect("an answer");
    assert_eq!(html.status(), 200);
    assert!(html.text().await.expect("a page").contains("<html"));
    let gone = running.ask(&running.living("gone").await, "status", &json!({})).send().await;
    assert!(gone.expect_err("nothing listens there").is_connect());
    running.sim.stop().await;
}

#[tokio::test]
async fn sites_without_a_connection_say_why() {
    let running = Running::start("agency", 7, None).await;
    for story in ["plugin_absent", "plugin_inactive", "other_crm", "not_authorized"] {
        let site = running.living(story).await;
        assert_eq!(running.result(&site, "status").await["connection"], Value::Null, "{story}");
        let (status, answer) = running.told(&site, "prove", &json!({})).await;
        assert_eq!((status, answer["error"]["code"].as_str()), (409, Some(story)));
    }
    running.sim.stop().await;
}

#[tokio::test]
async fn a_skewed_clock_shows_in_the_head_and_in_the_answer() {
    let running = Running::start("agency", 7, None).await;
    let site = running.living("clock_skew").await;
    let now = running.admin("truth", None).await["now"].as_str().expect("a time").to_owned();
    let now = chrono::DateTime::parse_from_rfc3339(&now).expect("a time");
    let response = running.ask(&site, "status", &json!({})).send().await.expect("an answer");
    let date = response.headers()["Date"].to_str().expect("a text").to_owned();
    let ahead = (chrono::DateTime::parse_from_rfc2822(&date).expect("a date") - now).num_seconds();
    assert!((299..330).contains(&ahead), "{ahead}");
    let answer = super::running::unframed(&response.text().await.expect("a text"));
    let at = chrono::DateTime::parse_from_rfc3339(answer["at"].as_str().expect("a time")).expect("a time");
    assert!((299..330).contains(&(at - now).num_seconds()));
    running.sim.stop().await;
}

#[tokio::test]
async fn tasks_that_do_not_run_show() {
    let running = Running::start("agency", 7, None).await;
    let status = running.result(&running.living("cron_dead").await, "status").await;
    assert_eq!(status["cron"], json!({ "disabled": true, "stalled": true }));
    running.sim.stop().await;
}

#[tokio::test]
async fn what_a_site_holds_leads_to_its_approval_or_to_none() {
    let running = Running::start("agency", 7, None).await;
    let truth = running.admin("truth", None).await;
    let approvals = truth["approvals"].as_array().expect("approvals");
    for site in truth["sites"].as_array().expect("sites") {
        let story = site["story"].as_str().expect("a story");
        let listed = site["approval_id"].as_str();
        let of = site["refresh_fp_of"].as_str();
        let found = approvals.iter().find(|approval| approval["approval_id"].as_str() == of);
        match story {
            "evicted" | "revoked" | "app_uninstalled" => {
                assert!(listed.is_none(), "{story}");
                assert_eq!(found.expect("the one it had")["listed"], false, "{story}");
            }
            "sandbox_refreshed" | "plugin_absent" | "plugin_inactive" | "other_crm" | "not_authorized" => {
                assert!(of.is_none() && listed.is_none(), "{story}");
            }
            _ => {
                assert_eq!(listed, of, "{story}");
                assert_eq!(found.expect("its approval")["listed"], true, "{story}");
            }
        }
    }
    running.sim.stop().await;
}

#[tokio::test]
async fn what_only_the_operator_knows_is_in_the_configuration() {
    let running = Running::start("agency", 7, None).await;
    let staging = running.living("staging").await;
    assert_eq!(running.site(&staging)["staging"].as_bool(), Some(true));
    let refreshed = running.living("sandbox_refreshed").await;
    assert_eq!(running.site(&refreshed)["org"].as_str(), Some("delta-sb"));
    let token = running.sign_in("delta-sb").await;
    let now = running.query("delta-sb", &token, "SELECT Id, IsSandbox FROM Organization").await;
    let stored = running.result(&refreshed, "status").await;
    assert_ne!(now["records"][0]["Id"], stored["connection"]["org_id"]);
    running.sim.stop().await;
}
