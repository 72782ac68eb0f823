//! `/services/oauth2/token`: JWT bearer and client credentials for fusebox, refresh tokens for whoever holds one.
//!
//! Errors are 400 with an object. There is no `expires_in`, and `issued_at` is text, as with the real one.

use super::super::ask::{Ask, Reply, basic, parameter};
use super::super::journal::Entry;
use super::super::state::{Inner, Shared};
use super::super::world::org::{MONITOR, Org, Session};
use super::super::world::refresh::Client;
use super::super::world::{SESSION_LIFE, World};
use super::super::{digest, jwt, mint};
use super::of_approval;
use axum::http::Method;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use fastrand::Rng;
use serde_json::{Value, json};

/// A refusal's two texts.
type Refused = (String, String);

fn refused(error: &str, description: &str) -> Refused {
    (error.to_owned(), description.to_owned())
}

pub(super) fn answer(
    inner: &mut Inner,
    shared: &Shared,
    org: Option<usize>,
    ask: &Ask,
    now: DateTime<Utc>,
    entry: &mut Entry,
) -> Reply {
    let form = &ask.body;
    let grant = parameter(form, "grant_type").unwrap_or_default();
    let outcome = if ask.method == Method::POST {
        match grant.as_str() {
            "urn:ietf:params:oauth:grant-type:jwt-bearer" => by_jwt(inner, shared, org, ask, now, entry),
            "client_credentials" => by_client_credentials(inner, shared, org, ask, now, entry),
            "refresh_token" => by_refresh_token(inner, shared, ask, now, entry),
            other => {
                entry.kind = format!("token:{other}");
                Err(refused("unsupported_grant_type", "grant type not supported"))
            }
        }
    } else {
        Err(refused("invalid_request", "must use HTTP POST"))
    };
    match outcome {
        Ok(body) => Reply::json(200, &body, now),
        Err((error, description)) => {
            Reply::json(400, &json!({ "error": error, "error_description": description }), now)
        }
    }
}

fn by_jwt(
    inner: &mut Inner,
    shared: &Shared,
    org: Option<usize>,
    ask: &Ask,
    now: DateTime<Utc>,
    entry: &mut Entry,
) -> Result<Value, Refused> {
    "token:jwt".clone_into(&mut entry.kind);
    let assertion = parameter(&ask.body, "assertion").unwrap_or_default();
    let mut audiences = vec![shared.origins.login.clone()];
    audiences.extend(["https://login.salesforce.com".to_owned(), "https://test.salesforce.com".to_owned()]);
    audiences.extend(org.map(|org| shared.origins.orgs[org].clone()));
    let claims = jwt::verify(&assertion, &shared.public_key, &audiences, now)
        .map_err(|refusal| refused(refusal.error, &refusal.description))?;
    let of_client = |place: &Org| place.monitor.jwt && place.monitor.client_id == claims.issuer;
    let found =
        find(&inner.world, org, of_client).ok_or_else(|| refused("invalid_client_id", "client identifier invalid"))?;
    if inner.world.orgs[found].users[MONITOR].username != claims.subject {
        return Err(refused("invalid_grant", "user hasn't approved this consumer"));
    }
    Ok(sign_in(inner, shared, found, now, entry))
}

fn by_client_credentials(
    inner: &mut Inner,
    shared: &Shared,
    org: Option<usize>,
    ask: &Ask,
    now: DateTime<Utc>,
    entry: &mut Entry,
) -> Result<Value, Refused> {
    "token:client_credentials".clone_into(&mut entry.kind);
    if org.is_none() {
        // This flow wants the org's own domain.
        return Err(refused("invalid_grant", "request not supported on this domain"));
    }
    let (id, secret) = client(ask);
    let found = find(&inner.world, org, |place| place.monitor.client_id == id)
        .ok_or_else(|| refused("invalid_client_id", "client identifier invalid"))?;
    let monitor = &inner.world.orgs[found].monitor;
    if monitor.jwt {
        return Err(refused("invalid_grant", "no client credentials user enabled"));
    }
    if monitor.client_secret != secret {
        return Err(refused("invalid_client", "invalid client credentials"));
    }
    Ok(sign_in(inner, shared, found, now, entry))
}

