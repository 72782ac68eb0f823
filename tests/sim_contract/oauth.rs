//! The web server flow, revocation, introspection, identities, and what befalls an org: over the wire, as a client sees it.

use super::running::Running;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Client, Url, redirect};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const VERIFIER: &str = "dBjFTJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXkdBjFTJeZ4CVP";
const CALLBACK: &str = "http://localhost:1717/OauthRedirect";

/// Somebody with a browser, who goes nowhere by itself.
struct Browser {
    running: Running,
    http: Client,
    credentials: Value,
}

impl Browser {
    async fn start(scenario: &str) -> Self {
        let running = Running::start(scenario, 7, None).await;
        let http = Client::builder().no_proxy().redirect(redirect::Policy::none()).build().expect("a client");
        let credentials = running.admin("credentials", None).await;
        Self { running, http, credentials }
    }

    fn org(&self, name: &str) -> &Value {
        &self.credentials["orgs"][name]
    }

    fn text<'a>(&'a self, org: &str, field: &str) -> &'a str {
        self.credentials["orgs"][org][field].as_str().expect("a text")
    }

    async fn fault(&self, order: Value) {
        self.running.admin("fault", Some(order)).await;
    }

    async fn consent(&self, answer: Value) {
        self.running.admin("consent", Some(answer)).await;
    }

    /// Where the authorize page of `org` sends the browser.
    async fn authorize(&self, org: &str, change: impl FnOnce(&mut Vec<(&'static str, String)>)) -> (u16, String) {
        let mut query = vec![
            ("response_type", "code".to_owned()),
            ("client_id", self.text(org, "client_id").to_owned()),
            ("redirect_uri", CALLBACK.to_owned()),
            ("state", "s t&te".to_owned()),
            ("code_challenge", URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))),
            ("code_challenge_method", "S256".to_owned()),
        ];
        change(&mut query);
        let url = format!("{}/services/oauth2/authorize", self.text(org, "origin"));
        let answer = self.http.get(url).query(&query).send().await.expect("an answer");
        let status = answer.status().as_u16();
        let to = answer.headers().get("location").map(|to| to.to_str().expect("a text").to_owned());
        let body = answer.text().await.expect("a page");
        (status, to.unwrap_or(body))
    }

    /// The tokens that a consent as fusebox's own user ends with.
    async fn tokens(&self, org: &str) -> Value {
        self.consent(json!({ "answer": "allow" })).await;
        let (status, to) = self.authorize(org, |_| ()).await;
        assert_eq!(status, 302, "{to}");
        let (status, body) = self.exchange(org, &field(&to, "code").expect("a code"), |_| ()).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    async fn exchange(
        &self,
        org: &str,
        code: &str,
        change: impl FnOnce(&mut Vec<(&'static str, String)>),
    ) -> (u16, Value) {
        let mut form = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("client_id", self.text(org, "client_id").to_owned()),
            ("redirect_uri", CALLBACK.to_owned()),
            ("code", code.to_owned()),
            ("code_verifier", VERIFIER.to_owned()),
        ];
        change(&mut form);
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.running.token(self.text(org, "origin"), &form).await
    }

    async fn refresh(&self, org: &str, token: &str) -> (u16, Value) {
        let id = self.text(org, "client_id");
        let form = [("grant_type", "refresh_token"), ("client_id", id), ("refresh_token", token)];
        self.running.token(self.text(org, "origin"), &form).await
    }

    async fn get(&self, url: &str, token: &str) -> (u16, String) {
        let answer = self.http.get(url).bearer_auth(token).send().await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("a text"))
    }
}

