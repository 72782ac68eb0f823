//! Through WP-CLI on this machine: what the agent answers, and what the client makes of a site that misbehaves.

use crate::site::{ACCESS, KEY, Plan, REFRESH, Site, connected, free_port};
use fusebox::model::site::PluginState;
use fusebox::model::{FailureClass, ProveOutcome};
use fusebox::wordpress::{Agent, Way};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

const INSTANCE: &str = "https://acme.my.salesforce.com";

fn assert_schema(answer: &Value) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/schema/agent-answer.schema.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).expect("a file")).expect("JSON");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> = schema.iter_errors(answer).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{answer:#}: {errors:?}");
}

fn put_back(name: &str, value: &str) -> Value {
    json!({ "values": [{ "name": name, "value": value, "expect": "0".repeat(64) }] })
}

#[test]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
fn every_verb_keeps_the_schema() {
    let mut plan = Plan::connected(INSTANCE);
    plan.log = json!([["2026-11-23 11:43:00", 500, "salesforce", "Error", null]]);
    let site = Site::new(&plan);
    for (verb, arguments) in [
        ("status", json!({})),
        ("log", json!({ "limit": 5 })),
        ("mapping", json!({})),
        ("prove", json!({})),
        ("authorization-url", json!({})),
        ("choices", json!({})),
        ("lists", json!({})),
        ("refresh-fields", json!({})),
        ("configure", json!({})),
        ("set-segment-type", json!({ "segment_type": "Public" })),
        (
            "complete-authorization",
            json!({ "code": "aPrx", "expect_org": "00D5g000000ORGEAA4", "expect_user": "0055g000000USERAAK" }),
        ),
    ] {
        let answer = site.raw(verb, &arguments);
        assert_schema(&answer);
        assert_eq!(answer["ok"], true, "{answer:#}");
    }
    for (verb, arguments, code) in [
        ("describe", json!({ "object": "Contact/../x" }), "bad_request"),
        ("log", json!({ "limit": 51 }), "bad_request"),
        ("explode", json!({}), "unknown_verb"),
        ("set-object-type", json!({ "object_type": "Lead" }), "not_offered"),
        ("set-object-type", json!({ "object_type": "../Lead" }), "bad_request"),
        ("set-segment-type", json!({ "segment_type": "Picklist" }), "bad_request"),
        ("set-segment-type", json!({ "segment_type": "Topics", "picklist_field": "X__c" }), "bad_request"),
        ("complete-authorization", json!({ "code": "a b", "expect_org": "00D5g000000ORGEAA4" }), "bad_request"),
        ("restore", json!({ "values": [] }), "bad_request"),
        // What is a secret, or not the plugin's, is nothing to put back.
        ("restore", put_back("sf_access_token", "\"x\""), "bad_request"),
        ("restore", put_back("active_plugins", "[]"), "bad_request"),
        ("restore", put_back("sf_object_type", "no JSON"), "bad_request"),
        ("restore", put_back("sf_object_type", "\"Lead\""), "changed"),
        // Nothing beyond loopback is reached from here.
        ("describe", json!({ "object": "Contact" }), "failed"),
    ] {
        let answer = site.raw(verb, &arguments);
        assert_schema(&answer);
        assert_eq!(answer["error"]["code"], code, "{answer:#}");
    }
}

#[tokio::test]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn a_connected_site_tells_its_settings_and_no_secret() {
    let site = Site::new(&Plan::connected(INSTANCE));
    let look = site.local().look().await.expect("a look");
    let status = look.status;
    assert_eq!(status.title.as_str(), "Shop & One");
    assert_eq!(status.blog_id, 1);
    assert!(matches!(&status.plugin, PluginState::Active { edition, .. } if edition.as_str() == "lite"));
    assert_eq!(status.crm.expect("a CRM").as_str(), "salesforce");
    assert_eq!(status.object_type.expect("a type").as_str(), "Contact");
    assert_eq!(status.segment_type.expect("a type").as_str(), "Topics");
    assert_eq!((status.tags, status.fields, status.mapped_fields), (Some(2), Some(2), Some(1)));
    assert!(status.cron.disabled && !status.staging.effective);
    let connection = status.connection.expect("a connection");
    // The pair that docs/agent.md publishes.
    assert_eq!(connection.refresh.expect("a fingerprint").to_string(), "90d9fb0b0162efc88a8f0b460115a92c");
    assert_eq!(connection.instance_url.as_str(), INSTANCE);
    assert!(look.clock_offset_s.abs() <= 30, "{}", look.clock_offset_s);
    let raw = site.raw("status", &json!({})).to_string();
    assert!(!raw.contains(ACCESS) && !raw.contains(REFRESH) && !raw.contains(KEY));
}

