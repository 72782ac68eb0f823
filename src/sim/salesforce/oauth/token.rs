//! `/services/oauth2/token`: an authorization code, a refresh token, an assertion, an app's own credentials, or a
//! password, for a session.
//!
//! Errors are 400 with an object. There is no `expires_in`, and `issued_at` is text, as with the real one.

use super::super::super::ask::{Ask, Reply, basic, parameter};
use super::super::super::state::{Inner, Shared};
use super::super::super::world::history::{How, Status, Who};
use super::super::super::world::org::{MONITOR, Org, OrgTrouble, Session, Trouble};
use super::super::super::world::refresh::{Client, Granted, Refusal};
use super::super::super::world::server::MONITOR_ADDRESS;
use super::super::super::world::{SESSION_LIFE, World};
use super::super::super::{digest, jwt, mint};
use super::super::of_approval;
use super::Desk;
use axum::http::Method;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use serde_json::{Value, json};

/// A refusal's two texts.
type Refused = (String, String);

fn refused(error: &str, description: &str) -> Refused {
    (error.to_owned(), description.to_owned())
}

pub(super) fn answer(desk: &mut Desk<'_>) -> Reply {
    let grant = parameter(&desk.ask.body, "grant_type").unwrap_or_default();
    let outcome = if desk.ask.method == Method::POST {
        match grant.as_str() {
            "authorization_code" => by_code(desk),
            "refresh_token" => by_refresh_token(desk),
            "urn:ietf:params:oauth:grant-type:jwt-bearer" => by_jwt(desk),
            "client_credentials" => by_client_credentials(desk),
            "password" => by_password(desk),
            other => {
                desk.entry.kind = format!("token:{other}");
                Err(refused("unsupported_grant_type", "grant type not supported"))
            }
        }
    } else {
        Err(refused("invalid_request", "must use HTTP POST"))
    };
    match outcome {
        Ok(Tokens { body, takes }) => Reply { takes, ..Reply::json(200, &body, desk.now) },
        Err((error, description)) => {
            Reply::json(400, &json!({ "error": error, "error_description": description }), desk.now)
        }
    }
}

fn of_refusal(refusal: Refusal) -> Refused {
    refused(refusal.error, refusal.description)
}

/// An answer, and how long it takes.
struct Tokens {
    body: Value,
    takes: TimeDelta,
}

impl From<Value> for Tokens {
    fn from(body: Value) -> Self {
        Self { body, takes: TimeDelta::zero() }
    }
}

fn by_code(desk: &mut Desk<'_>) -> Result<Tokens, Refused> {
    "token:authorization_code".clone_into(&mut desk.entry.kind);
    let (id, secret) = client(desk.ask);
    let field = |name| parameter(&desk.ask.body, name);
    let code = field("code").ok_or_else(|| refused("invalid_request", "missing required parameter: code"))?;
    let redirect_uri = field("redirect_uri").unwrap_or_default();
    let verifier = field("code_verifier");
    let client = Client { id: &id, secret: &secret };
    let (inner, now) = (&mut *desk.inner, desk.now);
    let given = inner.world.exchange(&code, &redirect_uri, verifier.as_deref(), client, now, &mut inner.rng);
    let given = given.map_err(of_refusal)?;
    if let Some(approval) = given.approval {
        inner.world.note_login(given.org, approval, None, now, How::Code, Status::Success);
    }
    Ok(told(desk, given, &id))
}

fn by_refresh_token(desk: &mut Desk<'_>) -> Result<Tokens, Refused> {
    "refresh_token".clone_into(&mut desk.entry.kind);
    let (id, secret) = client(desk.ask);
    let token = parameter(&desk.ask.body, "refresh_token").unwrap_or_default();
    if let Some((org, approval)) = desk.inner.world.approval_of_token(&token) {
        desk.note_org(org);
        (desk.entry.client, desk.entry.site) = of_approval(desk.inner, org, approval);
    }
    let client = Client { id: &id, secret: &secret };
    let (inner, now) = (&mut *desk.inner, desk.now);
    let granted = inner.world.refresh(&token, client, now, &mut inner.rng).map_err(of_refusal)?;
    Ok(told(desk, granted, &id))
}