fn field(url: &str, name: &str) -> Option<String> {
    let url = Url::parse(url).expect("an address");
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn text(body: &Value, name: &str) -> String {
    body[name].as_str().expect("a text").to_owned()
}

#[tokio::test]
async fn a_code_with_pkce_becomes_tokens_once() {
    let browser = Browser::start("agency").await;
    browser.consent(json!({ "answer": "allow" })).await;
    let (_, to) = browser.authorize("acme", |_| ()).await;
    assert!(to.starts_with(CALLBACK) && field(&to, "state").as_deref() == Some("s t&te"), "{to}");
    let code = field(&to, "code").expect("a code");
    let (status, tokens) = browser.exchange("acme", &code, |_| ()).await;
    assert_eq!((status, tokens.get("expires_in")), (200, None), "{tokens}");
    assert_eq!(tokens["scope"], "refresh_token api id");
    let (status, again) = browser.exchange("acme", &code, |_| ()).await;
    assert_eq!((status, &again["error_description"]), (400, &json!("invalid authorization code")));
    let (status, fresh) = browser.refresh("acme", &text(&tokens, "refresh_token")).await;
    assert_eq!((status, fresh.get("refresh_token")), (200, None), "no rotation, no new token: {fresh}");
    let rows = browser
        .running
        .query("acme", &text(&fresh, "access_token"), "SELECT AppName FROM OauthToken WHERE AppName = 'fusebox'")
        .await;
    assert_eq!(rows["totalSize"], 1, "fusebox's own approval is one of fusebox's app: {rows}");
    browser.running.sim.stop().await;
}

#[tokio::test]
async fn what_does_not_fit_is_refused_where_salesforce_refuses_it() {
    let browser = Browser::start("agency").await;
    browser.consent(json!({ "answer": "allow" })).await;
    let set = |name: &'static str, value: &'static str| {
        move |query: &mut Vec<(&'static str, String)>| {
            query.iter_mut().filter(|(key, _)| *key == name).for_each(|(_, kept)| value.clone_into(kept));
        }
    };
    let (status, page) = browser.authorize("acme", set("client_id", "3MVG9nobody")).await;
    assert_eq!(status, 400);
    assert!(page.contains("client identifier invalid"), "{page}");
    let (status, page) = browser.authorize("acme", set("redirect_uri", "http://localhost:1717/Other")).await;
    assert_eq!(status, 400);
    assert!(page.contains("redirect_uri_mismatch"), "{page}");
    let (_, to) = browser.authorize("acme", set("code_challenge_method", "plain")).await;
    assert_eq!(field(&to, "error").as_deref(), Some("invalid_request"), "{to}");
    let (_, to) = browser.authorize("acme", |query| query.push(("scope", "api wave_api".to_owned()))).await;
    assert_eq!(field(&to, "error").as_deref(), Some("OAUTH_APPROVAL_ERROR_GENERIC"), "{to}");
    for (name, value, error) in [
        ("code_verifier", "not the one that the challenge was made of at all", "invalid_grant"),
        ("redirect_uri", "http://127.0.0.1:1717/OauthRedirect", "redirect_uri_mismatch"),
        ("client_id", "3MVG9nobody", "invalid_client_id"),
    ] {
        let (_, to) = browser.authorize("acme", |_| ()).await;
        let (status, body) = browser.exchange("acme", &field(&to, "code").expect("a code"), set(name, value)).await;
        assert_eq!((status, body["error"].as_str()), (400, Some(error)), "{name}: {body}");
    }
    let (_, to) = browser.authorize("acme", |_| ()).await;
    browser.running.admin("clock", Some(json!({ "advance": "16min" }))).await;
    let (_, body) = browser.exchange("acme", &field(&to, "code").expect("a code"), |_| ()).await;
    assert_eq!(body["error_description"], "expired authorization code");
    browser.consent(json!({ "answer": "deny" })).await;
    let (_, to) = browser.authorize("acme", |_| ()).await;
    assert_eq!(field(&to, "error").as_deref(), Some("access_denied"));
    browser.running.sim.stop().await;
}

#[tokio::test]
async fn without_an_answer_in_advance_a_page_asks() {
    let browser = Browser::start("agency").await;
    let (status, page) = browser.authorize("acme", |_| ()).await;
    assert_eq!(status, 200);
    assert!(page.contains("is asking to access") && page.contains("fusebox@acme.example"), "{page}");
    let url = format!("{}/services/oauth2/authorize", browser.text("acme", "origin"));
    let form = [
        ("response_type", "code"),
        ("client_id", browser.text("acme", "client_id")),
        ("redirect_uri", CALLBACK),
        ("user", "fusebox@acme.example"),
        ("answer", "allow"),
    ];
    let answer = browser.http.post(url).form(&form).send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 302);
    browser.running.sim.stop().await;
}

