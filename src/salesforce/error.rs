//! What can go wrong between fusebox and an org, by name: a closed list, each with its class and what to do about it.
//!
//! Which words of Salesforce's mean which name stands in `refusals`. Texts come in redacted (`redact`), so an error
//! can be shown, stored and logged. Uses `model` alone.

use crate::model::{Clean, Failure, FailureClass};
use crate::salesforce::redact::Redacted;
use strum::{Display, EnumIter};

/// One answer that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text} ({})", kind.advice())]
pub struct Error {
    kind: Kind,
    text: Clean,
    retry_after_s: Option<u64>,
}

impl Error {
    pub(super) fn new(kind: Kind, text: Redacted) -> Self {
        Self { kind, text: text.into_clean(), retry_after_s: None }
    }

    /// The same error with the time for which the other side asked us to stay away.
    #[must_use]
    pub(super) fn with_retry_after(self, retry_after_s: Option<u64>) -> Self {
        Self { retry_after_s, ..self }
    }

    /// Which one it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The words of whoever refused: verbatim, but for secrets and control characters.
    pub fn text(&self) -> &Clean {
        &self.text
    }
}

impl From<Error> for Failure {
    /// The verbatim words come first, then what to do, in brackets.
    fn from(error: Error) -> Self {
        Self { class: error.kind.class(), text: Clean::new(error.to_string()), retry_after_s: error.retry_after_s }
    }
}

/// The names. The first group is what the token endpoint says, the second what the REST API says, the third what never
/// reached Salesforce or did not come back whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Display, EnumIter)]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    /// `expired access/refresh token`: revoked, evicted, expired by policy or rotated out; Salesforce does not say which.
    ExpiredToken,
    /// `token request is already being processed`: a second request with the same token was under way.
    AlreadyProcessing,
    /// `inactive user`.
    InactiveUser,
    /// `ip restricted`: by login ranges, by the app's policy or by the app's allowlist.
    IpRestricted,
    /// `authentication failure`.
    AuthenticationFailure,
    /// `activation secret invalid`: the device binding does not fit.
    ActivationSecret,
    /// `user hasn't approved this consumer`.
    NotApproved,
    /// `invalid authorization code`, `expired authorization code`; the latter is also said of an expired assertion.
    AuthorizationCode,
    /// `invalid assertion`: the signature, the issuer or the times of the assertion.
    Assertion,
    /// `audience is invalid`, `Audience validation failed`.
    Audience,
    /// The org is locked, suspended, expired or closed.
    InactiveOrg,
    /// `user is not admin approved to access this app`, and the app access codes beside it.
    NotAdminApproved,
    /// `client identifier invalid`.
    UnknownClient,
    /// `invalid client credentials`.
    ClientSecret,
    /// `app must be installed into org`.
    AppNotInstalled,
    /// `OAUTH_APPROVAL_ERROR_GENERIC`: usually the restriction on apps that are not installed.
    ApprovalError,
    /// `this app is blocked by admin`.
    AppBlocked,
    /// `OAUTH_EC_APP_NOT_FOUND`: an external client app that the org does not have.
    ExternalAppNotFound,
    /// `no client credentials user enabled`.
    NoRunAsUser,
    /// `grant type not supported`.
    UnsupportedGrant,
    /// `redirect_uri must match configuration`.
    RedirectMismatch,
    /// `end-user denied authorization`.
    Denied,
    /// `invalid_request`: a parameter is missing or wrong.
    TokenRequest,
    /// `invalid_scope`: the app does not offer what was asked for.
    Scope,
    /// Too many logins of one user.
    LoginRate,

    /// `INVALID_SESSION_ID`, "Session expired or invalid": the only one that a fresh sign-in cures.
    SessionExpired,
    /// `INVALID_SESSION_ID`, "This session is not valid for use with the REST API".
    SessionNotForRest,
    /// `INVALID_SESSION_ID`, "Connected app is not attached to Agent".
    AgentNotAttached,
    /// `INVALID_AUTH_HEADER`.
    AuthHeader,
    /// `REQUEST_LIMIT_EXCEEDED`, `TotalRequests Limit exceeded.`
    RequestLimit,
    /// `REQUEST_LIMIT_EXCEEDED`, `ConcurrentRequests ... Limit exceeded.`, and 429.
    ConcurrentLimit,
    /// `API_DISABLED_FOR_ORG`, `API_CURRENTLY_DISABLED`: by the edition, or for this user alone.
    ApiDisabled,
    /// `INSUFFICIENT_ACCESS` and the codes that begin so; any other 403.
    InsufficientAccess,
    /// `INVALID_TYPE`: a feature is off, or the object may not be read.
    InvalidType,
    /// `INVALID_FIELD`: field level security, or another version.
    InvalidField,
    /// `MALFORMED_QUERY`, `MALFORMED_ID`, `JSON_PARSER_ERROR`, and other requests that are wrong in themselves.
    Malformed,
    /// `QUERY_TIMEOUT`.
    QueryTimeout,
    /// `INVALID_QUERY_LOCATOR`: the cursor of a further page is gone.
    QueryLocator,
    /// A record was refused for what it holds (`REQUIRED_FIELD_MISSING` and its like).
    RecordRefused,
    /// `UNABLE_TO_LOCK_ROW`.
    RowLocked,
    /// `NOT_FOUND`, 404.
    NotFound,
    /// `NOT_FOUND` where an object was asked for: there is none of that name, or this user may not see it.
    NoObject,
    /// 405 and 415.
    Method,
    /// 410: the API version is retired.
    VersionRetired,
    /// 412 and 428.
    Precondition,
    /// 420: nothing routes to this host, as with a deleted org or sandbox.
    NoRouting,
    /// 500 and above, `UNKNOWN_EXCEPTION`, `SERVER_UNAVAILABLE`.
    ServerTrouble,
    /// Any other refusal with a body that Salesforce could have written.
    Unnamed,

    /// The host's name has no address.
    Dns,
    /// The TLS handshake failed.
    Tls,
    /// Nobody accepted the connection.
    Connect,
    /// The connection ended before the answer did.
    Cut,
    /// No answer within the limit.
    Timeout,
    /// A redirect, which is never followed with a token in hand.
    Redirected,
    /// The body is no JSON, or not the JSON that was asked for.
    BadAnswer,
    /// The body is larger than what is read.
    TooLarge,
    /// `http` to another machine.
    PlainHttp,
    /// The private key is none.
    PrivateKey,
    /// The refresh token of fusebox's own app can not be read, or the next one not be kept.
    NoRefreshToken,
    /// The program that gets a session failed, or printed none.
    TokenCommand,
    /// The login address is none, or does not fit the grant.
    LoginUrl,
}

