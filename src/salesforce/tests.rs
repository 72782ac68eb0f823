//! The client against a server on loopback that says what a test tells it to say.

mod describes;
mod failures;
mod flows;
mod histories;
mod looks;
mod mapped;
mod revokes;
mod server;
mod short_lists;
mod sign_ins;

use crate::model::{Clean, Clock, Failure, UserId};
use crate::salesforce::{Ask, Client, Connections, Credentials, Grant};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use server::{Reply, Seen, Server};
use std::sync::LazyLock;
use std::time::Duration;

const APP: &str = "WP Fusion (OAuth)";
const SECRET: &str = "8C1F0FAKE0SECRET0OF0THE0APP0F00D";
const SESSION: &str = "00D5g000000ORGE!AQ4AQExample.ofASession_id.0001";
const MINE: &str = "0055g000000FUSE";

/// Long enough that only a hang reaches it, also on a machine that does ten other things.
const PATIENCE: Duration = Duration::from_secs(20);

static KEY: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048).expect("a key"));

/// What every test's clock says, half a second after the server's `Date`.
fn now() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-02-11T09:30:00.500Z").expect("a time").to_utc()
}

fn fixture(name: &str) -> Value {
    let text = match name {
        "token" => include_str!("../../tests/fixtures/salesforce/token.json"),
        "composite" => include_str!("../../tests/fixtures/salesforce/composite.json"),
        _ => panic!("no fixture {name}"),
    };
    serde_json::from_str(text).expect("JSON")
}

fn user(id: &str) -> UserId {
    UserId::parse(id).expect("a user id")
}

fn ask(users: &[&str]) -> Ask {
    Ask { app: Clean::new(APP), users: users.iter().map(|id| user(id)).collect(), short_list: false, known: None }
}

fn by_secret() -> Grant {
    Grant::ClientCredentials { client_secret: SECRET.into() }
}

fn by_key() -> Grant {
    let der: Pkcs8V1Der<'_> = KEY.as_der().expect("PKCS#8");
    let body = STANDARD.encode(der.as_ref());
    let lines: Vec<_> = body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"));
    Grant::Jwt { username: "fusebox@acme.example".to_owned(), private_key_pem: pem.into() }
}

fn try_client(login_url: &str, grant: Grant, timeout: Duration) -> Result<Client, Failure> {
    let login_url = login_url.parse().expect("an address");
    let credentials = Credentials { login_url, client_id: "3MVG9example".to_owned(), grant };
    let client = Client::new(credentials, timeout, Clock::new(now), Connections::default())?;
    Ok(client.retrying_after(Duration::from_millis(1)))
}

fn client(server: &Server) -> Client {
    try_client(&server.origin, by_secret(), PATIENCE).expect("a client")
}

/// What the token endpoint answers when all is well: the fixture, with the org's API on this server.
fn token(seen: &Seen) -> Reply {
    let mut token = fixture("token");
    token["instance_url"] = json!(format!("http://{}", seen.host));
    Reply::json(200, &token)
}

/// The fixture's answer to the parts that were asked for; `change` may put another status and body in a part's place.
fn composite(seen: &Seen, change: impl Fn(&str) -> Option<(u16, Value)>) -> Reply {
    let request: Value = serde_json::from_str(&seen.body).expect("a JSON request");
    let known = fixture("composite");
    let parts: Vec<Value> = request["compositeRequest"]
        .as_array()
        .expect("parts")
        .iter()
        .map(|part| {
            let name = part["referenceId"].as_str().expect("a name");
            let parts = known["compositeResponse"].as_array().expect("parts");
            let mut answer = parts.iter().find(|part| part["referenceId"] == name).expect("a known part").clone();
            if let Some((status, body)) = change(name) {
                answer["httpStatusCode"] = json!(status);
                answer["body"] = body;
            }
            answer
        })
        .collect();
    Reply::json(200, &json!({ "compositeResponse": parts })).with("sforce-limit-info", "api-usage=18/5000")
}

/// All is well.
fn well(seen: &Seen) -> Reply {
    if seen.is_token() { token(seen) } else { composite(seen, |_| None) }
}

fn error(code: &str, message: &str) -> Value {
    json!([{ "message": message, "errorCode": code }])
}

/// A page of approvals of the given user, `count` rows from number `first` on.
fn page(first: usize, count: usize, total: usize, next: Option<&str>) -> Value {
    let rows: Vec<Value> = (first..first + count)
        .map(|n| {
            let created = DateTime::UNIX_EPOCH + chrono::TimeDelta::minutes(i64::try_from(n).expect("small"));
            json!({
                "AppName": APP, "UserId": "0055g000000OPS1AAO", "User": { "Username": "ops1@acme.example", "IsActive": true },
                "CreatedDate": created.format("%Y-%m-%dT%H:%M:%S.000+0000").to_string(), "LastUsedDate": null, "UseCount": 1
            })
        })
        .collect();
    let mut page = json!({ "totalSize": total, "done": next.is_none(), "records": rows });
    if let Some(next) = next {
        page["nextRecordsUrl"] = json!(next);
    }
    page
}

fn public_key() -> &'static [u8] {
    KEY.public_key().as_ref()
}
