//! A running simulator with the configuration that it wrote, and a client for it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fusebox::sim::{self, Options, Sim};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

/// The fingerprint key of the fixtures.
pub(super) const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// A nonce.
pub(super) const NONCE: &str = "3f0c8e51d2a94b7786f1c0a35be2749a";

/// A simulator and whoever talks to it.
pub(super) struct Running {
    pub(super) sim: Sim,
    pub(super) http: Client,
    pub(super) config: toml::Table,
    pub(super) secrets: toml::Table,
    pub(super) dir: TempDir,
}

impl Running {
    /// Starts `scenario` with a seed.
    pub(super) async fn start(scenario: &str, seed: u64, sites: Option<usize>) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let write_config = Some(dir.path().to_owned());
        let options = Options { sites, write_config, ..Options::new(scenario, seed) };
        let sim = sim::start(options).await.expect("a simulator");
        let read = |path: &Path| std::fs::read_to_string(path).expect("a file").parse().expect("a TOML file");
        let (config, secrets) = (read(&dir.path().join("config.toml")), read(&dir.path().join("secrets.toml")));
        let http = Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().expect("a client");
        Self { sim, http, config, secrets, dir }
    }

    /// One `[[org]]` of the configuration.
    pub(super) fn org(&self, name: &str) -> &toml::Table {
        self.table("org", name)
    }

    /// One `[[site]]` of the configuration.
    pub(super) fn site(&self, name: &str) -> &toml::Table {
        self.table("site", name)
    }

    fn table(&self, kind: &str, name: &str) -> &toml::Table {
        let tables = self.config[kind].as_array().expect("tables").iter().filter_map(toml::Value::as_table);
        tables.into_iter().find(|table| table["name"].as_str() == Some(name)).expect("a table of this name")
    }

    /// The secret behind a `store:NAME`.
    pub(super) fn secret(&self, reference: &toml::Value) -> &str {
        let name = reference.as_str().and_then(|text| text.strip_prefix("store:")).expect("a stored secret");
        self.secrets[name].as_str().expect("a text")
    }

    /// An order to `/sim`.
    pub(super) async fn admin(&self, path: &str, order: Option<Value>) -> Value {
        let url = format!("{}/{path}", self.sim.ready.admin);
        let request = match order {
            Some(order) => self.http.post(url).json(&order),
            None => self.http.get(url),
        };
        let response = request.bearer_auth(&self.sim.ready.admin_token).send().await.expect("an answer");
        let status = response.status();
        let body: Value = response.json().await.expect("JSON");
        assert!(status.is_success(), "{status} {body}");
        body
    }

    /// The truth about all sites.
    pub(super) async fn truth(&self) -> Vec<Value> {
        self.admin("truth", None).await["sites"].as_array().expect("sites").clone()
    }

    /// A site that lives this story.
    pub(super) async fn living(&self, story: &str) -> String {
        let truth = self.truth().await;
        let site = truth.iter().find(|site| site["story"] == story).expect("a site with this story");
        site["name"].as_str().expect("a name").to_owned()
    }

    /// A signed assertion for an org that uses JWT.
    pub(super) fn assertion(&self, org: &str, change: impl FnOnce(&mut Value)) -> String {
        let table = self.org(org);
        let mut claims = json!({
            "iss": table["client_id"].as_str(), "sub": table["username"].as_str(),
            "aud": table["login_url"].as_str(), "exp": 4_102_444_800_u64,
        });
        change(&mut claims);
        let pem = std::fs::read(self.dir.path().join("fusebox.pem")).expect("the key");
        let key = EncodingKey::from_rsa_pem(&pem).expect("an RSA key");
        encode(&Header::new(Algorithm::RS256), &claims, &key).expect("an assertion")
    }

    /// A request to the token endpoint of `origin`.
    pub(super) async fn token(&self, origin: &str, form: &[(&str, &str)]) -> (u16, Value) {
        let url = format!("{origin}/services/oauth2/token");
        let response = self.http.post(url).form(form).send().await.expect("an answer");
        (response.status().as_u16(), response.json().await.expect("JSON"))
    }

    /// Signs in as fusebox and gives the access token.
    pub(super) async fn sign_in(&self, org: &str) -> String {
        let table = self.org(org).clone();
        let origin = &self.sim.ready.orgs[org];
        let (status, body) = if table["flow"].as_str() == Some("jwt") {
            let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
            let assertion = self.assertion(org, |_| ());
            self.token(origin, &[("grant_type", grant), ("assertion", &assertion)]).await
        } else {
            let id = table["client_id"].as_str().expect("an id");
            let secret = self.secret(&table["client_secret"]);
            let form = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)];
            self.token(origin, &form).await
        };
        assert_eq!(status, 200, "{body}");
        body["access_token"].as_str().expect("a token").to_owned()
    }

    /// Signs in as a user of the org who is no administrator, as an old site does, and gives the access token.
    pub(super) async fn sign_in_as(&self, org: &str, username: &str) -> String {
        self.admin("fault", Some(json!({ "kind": "password_flow", "org": org, "on": true }))).await;
        let known = self.admin("credentials", None).await;
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let (id, secret) = (text(&known["wp_fusion"]["client_id"]), text(&known["wp_fusion"]["client_secret"]));
        let password = text(&known["orgs"][org]["passwords"][username]);
        let form = [
            ("grant_type", "password"),
            ("client_id", id.as_str()),
            ("client_secret", secret.as_str()),
            ("username", username),
            ("password", password.as_str()),
        ];
        let (status, body) = self.token(&self.sim.ready.orgs[org], &form).await;
        assert_eq!(status, 200, "{body}");
        text(&body["access_token"])
    }

    /// A request to an org's data API with a body, and what is answered: the status, and the document if there is one.
    pub(super) async fn send(
        &self,
        method: reqwest::Method,
        org: &str,
        token: &str,
        path: &str,
        body: &Value,
    ) -> (u16, Value) {
        let url = format!("{}/services/data/{path}", self.sim.ready.orgs[org]);
        let request = self.http.request(method, url).bearer_auth(token).json(body);
        let response = request.send().await.expect("an answer");
        let status = response.status().as_u16();
        let text = response.text().await.expect("a text");
        (status, if text.is_empty() { Value::Null } else { serde_json::from_str(&text).expect("JSON") })
    }

    /// A query that is refused: its code and message.
    pub(super) async fn refused(&self, org: &str, token: &str, query: &str) -> (String, String) {
        let url = format!("{}/services/data/v67.0/query", self.sim.ready.orgs[org]);
        let response = self.http.get(url).query(&[("q", query)]).bearer_auth(token).send().await.expect("an answer");
        assert_eq!(response.status(), 400, "{query}");
        let body: Value = response.json().await.expect("JSON");
        let text = |name: &str| body[0][name].as_str().expect("a text").to_owned();
        (text("errorCode"), text("message"))
    }

    /// A call to an org's data API.
    pub(super) async fn data(&self, org: &str, token: &str, path: &str) -> Response {
        let url = format!("{}/services/data/{path}", self.sim.ready.orgs[org]);
        self.http.get(url).bearer_auth(token).send().await.expect("an answer")
    }

    /// The records of one page of a query.
    pub(super) async fn query(&self, org: &str, token: &str, query: &str) -> Value {
        let query: String = query.replace(' ', "+").replace('\'', "%27");
        let response = self.data(org, token, &format!("v67.0/query?q={query}")).await;
        let status = response.status();
        let body = response.json().await.expect("JSON");
        assert!(status.is_success(), "{status} {body}");
        body
    }

    /// A request to a site's agent as fusebox makes it.
    pub(super) fn ask(&self, site: &str, verb: &str, arguments: &Value) -> RequestBuilder {
        let table = self.site(site);
        let url = format!("{}/?rest_route=/fusebox/v1/{verb}", table["url"].as_str().expect("a url"));
        let writes = matches!(verb, "refresh-fields" | "set-object-type" | "set-segment-type" | "configure");
        let request = json!({
            "fusebox": 1, "verb": verb, "arguments": arguments, "key": KEY, "nonce": NONCE,
            "max_requests": if writes { 20 } else { 1 },
            "deadline_s": 20,
        });
        let request = if matches!(verb, "status" | "log") {
            self.http.get(url).header("X-Fusebox-Request", STANDARD.encode(request.to_string()))
        } else {
            self.http.post(url).json(&request)
        };
        request.basic_auth("fusebox", Some(self.secret(&table["password"])))
    }

    /// The document between the markers of an agent's answer, with the status.
    pub(super) async fn told(&self, site: &str, verb: &str, arguments: &Value) -> (u16, Value) {
        let response = self.ask(site, verb, arguments).send().await.expect("an answer");
        let status = response.status().as_u16();
        (status, unframed(&response.text().await.expect("a text")))
    }

    /// The result of a verb that must succeed.
    pub(super) async fn result(&self, site: &str, verb: &str) -> Value {
        let (status, answer) = self.told(site, verb, &json!({})).await;
        assert_eq!(status, 200, "{answer}");
        answer["result"].clone()
    }
}

/// The document between the markers.
pub(super) fn unframed(text: &str) -> Value {
    let begin = format!("--fusebox {NONCE} begin--\n");
    let end = format!("\n--fusebox {NONCE} end--");
    let inside = text.split_once(&begin).expect("a begin marker").1.split_once(&end).expect("an end marker").0;
    serde_json::from_str(inside).expect("one JSON document")
}