impl Kind {
    /// Whether a part of an answer that failed so was refused for want of a right, while the rest stands.
    pub(super) fn is_refusal(self) -> bool {
        matches!(self, Self::InsufficientAccess | Self::InvalidType | Self::InvalidField)
    }

    /// Whether a token was refused for its times, perhaps.
    pub(super) fn doubts_clock(self) -> bool {
        matches!(self, Self::AuthorizationCode | Self::Assertion)
    }

    /// Whether the address that a session names may have moved, so that only a fresh sign-in can tell.
    pub(super) fn doubts_instance(self) -> bool {
        matches!(self, Self::Dns | Self::NoRouting | Self::Redirected | Self::NotFound)
    }

    /// The class that decides the back-off.
    pub fn class(self) -> FailureClass {
        match self {
            Self::ExpiredToken
            | Self::InactiveUser
            | Self::IpRestricted
            | Self::AuthenticationFailure
            | Self::ActivationSecret
            | Self::NotApproved
            | Self::AuthorizationCode
            | Self::Assertion
            | Self::Audience
            | Self::NotAdminApproved
            | Self::UnknownClient
            | Self::ClientSecret
            | Self::AppNotInstalled
            | Self::ApprovalError
            | Self::AppBlocked
            | Self::ExternalAppNotFound
            | Self::NoRunAsUser
            | Self::Denied
            | Self::SessionExpired
            | Self::SessionNotForRest
            | Self::NoRefreshToken
            | Self::TokenCommand
            | Self::AgentNotAttached => FailureClass::Unauthorized,
            Self::InsufficientAccess | Self::InvalidType | Self::InvalidField | Self::NoObject => {
                FailureClass::NotPermitted
            }
            Self::InactiveOrg => FailureClass::OrgLocked,
            Self::ApiDisabled => FailureClass::ApiDisabled,
            Self::LoginRate | Self::RequestLimit | Self::ConcurrentLimit => FailureClass::Throttled,
            Self::AlreadyProcessing
            | Self::QueryTimeout
            | Self::QueryLocator
            | Self::RowLocked
            | Self::NoRouting
            | Self::ServerTrouble => FailureClass::ServerError,
            Self::UnsupportedGrant
            | Self::RedirectMismatch
            | Self::TokenRequest
            | Self::Scope
            | Self::AuthHeader
            | Self::Malformed
            | Self::RecordRefused
            | Self::NotFound
            | Self::Method
            | Self::VersionRetired
            | Self::Precondition
            | Self::PlainHttp
            | Self::PrivateKey
            | Self::LoginUrl => FailureClass::BadRequest,
            Self::Dns => FailureClass::Dns,
            Self::Tls => FailureClass::Tls,
            Self::Connect | Self::Cut => FailureClass::Unreachable,
            Self::Timeout => FailureClass::Timeout,
            Self::Unnamed | Self::Redirected | Self::BadAnswer | Self::TooLarge => FailureClass::BadAnswer,
        }
    }