#[tokio::test]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn states_without_a_connection_are_answers() {
    let absent = Plan { plugin: None, options: json!({}), log: Value::Null, capability: None };
    let mut inactive = Plan::connected(INSTANCE);
    inactive.plugin = Some("inactive");
    let other = Plan::active(&json!({ "crm": "hubspot" }));
    let fresh = Plan::active(&json!({}));
    for (plan, text) in [
        (absent, "not installed"),
        (inactive, "not active"),
        (other, "set to hubspot"),
        (fresh, "Nobody has authorized"),
    ] {
        let site = Site::new(&plan);
        let status = site.local().look().await.expect("a look").status;
        assert_eq!(status.connection.is_some(), plan.plugin == Some("inactive"), "{text}");
        assert_schema(&site.raw("status", &json!({})));
        assert_schema(&site.raw("prove", &json!({})));
        match site.local().prove().await {
            Ok(ProveOutcome::Failed { text: words }) => assert!(words.as_str().contains(text), "{words}"),
            other => panic!("{other:?}"),
        }
        let state = match (plan.plugin, &status.plugin) {
            (None, PluginState::Absent) => true,
            (Some("inactive"), PluginState::Inactive { version })
            | (Some("active"), PluginState::Active { version, .. }) => !version.is_empty(),
            _ => false,
        };
        assert!(state, "{:?}", status.plugin);
    }
}

#[tokio::test]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn the_blog_that_is_meant_answers_or_none() {
    let mut site =
        Site::new(&Plan { plugin: Some("inactive"), options: json!({}), log: Value::Null, capability: None });
    site.make_network(&connected(INSTANCE));
    let status = site.local().look().await.expect("a look").status;
    assert_eq!((status.blog_id, status.home_url.as_str()), (2, "http://net.example.test/one"));
    assert!(matches!(status.plugin, PluginState::Active { .. }) && status.connection.is_some());
    assert_schema(&site.raw("mapping", &json!({})));
    // WordPress takes the first blog for an address that it does not know.
    site.url = Url::parse("http://net.example.test/nosuch/").expect("an address");
    let failure = site.local().look().await.expect_err("a failure");
    assert_eq!(failure.class, FailureClass::WrongSite, "{failure}");
}

#[tokio::test]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn a_copy_under_another_address_is_in_staging() {
    let mut settings = connected(INSTANCE);
    settings["site_url"] = "https://shop.exam_[wpf_siteurl]_ple.org".into();
    settings["sf_object_type"] = "Lead".into();
    let site = Site::new(&Plan::active(&settings));
    let status = site.local().look().await.expect("a look").status;
    assert!(status.staging.effective && status.staging.duplicate);
    assert_eq!(status.staging.recorded_url.expect("an address").as_str(), "https://shop.example.org");
    assert_eq!(status.object_type.expect("a type").as_str(), "Lead");
}

#[tokio::test]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn the_log_comes_masked_and_without_its_second_half() {
    let mut plan = Plan::connected(INSTANCE);
    let jwt = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl";
    plan.log = json!([
        ["2026-11-23 11:40:00", 200, "info", "Applying tags", null],
        [
            "2026-11-23 11:41:00",
            500,
            "a:1:{i:0;s:10:\"salesforce\";}",
            format!("Error for <strong>bob@example.com</strong>: {ACCESS}<hr><pre>[refresh_token] => {REFRESH}"),
            format!("context {REFRESH}")
        ],
        [
            "2026-11-23 11:42:00",
            400,
            "O:8:\"stdClass\":0:{}",
            format!("Sent Authorization: Bearer {ACCESS}, {jwt}, {REFRESH}, client_secret=hunter2222"),
            null
        ],
    ]);
    let site = Site::new(&plan);
    let log = site.local().look().await.expect("a look").log;
    assert!(log.enabled);
    let rows: Vec<(u16, &str, &str)> =
        log.rows.iter().map(|row| (row.level, row.source.as_str(), row.message.as_str())).collect();
    assert_eq!(rows[1], (500, "salesforce", "Error for [e-mail]: [secret]"));
    assert_eq!(rows[0].0, 400);
    assert_eq!(rows.len(), 2, "{rows:?}");
    let raw = site.raw("log", &json!({})).to_string();
    for secret in [ACCESS, REFRESH, "AQcAQH0dM", jwt, "hunter2222", "bob@", "context"] {
        assert!(!raw.contains(secret), "{secret} in {raw}");
    }
}

