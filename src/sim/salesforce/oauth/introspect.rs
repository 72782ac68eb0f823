//! `/services/oauth2/introspect`: what is known of an access or a refresh token of the asking app.

use super::super::super::ask::{Reply, parameter};
use super::super::super::world::SESSION_LIFE;
use super::super::super::world::consumer::Consumer;
use super::super::super::world::refresh::Client;
use super::token::client;
use super::{Desk, identity};
use axum::http::Method;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

pub(super) fn answer(desk: &mut Desk<'_>) -> Reply {
    "introspect".clone_into(&mut desk.entry.kind);
    let refuse = |error: &str, description: &str| json!({ "error": error, "error_description": description });
    if desk.ask.method != Method::POST {
        return Reply::json(400, &refuse("invalid_request", "must use HTTP POST"), desk.now);
    }
    let (id, secret) = client(desk.ask);
    let consumer = match desk.inner.world.admit(Client { id: &id, secret: &secret }) {
        Ok(consumer) => consumer,
        Err(refusal) => {
            let status = if refusal.error == "invalid_client_id" { 400 } else { 401 };
            return Reply::json(status, &refuse(refusal.error, refusal.description), desk.now);
        }
    };
    let token = parameter(&desk.ask.body, "token").unwrap_or_default();
    let told = of_session(desk, consumer, &token).or_else(|| of_approval(desk, consumer, &token));
    Reply::json(200, &told.unwrap_or_else(|| json!({ "active": false })), desk.now)
}

fn of_session(desk: &Desk<'_>, consumer: Consumer, token: &str) -> Option<Value> {
    let world = &desk.inner.world;
    let (org, session) = desk.orgs().find_map(|org| Some((org, world.orgs[org].sessions.get(token)?)))?;
    let ends = session.last_used + SESSION_LIFE;
    let place = &world.orgs[org];
    let held = session.approval.map(|approval| &place.approvals[approval]);
    let label = held.map_or(place.monitor.app.label.as_str(), |held| held.app.as_str());
    let is_own = world.app_in(consumer, org).is_some_and(|app| app.label == label);
    let scope = held.map_or("api id", |held| held.scope.as_str());
    (is_own && desk.now < ends).then(|| {
        let mut told = active(desk, org, session.user, scope, "access_token", session.last_used);
        told["exp"] = ends.timestamp().into();
        told
    })
}

fn of_approval(desk: &Desk<'_>, consumer: Consumer, token: &str) -> Option<Value> {
    let world = &desk.inner.world;
    let (org, approval) = world.approval_of_token(token).filter(|(org, _)| desk.orgs().contains(org))?;
    let held = &world.orgs[org].approvals[approval];
    let is_own = world.app_in(consumer, org).is_some_and(|app| app.label == held.app);
    // Asking is no use: nothing is counted. Whether it is with Salesforce is unknown.
    (is_own && held.refresh == token && world.is_alive(org, approval, desk.now))
        .then(|| active(desk, org, held.user, &held.scope, "refresh_token", held.created_at))
}

fn active(desk: &Desk<'_>, org: usize, user: usize, scope: &str, kind: &str, since: DateTime<Utc>) -> Value {
    let user = &desk.inner.world.orgs[org].users[user];
    let (id, _) = client(desk.ask);
    json!({
        "active": true, "scope": scope, "client_id": id, "username": user.username,
        "sub": identity::address(desk, org, &user.id), "token_type": kind, "iat": since.timestamp(),
        "nbf": since.timestamp(),
    })
}
