//! The sites' agents keep docs/agent.md: the schemas, the fixtures' form, the codes, and what a call may cost.

use super::running::{KEY, NONCE, Running, unframed};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonschema::Validator;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// In an order in which each example finds what it takes for granted.
const VERBS: [&str; 15] = [
    "status",
    "log",
    "mapping",
    "prove",
    "describe",
    "authorization-url",
    "choices",
    "lists",
    "restore",
    "refresh-fields",
    "set-object-type",
    "set-segment-type",
    "configure",
    "complete-authorization",
    "refresh-token",
];

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).expect("a file")).expect("JSON")
}

pub(super) fn schema(name: &str) -> Validator {
    let schema = read(&file(&format!("docs/schema/agent-{name}.schema.json")));
    jsonschema::validator_for(&schema).expect("a schema")
}

fn fixture(name: &str) -> Value {
    read(&file(&format!("tests/fixtures/agent/{name}.json")))
}

fn arguments(verb: &str) -> Value {
    match verb {
        "describe" => json!({ "object": "Contact" }),
        "log" => json!({ "limit": 20 }),
        "set-object-type" | "set-segment-type" | "restore" | "complete-authorization" => {
            fixture(&format!("{verb}.request"))["arguments"].clone()
        }
        _ => json!({}),
    }
}

fn keys(value: &Value) -> BTreeSet<String> {
    value.as_object().map(|object| object.keys().cloned().collect()).unwrap_or_default()
}

/// What is true of every answer, whatever the story: schema, nonce, and nothing of a token.
pub(super) fn check(schema: &Validator, answer: &Value) {
    let errors: Vec<String> = schema.iter_errors(answer).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}\n{answer}");
    assert_eq!(answer["nonce"], NONCE);
    let text = answer.to_string();
    assert!(!text.contains("5Aep861") && !text.contains("!AQ4AQ"), "a token in {text}");
}

#[tokio::test]
async fn every_site_answers_every_verb_as_the_schema_says() {
    let running = Running::start("agency", 7, None).await;
    let schema = schema("answer");
    let mut checked = 0;
    for site in running.truth().await {
        let (name, story) = (site["name"].as_str().expect("a name"), site["story"].as_str().expect("a story"));
        if matches!(story, "gone" | "php_fatal" | "no_answer") {
            continue;
        }
        for verb in VERBS {
            let (status, answer) = running.told(name, verb, &arguments(verb)).await;
            check(&schema, &answer);
            assert_eq!(answer["ok"], status == 200, "{story} {verb} {status}");
            checked += 1;
        }
    }
    assert!(checked > 400, "{checked}");
    running.sim.stop().await;
}

#[tokio::test]
async fn the_fixtures_and_the_simulator_speak_one_language() {
    let running = Running::start("agency", 7, None).await;
    let (requests, answers) = (schema("request"), schema("answer"));
    let site = running.living("healthy").await;
    let table = running.site(&site);
    let password = running.secret(&table["password"]);
    let dead = running.living("policy_idle").await;
    for verb in VERBS {
        let request = fixture(&format!("{verb}.request"));
        assert!(requests.is_valid(&request), "{verb}");
        let url = format!("{}/?rest_route=/fusebox/v1/{verb}", table["url"].as_str().expect("a url"));
        let call = if matches!(verb, "status" | "log") {
            running.http.get(url).header("X-Fusebox-Request", STANDARD.encode(request.to_string()))
        } else {
            running.http.post(url).json(&request)
        };
        let response = call.basic_auth("fusebox", Some(password)).send().await.expect("an answer");
        let told = unframed(&response.text().await.expect("a text"));
        check(&answers, &told);
        let fixed = fixture(&format!("{verb}.answer"));
        assert!(answers.is_valid(&fixed), "{verb}");
        let told = if verb == "log" { running.told(&dead, "log", &json!({})).await.1 } else { told };
        assert_eq!(keys(&told), keys(&fixed), "{verb}");
        assert_eq!(keys(&told["result"]), keys(&fixed["result"]), "{verb}");
        for inner in ["connection", "plugin", "staging", "cron", "object_type", "segment_type", "left_out"] {
            assert_eq!(keys(&told["result"][inner]), keys(&fixed["result"][inner]), "{verb} {inner}");
        }
        for rows in ["rows", "mapped", "fields", "segments", "steps", "record_types", "object_types"] {
            if told["result"]["outcome"] == "unchanged" {
                // Nothing had to be done, so no step was.
                continue;
            }
            let first = |value: &Value| keys(&value["result"][rows][0]);
            assert_eq!(first(&told), first(&fixed), "{verb} {rows}");
        }
    }
    running.sim.stop().await;
}

