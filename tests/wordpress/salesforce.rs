//! A Salesforce as small as the tests need: one answer for every call, one for every request for a token, and a list of
//! what came.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{AUTHORIZATION, LOCATION};
use axum::response::{IntoResponse, Response};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// What every call is answered.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mood {
    Good,
    /// Every session but the one that a refresh has given.
    Expired,
    /// That one, too.
    ExpiredForEver,
    NotForApi,
    ApiDisabled,
    OverLimit,
    Busy,
    /// Busy in Salesforce's own form.
    BusyInJson,
    Broken,
    Missing,
    Html,
    Empty,
    Null,
    Braces,
    /// 401 with a page, with nothing.
    UnauthorizedPage,
    UnauthorizedEmpty,
    /// 401 with an object where the plugin expects a list.
    Object,
    /// To the same address, for ever.
    Redirects,
    /// Never.
    Silent,
}

/// What every request for a token is answered.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tokens {
    /// A session that [`Mood::Expired`] takes.
    Fresh,
    /// Status and body.
    Said(u16, &'static str),
    /// Never.
    Silent,
}

/// The session that a refresh gives.
const FRESH: &str = "00D5g000000ORGE!FRESH";

pub(crate) struct Salesforce {
    /// With "salesforce" in it: the plugin looks at errors nowhere else.
    pub(crate) instance: String,
    pub(crate) token_url: String,
    shared: Arc<Shared>,
    _server: JoinSet<()>,
}

struct Shared {
    mood: Mutex<Mood>,
    tokens: Mutex<Tokens>,
    seen: Mutex<Vec<String>>,
    arrived: Notify,
}

impl Salesforce {
    pub(crate) async fn start(mood: Mood) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let shared = Arc::new(Shared {
            mood: Mutex::new(mood),
            tokens: Mutex::new(Tokens::Fresh),
            seen: Mutex::new(Vec::new()),
            arrived: Notify::new(),
        });
        let app = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, app).await.expect("served") });
        let (instance, token_url) = (format!("{base}/salesforce"), format!("{base}/broker/token"));
        Self { instance, token_url, shared, _server: server }
    }

    pub(crate) fn now(&self, mood: Mood) {
        *self.shared.mood.lock().expect("a lock") = mood;
    }

    /// What requests for a token are answered from now on; a fresh one at the start.
    pub(crate) fn tokens(&self, tokens: Tokens) {
        *self.shared.tokens.lock().expect("a lock") = tokens;
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
    if path.ends_with("/token") {
        let tokens = *shared.tokens.lock().expect("a lock");
        return match tokens {
            Tokens::Fresh => format!(r#"{{"access_token":"{FRESH}"}}"#).into_response(),
            Tokens::Said(status, body) => (StatusCode::from_u16(status).expect("a status"), body).into_response(),
            Tokens::Silent => std::future::pending().await,
        };
    }
    let fresh = request.headers().get(AUTHORIZATION).is_some_and(|value| value.as_bytes().ends_with(FRESH.as_bytes()));
    let mood = *shared.mood.lock().expect("a lock");
    if path.ends_with("/sobjects/Nothing__c/describe/") {
        return refused(StatusCode::NOT_FOUND, "The requested resource does not exist", "NOT_FOUND");
    }
    match mood {
        Mood::Good if path.ends_with("/describe/") => DESCRIBED.into_response(),
        Mood::Good => GOOD.into_response(),
        Mood::Expired if fresh => GOOD.into_response(),
        Mood::Expired | Mood::ExpiredForEver => {
            refused(StatusCode::UNAUTHORIZED, "Session expired or invalid", "INVALID_SESSION_ID")
        }
        Mood::NotForApi => refused(
            StatusCode::UNAUTHORIZED,
            "This session is not valid for use with the REST API",
            "INVALID_SESSION_ID",
        ),
        Mood::ApiDisabled => {
            refused(StatusCode::FORBIDDEN, "The REST API is not enabled for this Organization.", "API_DISABLED_FOR_ORG")
        }
        Mood::OverLimit => refused(StatusCode::FORBIDDEN, "TotalRequests Limit exceeded.", "REQUEST_LIMIT_EXCEEDED"),
        Mood::Busy => (StatusCode::SERVICE_UNAVAILABLE, "<html>busy</html>").into_response(),
        Mood::BusyInJson => refused(StatusCode::SERVICE_UNAVAILABLE, "Try again later", "SERVER_UNAVAILABLE"),
        Mood::Broken => refused(StatusCode::INTERNAL_SERVER_ERROR, "An unexpected error occurred", "UNKNOWN_EXCEPTION"),
        Mood::Missing => refused(StatusCode::NOT_FOUND, "The requested resource does not exist", "NOT_FOUND"),
        Mood::Html => "<html>Welcome to the hotel</html>".into_response(),
        Mood::Empty => Body::empty().into_response(),
        Mood::Null => "null".into_response(),
        Mood::Braces => "{}".into_response(),
        Mood::UnauthorizedPage => (StatusCode::UNAUTHORIZED, "<html>Log in to the hotel</html>").into_response(),
        Mood::UnauthorizedEmpty => StatusCode::UNAUTHORIZED.into_response(),
        Mood::Object => (StatusCode::UNAUTHORIZED, r#"{"error":"x"}"#).into_response(),
        Mood::Redirects => (StatusCode::FOUND, [(LOCATION, path)]).into_response(),
        Mood::Silent => std::future::pending().await,
    }
}

/// A refusal in the form of the REST API: a list of one.
fn refused(status: StatusCode, message: &str, code: &str) -> Response {
    (status, format!(r#"[{{"message":"{message}","errorCode":"{code}"}}]"#)).into_response()
}

const GOOD: &str = r#"{"searchRecords":[]}"#;

const DESCRIBED: &str = r#"{"name":"Contact","fields":[
    {"name":"LastName","label":"Last Name","type":"string","createable":true,"updateable":true,"nillable":false,"defaultedOnCreate":false},
    {"name":"Id","label":"Contact ID","type":"id","createable":false,"updateable":false,"nillable":false,"defaultedOnCreate":true}]}"#;
