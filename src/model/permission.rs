//! The permissions of fusebox's own user, each with what is not seen without it. The smallest permission set that works
//! holds them all; none of them lets anything be written by what fusebox asks.

use strum::{Display, EnumIter, EnumString, IntoStaticStr};

/// One permission, by the words that Salesforce's Setup uses for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Display, EnumIter, EnumString, IntoStaticStr)]
pub enum Permission {
    /// Any call at all.
    #[strum(serialize = "API Enabled")]
    ApiEnabled,
    /// Approvals of other users (`OauthToken`, object reference).
    #[strum(serialize = "Customize Application")]
    CustomizeApplication,
    /// The app's row and the allocation (`ConnectedApplication`, `limits`), the audit trail.
    #[strum(serialize = "View Setup and Configuration")]
    ViewSetup,
    /// Who is frozen (`UserLogin`), sessions and logins of others.
    #[strum(serialize = "Manage Users")]
    ManageUsers,
    /// Logins of others, where "Manage Users" is too much to give.
    #[strum(serialize = "Monitor Login History")]
    MonitorLoginHistory,
    /// Users that hold no approval.
    #[strum(serialize = "Read on User")]
    ReadUser,
}

impl Permission {
    /// What is not seen without what `words` name: one permission, or either of two.
    pub fn lost_without(words: &str) -> &'static str {
        let last = words.rsplit(" or ").next().unwrap_or(words);
        last.parse().map_or("a part of the picture", Self::lost)
    }

    /// What is not seen without it, as a noun phrase.
    pub fn lost(self) -> &'static str {
        match self {
            Self::ApiEnabled => "everything: no call is answered",
            Self::CustomizeApplication => "the approvals: whose slot is whose, who leaves next, what is gone",
            Self::ViewSetup => "the app's refresh token policy, whether it is installed, what administrators did",
            Self::ManageUsers => "who is frozen, sessions and their end, logins of others",
            Self::MonitorLoginHistory => "logins of others: from which address an approval was used",
            Self::ReadUser => "names and states of users that sites name and no approval tells of",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_is_known_by_its_words() {
        assert_eq!("View Setup and Configuration".parse(), Ok(Permission::ViewSetup));
        assert_eq!(Permission::ManageUsers.to_string(), "Manage Users");
        assert!("Modify All Data".parse::<Permission>().is_err());
        let either = format!("{} or {}", Permission::ManageUsers, Permission::MonitorLoginHistory);
        assert_eq!(Permission::lost_without(&either), Permission::MonitorLoginHistory.lost());
        assert_eq!(Permission::lost_without("Manage Users"), Permission::ManageUsers.lost());
        assert_eq!(Permission::lost_without("Modify All Data"), "a part of the picture");
    }
}
