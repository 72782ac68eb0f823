//! One call by the site, refresh withheld: how it ends, and what it never does. `unwell` has each of Salesforce's moods.

use crate::salesforce::{Mood, Salesforce, Tokens};
use crate::site::{Plan, Site};
use fusebox::model::{FailureClass, ProveOutcome};
use fusebox::wordpress::RefreshOutcome;

/// The outcome's name and words.
fn told(outcome: ProveOutcome) -> (&'static str, String) {
    match outcome {
        ProveOutcome::Good => ("good", String::new()),
        ProveOutcome::Withheld => ("withheld", String::new()),
        ProveOutcome::Refused { text } => ("refused", text.to_string()),
        ProveOutcome::Failed { text } => ("failed", text.to_string()),
    }
}

#[tokio::test]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn what_the_plugin_can_not_survive_is_named() {
    let salesforce = Salesforce::start(Mood::Object).await;
    let site = Site::new(&Plan::connected(&salesforce.instance));
    let failure = site.local().prove().await.expect_err("a failure");
    assert_eq!(failure.class, FailureClass::PhpFatal, "{failure}");
    assert!(failure.text.as_str().contains("stdClass"), "{failure}");
    salesforce.now(Mood::Good);
    site.must_use("exit.php", "<?php add_filter('http_response', function () { die('no more'); });");
    let failure = site.local().prove().await.expect_err("a failure");
    assert!(failure.text.as_str().contains("ended the call"), "{failure}");
    site.must_use("exit.php", "<?php add_filter('http_response', function () { ini_set('memory_limit', '64M'); return str_repeat('x', 1 << 30); });");
    let failure = site.local().prove().await.expect_err("a failure");
    assert!(failure.text.as_str().contains("Allowed memory size"), "{failure}");
}

#[tokio::test]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn a_broker_in_salesforces_place_gets_no_token_either() {
    let salesforce = Salesforce::start(Mood::Expired).await;
    let site = Site::new(&Plan::connected(&salesforce.instance));
    let broker = format!(
        "<?php add_filter('wpf_salesforce_auth_url', function () {{ return '{}'; }});
         // Somebody who lets everything pass must not undo a refusal.
         add_filter('pre_http_request', '__return_false', 99);",
        salesforce.token_url
    );
    site.must_use("broker.php", &broker);
    assert_eq!(told(site.local().prove().await.expect("an outcome")).0, "withheld");
    assert_eq!(salesforce.seen(), ["GET /salesforce/services/data/v55.0/search/"]);
}

#[tokio::test]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn the_plugins_endless_retry_ends() {
    let salesforce = Salesforce::start(Mood::Expired).await;
    let site = Site::new(&Plan::connected(&salesforce.instance));
    // Its refreshes succeed here without a request, so that only the limit of requests is left to end it.
    site.must_use(
        "refresh.php",
        "<?php add_filter('pre_http_request', function ($answer, $args, $url) {
            $token = array('headers' => array(), 'body' => '{\"access_token\":\"x\"}', 'response' => array('code' => 200, 'message' => 'OK'), 'cookies' => array());
            return false === strpos($url, '/services/oauth2/') ? $answer : $token;
        }, 5, 3);
        add_filter('http_response', function ($response, $args, $url) {
            return 401 === wp_remote_retrieve_response_code($response) ? wp_remote_request($url, $args) : $response;
        }, 10, 3);",
    );
    let (outcome, text) = told(site.local().prove().await.expect("an outcome"));
    assert_eq!((outcome, text.as_str()), ("failed", "More than 1 requests: stopped."));
    assert_eq!(salesforce.seen().len(), 1);
}

#[tokio::test]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn describe_lists_the_fields_and_withholds_as_well() {
    let salesforce = Salesforce::start(Mood::Good).await;
    let site = Site::new(&Plan::connected(&salesforce.instance));
    let described = site.local().describe("Contact").await.expect("fields");
    assert_eq!((described.fields[0].name.as_str(), described.fields[0].required), ("LastName", true));
    assert!(!described.fields[1].required);
    assert_eq!(salesforce.seen(), ["GET /salesforce/services/data/v55.0/sobjects/Contact/describe/"]);
    salesforce.now(Mood::Expired);
    let failure = site.local().describe("Contact").await.expect_err("a failure");
    assert_eq!(failure.class, FailureClass::NotPermitted);
    assert!(failure.text.as_str().contains("refresh withheld"), "{failure}");
    assert_eq!(salesforce.seen().len(), 1);
}

#[tokio::test]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn a_refresh_that_is_asked_for_is_spent_once_and_stores_nothing_else() {
    let salesforce = Salesforce::start(Mood::Good).await;
    let site = Site::new(&Plan::connected(&salesforce.instance));
    let broker =
        format!("<?php add_filter('wpf_salesforce_auth_url', function () {{ return '{}'; }});", salesforce.token_url);
    site.must_use("broker.php", &broker);
    let before = site.local().look().await.expect("a look").status;
    let held = before.connection.clone().expect("a connection");
    let RefreshOutcome::Refreshed { access, refresh } = site.local().refresh_token().await.expect("an outcome") else {
        panic!("a refusal");
    };
    assert_eq!(salesforce.seen(), ["POST /broker/token"], "one request, and nothing else");
    assert_ne!(Some(access), held.access);
    assert_eq!(Some(refresh), held.refresh);
    let after = site.local().look().await.expect("a look").status;
    assert_eq!(after.connection.expect("a connection").access, Some(access), "it is stored");
    assert_eq!((after.tags, after.fields, after.mapped_fields), (before.tags, before.fields, before.mapped_fields));

    salesforce
        .tokens(Tokens::Said(400, r#"{"error":"invalid_grant","error_description":"expired access/refresh token"}"#));
    let refused = site.local().refresh_token().await.expect("an outcome");
    let RefreshOutcome::Refused { text } = refused else { panic!("{refused:?}") };
    assert_eq!(text.as_str(), "Error refreshing access token: expired access/refresh token");
    salesforce.tokens(Tokens::Said(503, "<html>busy</html>"));
    assert!(matches!(site.local().refresh_token().await, Ok(RefreshOutcome::Failed { .. })));
    let kept = site.local().look().await.expect("a look").status;
    assert_eq!(kept.connection.expect("a connection").access, Some(access), "a refusal empties nothing");
}
