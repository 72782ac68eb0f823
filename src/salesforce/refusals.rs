//! Which words of Salesforce's mean which [`Kind`]: the token endpoint's codes and descriptions, the REST API's codes,
//! statuses, messages, and bodies that no Salesforce wrote. Pure. Uses `model` alone.

use crate::salesforce::error::{Error, Kind};
use crate::salesforce::redact::Redactor;
use crate::salesforce::wire::{RestError, TokenError};

/// How much of a body that is no JSON is quoted, in characters.
const QUOTED: usize = 160;
/// How much of it is read for that, in bytes: enough that a token never loses the beginning which gives it away.
const QUOTED_FROM: usize = 64 * 1024;

/// What a description contains, in small letters, and what that means, whatever the code beside it. First match.
const DESCRIPTIONS: &[(&str, Kind)] = &[
    ("expired access/refresh token", Kind::ExpiredToken),
    ("already being processed", Kind::AlreadyProcessing),
    ("inactive user", Kind::InactiveUser),
    ("user is not active", Kind::InactiveUser),
    ("inactive org", Kind::InactiveOrg),
    ("organization is inactive", Kind::InactiveOrg),
    ("ip restricted", Kind::IpRestricted),
    ("ip not allowed", Kind::IpRestricted),
    ("activation secret invalid", Kind::ActivationSecret),
    ("hasn't approved this consumer", Kind::NotApproved),
    ("not admin approved", Kind::NotAdminApproved),
    ("authorization code", Kind::AuthorizationCode),
    ("invalid assertion", Kind::Assertion),
    ("audience", Kind::Audience),
    ("app must be installed", Kind::AppNotInstalled),
    ("app is not installed in this org", Kind::ExternalAppNotFound),
    ("blocked by admin", Kind::AppBlocked),
    ("no client credentials user", Kind::NoRunAsUser),
    ("login rate", Kind::LoginRate),
    ("authentication failure", Kind::AuthenticationFailure),
    ("client identifier invalid", Kind::UnknownClient),
    ("invalid client credentials", Kind::ClientSecret),
];

/// The token endpoint's codes, where the description said nothing.
const TOKEN_CODES: &[(&str, Kind)] = &[
    ("invalid_client_id", Kind::UnknownClient),
    ("invalid_client", Kind::ClientSecret),
    ("invalid_app_access", Kind::NotAdminApproved),
    ("OAUTH_APP_ACCESS_DENIED", Kind::NotAdminApproved),
    ("OAUTH_AUTHORIZATION_BLOCKED", Kind::NotAdminApproved),
    ("OAUTH_APPROVAL_ERROR_GENERIC", Kind::ApprovalError),
    ("OAUTH_APP_BLOCKED", Kind::AppBlocked),
    ("OAUTH_EC_APP_NOT_FOUND", Kind::ExternalAppNotFound),
    ("inactive_user", Kind::InactiveUser),
    ("inactive_org", Kind::InactiveOrg),
    ("unsupported_grant_type", Kind::UnsupportedGrant),
    ("redirect_uri_mismatch", Kind::RedirectMismatch),
    ("access_denied", Kind::Denied),
    ("invalid_request", Kind::TokenRequest),
    ("invalid_scope", Kind::Scope),
    ("rate_limit_exceeded", Kind::LoginRate),
    ("server_error", Kind::ServerTrouble),
    ("temporarily_unavailable", Kind::ServerTrouble),
    ("unknown_error", Kind::ServerTrouble),
    ("invalid_grant", Kind::AuthenticationFailure),
];

/// The REST API's codes; a code ending in `*` means every code that begins so.
const REST_CODES: &[(&str, Kind)] = &[
    ("INVALID_AUTH_HEADER", Kind::AuthHeader),
    ("API_DISABLED_FOR_ORG", Kind::ApiDisabled),
    ("API_CURRENTLY_DISABLED", Kind::ApiDisabled),
    ("INSUFFICIENT_ACCESS*", Kind::InsufficientAccess),
    ("INVALID_TYPE", Kind::InvalidType),
    ("INVALID_FIELD", Kind::InvalidField),
    ("MALFORMED_*", Kind::Malformed),
    ("JSON_PARSER_ERROR", Kind::Malformed),
    ("QUERY_TIMEOUT", Kind::QueryTimeout),
    ("INVALID_QUERY_LOCATOR", Kind::QueryLocator),
    ("REQUIRED_FIELD_MISSING", Kind::RecordRefused),
    ("DUPLICATE_VALUE", Kind::RecordRefused),
    ("FIELD_CUSTOM_VALIDATION_EXCEPTION", Kind::RecordRefused),
    ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", Kind::RecordRefused),
    ("UNABLE_TO_LOCK_ROW", Kind::RowLocked),
    ("NOT_FOUND", Kind::NotFound),
    ("METHOD_NOT_ALLOWED", Kind::Method),
    ("UNSUPPORTED_MEDIA_TYPE", Kind::Method),
    ("UNKNOWN_EXCEPTION", Kind::ServerTrouble),
    ("SERVER_UNAVAILABLE", Kind::ServerTrouble),
    ("ORG_LOCKED", Kind::InactiveOrg),
    ("INACTIVE_ORG", Kind::InactiveOrg),
];