#[tokio::test]
async fn a_consent_fills_a_slot_and_the_fifth_takes_the_oldest() {
    let browser = Browser::start("agency").await;
    let first = browser.tokens("acme").await;
    for _ in 0..3 {
        browser.authorize("acme", |_| ()).await;
    }
    assert_eq!(browser.refresh("acme", &text(&first, "refresh_token")).await.0, 200, "four fit");
    browser.authorize("acme", |_| ()).await;
    let (status, body) = browser.refresh("acme", &text(&first, "refresh_token")).await;
    assert_eq!((status, &body["error_description"]), (400, &json!("expired access/refresh token")));
    browser.running.sim.stop().await;
}

#[tokio::test]
async fn rotation_takes_a_token_back_once() {
    let browser = Browser::start("agency").await;
    let first = browser.tokens("acme").await;
    browser.fault(json!({ "kind": "rotation", "org": "acme", "on": true })).await;
    let (_, second) = browser.refresh("acme", &text(&first, "refresh_token")).await;
    let (status, _) = browser.refresh("acme", &text(&second, "refresh_token")).await;
    assert_eq!(status, 200);
    let (status, body) = browser.refresh("acme", &text(&first, "refresh_token")).await;
    assert_eq!((status, &body["error"]), (400, &json!("invalid_grant")), "the old one voids all");
    browser.running.sim.stop().await;
}

#[tokio::test]
async fn a_second_refresh_at_once_is_told_so() {
    let browser = Browser::start("agency").await;
    let tokens = browser.tokens("acme").await;
    browser.fault(json!({ "kind": "refresh_takes", "org": "acme", "seconds": 1 })).await;
    let token = text(&tokens, "refresh_token");
    let (one, other) = tokio::join!(browser.refresh("acme", &token), browser.refresh("acme", &token));
    let mut statuses = [one.0, other.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400]);
    let refused = if one.0 == 400 { one.1 } else { other.1 };
    assert_eq!(refused["error_description"], "token request is already being processed");
    browser.running.sim.stop().await;
}

