//! Each fault seen from both ends: by a raw socket, and by a client that real programs use.

use super::*;
use axum::routing::{get, post};
use std::net::SocketAddr;
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Long enough that a test which waits for it has failed.
const NEVER: Duration = Duration::from_secs(3_600);

/// A server whose faults stand in the path (`/dead`), and which tells of every request that it decides about.
struct Server {
    address: SocketAddr,
    decided: mpsc::UnboundedReceiver<String>,
    shutdown: CancellationToken,
    task: JoinSet<()>,
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let address = listener.local_addr().expect("an address");
        let (tell, decided) = mpsc::unbounded_channel();
        let decide: Decide = Arc::new(move |parts: &Parts| {
            let _ = tell.send(parts.uri.path().to_owned());
            (fault_named(parts.uri.path()), Box::new(()))
        });
        let shutdown = CancellationToken::new();
        let mut task = JoinSet::new();
        task.spawn(serve(listener, router(), decide, None, shutdown.clone()));
        Self { address, decided, shutdown, task }
    }

    /// Connects and sends a GET.
    async fn ask(&self, path: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.expect("connects");
        send(&mut stream, path).await;
        stream
    }

    /// All that comes back for one GET until the connection ends.
    async fn raw(&self, path: &str) -> String {
        rest_of(&mut self.ask(path).await).await
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Asks for the end and waits for it.
    async fn stop(mut self) {
        self.shutdown.cancel();
        self.task.join_next().await.expect("was running").expect("ended well");
        assert!(TcpStream::connect(self.address).await.is_err(), "nobody listens any more");
    }
}

fn router() -> Router {
    Router::new()
        .route("/deaf", post(|| async { "0123456789" }))
        .route("/half/deaf", post(|| async { "0123456789" }))
        .route("/half/large", get(|| async { "x".repeat(3_000_000) }))
        .fallback(|| async { ([("x-from", "router")], "0123456789") })
}

fn fault_named(path: &str) -> Fault {
    let name = path.trim_matches('/');
    match name.split('/').next().unwrap_or_default() {
        "dead" => Fault::Dead,
        "hanging" => Fault::Hanging,
        "slow" => Fault::Slow(Duration::from_millis(40)),
        "never" => Fault::Slow(NEVER),
        "half" => Fault::Half,
        "html" => Fault::Html,
        "empty" => Fault::Empty,
        "huge" => Fault::Huge,
        "gzip" => Fault::GzipBomb,
        "garbage" => Fault::Garbage,
        "redirect" => Fault::Redirect("http://localhost:1".into()),
        status if status.parse::<u16>().is_ok() => Fault::Status(status.parse().expect("just seen")),
        _ => Fault::None,
    }
}

async fn send(stream: &mut TcpStream, path: &str) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sends");
}

/// What is left to read; a reset counts as the end.
async fn rest_of(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8(bytes).expect("text")
}

/// Reads until `end` stands at the end of what came.
async fn read_to(stream: &mut TcpStream, end: &str) -> String {
    let mut seen = Vec::new();
    while !seen.ends_with(end.as_bytes()) {
        seen.push(stream.read_u8().await.expect("more to come"));
    }
    String::from_utf8(seen).expect("text")
}

#[tokio::test]
async fn without_a_fault_the_router_answers_again_and_again_on_one_connection() {
    let server = Server::start().await;
    let mut stream = server.ask("/fine").await;
    assert!(read_to(&mut stream, "0123456789").await.contains("x-from: router"));
    send(&mut stream, "/fine").await;
    assert!(read_to(&mut stream, "0123456789").await.starts_with("HTTP/1.1 200 OK\r\n"));
    server.stop().await;
    assert_eq!(rest_of(&mut stream).await, "", "the idle connection is closed at the shutdown");
}

#[tokio::test]
async fn dead_closes_without_a_byte() {
    let server = Server::start().await;
    assert_eq!(server.raw("/dead").await, "");
    let error = reqwest::get(server.url("/dead")).await.expect_err("no answer");
    assert!(error.is_request() && !error.is_timeout());
    server.stop().await;
}

#[tokio::test]
async fn dead_may_come_on_a_connection_that_worked() {
    let server = Server::start().await;
    let mut stream = server.ask("/fine").await;
    read_to(&mut stream, "0123456789").await;
    send(&mut stream, "/dead").await;
    assert_eq!(rest_of(&mut stream).await, "");
    server.stop().await;
}