/// Judges an answer of the token endpoint that is not 200.
pub(super) fn token(status: u16, body: &[u8], redactor: &Redactor) -> Error {
    if let Ok(TokenError { error, error_description }) = serde_json::from_slice(body) {
        let description = error_description.unwrap_or_default();
        let kind = described(&description)
            .or_else(|| coded(TOKEN_CODES, &error))
            .unwrap_or_else(|| by_status(status).unwrap_or(Kind::Unnamed));
        let text = if description.is_empty() { error } else { format!("{error}: {description}") };
        return Error::new(kind, redactor.redact(text));
    }
    rest(status, body, redactor)
}

/// Judges what the authorize page sends back to the callback address.
pub(super) fn authorize(error: &str, description: &str, redactor: &Redactor) -> Error {
    let kind = described(description).or_else(|| coded(TOKEN_CODES, error)).unwrap_or(Kind::Unnamed);
    let text = if description.is_empty() { error.to_owned() } else { format!("{error}: {description}") };
    Error::new(kind, redactor.redact(text))
}

/// Judges an answer of the REST API, or of one part of a composite one, that is not 2xx. An array of errors is the rule;
/// an object in its place is taken too.
pub(super) fn rest(status: u16, body: &[u8], redactor: &Redactor) -> Error {
    let errors = serde_json::from_slice::<Vec<RestError>>(body)
        .or_else(|_| serde_json::from_slice::<RestError>(body).map(|one| vec![one]));
    let Some(RestError { error_code, message }) = errors.unwrap_or_default().into_iter().next() else {
        let kind = by_status(status).unwrap_or(Kind::BadAnswer);
        return Error::new(kind, redactor.excerpt(format!("HTTP {status}, {}", words(body)), QUOTED));
    };
    let kind = match error_code.as_str() {
        "INVALID_SESSION_ID" => invalid_session(&message),
        "REQUEST_LIMIT_EXCEEDED" if message.to_lowercase().contains("concurrent") => Kind::ConcurrentLimit,
        "REQUEST_LIMIT_EXCEEDED" => Kind::RequestLimit,
        code => coded(REST_CODES, code)
            .or_else(|| described(&message))
            .unwrap_or_else(|| by_status(status).unwrap_or(Kind::Unnamed)),
    };
    Error::new(kind, redactor.redact(format!("{error_code}: {message}")))
}

/// An answer of 200 with something in it that is not what was asked for.
pub(super) fn no_answer(what: &str, body: &[u8], redactor: &Redactor) -> Error {
    Error::new(Kind::BadAnswer, redactor.excerpt(format!("{what}: {}", words(body)), QUOTED))
}

/// Only an expired session is cured by a fresh one; the others name a policy that would refuse that one too.
fn invalid_session(message: &str) -> Kind {
    let message = message.to_lowercase();
    if message.contains("not valid for use with the rest api") {
        Kind::SessionNotForRest
    } else if message.contains("not attached to agent") {
        Kind::AgentNotAttached
    } else {
        Kind::SessionExpired
    }
}

fn described(description: &str) -> Option<Kind> {
    let description = description.to_lowercase();
    DESCRIPTIONS.iter().find(|(words, _)| description.contains(words)).map(|(_, kind)| *kind)
}

fn coded(table: &[(&str, Kind)], code: &str) -> Option<Kind> {
    let fits = |pattern: &str| match pattern.strip_suffix('*') {
        Some(begin) => code.starts_with(begin),
        None => code.eq_ignore_ascii_case(pattern),
    };
    table.iter().find(|(pattern, _)| fits(pattern)).map(|(_, kind)| *kind)
}

