//! Salesforce's side: sign-in, queries, composite, limits, pages, and the texts of its refusals.

use super::running::Running;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const JWT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

#[tokio::test]
async fn fusebox_signs_in_both_ways_and_fills_no_slot() {
    let running = Running::start("agency", 7, None).await;
    let flows: BTreeSet<&str> = running.config["org"]
        .as_array()
        .expect("orgs")
        .iter()
        .map(|org| org["flow"].as_str().expect("a flow"))
        .collect();
    assert_eq!(flows, BTreeSet::from(["client-credentials", "jwt"]));
    let before = running.admin("truth", None).await;
    for org in running.sim.ready.orgs.keys() {
        let first = running.sign_in(org).await;
        assert_eq!(first, running.sign_in(org).await, "one session, however often one signs in");
        assert!(first.contains('!'));
    }
    assert_eq!(before["approvals"], running.admin("truth", None).await["approvals"]);
    running.sim.stop().await;
}

#[tokio::test]
async fn a_token_response_has_salesforces_form() {
    let running = Running::start("agency", 7, None).await;
    let assertion = running.assertion("acme", |_| ());
    let form = [("grant_type", JWT), ("assertion", assertion.as_str())];
    let (_, body) = running.token(&running.sim.ready.orgs["acme"], &form).await;
    assert_eq!(body["instance_url"], running.sim.ready.orgs["acme"].as_str());
    assert_eq!(body["token_type"], "Bearer");
    assert!(body.get("expires_in").is_none() && body.get("refresh_token").is_none());
    assert!(body["issued_at"].as_str().is_some_and(|at| at.len() == 13));
    let by_login = running.assertion("acme", |claims| claims["aud"] = running.sim.ready.login.as_str().into());
    let (status, _) = running.token(&running.sim.ready.login, &[("grant_type", JWT), ("assertion", &by_login)]).await;
    assert_eq!(status, 200, "the login origin finds the org");
    running.sim.stop().await;
}

#[tokio::test]
async fn sign_ins_are_refused_with_salesforces_texts() {
    let running = Running::start("agency", 7, None).await;
    let acme = &running.sim.ready.orgs["acme"];
    let beta = &running.sim.ready.orgs["beta"];
    let wrong_user = running.assertion("acme", |claims| claims["sub"] = "nobody@acme.example".into());
    let wrong_app = running.assertion("acme", |claims| claims["iss"] = "3MVG9nobody".into());
    let late = running.assertion("acme", |claims| claims["exp"] = json!(1_000_000_000));
    let elsewhere = running.assertion("acme", |claims| claims["aud"] = "https://example.com".into());
    let id = running.org("beta")["client_id"].as_str().expect("an id");
    let refresh = [("grant_type", "refresh_token"), ("client_id", "x"), ("client_secret", "x"), ("refresh_token", "x")];
    let credentials = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", "wrong")];
    let cases = [
        (acme, vec![("grant_type", JWT), ("assertion", wrong_user.as_str())], "invalid_grant"),
        (acme, vec![("grant_type", JWT), ("assertion", wrong_app.as_str())], "invalid_client_id"),
        (acme, vec![("grant_type", JWT), ("assertion", late.as_str())], "invalid_grant"),
        (acme, vec![("grant_type", JWT), ("assertion", elsewhere.as_str())], "invalid_grant"),
        (beta, credentials.to_vec(), "invalid_client"),
        (&running.sim.ready.login, credentials.to_vec(), "invalid_grant"),
        (acme, refresh.to_vec(), "invalid_client_id"),
        (acme, vec![("grant_type", "password")], "invalid_client_id"),
        (acme, vec![("grant_type", "pasword")], "unsupported_grant_type"),
    ];
    for (origin, form, error) in cases {
        let (status, body) = running.token(origin, &form).await;
        assert_eq!((status, body["error"].as_str()), (400, Some(error)), "{form:?} {body}");
        assert!(body["error_description"].as_str().is_some_and(|text| !text.is_empty()));
    }
    running.sim.stop().await;
}

