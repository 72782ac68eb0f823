//! A server on loopback: remembers what it was sent, answers what the test's function says.

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{Response, header};
use futures_util::stream;
use std::io;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// A request that came in.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) host: String,
    pub(super) path: String,
    pub(super) authorization: Option<String>,
    pub(super) since: Option<String>,
    pub(super) body: String,
}

impl Seen {
    pub(super) fn is_token(&self) -> bool {
        self.path == "/services/oauth2/token"
    }

    pub(super) fn is_composite(&self) -> bool {
        self.path == "/services/data/v60.0/composite"
    }
}

/// What to answer.
#[derive(Clone)]
pub(super) struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: What,
}

#[derive(Clone)]
enum What {
    Whole(Vec<u8>),
    /// Half of what was announced, and then the connection ends.
    Half(Vec<u8>),
    Endless,
    Never,
}

impl Reply {
    fn new(status: u16, content_type: &str, body: What) -> Self {
        // hyper would put in the machine's own date.
        let headers = [("content-type", content_type), ("date", "Wed, 11 Feb 2026 09:30:00 GMT")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Self { status, headers, body }
    }

    pub(super) fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::new(status, "application/json;charset=UTF-8", What::Whole(body.to_string().into_bytes()))
    }

    pub(super) fn page(status: u16, html: &str) -> Self {
        Self::new(status, "text/html; charset=utf-8", What::Whole(html.as_bytes().to_vec()))
    }

    pub(super) fn half(body: &serde_json::Value) -> Self {
        let body = body.to_string().into_bytes();
        let whole = body.len();
        Self::new(200, "application/json", What::Half(body[..whole / 2].to_vec()))
            .with("content-length", &whole.to_string())
    }

    pub(super) fn endless() -> Self {
        Self::new(200, "application/json", What::Endless)
    }

    pub(super) fn never() -> Self {
        Self::new(200, "application/json", What::Never)
    }

    /// Sets a header, in the place of one that has the name already.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

type Answer = Arc<dyn Fn(&Seen) -> Reply + Send + Sync>;

#[derive(Clone)]
struct Shared {
    seen: Arc<Mutex<Vec<Seen>>>,
    answer: Answer,
}

/// The server. Ends when it is dropped.
pub(super) struct Server {
    pub(super) origin: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    _tasks: JoinSet<()>,
}

impl Server {
    pub(super) async fn start(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let seen = Arc::default();
        let shared = Shared { seen: Arc::clone(&seen), answer: Arc::new(answer) };
        let app = Router::new().fallback(serve).with_state(shared);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { axum::serve(listener, app).await.expect("a server") });
        Self { origin, seen, _tasks: tasks }
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no panic").clone()
    }

    /// How many requests for a token and how many others came in.
    pub(super) fn counts(&self) -> (usize, usize) {
        let seen = self.seen();
        let tokens = seen.iter().filter(|seen| seen.is_token()).count();
        (tokens, seen.len() - tokens)
    }
}

async fn serve(State(shared): State<Shared>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let text = |name| head.headers.get(name).map(|value| value.to_str().expect("text").to_owned());
    let body = axum::body::to_bytes(body, usize::MAX).await.expect("a body");
    let seen = Seen {
        host: text(header::HOST).expect("a host"),
        path: head.uri.path_and_query().expect("a path").to_string(),
        authorization: text(header::AUTHORIZATION),
        since: text(header::IF_MODIFIED_SINCE),
        body: String::from_utf8(body.to_vec()).expect("text"),
    };
    shared.seen.lock().expect("no panic").push(seen.clone());
    let reply = (shared.answer)(&seen);
    let mut response = Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    let body = match reply.body {
        What::Whole(body) => Body::from(body),
        What::Half(body) => {
            Body::from_stream(stream::iter([Ok(Bytes::from(body)), Err(io::Error::other("cut on purpose"))]))
        }
        What::Endless => {
            let piece = Bytes::from(vec![b' '; 64 * 1024]);
            Body::from_stream(stream::repeat_with(move || Ok::<_, io::Error>(piece.clone())))
        }
        What::Never => std::future::pending().await,
    };
    response.body(body).expect("a response")
}