/// What the status alone says. 401 stands for a refused credential, though not for a session that a sign-in would cure.
fn by_status(status: u16) -> Option<Kind> {
    Some(match status {
        300..=399 => Kind::Redirected,
        401 => Kind::AuthenticationFailure,
        403 => Kind::InsufficientAccess,
        404 => Kind::NotFound,
        405 | 415 => Kind::Method,
        410 => Kind::VersionRetired,
        412 | 428 => Kind::Precondition,
        414 | 431 => Kind::Malformed,
        420 => Kind::NoRouting,
        429 => Kind::ConcurrentLimit,
        500.. => Kind::ServerTrouble,
        _ => return None,
    })
}

/// The beginning of a body, on one line.
fn words(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(QUOTED_FROM)]);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() { "an empty body".to_owned() } else { text }
}

#[cfg(test)]
mod table;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FailureClass;

    fn token_kind(error: &str, description: &str) -> Kind {
        let body = serde_json::json!({ "error": error, "error_description": description }).to_string();
        token(400, body.as_bytes(), &Redactor::default()).kind()
    }

    fn rest_kind(status: u16, code: &str, message: &str) -> Kind {
        let body = serde_json::json!([{ "message": message, "errorCode": code }]).to_string();
        rest(status, body.as_bytes(), &Redactor::default()).kind()
    }

    #[test]
    fn the_token_endpoint_s_words_have_names() {
        for (error, description, kind) in [
            ("invalid_grant", "expired access/refresh token", Kind::ExpiredToken),
            ("invalid_grant", "token request is already being processed", Kind::AlreadyProcessing),
            ("invalid_grant", "inactive user", Kind::InactiveUser),
            ("inactive_user", "whatever", Kind::InactiveUser),
            ("invalid_grant", "ip restricted", Kind::IpRestricted),
            ("invalid_grant", "authentication failure", Kind::AuthenticationFailure),
            ("invalid_grant", "activation secret invalid", Kind::ActivationSecret),
            ("invalid_grant", "user hasn't approved this consumer", Kind::NotApproved),
            ("invalid_grant", "invalid authorization code", Kind::AuthorizationCode),
            ("invalid_grant", "expired authorization code", Kind::AuthorizationCode),
            ("invalid_grant", "Audience validation failed", Kind::Audience),
            ("invalid_grant", "audience is invalid", Kind::Audience),
            ("invalid_grant", "inactive org", Kind::InactiveOrg),
            ("inactive_org", "organization 00D is not active", Kind::InactiveOrg),
            ("invalid_app_access", "user is not admin approved to access this app", Kind::NotAdminApproved),
            ("invalid_client_id", "client identifier invalid", Kind::UnknownClient),
            ("invalid_client", "invalid client credentials", Kind::ClientSecret),
            ("invalid_client", "app must be installed into org", Kind::AppNotInstalled),
            ("OAUTH_APPROVAL_ERROR_GENERIC", "An unexpected error has occurred", Kind::ApprovalError),
            ("OAUTH_APP_BLOCKED", "this app is blocked by admin", Kind::AppBlocked),
            ("OAUTH_APP_ACCESS_DENIED", "", Kind::NotAdminApproved),
            ("OAUTH_AUTHORIZATION_BLOCKED", "", Kind::NotAdminApproved),
            ("OAUTH_EC_APP_NOT_FOUND", "External client app is not installed in this org", Kind::ExternalAppNotFound),
            ("invalid_grant", "no client credentials user enabled", Kind::NoRunAsUser),
            ("unsupported_grant_type", "grant type not supported", Kind::UnsupportedGrant),
            ("redirect_uri_mismatch", "redirect_uri must match configuration", Kind::RedirectMismatch),
            ("access_denied", "end-user denied authorization", Kind::Denied),
            ("invalid_request", "invalid code challenge", Kind::TokenRequest),
            ("rate_limit_exceeded", "", Kind::LoginRate),
            ("invalid_grant", "login rate exceeded", Kind::LoginRate),
            ("server_error", "", Kind::ServerTrouble),
            ("something_new", "never seen", Kind::Unnamed),
        ] {
            assert_eq!(token_kind(error, description), kind, "{error}: {description}");
        }
    }

    #[test]
    fn the_rest_api_s_words_have_names() {
        for (status, code, message, kind) in [
            (401, "INVALID_SESSION_ID", "Session expired or invalid", Kind::SessionExpired),
            (401, "INVALID_SESSION_ID", "This session is not valid for use with the REST API", Kind::SessionNotForRest),
            (401, "INVALID_SESSION_ID", "Connected app is not attached to Agent", Kind::AgentNotAttached),
            (401, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE", Kind::AuthHeader),
            (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", Kind::RequestLimit),
            (
                403,
                "REQUEST_LIMIT_EXCEEDED",
                "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
                Kind::ConcurrentLimit,
            ),
            (403, "API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization.", Kind::ApiDisabled),
            (403, "API_CURRENTLY_DISABLED", "API is disabled for this User", Kind::ApiDisabled),
            (403, "INSUFFICIENT_ACCESS", "insufficient access rights", Kind::InsufficientAccess),
            (403, "INSUFFICIENT_ACCESS_OR_READONLY", "no", Kind::InsufficientAccess),
            (403, "SOMETHING_ELSE", "no", Kind::InsufficientAccess),
            (400, "INVALID_TYPE", "sObject type 'OauthToken' is not supported.", Kind::InvalidType),
            (400, "INVALID_FIELD", "No such column 'UseCount' on entity 'OauthToken'.", Kind::InvalidField),
            (400, "MALFORMED_QUERY", "unexpected token", Kind::Malformed),
            (400, "MALFORMED_ID", "malformed id", Kind::Malformed),
            (400, "JSON_PARSER_ERROR", "unexpected end", Kind::Malformed),
            (400, "QUERY_TIMEOUT", "Your query request was running for too long.", Kind::QueryTimeout),
            (400, "INVALID_QUERY_LOCATOR", "invalid query locator", Kind::QueryLocator),
            (400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record", Kind::RowLocked),
            (400, "DUPLICATE_VALUE", "duplicate", Kind::RecordRefused),
            (404, "NOT_FOUND", "The requested resource does not exist", Kind::NotFound),
            (405, "METHOD_NOT_ALLOWED", "no", Kind::Method),
            (415, "UNSUPPORTED_MEDIA_TYPE", "no", Kind::Method),
            (410, "GONE", "retired", Kind::VersionRetired),
            (412, "PRECONDITION", "no", Kind::Precondition),
            (403, "ORG_LOCKED", "the organization has been locked", Kind::InactiveOrg),
            (403, "INVALID_LOGIN", "Organization is inactive", Kind::InactiveOrg),
            (500, "UNKNOWN_EXCEPTION", "An unexpected error occurred. ErrorId: 1-2", Kind::ServerTrouble),
            (503, "SERVER_UNAVAILABLE", "maintenance", Kind::ServerTrouble),
            (400, "NEVER_SEEN", "never seen", Kind::Unnamed),
        ] {
            assert_eq!(rest_kind(status, code, message), kind, "{status} {code}: {message}");
        }
    }

    #[test]
    fn bodies_of_others_are_judged_by_their_status() {
        let page = b"<html>\n<title>We are down for maintenance</title></html>";
        for (status, kind) in [
            (302, Kind::Redirected),
            (401, Kind::AuthenticationFailure),
            (404, Kind::NotFound),
            (410, Kind::VersionRetired),
            (418, Kind::BadAnswer),
            (420, Kind::NoRouting),
            (429, Kind::ConcurrentLimit),
            (502, Kind::ServerTrouble),
        ] {
            let error = rest(status, page, &Redactor::default());
            assert_eq!(error.kind(), kind, "{status}");
            assert!(error.text().as_str().starts_with(&format!("HTTP {status}, <html> <title>We are down")), "{error}");
        }
        assert_eq!(rest(503, b"", &Redactor::default()).text().as_str(), "HTTP 503, an empty body");
    }

    #[test]
    fn an_object_is_taken_for_an_array_of_one() {
        let body = br#"{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}"#;
        let error = rest(403, body, &Redactor::default());
        assert_eq!(error.kind().class(), FailureClass::Throttled);
        assert_eq!(error.text().as_str(), "REQUEST_LIMIT_EXCEEDED: TotalRequests Limit exceeded.");
    }

    #[test]
    fn a_page_is_quoted_shortly_and_without_its_token() {
        let page = format!("<p>00D5g000000ORGE!{}</p>{}", "A".repeat(300), "x".repeat(100_000));
        let error = rest(400, page.as_bytes(), &Redactor::default());
        assert!(error.text().as_str().starts_with("HTTP 400, <p>[secret]</p>xxx"), "{error}");
        assert!(error.text().as_str().chars().count() <= QUOTED);
    }
}
