//! Who somebody is: `/services/oauth2/userinfo`, the identity address of a token response, the front door.
//!
//! A bad token is 403 with a bare word here, not 401 and not JSON (confirmed for `Bad_OAuth_Token`).

use super::super::super::ask::{Reply, bearer};
use super::super::super::world::org::Standing;
use super::super::who;
use super::Desk;
use crate::model::UserId;
use chrono::SecondsFormat;
use serde_json::{Value, json};

/// Where a user's identity is told: always on the login host.
pub(super) fn address(desk: &Desk<'_>, org: usize, user: &UserId) -> String {
    format!("{}/id/{}/{user}", desk.shared.origins.login, desk.inner.world.orgs[org].id)
}

pub(super) fn userinfo(desk: &mut Desk<'_>) -> Reply {
    "userinfo".clone_into(&mut desk.entry.kind);
    let (org, user) = match signed_in(desk) {
        Ok(found) => found,
        Err(word) => return refuse(desk, word),
    };
    let mut body = claims(desk, org, user);
    let holder = &desk.inner.world.orgs[org].users[user];
    body["sub"] = address(desk, org, &holder.id).into();
    body["preferred_username"] = holder.username.as_str().into();
    body["name"] = holder.key.as_str().into();
    body["updated_at"] = desk.inner.world.started_at.to_rfc3339_opts(SecondsFormat::Secs, true).into();
    body["is_salesforce_integration_user"] = false.into();
    Reply::json(200, &body, desk.now)
}

/// `/id/ORG/USER`.
pub(super) fn answer(desk: &mut Desk<'_>, path: &str) -> Reply {
    "identity".clone_into(&mut desk.entry.kind);
    let (org, user) = match signed_in(desk) {
        Ok(found) => found,
        Err(word) => return refuse(desk, word),
    };
    let mut parts = path.trim_start_matches("/id/").split('/');
    let (asked_org, asked_user) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let place = &desk.inner.world.orgs[org];
    if asked_org != place.id.as_str() {
        return refuse(desk, "Wrong_Org");
    }
    let Some(asked) = place.users.iter().position(|user| user.id.as_str() == asked_user) else {
        return refuse(desk, "Bad_Id");
    };
    if asked != user && !place.users[user].rights.manage_users {
        return refuse(desk, "No_Access");
    }
    let mut body = claims(desk, org, asked);
    let holder = &desk.inner.world.orgs[org].users[asked];
    body["id"] = address(desk, org, &holder.id).into();
    body["username"] = holder.username.as_str().into();
    body["display_name"] = holder.key.as_str().into();
    body["asserted_user"] = (asked == user).into();
    body["last_modified_date"] = desk.inner.world.started_at.to_rfc3339_opts(SecondsFormat::Millis, true).into();
    body["is_lightning_login_user"] = false.into();
    Reply::json(200, &body, desk.now)
}

/// The front door: a link that opens a browser session.
pub(super) fn single_access(desk: &mut Desk<'_>) -> Reply {
    "singleaccess".clone_into(&mut desk.entry.kind);
    match signed_in(desk) {
        Ok((org, _)) => {
            let to = format!("{}/secur/frontdoor.jsp?otp=simulated", desk.shared.origins.orgs[org]);
            Reply::json(200, &json!({ "frontdoor_uri": to }), desk.now)
        }
        Err(word) => refuse(desk, word),
    }
}

/// The org and the user behind the token that came along, if it lives.
fn signed_in(desk: &mut Desk<'_>) -> Result<(usize, usize), &'static str> {
    let by_query = desk.ask.parameter("oauth_token").or_else(|| desk.ask.parameter("access_token"));
    let token = bearer(&desk.ask.headers).map(str::to_owned).or(by_query).ok_or("Missing_OAuth_Token")?;
    let found = desk.orgs().find(|org| desk.inner.world.whose(*org, &token).is_some()).ok_or("Bad_OAuth_Token")?;
    desk.note_org(found);
    (desk.entry.client, desk.entry.site) = who(desk.inner, found, &desk.ask.headers);
    let caller = desk.inner.world.identify(found, &token, desk.now).ok_or("Bad_OAuth_Token")?;
    Ok((found, caller.user))
}

fn refuse(desk: &Desk<'_>, word: &str) -> Reply {
    Reply::text(403, "text/html; charset=UTF-8", word.to_owned(), desk.now)
}

/// What both tell.
fn claims(desk: &Desk<'_>, org: usize, user: usize) -> Value {
    let place = &desk.inner.world.orgs[org];
    let holder = &place.users[user];
    let instance = &desk.shared.origins.orgs[org];
    let latest = desk.ask.parameter("version").filter(|version| version == "latest").map(|_| "67.0");
    let version = latest.unwrap_or("{version}");
    let below = |path: &str| format!("{instance}/services/{path}");
    let rest = format!("data/v{version}/");
    let mut body = json!({
        "user_id": holder.id, "organization_id": place.id, "active": true, "user_type": "STANDARD",
        "email": holder.username, "email_verified": true, "language": "en_US", "locale": "en_US", "utcOffset": 0,
        "zoneinfo": "Europe/London",
        "photos": { "picture": format!("{instance}/profilephoto/005/F"), "thumbnail": format!("{instance}/profilephoto/005/T") },
        "urls": {
            "rest": below(&rest), "query": below(&format!("{rest}query/")), "sobjects": below(&format!("{rest}sobjects/")),
            "search": below(&format!("{rest}search/")), "enterprise": below(&format!("Soap/c/{version}/{}", &place.id.as_str()[..15])),
            "partner": below(&format!("Soap/u/{version}/{}", &place.id.as_str()[..15])), "custom_domain": instance,
        },
    });
    // Absent rather than false where the app is not installed (from memory).
    if place.app.standing != Standing::Absent {
        body["is_app_installed"] = true.into();
    }
    body
}