/// The answer to a request that was granted to the app of this consumer key.
fn told(desk: &mut Desk<'_>, granted: Granted, client_id: &str) -> Tokens {
    desk.note_org(granted.org);
    if let Some(approval) = granted.approval {
        (desk.entry.client, desk.entry.site) = of_approval(desk.inner, granted.org, approval);
    }
    let world = &desk.inner.world;
    let secret = world.consumer(client_id).map_or("", |consumer| world.secret_of(consumer));
    let place = &world.orgs[granted.org];
    let grant = Grant {
        org: granted.org,
        user: place.users[granted.user].id.as_str(),
        access: &granted.access,
        scope: &granted.scope,
        secret,
    };
    let mut body = response(desk.shared, world, &grant, desk.now);
    if let Some(refresh) = granted.refresh {
        body["refresh_token"] = refresh.into();
    }
    Tokens { body, takes: granted.takes }
}

fn by_jwt(desk: &mut Desk<'_>) -> Result<Tokens, Refused> {
    "token:jwt".clone_into(&mut desk.entry.kind);
    let (org, shared) = (desk.org, desk.shared);
    let assertion = parameter(&desk.ask.body, "assertion").unwrap_or_default();
    let mut audiences = vec![shared.origins.login.clone()];
    audiences.extend(["https://login.salesforce.com".to_owned(), "https://test.salesforce.com".to_owned()]);
    audiences.extend(org.map(|org| shared.origins.orgs[org].clone()));
    let issuer = jwt::claimed_issuer(&assertion);
    let claimed = |place: &Org| issuer.as_ref().is_some_and(|issuer| place.monitor.client_id == *issuer);
    let uploaded = find(&desk.inner.world, org, claimed)
        .and_then(|org| desk.inner.world.orgs[org].monitor.certificate.as_deref())
        .map_or(&shared.public_key[..], str::as_bytes);
    let claims = jwt::verify(&assertion, uploaded, &audiences, desk.now)
        .map_err(|refusal| refused(refusal.error, &refusal.description))?;
    let of_client = |place: &Org| place.monitor.jwt && place.monitor.client_id == claims.issuer;
    let world = &desk.inner.world;
    let found = find(world, org, of_client).ok_or_else(|| refused("invalid_client_id", "client identifier invalid"))?;
    if world.orgs[found].users[MONITOR].username != claims.subject {
        return Err(refused("invalid_grant", "user hasn't approved this consumer"));
    }
    sign_in(desk, found)
}

fn by_client_credentials(desk: &mut Desk<'_>) -> Result<Tokens, Refused> {
    "token:client_credentials".clone_into(&mut desk.entry.kind);
    if desk.org.is_none() {
        // This flow wants the org's own domain.
        return Err(refused("invalid_grant", "request not supported on this domain"));
    }
    let (id, secret) = client(desk.ask);
    let found = find(&desk.inner.world, desk.org, |place| place.monitor.client_id == id)
        .ok_or_else(|| refused("invalid_client_id", "client identifier invalid"))?;
    let monitor = &desk.inner.world.orgs[found].monitor;
    if monitor.jwt {
        return Err(refused("invalid_grant", "no client credentials user enabled"));
    }
    if monitor.client_secret != secret {
        return Err(refused("invalid_client", "invalid client credentials"));
    }
    sign_in(desk, found)
}

/// The flow that new orgs block unless they are told otherwise.
fn by_password(desk: &mut Desk<'_>) -> Result<Tokens, Refused> {
    "token:password".clone_into(&mut desk.entry.kind);
    let (id, secret) = client(desk.ask);
    let field = |name| parameter(&desk.ask.body, name).unwrap_or_default();
    let (username, password) = (field("username"), field("password"));
    let world = &desk.inner.world;
    world.admit(Client { id: &id, secret: &secret }).map_err(of_refusal)?;
    let found = desk.orgs().find_map(|org| {
        let user = world.orgs[org].users.iter().position(|user| user.username == username)?;
        Some((org, user))
    });
    let failed = || refused("invalid_grant", "authentication failure");
    let (org, user) = found
        .filter(|(org, user)| world.orgs[*org].password_flow && world.may_log_in(*org, *user, &password))
        .ok_or_else(failed)?;
    desk.note_org(org);
    let access = user_session(desk.inner, org, user, desk.now);
    let label = label_of(desk, &id, org);
    let who = Who { user, approval: None, app: &label };
    let history = &mut desk.inner.world.orgs[org].data.history;
    history.login(desk.now, who, How::Password, Status::Success, MONITOR_ADDRESS);
    let place = &desk.inner.world.orgs[org];
    let grant = Grant { org, user: place.users[user].id.as_str(), access: &access, scope: "api id", secret: &secret };
    Ok(response(desk.shared, &desk.inner.world, &grant, desk.now).into())
}