#[tokio::test]
async fn revoking_ends_a_session_or_all_of_it() {
    let browser = Browser::start("agency").await;
    let tokens = browser.tokens("acme").await;
    let origin = browser.text("acme", "origin");
    let (access, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
    let revoke = async |token: &str| {
        let url = format!("{origin}/services/oauth2/revoke");
        browser.http.post(url).form(&[("token", token)]).send().await.expect("an answer").status().as_u16()
    };
    assert_eq!(revoke(&access).await, 200);
    let limits = format!("{origin}/services/data/v60.0/limits/");
    assert_eq!(browser.get(&limits, &access).await.0, 401);
    let (status, fresh) = browser.refresh("acme", &refresh).await;
    assert_eq!(status, 200, "the approval lives on");
    assert_eq!(revoke(&refresh).await, 200);
    assert_eq!(browser.get(&limits, &text(&fresh, "access_token")).await.0, 401);
    assert_eq!(browser.refresh("acme", &refresh).await.0, 400);
    assert_eq!(revoke(&refresh).await, 400);
    let script = browser.http.get(format!("{origin}/services/oauth2/revoke?token=x&callback=myCallback"));
    let body = script.send().await.expect("an answer").text().await.expect("a script");
    assert!(body.starts_with("myCallback({"), "{body}");
    browser.running.sim.stop().await;
}

#[tokio::test]
async fn introspection_tells_an_app_of_its_own_tokens_alone() {
    let browser = Browser::start("agency").await;
    let tokens = browser.tokens("acme").await;
    let introspect = async |org: &str, token: &str| {
        let url = format!("{}/services/oauth2/introspect", browser.text("acme", "origin"));
        let (id, secret) = (browser.text(org, "client_id"), browser.text(org, "client_secret"));
        let form = [("token", token), ("client_id", id), ("client_secret", secret)];
        browser.http.post(url).form(&form).send().await.expect("an answer").json::<Value>().await.expect("JSON")
    };
    let of_access = introspect("acme", &text(&tokens, "access_token")).await;
    assert_eq!((&of_access["active"], &of_access["token_type"]), (&json!(true), &json!("access_token")));
    assert!(of_access["exp"].as_i64() > of_access["iat"].as_i64(), "{of_access}");
    let of_refresh = introspect("acme", &text(&tokens, "refresh_token")).await;
    assert_eq!(of_refresh["token_type"], "refresh_token");
    assert_eq!(introspect("beta", &text(&tokens, "access_token")).await, json!({ "active": false }));
    assert_eq!(introspect("acme", "nothing").await, json!({ "active": false }));
    browser.running.sim.stop().await;
}

#[tokio::test]
async fn identities_are_told_in_json_and_refused_in_a_word() {
    let browser = Browser::start("agency").await;
    let tokens = browser.tokens("acme").await;
    let (access, id) = (text(&tokens, "access_token"), text(&tokens, "id"));
    let (status, body) = browser.get(&id, &access).await;
    assert_eq!(status, 200, "{body}");
    let identity: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(identity["username"], "fusebox@acme.example");
    assert_eq!(identity["is_app_installed"], true);
    assert!(text(&identity["urls"], "rest").contains("{version}"));
    let userinfo = format!("{}/services/oauth2/userinfo", browser.text("acme", "origin"));
    assert_eq!(browser.get(&userinfo, &access).await.0, 200);
    assert_eq!(browser.get(&id, "nothing").await, (403, "Bad_OAuth_Token".to_owned()));
    let other = browser.tokens("gamma").await;
    assert_eq!(browser.get(&id, &text(&other, "access_token")).await, (403, "Wrong_Org".to_owned()));
    let discovery = format!("{}/.well-known/openid-configuration", browser.text("acme", "origin"));
    let known: Value = serde_json::from_str(&browser.get(&discovery, "").await.1).expect("JSON");
    assert_eq!(text(&known, "userinfo_endpoint"), userinfo);
    browser.running.sim.stop().await;
}

#[tokio::test]
async fn what_befalls_an_org_is_told_in_its_own_words() {
    let browser = Browser::start("agency").await;
    let tokens = browser.tokens("acme").await;
    let refresh = text(&tokens, "refresh_token");
    let limits = format!("{}/services/data/v60.0/limits/", browser.text("acme", "origin"));
    for (order, error) in [
        (json!({ "kind": "lock", "org": "acme" }), "inactive_org"),
        (json!({ "kind": "trial_over", "org": "acme" }), "inactive_org"),
    ] {
        browser.fault(order).await;
        assert_eq!(browser.refresh("acme", &refresh).await.1["error"], error);
        browser.fault(json!({ "kind": "restore", "org": "acme" })).await;
    }
    browser.fault(json!({ "kind": "without_api", "org": "acme" })).await;
    assert!(browser.get(&limits, &text(&tokens, "access_token")).await.1.contains("API_DISABLED_FOR_ORG"));
    browser.fault(json!({ "kind": "restore", "org": "acme" })).await;
    for (kind, words) in [("deactivate", "inactive user"), ("freeze", "expired access/refresh token")] {
        browser.fault(json!({ "kind": kind, "user": "fusebox@acme.example" })).await;
        assert_eq!(browser.refresh("acme", &refresh).await.1["error_description"], words);
    }
    browser.fault(json!({ "kind": "restore", "user": "fusebox@acme.example" })).await;
    browser.fault(json!({ "kind": "leave_calls", "org": "acme", "calls": 0 })).await;
    let (_, fresh) = browser.refresh("acme", &refresh).await;
    assert!(browser.get(&limits, &text(&fresh, "access_token")).await.1.contains("TotalRequests Limit exceeded."));
    browser.fault(json!({ "kind": "leave_calls", "org": "acme", "calls": 500 })).await;
    browser.fault(json!({ "kind": "move_instance", "org": "acme" })).await;
    assert_eq!(browser.get(&limits, &text(&fresh, "access_token")).await.0, 420, "nothing routes to the old address");
    browser.running.sim.stop().await;
}

#[tokio::test]
async fn a_refreshed_sandbox_is_another_org() {
    let browser = Browser::start("agency").await;
    let sandbox = browser.running.config["org"].as_array().expect("orgs").iter().find_map(|org| {
        let name = org["name"].as_str().expect("a name");
        (browser.org(name)["flow"] == "jwt").then(|| name.to_owned())
    });
    let org = sandbox.expect("an org that signs in by JWT");
    let before = browser.running.admin("truth", None).await;
    browser.fault(json!({ "kind": "refresh_sandbox", "org": org })).await;
    let after = browser.running.admin("truth", None).await;
    let listed = |truth: &Value| {
        let all = truth["approvals"].as_array().expect("approvals").clone();
        all.iter().filter(|held| held["org"] == org.as_str() && held["listed"] == true).count()
    };
    assert!(listed(&before) > 0);
    assert_eq!(listed(&after), 0);
    let rows = browser.running.query(&org, &browser.running.sign_in(&org).await, "SELECT Id FROM Organization").await;
    let token = browser.running.sign_in(&org).await;
    assert!(rows["records"][0]["Id"].as_str().expect("an id").starts_with(&token[..15]));
    browser.running.sim.stop().await;
}

#[tokio::test]
async fn an_app_that_is_not_installed_keeps_new_users_out() {
    let browser = Browser::start("agency").await;
    let wp_fusion = browser.credentials["wp_fusion"]["client_id"].as_str().expect("an id").to_owned();
    let relay = "https://wpfusion.com/oauth/?action=wpf_get_salesforce_token&redirect";
    let ask = |query: &mut Vec<(&'static str, String)>| {
        query.retain(|(name, _)| !name.starts_with("code_"));
        for (name, value) in query {
            match *name {
                "client_id" => value.clone_from(&wp_fusion),
                "redirect_uri" => relay.clone_into(value),
                _ => {}
            }
        }
    };
    browser.consent(json!({ "answer": "allow", "user": "fusebox@acme.example" })).await;
    browser.fault(json!({ "kind": "uninstall", "org": "acme" })).await;
    let (_, to) = browser.authorize("acme", ask).await;
    assert!(to.contains("/setup/secur/RemoteAccessErrorPage.apexp?error=invalid_client"), "{to}");
    let (_, page) = browser.get(&to, "").await;
    assert!(page.contains("app must be installed into org"), "{page}");
    browser.fault(json!({ "kind": "approve_uninstalled", "user": "fusebox@acme.example", "on": true })).await;
    let (_, to) = browser.authorize("acme", ask).await;
    assert!(field(&to, "code").is_some(), "{to}");
    browser.fault(json!({ "kind": "block", "org": "acme" })).await;
    let (_, to) = browser.authorize("acme", ask).await;
    assert_eq!(field(&to, "error").as_deref(), Some("OAUTH_APP_BLOCKED"));
    browser.fault(json!({ "kind": "install", "org": "acme" })).await;
    browser.fault(json!({ "kind": "admin_approved", "org": "acme", "on": true })).await;
    browser.fault(json!({ "kind": "not_preauthorized", "user": "fusebox@acme.example" })).await;
    let (_, to) = browser.authorize("acme", ask).await;
    assert_eq!(field(&to, "error").as_deref(), Some("OAUTH_APP_ACCESS_DENIED"));
    browser.running.sim.stop().await;
}

#[tokio::test]
async fn a_site_is_authorized_by_a_browser_and_nothing_is_revoked() {
    let browser = Browser::start("agency").await;
    let site = browser.running.living("revoked").await;
    let before = browser.running.result(&site, "status").await;
    let org = browser.running.truth().await.into_iter().find(|truth| truth["name"] == site.as_str()).expect("it");
    assert_eq!(org["health"], "FAIL");
    let link = text(&browser.running.result(&site, "authorization-url").await, "url");
    let user = browser.org("acme")["passwords"].as_object().expect("users").keys().next_back().expect("one").clone();
    browser.consent(json!({ "answer": "allow", "user": user })).await;
    let mut at = link;
    for _ in 0..5 {
        let answer = browser.http.get(&at).send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 302, "{at}");
        let to = answer.headers()["location"].to_str().expect("a text").to_owned();
        if to.ends_with("#setup") {
            break;
        }
        at = to;
    }
    let after = browser.running.result(&site, "status").await;
    assert_ne!(before["connection"]["refresh_fp"], after["connection"]["refresh_fp"]);
    assert_eq!(browser.running.result(&site, "prove").await["outcome"], "good");
    let truth = browser.running.truth().await.into_iter().find(|truth| truth["name"] == site.as_str()).expect("it");
    assert_eq!((truth["health"].as_str(), truth["approval_id"].is_string()), (Some("OK"), true));
    browser.running.sim.stop().await;
}

