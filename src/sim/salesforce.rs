//! Salesforce over HTTP: OAuth on every origin, the data API on each org's own.
//!
//! Reads and changes the world under its lock; waits for nothing there.

mod answer;
mod batch;
mod composite;
mod data;
mod describe;
mod limits;
mod oauth;
pub(super) mod paging;
mod records;
mod search;
mod tables;
mod values;

use super::ask::{Ask, Reply, bearer};
use super::journal::Entry;
use super::state::{Inner, Shared};
use super::world::call::Caller;
use super::world::org::MONITOR;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, Method, Uri};
use oauth::Desk;
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
    let ask = Ask { method, uri: single_slash(uri), headers, body };
    let reply = at.shared.with(|inner, now| {
        let mut entry = Entry::new(now, "unknown", ask.method.as_str(), ask.path());
        entry.org = at.org.map(|org| inner.world.orgs[org].name.clone());
        let mut desk = Desk { inner, shared: &at.shared, org: at.org, ask: &ask, now, entry: &mut entry };
        let reply = if at.org.is_some_and(|org| left(&at.shared, desk.inner, org, &ask)) {
            // (confirmed: no routing for this host)
            Some(Reply::text(420, "text/html; charset=UTF-8", "<h1>420</h1>".to_owned(), now))
        } else {
            oauth::answer(&mut desk)
        };
        let reply = reply.unwrap_or_else(|| match at.org {
            Some(org) if ask.path() == "/services/data" || ask.path().starts_with("/services/data/") => {
                data::answer(inner, org, &ask, now, &mut entry)
            }
            _ => Reply::json(404, &errors("NOT_FOUND", "The requested resource does not exist"), now),
        });
        inner.journal.note(entry);
        reply
    });
    if let Ok(takes) = reply.takes.to_std() {
        tokio::time::sleep(takes).await;
    }
    reply
}

/// Clients that join an address ending in a slash and a path ask for `//services/..`, Salesforce's own command line after
/// `org login access-token` among them, and Salesforce takes it (jsforce/jsforce, pull request 1525).
fn single_slash(uri: Uri) -> Uri {
    let asked = uri.path_and_query().map_or("/", PathAndQuery::as_str);
    if !asked.starts_with("//") {
        return uri;
    }
    format!("/{}", asked.trim_start_matches('/')).parse().unwrap_or(uri)
}

/// Whether the org has left the address that was asked.
fn left(shared: &Shared, inner: &Inner, org: usize, ask: &Ask) -> bool {
    let instance = shared.instance(&inner.world, org);
    inner.world.orgs[org].moved && ask.header("host").is_some_and(|host| !instance.ends_with(&format!("//{host}")))
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
