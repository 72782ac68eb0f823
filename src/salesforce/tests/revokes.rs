//! An approval that is ended: by the token that is read for exactly its row, at the org's own host, and by no other way; and what
//! an org may answer instead.

use super::*;
use crate::model::approval::approval_id;
use crate::model::{Approval, OrgId};
use crate::salesforce::error::Kind;
use crate::salesforce::{NotRevocable, Revocation, Revoked};

/// Planted: it must be read and sent, and told nowhere.
const PLANTED: &str = "PLANTEDdeleteTOKEN0123456789abcdefghijkl";

fn approval() -> Approval {
    let made = DateTime::parse_from_rfc3339("2026-01-20T08:00:59Z").expect("a time").to_utc();
    let (org, user) = (OrgId::parse("00D5g000000ORGE").expect("an id"), user("0055g000000OPS1"));
    let id = approval_id(&org, &user, APP, made, 0);
    Approval { id, user, app: APP.into(), created_at: made, last_used_at: None, use_count: 0 }
}

fn row(change: impl FnOnce(&mut Value)) -> Value {
    let mut row = json!({ "AppName": APP, "UserId": user("0055g000000OPS1").as_str(), "CreatedDate": "2026-01-20T08:00:59.000+0000",
        "LastUsedDate": null, "UseCount": null, "DeleteToken": PLANTED });
    change(&mut row);
    row
}

fn rows(rows: &[Value]) -> Reply {
    Reply::json(200, &json!({ "totalSize": rows.len(), "done": true, "records": rows }))
}

/// An org that lists `listed` and answers a revocation with `revoked`.
async fn org(listed: Reply, revoked: Reply) -> Server {
    Server::start(move |seen| {
        if seen.is_token() {
            token(seen)
        } else if seen.path.starts_with("/services/oauth2/revoke") {
            revoked.clone()
        } else {
            listed.clone()
        }
    })
    .await
}

async fn read(server: &Server) -> Result<Revocation, NotRevocable> {
    client(server).revocation(&approval()).await
}

#[tokio::test]
async fn the_token_of_exactly_that_row_goes_to_the_orgs_own_host() {
    for body in ["", "{}"] {
        let server = org(rows(&[row(|_| ())]), Reply::page(200, body)).await;
        let client = client(&server);
        let revocation = client.revocation(&approval()).await.expect("it is as it was");
        assert!(!format!("{revocation:?}").contains(PLANTED));
        assert_eq!(client.revoke(revocation).await.expect("an answer"), Revoked::Ended);
        let seen = server.seen();
        let [_, query, sent] = &seen[..] else { panic!("a sign-in, a query, a revocation: {seen:?}") };
        for part in ["DeleteToken", "CreatedDate", "0055g000000OPS1", "LIMIT"] {
            assert!(query.path.contains(part), "{}", query.path);
        }
        assert_eq!((sent.path.as_str(), sent.body.as_str()), ("/services/oauth2/revoke", &*format!("token={PLANTED}")));
        assert_eq!(sent.authorization, None, "the session goes nowhere with it");
    }
}

#[tokio::test]
async fn a_row_that_is_another_or_was_used_is_left_alone() {
    let other = |change: fn(&mut Value)| rows(&[row(change)]);
    for (listed, words) in [
        (rows(&[]), "is not listed any more"),
        (rows(&[row(|_| ()), row(|_| ())]), "in the second of"),
        (other(|row| row["UseCount"] = json!(1)), "was used"),
        (other(|row| row["LastUsedDate"] = json!("2026-02-11T09:29:00.000+0000")), "was used"),
        (other(|row| row["UserId"] = json!("0055g000000OTHR")), "another approval answers"),
        (other(|row| row["AppName"] = json!("Another")), "another approval answers"),
        (other(|row| row["CreatedDate"] = json!("2026-01-20T08:01:00.000+0000")), "another approval answers"),
    ] {
        let server = org(listed, Reply::page(200, "")).await;
        let why = read(&server).await.expect_err("not that one");
        assert!(matches!(&why, NotRevocable::Moved(text) if text.contains(words)), "{words}: {why}");
        assert_eq!(server.counts(), (1, 1), "nothing was sent");
    }
}

#[tokio::test]
async fn what_holds_the_token_is_quoted_by_no_error() {
    let broken = json!({ "done": true, "records": [{ "DeleteToken": PLANTED }] });
    let listed = [
        Reply::json(200, &broken),
        rows(&[row(|row| row["UseCount"] = json!(PLANTED))]),
        Reply::page(200, PLANTED),
        rows(&[row(|row| row["DeleteToken"] = json!(null))]),
        rows(&[row(|row| row["DeleteToken"] = json!(""))]),
        Reply::half(&json!({ "totalSize": 1, "done": true, "records": [row(|_| ())] })),
    ];
    for listed in listed {
        let why = read(&org(listed, Reply::page(200, "")).await).await.expect_err("no row");
        assert!(matches!(why, NotRevocable::Failed(_)), "{why}");
        assert!(!format!("{why} {why:?}").contains(PLANTED), "{why}");
    }
    let told = json!({ "error": "server_error", "error_description": format!("not {PLANTED}") });
    let answers = [
        (Reply::page(200, &format!("<html>Welcome {PLANTED}</html>")), Kind::BadAnswer),
        (Reply::page(500, &format!("<html>{PLANTED}</html>")), Kind::ServerTrouble),
        (Reply::json(400, &told), Kind::ServerTrouble),
        (Reply::page(403, PLANTED), Kind::InsufficientAccess),
        (Reply::half(&told), Kind::Cut),
    ];
    for (revoked, kind) in answers {
        let server = org(rows(&[row(|_| ())]), revoked).await;
        let client = client(&server);
        let revocation = client.revocation(&approval()).await.expect("it is as it was");
        let error = client.revoke(revocation).await.expect_err("no answer");
        assert_eq!(error.kind(), kind, "{error}");
        assert!(!format!("{error} {error:?}").contains(PLANTED), "{error}");
    }
}

#[tokio::test]
async fn a_token_that_nobody_knows_is_told_as_that() {
    let told = json!({ "error": "invalid_token", "error_description": "invalid token" });
    let server = org(rows(&[row(|_| ())]), Reply::json(400, &told)).await;
    let client = client(&server);
    let revocation = client.revocation(&approval()).await.expect("it is as it was");
    assert_eq!(client.revoke(revocation).await.expect("an answer"), Revoked::NoSuchToken);
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_the_token() {
    let elsewhere = Server::start(|_| Reply::page(200, "")).await;
    for status in [302, 307, 308] {
        let away = Reply::page(status, "").with("location", &format!("{}/services/oauth2/revoke", elsewhere.origin));
        let server = org(rows(&[row(|_| ())]), away).await;
        let client = client(&server);
        let revocation = client.revocation(&approval()).await.expect("it is as it was");
        let error = client.revoke(revocation).await.expect_err("no answer");
        assert_eq!(error.kind(), Kind::Redirected, "{error}");
    }
    assert_eq!(elsewhere.seen().len(), 0);
}

#[tokio::test]
async fn a_server_in_trouble_is_sent_it_once() {
    let server = org(rows(&[row(|_| ())]), Reply::json(503, &json!([]))).await;
    let client = client(&server);
    let revocation = client.revocation(&approval()).await.expect("it is as it was");
    client.revoke(revocation).await.expect_err("no answer");
    let sent = server.seen().iter().filter(|seen| seen.path == "/services/oauth2/revoke").count();
    assert_eq!(sent, 1);
}
