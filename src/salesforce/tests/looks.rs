//! Looks that succeed, wholly or in part.

use super::*;
use crate::model::org::RefreshPolicy;
use crate::model::{ApiUsage, FailureClass, Permitted};

#[tokio::test]
async fn one_call_brings_the_whole_picture() {
    let server = Server::start(well).await;
    let looked = client(&server).look(&ask(&["0055g000000OPS3"])).await.expect("a look");
    assert_eq!(server.counts(), (1, 1));
    assert_eq!(looked.api_calls, 1);
    assert_eq!(looked.api_usage, Some(ApiUsage { max: 5000, used: 18 }));

    let picture = looked.picture;
    assert_eq!(picture.clock_offset_s, 0);
    assert_eq!(picture.api_usage, Permitted::Yes(ApiUsage { max: 5000, used: 18 }));
    assert_eq!(picture.organization.as_ref().and_then(Permitted::seen).expect("the org").name.as_str(), "Acme GmbH");
    let app = picture.app.seen().expect("permitted").as_ref().expect("a row");
    assert_eq!(app.policy, RefreshPolicy::Idle(30));
    assert!(picture.coverage.complete);
    let approvals = picture.approvals.seen().expect("permitted");
    assert_eq!(approvals.iter().map(|row| row.use_count).collect::<Vec<_>>(), [1204, 412, 0, 33], "oldest first");
    let ids: std::collections::BTreeSet<_> = approvals.iter().map(|row| row.id).collect();
    assert_eq!(ids.len(), 4, "two of one moment are two");
    let users = picture.users.seen().expect("permitted");
    let users: Vec<_> = users.iter().map(|user| (user.username.as_str(), user.active, user.frozen)).collect();
    let expected = [
        ("ops1@acme.example", true, Some(true)),
        ("ops2@acme.example", false, Some(false)),
        ("ops3@acme.example", true, Some(false)),
    ];
    assert_eq!(users, expected);
}

#[tokio::test]
async fn queries_name_the_app_and_the_users_and_no_token() {
    let server = Server::start(well).await;
    let client = client(&server);
    let asked = Ask { app: Clean::new(r"Bob's \ app"), ..ask(&["0055g000000OPS3"]) };
    client.look(&asked).await.expect("a look");
    client.look(&asked).await.expect("a look");
    let queries = |seen: &Seen| -> Vec<String> {
        let body: Value = serde_json::from_str(&seen.body).expect("JSON");
        assert_eq!(body["allOrNone"], false);
        let parts = body["compositeRequest"].as_array().expect("parts");
        let urls = parts.iter().map(|part| part["url"].as_str().expect("a url"));
        let queries = urls.filter_map(|url| url.strip_prefix("/services/data/v60.0/query?q="));
        let read = |query: &str| {
            url::form_urlencoded::parse(format!("q={query}").as_bytes()).next().expect("q").1.into_owned()
        };
        queries.map(read).collect()
    };
    let seen = server.seen();
    let (first, second) = (queries(&seen[1]), queries(&seen[2]));
    assert_eq!(second, first);
    assert_eq!(first.len(), 5);
    assert!(first[1].contains(r"FROM OauthToken WHERE AppName = 'Bob\'s \\ app' ORDER BY"), "{}", first[1]);
    assert!(first[3].ends_with("FROM User WHERE Id IN ('0055g000000OPS3AAO')"), "{}", first[3]);
    assert_eq!(first[4], "SELECT UserId FROM UserLogin WHERE IsFrozen = true ORDER BY UserId");
}

#[tokio::test]
async fn each_part_may_be_refused_alone() {
    let missing = "No such column 'IsActive' on entity 'User'.";
    for (part, code, words, permission) in [
        ("organization", "INSUFFICIENT_ACCESS", "insufficient access rights", "API Enabled"),
        ("approvals", "INVALID_TYPE", "sObject type 'OauthToken' is not supported.", "Customize Application"),
        (
            "app",
            "INVALID_TYPE",
            "sObject type 'ConnectedApplication' is not supported.",
            "View Setup and Configuration",
        ),
        ("users", "INVALID_FIELD", missing, "Read on User"),
        ("frozen", "INVALID_TYPE", "sObject type 'UserLogin' is not supported.", "Manage Users"),
        ("limits", "INSUFFICIENT_ACCESS", "insufficient access rights", "View Setup and Configuration"),
    ] {
        let server = Server::start(move |seen| {
            if seen.is_token() {
                return token(seen);
            }
            composite(seen, |name| (name == part).then(|| (403, error(code, words)))).with("sforce-limit-info", "?")
        })
        .await;
        let picture = client(&server).look(&ask(&["0055g000000OPS3"])).await.expect("a look").picture;
        let refusals = [
            ("organization", picture.organization.as_ref().and_then(Permitted::refused)),
            ("approvals", picture.approvals.refused()),
            ("app", picture.app.refused()),
            ("users", picture.users.refused()),
            ("limits", picture.api_usage.refused()),
        ];
        for (name, refused) in refusals {
            let expected = (name == part).then(|| (permission, format!("{code}: {words}")));
            assert_eq!(
                refused.map(|no| (no.permission.as_str(), no.text.to_string())),
                expected,
                "{name} without {part}"
            );
        }
        assert_eq!(picture.coverage.complete, part != "approvals");
        if part == "frozen" {
            let users = picture.users.seen().expect("users are permitted");
            assert!(users.iter().all(|user| user.frozen.is_none()), "unknown is not false");
        }
        if let Some(approvals) = picture.approvals.seen() {
            assert_eq!(approvals.len(), 4, "the org's id is known from the sign-in too");
        }
    }
}

