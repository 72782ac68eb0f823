//! Looks that fail: ended sessions, refusals of the whole, broken answers, broken lines.

use super::*;
use crate::model::FailureClass;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::TcpListener;

/// A server where signing in works and the API answers `reply`.
async fn api(reply: Reply) -> Server {
    Server::start(move |seen| if seen.is_token() { token(seen) } else { reply.clone() }).await
}

async fn failure(server: &Server) -> Failure {
    client(server).look(&ask(&[])).await.expect_err("no look")
}

const EXPIRED: &str = "Session expired or invalid";

#[tokio::test]
async fn an_ended_session_is_replaced_once() {
    let sessions = AtomicUsize::new(0);
    let server = Server::start(move |seen| {
        if seen.is_token() {
            let mut fresh = fixture("token");
            let number = sessions.fetch_add(1, Ordering::Relaxed);
            fresh["access_token"] = json!(format!("00D5g000000ORGE!session{number}"));
            fresh["instance_url"] = json!(format!("http://{}", seen.host));
            return Reply::json(200, &fresh);
        }
        let first = seen.authorization.as_deref() == Some("Bearer 00D5g000000ORGE!session0");
        if first { Reply::json(401, &error("INVALID_SESSION_ID", EXPIRED)) } else { composite(seen, |_| None) }
    })
    .await;
    let client = client(&server);
    let looked = client.look(&ask(&[])).await.expect("a look");
    assert_eq!((looked.api_calls, server.counts()), (2, (2, 2)));
    client.look(&ask(&[])).await.expect("the fresh session serves on");
    assert_eq!(server.counts(), (2, 3));
}

#[tokio::test]
async fn a_fresh_session_that_is_refused_too_is_the_end() {
    let server = api(Reply::json(401, &error("INVALID_SESSION_ID", EXPIRED))).await;
    let failure = failure(&server).await;
    assert_eq!(failure.class, FailureClass::Unauthorized);
    assert_eq!(server.counts(), (2, 2));
}

#[tokio::test]
async fn an_ended_session_may_show_in_a_part_alone() {
    let server = Server::start(|seen| {
        let ended = |name: &str| (name == "app").then(|| (401, error("INVALID_SESSION_ID", EXPIRED)));
        if seen.is_token() { token(seen) } else { composite(seen, ended) }
    })
    .await;
    assert_eq!(failure(&server).await.class, FailureClass::Unauthorized);
    assert_eq!(server.counts(), (2, 2));
}

