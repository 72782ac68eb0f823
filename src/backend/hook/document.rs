//! What the hook reads: one JSON document (`docs/schema/hook.schema.json`). Pure.

use crate::model::{Cause, Change, Clean, Confidence, Health, Judged, OrgName, SiteName};
use chrono::{DateTime, Utc};
use serde::Serialize;

#[derive(Serialize)]
struct Document<'a> {
    event: &'static str,
    id: &'a str,
    at: DateTime<Utc>,
    fleet: &'a str,
    site: Site<'a>,
    from: Option<Judged>,
    to: To<'a>,
    since: Option<DateTime<Utc>>,
    observed_at: Option<DateTime<Utc>>,
}

#[derive(Serialize)]
struct Site<'a> {
    name: &'a SiteName,
    url: &'a Clean,
    org: Option<&'a OrgName>,
    user: Option<&'a Clean>,
}

#[derive(Serialize)]
struct To<'a> {
    health: Health,
    cause: Option<Cause>,
    reason: &'a str,
    confidence: Option<Confidence>,
}

/// The document about one change, in one line.
pub(super) fn document(id: &str, fleet: &str, change: &Change) -> Result<String, String> {
    let document = Document {
        event: "health_changed",
        id,
        at: change.at,
        fleet,
        site: Site { name: &change.site, url: &change.url, org: change.org.as_ref(), user: change.user.as_ref() },
        from: change.from,
        to: To {
            health: change.to.health,
            cause: change.to.cause,
            reason: &change.reason,
            confidence: change.confidence,
        },
        since: change.since,
        observed_at: change.observed_at,
    };
    let text = serde_json::to_string(&document).map_err(|error| format!("the change is no JSON: {error}"))?;
    Ok(text + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SiteRow;
    use serde_json::Value;

    fn change(from: Option<Judged>) -> Change {
        let row = SiteRow::unseen(SiteName::new("shop"), "https://shop.example.org".into());
        let row = SiteRow {
            health: Health::Fail,
            cause: Some(Cause::Evicted),
            reason: "Its approval is gone: \"evicted\".".to_owned(),
            confidence: Some(Confidence::High),
            org: Some(OrgName::new("acme")),
            user: Some("ops1@acme.example".into()),
            since: DateTime::from_timestamp(1_795_000_000, 0),
            observed_at: DateTime::from_timestamp(1_795_000_060, 5_000_000),
            ..row
        };
        let at = DateTime::from_timestamp(1_795_000_061, 0).expect("a time");
        Change::between(from, &row, at).expect("a change")
    }

    fn written(change: &Change) -> Value {
        let text = document("00112233445566778899aabbccddeeff", "agency-eu", change).expect("a document");
        assert_eq!(text.matches('\n').count(), 1, "one line");
        let document: Value = serde_json::from_str(&text).expect("JSON");
        let schema = include_str!("../../../docs/schema/hook.schema.json");
        let schema = serde_json::from_str(schema).expect("the schema is JSON");
        let validator = jsonschema::validator_for(&schema).expect("a schema");
        let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}\n{document:#}");
        document
    }

    #[test]
    fn the_document_has_the_shape_that_is_promised() {
        let from = Judged { health: Health::Ok, cause: None };
        let expected = serde_json::json!({
            "event": "health_changed",
            "id": "00112233445566778899aabbccddeeff",
            "at": "2026-11-18T11:06:41Z",
            "fleet": "agency-eu",
            "site": {"name": "shop", "url": "https://shop.example.org", "org": "acme", "user": "ops1@acme.example"},
            "from": {"health": "OK", "cause": null},
            "to": {
                "health": "FAIL", "cause": "evicted", "reason": "Its approval is gone: \"evicted\".", "confidence": "high"
            },
            "since": "2026-11-18T11:06:40Z",
            "observed_at": "2026-11-18T11:07:40.005Z",
        });
        let mut told = written(&change(Some(from)));
        for time in ["at", "since", "observed_at"] {
            assert!(told[time].as_str().is_some_and(|text| text.ends_with('Z')), "{told}");
            told[time] = expected[time].clone();
        }
        assert_eq!(told, expected);
        assert_eq!(written(&change(None))["from"], Value::Null);
    }
}
