//! Why a look got no answer. A failure is an observation like any other: it is kept, dated and shown.

use crate::model::{Cause, Clean};
use serde::{Deserialize, Serialize};
use strum::Display;

/// One look that failed: its class, and the words of whoever refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{class}: {text}")]
pub struct Failure {
    /// What kind of failure it is; decides the back-off and the advice.
    pub class: FailureClass,
    /// The verbatim words, cleaned. Never holds a token: transports redact before they build one.
    pub text: Clean,
    /// How long the other side asked us to stay away, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u64>,
}

impl Failure {
    /// A failure that names no time to come back.
    pub fn new(class: FailureClass, text: impl Into<Clean>) -> Self {
        Self { class, text: text.into(), retry_after_s: None }
    }
}

/// The kinds of failure that are told apart.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Display, strum::EnumIter,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum FailureClass {
    /// The host's name has no address.
    Dns,
    /// The connection was refused, reset or cut half way.
    Unreachable,
    /// No answer within the limit.
    Timeout,
    /// The TLS handshake failed.
    Tls,
    /// `ssh` ended before the remote side answered: host, key or login refused.
    SshRefused,
    /// The credential that fusebox holds was refused (401, or a token endpoint's `invalid_grant`).
    Unauthorized,
    /// The credential is good and a right is missing (403, `not_permitted`); the text names the right.
    NotPermitted,
    /// The address answers, and there is no agent (404, `wp` missing, path is no WordPress).
    NoAgent,
    /// The agent speaks for another site than the configured one: another blog or another address.
    WrongSite,
    /// PHP ended in a fatal error.
    PhpFatal,
    /// The other side is in trouble (5xx, 420, maintenance).
    ServerError,
    /// The API allocation is used up, or logins come too often.
    Throttled,
    /// API access is off for the org or the user.
    ApiDisabled,
    /// The org is locked, suspended or expired.
    OrgLocked,
    /// Something came that is no answer: HTML, half a document, too much, another program's words.
    BadAnswer,
    /// The request itself is wrong: a bug of ours, a retired API version, a wrong setting.
    BadRequest,
}

impl FailureClass {
    /// The cause that a subject shows while this is all that is known of it.
    pub fn cause(self) -> Cause {
        match self {
            Self::Dns => Cause::Dns,
            Self::Unreachable | Self::ServerError => Cause::Unreachable,
            Self::Timeout => Cause::Timeout,
            Self::Tls => Cause::Tls,
            Self::SshRefused => Cause::SshRefused,
            Self::Unauthorized | Self::NotPermitted => Cause::NotPermitted,
            Self::NoAgent | Self::WrongSite | Self::BadAnswer | Self::BadRequest => Cause::BadAnswer,
            Self::PhpFatal => Cause::PhpFatal,
            Self::Throttled => Cause::CallLimit,
            Self::ApiDisabled => Cause::ApiDisabled,
            Self::OrgLocked => Cause::OrgLocked,
        }
    }
}
