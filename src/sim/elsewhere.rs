//! Another host, to which a redirect may lead: it says no to all, and notes who came with what.

use super::ask::Reply;
use super::journal::Entry;
use super::state::Shared;
use axum::Router;
use axum::extract::State;
use axum::http::{Method, Uri};
use serde_json::json;
use std::sync::Arc;

/// The router of that host.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new().fallback(answer).with_state(shared)
}

async fn answer(State(shared): State<Arc<Shared>>, method: Method, uri: Uri) -> Reply {
    shared.with(|inner, now| {
        inner.journal.note(Entry::new(now, "elsewhere", method.as_str(), uri.path()));
        Reply::json(404, &json!({ "message": "nothing of yours is here" }), now)
    })
}
