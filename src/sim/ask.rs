//! One HTTP request as the roles read it, and one answer as they give it. No I/O.

use axum::body::Bytes;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, DATE, LAST_MODIFIED, LOCATION};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

/// A request, read whole.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Ask {
    /// The path, without the query.
    pub(super) fn path(&self) -> &str {
        self.uri.path()
    }

    /// One parameter of the query.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        parameter(self.uri.query().unwrap_or_default().as_bytes(), name)
    }

    /// One header, where it is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// One field of a form or a query.
pub(super) fn parameter(form: &[u8], name: &str) -> Option<String> {
    url::form_urlencoded::parse(form).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The token of an `Authorization: Bearer`, or Salesforce's older `OAuth`.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    (scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("oauth")).then_some(token.trim())
}

/// User and password of an `Authorization: Basic`.
pub(super) fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let (scheme, code) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(code.trim()).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

/// A time as HTTP writes it.
pub(super) fn http_date(at: DateTime<Utc>) -> String {
    at.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// An answer.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) body: String,
    /// `Sforce-Limit-Info`.
    pub(super) limit_info: Option<String>,
    /// `Location`.
    pub(super) location: Option<String>,
    /// `Last-Modified`.
    pub(super) last_modified: Option<DateTime<Utc>>,
    /// How long the answer takes.
    pub(super) takes: TimeDelta,
    /// The clock of whoever answers.
    pub(super) at: DateTime<Utc>,
}

impl Reply {
    /// A JSON document.
    pub(super) fn json(status: u16, body: &Value, at: DateTime<Utc>) -> Self {
        let content_type = "application/json;charset=UTF-8";
        Self {
            status,
            content_type,
            body: body.to_string(),
            limit_info: None,
            location: None,
            last_modified: None,
            takes: TimeDelta::zero(),
            at,
        }
    }

    /// A text of another type.
    pub(super) fn text(status: u16, content_type: &'static str, body: String, at: DateTime<Utc>) -> Self {
        Self {
            status,
            content_type,
            body,
            limit_info: None,
            location: None,
            last_modified: None,
            takes: TimeDelta::zero(),
            at,
        }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = self.body.into_response();
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        let dated = |at: DateTime<Utc>| HeaderValue::from_str(&http_date(at)).expect("a date is plain text");
        headers.insert(DATE, dated(self.at));
        if let Some(at) = self.last_modified {
            headers.insert(LAST_MODIFIED, dated(at));
        }
        if let Some(to) = self.location.and_then(|to| HeaderValue::from_str(&to).ok()) {
            headers.insert(LOCATION, to);
        }
        if let Some(info) = self.limit_info.and_then(|info| HeaderValue::from_str(&info).ok()) {
            headers.insert("Sforce-Limit-Info", info);
        }
        response
    }
}