/// Only a list of all who are frozen tells that somebody else is not.
#[tokio::test]
async fn a_first_part_of_the_frozen_tells_of_nobody_else() {
    let row = || json!([{ "UserId": "0055g000000OPS1AAO" }]);
    let next = "/services/data/v60.0/query/01g5g00000CURSOR-2000";
    for (page, others) in [
        (json!({ "totalSize": 1, "done": true, "records": row() }), Some(false)),
        (json!({ "totalSize": 2001, "done": false, "nextRecordsUrl": next, "records": row() }), None),
        (json!({ "totalSize": 2001, "done": true, "records": row() }), None),
    ] {
        let server = Server::start(move |seen| {
            let frozen = |name: &str| (name == "frozen").then(|| (200, page.clone()));
            if seen.is_token() { token(seen) } else { composite(seen, frozen) }
        })
        .await;
        for users in [&[][..], &["0055g000000OPS3"]] {
            let looked = client(&server).look(&ask(users)).await.expect("a look");
            assert_eq!(looked.api_calls, 1);
            for user in looked.picture.users.seen().expect("permitted") {
                let frozen = if user.username.as_str() == "ops1@acme.example" { Some(true) } else { others };
                assert_eq!(user.frozen, frozen, "{}", user.username.as_str());
            }
        }
    }
}

#[tokio::test]
async fn a_refusal_of_users_matters_only_for_those_that_no_approval_tells_of() {
    let server = Server::start(|seen| {
        let refuse = |name: &str| (name == "users").then(|| (403, error("INSUFFICIENT_ACCESS", "no")));
        if seen.is_token() { token(seen) } else { composite(seen, refuse) }
    })
    .await;
    let picture = client(&server).look(&ask(&["0055g000000OPS1"])).await.expect("a look").picture;
    assert_eq!(picture.users.seen().expect("both holders").len(), 2);
}

#[tokio::test]
async fn a_part_that_fails_for_no_want_of_a_right_fails_the_look() {
    for (status, code, class) in [
        (500, "UNKNOWN_EXCEPTION", FailureClass::ServerError),
        (400, "QUERY_TIMEOUT", FailureClass::ServerError),
        (400, "MALFORMED_QUERY", FailureClass::BadRequest),
        (403, "API_DISABLED_FOR_ORG", FailureClass::ApiDisabled),
    ] {
        let server = Server::start(move |seen| {
            let fail = |name: &str| (name == "app").then(|| (status, error(code, "words")));
            if seen.is_token() { token(seen) } else { composite(seen, fail) }
        })
        .await;
        let failure = client(&server).look(&ask(&[])).await.expect_err("no half picture");
        assert_eq!(failure.class, class, "{failure}");
    }
}

#[tokio::test]
async fn an_app_without_a_row_is_seen_to_have_none() {
    let server = Server::start(|seen| {
        let none = json!({ "totalSize": 0, "done": true, "records": [] });
        if seen.is_token() { token(seen) } else { composite(seen, |name| (name == "app").then(|| (200, none.clone()))) }
    })
    .await;
    let picture = client(&server).look(&ask(&[])).await.expect("a look").picture;
    assert_eq!(picture.app, Permitted::Yes(None));
}

/// A server with `total` approvals in pages of 500, of which one query yields 2,500.
async fn many(total: usize) -> Server {
    Server::start(move |seen| {
        if seen.is_token() {
            return token(seen);
        }
        let page_from = |first: usize| {
            let end = total.min(first / 2500 * 2500 + 2500);
            let next = format!("/services/data/v60.0/query/01g5g00000CURSOR-{}", first + 500);
            page(first, 500.min(end - first), end - first / 2500 * 2500, (first + 500 < end).then_some(&*next))
        };
        let first = seen.path.rsplit_once("CURSOR-").or(seen.path.rsplit_once("LIMIT+2500+OFFSET+"));
        match first {
            Some((_, first)) => Reply::json(200, &page_from(first.parse().expect("a number")))
                .with("sforce-limit-info", "api-usage=19/5000"),
            None => composite(seen, |name| (name == "approvals").then(|| (200, page_from(0)))),
        }
    })
    .await
}