#[tokio::test]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn mapping_and_link_come_from_the_settings() {
    let site = Site::new(&Plan::connected(INSTANCE));
    let mapping = site.local().mapping().await.expect("a mapping");
    let pairs: Vec<(&str, &str, bool)> =
        mapping.mapped.iter().map(|pair| (pair.field.as_str(), pair.crm_field.as_str(), pair.active)).collect();
    assert_eq!(pairs, [("user_email", "Email", true), ("user_url", "Website", false)]);
    assert_eq!(mapping.required[0].as_str(), "LastName");
    let counts: Vec<(&str, u64)> = mapping.contact_ids.iter().map(|(kind, count)| (kind.as_str(), *count)).collect();
    assert_eq!(counts, [("003", 2), ("00Q", 1)]);
    let link = site.local().authorization_url().await.expect("a link");
    assert!(link.as_str().contains("redirect=https%3A%2F%2F127.0.0.1"), "{link}");
    // The link is needed before anybody has authorized, too, when the plugin has loaded no CRM.
    let fresh = Site::new(&Plan::active(&json!({})));
    assert_eq!(fresh.local().authorization_url().await.expect("a link").host_str(), Some("wpfusion.com"));
}

#[tokio::test]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn noise_before_and_after_does_no_harm() {
    let site = Site::new(&Plan::connected(INSTANCE));
    site.must_use(
        "noise.php",
        "noise without a tag\n--fusebox 00000000000000000000000000000000 begin--\n<?php echo 'leading'; trigger_error('a warning', E_USER_WARNING); ob_start(function ($text) { return strrev($text); });
         register_shutdown_function(function () { echo 'bye'; exit(7); });",
    );
    assert!(site.local().look().await.expect("a look").status.connection.is_some());
}

#[tokio::test]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn a_fatal_plugin_is_named_and_the_settings_can_still_be_read() {
    let site = Site::new(&Plan::connected(INSTANCE));
    site.plugin("broken.php", "<?php\n/* Plugin Name: Broken */\necho 'text first'; undefined_function_call();");
    let failure = site.local().look().await.expect_err("a failure");
    assert_eq!(failure.class, FailureClass::PhpFatal, "{failure}");
    assert!(failure.text.as_str().contains("undefined_function_call"), "{failure}");
    let look = site.local().look_without_plugins().await.expect("a look");
    assert!(look.status.connection.is_some());
    assert!(matches!(look.status.plugin, PluginState::Active { .. }));
}

#[tokio::test]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn a_site_that_hangs_is_ended() {
    let site = Site::new(&Plan::connected(INSTANCE));
    site.must_use("hang.php", "<?php while (true) { usleep(100000); }");
    let failure = site.local_within(Duration::from_secs(2)).look().await.expect_err("a failure");
    assert_eq!(failure.class, FailureClass::Timeout, "{failure}");
}

#[tokio::test]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn wrong_settings_are_named() {
    let site = Site::new(&Plan::connected(INSTANCE));
    let failure = |url: Url, path: PathBuf, wp: String| async {
        let way = Way::Local { path, wp };
        let key = SecretString::from(KEY);
        let agent = Agent::new(url, way, key, crate::site::PATIENCE, crate::site::clock()).expect("an agent");
        agent.look().await.expect_err("a failure")
    };
    let (url, path, wp) = (site.url.clone(), site.path.clone(), site.wp.clone());
    let elsewhere = Url::parse(&format!("http://127.0.0.1:{}", free_port())).expect("an address");
    let wrong = failure(elsewhere, path.clone(), wp.clone()).await;
    assert_eq!(wrong.class, FailureClass::WrongSite, "{wrong}");
    let empty = failure(url.clone(), PathBuf::from("/"), wp).await;
    assert_eq!(empty.class, FailureClass::NoAgent, "{empty}");
    let missing = failure(url, path, "/no/such/wp".to_owned()).await;
    assert_eq!(missing.class, FailureClass::NoAgent, "{missing}");
}