#[tokio::test]
async fn requests_of_another_form_are_refused_with_their_code() {
    let running = Running::start("agency", 7, None).await;
    let schema = schema("answer");
    let site = running.living("healthy").await;
    let table = running.site(&site);
    let (base, password) = (table["url"].as_str().expect("a url"), running.secret(&table["password"]));
    let good = json!({
        "fusebox": 1, "verb": "prove", "arguments": {}, "key": KEY, "nonce": NONCE, "max_requests": 1, "deadline_s": 20,
    });
    let with = |field: &str, value: Value| {
        let mut request = good.clone();
        request[field] = value;
        request
    };
    let cases = [
        ("prove", good.clone(), 200, ""),
        ("prove", with("fusebox", json!(2)), 400, "bad_request"),
        ("prove", with("key", json!("00")), 400, "bad_request"),
        ("prove", with("max_requests", json!(21)), 400, "bad_request"),
        ("prove", with("deadline_s", json!(0)), 400, "bad_request"),
        ("prove", with("extra", json!(1)), 400, "bad_request"),
        ("prove", with("verb", json!("mapping")), 400, "bad_request"),
        ("describe", with("verb", json!("describe")), 400, "bad_request"),
        ("status", with("verb", json!("status")), 404, "unknown_verb"),
        ("explode", with("verb", json!("explode")), 404, "unknown_verb"),
    ];
    for (verb, request, status, code) in cases {
        let url = format!("{base}/wp-json/fusebox/v1/{verb}");
        let call = running.http.post(url).json(&request).basic_auth("fusebox", Some(password));
        let response = call.send().await.expect("an answer");
        assert_eq!(response.status(), status, "{verb} {request}");
        let answer = unframed(&response.text().await.expect("a text"));
        check(&schema, &answer);
        assert_eq!(answer["error"]["code"].as_str().unwrap_or_default(), code, "{verb} {request}");
    }
    let mut request = good.clone();
    request["verb"] = "status".into();
    let wrong = running.http.get(format!("{base}/?rest_route=/fusebox/v1/status"));
    let wrong = wrong.header("X-Fusebox-Request", STANDARD.encode(request.to_string()));
    let response = wrong.basic_auth("fusebox", Some("wrong")).send().await.expect("an answer");
    assert_eq!(response.status(), 401);
    let refused = unframed(&response.text().await.expect("a text"));
    check(&schema, &refused);
    assert_eq!(refused["error"]["code"], "not_logged_in");
    let garbage = running.http.post(format!("{base}/?rest_route=/fusebox/v1/prove")).body("{");
    let response = garbage.basic_auth("fusebox", Some(password)).send().await.expect("an answer");
    assert_eq!(response.status(), 400);
    running.sim.stop().await;
}

#[tokio::test]
async fn a_proof_costs_one_call_and_no_refresh() {
    let running = Running::start("agency", 7, None).await;
    let site = running.living("healthy").await;
    let before = running.admin("truth", None).await;
    let status = running.result(&site, "status").await;
    assert_eq!(running.result(&site, "prove").await, json!({ "outcome": "good", "text": "" }));
    assert_eq!(running.result(&site, "status").await["connection"], status["connection"], "no token changed");
    let log = running.admin("log", None).await;
    let log = log["requests"].as_array().expect("requests");
    let by_site: Vec<&Value> = log.iter().filter(|entry| entry["client"] == "site").collect();
    assert_eq!(by_site.len(), 1, "{log:?}");
    assert_eq!((&by_site[0]["kind"], &by_site[0]["counted"]), (&json!("search"), &json!(true)));
    assert!(!log.iter().any(|entry| entry["kind"] == "refresh_token"));
    let asked: Vec<&Value> = log.iter().filter(|entry| entry["client"] == "fusebox").collect();
    assert_eq!(asked.len(), 3);
    assert_eq!(before["approvals"], running.admin("truth", None).await["approvals"]);
    running.sim.stop().await;
}

#[tokio::test]
async fn a_proof_without_a_session_is_withheld_and_costs_nothing() {
    let running = Running::start("agency", 7, None).await;
    let site = running.living("never_proved").await;
    let proved = running.result(&site, "prove").await;
    assert_eq!(proved["outcome"], "withheld");
    assert_eq!(running.result(&running.living("ip_restricted").await, "prove").await["outcome"], "refused");
    assert_eq!(running.result(&running.living("api_disabled").await, "prove").await["outcome"], "refused");
    let log = running.admin("log", None).await;
    assert!(!log["requests"].as_array().expect("requests").iter().any(|entry| entry["counted"] == true));
    running.sim.stop().await;
}

#[tokio::test]
async fn a_clone_holds_the_tokens_of_its_original() {
    let running = Running::start("agency", 7, None).await;
    let original = running.result(&running.living("shared_token").await, "status").await;
    let clone = running.result(&running.living("clone").await, "status").await;
    assert_eq!(original["connection"], clone["connection"]);
    assert_eq!(clone["staging"]["effective"], true);
    assert_eq!(clone["staging"]["recorded_url"], original["home_url"]);
    assert_ne!(clone["home_url"], original["home_url"]);
    running.sim.stop().await;
}
