//! `/composite`: up to 25 subrequests, of which at most five are queries, for one API call.

use super::super::state::Inner;
use super::super::world::call::Caller;
use super::data::{self, Answer, Request};
use super::errors;
use axum::http::Method;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const MOST: usize = 25;
const MOST_QUERIES: usize = 5;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Composite {
    #[serde(default)]
    all_or_none: bool,
    composite_request: Vec<Subrequest>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Subrequest {
    method: String,
    url: String,
    reference_id: String,
    #[serde(default)]
    body: Value,
}

pub(super) fn answer(
    inner: &mut Inner,
    org: usize,
    caller: Caller,
    request: &Request<'_>,
    now: DateTime<Utc>,
) -> Answer {
    if request.method != Method::POST.as_str() {
        return (405, errors("METHOD_NOT_ALLOWED", "HTTP Method not allowed. Allowed are POST"));
    }
    let composite: Composite = match serde_json::from_slice(request.body) {
        Ok(composite) => composite,
        Err(error) => return (400, errors("JSON_PARSER_ERROR", &error.to_string())),
    };
    if let Err(refusal) = check(&composite.composite_request) {
        return refusal;
    }
    let mut parts: Vec<(Answer, &str)> = Vec::new();
    for part in &composite.composite_request {
        parts.push((one(inner, org, caller, part, now), &part.reference_id));
    }
    if composite.all_or_none && parts.iter().any(|((status, _), _)| *status >= 400) {
        let message = "The transaction was rolled back since another operation in the same transaction failed.";
        for ((status, body), _) in parts.iter_mut().filter(|((status, _), _)| *status < 400) {
            (*status, *body) = (400, errors("PROCESSING_HALTED", message));
        }
    }
    let responses: Vec<Value> = parts
        .into_iter()
        .map(|((status, body), id)| {
            json!({ "body": body, "httpHeaders": {}, "httpStatusCode": status, "referenceId": id })
        })
        .collect();
    (200, json!({ "compositeResponse": responses }))
}

/// Limits and reference ids, before anything is run.
fn check(parts: &[Subrequest]) -> Result<(), Answer> {
    let queries = parts.iter().filter(|part| part.url.contains("/query")).count();
    if parts.len() > MOST || queries > MOST_QUERIES {
        let message = format!("at most {MOST} subrequests, {MOST_QUERIES} of them queries, are allowed");
        return Err((400, errors("LIMIT_EXCEEDED", &message)));
    }
    let ids: BTreeSet<&str> = parts.iter().map(|part| part.reference_id.as_str()).collect();
    let is_plain = |id: &&str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if ids.len() != parts.len() || !ids.iter().all(is_plain) {
        return Err((
            400,
            errors("INVALID_INPUT", "each referenceId must be unique, of letters, digits and underscores"),
        ));
    }
    Ok(())
}

fn one(inner: &mut Inner, org: usize, caller: Caller, part: &Subrequest, now: DateTime<Utc>) -> Answer {
    let (path, query) = part.url.split_once('?').unwrap_or((&part.url, ""));
    let Some(path) = path.strip_prefix("/services/data/") else {
        return (400, errors("INVALID_INPUT", "a subrequest's url begins with /services/data/"));
    };
    let (version, resource) = path.split_once('/').unwrap_or((path, ""));
    if let Err(refusal) = data::check_version(version) {
        return refusal;
    }
    let body = part.body.to_string();
    let resource = resource.trim_matches('/');
    let request = Request { method: &part.method, resource, query, body: body.as_bytes(), version };
    data::resource_answer(inner, org, caller, &request, now)
}
