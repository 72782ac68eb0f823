//! What fuzzers hand to the readers of Salesforce's answers, and what must hold of what these make of it. For `fuzz/` and
//! for tests alone. Uses `model` alone.

use super::authorize::Authorization;
use super::changes::KnownApprovals;
use super::composite::{Answer, Part};
use super::error::Error;
use super::http::Http;
use super::redact::Redactor;
use super::sign_in::{SignIn, by_program};
use super::wire::{
    ConnectedApplicationRow, FrozenRow, Limits, OauthTokenRow, OrganizationRow, OwnRightsRow, Page, People, UserRow,
};
use super::{Connections, Credentials, Grant, mapping, refusals};
use crate::model::org::{Coverage, Permitted};
use crate::model::{Clean, Clock, OrgId, OrgPicture};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// The longest error: an excerpt, its status, and what to do.
const LONGEST: usize = 3_000;

struct Desk {
    sign_in: SignIn,
    http: Http,
    authorization: Authorization,
}

/// What reads an answer beside its bytes; no connection is opened.
static DESK: LazyLock<Option<Desk>> = LazyLock::new(|| {
    let login_url: url::Url = "https://acme.my.salesforce.com".parse().ok()?;
    let http = Http::new(&login_url, Connections::default(), Clock::new(|| DateTime::UNIX_EPOCH)).ok()?;
    let authorization = Authorization::begin(&login_url, "3MVG9example", 1717).ok()?;
    let grant = Grant::ClientCredentials { client_secret: "8C1F0FAKE0SECRET".into() };
    let sign_in = SignIn::new(Credentials { login_url, client_id: "3MVG9example".to_owned(), grant }).ok()?;
    Some(Desk { sign_in, http, authorization })
});

/// Reads `body` as the answer to a look, to a sign-in and to a refusal of either, with one of several statuses. Gives the
/// picture, if it is one.
///
/// # Panics
///
/// Where something does not hold that must.
pub fn answer(body: &[u8]) -> Option<OrgPicture> {
    // All of them for each body would take most of a fuzzer's time.
    const STATUSES: [u16; 8] = [200, 302, 400, 401, 403, 420, 503, 999];
    let redactor = Redactor::default();
    let status = STATUSES[body.len() % STATUSES.len()];
    holds(&refusals::token(status, body, &redactor));
    holds(&refusals::rest(status, body, &redactor));
    if let Some(desk) = DESK.as_ref() {
        if let Err(error) = desk.sign_in.accept_body(&desk.http, body) {
            holds(&error);
        }
        let text = String::from_utf8_lossy(body);
        let _ = by_program::read(&text);
        assert!(desk.authorization.code(&text).is_err(), "nobody knows this question's state");
        let _ = mapping::limit_info(&text);
        let _ = mapping::clock_offset_s(&text, DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH);
    }
    picture(body)
}

/// Reads `body` as the answer to a look alone.
///
/// # Panics
///
/// Where something does not hold that must.
pub fn picture(body: &[u8]) -> Option<OrgPicture> {
    match Answer::read(body, &Redactor::default()).and_then(|answer| parts(&answer)) {
        Ok(picture) => picture,
        Err(error) => {
            holds(&error);
            None
        }
    }
}

