//! What a broken Salesforce, a broken WordPress and a stranger's web server answer with. Uses nothing of ours.

use super::final_status;
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderValue, Method, Response, StatusCode, Uri};
use serde_json::json;

const HTML: &str = "text/html; charset=UTF-8";
const JSON: &str = "application/json;charset=UTF-8";
const TEXT: &str = "text/plain;charset=UTF-8";

/// What a captive portal, a parked domain or a page cache puts in front of a machine's question.
const PARKED: &str = "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Welcome</title></head>\
    <body><h1>This domain is parked</h1><p>Please sign in to continue.</p></body></html>\n";

const MAINTENANCE: &str = "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Down for Maintenance</title></head>\
    <body><h1>We are down for maintenance.</h1><p>Sorry for the inconvenience. We'll be back shortly.</p></body></html>\n";

const CRITICAL_ERROR: &str = "<!DOCTYPE html>\n<html lang=\"en-US\"><head><title>WordPress &rsaquo; Error</title></head>\
    <body id=\"error-page\"><div class=\"wp-die-message\"><p>There has been a critical error on this website.</p>\
    </div></body></html>\n";

/// Status 200, and nothing that was asked for.
pub(super) fn parked() -> Response<Body> {
    answer(StatusCode::OK, HTML, PARKED.to_owned())
}

/// Status 200, the right type, and a body that breaks every rule of it.
pub(super) fn garbage() -> Response<Body> {
    let mut answer = answer(StatusCode::OK, JSON, String::new());
    *answer.body_mut() = Body::from(&b"{\"records\":[{\"Id\":\x00\xff\xfe,]}}\x1b[2J\"\\u12\", 1e999 nul"[..]);
    answer
}

/// Sends whoever asks for `uri` to `origin`.
pub(super) fn elsewhere(method: &Method, origin: &str, uri: &Uri) -> Response<Body> {
    let status = if *method == Method::GET { StatusCode::FOUND } else { StatusCode::TEMPORARY_REDIRECT };
    let mut answer = answer(status, HTML, String::new());
    let place = uri.path_and_query().map_or("/", |place| place.as_str());
    if let Ok(place) = HeaderValue::try_from(format!("{origin}{place}")) {
        answer.headers_mut().insert(LOCATION, place);
    }
    answer
}

/// Status `number`, said as whoever stands at `uri` says it.
pub(super) fn refusal(number: u16, uri: &Uri) -> Response<Body> {
    let status = final_status(number);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        return answer(status, HTML, MAINTENANCE.to_owned());
    }
    let reason = status.canonical_reason().unwrap_or("Error");
    match Speaker::at(uri) {
        Speaker::TokenEndpoint => {
            answer(status, JSON, json!({ "error": "server_error", "error_description": reason }).to_string())
        }
        Speaker::Identity => answer(status, TEXT, identity_text(status, reason).to_owned()),
        Speaker::DataApi => {
            let (code, message) = data_error(status);
            answer(status, JSON, json!([{ "message": message, "errorCode": code }]).to_string())
        }
        Speaker::WordPress if status == StatusCode::INTERNAL_SERVER_ERROR => {
            answer(status, HTML, CRITICAL_ERROR.to_owned())
        }
        Speaker::WordPress => {
            let (code, message) = wordpress_error(status, reason);
            let body = json!({ "code": code, "message": message, "data": { "status": status.as_u16() } });
            answer(status, JSON, body.to_string())
        }
        Speaker::Stranger => answer(status, TEXT, format!("{reason}\n")),
    }
}

/// Who answers at an address: their errors differ in shape, and clients trip over the difference.
enum Speaker {
    TokenEndpoint,
    Identity,
    DataApi,
    WordPress,
    Stranger,
}

impl Speaker {
    fn at(uri: &Uri) -> Self {
        let path = uri.path();
        if path.starts_with("/services/oauth2/") {
            Self::TokenEndpoint
        } else if path.starts_with("/id/") {
            Self::Identity
        } else if path.starts_with("/services/") {
            Self::DataApi
        } else if path.contains("/wp-json/") || uri.query().is_some_and(|query| query.contains("rest_route=")) {
            Self::WordPress
        } else {
            Self::Stranger
        }
    }
}

/// The identity endpoint speaks bare text, and 403 where others say 401.
fn identity_text(status: StatusCode, reason: &'static str) -> &'static str {
    if status == StatusCode::FORBIDDEN { "Bad_OAuth_Token" } else { reason }
}

/// Code and text of the REST API's error array, as published for the status.
fn data_error(status: StatusCode) -> (&'static str, &'static str) {
    match status.as_u16() {
        401 => ("INVALID_SESSION_ID", "Session expired or invalid"),
        403 => ("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
        404 => ("NOT_FOUND", "The requested resource does not exist"),
        405 => ("METHOD_NOT_ALLOWED", "HTTP Method not allowed."),
        400..500 => ("INVALID_INPUT", "The request is invalid."),
        _ => (
            "UNKNOWN_EXCEPTION",
            "An unexpected error occurred. Please include this ErrorId if you contact support: 1763891234-5678 (1234567890)",
        ),
    }
}

fn wordpress_error(status: StatusCode, reason: &'static str) -> (&'static str, &'static str) {
    match status.as_u16() {
        401 | 403 => ("rest_forbidden", "Sorry, you are not allowed to do that."),
        404 => ("rest_no_route", "No route was found matching the URL and request method."),
        _ => ("rest_error", reason),
    }
}

fn answer(status: StatusCode, content_type: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
