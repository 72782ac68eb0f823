//! A Salesforce as small as the tests need: one answer for every call, and a list of what came.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// What every call is answered.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mood {
    Good,
    Expired,
    NotForApi,
    OverLimit,
    Busy,
    Html,
    Empty,
    /// 401 with an object where the plugin expects a list.
    Object,
    /// Never.
    Silent,
}

pub(crate) struct Salesforce {
    /// With "salesforce" in it: the plugin looks at errors nowhere else.
    pub(crate) instance: String,
    pub(crate) token_url: String,
    shared: Arc<Shared>,
    _server: JoinSet<()>,
}

struct Shared {
    mood: Mutex<Mood>,
    seen: Mutex<Vec<String>>,
    arrived: Notify,
}

impl Salesforce {
    pub(crate) async fn start(mood: Mood) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let shared = Arc::new(Shared { mood: Mutex::new(mood), seen: Mutex::new(Vec::new()), arrived: Notify::new() });
        let app = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, app).await.expect("served") });
        let (instance, token_url) = (format!("{base}/salesforce"), format!("{base}/broker/token"));
        Self { instance, token_url, shared, _server: server }
    }

    pub(crate) fn now(&self, mood: Mood) {
        *self.shared.mood.lock().expect("a lock") = mood;
    }

    /// Method and path of what came since the last time of asking.
    pub(crate) fn seen(&self) -> Vec<String> {
        std::mem::take(&mut *self.shared.seen.lock().expect("a lock"))
    }

    /// Waits until a call came.
    pub(crate) async fn arrival(&self) {
        self.shared.arrived.notified().await;
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    shared.seen.lock().expect("a lock").push(format!("{} {path}", request.method()));
    shared.arrived.notify_one();
    let mood = *shared.mood.lock().expect("a lock");
    let refused = |status: StatusCode, message: &str, code: &str| {
        (status, format!(r#"[{{"message":"{message}","errorCode":"{code}"}}]"#)).into_response()
    };
    match mood {
        Mood::Good if path.ends_with("/describe/") => DESCRIBED.into_response(),
        Mood::Good => r#"{"recentItems":"/services/data/v55.0/recent"}"#.into_response(),
        // What only a token request that should not have left can get.
        _ if path.ends_with("/token") => r#"{"access_token":"00D5g000000ORGE!STOLEN"}"#.into_response(),
        Mood::Expired => refused(StatusCode::UNAUTHORIZED, "Session expired or invalid", "INVALID_SESSION_ID"),
        Mood::NotForApi => refused(
            StatusCode::UNAUTHORIZED,
            "This session is not valid for use with the REST API",
            "INVALID_SESSION_ID",
        ),
        Mood::OverLimit => refused(StatusCode::FORBIDDEN, "TotalRequests Limit exceeded.", "REQUEST_LIMIT_EXCEEDED"),
        Mood::Busy => (StatusCode::SERVICE_UNAVAILABLE, "<html>busy</html>").into_response(),
        Mood::Html => "<html>Welcome to the hotel</html>".into_response(),
        Mood::Empty => Body::empty().into_response(),
        Mood::Object => (StatusCode::UNAUTHORIZED, r#"{"error":"x"}"#).into_response(),
        Mood::Silent => std::future::pending().await,
    }
}

const DESCRIBED: &str = r#"{"name":"Contact","fields":[
    {"name":"LastName","label":"Last Name","type":"string","createable":true,"updateable":true,"nillable":false,"defaultedOnCreate":false},
    {"name":"Id","label":"Contact ID","type":"id","createable":false,"updateable":false,"nillable":false,"defaultedOnCreate":true}]}"#;
