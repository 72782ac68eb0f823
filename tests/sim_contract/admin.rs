//! `/sim`: who may come in, the clock, the faults, and what is written for fusebox.

use super::running::Running;
use fusebox::sim::{self, Options, SimError};
use serde_json::json;
use std::os::unix::fs::PermissionsExt;

#[tokio::test]
async fn only_the_token_from_this_machine_comes_in() {
    let running = Running::start("clean", 1, Some(4)).await;
    let url = format!("{}/truth", running.sim.ready.admin);
    let token = running.sim.ready.admin_token.clone();
    let status = async |change: &dyn Fn(reqwest::RequestBuilder) -> reqwest::RequestBuilder| {
        change(running.http.get(&url)).send().await.expect("an answer").status().as_u16()
    };
    assert_eq!(status(&|request| request.bearer_auth(&token)).await, 200);
    assert_eq!(status(&|request| request).await, 401);
    assert_eq!(status(&|request| request.bearer_auth("guess")).await, 401);
    assert_eq!(status(&|request| request.bearer_auth(&token).header("Host", "evil.example")).await, 403);
    assert_eq!(status(&|request| request.bearer_auth(&token).header("Origin", "https://evil.example")).await, 403);
    let own = running.sim.ready.login.clone();
    assert_eq!(status(&|request| request.bearer_auth(&token).header("Origin", &own)).await, 200);
    running.sim.stop().await;
}

#[tokio::test]
async fn it_listens_on_loopback_alone() {
    let listen = "0.0.0.0:0".parse().expect("an address");
    let options = Options { listen, sites: Some(1), ..Options::new("clean", 1) };
    assert!(matches!(sim::start(options).await, Err(SimError::NotLoopback(_))));
    assert!(matches!(sim::start(Options::new("nowhere", 1)).await, Err(SimError::Scenario(_))));
}

#[tokio::test]
async fn tls_and_host_names_are_there_when_asked_for() {
    let dir = tempfile::tempdir().expect("a directory");
    let write_config = Some(dir.path().to_owned());
    let options = Options {
        sites: Some(4),
        write_config,
        instances: sim::Instances::Host,
        tls: true,
        ..Options::new("clean", 1)
    };
    let sim = sim::start(options).await.expect("a simulator");
    let (name, origin) = sim.ready.orgs.first_key_value().expect("an org");
    assert!(origin.starts_with(&format!("https://{name}.salesforce.localhost:")), "{origin}");
    assert!(sim.ready.login.starts_with("https://login.salesforce.localhost:"));
    assert!(sim.ready.sites.starts_with("https://127.0.0.1:"));
    let pem = std::fs::read(dir.path().join("ca.pem")).expect("the authority's certificate");
    assert_eq!(sim.ready.ca.as_deref().map(str::as_bytes), Some(pem.as_slice()));
    let client = |trust: bool| {
        let here = ([127, 0, 0, 1], 0).into();
        let builder = reqwest::Client::builder().no_proxy().resolve(&format!("{name}.salesforce.localhost"), here);
        let authority = reqwest::Certificate::from_pem(&pem).expect("a certificate");
        let builder = if trust { builder.add_root_certificate(authority) } else { builder };
        builder.build().expect("a client")
    };
    let versions = format!("{origin}/services/data/");
    assert_eq!(client(true).get(&versions).send().await.expect("an answer").status().as_u16(), 200);
    assert!(client(false).get(&versions).send().await.is_err(), "nobody trusts it unasked");
    sim.stop().await;
}

