//! Over REST, with an Application Password, served by PHP's own web server on loopback.

use crate::salesforce::{Mood, Salesforce};
use crate::site::{Plan, Site, base64, framed, request};
use fusebox::model::{FailureClass, ProveOutcome};
use serde_json::json;

fn served(plan: &Plan) -> Site {
    let mut site = Site::new(plan);
    site.must_use_agent();
    site.serve();
    site
}

#[tokio::test]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn all_verbs_answer() {
    let salesforce = Salesforce::start(Mood::Good).await;
    let site = served(&Plan::connected(&salesforce.instance));
    let look = site.rest().look().await.expect("a look");
    assert!(look.status.connection.is_some());
    assert_eq!(site.rest().prove().await, Ok(ProveOutcome::Good));
    assert_eq!(site.rest().describe("Contact").await.expect("fields").fields.len(), 2);
    assert_eq!(site.rest().mapping().await.expect("a mapping").mapped.len(), 2);
    assert!(site.rest().authorization_url().await.is_ok());
    salesforce.now(Mood::Expired);
    assert_eq!(site.rest().prove().await, Ok(ProveOutcome::Withheld));
    let spaced: String = site.password.chars().enumerate().fold(String::new(), |mut shown, (at, c)| {
        if at > 0 && at % 4 == 0 {
            shown.push(' ');
        }
        shown.push(c);
        shown
    });
    assert!(site.rest_as("fusebox", &spaced).look().await.is_ok(), "as WordPress shows it");
}

#[tokio::test]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn who_may_not_is_told_why() {
    let mut plan = Plan::connected("https://acme.my.salesforce.com");
    plan.capability = None;
    let site = served(&plan);
    let subscriber = site.rest().look().await.expect_err("a failure");
    assert_eq!(subscriber.class, FailureClass::NotPermitted);
    assert!(subscriber.text.as_str().contains("fusebox_read"), "{subscriber}");
    for (user, password) in
        [("fusebox", "hunter2 hunter2"), ("fusebox", "login-password"), ("nobody", site.password.as_str())]
    {
        let failure = site.rest_as(user, password).look().await.expect_err("a failure");
        assert_eq!(failure.class, FailureClass::Unauthorized, "{failure}");
        assert!(!failure.to_string().contains(password));
    }
}

#[tokio::test]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn without_the_agent_there_is_none() {
    let mut site = Site::new(&Plan::connected("https://acme.my.salesforce.com"));
    site.serve();
    assert_eq!(site.rest().look().await.expect_err("a failure").class, FailureClass::NoAgent);
    assert_eq!(site.rest().prove().await.expect_err("a failure").class, FailureClass::NoAgent);
}

#[tokio::test]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn states_and_noise_and_fatal_ends() {
    let mut plan = Plan::connected("https://acme.my.salesforce.com");
    plan.plugin = Some("inactive");
    let site = served(&plan);
    match site.rest().prove().await {
        Ok(ProveOutcome::Failed { text }) => assert!(text.as_str().contains("not active"), "{text}"),
        other => panic!("{other:?}"),
    }
    site.must_use("noise.php", "<?php echo '<!-- noise -->'; register_shutdown_function(function () { echo 'bye'; });");
    assert!(site.rest().look().await.is_ok());
    site.must_use(
        "noise.php",
        "<?php add_filter('option_blogname', function () { return str_repeat('x', 1 << 30); });",
    );
    let fatal = site.rest().look().await.expect_err("a failure");
    assert_eq!(fatal.class, FailureClass::PhpFatal, "{fatal}");
    site.must_use("noise.php", "<?php undefined_function_call();");
    let fatal = site.rest().look().await.expect_err("a failure");
    assert_eq!(fatal.class, FailureClass::PhpFatal, "{fatal}");
}

#[tokio::test]
#[ignore = "needs Debian's wordpress, php-cli, mariadb-server and openssh-server: .ci/run installs them"]
async fn the_contract_is_kept_by_hand_made_requests_too() {
    let site = served(&Plan::connected("https://acme.my.salesforce.com"));
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let ask = |method: reqwest::Method, verb: &str, forwarded: bool, asked: &str| {
        let address = format!("{}?rest_route=/fusebox/v1/{verb}", site.url);
        let json = request(asked, &json!({})).to_string();
        let mut builder = client.request(method.clone(), address).basic_auth("fusebox", Some(&site.password));
        if forwarded {
            builder = builder.header("X-Forwarded-For", "203.0.113.7");
        }
        builder = if method == "GET" { builder.header("X-Fusebox-Request", base64(&json)) } else { builder.body(json) };
        async move {
            let response = builder.send().await.expect("an answer");
            (response.status().as_u16(), response.text().await.expect("text"))
        }
    };
    for (method, verb, forwarded, asked, status, code) in [
        ("POST", "explode", false, "explode", 404, "unknown_verb"),
        // Who may look may not spend.
        ("POST", "refresh-token", false, "refresh-token", 403, "denied"),
        ("POST", "refresh-fields", false, "refresh-fields", 403, "denied"),
        ("POST", "complete-authorization", false, "complete-authorization", 403, "denied"),
        ("POST", "status", false, "set-object-type", 400, "bad_request"),
        ("POST", "status", false, "refresh-token", 400, "bad_request"),
        // Somebody who may ask for one thing must not smuggle in another.
        ("POST", "mapping", false, "prove", 400, "bad_request"),
        // Behind a proxy on the same machine every caller looks local.
        ("GET", "status", true, "status", 403, "https_required"),
        ("GET", "prove", false, "prove", 404, "unknown_verb"),
    ] {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let (found, text) = ask(method, verb, forwarded, asked).await;
        assert_eq!(found, status, "{verb}: {text}");
        if asked == verb {
            assert_eq!(framed(&text)["error"]["code"], code, "{text}");
        }
    }
    let (status, text) = ask(reqwest::Method::GET, "status", false, "status").await;
    assert_eq!((status, framed(&text)["ok"].as_bool()), (200, Some(true)), "{text}");
}
