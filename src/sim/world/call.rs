//! A call to the data API with an access token: who calls, or why not. Pure.

use super::org::{OrgTrouble, Trouble};
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
    /// The org is locked, suspended or expired.
    OrgLocked,
}

impl CallRefusal {
    /// The HTTP status.
    pub(crate) fn status(self) -> u16 {
        match self {
            Self::Expired | Self::NotForRest => 401,
            Self::ApiDisabled | Self::Limit | Self::OrgLocked => 403,
        }
    }

    /// Salesforce's `errorCode`.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Expired | Self::NotForRest => "INVALID_SESSION_ID",
            Self::ApiDisabled => "API_DISABLED_FOR_ORG",
            Self::Limit => "REQUEST_LIMIT_EXCEEDED",
            // (from memory)
            Self::OrgLocked => "ORG_LOCKED",
        }
    }

    /// Salesforce's `message`.
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::Expired => "Session expired or invalid",
            Self::NotForRest => "This session is not valid for use with the REST API",
            Self::ApiDisabled => "The REST API is not enabled for this Organization.",
            Self::Limit => "TotalRequests Limit exceeded.",
            Self::OrgLocked => "Organization is inactive",
        }
    }

    /// What WP Fusion makes of it. It never shows the text of an expired session: it refreshes.
    pub(crate) fn plugin_text(self) -> String {
        match self {
            Self::Expired => self.message().to_owned(),
            Self::NotForRest => format!("Invalid API credentials: {}", self.message()),
            Self::ApiDisabled | Self::Limit | Self::OrgLocked => format!("Forbidden - {}", self.message()),
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

    /// Whose token this is, if it lives. Asking who one is counts nowhere, and extends the session.
    pub(crate) fn identify(&mut self, org: usize, access: &str, at: DateTime<Utc>) -> Option<Caller> {
        let session = self.orgs[org].sessions.get_mut(access)?;
        if session.last_used + SESSION_LIFE <= at {
            return None;
        }
        session.last_used = session.last_used.max(at);
        let caller = Caller { user: session.user, approval: session.approval };
        (!self.orgs[org].users[caller.user].is(Trouble::Inactive)).then_some(caller)
    }

    /// Whether a user gets in by its password.
    pub(crate) fn may_log_in(&self, org: usize, user: usize, password: &str) -> bool {
        let (place, user) = (&self.orgs[org], &self.orgs[org].users[user]);
        place.trouble.is_none() && user.password == password && !user.is(Trouble::Inactive) && !user.is(Trouble::Frozen)
    }

    /// Lets a token make a call. A good one extends the session; counting it is the business of whoever took the call.
    pub(crate) fn call(&mut self, org: usize, access: &str, at: DateTime<Utc>) -> Result<Caller, CallRefusal> {
        let org = &mut self.orgs[org];
        let session = org.sessions.get_mut(access).ok_or(CallRefusal::Expired)?;
        match org.trouble {
            Some(OrgTrouble::Locked | OrgTrouble::TrialOver) => return Err(CallRefusal::OrgLocked),
            Some(OrgTrouble::NoApi) => return Err(CallRefusal::ApiDisabled),
            None => {}
        }
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
