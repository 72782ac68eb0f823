//! Signing in: both grants, one at a time, refusals, secrets that come back.

use super::*;
use crate::model::FailureClass;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use std::collections::BTreeMap;
use url::form_urlencoded;

fn form(seen: &Seen) -> BTreeMap<String, String> {
    form_urlencoded::parse(seen.body.as_bytes()).into_owned().collect()
}

#[tokio::test]
async fn client_credentials_are_sent_as_a_form() {
    let server = Server::start(well).await;
    client(&server).look(&ask(&[])).await.expect("a look");
    let seen = server.seen();
    let expected = [("grant_type", "client_credentials"), ("client_id", "3MVG9example"), ("client_secret", SECRET)];
    assert_eq!(form(&seen[0]), expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    assert_eq!(seen[0].authorization, None);
    assert_eq!(seen[1].authorization.as_deref(), Some(&*format!("Bearer {SESSION}")));
}

fn claims(seen: &Seen) -> Value {
    let form = form(seen);
    assert_eq!(form["grant_type"], "urn:ietf:params:oauth:grant-type:jwt-bearer");
    assert_eq!(form.len(), 2, "a grant and an assertion, nothing else: {:?}", form.keys());
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.validate_aud = false;
    let key = DecodingKey::from_rsa_der(public_key());
    jsonwebtoken::decode::<Value>(&form["assertion"], &key, &validation).expect("a good signature").claims
}

#[tokio::test]
async fn an_assertion_is_signed_and_short_lived() {
    let server = Server::start(well).await;
    let client = try_client(&server.origin, by_key(), PATIENCE).expect("a client");
    client.look(&ask(&[])).await.expect("a look");
    let expected = json!({
        "iss": "3MVG9example", "sub": "fusebox@acme.example", "aud": server.origin, "exp": now().timestamp() + 120
    });
    assert_eq!(claims(&server.seen()[0]), expected);
}

#[tokio::test]
async fn an_assertion_refused_for_our_clock_is_dated_by_the_org_s_once() {
    let expired = json!({ "error": "invalid_grant", "error_description": "expired authorization code" });
    let server = Server::start(move |_| Reply::json(400, &expired).with("date", "Wed, 11 Feb 2026 09:40:00 GMT")).await;
    let client = try_client(&server.origin, by_key(), PATIENCE).expect("a client");
    let failure = client.look(&ask(&[])).await.expect_err("a refusal");
    assert_eq!(failure.class, FailureClass::Unauthorized);
    assert!(failure.text.as_str().contains("check this machine's clock"), "{failure}");
    assert_eq!(server.counts(), (2, 0));
    client.look(&ask(&[])).await.expect_err("a refusal");
    assert_eq!(server.counts(), (3, 0), "what the clock says is known now");
    let dates: Vec<_> = server.seen().iter().map(|seen| claims(seen)["exp"].as_i64().expect("a time")).collect();
    let ours = now().timestamp() + 120;
    assert_eq!(dates, [ours, ours + 600, ours + 600]);
}

#[tokio::test]
async fn a_skewed_clock_costs_one_refusal_and_no_look() {
    let server = Server::start(|seen| {
        let later = "Wed, 11 Feb 2026 09:40:00 GMT";
        if seen.is_token() && claims(seen)["exp"].as_i64() < Some(now().timestamp() + 600) {
            let expired = json!({ "error": "invalid_grant", "error_description": "expired authorization code" });
            return Reply::json(400, &expired).with("date", later);
        }
        well(seen).with("date", later)
    })
    .await;
    let client = try_client(&server.origin, by_key(), PATIENCE).expect("a client");
    let looked = client.look(&ask(&[])).await.expect("a look");
    assert_eq!(looked.picture.clock_offset_s, 600);
    assert_eq!(server.counts(), (2, 1));
}

#[tokio::test]
async fn looks_at_once_share_one_sign_in_and_later_ones_the_session() {
    let server = Server::start(well).await;
    let client = client(&server);
    let ask = ask(&["0055g000000OPS3"]);
    let (a, b, c) = tokio::join!(client.look(&ask), client.look(&ask), client.look(&ask));
    for looked in [a, b, c, client.look(&ask).await] {
        looked.expect("a look");
    }
    assert_eq!(server.counts(), (1, 4));
}

#[tokio::test]
async fn refusals_keep_their_words_and_say_what_to_do() {
    for (error, description, class, advice) in [
        ("invalid_grant", "user hasn't approved this consumer", FailureClass::Unauthorized, "pre-authorize"),
        ("invalid_client", "invalid client credentials", FailureClass::Unauthorized, "check the client secret"),
        ("invalid_client_id", "client identifier invalid", FailureClass::Unauthorized, "check client_id"),
        ("invalid_grant", "ip restricted", FailureClass::Unauthorized, "admit this machine's address"),
        ("invalid_grant", "inactive user", FailureClass::Unauthorized, "activate fusebox's user"),
        ("inactive_org", "organization 00D is not active", FailureClass::OrgLocked, "ask its administrator"),
        ("invalid_grant", "login rate exceeded", FailureClass::Throttled, "wait 30 minutes"),
        ("unsupported_grant_type", "grant type not supported", FailureClass::BadRequest, "enable this flow"),
        ("server_error", "", FailureClass::ServerError, "status.salesforce.com"),
    ] {
        let body = json!({ "error": error, "error_description": description });
        let server = Server::start(move |_| Reply::json(400, &body)).await;
        let failure = client(&server).look(&ask(&[])).await.expect_err("a refusal");
        assert_eq!(failure.class, class, "{failure}");
        let text = failure.text.as_str();
        assert!(text.starts_with(error) && text.contains(description) && text.contains(advice), "{failure}");
        assert_eq!(server.counts(), (1, 0), "one refusal is enough");
    }
}

#[tokio::test]
async fn what_is_no_token_is_a_bad_answer() {
    let page = "<html><title>Acme Hotel WiFi</title>Please accept our terms</html>";
    let mut no_instance = fixture("token");
    no_instance.as_object_mut().expect("an object").remove("instance_url");
    let mut no_address = fixture("token");
    no_address["instance_url"] = json!("acme");
    for (reply, words) in [
        (Reply::page(200, page), "Acme Hotel WiFi"),
        (Reply::page(200, ""), "an empty body"),
        (Reply::json(200, &json!(["a", "list"])), "a token was expected"),
        (Reply::json(200, &json!({ "token_type": "Bearer" })), "lacks access_token"),
        (Reply::json(200, &no_instance), "instance_url"),
        (Reply::json(200, &no_address), "instance_url is no address"),
    ] {
        for grant in [by_secret(), by_key()] {
            let reply = reply.clone();
            let server = Server::start(move |_| reply.clone()).await;
            let client = try_client(&server.origin, grant, PATIENCE).expect("a client");
            let failure = client.look(&ask(&[])).await.expect_err("no session");
            assert_eq!(failure.class, FailureClass::BadAnswer, "{failure}");
            assert!(failure.text.as_str().contains(words), "{failure}");
        }
    }
}

#[tokio::test]
async fn a_gateway_s_page_is_trouble_and_its_wish_to_be_left_alone_is_kept() {
    let server = Server::start(|_| Reply::page(503, "<h1>Down for maintenance</h1>").with("retry-after", "120")).await;
    let failure = client(&server).look(&ask(&[])).await.expect_err("no session");
    assert_eq!((failure.class, failure.retry_after_s), (FailureClass::ServerError, Some(120)));
    assert!(failure.text.as_str().contains("Down for maintenance"), "{failure}");
}

#[tokio::test]
async fn a_session_is_taken_to_no_place_in_the_clear() {
    for (instance, words) in [
        ("http://acme.my.salesforce.com", "http://acme.my.salesforce.com is not encrypted"),
        ("ftp://127.0.0.1/", "neither https nor http"),
    ] {
        let server = Server::start(move |_| {
            let mut token = fixture("token");
            token["instance_url"] = json!(instance);
            Reply::json(200, &token)
        })
        .await;
        let failure = client(&server).look(&ask(&[])).await.expect_err("no look");
        assert_eq!(failure.class, FailureClass::BadRequest);
        assert!(failure.text.as_str().contains(words), "{failure}");
        assert_eq!(server.counts(), (1, 0));
    }
}

#[test]
fn http_is_for_this_machine_alone() {
    for refused in ["http://acme.my.salesforce.com", "http://10.0.0.1:8080", "http://localhost.example.org"] {
        let failure = try_client(refused, by_secret(), PATIENCE).err().expect("a refusal");
        assert!(failure.text.as_str().contains("is not encrypted (use https"), "{failure}");
    }
    for taken in ["http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1", "http://acme.salesforce.localhost:1"] {
        assert!(try_client(taken, by_secret(), PATIENCE).is_ok(), "{taken}");
    }
}

/// A session id of a shape that nobody knows for one.
const OPAQUE: &str = "opaque/session+id~of~no~known~shape";

/// Secrets come back in every place that could end up in a text; none survives.
#[tokio::test]
async fn no_failure_holds_a_secret() {
    let echo = |seen: &Seen| format!("you sent {} {}", seen.body, seen.authorization.clone().unwrap_or_default());
    let replies: [fn(String) -> Reply; 5] = [
        |echo| Reply::json(400, &json!({ "error": "invalid_grant", "error_description": echo })),
        |echo| Reply::json(400, &json!([{ "errorCode": "MALFORMED_QUERY", "message": echo }])),
        |echo| Reply::json(401, &json!([{ "errorCode": "INVALID_SESSION_ID", "message": echo }])),
        |echo| Reply::page(500, &echo),
        |echo| Reply::page(200, &echo),
    ];
    for reply in replies {
        for refuse_token in [true, false] {
            for grant in [by_secret(), by_key()] {
                let server = Server::start(move |seen| {
                    if !seen.is_token() || refuse_token {
                        return reply(echo(seen));
                    }
                    let mut opaque = fixture("token");
                    opaque["access_token"] = json!(OPAQUE);
                    opaque["instance_url"] = json!(format!("http://{}", seen.host));
                    Reply::json(200, &opaque)
                })
                .await;
                let client = try_client(&server.origin, grant, PATIENCE).expect("a client");
                let failure = client.look(&ask(&[])).await.expect_err("a refusal");
                let shown = format!("{failure} {failure:?}");
                assert!(shown.contains("you sent"), "the words themselves are kept: {shown}");
                let mut secrets = vec![SECRET.to_owned(), OPAQUE.to_owned()];
                secrets.extend(server.seen().iter().filter_map(|seen| form(seen).remove("assertion")));
                for secret in secrets {
                    assert!(!shown.contains(&secret), "{shown}");
                }
            }
        }
    }
}