#[tokio::test]
async fn more_than_500_approvals_are_read_page_by_page() {
    for (total, calls) in [(500, 1), (501, 2), (1300, 3), (2499, 5)] {
        let server = many(total).await;
        let looked = client(&server).look(&ask(&[])).await.expect("a look");
        let rows = looked.picture.approvals.seen().expect("permitted");
        assert_eq!((rows.len(), looked.api_calls), (total, calls));
        assert!(looked.picture.coverage.complete);
        assert!(rows.is_sorted_by_key(|row| row.created_at));
        let used = looked.api_usage.expect("told").used;
        assert_eq!(used, if calls > 1 { 19 } else { 18 }, "the last answer's figure");
    }
}

#[tokio::test]
async fn where_a_query_stops_another_goes_on() {
    for (total, calls) in [(2500, 6), (2501, 6), (4000, 8), (9999, 20)] {
        let server = many(total).await;
        let looked = client(&server).look(&ask(&[])).await.expect("a look");
        let rows = looked.picture.approvals.seen().expect("permitted");
        assert_eq!((rows.len(), looked.api_calls), (total, calls));
        assert!(looked.picture.coverage.complete, "{total}");
        let created: std::collections::BTreeSet<_> = rows.iter().map(|row| row.created_at).collect();
        assert_eq!(created.len(), total, "none twice");
    }
}

#[tokio::test]
async fn a_list_without_end_is_not_complete() {
    let server = many(12_000).await;
    let looked = client(&server).look(&ask(&[])).await.expect("a look");
    assert_eq!(looked.picture.approvals.seen().expect("permitted").len(), 10_000);
    assert!(!looked.picture.coverage.complete);
    assert_eq!(looked.api_calls, 20);
}

#[tokio::test]
async fn where_no_query_goes_on_the_list_is_not_complete() {
    let server = Server::start(|seen| {
        if seen.is_token() {
            return token(seen);
        }
        let stopped = |name: &str| (name == "approvals").then(|| (200, page(0, 2500, 2500, None)));
        let refusal = error("MALFORMED_QUERY", "unexpected token: OFFSET");
        if seen.is_composite() { composite(seen, stopped) } else { Reply::json(400, &refusal) }
    })
    .await;
    let looked = client(&server).look(&ask(&[])).await.expect("a look");
    assert_eq!(looked.picture.approvals.seen().expect("permitted").len(), 2500);
    assert!(!looked.picture.coverage.complete);
}

#[tokio::test]
async fn an_id_that_is_no_user_s_is_not_asked_for() {
    let server = Server::start(well).await;
    client(&server).look(&ask(&["0055g000000OPS3", "00D5g000000ORGE"])).await.expect("a look");
    let composite = &server.seen()[1].body;
    assert!(composite.contains("0055g000000OPS3AAO") && !composite.contains("00D5g000000ORGE"), "{composite}");
}

#[tokio::test]
async fn a_further_page_is_never_fetched_elsewhere() {
    for next in
        ["https://evil.example/services/data/v60.0/query/x", "//evil.example/services/data/x", "/secur/frontdoor.jsp"]
    {
        let server = Server::start(move |seen| {
            let rows = |name: &str| (name == "approvals").then(|| (200, page(0, 500, 900, Some(next))));
            if seen.is_token() { token(seen) } else { composite(seen, rows) }
        })
        .await;
        let failure = client(&server).look(&ask(&[])).await.expect_err("no look");
        assert_eq!(failure.class, FailureClass::BadAnswer, "{failure}");
        assert_eq!(server.counts(), (1, 1));
    }
}

#[tokio::test]
async fn more_users_than_one_query_holds_cost_a_call_more() {
    let server = Server::start(|seen| {
        if seen.is_token() {
            return token(seen);
        }
        let echo = |name: &str| {
            let ids = seen.body.matches("%27").count() / 2;
            matches!(name, "users").then(|| (200, json!({ "totalSize": ids, "done": true, "records": [] })))
        };
        composite(seen, echo)
    })
    .await;
    let ids: Vec<_> = (0..301).map(|n| format!("0055g0000{n:06}")).collect();
    let looked = client(&server).look(&ask(&ids.iter().map(String::as_str).collect::<Vec<_>>())).await.expect("a look");
    assert_eq!(looked.api_calls, 2);
    let bodies: Vec<_> = server.seen().into_iter().filter(Seen::is_composite).map(|seen| seen.body).collect();
    for id in ids {
        let id = user(&id).to_string();
        assert_eq!(bodies.iter().map(|body| body.matches(&*id).count()).sum::<usize>(), 1, "{id}");
    }
}

/// Looks run beside each other on a runtime's threads, so they have to be able to move between them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn looks_run_as_tasks() {
    let server = Server::start(well).await;
    let client = std::sync::Arc::new(client(&server));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let client = std::sync::Arc::clone(&client);
        tasks.spawn(async move { client.look(&ask(&["0055g000000OPS3"])).await.map(|looked| looked.api_calls) });
    }
    for calls in tasks.join_all().await {
        assert_eq!(calls, Ok(1));
    }
    assert_eq!(server.counts(), (1, 8));
}
