//! What happens when Salesforce is unwell: for each case what the plugin itself makes of it, and what `prove` answers by every
//! way in. The plugin's words are checked too, so that the stand-in can not drift from the real one: both run here.

use crate::salesforce::{Mood, Salesforce, Tokens};
use crate::site::{PATIENCE, Plan, Site, connected, free_port, last_line};
use crate::sshd::Sshd;
use fusebox::model::{Failure, ProveOutcome};
use fusebox::wordpress::{Agent, Way};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// What the plugin's own test of its connection gives, `true` or the words, with the settings put back afterwards. A plugin
/// that never comes to an end is ended.
const CONNECT: &str = "$before = get_option( 'wpf_options' );
add_filter( 'pre_http_request', function ( $answer ) use ( $before ) {
    static $made = 0;
    if ( 20 < ++$made ) {
        update_option( 'wpf_options', $before );
        die( \"\\n\" . json_encode( 'without end' ) );
    }
    return $answer;
} );
try {
    $said = wp_fusion()->crm->connect( null, null, true );
    $said = is_wp_error( $said ) ? $said->get_error_message() : $said;
} catch ( Error $thrown ) {
    $said = 'fatal: ' . $thrown->getMessage();
}
update_option( 'wpf_options', $before );
echo \"\\n\", json_encode( true === $said ? 'true' : $said );";

const DEAD: Tokens =
    Tokens::Said(400, r#"{"error":"invalid_grant","error_description":"expired access/refresh token"}"#);

/// A site, its Salesforce and the three ways to its agent.
struct Stage {
    salesforce: Salesforce,
    site: Site,
    sshd: Sshd,
}

impl Stage {
    async fn new() -> Self {
        let salesforce = Salesforce::start(Mood::Good).await;
        let mut plan = Plan::connected(&salesforce.instance);
        plan.capability = Some("fusebox_read");
        let mut site = Site::new(&plan);
        let token_url = &salesforce.token_url;
        site.must_use(
            "token-url.php",
            &format!("<?php add_filter( 'wpf_salesforce_auth_url', function () {{ return '{token_url}'; }} );"),
        );
        site.must_use_agent();
        site.serve();
        Self { salesforce, site, sshd: Sshd::start() }
    }

    fn ways(&self, timeout: Duration) -> [(&'static str, Agent); 3] {
        ways(&self.site, &self.sshd, timeout)
    }

    /// What the plugin says, in a process of its own.
    fn plugin(&self) -> String {
        let said = self.site.php(CONNECT);
        let text: Value = serde_json::from_str(last_line(&said)).unwrap_or_else(|_| panic!("{said}"));
        text.as_str().unwrap_or_else(|| panic!("{said}")).to_owned()
    }

    /// Proves by every way; each answers `outcome` with `words`, makes `calls` and asks for no token.
    async fn prove(&self, case: &str, outcome: &str, words: &str, calls: usize) {
        self.prove_within(PATIENCE, case, outcome, words, calls).await;
    }

    async fn prove_within(&self, timeout: Duration, case: &str, outcome: &str, words: &str, calls: usize) {
        self.salesforce.seen();
        for (way, agent) in self.ways(timeout) {
            let (found, text) = told(agent.prove().await);
            let seen = self.salesforce.seen();
            println!("prove | {case} | {way} | {found} | {text} | {}", seen.len());
            assert_eq!(found, outcome, "{case}, {way}: {text}");
            assert!(text.contains(words), "{case}, {way}: {text}");
            assert!(seen.iter().all(|call| call.ends_with("/services/data/v55.0/search/")), "{case}, {way}: {seen:?}");
            assert_eq!(seen.len(), calls, "{case}, {way}: {seen:?}");
        }
    }

    fn set(&self, option: &str, value: &str) {
        self.site.php(&format!(
            "$options = get_option( 'wpf_options' ); $options['{option}'] = '{value}'; update_option( 'wpf_options', $options );"
        ));
    }
}

/// The agent of `site` by REST, through WP-CLI here and over ssh.
pub(crate) fn ways(site: &Site, sshd: &Sshd, timeout: Duration) -> [(&'static str, Agent); 3] {
    let (host, path) = ("web1".to_owned(), site.path.display().to_string());
    let way = Way::Ssh { host, port: None, path, wp: site.wp.clone(), control_dir: sshd.control_dir.clone() };
    let ssh = site.agent(way, timeout).with_ssh_config(sshd.config.clone());
    [("local", site.local_within(timeout)), ("rest", site.rest_within(timeout)), ("ssh", ssh)]
}

/// The outcome's name and words, or those of the failure.
fn told(proved: Result<ProveOutcome, Failure>) -> (String, String) {
    match proved {
        Ok(ProveOutcome::Good) => ("good".to_owned(), String::new()),
        Ok(ProveOutcome::Withheld) => ("withheld".to_owned(), String::new()),
        Ok(ProveOutcome::Refused { text }) => ("refused".to_owned(), text.to_string()),
        Ok(ProveOutcome::Failed { text }) => ("failed".to_owned(), text.to_string()),
        Err(failure) => (failure.class.to_string(), failure.text.to_string()),
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn a_session_over_is_withheld_whatever_a_refresh_would_have_given() {
    let stage = Stage::new().await;
    let before = stage.site.settings();
    stage.salesforce.now(Mood::Expired);
    let said = |status, body| Tokens::Said(status, body);
    for (case, tokens, plugin) in [
        ("expired, refresh good", Tokens::Fresh, "true"),
        ("expired, refresh dead", DEAD, "Error refreshing access token: expired access/refresh token"),
        (
            "inactive_user",
            said(400, r#"{"error":"inactive_user","error_description":"user is inactive"}"#),
            "Error refreshing access token: user is inactive",
        ),
        (
            "inactive_org",
            said(400, r#"{"error":"inactive_org","error_description":"organization is inactive"}"#),
            "Error refreshing access token: organization is inactive",
        ),
        (
            "invalid_client_id",
            said(400, r#"{"error":"invalid_client_id","error_description":"client identifier invalid"}"#),
            "Error refreshing access token: client identifier invalid",
        ),
        (
            "token validity expired",
            said(400, r#"{"error":"invalid_grant","error_description":"token validity expired"}"#),
            "Error refreshing access token: token validity expired",
        ),
        ("no description", said(400, r#"{"error":"invalid_grant"}"#), "Error refreshing access token: "),
        ("token endpoint 503", said(503, ""), "Unknown error refreshing access token: <pre></pre>"),
        ("token endpoint HTML", said(200, "<html></html>"), "Unknown error refreshing access token: <pre></pre>"),
        ("token endpoint slow", Tokens::Silent, "Error refreshing access token: cURL error 28"),
    ] {
        stage.salesforce.tokens(tokens);
        let said = stage.plugin();
        println!("plugin | {case} | {said}");
        assert!(said.starts_with(plugin), "{case}: {said}");
        stage.prove(case, "withheld", "", 1).await;
    }
    stage.salesforce.now(Mood::ExpiredForEver);
    stage.salesforce.tokens(Tokens::Fresh);
    assert_eq!(stage.plugin(), "without end");
    stage.prove("expired for ever", "withheld", "", 1).await;
    assert_eq!(stage.site.settings(), before);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn each_answer_of_the_data_api_has_its_outcome() {
    let stage = Stage::new().await;
    let before = stage.site.settings();
    // What the plugin says is in `prove`'s words, too, unless it takes the answer for a success.
    for (mood, plugin, outcome, words) in [
        (Mood::Good, "true", "good", ""),
        (
            Mood::NotForApi,
            "Invalid API credentials: This session is not valid for use with the REST API",
            "refused",
            "Invalid API credentials: This session is not valid for use with the REST API",
        ),
        (
            Mood::ApiDisabled,
            "Forbidden - The REST API is not enabled for this Organization.",
            "refused",
            "Forbidden - The REST API is not enabled for this Organization.",
        ),
        (
            Mood::OverLimit,
            "Forbidden - TotalRequests Limit exceeded.",
            "refused",
            "Forbidden - TotalRequests Limit exceeded.",
        ),
        (Mood::Busy, "Service Unavailable", "failed", "Service Unavailable"),
        (Mood::BusyInJson, "Service Unavailable - Try again later", "failed", "Service Unavailable - Try again later"),
        (
            Mood::Broken,
            "Internal Server Error - An unexpected error occurred",
            "failed",
            "Internal Server Error - An unexpected error occurred",
        ),
        (
            Mood::Missing,
            "Not Found - The requested resource does not exist",
            "failed",
            "Not Found - The requested resource does not exist",
        ),
        (Mood::Html, "true", "failed", "answered 200 with something that is not Salesforce's"),
        (Mood::Empty, "true", "failed", "answered 200 with something that is not Salesforce's"),
        (Mood::Null, "true", "failed", "answered 200 with something that is not Salesforce's"),
        (Mood::Braces, "true", "failed", "answered 200 with something that is not Salesforce's"),
        // A hotel's or a proxy's page, which no new authorization would cure.
        (Mood::UnauthorizedPage, "Unauthorized", "failed", "answered 401 with something that is not Salesforce's"),
        (Mood::UnauthorizedEmpty, "Unauthorized", "failed", "answered 401 with something that is not Salesforce's"),
    ] {
        stage.salesforce.now(mood);
        let (case, said) = (format!("{mood:?}"), stage.plugin());
        println!("plugin | {case} | {said}");
        assert_eq!(said, plugin, "{case}");
        stage.prove(&case, outcome, words, 1).await;
    }
    // PHP's own words for "object used as a list": the site survives no such answer.
    stage.salesforce.now(Mood::Object);
    assert_eq!(stage.plugin(), "fatal: Cannot use object of type stdClass as array");
    stage.prove("401 with an object", "php_fatal", "Cannot use object of type stdClass as array", 1).await;
    assert_eq!(stage.site.settings(), before);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn no_way_to_salesforce_is_a_failure_and_no_refusal() {
    let stage = Stage::new().await;
    // WordPress follows five by itself, which no filter of requests sees.
    stage.salesforce.now(Mood::Redirects);
    assert_eq!(stage.plugin(), "Too many redirects");
    stage.prove("redirects", "failed", "Too many redirects", 6).await;
    assert_eq!(stage.site.raw("prove", &json!({}))["requests"], 6);

    // No resolver is asked about a name that is too long to be one.
    let nowhere = format!("http://{}salesforce.invalid", "xxxxxxxxxxxxxxxxxxxx.".repeat(12));
    let (closing, _closer) = closing().await;
    let refusing = format!("http://127.0.0.1:{}/salesforce", free_port());
    for (case, instance, words) in [
        ("refused connection", refusing.as_str(), "cURL error 7"),
        ("no DNS", &nowhere, "cURL error 6"),
        ("closed connection", &closing, "cURL error 52"),
    ] {
        stage.set("sf_instance_url", instance);
        let said = stage.plugin();
        println!("plugin | {case} | {said}");
        assert!(said.starts_with(words), "{case}: {said}");
        stage.prove(case, "failed", words, 0).await;
    }

    stage.set("sf_instance_url", &stage.salesforce.instance);
    stage.salesforce.now(Mood::Silent);
    // Of these 8 s the site may take 6, of the plugin's own 20.
    stage.prove_within(Duration::from_secs(8), "no answer", "failed", "cURL error 28", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn settings_that_the_plugin_lives_with_are_told_from_a_good_connection() {
    let stage = Stage::new().await;
    // Errors are looked at only where the address holds "salesforce".
    stage.set("sf_instance_url", &stage.salesforce.instance.replace("/salesforce", "/force"));
    stage.salesforce.now(Mood::Expired);
    assert_eq!(stage.plugin(), "true");
    stage.prove("host without salesforce, 401", "refused", "which the plugin took for a success", 1).await;
    stage.salesforce.now(Mood::Good);
    stage.prove("host without salesforce, well", "good", "", 1).await;

    // An object type that the org does not know says nothing about the session; describing it does.
    stage.set("sf_instance_url", &stage.salesforce.instance);
    stage.set("sf_object_type", "Nothing__c");
    assert_eq!(stage.plugin(), "true");
    stage.prove("object type unknown", "good", "", 1).await;
    for (way, agent) in stage.ways(PATIENCE) {
        let failure = agent.describe("Nothing__c").await.expect_err(way);
        assert!(
            failure.text.as_str().contains("Not Found - The requested resource does not exist"),
            "{way}: {failure}"
        );
    }

    // Without a refresh token there is the old password flow, with the password in the address.
    let mut settings = connected(&stage.salesforce.instance);
    settings["sf_refresh_token"] = Value::Null;
    settings["sf_username"] = "admin@example.org".into();
    stage.site.store(&settings);
    stage.salesforce.now(Mood::Expired);
    let before = stage.site.settings();
    stage.prove("no refresh token", "withheld", "", 1).await;
    assert_eq!(stage.site.settings(), before);
}

/// An address at which every connection is closed as soon as it is made.
async fn closing() -> (String, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}/salesforce", listener.local_addr().expect("an address"));
    let mut server = JoinSet::new();
    server.spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            // Read first: closing over unread bytes is a reset.
            let _ = tokio::io::AsyncReadExt::read(&mut connection, &mut [0; 4096]).await;
        }
    });
    (address, server)
}