/// The label of the app with this consumer key in an org.
fn label_of(desk: &Desk<'_>, id: &str, org: usize) -> String {
    let world = &desk.inner.world;
    let app = world.consumer(id).and_then(|consumer| world.app_in(consumer, org));
    app.map(|app| app.label.clone()).unwrap_or_default()
}

/// A session of a user's that came from no approval.
pub(super) fn user_session(inner: &mut Inner, org: usize, user: usize, now: DateTime<Utc>) -> String {
    let place = &mut inner.world.orgs[org];
    let access = mint::access_token(&mut inner.rng, &place.id);
    place.sessions.insert(access.clone(), Session { approval: None, user, last_used: now });
    access
}

/// The org that an app of fusebox's belongs to: this origin's, or any on the login host.
fn find(world: &World, org: Option<usize>, is_it: impl Fn(&Org) -> bool) -> Option<usize> {
    match org {
        Some(org) => is_it(&world.orgs[org]).then_some(org),
        None => world.orgs.iter().position(is_it),
    }
}

/// fusebox's own session. While it lives, every sign-in gets the same token, so that signing in fills no slot.
fn sign_in(desk: &mut Desk<'_>, org: usize) -> Result<Tokens, Refused> {
    desk.entry.client = "fusebox";
    desk.note_org(org);
    let inner = &mut *desk.inner;
    match inner.world.orgs[org].trouble {
        Some(OrgTrouble::Locked | OrgTrouble::TrialOver) => {
            return Err(refused("inactive_org", "organization is not active"));
        }
        Some(OrgTrouble::NoApi) | None => {}
    }
    if inner.world.orgs[org].users[MONITOR].is(Trouble::Inactive) {
        return Err(refused("invalid_grant", "inactive user"));
    }
    let access = monitor_session(&mut inner.world.orgs[org], desk.now, &mut inner.rng);
    let how = if inner.world.orgs[org].monitor.jwt { How::Jwt } else { How::ClientCredentials };
    inner.world.orgs[org].monitor_logged_in(desk.now, how);
    let place = &inner.world.orgs[org];
    let (user, secret) = (place.users[MONITOR].id.as_str(), place.monitor.client_secret.as_str());
    Ok(response(desk.shared, &inner.world, &Grant { org, user, access: &access, scope: "api id", secret }, desk.now)
        .into())
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

fn response(shared: &Shared, world: &World, grant: &Grant<'_>, now: DateTime<Utc>) -> Value {
    let place = &world.orgs[grant.org];
    let id = format!("{}/id/{}/{}", shared.origins.login, place.id, grant.user);
    let issued_at = now.timestamp_millis().to_string();
    let signature = digest::hmac_sha256(grant.secret.as_bytes(), format!("{id}{issued_at}").as_bytes());
    json!({
        "access_token": grant.access,
        "signature": STANDARD.encode(signature),
        "scope": grant.scope,
        "instance_url": shared.instance(world, grant.org),
        "id": id,
        "token_type": "Bearer",
        "issued_at": issued_at,
    })
}

/// Key and secret from the form or from Basic authorization, where libraries percent-encode them (RFC 6749, 2.3.1).
pub(super) fn client(ask: &Ask) -> (String, String) {
    let decoded = |text: String| parameter(format!("x={text}").as_bytes(), "x").unwrap_or_default();
    let (id, secret) = basic(&ask.headers).map(|(id, secret)| (decoded(id), decoded(secret))).unwrap_or_default();
    let id = parameter(&ask.body, "client_id").unwrap_or(id);
    let secret = parameter(&ask.body, "client_secret").unwrap_or(secret);
    (id, secret)
}
