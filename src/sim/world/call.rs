//! A call to the data API with an access token: who calls, or why not. Pure.

use super::org::Trouble;
use super::{SESSION_LIFE, World};
use chrono::{DateTime, Utc};

/// A call that was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallRefusal {
    /// The session is unknown, ended or lapsed: the only refusal that makes WP Fusion refresh.
    Expired,
    /// The address is not allowed.
    NotForRest,
    /// The user's profile has no API access.
    ApiDisabled,
    /// The org's allocation is used up.
    Limit,
}

impl CallRefusal {
    /// The HTTP status.
    pub(crate) fn status(self) -> u16 {
        match self {
            Self::Expired | Self::NotForRest => 401,
            Self::ApiDisabled | Self::Limit => 403,
        }
    }

    /// Salesforce's `errorCode`.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Expired | Self::NotForRest => "INVALID_SESSION_ID",
            Self::ApiDisabled => "API_DISABLED_FOR_ORG",
            Self::Limit => "REQUEST_LIMIT_EXCEEDED",
        }
    }

    /// Salesforce's `message`.
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Expired => "Session expired or invalid",
            Self::NotForRest => "This session is not valid for use with the REST API",
            Self::ApiDisabled => "The REST API is not enabled for this Organization.",
            Self::Limit => "TotalRequests Limit exceeded.",
        }
    }

    /// What WP Fusion makes of it. It never shows the text of an expired session: it refreshes.
    pub(crate) fn plugin_text(self) -> String {
        match self {
            Self::Expired => self.message().to_owned(),
            Self::NotForRest => format!("Invalid API credentials: {}", self.message()),
            Self::ApiDisabled | Self::Limit => format!("Forbidden - {}", self.message()),
        }
    }
}

/// Whose access token came along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The user, by its place.
    pub(crate) user: usize,
    /// The approval that the session came from, which may have been made for a site.
    pub(crate) approval: Option<usize>,
}

impl World {
    /// Whose token this is in `org`, live or not.
    pub(crate) fn whose(&self, org: usize, access: &str) -> Option<Caller> {
        let session = self.orgs[org].sessions.get(access)?;
        Some(Caller { user: session.user, approval: session.approval })
    }

    /// Lets a token make a call. A good one extends the session; counting it is the business of whoever took the call.
    pub(crate) fn call(&mut self, org: usize, access: &str, at: DateTime<Utc>) -> Result<Caller, CallRefusal> {
        let org = &mut self.orgs[org];
        let session = org.sessions.get_mut(access).ok_or(CallRefusal::Expired)?;
        let user = &org.users[session.user];
        if user.is(Trouble::NoApi) {
            return Err(CallRefusal::ApiDisabled);
        }
        if user.is(Trouble::AddressRefused) {
            return Err(CallRefusal::NotForRest);
        }
        if session.last_used + SESSION_LIFE <= at {
            return Err(CallRefusal::Expired);
        }
        if org.api.used(at) >= org.api.max {
            return Err(CallRefusal::Limit);
        }
        session.last_used = session.last_used.max(at);
        Ok(Caller { user: session.user, approval: session.approval })
    }
}