#[tokio::test]
async fn hanging_delays_nobody_else_and_ends_without_a_byte_at_the_shutdown() {
    let mut server = Server::start().await;
    let mut hanging = server.ask("/hanging").await;
    assert_eq!(server.decided.recv().await.as_deref(), Some("/hanging"));
    let body = reqwest::get(server.url("/fine")).await.expect("answers").text().await.expect("a body");
    assert_eq!(body, "0123456789");
    server.stop().await;
    assert_eq!(rest_of(&mut hanging).await, "");
}

#[tokio::test]
async fn hanging_runs_into_the_clients_own_time_limit() {
    let server = Server::start().await;
    let client = reqwest::Client::builder().timeout(Duration::from_millis(50)).build().expect("a client");
    let error = client.post(server.url("/hanging")).body("x".repeat(1_000_000)).send().await.expect_err("no answer");
    assert!(error.is_timeout());
    server.stop().await;
}

#[tokio::test]
async fn slow_answers_after_its_time() {
    let server = Server::start().await;
    let asked = Instant::now();
    let body = reqwest::get(server.url("/slow")).await.expect("answers").text().await.expect("a body");
    assert!(asked.elapsed() >= Duration::from_millis(40));
    assert_eq!(body, "0123456789");
    server.stop().await;
}

#[tokio::test]
async fn a_slow_answer_does_not_hold_up_the_shutdown() {
    let mut server = Server::start().await;
    let mut slow = server.ask("/never").await;
    assert_eq!(server.decided.recv().await.as_deref(), Some("/never"));
    server.stop().await;
    assert_eq!(rest_of(&mut slow).await, "");
}

#[tokio::test]
async fn half_a_request_does_not_hold_up_the_shutdown() {
    let server = Server::start().await;
    let mut stream = TcpStream::connect(server.address).await.expect("connects");
    stream.write_all(b"GET /fine HTTP/1.1\r\nHo").await.expect("sends");
    server.stop().await;
    assert_eq!(rest_of(&mut stream).await, "");
}

#[tokio::test]
async fn half_tells_the_full_length_and_stops_in_the_middle() {
    let server = Server::start().await;
    let answer = server.raw("/half").await;
    let (head, body) = answer.split_once("\r\n\r\n").expect("a whole head");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.contains("x-from: router"));
    assert!(head.contains("content-length: 10"));
    assert_eq!(body, "01234");

    let response = reqwest::get(server.url("/half")).await.expect("a head");
    assert_eq!(response.content_length(), Some(10));
    let error = response.bytes().await.expect_err("half a body is an error");
    assert!(!error.is_timeout());
    server.stop().await;
}

#[tokio::test]
async fn half_of_a_large_body_arrives_whole() {
    let server = Server::start().await;
    let answer = server.raw("/half/large").await;
    let (_, body) = answer.split_once("\r\n\r\n").expect("a whole head");
    assert_eq!(body.len(), 1_500_000);
    server.stop().await;
}

#[tokio::test]
async fn half_arrives_even_where_the_router_reads_nothing_of_the_request() {
    let server = Server::start().await;
    let client = reqwest::Client::new();
    let sent = client.post(server.url("/half/deaf")).body("x".repeat(1_000_000)).send().await;
    assert_eq!(sent.expect("a head").content_length(), Some(10));
    server.stop().await;
}

#[tokio::test]
async fn html_is_a_page_with_status_200() {
    let server = Server::start().await;
    let response = reqwest::get(server.url("/html/wp-json/fusebox/v1/status")).await.expect("answers");
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/html; charset=UTF-8");
    assert!(response.text().await.expect("a body").starts_with("<!DOCTYPE html>"));
    server.stop().await;
}

#[tokio::test]
async fn empty_is_status_200_and_nothing() {
    let server = Server::start().await;
    let response = reqwest::get(server.url("/empty")).await.expect("answers");
    assert_eq!((response.status().as_u16(), response.content_length()), (200, Some(0)));
    server.stop().await;
}