#[tokio::test]
async fn the_ledger_over_the_wire_is_the_truth() {
    let running = Running::start("agency", 7, None).await;
    let truth = running.admin("truth", None).await;
    for org in running.sim.ready.orgs.keys() {
        let token = running.sign_in(org).await;
        let query = "SELECT Id, AppName, UserId, User.Username, CreatedDate, LastUsedDate, UseCount FROM OauthToken \
                     WHERE AppName = 'WP Fusion (OAuth)' ORDER BY CreatedDate";
        let page = running.query(org, &token, query).await;
        let seen: BTreeSet<(String, String)> = page["records"]
            .as_array()
            .expect("records")
            .iter()
            .map(|row| {
                assert_eq!(row["Id"], Value::Null);
                let created = row["CreatedDate"].as_str().expect("a date").replace(".000+0000", "Z");
                (row["User"]["Username"].as_str().expect("a user").to_owned(), created)
            })
            .collect();
        let known: BTreeSet<(String, String)> = truth["approvals"]
            .as_array()
            .expect("approvals")
            .iter()
            .filter(|approval| {
                approval["org"] == org.as_str() && approval["listed"] == true && approval["app"] == "WP Fusion (OAuth)"
            })
            .map(|approval| {
                (
                    approval["user"].as_str().expect("a user").to_owned(),
                    approval["created_at"].as_str().expect("a time").to_owned(),
                )
            })
            .collect();
        assert_eq!(seen, known, "{org}");
    }
    running.sim.stop().await;
}

#[tokio::test]
async fn policies_come_without_a_unit() {
    let running = Running::start("agency", 7, None).await;
    let policies = [
        ("acme", Value::Null, false),
        ("beta", json!(30), true),
        ("gamma", json!(90), false),
        ("iota", json!(0), false),
    ];
    let query = "SELECT Name, OptionsAllowAdminApprovedUsersOnly, RefreshTokenValidityPeriod, \
                 OptionsRefreshTokenValidityMetric FROM ConnectedApplication WHERE Name = 'WP Fusion (OAuth)'";
    for (org, period, metric) in policies {
        let token = running.sign_in(org).await;
        let page = running.query(org, &token, query).await;
        let row = &page["records"][0];
        assert_eq!(row["RefreshTokenValidityPeriod"], period, "{org}");
        assert_eq!(row["OptionsRefreshTokenValidityMetric"], metric, "{org}");
    }
    for org in ["omega", "sigma"] {
        let token = running.sign_in(org).await;
        assert_eq!(running.query(org, &token, query).await["totalSize"], 0, "{org} has no row");
    }
    assert_eq!(running.org("beta")["policy_unit"].as_str(), Some("days"));
    assert_eq!(running.org("kappa")["rotation"].as_str(), Some("on"));
    running.sim.stop().await;
}

#[tokio::test]
async fn a_composite_is_one_call() {
    let running = Running::start("agency", 7, None).await;
    let token = running.sign_in("acme").await;
    let url = format!("{}/services/data/v67.0/composite", running.sim.ready.orgs["acme"]);
    let part = |id: usize, query: &str| json!({ "method": "GET", "url": format!("/services/data/v67.0/query?q={query}"), "referenceId": format!("r{id}") });
    let queries = [
        "SELECT+Id,+Name+FROM+Organization",
        "SELECT+COUNT()+FROM+OauthToken",
        "SELECT+Id+FROM+Nothing",
        "SELECT+UserId,+IsFrozen+FROM+UserLogin+WHERE+IsFrozen+=+true",
    ];
    let mut parts: Vec<Value> = queries.iter().enumerate().map(|(id, query)| part(id, query)).collect();
    parts.push(json!({ "method": "GET", "url": "/services/data/v67.0/limits", "referenceId": "limits" }));
    let call = async |parts: &[Value]| {
        let request =
            running.http.post(&url).bearer_auth(&token).json(&json!({ "allOrNone": false, "compositeRequest": parts }));
        let response = request.send().await.expect("an answer");
        let usage =
            response.headers().get("Sforce-Limit-Info").and_then(|usage| usage.to_str().ok()).map(str::to_owned);
        (response.status().as_u16(), usage.expect("the usage"), response.json::<Value>().await.expect("JSON"))
    };
    let (_, before, _) = call(&parts).await;
    let (status, after, body) = call(&parts).await;
    let used =
        |usage: &str| usage.strip_prefix("api-usage=").and_then(|rest| rest.split('/').next()?.parse::<u64>().ok());
    assert_eq!(used(&after), used(&before).map(|used| used + 1));
    assert_eq!(status, 200);
    let answers = body["compositeResponse"].as_array().expect("answers");
    let codes: Vec<u64> = answers.iter().filter_map(|answer| answer["httpStatusCode"].as_u64()).collect();
    assert_eq!(codes, [200, 200, 400, 200, 200]);
    assert_eq!(answers[2]["body"][0]["errorCode"], "INVALID_TYPE");
    assert_eq!(answers[3]["body"]["totalSize"], 1, "one user is frozen");
    assert!(answers[4]["body"]["DailyApiRequests"]["Remaining"].is_u64());
    let six: Vec<Value> = (0..6).map(|id| part(id, queries[0])).collect();
    assert_eq!(call(&six).await.0, 400);
    let log = running.admin("log", None).await;
    let composites = log["requests"].as_array().expect("requests").iter().filter(|entry| entry["kind"] == "composite");
    assert!(composites.into_iter().all(|entry| entry["client"] == "fusebox" && entry["counted"] == true));
    running.sim.stop().await;
}