/// The parts of a look, as `look` puts them together.
fn parts(answer: &Answer<'_>) -> Result<Option<OrgPicture>, Error> {
    let organization = answer.part::<Page<OrganizationRow>>(Part::Organization)?;
    let Some(row) = page(organization).and_then(|page| page.records.into_iter().next()) else { return Ok(None) };
    let organization = mapping::organization(row);
    let rows = |part| answer.part::<Page<OauthTokenRow>>(part).ok().and_then(page);
    let listed = rows(Part::Approvals);
    let complete = listed.as_ref().is_some_and(Page::is_whole);
    let listed = listed.map(|page| page.records).unwrap_or_default();
    let approvals = mapping::approvals(&organization.id, &listed);
    if let Some(changed) = rows(Part::Changed) {
        merges(&organization.id, approvals.clone(), &changed);
    }
    let part = answer.part::<Page<UserRow>>(Part::Users).ok().and_then(page);
    let frozen = answer.part::<Page<FrozenRow>>(Part::Frozen).ok().and_then(page);
    let people = People { users: part.map(|page| page.records).unwrap_or_default(), users_refused: None, frozen };
    let app = answer.part::<Page<ConnectedApplicationRow>>(Part::App).ok().and_then(page);
    let app = app.and_then(|page| page.records.into_iter().next()).map(mapping::app);
    let _ = answer.part::<Page<OwnRightsRow>>(Part::Rights);
    Ok(Some(OrgPicture {
        organization: Some(Permitted::Yes(organization)),
        app: Permitted::Yes(app),
        users: mapping::users(&listed, &BTreeSet::new(), people),
        approvals: Permitted::Yes(approvals),
        coverage: Coverage { complete, counted: None },
        api_usage: match answer.part::<Limits>(Part::Limits)? {
            Permitted::Yes(limits) => Permitted::Yes(mapping::api_usage(limits)),
            Permitted::No(refused) => Permitted::No(refused),
        },
        clock_offset_s: 0,
        history: None,
    }))
}

fn page<T>(permitted: Permitted<T>) -> Option<T> {
    match permitted {
        Permitted::Yes(page) => Some(page),
        Permitted::No(_) => None,
    }
}

/// Merging what changed into what is known gives as many as were counted, or nothing.
fn merges(org: &OrgId, approvals: Vec<crate::model::Approval>, changed: &Page<OauthTokenRow>) {
    let known = KnownApprovals { org: org.clone(), approvals };
    let _: Option<DateTime<Utc>> = known.newest();
    let counted = changed.total_size.unwrap_or(0);
    if let Some(merged) = known.merged(mapping::approvals(org, &changed.records), counted) {
        assert_eq!(u64::try_from(merged.len()), Ok(counted));
    }
}

/// An error is clean, and no page.
fn holds(error: &Error) {
    let text = error.text().as_str();
    assert_eq!(Clean::new(text).as_str(), text, "a clean text stays as it is");
    let told = error.to_string();
    assert!(told.chars().count() <= LONGEST, "{} characters: {told}", told.chars().count());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    const COMPOSITE: &str = include_str!("../../tests/fixtures/salesforce/composite.json");
    const TOKEN: &str = include_str!("../../tests/fixtures/salesforce/token.json");

    #[test]
    fn the_example_is_read() {
        let picture = answer(COMPOSITE.as_bytes()).expect("a picture");
        assert!(picture.approvals.seen().is_some_and(|rows| rows.len() > 2));
    }

    fn hostile() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            Just(json!(u64::MAX)),
            Just(json!(1e300)),
            Just(json!([])),
            Just(json!({})),
            Just(json!("\u{1b}]0;x\u{7}\u{1b}[2J")),
            Just(json!("9999-12-31T23:59:59.999+0000")),
            Just(json!("1000-01-01T00:00:00.000-2359")),
            Just(json!("x".repeat(5_000))),
            "\\PC{0,40}".prop_map(Value::from),
        ]
    }

    /// Every place in a document, each reached by its way there.
    fn places(value: &Value, way: &str, found: &mut Vec<String>) {
        found.push(way.to_owned());
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    places(value, &format!("{way}/{key}"), found);
                }
            }
            Value::Array(items) => {
                for (n, value) in items.iter().enumerate() {
                    places(value, &format!("{way}/{n}"), found);
                }
            }
            _ => {}
        }
    }

    proptest! {
        #[test]
        fn anything_in_any_place_of_an_answer_is_survived(
            whole in prop::sample::select(vec![COMPOSITE, TOKEN]),
            changes in prop::collection::vec((any::<prop::sample::Index>(), hostile()), 1..5),
        ) {
            let mut document: Value = serde_json::from_str(whole).expect("JSON");
            for (place, value) in changes {
                let mut all = Vec::new();
                places(&document, "", &mut all);
                if let Some(place) = document.pointer_mut(&all[place.index(all.len())]) {
                    *place = value;
                }
            }
            answer(document.to_string().as_bytes());
        }

        #[test]
        fn anything_at_all_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
            prop_assert_eq!(answer(&bytes), None);
        }
    }
}
