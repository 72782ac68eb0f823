//! What the client sends, and what it makes of a server that misbehaves: a socket on loopback plays it.

use super::super::request::Verb;
use super::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

fn request(verb: Verb) -> Request {
    Request::new(verb, &SecretString::from(KEY), Duration::from_secs(5)).expect("a request")
}

fn client(base: &str, timeout: Duration) -> Rest {
    let url = Url::parse(base).expect("an address");
    Rest::new(&url, "fusebox".to_owned(), SecretString::from("abcd efgh"), timeout, &Http::default()).expect("a client")
}

/// Answers one connection with `reply` and closes; gives back what came.
async fn exchange(verb: Verb, reply: &str) -> (Result<Answer, Failure>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}/blog", listener.local_addr().expect("an address"));
    let request = request(verb);
    let reply = reply.replace("NONCE", request.nonce.as_str());
    let served = async {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut came = Vec::new();
        let mut chunk = [0; 4096];
        while !is_whole(&came) {
            let read = stream.read(&mut chunk).await.expect("bytes");
            came.extend_from_slice(&chunk[..read]);
        }
        stream.write_all(reply.as_bytes()).await.expect("written");
        stream.shutdown().await.expect("closed");
        String::from_utf8(came).expect("text")
    };
    let rest = client(&base, Duration::from_secs(20));
    tokio::join!(rest.send(&request), served)
}

fn is_whole(came: &[u8]) -> bool {
    let text = String::from_utf8_lossy(came);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length =
        head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned));
    length.is_none_or(|length| body.len() >= length.parse().expect("a length"))
}

fn page(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

async fn class_of(reply: &str) -> FailureClass {
    exchange(Verb::Status, reply).await.0.expect_err("a failure").class
}

const GOOD: &str = r#"{"fusebox":1,"nonce":"NONCE","verb":"VERB","agent_version":"1","at":"2026-11-23T12:04:00Z","requests":0,"ok":true,"result":{}}"#;

fn good(verb: &str) -> String {
    let body =
        format!("<!-- noise -->\n--fusebox NONCE begin--\n{GOOD}\n--fusebox NONCE end--\nbye").replace("VERB", verb);
    format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{body}")
}

#[tokio::test]
async fn a_get_carries_the_request_in_a_header_and_never_in_the_address() {
    let (answer, came) = exchange(Verb::Status, &good("status")).await;
    assert!(answer.is_ok());
    assert!(came.starts_with("GET /blog/?rest_route=/fusebox/v1/status HTTP/1.1\r\n"), "{came}");
    assert!(came.contains("x-fusebox-request: eyJ"), "{came}");
    assert!(came.contains("authorization: Basic ZnVzZWJveDphYmNkIGVmZ2g="), "{came}");
    assert!(!came.contains(KEY));
}

#[tokio::test]
async fn other_verbs_are_posts_with_the_request_as_body() {
    let (answer, came) = exchange(Verb::Prove, &good("prove")).await;
    assert!(answer.is_ok());
    assert!(came.starts_with("POST /blog/?rest_route=/fusebox/v1/prove HTTP/1.1\r\n"), "{came}");
    assert!(came.contains(KEY) && !came.contains("x-fusebox-request"));
}

#[tokio::test]
async fn statuses_without_an_answer_have_classes() {
    assert_eq!(class_of(&page("401 Unauthorized", "{}")).await, FailureClass::Unauthorized);
    assert_eq!(class_of(&page("403 Forbidden", "blocked")).await, FailureClass::NotPermitted);
    assert_eq!(class_of(&page("404 Not Found", r#"{"code":"rest_no_route"}"#)).await, FailureClass::NoAgent);
    assert_eq!(
        class_of(&page("500 Oops", "There has been a critical error on this website.")).await,
        FailureClass::PhpFatal
    );
    assert_eq!(class_of(&page("500 Oops", "")).await, FailureClass::ServerError);
    assert_eq!(class_of(&page("200 OK", "<html>")).await, FailureClass::BadAnswer);
    assert_eq!(class_of(&page("200 OK", "")).await, FailureClass::BadAnswer);
}

#[tokio::test]
async fn a_server_in_trouble_may_say_when_to_come_back() {
    let reply = "HTTP/1.1 503 Busy\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n";
    let failure = exchange(Verb::Status, reply).await.0.expect_err("a failure");
    assert_eq!((failure.class, failure.retry_after_s), (FailureClass::ServerError, Some(120)));
}

#[tokio::test]
async fn a_redirect_is_named_and_not_followed() {
    let reply = "HTTP/1.1 301 Moved\r\nLocation: https://www.example.org/?token=x\r\nContent-Length: 0\r\n\r\n";
    let failure = exchange(Verb::Status, reply).await.0.expect_err("a failure");
    assert_eq!(failure.class, FailureClass::NoAgent);
    assert!(failure.text.as_str().contains("https://www.example.org/ ") && !failure.text.as_str().contains("token"));
}

#[tokio::test]
async fn half_an_answer_is_a_broken_line() {
    let reply = "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n--fusebox NONCE begin--\n{\"fuse";
    assert_eq!(class_of(reply).await, FailureClass::Unreachable);
    let reply = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n--fusebox NONCE begin--\n{\"fuse";
    assert_eq!(class_of(reply).await, FailureClass::Unreachable);
}

#[tokio::test]
async fn too_much_is_not_read() {
    let body = "x".repeat(MAX_OUTPUT + 1);
    assert_eq!(class_of(&page("200 OK", &body)).await, FailureClass::BadAnswer);
}

#[tokio::test]
async fn a_closed_port_and_a_silent_server_are_told_apart() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let silent = client(&base, Duration::from_millis(200)).send(&request(Verb::Status)).await.expect_err("a failure");
    assert_eq!(silent.class, FailureClass::Timeout);
    drop(listener);
    let closed = client(&base, Duration::from_secs(5)).send(&request(Verb::Status)).await.expect_err("a failure");
    assert_eq!(closed.class, FailureClass::Unreachable);
    assert!(!closed.to_string().contains("abcd"));
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("https://{}", listener.local_addr().expect("an address"));
    let served = async {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.expect("written");
        // Read on, so that the answer is not lost to a reset.
        let _ = stream.read_to_end(&mut Vec::new()).await;
    };
    let client = client(&base, Duration::from_secs(20));
    let request = request(Verb::Status);
    let (failure, ()) = tokio::join!(client.send(&request), served);
    assert_eq!(failure.expect_err("a failure").class, FailureClass::Tls);
}