#[tokio::test]
async fn passwords_open_soap_and_the_flow_that_takes_one_only_where_it_is_admitted() {
    let browser = Browser::start("agency").await;
    let (user, password) = ("fusebox@acme.example", text(&browser.org("acme")["passwords"], "fusebox@acme.example"));
    let login = async |password: &str| {
        let body = format!(
            "<env:Envelope><env:Body><n1:login><n1:username>{user}</n1:username><n1:password>{password}</n1:password>\
             </n1:login></env:Body></env:Envelope>"
        );
        let url = format!("{}/services/Soap/u/59.0", browser.running.sim.ready.login);
        let answer = browser.http.post(url).body(body).send().await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("XML"))
    };
    let (status, body) = login(&password).await;
    assert_eq!(status, 200, "{body}");
    let session = body.split("<sessionId>").nth(1).and_then(|rest| rest.split('<').next()).expect("a session");
    let limits = format!("{}/services/data/v60.0/limits/", browser.text("acme", "origin"));
    assert_eq!(browser.get(&limits, session).await.0, 200);
    assert!(login("wrong").await.1.contains("INVALID_LOGIN"));
    let (id, secret) = (browser.text("acme", "client_id"), browser.text("acme", "client_secret"));
    let form = [
        ("grant_type", "password"),
        ("client_id", id),
        ("client_secret", secret),
        ("username", user),
        ("password", &password),
    ];
    let origin = browser.text("acme", "origin");
    assert_eq!(browser.running.token(origin, &form).await.1["error_description"], "authentication failure");
    browser.fault(json!({ "kind": "password_flow", "org": "acme", "on": true })).await;
    assert_eq!(browser.running.token(origin, &form).await.0, 200);
    browser.running.sim.stop().await;
}

#[tokio::test]
async fn an_incident_that_is_none_says_what_there_is() {
    let browser = Browser::start("clean").await;
    let url = format!("{}/fault", browser.running.sim.ready.admin);
    for order in [json!({ "kind": "meteor", "org": "x" }), json!({ "kind": "lock" }), json!({ "org": 1 })] {
        let request = browser.http.post(&url).bearer_auth(&browser.running.sim.ready.admin_token).json(&order);
        let status = request.send().await.expect("an answer").status().as_u16();
        assert!((400..500).contains(&status), "{order} {status}");
    }
    browser.running.sim.stop().await;
}
