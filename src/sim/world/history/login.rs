//! The ways in, and what comes of them, as the login history tells it.

use crate::sim::world::refresh::Refusal;

/// The way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// A code was exchanged.
    Code,
    /// A refresh token was presented.
    Refresh,
    /// A signed assertion.
    Jwt,
    /// Key and secret alone.
    ClientCredentials,
    /// A user's password.
    Password,
}

impl How {
    /// `LoginSubType`; none for assertions, for which no source has one.
    pub(crate) fn sub_type(self) -> Option<&'static str> {
        match self {
            Self::Code => Some("OauthWebServer"),
            Self::Refresh => Some("OauthRefreshToken"),
            Self::Jwt => None,
            Self::ClientCredentials => Some("OauthClientCredentials"),
            Self::Password => Some("OauthUsernamePassword"),
        }
    }
}

/// `Status`: the texts of the published table of login statuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// It worked (from memory).
    Success,
    /// The token is dead, for whatever reason.
    InvalidToken,
    /// A second refresh came while the first was under way.
    InFlight,
    /// The user is deactivated.
    UserInactive,
    /// The user is frozen.
    UserFrozen,
    /// No administrator approved the user for the app (from memory).
    NotApproved,
    /// The code's challenge was not met.
    InvalidVerifier,
    /// The org is locked, or its trial is over.
    OrgInactive,
}

impl Status {
    /// The text.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::InvalidToken => "Failed: Invalid Token",
            Self::InFlight => "Failed: Token request is already being processed",
            Self::UserInactive => "User is inactive",
            Self::UserFrozen => "User is frozen",
            Self::NotApproved => "Failed: Not approved for access",
            Self::InvalidVerifier => "Failed: Invalid Code Verifier",
            Self::OrgInactive => "Organization is inactive",
        }
    }

    /// What a refused refresh is put down as; none where no text is known, or nobody to put it down to.
    pub(super) fn of_refusal(refusal: &Refusal) -> Option<Self> {
        match refusal.cause {
            "policy_idle" | "policy_lifetime" | "policy_immediate" | "idle_cap" | "rotated_out" => {
                Some(Self::InvalidToken)
            }
            "rotation_risk" => Some(Self::InFlight),
            "user_inactive" => Some(Self::UserInactive),
            "user_frozen" => Some(Self::UserFrozen),
            "not_preauthorized" => Some(Self::NotApproved),
            "org_locked" => Some(Self::OrgInactive),
            _ => None,
        }
    }
}
