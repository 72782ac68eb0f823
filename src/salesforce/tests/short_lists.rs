//! Lists of nobody else's approvals: when they are doubted, and what that costs.

use super::*;
use crate::model::{OrgPicture, Permitted};
use crate::salesforce::Looked;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Whose approvals each look lists.
type Holders = fn(usize) -> &'static [&'static str];

const NOBODY: Holders = |_| &[];
const OTHERS: &[&str] = &["0055g000000OPS1"];
const NAMED: &[&str] = &["0055g000000OPS3"];

/// An answer to the question for the asking user's rights.
fn rights(may_list_all: Option<bool>) -> (u16, Value) {
    match may_list_all {
        Some(right) => {
            (200, json!({ "totalSize": 1, "done": true, "records": [{ "PermissionsCustomizeApplication": right }] }))
        }
        None => (400, error("INVALID_TYPE", "sObject type 'UserPermissionAccess' is not supported.")),
    }
}

/// A server that lists `holders`, and answers `rights` when asked what the asking user may do, within a look or alone.
async fn lists(holders: Holders, rights: (u16, Value)) -> Server {
    let looks = AtomicUsize::new(0);
    Server::start(move |seen| {
        if seen.is_token() {
            return token(seen);
        }
        if !seen.is_composite() {
            assert!(seen.path.contains("UserPermissionAccess"), "{}", seen.path);
            return Reply::json(rights.0, &rights.1);
        }
        let rows: Vec<_> = holders(looks.fetch_add(1, Ordering::Relaxed))
            .iter()
            .map(|id| {
                json!({
                    "AppName": APP, "UserId": id, "User": { "Username": "ops1@acme.example", "IsActive": true },
                    "CreatedDate": "2026-01-20T14:02:09.000+0000", "UseCount": null
                })
            })
            .collect();
        let page = json!({ "totalSize": rows.len(), "done": true, "records": rows });
        composite(seen, |name| match name {
            "approvals" => Some((200, page.clone())),
            "rights" => Some(rights.clone()),
            _ => None,
        })
    })
    .await
}

/// The last look, as a process that starts now reads it in its store.
fn after_a_short_list(users: &[&str]) -> Ask {
    Ask { short_list: true, ..ask(users) }
}

async fn look(client: &Client, ask: &Ask) -> Looked {
    client.look(ask).await.expect("a look")
}

/// Whether each user in the picture is frozen.
fn frozen(picture: &OrgPicture) -> Vec<Option<bool>> {
    picture.users.seen().expect("permitted").iter().map(|user| user.frozen).collect()
}

#[tokio::test]
async fn the_doubt_costs_no_call_where_a_short_list_may_be_expected() {
    for holders in [NOBODY, |_| &[MINE]] {
        for (right, believed) in [(Some(false), false), (Some(true), true), (None, true)] {
            let server = lists(holders, rights(right)).await;
            let kept = client(&server);
            let fresh = client(&server);
            for (client, ask) in [
                (&kept, ask(&[])),
                (&kept, ask(NAMED)),
                (&kept, ask(NAMED)),
                (&fresh, after_a_short_list(NAMED)),
                (&fresh, ask(NAMED)),
            ] {
                let looked = look(client, &ask).await;
                assert_eq!(looked.api_calls, 1, "{ask:?}");
                match looked.picture.approvals {
                    Permitted::Yes(rows) => assert!(believed && rows.len() == holders(0).len(), "{ask:?}"),
                    Permitted::No(refused) => assert!(!believed && refused.permission == "Customize Application"),
                }
            }
            assert_eq!(server.counts(), (2, 5));
        }
    }
}

/// A process that starts without a store, or with one that knows the org by others' approvals.
#[tokio::test]
async fn a_short_list_that_nothing_announced_costs_one_call_once() {
    for (right, believed) in [(Some(false), false), (Some(true), true), (None, true)] {
        let server = lists(NOBODY, rights(right)).await;
        let client = client(&server);
        for calls in [2, 1, 1] {
            let looked = look(&client, &ask(NAMED)).await;
            assert_eq!((looked.api_calls, looked.picture.approvals.seen().is_some()), (calls, believed));
        }
    }
}

#[tokio::test]
async fn a_list_that_empties_is_doubted_again() {
    let holders = |look: usize| if look == 1 || look == 2 { OTHERS } else { &[] };
    let server = lists(holders, rights(Some(true))).await;
    let client = client(&server);
    // Who is frozen is known again from the second look at others' approvals on.
    for (calls, known) in [
        (2, vec![Some(false)]),
        (1, vec![None, None]),
        (1, vec![Some(true), Some(false)]),
        (2, vec![Some(false)]),
        (1, vec![None]),
    ] {
        let looked = look(&client, &ask(NAMED)).await;
        assert_eq!((looked.api_calls, frozen(&looked.picture)), (calls, known));
    }
}

#[tokio::test]
async fn where_nobody_is_named_both_are_asked() {
    let holders = |look: usize| if look == 1 { OTHERS } else { &[] };
    let server = lists(holders, rights(Some(true))).await;
    let client = client(&server);
    for known in [vec![], vec![Some(true)], vec![]] {
        let looked = look(&client, &ask(&[])).await;
        assert_eq!((looked.api_calls, frozen(&looked.picture)), (1, known));
    }
}

/// What is not needed does not fail a look; what is needed does.
#[tokio::test]
async fn rights_that_cannot_be_read_matter_to_a_short_list_alone() {
    let trouble = || (500, error("UNKNOWN_EXCEPTION", "An unexpected error occurred."));
    let server = lists(|_| OTHERS, trouble()).await;
    assert_eq!(look(&client(&server), &ask(&[])).await.picture.approvals.seen().expect("permitted").len(), 1);

    let server = lists(NOBODY, trouble()).await;
    for ask in [ask(&[]), ask(NAMED), after_a_short_list(NAMED)] {
        let failure = client(&server).look(&ask).await.expect_err("nothing is known");
        assert_eq!(failure.class, crate::model::FailureClass::ServerError);
    }
}

/// A list that may not be read at all is no short one: nobody's rights are in doubt.
#[tokio::test]
async fn a_refused_list_leaves_room_for_the_frozen() {
    let server = Server::start(|seen| {
        let refuse = |name: &str| (name == "approvals").then(|| (403, error("INSUFFICIENT_ACCESS", "no")));
        if seen.is_token() { token(seen) } else { composite(seen, refuse) }
    })
    .await;
    let client = client(&server);
    for (ask, known) in [(after_a_short_list(NAMED), None), (ask(NAMED), Some(false))] {
        let looked = look(&client, &ask).await;
        assert_eq!((looked.api_calls, frozen(&looked.picture)), (1, vec![known]));
    }
}
