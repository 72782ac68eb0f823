//! The data API of one org: versions, query, limits, composite, and the empty search by which WP Fusion tests its
//! connection.

use super::super::ask::{Ask, Reply, bearer, parameter};
use super::super::journal::Entry;
use super::super::state::Inner;
use super::super::world::call::Caller;
use super::{composite, errors, paging, who};
use axum::http::Method;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// The versions that answer; older ones down to 21 are retired, others never were.
const VERSIONS: std::ops::RangeInclusive<u32> = 31..=67;

/// A status and a body.
pub(super) type Answer = (u16, Value);

/// One request below `/services/data/vNN.0`, on its own or inside a composite.
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    /// What stands behind the version, without slashes around it.
    pub(super) resource: &'a str,
    pub(super) query: &'a str,
    pub(super) body: &'a [u8],
    pub(super) version: &'a str,
}

pub(super) fn answer(inner: &mut Inner, org: usize, ask: &Ask, now: DateTime<Utc>, entry: &mut Entry) -> Reply {
    (entry.client, entry.site) = who(inner, org, &ask.headers);
    let path = ask.path().strip_prefix("/services/data").unwrap_or_default().trim_matches('/');
    if path.is_empty() {
        "versions".clone_into(&mut entry.kind);
        return Reply::json(200, &versions(), now);
    }
    let (version, resource) = path.split_once('/').unwrap_or((path, ""));
    kind(resource).clone_into(&mut entry.kind);
    if let Err((status, body)) = check_version(version) {
        return Reply::json(status, &body, now);
    }
    let Some(token) = bearer(&ask.headers) else {
        return Reply::json(401, &errors("INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE"), now);
    };
    let caller = match inner.world.call(org, token, now) {
        Ok(caller) => caller,
        Err(refusal) => return Reply::json(refusal.status(), &errors(refusal.code(), refusal.message()), now),
    };
    entry.counted = true;
    inner.world.orgs[org].api.count(now);
    let query = ask.uri.query().unwrap_or_default();
    let request = Request { method: ask.method.as_str(), resource, query, body: &ask.body, version };
    let (status, body) = if resource == "composite" {
        composite::answer(inner, org, caller, &request, now)
    } else {
        resource_answer(inner, org, caller, &request, now)
    };
    let api = &mut inner.world.orgs[org].api;
    let usage = format!("api-usage={}/{}", api.used(now), api.max);
    Reply { limit_info: Some(usage), ..Reply::json(status, &body, now) }
}

fn kind(resource: &str) -> &str {
    match resource.split('/').next().unwrap_or_default() {
        "" => "resources",
        first => first,
    }
}

/// One resource other than a composite.
pub(super) fn resource_answer(
    inner: &mut Inner,
    org: usize,
    caller: Caller,
    request: &Request<'_>,
    now: DateTime<Utc>,
) -> Answer {
    if request.method != Method::GET.as_str() {
        let message = format!("HTTP Method '{}' not allowed. Allowed are GET", request.method);
        return (405, errors("METHOD_NOT_ALLOWED", &message));
    }
    match request.resource.split_once('/').unwrap_or((request.resource, "")) {
        ("query", "") => match parameter(request.query.as_bytes(), "q") {
            Some(text) => paging::query(inner, org, caller, &text, request.version, now),
            None => (400, errors("MALFORMED_QUERY", "SOQL query is missing: the parameter q is required")),
        },
        ("query", locator) => paging::next(inner, org, locator, request.version),
        ("limits", "") => limits(inner, org, caller, now),
        // WP Fusion takes any 2xx for a good connection and reads nothing of it.
        ("search", "") => (200, json!({ "searchRecords": [] })),
        _ => (404, errors("NOT_FOUND", "The requested resource does not exist")),
    }
}

/// Whether this version answers.
pub(super) fn check_version(version: &str) -> Result<(), Answer> {
    let number = version.strip_prefix('v').and_then(|rest| rest.strip_suffix(".0")).and_then(|n| n.parse::<u32>().ok());
    match number {
        Some(number) if VERSIONS.contains(&number) => Ok(()),
        Some(number) if (21..*VERSIONS.start()).contains(&number) => {
            Err((410, errors("UNSUPPORTED_API_VERSION", "The requested API version is not supported")))
        }
        _ => Err((404, errors("NOT_FOUND", "The requested resource does not exist"))),
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

fn limits(inner: &mut Inner, org: usize, caller: Caller, now: DateTime<Utc>) -> Answer {
    let place = &mut inner.world.orgs[org];
    if !place.users[caller.user].rights.view_setup {
        return (403, errors("INSUFFICIENT_ACCESS", "insufficient access rights: View Setup and Configuration"));
    }
    let used = place.api.used(now);
    let requests = json!({ "Max": place.api.max, "Remaining": place.api.max.saturating_sub(used) });
    let async_calls = json!({ "Max": 250_000, "Remaining": 250_000 });
    (200, json!({ "DailyApiRequests": requests, "DailyAsyncApexExecutions": async_calls }))
}
