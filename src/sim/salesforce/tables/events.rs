//! What happened in an org: logins, changes, and the sessions that live.

use super::super::super::record_id::record_id;
use super::super::super::world::SESSION_LIFE;
use super::super::super::world::history::{Change, Login};
use super::super::super::world::org::Org;
use super::super::super::world::server::MONITOR_ADDRESS;
use super::{View, people, time};
use serde_json::{Value, json};

/// What REST prints as the type of OAuth logins: the label (from memory).
const OAUTH: &str = "Remote Access 2.0";

fn login_id(org: &Org, login: &Login) -> String {
    record_id("0Ya", &org.id, login.n)
}

/// One's own, or everybody's.
pub(super) fn logins(view: &View<'_>) -> Vec<Value> {
    let org = view.org;
    let rights = org.users[view.caller.user].rights;
    let all = rights.manage_users || rights.monitor_login_history;
    let row = |login: &Login| {
        json!({
            "Id": login_id(org, login), "UserId": org.users[login.user].id, "LoginTime": time(login.at),
            "LoginType": OAUTH, "LoginSubType": login.how.sub_type(), "Application": login.app,
            "Status": login.status.text(), "SourceIp": login.from.to_string(), "LoginUrl": "login.salesforce.com",
            "Browser": "Unknown", "Platform": "Unknown", "ApiType": "N/A", "ApiVersion": "N/A", "ClientVersion": "N/A",
            "CountryIso": "US", "TlsProtocol": "TLS 1.3", "CipherSuite": "TLS_AES_256_GCM_SHA384",
            "OptionsIsGet": false, "OptionsIsPost": true,
        })
    };
    let visible = |login: &&Login| all || login.user == view.caller.user;
    org.data.history.logins(view.now).filter(visible).map(row).collect()
}

pub(super) fn changes(view: &View<'_>) -> Vec<Value> {
    let org = view.org;
    let row = |change: &Change| {
        json!({
            "Id": record_id("0Ym", &org.id, change.n), "Action": change.action, "Section": change.section,
            "Display": change.display, "CreatedDate": time(change.at), "CreatedById": people::admin_id(org),
        })
    };
    org.data.history.changes(view.now).map(row).collect()
}

/// The id of the session with this access token, which it does not give away.
pub(in super::super) fn session_id(org: &Org, access: &str) -> String {
    let hash =
        access.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, b| (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    record_id("0Ak", &org.id, hash)
}

/// The sessions that live. Their tokens are nowhere to be seen.
pub(super) fn sessions(view: &View<'_>) -> Vec<Value> {
    let org = view.org;
    let lives = org.sessions.iter().filter(|(_, session)| view.now < session.last_used + SESSION_LIFE);
    let mut rows: Vec<Value> = lives
        .map(|(access, session)| {
            let began = org.data.history.beginning(session.user, session.approval, session.last_used);
            json!({
                "Id": session_id(org, access), "UsersId": org.users[session.user].id,
                "CreatedDate": time(began.map_or(session.last_used, |login| login.at)),
                "LastModifiedDate": time(session.last_used), "NumSecondsValid": SESSION_LIFE.num_seconds(),
                "UserType": "Standard", "SourceIp": began.map_or(MONITOR_ADDRESS, |login| login.from).to_string(),
                "LoginType": OAUTH, "SessionType": "Oauth2", "SessionSecurityLevel": "STANDARD",
                "LoginHistoryId": began.map(|login| login_id(org, login)),
                "IsCurrent": (session.user, session.approval) == (view.caller.user, view.caller.approval),
                "IsAssociatedWithJwtAccessToken": false,
            })
        })
        .collect();
    // The sessions lie in no order; the rows have one.
    rows.sort_by(|one, other| one["Id"].as_str().cmp(&other["Id"].as_str()));
    rows
}
