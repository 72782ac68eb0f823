//! Salesforce over HTTP: the token endpoint on every origin, the data API on each org's own.
//!
//! Reads and changes the world under its lock; waits for nothing.

mod composite;
mod data;
pub(super) mod paging;
mod tables;
mod token;

use super::ask::{Ask, Reply, bearer};
use super::journal::Entry;
use super::state::{Inner, Shared};
use super::world::call::Caller;
use super::world::org::MONITOR;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use serde_json::{Value, json};
use std::sync::Arc;

/// One origin: the login host, or an org's own.
#[derive(Clone)]
struct Origin {
    shared: Arc<Shared>,
    org: Option<usize>,
}

/// The router of an org's origin.
pub(super) fn org_router(shared: Arc<Shared>, org: usize) -> Router {
    Router::new().fallback(answer).with_state(Origin { shared, org: Some(org) })
}

/// The router of the login origin.
pub(super) fn login_router(shared: Arc<Shared>) -> Router {
    Router::new().fallback(answer).with_state(Origin { shared, org: None })
}

async fn answer(State(at): State<Origin>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Reply {
    let ask = Ask { method, uri, headers, body };
    at.shared.with(|inner, now| {
        let mut entry = Entry::new(now, "unknown", ask.method.as_str(), ask.path());
        entry.org = at.org.map(|org| inner.world.orgs[org].name.clone());
        let reply = match (ask.path().trim_end_matches('/'), at.org) {
            ("/services/oauth2/token", org) => token::answer(inner, &at.shared, org, &ask, now, &mut entry),
            (path, Some(org)) if path == "/services/data" || path.starts_with("/services/data/") => {
                data::answer(inner, org, &ask, now, &mut entry)
            }
            _ => Reply::json(404, &errors("NOT_FOUND", "The requested resource does not exist"), now),
        };
        inner.journal.note(entry);
        reply
    })
}

/// The client and the site behind an access token, for the log.
pub(super) fn who(inner: &Inner, org: usize, headers: &HeaderMap) -> (&'static str, Option<String>) {
    let caller = bearer(headers).and_then(|token| inner.world.whose(org, token));
    match caller {
        Some(Caller { user: MONITOR, .. }) => ("fusebox", None),
        Some(Caller { approval: Some(approval), .. }) => of_approval(inner, org, approval),
        _ => ("other", None),
    }
}

/// The client and the site behind an approval, for the log.
fn of_approval(inner: &Inner, org: usize, approval: usize) -> (&'static str, Option<String>) {
    match inner.world.orgs[org].approvals[approval].site {
        Some(site) => ("site", Some(inner.world.sites[site].name.clone())),
        None => ("other", None),
    }
}

/// The data API's error body: always an array.
fn errors(code: &str, message: &str) -> Value {
    json!([{ "message": message, "errorCode": code }])
}
