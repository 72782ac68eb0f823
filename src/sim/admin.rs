//! `/sim`: the log of requests, how many are under way, the truth, the clock, the faults, who signs in and consents. For whoever holds the token of
//! the ready line, from this machine alone.

mod fault;
mod incident;

use super::ask::{Reply, bearer};
use super::state::{Consent, Shared};
use super::switchboard::Part;
use super::traffic::Gauge;
use super::world::org::MONITOR;
use super::world::truth::utc;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Why an order is refused: a status and a sentence.
type Refused = (u16, String);

/// The routes below `/sim`.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/sim/log", get(log))
        .route("/sim/traffic", get(traffic))
        .route("/sim/truth", get(truth))
        .route("/sim/clock", post(clock))
        .route("/sim/fault", post(fault))
        .route("/sim/consent", post(consent))
        .route("/sim/credentials", get(credentials))
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), guard))
        .with_state(shared)
}

/// A page that a browser on this machine has open must not be able to reach these routes, whatever its name resolves to.
async fn guard(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let refused = |status, message: &str| reply(&shared, status, &json!({ "message": message })).into_response();
    let own = |origin: &str| is_own(authority(origin), &shared.origins.login);
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let origin = headers.get(ORIGIN).map(|origin| origin.to_str().unwrap_or_default());
    if !own(host) || origin.is_some_and(|origin| !own(origin)) {
        return refused(403, "foreign Host or Origin");
    }
    if bearer(headers) != Some(shared.admin_token.as_str()) {
        return refused(401, "the bearer token of the ready line is wanted");
    }
    next.run(request).await
}

/// Whether an authority is where the login origin listens, by its name, by address or as `localhost`.
fn is_own(asked: &str, login: &str) -> bool {
    let login = authority(login);
    let port = login.rsplit(':').next().unwrap_or_default();
    asked == login || ["localhost", "127.0.0.1", "[::1]"].iter().any(|host| asked == format!("{host}:{port}"))
}

/// What stands behind the scheme.
fn authority(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, authority)| authority)
}

async fn log(State(shared): State<Arc<Shared>>) -> Reply {
    let body = shared.with(|inner, _| json!({ "requests": inner.journal.entries() }));
    reply(&shared, 200, &body)
}

async fn traffic(State(shared): State<Arc<Shared>>) -> Reply {
    let gauge = |name: &str, part| (name.to_owned(), shared.traffic.of(part));
    let body = shared.with(|inner, _| {
        let orgs = inner.world.orgs.iter().enumerate().map(|(i, org)| gauge(&org.name, Part::Org(i)));
        let sites = inner.world.sites.iter().enumerate().map(|(i, site)| gauge(&site.name, Part::Site(i)));
        let (orgs, sites): (BTreeMap<String, Gauge>, BTreeMap<String, Gauge>) = (orgs.collect(), sites.collect());
        json!({ "orgs": orgs, "sites": sites })
    });
    reply(&shared, 200, &body)
}

async fn truth(State(shared): State<Arc<Shared>>) -> Reply {
    let truth = shared.with(|inner, _| inner.world.truth());
    reply(&shared, 200, &serde_json::to_value(truth).unwrap_or(Value::Null))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance: String,
}

async fn clock(State(shared): State<Arc<Shared>>, body: Bytes) -> Reply {
    answer(&shared, advance(&shared, &body))
}

fn advance(shared: &Shared, body: &[u8]) -> Result<Value, Refused> {
    let order: Advance = serde_json::from_slice(body).map_err(|error| (400, error.to_string()))?;
    let span = humantime::parse_duration(&order.advance).map_err(|error| (400, format!("advance: {error}")))?;
    let span = TimeDelta::from_std(span).map_err(|error| (400, format!("advance: {error}")))?;
    if !shared.clock.advance(span) {
        return Err((400, "the clock may be moved a hundred years in all".to_owned()));
    }
    Ok(shared.with(|inner, now| json!({ "now": utc(now), "step": inner.world.step() })))
}

async fn fault(State(shared): State<Arc<Shared>>, body: Bytes) -> Reply {
    let outcome = shared.with(|inner, now| match fault::read(&body) {
        Some(order) => fault::order(inner, &order?, &shared.origins),
        None => incident::order(inner, &body, now),
    });
    answer(&shared, outcome)
}

/// `{"answer":"allow","user":"ops1@acme.example"}`, `{"answer":"deny"}`, `{"answer":"ask"}`.
#[derive(Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case", deny_unknown_fields)]
enum Answer {
    Ask,
    Allow { user: Option<String> },
    Deny,
}

async fn consent(State(shared): State<Arc<Shared>>, body: Bytes) -> Reply {
    let outcome = serde_json::from_slice(&body).map_err(|error| (400, error.to_string())).map(|answer| {
        let consent = match answer {
            Answer::Ask => Consent::Ask,
            Answer::Allow { user } => Consent::Allow(user),
            Answer::Deny => Consent::Deny,
        };
        shared.with(|inner, _| inner.consent = consent);
        json!({})
    });
    answer(&shared, outcome)
}

/// What a client needs to sign in as fusebox would, or as a user.
async fn credentials(State(shared): State<Arc<Shared>>) -> Reply {
    let body = shared.with(|inner, _| {
        let orgs: BTreeMap<&str, Value> = inner
            .world
            .orgs
            .iter()
            .zip(&shared.origins.orgs)
            .map(|(org, origin)| {
                let users: BTreeMap<&str, &str> =
                    org.users.iter().map(|user| (user.username.as_str(), user.password.as_str())).collect();
                let monitor = &org.monitor;
                let told = json!({
                    "origin": origin, "client_id": monitor.client_id, "client_secret": monitor.client_secret,
                    "callbacks": monitor.callbacks, "username": org.users[MONITOR].username,
                    "flow": if monitor.jwt { "jwt" } else { "client-credentials" }, "passwords": users,
                });
                (org.name.as_str(), told)
            })
            .collect();
        let app = json!({ "client_id": inner.world.app_client_id, "client_secret": inner.world.app_client_secret });
        json!({ "orgs": orgs, "wp_fusion": app })
    });
    reply(&shared, 200, &body)
}

fn answer(shared: &Shared, outcome: Result<Value, Refused>) -> Reply {
    match outcome {
        Ok(body) => reply(shared, 200, &body),
        Err((status, message)) => reply(shared, status, &json!({ "message": message })),
    }
}

fn reply(shared: &Shared, status: u16, body: &Value) -> Reply {
    Reply::json(status, body, shared.clock.now())
}
