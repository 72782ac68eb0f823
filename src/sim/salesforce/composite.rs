//! `/composite`: up to 25 subrequests, of which at most five are queries, for one API call.

mod reference;

use super::super::ask::http_date;
use super::answer::{Answer, Call, Request};
use super::data;
use reference::Answers;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

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
    #[serde(default)]
    http_headers: BTreeMap<String, String>,
}

impl Subrequest {
    fn header(&self, name: &str) -> Option<&str> {
        self.http_headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

pub(super) fn answer(call: &mut Call<'_>, request: &Request<'_>) -> Answer {
    if request.method != "POST" {
        return Answer::not_allowed(request.method, "POST");
    }
    let composite: Composite = match serde_json::from_slice(request.body) {
        Ok(composite) => composite,
        Err(error) => return Answer::refused(400, "JSON_PARSER_ERROR", &error.to_string()),
    };
    if let Err(refusal) = check(&composite.composite_request) {
        return refusal;
    }
    // What was written is taken back when not all of it could be.
    let before = composite.all_or_none.then(|| call.org().data.records.clone());
    let mut known = Answers::new();
    let mut parts: Vec<Answer> = Vec::with_capacity(composite.composite_request.len());
    for part in &composite.composite_request {
        let answer = referring(call, part, &known);
        if let Some(body) = answer.body.as_ref().filter(|_| !answer.is_refused()) {
            known.insert(&part.reference_id, body.clone());
        }
        parts.push(answer);
    }
    if let Some(before) = before.filter(|_| parts.iter().any(Answer::is_refused)) {
        call.org_mut().data.records = before;
        let message = "The transaction was rolled back since another operation in the same transaction failed.";
        for part in parts.iter_mut().filter(|part| !part.is_refused()) {
            *part = Answer::refused(400, "PROCESSING_HALTED", message);
        }
    }
    let ids = composite.composite_request.iter().map(|part| &part.reference_id);
    let responses: Vec<Value> = parts.into_iter().zip(ids).map(|(part, id)| response(part, id)).collect();
    Answer::new(200, json!({ "compositeResponse": responses }))
}

fn response(part: Answer, id: &str) -> Value {
    let mut headers = Map::new();
    headers.extend(part.last_modified.map(|at| ("Last-Modified".to_owned(), json!(http_date(at)))));
    headers.extend(part.location.map(|path| ("Location".to_owned(), json!(path))));
    json!({ "body": part.body, "httpHeaders": headers, "httpStatusCode": part.status, "referenceId": id })
}

/// Limits and reference ids, before anything is run.
fn check(parts: &[Subrequest]) -> Result<(), Answer> {
    let queries = parts.iter().filter(|part| part.url.contains("/query")).count();
    if parts.len() > MOST || queries > MOST_QUERIES {
        let message = format!("at most {MOST} subrequests, {MOST_QUERIES} of them queries, are allowed");
        return Err(Answer::refused(400, "LIMIT_EXCEEDED", &message));
    }
    let ids: BTreeSet<&str> = parts.iter().map(|part| part.reference_id.as_str()).collect();
    let is_plain = |id: &&str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if ids.len() != parts.len() || !ids.iter().all(is_plain) {
        let message = "each referenceId must be unique, of letters, digits and underscores";
        return Err(Answer::refused(400, "INVALID_INPUT", message));
    }
    Ok(())
}

/// One request, with what it takes from the answers before it.
fn referring(call: &mut Call<'_>, part: &Subrequest, known: &Answers<'_>) -> Answer {
    let taken =
        reference::in_text(&part.url, known).and_then(|url| Ok((url, reference::in_document(&part.body, known)?)));
    match taken {
        Ok((url, body)) => one(call, part, &url, &body),
        Err(dangling) => Answer::refused(400, "PROCESSING_HALTED", &dangling.to_string()),
    }
}

fn one(call: &mut Call<'_>, part: &Subrequest, url: &str, body: &Value) -> Answer {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let Some(path) = path.strip_prefix("/services/data/") else {
        return Answer::refused(400, "INVALID_INPUT", "a subrequest's url begins with /services/data/");
    };
    let (version, resource) = path.split_once('/').unwrap_or((path, ""));
    if let Err(refusal) = data::check_version(version) {
        return refusal;
    }
    let body = body.to_string();
    let request = Request {
        method: &part.method,
        resource: resource.trim_matches('/'),
        query,
        body: body.as_bytes(),
        version,
        since: part.header("If-Modified-Since"),
        options: part.header("Sforce-Query-Options"),
    };
    data::resource_answer(call, &request)
}