    /// What to do about it, for the operator of fusebox.
    pub fn advice(self) -> &'static str {
        match self {
            Self::ExpiredToken => "revoked, evicted or expired: authorize again",
            Self::AlreadyProcessing | Self::QueryLocator | Self::RowLocked => {
                "passes by itself: the next look asks again"
            }
            Self::InactiveUser => "activate fusebox's user in this org, or sign in as another",
            Self::IpRestricted => {
                "admit this machine's address: login ranges of the user's profile, IP policy of the app"
            }
            Self::AuthenticationFailure => "check the user and its credentials",
            Self::ActivationSecret => "activate the device again",
            Self::NotApproved | Self::NotAdminApproved => {
                "pre-authorize fusebox's user for fusebox's app: profiles or permission sets of the app"
            }
            Self::AuthorizationCode => "start the authorization again; with an assertion, check this machine's clock",
            Self::Assertion => "check that the app holds the certificate of this private key, and this machine's clock",
            Self::Audience => "login_url is of the wrong kind: production and sandbox have different login hosts",
            Self::InactiveOrg => "the org is locked, expired or closed: ask its administrator or Salesforce",
            Self::UnknownClient => "check client_id; a new or changed app takes up to 10 minutes",
            Self::ClientSecret => "check the client secret; it may have been rotated",
            Self::AppNotInstalled | Self::ApprovalError => {
                "an administrator installs the app: Setup, Connected Apps OAuth Usage, Install"
            }
            Self::AppBlocked => "an administrator unblocks the app: Setup, Connected Apps OAuth Usage",
            Self::ExternalAppNotFound => "install the app's package in this org, and let login_url be its My Domain",
            Self::NoRunAsUser => "set the user that the app runs as: the app's policies, client credentials flow",
            Self::UnsupportedGrant => "enable this flow in the app's settings",
            Self::RedirectMismatch => "make the callback address the one of the app's settings",
            Self::Denied => "ask again",
            Self::TokenRequest
            | Self::Malformed
            | Self::RecordRefused
            | Self::Method
            | Self::Precondition
            | Self::AuthHeader => "the request is wrong in itself: report it",
            Self::Scope => "give the app the scope \"api\"",
            Self::LoginRate => "logins come too often: wait 30 minutes",
            Self::SessionExpired => "a fresh sign-in was refused too: look at the session settings of the app",
            Self::SessionNotForRest | Self::AgentNotAttached => {
                "a new sign-in does not help: look at the app's IP policy and at API Access Control"
            }
            Self::RequestLimit => "the 24-hour allocation is used up: wait, or buy more",
            Self::ConcurrentLimit => "too many long requests at once: wait",
            Self::ApiDisabled => "give fusebox's user \"API Enabled\", or use an edition with API access",
            Self::InsufficientAccess | Self::InvalidType | Self::InvalidField => {
                "give fusebox's user the right to read this"
            }
            Self::QueryTimeout => "the org is slow: the next look asks again",
            Self::NotFound => "nothing is there: check login_url",
            Self::NoObject => "check its API name, and that fusebox's user may see it",
            Self::VersionRetired => "this API version is retired: update fusebox",
            Self::NoRouting => "the org or sandbox is gone, or its My Domain was renamed",
            Self::ServerTrouble => "Salesforce is in trouble or in maintenance: see status.salesforce.com",
            Self::Unnamed => "not known to fusebox: see the words",
            Self::Dns => "check the name in login_url and this machine's resolver",
            Self::Tls => "check the certificate, and whether a proxy stands between",
            Self::Connect => "check the address, the network and the firewall",
            Self::Cut => "the connection broke: the next look asks again",
            Self::Timeout => "raise poll.timeout if the org is only slow",
            Self::Redirected => "the address has moved: check login_url",
            Self::BadAnswer => "another program answers there, or a proxy does: check login_url",
            Self::TooLarge => "no answer of Salesforce's is that large: check login_url",
            Self::PlainHttp => "use https: http is for this machine alone",
            Self::PrivateKey => "expected: an RSA private key in PEM",
            Self::NoRefreshToken => "sign in again: fusebox login ORG; the file must be writable where tokens rotate",
            Self::TokenCommand => "run token_command by hand: it has to print an access token and end with 0",
            Self::LoginUrl => "expected: https://login.salesforce.com, https://test.salesforce.com or a My Domain",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::redact::Redactor;
    use strum::IntoEnumIterator;

    #[test]
    fn every_name_says_what_to_do_behind_the_words() {
        for kind in Kind::iter() {
            let error = Error::new(kind, Redactor::default().redact("their words")).with_retry_after(Some(7));
            let failure = Failure::from(error);
            assert_eq!(failure.text.as_str(), format!("their words ({})", kind.advice()));
            assert_eq!((failure.class, failure.retry_after_s), (kind.class(), Some(7)));
            assert!((5..110).contains(&kind.advice().len()), "{kind}: {}", kind.advice());
        }
    }
}
