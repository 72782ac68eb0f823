//! Objects that are described: what is read, what is asked for again on a condition, what is refused.

use super::*;
use crate::model::FailureClass;
use crate::model::fields::{Choice, FieldMore};
use crate::salesforce::error::Kind;
use crate::salesforce::{Described, Told};

const CHANGED: &str = "Tue, 20 Jan 2026 09:00:00 GMT";

fn contact() -> Value {
    json!({ "name": "Contact", "label": "Contact", "fields": [
        { "name": "LastName", "label": "Last Name", "type": "string", "length": 80, "custom": false, "createable": true,
          "updateable": true, "nillable": false, "defaultedOnCreate": false, "picklistValues": [] },
        { "name": "Level__c", "label": "Le\u{1b}[2Jvel", "type": "picklist", "length": 255, "custom": true, "createable": true,
          "updateable": true, "nillable": true, "defaultedOnCreate": false, "picklistValues": [
            { "active": true, "defaultValue": false, "label": "Gold", "validFor": null, "value": "g" },
            { "active": false, "defaultValue": false, "label": null, "validFor": null, "value": "old" } ] },
        { "name": "CreatedDate", "label": "Created Date", "type": "datetime", "createable": false, "updateable": false,
          "nillable": false, "defaultedOnCreate": true, "picklistValues": null } ] })
}

/// An org where `Contact` has not changed since [`CHANGED`].
fn org(seen: &Seen) -> Reply {
    match seen.since.as_deref() {
        _ if seen.is_token() => token(seen),
        Some(CHANGED) => Reply::page(304, ""),
        _ => Reply::json(200, &contact()).with("last-modified", CHANGED).with("sforce-limit-info", "api-usage=18/5000"),
    }
}

async fn anew(client: &Client, known: Option<&Described>) -> Described {
    match client.describe("Contact", known).await.expect("an answer").told {
        Told::Anew(described) => described,
        Told::AsKnown => panic!("nothing was known"),
    }
}

#[tokio::test]
async fn fields_are_read_as_the_org_tells_them() {
    let server = Server::start(org).await;
    let asked = client(&server).describe("Contact", None).await.expect("an answer");
    assert_eq!((asked.api_calls, asked.api_usage.map(|usage| usage.used)), (1, Some(18)));
    let Told::Anew(described) = asked.told else { panic!("nothing was known") };
    assert_eq!(described.last_modified.as_deref(), Some(CHANGED));
    let fields = &described.description.fields;
    assert_eq!(fields.iter().map(|field| field.required).collect::<Vec<_>>(), [true, false, false]);
    assert!(fields[2].is_read_only() && !fields[1].is_read_only());
    assert_eq!(fields[1].label.as_str(), "Le [2Jvel");
    let choice = |value: &str, label: &str, active| Choice { value: value.into(), label: label.into(), active };
    assert_eq!(
        fields[1].more,
        Some(FieldMore {
            length: 255,
            custom: true,
            nillable: true,
            defaulted_on_create: false,
            choices: vec![choice("g", "Gold", true), choice("old", "old", false)],
        })
    );
    let seen = server.seen();
    assert_eq!(seen[1].path, "/services/data/v60.0/sobjects/Contact/describe");
    assert_eq!(seen[1].since, None);
}

#[tokio::test]
async fn what_did_not_change_is_not_sent_again() {
    let server = Server::start(org).await;
    let client = client(&server);
    let known = anew(&client, None).await;
    let text = serde_json::to_string(&known).expect("JSON");
    assert!(!text.contains(SESSION));
    let known: Described = serde_json::from_str(&text).expect("what was kept");
    let asked = client.describe("contact", Some(&known)).await.expect("an answer");
    assert_eq!((asked.told, asked.api_calls), (Told::AsKnown, 1));
    assert_eq!(server.seen()[2].since.as_deref(), Some(CHANGED));
}

#[tokio::test]
async fn what_another_saw_is_no_condition() {
    let server = Server::start(org).await;
    let client = client(&server);
    let known = anew(&client, None).await;
    let (org, _) = known.identity.clone().expect("an identity");
    let mut others: Vec<Described> = vec![known.clone(); 5];
    others[0].identity = Some((org, user("0055g000000OPS1AAO")));
    others[1].identity = None;
    others[2].api_version = "v59.0".to_owned();
    others[3].description.object = "Lead".into();
    others[4].last_modified = Some("\u{7}".to_owned());
    for other in &others {
        assert_eq!(anew(&client, Some(other)).await, known, "{other:?}");
    }
    assert!(server.seen().iter().all(|seen| seen.since.is_none()));
}

#[tokio::test]
async fn not_modified_without_a_condition_is_no_answer() {
    let server = Server::start(|seen| if seen.is_token() { token(seen) } else { Reply::page(304, "") }).await;
    let error = client(&server).describe("Contact", None).await.expect_err("no answer");
    assert_eq!(error.kind(), Kind::Redirected);
}

#[tokio::test]
async fn an_ended_session_is_replaced_for_a_description_too() {
    let ended = std::sync::atomic::AtomicBool::new(true);
    let server = Server::start(move |seen| {
        if !seen.is_token() && ended.swap(false, std::sync::atomic::Ordering::Relaxed) {
            return Reply::json(401, &error("INVALID_SESSION_ID", "Session expired or invalid"));
        }
        org(seen)
    })
    .await;
    let asked = client(&server).describe("Contact", None).await.expect("an answer");
    assert_eq!((asked.api_calls, server.counts()), (2, (2, 2)));
}

#[tokio::test]
async fn what_fails_says_of_which_object() {
    let other = json!({ "name": "Lead", "fields": [] });
    let unknown = error("NOT_FOUND", "The requested resource does not exist");
    let echo = error("INSUFFICIENT_ACCESS", &format!("not with {SESSION}"));
    for (reply, kind, words, calls) in [
        (Reply::json(404, &unknown), Kind::NoObject, "there is no object Contact (NOT_FOUND: ", 1),
        (Reply::page(404, "<html>nothing here"), Kind::NotFound, "HTTP 404", 1),
        (Reply::json(403, &echo), Kind::InsufficientAccess, "object Contact: INSUFFICIENT_ACCESS: not with", 1),
        (Reply::endless(), Kind::TooLarge, "object Contact: 127.0.0.1: the answer is larger than 8 MiB", 1),
        (Reply::json(200, &other), Kind::BadAnswer, "Contact was asked for, and another answers", 1),
        (Reply::json(200, &json!({ "fields": 3 })), Kind::BadAnswer, "the fields of Contact were expected", 1),
        (Reply::page(502, "<html>bad gateway"), Kind::ServerTrouble, "bad gateway", 6),
    ] {
        let server = Server::start(move |seen| if seen.is_token() { token(seen) } else { reply.clone() }).await;
        let error = client(&server).describe("Contact", None).await.expect_err(words);
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.text().as_str().starts_with(words) || kind == Kind::ServerTrouble, "{error}");
        assert!(!error.to_string().contains(SESSION), "{error}");
        assert_eq!(server.counts(), (1, calls), "{error}");
    }
}

#[tokio::test]
async fn what_is_no_name_is_not_sent() {
    let server = Server::start(org).await;
    let error = client(&server).describe("../limits", None).await.expect_err("no name");
    assert_eq!(Failure::from(error).class, FailureClass::NotPermitted);
    assert_eq!(server.counts(), (0, 0));
}