#[tokio::test]
async fn many_approvals_come_in_pages() {
    let running = Running::start("clean", 3, Some(6_000)).await;
    let org = running.sim.ready.orgs.keys().next().expect("an org");
    let token = running.sign_in(org).await;
    let count =
        running.query(org, &token, "SELECT COUNT() FROM OauthToken").await["totalSize"].as_u64().expect("a number");
    let mut page = running.query(org, &token, "SELECT UserId, CreatedDate FROM OauthToken").await;
    let mut seen = 0;
    loop {
        let rows = page["records"].as_array().expect("records").len();
        assert!(rows <= 500);
        seen += rows as u64;
        let Some(next) = page["nextRecordsUrl"].as_str() else { break };
        assert_eq!(page["done"], false);
        let path = next.strip_prefix("/services/data/").expect("a path").to_owned();
        page = running.data(org, &token, &path).await.json().await.expect("JSON");
    }
    assert_eq!(page["done"], true);
    assert!(count > 500);
    assert_eq!(seen, count);
    let lost = running.data(org, &token, "v67.0/query/01g000000000000099-500").await;
    assert_eq!(lost.status(), 400);
    running.sim.stop().await;
}

#[tokio::test]
async fn the_data_api_refuses_in_arrays() {
    let running = Running::start("agency", 7, None).await;
    let token = running.sign_in("acme").await;
    let versions =
        running.http.get(format!("{}/services/data/", running.sim.ready.orgs["acme"])).send().await.expect("an answer");
    assert!(versions.headers().get("Sforce-Limit-Info").is_none());
    let versions: Value = versions.json().await.expect("JSON");
    assert_eq!(versions.as_array().and_then(|all| all.last()).expect("a version")["label"], "Summer '26");
    let cases = [
        ("v67.0/limits", "stale", 401, "INVALID_SESSION_ID"),
        ("v67.0/query?q=SELECT", token.as_str(), 400, "MALFORMED_QUERY"),
        ("v67.0/query?q=SELECT+Nope+FROM+User", token.as_str(), 400, "INVALID_FIELD"),
        ("v67.0/nothing", token.as_str(), 404, "NOT_FOUND"),
        ("v25.0/limits", token.as_str(), 410, "UNSUPPORTED_API_VERSION"),
        ("v99.0/limits", token.as_str(), 404, "NOT_FOUND"),
    ];
    for (path, token, status, code) in cases {
        let response = running.data("acme", token, path).await;
        assert_eq!(response.status(), status, "{path}");
        let body: Value = response.json().await.expect("JSON");
        assert_eq!(body[0]["errorCode"], code, "{path} {body}");
    }
    running.sim.stop().await;
}

#[tokio::test]
async fn an_allocation_that_is_nearly_used_up_says_so() {
    let running = Running::start("agency", 7, None).await;
    let token = running.sign_in("lambda").await;
    let limits: Value = running.data("lambda", &token, "v67.0/limits").await.json().await.expect("JSON");
    let (max, left) = (&limits["DailyApiRequests"]["Max"], &limits["DailyApiRequests"]["Remaining"]);
    let percent = 100 - left.as_u64().expect("a number") * 100 / max.as_u64().expect("a number");
    assert!((96..=97).contains(&percent), "{percent}");
    running.sim.stop().await;
}