#[tokio::test]
async fn huge_is_two_hundred_megabytes_without_a_length() {
    let server = Server::start().await;
    let mut response = reqwest::get(server.url("/huge")).await.expect("answers");
    assert_eq!((response.status().as_u16(), response.content_length()), (200, None));
    let mut bytes = 0;
    while let Some(piece) = response.chunk().await.expect("a piece") {
        bytes += piece.len();
    }
    assert!((199_000_000..201_000_000).contains(&bytes), "{bytes}");
    // A client that leaves in the middle ends it.
    drop(reqwest::get(server.url("/huge")).await.expect("answers"));
    server.stop().await;
}

#[tokio::test]
async fn a_gzip_bomb_is_small_on_the_line_and_says_how_much_it_unpacks_to() {
    let server = Server::start().await;
    let response = reqwest::get(server.url("/gzip")).await.expect("answers");
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let body = response.bytes().await.expect("a body");
    assert!(body.len() < 2_600_000 && body.starts_with(&[0x1f, 0x8b, 8]), "{}", body.len());
    let unpacked = u32::from_le_bytes(body[body.len() - 4..].try_into().expect("4 bytes"));
    assert_eq!(unpacked, 1 + 258 * 1_550_000);
    server.stop().await;
}

#[tokio::test]
async fn garbage_calls_itself_json() {
    let server = Server::start().await;
    let response = reqwest::get(server.url("/garbage")).await.expect("answers");
    assert_eq!(response.headers()["content-type"], "application/json;charset=UTF-8");
    assert!(response.json::<serde_json::Value>().await.is_err());
    server.stop().await;
}

#[tokio::test]
async fn a_redirect_leads_to_the_same_path_of_another_host_and_repeats_bodies() {
    let server = Server::start().await;
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
    let got = client.get(server.url("/redirect/a?b=c")).send().await.expect("answers");
    assert_eq!(
        (got.status().as_u16(), &got.headers()["location"]),
        (302, &"http://localhost:1/redirect/a?b=c".parse().expect("a value"))
    );
    let posted = client.post(server.url("/redirect")).body("secret").send().await.expect("answers");
    assert_eq!(posted.status(), 307);
    server.stop().await;
}

#[tokio::test]
async fn a_status_comes_with_its_number() {
    let server = Server::start().await;
    for (asked, told) in [("404", 404), ("503", 503), ("7", 500), ("100", 500)] {
        let response = reqwest::get(server.url(&format!("/{asked}"))).await.expect("answers");
        assert_eq!(response.status(), told);
        assert_ne!(response.text().await.expect("a body"), "");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_statuss_body_fits_the_path() {
    for (status, path, expected) in [
        (401, "/services/data/v67.0/query", r#""errorCode":"INVALID_SESSION_ID""#),
        (403, "/services/data/v67.0/query", r#""errorCode":"REQUEST_LIMIT_EXCEEDED""#),
        (418, "/services/data/v67.0/query", r#""errorCode":"INVALID_INPUT""#),
        (500, "/services/data/v67.0/query", r#""errorCode":"UNKNOWN_EXCEPTION""#),
        (500, "/services/oauth2/token", r#""error":"server_error""#),
        (403, "/id/00Dxx0000001gPLEAY/005xx000001SwiUAAS", "Bad_OAuth_Token"),
        (403, "/wp-json/fusebox/v1/status", r#""code":"rest_forbidden""#),
        (500, "/?rest_route=/fusebox/v1/status", "critical error on this website"),
        (503, "/services/data/v67.0/query", "down for maintenance"),
        (502, "/elsewhere", "Bad Gateway"),
    ] {
        let response = pages::refusal(status, &path.parse().expect("a path"));
        assert_eq!(response.status(), status);
        let body = to_bytes(response.into_body(), MAX_REQUEST).await.expect("a body");
        let body = String::from_utf8(body.to_vec()).expect("text");
        assert!(body.contains(expected), "{status} {path}: {body}");
    }
}

#[tokio::test]
async fn many_may_hang_at_once() {
    // Both ends are files of this process, of which some systems allow 256.
    const MANY: usize = 60;
    let mut server = Server::start().await;
    let mut hanging = Vec::new();
    for _ in 0..MANY {
        hanging.push(server.ask("/hanging").await);
    }
    for _ in 0..MANY {
        assert_eq!(server.decided.recv().await.as_deref(), Some("/hanging"));
    }
    assert!(reqwest::get(server.url("/fine")).await.expect("answers").status().is_success());
    server.stop().await;
    for mut stream in hanging {
        assert_eq!(rest_of(&mut stream).await, "");
    }
}
