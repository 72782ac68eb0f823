//! A value that somebody sends for a field, as the org keeps it. Texts stand for numbers and truths, as Salesforce takes
//! them and WP Fusion sends them.

use super::super::schema::{Field, Kind, Mark};
use super::answer::Answer;
use crate::model::ids::long_id;
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};

/// The value to keep, or why there is none.
pub(super) fn taken(field: &Field, value: &Value) -> Result<Value, Answer> {
    if is_empty(value) {
        return Ok(if field.kind == Kind::Boolean { json!(false) } else { Value::Null });
    }
    match &field.kind {
        Kind::Boolean => truth(value).map(Value::Bool).ok_or_else(|| unreadable(field, value)),
        Kind::Int | Kind::Double => number(value).ok_or_else(|| unreadable(field, value)),
        Kind::Date => {
            let day = value.as_str().and_then(|text| NaiveDate::parse_from_str(text.get(..10)?, "%Y-%m-%d").ok());
            day.map(|day| json!(day.to_string())).ok_or_else(|| unreadable(field, value))
        }
        Kind::DateTime => {
            let at = value.as_str().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
            let at = at.map(|at| json!(super::super::world::records::time(at.with_timezone(&Utc))));
            at.ok_or_else(|| unreadable(field, value))
        }
        Kind::Id | Kind::Reference(_) => {
            let text = value.as_str().unwrap_or_default();
            long_id(text).map(Value::String).ok_or_else(|| {
                let message = format!("{}: id value of incorrect type: {}", field.label, shown(value));
                Answer::refused_for("MALFORMED_ID", &message, &[&field.name])
            })
        }
        _ => text(field, value),
    }
}

/// Null, or a text without anything in it.
pub(super) fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

fn text(field: &Field, value: &Value) -> Result<Value, Answer> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        _ => return Err(unreadable(field, value)),
    };
    if text.chars().count() > field.length {
        let message = format!("{}: data value too large: {} (max length={})", field.label, shown(value), field.length);
        return Err(Answer::refused_for("STRING_TOO_LONG", &message, &[&field.name]));
    }
    if field.kind == Kind::Email && !is_address(&text) {
        let message = format!("{}: invalid email address: {}", field.label, shown(value));
        return Err(Answer::refused_for("INVALID_EMAIL_ADDRESS", &message, &[&field.name]));
    }
    if field.is(Mark::Restricted) {
        let parts = text.split(';').map(str::trim).filter(|part| !part.is_empty());
        for part in parts {
            // The value is wanted and not the label, though some clients know the label alone.
            if !field.kind.choices().iter().any(|choice| choice.value == part) {
                let message = format!("bad value for restricted picklist field: {part}");
                return Err(Answer::refused_for("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", &message, &[&field.name]));
            }
        }
    }
    Ok(Value::String(text))
}

/// One `@` with something around it and a dot behind it.
fn is_address(text: &str) -> bool {
    text.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty() && !host.contains('@') && host.contains('.') && !text.chars().any(char::is_whitespace)
    })
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(yes) => Some(*yes),
        Value::String(text) if text.eq_ignore_ascii_case("true") || text == "1" => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") || text == "0" => Some(false),
        _ => None,
    }
}

fn number(value: &Value) -> Option<Value> {
    match value {
        Value::Number(_) => Some(value.clone()),
        Value::String(text) => {
            text.trim().parse().ok().filter(|number: &f64| number.is_finite()).map(|number| json!(number))
        }
        _ => None,
    }
}

/// (confirmed) but for the place, which is not told here.
fn unreadable(field: &Field, value: &Value) -> Answer {
    let kind = match value {
        Value::String(_) => "VALUE_STRING",
        Value::Number(_) => "VALUE_NUMBER",
        Value::Bool(_) => "VALUE_TRUE",
        Value::Null => "VALUE_NULL",
        Value::Array(_) => "START_ARRAY",
        Value::Object(_) => "START_OBJECT",
    };
    let message = format!(
        "Cannot deserialize instance of {} from {kind} value {} or request may be missing a required field at [line:1, column:1]",
        field.kind.name(),
        shown(value)
    );
    Answer::refused(400, "JSON_PARSER_ERROR", &message)
}

/// Enough of a value to know it by.
fn shown(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::schema;
    use super::*;
    use proptest::prelude::*;

    fn field(name: &str) -> &'static Field {
        schema::of_orgs().object("Contact").and_then(|contact| contact.field(name)).expect("a field")
    }

    #[test]
    fn texts_stand_for_truths_and_numbers() {
        let kept = |name: &str, value: Value| taken(field(name), &value).expect("it fits");
        assert_eq!(kept("HasOptedOutOfEmail", json!("true")), json!(true));
        assert_eq!(kept("HasOptedOutOfEmail", Value::Null), json!(false));
        assert_eq!(kept("Points__c", json!(" 7 ")), json!(7.0));
        assert_eq!(kept("Birthdate", json!("2020-02-29T00:00:00Z")), json!("2020-02-29"));
        assert_eq!(kept("Email", json!("")), Value::Null);
        assert_eq!(kept("AccountId", json!("001000000000001")), json!("001000000000001AAA"));
        assert_eq!(kept("Phone", json!(12)), json!("12"));
    }

    #[test]
    fn characters_are_counted_and_not_bytes() {
        assert!(taken(field("LastName"), &json!("é".repeat(80))).is_ok());
        let refusal = taken(field("LastName"), &json!("é".repeat(81))).expect_err("one too many");
        assert_eq!(refusal.body.expect("a body")[0]["errorCode"], "STRING_TOO_LONG");
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "\\PC{0,90}".prop_map(Value::from),
            "[0-9TZ:+-]{0,25}".prop_map(Value::from),
        ];
        leaf.prop_recursive(2, 6, 3, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                proptest::collection::btree_map("[a-z]{0,3}", inner, 0..3)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// Whatever is sent is kept or refused, and what is kept is kept again as it is.
        #[test]
        fn what_is_kept_stays_what_it_is(value in any_value(), place in 0..60_usize) {
            let fields = &schema::of_orgs().object("Contact").expect("an object").fields;
            let field = &fields[place % fields.len()];
            if let Ok(kept) = taken(field, &value) {
                prop_assert_eq!(taken(field, &kept).ok(), Some(kept));
            }
        }
    }
}
