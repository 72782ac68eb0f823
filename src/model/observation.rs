//! One thing seen at one time from one source. The fleet is the fold of observations.

use crate::model::org::{Coverage, Refused};
use crate::model::{
    ApiUsage, AppKind, Approval, ApprovalId, ConnectedApp, Failure, Link, Login, OrgName, Organization, OtherApps,
    Permitted, ProveOutcome, Session, SetupChange, SiteLog, SiteName, SiteStatus, Stretch, User, UserId,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// What can be looked at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "name", rename_all = "snake_case")]
pub enum Target {
    /// A WordPress site.
    Site(SiteName),
    /// A Salesforce org.
    Org(OrgName),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Site(name) => write!(f, "site {name}"),
            Self::Org(name) => write!(f, "org {name}"),
        }
    }
}

/// One thing seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// Where.
    pub target: Target,
    /// When, by the clock of the host that looked.
    pub at: DateTime<Utc>,
    /// What.
    pub fact: Fact,
}

/// What was seen. Two facts with the same [`Fact::subject`] are two states of one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", content = "value", rename_all = "snake_case")]
pub enum Fact {
    /// The target answered.
    Answered {
        /// Seconds that its clock is ahead of ours, made steady by [`crate::model::org::steady_offset`].
        clock_offset_s: i64,
    },
    /// The target did not answer, or refused.
    Failed(Failure),
    /// A site's plugin and settings.
    Status(Box<SiteStatus>),
    /// A site's log.
    Log(SiteLog),
    /// A call made by the site.
    Prove(ProveOutcome),
    /// The org itself.
    Organization(Permitted<Organization>),
    /// The app's row in the org.
    App(Permitted<Option<ConnectedApp>>),
    /// Whether approvals may be listed, and how completely.
    Coverage(Permitted<Coverage>),
    /// All approvals that one user holds, oldest first.
    Approvals {
        /// Whose.
        user: UserId,
        /// Which.
        rows: Vec<Approval>,
    },
    /// An approval was found to be a site's: by what was seen, or because fusebox was there when it was made.
    Linked {
        /// Which.
        approval: ApprovalId,
        /// Whose, and how that is known.
        link: Link,
    },
    /// One user.
    User(User),
    /// Users may not be read.
    UsersRefused(Refused),
    /// The API allocation.
    ApiUsage(Permitted<ApiUsage>),
    /// Logins since the last look at them.
    Logins {
        /// Whose were asked for.
        users: BTreeSet<UserId>,
        /// They.
        read: Permitted<Stretch<Login>>,
    },
    /// Sessions that live.
    Sessions(Permitted<Vec<Session>>),
    /// What administrators changed since the last look at it.
    SetupChanges(Permitted<Stretch<SetupChange>>),
    /// What kind of app WP Fusion's is.
    AppKind(Permitted<AppKind>),
    /// What users approved of other apps.
    OtherApps(Permitted<OtherApps>),
}

impl Fact {
    /// Whether it goes into the history that is kept. Sessions and the use of other apps move all day, and would fill it with what
    /// nobody asks for later: the folded state alone holds those of the last look.
    pub fn is_kept(&self) -> bool {
        !matches!(self, Self::Sessions(_) | Self::OtherApps(_))
    }

    /// Names the thing within its target that this fact is a state of. Answering and failing are two states of one
    /// thing, reach.
    pub fn subject(&self) -> String {
        match self {
            Self::Answered { .. } | Self::Failed(_) => "reach".to_owned(),
            Self::Status(_) => "status".to_owned(),
            Self::Log(_) => "log".to_owned(),
            Self::Prove(_) => "prove".to_owned(),
            Self::Organization(_) => "organization".to_owned(),
            Self::App(_) => "app".to_owned(),
            Self::Coverage(_) => "coverage".to_owned(),
            Self::Approvals { user, .. } => format!("approvals/{user}"),
            Self::Linked { approval, .. } => format!("link/{approval}"),
            Self::User(user) => format!("user/{}", user.id),
            Self::UsersRefused(_) => "users".to_owned(),
            Self::ApiUsage(_) => "api_usage".to_owned(),
            Self::Logins { .. } => "logins".to_owned(),
            Self::Sessions(_) => "sessions".to_owned(),
            Self::SetupChanges(_) => "setup_changes".to_owned(),
            Self::AppKind(_) => "app_kind".to_owned(),
            Self::OtherApps(_) => "other_apps".to_owned(),
        }
    }
}