#[tokio::test]
async fn no_other_refusal_is_tried_again() {
    for (status, code, message, class) in [
        (401, "INVALID_SESSION_ID", "This session is not valid for use with the REST API", FailureClass::Unauthorized),
        (401, "INVALID_SESSION_ID", "Connected app is not attached to Agent", FailureClass::Unauthorized),
        (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", FailureClass::Throttled),
        (403, "API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization.", FailureClass::ApiDisabled),
        (403, "ORG_LOCKED", "The organization has been locked", FailureClass::OrgLocked),
        (410, "UNSUPPORTED_API_VERSION", "The requested API version is retired", FailureClass::BadRequest),
    ] {
        let server = api(Reply::json(status, &error(code, message))).await;
        let failure = failure(&server).await;
        assert_eq!(failure.class, class, "{failure}");
        assert!(failure.text.as_str().starts_with(&format!("{code}: {message} (")), "{failure}");
        assert_eq!(server.counts(), (1, 1), "{failure}");
    }
}

#[tokio::test]
async fn a_server_in_trouble_is_asked_again_and_no_more_than_that() {
    for (status, code, calls) in
        [(500, "UNKNOWN_EXCEPTION", 6), (503, "SERVER_UNAVAILABLE", 6), (429, "X", 6), (420, "X", 3)]
    {
        let server = api(Reply::json(status, &error(code, "maintenance"))).await;
        let failure = failure(&server).await;
        assert_eq!(server.counts(), (1, calls), "{failure}");
    }
    let left = AtomicUsize::new(2);
    let server = Server::start(move |seen| {
        let fails =
            !seen.is_token() && left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_ok();
        if fails { Reply::page(503, "<h1>maintenance</h1>") } else { well(seen) }
    })
    .await;
    let looked = client(&server).look(&ask(&[])).await.expect("the third answer");
    assert_eq!((looked.api_calls, server.counts()), (3, (1, 3)));
}

#[tokio::test]
async fn a_pause_beyond_the_look_s_time_ends_it_at_once() {
    let server = api(Reply::json(503, &error("SERVER_UNAVAILABLE", "maintenance")).with("retry-after", "3600")).await;
    let failure = failure(&server).await;
    assert_eq!((failure.retry_after_s, server.counts()), (Some(3600), (1, 1)));
}

#[tokio::test]
async fn what_is_no_answer_is_named() {
    let whole = fixture("composite");
    for (reply, class, words, calls) in [
        (Reply::page(200, "<html>Sign in to the network</html>"), FailureClass::BadAnswer, "Sign in to the network", 1),
        (Reply::page(200, ""), FailureClass::BadAnswer, "an empty body", 1),
        (Reply::json(200, &json!([])), FailureClass::BadAnswer, "composite", 1),
        (Reply::json(200, &json!({ "compositeResponse": [] })), FailureClass::BadAnswer, "\"organization\"", 1),
        (Reply::page(420, "<html>nothing here</html>"), FailureClass::ServerError, "sandbox is gone", 3),
        (Reply::page(502, "<html>bad gateway</html>"), FailureClass::ServerError, "bad gateway", 6),
        (Reply::half(&whole), FailureClass::Unreachable, "broke off", 1),
        (Reply::endless(), FailureClass::BadAnswer, "larger than 8 MiB", 1),
    ] {
        let server = api(reply).await;
        let failure = failure(&server).await;
        assert_eq!(failure.class, class, "{failure}");
        assert!(failure.text.as_str().contains(words), "{failure}");
        assert_eq!(server.counts(), (1, calls), "{failure}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    for (location, place) in [
        ("/services/data/v60.0/elsewhere", "http://127.0.0.1"),
        ("https://new.my.salesforce.com/?token=5Aep861abc", "https://new.my.salesforce.com"),
        ("https://[", "elsewhere"),
    ] {
        let server = api(Reply::page(302, "").with("location", location)).await;
        let failure = failure(&server).await;
        assert_eq!(failure.class, FailureClass::BadAnswer);
        assert!(failure.text.as_str().contains(&format!("127.0.0.1: sends us to {place}")), "{failure}");
        assert!(!failure.text.as_str().contains("token"), "{failure}");
        assert_eq!(server.counts(), (1, 1));
    }
}

/// An address that answers no more may have moved, and only a sign-in tells where to.
#[tokio::test]
async fn a_moved_instance_is_asked_for_again() {
    let server = api(Reply::page(420, "")).await;
    let client = client(&server);
    for count in 1..=2 {
        client.look(&ask(&[])).await.expect_err("no look");
        assert_eq!(server.counts(), (count, 3 * count));
    }
}

#[tokio::test]
async fn silence_ends_with_the_time_limit() {
    for hang_at_sign_in in [true, false] {
        let server =
            Server::start(move |seen| if seen.is_token() && !hang_at_sign_in { token(seen) } else { Reply::never() })
                .await;
        let client = try_client(&server.origin, by_secret(), Duration::from_millis(150)).expect("a client");
        let failure = client.look(&ask(&[])).await.expect_err("no look");
        assert_eq!(failure.class, FailureClass::Timeout);
        assert!(failure.text.as_str().contains("127.0.0.1: no answer within 150ms"), "{failure}");
    }
}

/// A sign-in that was given up leaves nothing behind that the next look would wait for.
#[tokio::test]
async fn a_look_after_a_silence_starts_anew() {
    let asked = AtomicUsize::new(0);
    let server =
        Server::start(move |seen| if asked.fetch_add(1, Ordering::Relaxed) == 0 { Reply::never() } else { well(seen) })
            .await;
    let client = try_client(&server.origin, by_secret(), Duration::from_secs(1)).expect("a client");
    assert_eq!(client.look(&ask(&[])).await.expect_err("silence").class, FailureClass::Timeout);
    client.look(&ask(&[])).await.expect("a look");
}

#[tokio::test]
async fn lines_that_fail_are_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let closed = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let server = Server::start(well).await;
    let no_tls = server.origin.replace("http:", "https:");
    // No resolver is asked for a label of 64 characters: there cannot be one.
    let no_name = format!("https://{}.invalid", "x".repeat(64));
    for (login_url, class, words) in [
        (closed, FailureClass::Unreachable, "no connection"),
        (no_tls, FailureClass::Tls, "no TLS"),
        (no_name, FailureClass::Dns, "no address"),
    ] {
        let client = try_client(&login_url, by_secret(), PATIENCE).expect("a client");
        let failure = client.look(&ask(&[])).await.expect_err("no look");
        assert_eq!(failure.class, class, "{failure}");
        assert!(failure.text.as_str().contains(words), "{failure}");
    }
}

#[tokio::test]
async fn names_under_localhost_are_this_machine() {
    let server = Server::start(well).await;
    let origin = server.origin.replace("127.0.0.1", "acme.salesforce.localhost");
    let client = try_client(&origin, by_secret(), PATIENCE).expect("a client");
    client.look(&ask(&[])).await.expect("a look");
}
