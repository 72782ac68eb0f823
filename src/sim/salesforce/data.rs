//! The data API of one org: which resource a request is for, and what it counts.

use super::super::ask::{Ask, Reply, bearer, parameter};
use super::super::journal::Entry;
use super::super::state::Inner;
use super::answer::{Answer, Call, Request};
use super::{batch, composite, describe, limits, paging, records, search, who};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// The versions that answer; older ones down to 21 are retired, others never were.
const VERSIONS: std::ops::RangeInclusive<u32> = 31..=67;

pub(super) fn answer(inner: &mut Inner, org: usize, ask: &Ask, now: DateTime<Utc>, entry: &mut Entry) -> Reply {
    (entry.client, entry.site) = who(inner, org, &ask.headers);
    let path = ask.path().strip_prefix("/services/data").unwrap_or_default().trim_matches('/');
    if path.is_empty() {
        "versions".clone_into(&mut entry.kind);
        return Reply::json(200, &versions(), now);
    }
    let (version, resource) = path.split_once('/').unwrap_or((path, ""));
    kind(resource).clone_into(&mut entry.kind);
    if let Err(refusal) = check_version(version) {
        return refusal.reply(now);
    }
    let Some(token) = bearer(&ask.headers) else {
        return Answer::refused(401, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE").reply(now);
    };
    let caller = match inner.world.call(org, token, now) {
        Ok(caller) => caller,
        Err(refusal) => return Answer::refused(refusal.status(), refusal.code(), refusal.message()).reply(now),
    };
    entry.counted = true;
    inner.world.orgs[org].api.count(now);
    let request = Request {
        method: ask.method.as_str(),
        resource,
        query: ask.uri.query().unwrap_or_default(),
        body: &ask.body,
        version,
        since: ask.header("if-modified-since"),
        options: ask.header("sforce-query-options"),
    };
    let mut call = Call { inner, org, caller, now };
    let answer = unreadable(ask).unwrap_or_else(|| match resource {
        "composite" => composite::answer(&mut call, &request),
        "composite/batch" => batch::answer(&mut call, &request),
        _ => resource_answer(&mut call, &request),
    });
    let api = &mut call.org_mut().api;
    let usage = format!("api-usage={}/{}", api.used(now), api.max);
    Reply { limit_info: Some(usage), ..answer.reply(now) }
}

/// A body in a form that is not read here. The text is (confirmed), the code (from memory).
fn unreadable(ask: &Ask) -> Option<Answer> {
    let form = ask.header("content-type").filter(|_| !ask.body.is_empty())?;
    let message = format!("Content-Type header specified in HTTP request is not supported: {form}");
    let is_json = form.to_ascii_lowercase().starts_with("application/json");
    (!is_json).then(|| Answer::refused(415, "UNSUPPORTED_MEDIA_TYPE", &message))
}

fn kind(resource: &str) -> &str {
    match resource.split('/').next().unwrap_or_default() {
        "" => "resources",
        "composite" if resource == "composite/batch" => "batch",
        first => first,
    }
}

/// One resource other than those that hold others.
pub(super) fn resource_answer(call: &mut Call<'_>, request: &Request<'_>) -> Answer {
    let (first, rest) = request.resource.split_once('/').unwrap_or((request.resource, ""));
    if first == "sobjects" {
        return objects(call, request, rest);
    }
    if request.method != "GET" {
        return match (first, request.method) {
            ("parameterizedSearch", "POST") => search::by_document(call, request.body, request.version),
            _ => Answer::not_allowed(request.method, "GET"),
        };
    }
    match (first, rest) {
        ("", "") => Answer::new(200, resources(request.version)),
        ("query" | "queryAll", "") => match parameter(request.query.as_bytes(), "q") {
            Some(text) => paging::query(call, request, &text, first == "queryAll"),
            None => Answer::refused(400, "MALFORMED_QUERY", "SOQL query is missing: the parameter q is required"),
        },
        ("query" | "queryAll", locator) => paging::next(call, locator, request.version),
        ("limits", "") => limits::answer(call),
        ("search", "") => search::by_sosl(call, parameter(request.query.as_bytes(), "q").as_deref(), request.version),
        ("parameterizedSearch", "") => search::by_parameters(call, request.query.as_bytes(), request.version),
        _ => Answer::not_found(),
    }
}

/// What is below `/sobjects/`.
fn objects(call: &mut Call<'_>, request: &Request<'_>, rest: &str) -> Answer {
    let mut parts = rest.split('/').filter(|part| !part.is_empty());
    match (parts.next(), parts.next(), parts.next(), request.method) {
        (None, _, _, "GET") => describe::global(call, request),
        (Some(name), None, None, "GET") => describe::basic(call, request, name),
        (Some(name), None, None, "POST") => records::create(call, request, name),
        (Some(name), Some("describe"), None, "GET") => describe::object(call, request, name),
        (Some(name), Some(id), None, "GET") => records::retrieve(call, request, name, id),
        (Some(name), Some(id), None, "PATCH") => records::update(call, request, name, id),
        (Some(name), Some(id), None, "DELETE") => records::delete(call, name, id),
        (None, _, _, method) | (Some(_), Some("describe"), None, method) => Answer::not_allowed(method, "GET"),
        (Some(_), None, None, method) => Answer::not_allowed(method, "GET,POST"),
        (Some(_), Some(_), None, method) => Answer::not_allowed(method, "DELETE,GET,PATCH"),
        (Some(_), _, Some(_), _) => Answer::not_found(),
    }
}

/// Whether this version answers.
pub(super) fn check_version(version: &str) -> Result<(), Answer> {
    let number = version.strip_prefix('v').and_then(|rest| rest.strip_suffix(".0")).and_then(|n| n.parse::<u32>().ok());
    match number {
        Some(number) if VERSIONS.contains(&number) => Ok(()),
        Some(number) if (21..*VERSIONS.start()).contains(&number) => {
            Err(Answer::refused(410, "UNSUPPORTED_API_VERSION", "The requested API version is not supported"))
        }
        _ => Err(Answer::not_found()),
    }
}

/// Three versions a year; 65 is Winter '26.
fn versions() -> Value {
    const SEASONS: [&str; 3] = ["Winter", "Spring", "Summer"];
    let list = VERSIONS.map(|number| {
        let since = i64::from(number) - 65;
        let season = SEASONS[usize::try_from(since.rem_euclid(3)).unwrap_or(0)];
        let year = 26 + since.div_euclid(3);
        let (url, version) = (format!("/services/data/v{number}.0"), format!("{number}.0"));
        json!({ "label": format!("{season} '{year}"), "url": url, "version": version })
    });
    Value::Array(list.collect())
}

/// The resources that a version has here.
fn resources(version: &str) -> Value {
    const NAMES: [&str; 7] = ["composite", "limits", "parameterizedSearch", "query", "queryAll", "search", "sobjects"];
    let named = NAMES.map(|name| (name.to_owned(), json!(format!("/services/data/{version}/{name}"))));
    Value::Object(named.into_iter().collect())
}
