//! What administrators do, as the audit trail tells it.

use chrono::{DateTime, Utc};

/// One change by an administrator.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    /// Its number.
    pub(crate) n: u64,
    /// When.
    pub(crate) at: DateTime<Utc>,
    /// `Action`.
    pub(crate) action: &'static str,
    /// `Section`.
    pub(crate) section: &'static str,
    /// `Display`.
    pub(crate) display: String,
}

/// What an administrator did, about an app or a user by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Installed an app.
    Install,
    /// Uninstalled it.
    Uninstall,
    /// Unblocked it.
    Unblock,
    /// Changed who may use it.
    PermittedUsers,
    /// Changed how long its tokens live. No published catalogue has the action; the name is a detection guide's.
    RefreshPolicy,
    /// Changed whether it needs PKCE.
    Pkce,
    /// Changed from which addresses it may be used.
    IpRelaxation,
    /// Prepared new credentials for it.
    StagedCredential,
    /// Deactivated a user.
    Deactivate,
    /// Activated it again.
    Activate,
    /// Froze it.
    Freeze,
    /// Thawed it.
    Unfreeze,
    /// Gave it another profile.
    Profile,
}

impl Deed {
    /// `Action`, `Section`, and `Display` about `name`.
    pub(super) fn told(self, name: &str) -> (&'static str, &'static str, String) {
        const APPS: &str = "Connected Apps";
        const USERS: &str = "Manage Users";
        let (action, section, before, behind) = match self {
            Self::Install => ("insertConnectedApplication", APPS, "Installed connected app ", ""),
            Self::Uninstall => ("deleteConnectedApplication", APPS, "Uninstalled connected app ", ""),
            Self::Unblock => ("unblockConnectedApplication", APPS, "Unblocked connected app ", ""),
            Self::PermittedUsers => {
                ("changeUserRuntimeAccessPolicy", APPS, "For connected app ", ", changed the permitted users policy")
            }
            Self::RefreshPolicy => {
                ("connectedAppOauthPolicyChange", APPS, "For connected app ", ", changed the refresh token policy")
            }
            Self::Pkce => {
                ("changeApplicationPkceRequired", APPS, "For connected app ", ", changed whether PKCE is required")
            }
            Self::IpRelaxation => {
                ("changeIpRelaxationPolicy", APPS, "For connected app ", ", changed the IP relaxation policy")
            }
            Self::StagedCredential => {
                ("generateOauthStagedCredential", APPS, "Generated a staged credential for connected app ", "")
            }
            Self::Deactivate => ("deactivateduser", USERS, "Deactivated user ", ""),
            Self::Activate => ("activateduser", USERS, "Activated user ", ""),
            Self::Freeze => ("frozeuser", USERS, "Froze user ", ""),
            Self::Unfreeze => ("unfrozeuser", USERS, "Unfroze user ", ""),
            Self::Profile => ("changedprofileforuser", USERS, "Changed profile for user ", ""),
        };
        (action, section, format!("{before}{name}{behind}"))
    }
}
