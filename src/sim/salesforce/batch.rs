//! `/composite/batch`: up to 25 requests one after the other. Each counts as a call of its own.

use super::answer::{Answer, Call, Request};
use super::data;
use serde::Deserialize;
use serde_json::{Value, json};

const MOST: usize = 25;

/// No part may ask for a version below this one.
const OLDEST: u32 = 34;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Batch {
    batch_requests: Vec<Part>,
    #[serde(default)]
    halt_on_error: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part {
    method: String,
    /// Without `/services/data/` before it.
    url: String,
    #[serde(default)]
    rich_input: Value,
}

pub(super) fn answer(call: &mut Call<'_>, request: &Request<'_>) -> Answer {
    if request.method != "POST" {
        return Answer::not_allowed(request.method, "POST");
    }
    let batch: Batch = match serde_json::from_slice(request.body) {
        Ok(batch) => batch,
        Err(error) => return Answer::refused(400, "JSON_PARSER_ERROR", &error.to_string()),
    };
    if batch.batch_requests.is_empty() || batch.batch_requests.len() > MOST {
        return Answer::refused(
            400,
            "LIMIT_EXCEEDED",
            &format!("between 1 and {MOST} requests are allowed in a batch"),
        );
    }
    let mut results = Vec::with_capacity(batch.batch_requests.len());
    let mut halted = false;
    for (place, part) in batch.batch_requests.iter().enumerate() {
        let answer = if halted && batch.halt_on_error {
            let message = "The request was halted because a previous request in the batch failed";
            Answer::refused(412, "BATCH_PROCESSING_HALTED", message)
        } else if place > 0 && !counts(call) {
            // The first is the call that came along.
            Answer::refused(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        } else {
            one(call, part, request.version)
        };
        halted |= answer.is_refused();
        results.push(json!({ "statusCode": answer.status, "result": answer.body }));
    }
    Answer::new(200, json!({ "hasErrors": halted, "results": results }))
}

/// Counts one more call, if the allocation has one left.
fn counts(call: &mut Call<'_>) -> bool {
    let now = call.now;
    let api = &mut call.org_mut().api;
    let left = api.used(now) < api.max;
    if left {
        api.count(now);
    }
    left
}

fn one(call: &mut Call<'_>, part: &Part, outer: &str) -> Answer {
    let (path, query) = part.url.split_once('?').unwrap_or((&part.url, ""));
    let path = path.strip_prefix("/services/data/").unwrap_or(path).trim_start_matches('/');
    let (version, resource) = path.split_once('/').unwrap_or((path, ""));
    if let Err(refusal) = data::check_version(version) {
        return refusal;
    }
    let number = |version: &str| version.get(1..).and_then(|rest| rest.split('.').next()?.parse::<u32>().ok());
    if number(version) < Some(OLDEST) || number(version) > number(outer) {
        let message = format!("a version from {OLDEST}.0 to that of the batch is wanted");
        return Answer::refused(400, "INVALID_BATCH_REQUEST", &message);
    }
    let body = part.rich_input.to_string();
    let request = Request {
        method: &part.method,
        resource: resource.trim_matches('/'),
        query,
        body: body.as_bytes(),
        version,
        since: None,
        options: None,
    };
    data::resource_answer(call, &request)
}
