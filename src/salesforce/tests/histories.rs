//! The slower look: logins, sessions, the audit trail, the kind of app.

use super::*;
use crate::model::{AppKind, LoginKind, Permitted};
use crate::salesforce::AskHistory;

fn asked(users: usize) -> AskHistory {
    let id = |n: usize| user(&format!("0055g0000{n:06}"));
    let from = now() - chrono::TimeDelta::days(1);
    AskHistory { app: Clean::new(APP), users: (0..users).map(id).collect(), logins_from: from, changes_from: from }
}

fn rows(records: &Value) -> Value {
    json!({ "totalSize": records.as_array().map(Vec::len), "done": true, "records": records })
}

fn part(name: &str) -> (u16, Value) {
    let login = |id: &str, app: &str, status: &str| {
        json!({
            "Id": id, "UserId": "0055g0000000000", "LoginTime": "2026-02-11T09:10:00.000+0000",
            "LoginSubType": "OauthRefreshToken", "Application": app, "Status": status, "SourceIp": "198.18.0.1"
        })
    };
    let records = match name {
        "logins" => json!([
            login("0Ya1", APP, "Success"),
            login("0Ya2", APP, "Failed: Invalid Token"),
            login("0Ya3", "Somebody's", "Success")
        ]),
        "sessions" => json!([
            { "UsersId": "0055g0000000000", "CreatedDate": "2026-02-11T09:10:00.000+0000",
              "LastModifiedDate": "2026-02-11T09:20:00.000+0000", "NumSecondsValid": 7200, "SessionType": "Oauth2",
              "SourceIp": "198.18.0.1", "LoginHistoryId": "0Ya1" },
            { "UsersId": null, "CreatedDate": "2026-02-11T09:10:00.000+0000", "SessionType": "Oauth2",
              "LastModifiedDate": "2026-02-11T09:20:00.000+0000", "NumSecondsValid": 7200, "SourceIp": null,
              "LoginHistoryId": null },
            { "UsersId": "0055g0000000000", "CreatedDate": "2026-02-11T09:10:00.000+0000", "SessionType": "UI",
              "LastModifiedDate": "2026-02-11T09:20:00.000+0000", "NumSecondsValid": 900, "SourceIp": null,
              "LoginHistoryId": null }
        ]),
        "setup_changes" => json!([
            { "Id": "0Ym1", "Action": "deleteConnectedApplication", "CreatedDate": "2026-02-11T09:00:00.000+0000",
              "CreatedBy": { "Username": "admin@acme.example" }, "Display": "Uninstalled connected app \u{1b}[31mX" },
            { "Id": "0Ym2", "Action": "changedReport", "CreatedDate": "2026-02-11T09:00:00.000+0000",
              "CreatedBy": null, "Display": "Changed a report" }
        ]),
        "external_apps" => json!([{ "Id": "0xI1", "MasterLabel": APP }]),
        "external_policies" => json!([
            { "ExternalClientApplicationId": "0xI1", "PermittedUsersPolicyType": "AdminApprovedPreAuthorized" }
        ]),
        "other_approvals" => json!([
            { "AppName": "Data Loader", "UserId": "0055g0000000000", "LastUsedDate": "2026-02-11T09:00:00.000+0000" },
            { "AppName": "Data Loader", "UserId": "0055g0000000000", "LastUsedDate": null },
            { "AppName": "Reports", "UserId": "0055g0000000001", "LastUsedDate": null }
        ]),
        _ => json!([{ "PermissionsCustomizeApplication": true, "PermissionsMonitorLoginHistory": false }]),
    };
    (200, rows(&records))
}

/// Answers what is asked for; `change` may put another status and body in a part's place.
fn answers(seen: &Seen, change: impl Fn(&str) -> Option<(u16, Value)>) -> Reply {
    if seen.is_token() {
        return token(seen);
    }
    let Ok(request) = serde_json::from_str::<Value>(&seen.body) else {
        return Reply::json(200, &change("rights").unwrap_or_else(|| part("rights")).1);
    };
    let parts = request["compositeRequest"].as_array().expect("parts").iter().map(|asked| {
        let name = asked["referenceId"].as_str().expect("a name");
        let (status, body) = change(name).unwrap_or_else(|| part(name));
        json!({ "referenceId": name, "httpStatusCode": status, "body": body })
    });
    let parts: Vec<Value> = parts.collect();
    Reply::json(200, &json!({ "compositeResponse": parts }))
}

fn refused() -> (u16, Value) {
    (400, error("INVALID_TYPE", "sObject type is not supported."))
}