#[tokio::test]
async fn secrets_are_for_the_owner_alone() {
    let running = Running::start("clean", 1, Some(4)).await;
    for name in ["secrets.toml", "fusebox.pem"] {
        let mode = std::fs::metadata(running.dir.path().join(name)).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let config = std::fs::read_to_string(running.dir.path().join("config.toml")).expect("the configuration");
    assert!(!running.secrets.values().filter_map(toml::Value::as_str).any(|secret| config.contains(secret)));
    assert_eq!(running.config["fleet"]["mode"].as_str(), Some("read-write"));
    running.sim.stop().await;
}

#[tokio::test]
async fn one_seed_one_fleet() {
    let (one, other) = (Running::start("agency", 7, None).await, Running::start("agency", 7, None).await);
    let verdicts = |sites: Vec<serde_json::Value>| {
        sites
            .into_iter()
            .map(|site| (site["name"].clone(), site["health"].clone(), site["cause"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(verdicts(one.truth().await), verdicts(other.truth().await));
    one.sim.stop().await;
    other.sim.stop().await;
}

#[tokio::test]
async fn the_clock_moves_dates_sessions_and_stories() {
    let running = Running::start("agency", 7, None).await;
    let token = running.sign_in("acme").await;
    let date = async || {
        let response = running.http.get(format!("{}/services/data", running.sim.ready.orgs["acme"])).send().await;
        let response = response.expect("an answer");
        let date = response.headers()["Date"].to_str().expect("a text").to_owned();
        chrono::DateTime::parse_from_rfc2822(&date).expect("a date")
    };
    let before = date().await;
    let moved = running.admin("clock", Some(json!({ "advance": "29d" }))).await;
    assert_eq!(moved["step"], 1);
    let days = (date().await - before).num_hours();
    assert!((29 * 24..=29 * 24 + 1).contains(&days), "{days}");
    assert_eq!(running.data("acme", &token, "v67.0/limits").await.status(), 401, "the session has lapsed");
    let cut_off = running.living("disconnected").await;
    assert_eq!(running.result(&cut_off, "status").await["connection"], serde_json::Value::Null);
    let silent = running.living("silent").await;
    assert!(running.ask(&silent, "status", &json!({})).send().await.is_err(), "closed at once");
    for bad in [json!({ "advance": "yesterday" }), json!({ "advance": "900years" }), json!({})] {
        let request = running.http.post(format!("{}/clock", running.sim.ready.admin)).json(&bad);
        let response = request.bearer_auth(&running.sim.ready.admin_token).send().await.expect("an answer");
        assert_eq!(response.status(), 400, "{bad}");
    }
    running.sim.stop().await;
}

#[tokio::test]
async fn faults_break_one_part_and_heal() {
    let running = Running::start("agency", 7, None).await;
    let site = running.living("healthy").await;
    let other = running.living("next_out").await;
    let fault =
        async |kind: &str| running.admin("fault", Some(json!({ "kind": kind, "site": site, "seconds": 0.01 }))).await;
    let status =
        async || running.ask(&site, "status", &json!({})).send().await.map(|response| response.status().as_u16());
    fault("dead").await;
    assert!(status().await.is_err());
    fault("half").await;
    let half = running.ask(&site, "status", &json!({})).send().await.expect("a head");
    assert!(half.text().await.is_err(), "half a body");
    for (kind, expected) in [("slow", 200), ("html", 200), ("empty", 200), ("401", 401), ("403", 403), ("503", 503)] {
        fault(kind).await;
        assert_eq!(status().await.ok(), Some(expected), "{kind}");
    }
    fault("hanging").await;
    let short = running.ask(&site, "status", &json!({})).timeout(std::time::Duration::from_millis(200));
    assert!(short.send().await.expect_err("no answer").is_timeout());
    assert!(running.result(&other, "status").await["connection"].is_object(), "no other site is touched");
    running.admin("fault", Some(json!({ "kind": "none" }))).await;
    assert_eq!(status().await.ok(), Some(200));
    running.admin("fault", Some(json!({ "kind": "503", "org": "acme" }))).await;
    assert_eq!(running.data("acme", "x", "v67.0/limits").await.status(), 503);
    assert_eq!(running.data("beta", "x", "v67.0/limits").await.status(), 401);
    let many = running.admin("fault", Some(json!({ "kind": "dead", "site": 5, "seed": 3 }))).await;
    assert_eq!(many["touched"].as_array().map(Vec::len), Some(5));
    let again = running.admin("fault", Some(json!({ "kind": "dead", "site": 5, "seed": 3 }))).await;
    assert_eq!(many, again, "the seed picks");
    let log = running.admin("log", None).await;
    assert!(log["requests"].as_array().expect("requests").iter().any(|entry| entry["kind"] == "fault"));
    running.sim.stop().await;
}
