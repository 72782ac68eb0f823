//! `/services/oauth2/authorize`: a small page that asks who allows it, or the answer that `/sim/consent` gives in
//! advance.

use super::super::super::ask::{Reply, parameter};
use super::super::super::state::Consent;
use super::super::super::world::consent::{Asked, NoCode, Told};
use super::super::super::world::consumer::{Consumer, RELAY_CALLBACK};
use super::super::super::world::org::MONITOR;
use super::Desk;
use super::pages::{self, Choice, Hidden};
use axum::http::Method;
use url::form_urlencoded;

/// What goes on from the request to the answer of the form.
const CARRIED: [&str; 9] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "login_hint",
    "nonce",
];

pub(super) fn answer(desk: &mut Desk<'_>) -> Reply {
    "authorize".clone_into(&mut desk.entry.kind);
    let form = if desk.ask.method == Method::POST {
        desk.ask.body.to_vec()
    } else {
        desk.ask.uri.query().unwrap_or_default().as_bytes().to_vec()
    };
    let field = |name: &str| parameter(&form, name);
    let asked = Asked {
        client_id: field("client_id").unwrap_or_default(),
        redirect_uri: field("redirect_uri").unwrap_or_default(),
        response_type: field("response_type").unwrap_or_default(),
        scope: field("scope").unwrap_or_default(),
        challenge: field("code_challenge"),
        challenge_method: field("code_challenge_method"),
    };
    let state = field("state");
    let consumer = match desk.inner.world.judge_request(&asked) {
        Ok(consumer) => consumer,
        Err(no_code) => return refuse(desk, &asked, state.as_deref(), no_code),
    };
    let in_advance = desk.inner.consent.clone();
    let said = match (field("answer").as_deref(), in_advance) {
        (Some("allow"), _) => Some((true, field("user"))),
        (Some(_), _) | (None, Consent::Deny) => Some((false, None)),
        (None, Consent::Allow(user)) => Some((true, user.or_else(|| field("login_hint")))),
        (None, Consent::Ask) => None,
    };
    match said {
        Some((false, _)) => {
            let denied = Told { error: "access_denied", description: "end-user denied authorization" };
            refuse(desk, &asked, state.as_deref(), NoCode::ToApp(denied))
        }
        Some((true, user)) => match holder(desk, consumer, user.as_deref()) {
            Some((org, user)) => allow(desk, &asked, state.as_deref(), org, user),
            None => ask(desk, &form, consumer),
        },
        None => ask(desk, &form, consumer),
    }
}

/// Who consents: the one who was named, else fusebox's user where its own app asks.
fn holder(desk: &Desk<'_>, consumer: Consumer, username: Option<&str>) -> Option<(usize, usize)> {
    let world = &desk.inner.world;
    match username {
        Some(name) => desk.orgs().find_map(|org| {
            let user = world.orgs[org].users.iter().position(|user| user.username == name)?;
            Some((org, user))
        }),
        None => match consumer {
            Consumer::Own(org) => desk.orgs().contains(&org).then_some((org, MONITOR)),
            Consumer::WpFusion => None,
        },
    }
}

fn allow(desk: &mut Desk<'_>, asked: &Asked, state: Option<&str>, org: usize, user: usize) -> Reply {
    desk.note_org(org);
    let inner = &mut *desk.inner;
    match inner.world.consent(asked, org, user, desk.now, &mut inner.rng) {
        Ok(code) => {
            let to = callback(desk, &asked.redirect_uri, &[("code", Some(&code)), ("state", state)]);
            pages::redirect(&to, desk.now)
        }
        Err(no_code) => refuse(desk, asked, state, no_code),
    }
}

fn ask(desk: &Desk<'_>, form: &[u8], consumer: Consumer) -> Reply {
    let world = &desk.inner.world;
    let hint = parameter(form, "login_hint");
    let mut choices = Vec::new();
    for org in desk.orgs() {
        if let Consumer::Own(home) = consumer
            && home != org
        {
            continue;
        }
        choices.extend(world.orgs[org].users.iter().map(|user| Choice {
            username: user.username.clone(),
            org: world.orgs[org].name.clone(),
            chosen: hint.as_deref() == Some(&user.username),
        }));
    }
    let carried: Vec<(&str, String)> =
        CARRIED.into_iter().filter_map(|name| Some((name, parameter(form, name)?))).collect();
    let hidden: Vec<Hidden<'_>> = carried.iter().map(|(name, value)| Hidden { name, value }).collect();
    let org = if let Consumer::Own(org) = consumer { org } else { 0 };
    let label = world.app_in(consumer, org).map_or("An app", |app| &app.label);
    pages::consent(label, &choices, &hidden, desk.now)
}

fn refuse(desk: &Desk<'_>, asked: &Asked, state: Option<&str>, no_code: NoCode) -> Reply {
    match no_code {
        // The page of this one has an address of its own (confirmed).
        NoCode::OnPage(told) if told.error == "invalid_client" => {
            let query: String = form_urlencoded::Serializer::new(String::new())
                .append_pair("error", told.error)
                .append_pair("error_description", told.description)
                .finish();
            pages::redirect(&format!("{}/setup/secur/RemoteAccessErrorPage.apexp?{query}", desk.origin()), desk.now)
        }
        NoCode::OnPage(told) => pages::oauth_error(told.error, told.description, desk.now),
        NoCode::ToApp(told) => {
            let fields = [("error", Some(told.error)), ("error_description", Some(told.description)), ("state", state)];
            pages::redirect(&callback(desk, &asked.redirect_uri, &fields), desk.now)
        }
    }
}

/// `/setup/secur/RemoteAccessErrorPage.apexp`: where a browser stays that may not go back.
pub(super) fn error_page(desk: &mut Desk<'_>) -> Reply {
    "error-page".clone_into(&mut desk.entry.kind);
    let field = |name| desk.ask.parameter(name).unwrap_or_default();
    pages::oauth_error(&field("error"), &field("error_description"), desk.now)
}

/// The app's address with more in its query. The vendor's relay is played on the login origin.
fn callback(desk: &Desk<'_>, redirect_uri: &str, fields: &[(&str, Option<&str>)]) -> String {
    let base = match redirect_uri.strip_prefix("https://wpfusion.com") {
        Some(rest) if redirect_uri == RELAY_CALLBACK => format!("{}{rest}", desk.shared.origins.login),
        _ => redirect_uri.to_owned(),
    };
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields {
        if let Some(value) = value {
            query.append_pair(name, value);
        }
    }
    let joint = if base.contains('?') { '&' } else { '?' };
    format!("{base}{joint}{}", query.finish())
}