#[tokio::test]
async fn two_calls_bring_what_the_org_wrote_down() {
    let server = Server::start(|seen| answers(seen, |_| None)).await;
    let read = client(&server).history(&asked(1)).await.expect("an answer");
    assert_eq!(read.api_calls, 2);
    let history = read.history;
    let logins = &history.logins.seen().expect("permitted").rows;
    let told: Vec<_> = logins.iter().map(|login| (login.id.as_str(), login.how, login.refused.is_some())).collect();
    assert_eq!(told, [("0Ya1", LoginKind::Refresh, false), ("0Ya2", LoginKind::Refresh, true)], "of this app alone");
    let sessions = history.sessions.seen().expect("permitted");
    assert_eq!(sessions.len(), 1, "one of OAuth, of somebody");
    assert_eq!(sessions[0].ends_at().to_rfc3339(), "2026-02-11T11:20:00+00:00");
    let changes = &history.changes.seen().expect("permitted").rows;
    assert_eq!(changes.len(), 1, "what is about apps and users");
    assert!(!changes[0].what.as_str().contains('\u{1b}'));
    assert_eq!(history.app_kind, Permitted::Yes(AppKind::External { admin_approved_only: Some(true) }));
}

#[tokio::test]
async fn each_part_is_refused_by_itself_and_named() {
    for (name, permission) in [
        ("logins", "Monitor Login History"),
        ("sessions", "Manage Users"),
        ("setup_changes", "View Setup and Configuration"),
    ] {
        let server = Server::start(move |seen| answers(seen, |part| (part == name).then(refused))).await;
        let history = client(&server).history(&asked(1)).await.expect("an answer").history;
        let refusals = [
            history.logins.refused().map(|no| ("logins", no.permission.clone())),
            history.sessions.refused().map(|no| ("sessions", no.permission.clone())),
            history.changes.refused().map(|no| ("setup_changes", no.permission.clone())),
        ];
        let refusals: Vec<_> = refusals.into_iter().flatten().collect();
        assert_eq!(refusals, [(name, permission.to_owned())]);
    }
}

#[tokio::test]
async fn an_org_without_external_apps_is_told_from_one_that_hides_them() {
    let without = Server::start(|seen| answers(seen, |part| part.starts_with("external").then(refused))).await;
    let history = client(&without).history(&asked(1)).await.expect("an answer").history;
    assert_eq!(history.app_kind, Permitted::Yes(AppKind::Connected), "the audit trail was told, so nothing is hidden");
    let hidden = |part: &str| (part.starts_with("external") || part == "setup_changes").then(refused);
    let hiding = Server::start(move |seen| answers(seen, hidden)).await;
    let history = client(&hiding).history(&asked(1)).await.expect("an answer").history;
    assert_eq!(history.app_kind.refused().expect("a refusal").permission, "View Setup and Configuration");
}

#[tokio::test]
async fn an_empty_list_of_logins_is_believed_only_with_the_right() {
    let none = |part: &str| match part {
        "logins" => Some((200, rows(&json!([])))),
        "sessions" => Some(refused()),
        _ => None,
    };
    let server = Server::start(move |seen| answers(seen, none)).await;
    let read = client(&server).history(&asked(1)).await.expect("an answer");
    assert_eq!((read.api_calls, read.history.logins.seen()), (3, None));
    let may = json!([{ "PermissionsCustomizeApplication": false, "PermissionsMonitorLoginHistory": true }]);
    let with = move |part: &str| if part == "rights" { Some((200, rows(&may))) } else { none(part) };
    let server = Server::start(move |seen| answers(seen, &with)).await;
    let read = client(&server).history(&asked(1)).await.expect("an answer");
    assert!(read.history.logins.seen().is_some_and(|stretch| stretch.rows.is_empty()));
}

#[tokio::test]
async fn other_apps_are_counted_and_a_page_that_was_cut_is_no_full_list() {
    let server = Server::start(|seen| answers(seen, |_| None)).await;
    let history = client(&server).history(&asked(3)).await.expect("an answer").history;
    let others = history.other_apps.expect("asked for").seen().cloned().expect("permitted");
    let told: Vec<_> = others.rows.iter().map(|row| (row.app.as_str(), row.approvals, row.used_at.is_some())).collect();
    assert_eq!(told, [("Data Loader", 2, true), ("Reports", 1, false)]);
    assert_eq!(others.complete.len(), 3, "of the third there is none");
    let cut = |part: &str| {
        (part == "other_approvals").then(|| {
            let (status, mut body) = self::part(part);
            (body["done"], body["nextRecordsUrl"]) = (json!(false), json!("/services/data/v60.0/query/next"));
            (status, body)
        })
    };
    let server = Server::start(move |seen| answers(seen, cut)).await;
    let read = client(&server).history(&asked(3)).await.expect("an answer");
    let others = read.history.other_apps.expect("asked for").seen().cloned().expect("permitted");
    assert_eq!((read.api_calls, others.complete), (2, [user("0055g0000000000")].into()));
}

#[tokio::test]
async fn many_users_cost_three_calls_and_no_more() {
    let server = Server::start(|seen| answers(seen, |_| None)).await;
    let read = client(&server).history(&asked(2_000)).await.expect("an answer");
    assert_eq!((read.api_calls, read.history.users.len()), (3, 900));
}