fn by_refresh_token(
    inner: &mut Inner,
    shared: &Shared,
    ask: &Ask,
    now: DateTime<Utc>,
    entry: &mut Entry,
) -> Result<Value, Refused> {
    "refresh_token".clone_into(&mut entry.kind);
    let (id, secret) = client(ask);
    let token = parameter(&ask.body, "refresh_token").unwrap_or_default();
    if let Some((org, approval)) = inner.world.approval_of_token(&token) {
        entry.org = Some(inner.world.orgs[org].name.clone());
        (entry.client, entry.site) = of_approval(inner, org, approval);
    }
    let client = Client { id: &id, secret: &secret };
    let refreshed = inner
        .world
        .refresh(&token, client, now, &mut inner.rng)
        .map_err(|refusal| refused(refusal.error, refusal.description))?;
    let place = &inner.world.orgs[refreshed.org];
    let user = place.users[refreshed.user].id.as_str();
    let grant = Grant {
        org: refreshed.org,
        user,
        access: &refreshed.access,
        scope: "refresh_token api id",
        secret: &inner.world.app_client_secret,
    };
    let mut body = granted(shared, place, &grant, now);
    if let Some(rotated) = refreshed.refresh {
        body["refresh_token"] = rotated.into();
    }
    Ok(body)
}

/// The org that an app of fusebox's belongs to: this origin's, or any on the login host.
fn find(world: &World, org: Option<usize>, is_it: impl Fn(&Org) -> bool) -> Option<usize> {
    match org {
        Some(org) => is_it(&world.orgs[org]).then_some(org),
        None => world.orgs.iter().position(is_it),
    }
}

/// fusebox's own session. While it lives, every sign-in gets the same token, so that signing in fills no slot.
fn sign_in(inner: &mut Inner, shared: &Shared, org: usize, now: DateTime<Utc>, entry: &mut Entry) -> Value {
    entry.client = "fusebox";
    entry.org = Some(inner.world.orgs[org].name.clone());
    let access = monitor_session(&mut inner.world.orgs[org], now, &mut inner.rng);
    let place = &inner.world.orgs[org];
    let (user, secret) = (place.users[MONITOR].id.as_str(), place.monitor.client_secret.as_str());
    granted(shared, place, &Grant { org, user, access: &access, scope: "api id", secret }, now)
}

fn monitor_session(org: &mut Org, now: DateTime<Utc>, rng: &mut Rng) -> String {
    let live = org
        .monitor
        .access
        .clone()
        .filter(|access| org.sessions.get(access).is_some_and(|session| now < session.last_used + SESSION_LIFE));
    let access = live.unwrap_or_else(|| {
        if let Some(lapsed) = org.monitor.access.take() {
            org.sessions.remove(&lapsed);
        }
        mint::access_token(rng, &org.id)
    });
    org.monitor.access = Some(access.clone());
    org.sessions.insert(access.clone(), Session { approval: None, user: MONITOR, last_used: now });
    access
}

/// What a token response is made of.
struct Grant<'a> {
    org: usize,
    user: &'a str,
    access: &'a str,
    scope: &'a str,
    /// The consumer secret, which signs.
    secret: &'a str,
}

fn granted(shared: &Shared, place: &Org, grant: &Grant<'_>, now: DateTime<Utc>) -> Value {
    let id = format!("{}/id/{}/{}", shared.origins.login, place.id, grant.user);
    let issued_at = now.timestamp_millis().to_string();
    let signature = digest::hmac_sha256(grant.secret.as_bytes(), format!("{id}{issued_at}").as_bytes());
    json!({
        "access_token": grant.access,
        "signature": STANDARD.encode(signature),
        "scope": grant.scope,
        "instance_url": shared.origins.orgs[grant.org],
        "id": id,
        "token_type": "Bearer",
        "issued_at": issued_at,
    })
}

/// Key and secret from the form or from Basic authorization, where libraries percent-encode them (RFC 6749, 2.3.1).
fn client(ask: &Ask) -> (String, String) {
    let decoded = |text: String| parameter(format!("x={text}").as_bytes(), "x").unwrap_or_default();
    let (id, secret) = basic(&ask.headers).map(|(id, secret)| (decoded(id), decoded(secret))).unwrap_or_default();
    let id = parameter(&ask.body, "client_id").unwrap_or(id);
    let secret = parameter(&ask.body, "client_secret").unwrap_or(secret);
    (id, secret)
}
