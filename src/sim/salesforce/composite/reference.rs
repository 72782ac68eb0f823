//! What a request of a composite takes from the answers before it: `@{NewAccount.id}`, `@{found.records[0].Id}`. Pure.

use serde_json::Value;
use std::collections::HashMap;

/// Answers by reference id.
pub(super) type Answers<'a> = HashMap<&'a str, Value>;

/// A reference that leads nowhere: the path, and the answer in which it was looked for.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("Invalid reference specified. No value for {path} found in {id}")]
pub(super) struct Dangling {
    path: String,
    id: String,
}

/// The text with each reference replaced by what it leads to.
pub(super) fn in_text(text: &str, answers: &Answers<'_>) -> Result<String, Dangling> {
    let mut done = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("@{") {
        done.push_str(before);
        // Braces that are never closed are no reference.
        let Some((reference, after)) = behind.split_once('}') else {
            done.push_str("@{");
            rest = behind;
            continue;
        };
        match found(reference, answers)? {
            Value::String(text) => done.push_str(text),
            other => done.push_str(&other.to_string()),
        }
        rest = after;
    }
    done.push_str(rest);
    Ok(done)
}

/// The same in every text of a document.
pub(super) fn in_document(document: &Value, answers: &Answers<'_>) -> Result<Value, Dangling> {
    Ok(match document {
        Value::String(text) => Value::String(in_text(text, answers)?),
        Value::Array(parts) => parts.iter().map(|part| in_document(part, answers)).collect::<Result<_, _>>()?,
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| Ok((name.clone(), in_document(value, answers)?)));
            Value::Object(fields.collect::<Result<_, _>>()?)
        }
        plain => plain.clone(),
    })
}

fn found<'a>(reference: &str, answers: &'a Answers<'_>) -> Result<&'a Value, Dangling> {
    let (id, path) = reference.split_once('.').unwrap_or((reference, ""));
    let dangling = || Dangling { path: path.to_owned(), id: id.to_owned() };
    let answer = answers.get(id).ok_or_else(dangling)?;
    let steps = path.split(['.', '[', ']']).filter(|step| !step.is_empty());
    let value = steps.into_iter().try_fold(answer, |here, step| match here {
        Value::Object(fields) => fields.get(step),
        Value::Array(parts) => parts.get(step.parse::<usize>().ok()?),
        _ => None,
    });
    value.filter(|value| !value.is_object() && !value.is_array() && !value.is_null()).ok_or_else(dangling)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn answers() -> Answers<'static> {
        Answers::from([
            ("made", json!({ "id": "003", "n": 5 })),
            ("asked", json!({ "records": [{ "Id": "001" }, { "Id": "002", "Owner": { "Name": "Ada" } }] })),
        ])
    }

    #[test]
    fn references_lead_through_objects_and_lists() {
        let text = |text| in_text(text, &answers());
        assert_eq!(text("/sobjects/Contact/@{made.id}?n=@{made.n}").as_deref(), Ok("/sobjects/Contact/003?n=5"));
        assert_eq!(text("@{asked.records[1].Owner.Name}").as_deref(), Ok("Ada"));
        assert_eq!(text("a@{b").as_deref(), Ok("a@{b"));
        let document = in_document(&json!({ "AccountId": "@{made.id}", "n": [1, "@{made.n}"] }), &answers());
        assert_eq!(document, Ok(json!({ "AccountId": "003", "n": [1, "5"] })));
    }

    #[test]
    fn one_that_leads_nowhere_is_told() {
        for text in ["@{other.id}", "@{made.none}", "@{asked.records[9].Id}", "@{asked.records}", "@{made}", "@{}"] {
            assert!(in_text(text, &answers()).is_err(), "{text}");
        }
        let told = in_text("@{made.Name}", &answers()).expect_err("it is not there").to_string();
        assert_eq!(told, "Invalid reference specified. No value for Name found in made");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(@|\\{|\\}|made|asked|\\.|\\[|\\]|0|1|records|id|é){0,12}") {
            let _ = in_text(&text, &answers());
        }
    }
}
