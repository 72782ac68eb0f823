//! One Salesforce org: its settings, its users, the approvals of WP Fusion's app, the sessions. Plain data.

use super::data::Data;
use crate::model::{OrgId, UserId};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{HashMap, VecDeque};

/// One org. Users and approvals are named by their place in the lists, which only grow.
#[derive(Clone, Debug)]
pub(crate) struct Org {
    /// What the operator calls it.
    pub(crate) name: String,
    /// Its id now.
    pub(crate) id: OrgId,
    /// `Organization.Name`.
    pub(crate) title: String,
    /// `OrganizationType`.
    pub(crate) edition: String,
    /// `IsSandbox`.
    pub(crate) sandbox: bool,
    /// `InstanceName`.
    pub(crate) instance: String,
    /// Approvals of one app that a user may hold.
    pub(crate) slot_limit: usize,
    /// The daily API allocation.
    pub(crate) api: Allocation,
    /// WP Fusion's app here.
    pub(crate) app: App,
    /// The users.
    pub(crate) users: Vec<User>,
    /// Every approval ever made, in the order in which they were made; removed ones stay, marked.
    pub(crate) approvals: Vec<Approval>,
    /// Live and lapsed sessions by access token.
    pub(crate) sessions: HashMap<String, Session>,
    /// fusebox's own app.
    pub(crate) monitor: Monitor,
    /// Features and records.
    pub(crate) data: Data,
    /// Whether it lives on another instance now: its former address leads nowhere.
    pub(crate) moved: bool,
    /// What is wrong with the org as a whole, if anything is.
    pub(crate) trouble: Option<OrgTrouble>,
    /// Whether the username-password flow is admitted; newer orgs block it.
    pub(crate) password_flow: bool,
    /// How long a refresh takes, while which a second one with the same token is refused.
    pub(crate) refresh_takes: TimeDelta,
}

/// What can be wrong with an org as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OrgTrouble {
    /// Locked or suspended.
    Locked,
    /// A trial that is over; `TrialExpirationDate` lies behind.
    TrialOver,
    /// Its REST API is off: the edition has none.
    NoApi,
}

/// The place of fusebox's own user among an org's users.
pub(crate) const MONITOR: usize = 0;

impl Org {
    /// An app by its label. Of other apps than WP Fusion's and fusebox's an org knows the approvals alone.
    pub(crate) fn app(&self, label: &str) -> Option<&App> {
        [&self.app, &self.monitor.app].into_iter().find(|app| app.label == label)
    }

    /// The approvals that the org lists, with their places.
    pub(crate) fn listed(&self) -> impl Iterator<Item = (usize, &Approval)> {
        self.approvals.iter().enumerate().filter(|(_, approval)| approval.removed.is_none())
    }
}

/// The API allocation: what others use all the time, and what was asked here within the last 24 hours.
#[derive(Clone, Debug)]
pub(crate) struct Allocation {
    /// Requests allowed in 24 hours.
    pub(crate) max: u64,
    /// What others, the sites' own traffic included, have used at any time.
    pub(crate) background: u64,
    counted: VecDeque<DateTime<Utc>>,
}

impl Allocation {
    /// An allocation of which `background` is always used.
    pub(crate) fn new(max: u64, background: u64) -> Self {
        Self { max, background, counted: VecDeque::new() }
    }

    /// Counts one request.
    pub(crate) fn count(&mut self, at: DateTime<Utc>) {
        self.counted.push_back(at);
    }

    /// Requests used in the 24 hours before `now`.
    pub(crate) fn used(&mut self, now: DateTime<Utc>) -> u64 {
        while self.counted.front().is_some_and(|at| *at <= now - TimeDelta::hours(24)) {
            self.counted.pop_front();
        }
        self.background + self.counted.len() as u64
    }
}

/// A connected app as an org sets it up.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own in Setup")]
pub(crate) struct App {
    /// Its label.
    pub(crate) label: String,
    /// Whether it is installed.
    pub(crate) standing: Standing,
    /// `OptionsAllowAdminApprovedUsersOnly`.
    pub(crate) admin_approved_only: bool,
    /// The refresh token policy.
    pub(crate) policy: Policy,
    /// Whether refresh tokens rotate.
    pub(crate) rotation: bool,
    /// Whether the publisher ends what was not used for 30 days, whatever the org's policy says, and without showing it.
    pub(crate) idle_cap: bool,
    /// Whether PKCE is a must.
    pub(crate) pkce_required: bool,
}

/// How long an approval lives unused under [`App::idle_cap`].
pub(crate) const IDLE_CAP: TimeDelta = TimeDelta::days(30);

impl App {
    /// fusebox's own app: installed, for pre-authorized users, its tokens valid until revoked.
    pub(crate) fn own() -> Self {
        Self {
            label: "fusebox".to_owned(),
            standing: Standing::Installed,
            admin_approved_only: true,
            policy: Policy::UntilRevoked,
            rotation: false,
            idle_cap: false,
            pkce_required: false,
        }
    }
}

/// How an org stands to an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// `ConnectedApplication` has a row of it.
    Installed,
    /// No row. Approvals made before live on.
    Absent,
    /// Installed, and an administrator pressed Block.
    Blocked,
}

/// The refresh token policy. Salesforce shows the number and the metric, never the unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    /// Valid until revoked.
    UntilRevoked,
    /// Expires at once.
    Immediately,
    /// Expires when unused for this long.
    Idle(Period),
    /// Expires this long after it was issued.
    Lifetime(Period),
}

/// A number of hours, days or months.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Period {
    /// The number.
    pub(crate) n: u32,
    /// What it counts.
    pub(crate) unit: Unit,
}

/// The unit of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Unit {
    /// 60 minutes.
    Hours,
    /// 24 hours.
    Days,
    /// 30 days.
    Months,
}

impl Period {
    /// Its length.
    pub(crate) fn length(self) -> TimeDelta {
        let n = i64::from(self.n);
        match self.unit {
            Unit::Hours => TimeDelta::hours(n),
            Unit::Days => TimeDelta::days(n),
            Unit::Months => TimeDelta::days(30 * n),
        }
    }
}

impl Policy {
    /// The period, if the policy has one.
    pub(crate) fn period(self) -> Option<Period> {
        match self {
            Self::Idle(period) | Self::Lifetime(period) => Some(period),
            Self::UntilRevoked | Self::Immediately => None,
        }
    }

    /// `RefreshTokenValidityPeriod`: none, 0, or the number.
    pub(crate) fn shown_period(self) -> Option<u32> {
        match self {
            Self::UntilRevoked => None,
            Self::Immediately => Some(0),
            Self::Idle(period) | Self::Lifetime(period) => Some(period.n),
        }
    }

    /// `OptionsRefreshTokenValidityMetric`: true when N counts from the last use.
    pub(crate) fn shown_metric(self) -> bool {
        matches!(self, Self::Idle(_))
    }
}

/// One Salesforce user.
#[derive(Clone, Debug)]
pub(crate) struct User {
    /// Its short name in the scenario (`ops1`).
    pub(crate) key: String,
    /// `Username`.
    pub(crate) username: String,
    /// Its id.
    pub(crate) id: UserId,
    /// Its password, for the flows that take one.
    pub(crate) password: String,
    /// "Approve Uninstalled Connected Apps".
    pub(crate) approves_uninstalled: bool,
    /// What it may see beyond its own things.
    pub(crate) rights: Rights,
    /// What is wrong with it, if anything is.
    pub(crate) trouble: Option<Trouble>,
}

impl User {
    /// Whether this is what is wrong with it.
    pub(crate) fn is(&self, trouble: Trouble) -> bool {
        self.trouble == Some(trouble)
    }
}

/// What can be wrong with a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Deactivated: `IsActive` is false.
    Inactive,
    /// `UserLogin.IsFrozen`.
    Frozen,
    /// The profile has no "API Enabled".
    NoApi,
    /// Its sessions are refused at the REST API for the address they come from.
    AddressRefused,
    /// No administrator approved it for the app.
    NotPreauthorized,
}

/// One approval of an app.
#[derive(Clone, Debug)]
pub(crate) struct Approval {
    /// Whose, by its place in the list of users.
    pub(crate) user: usize,
    /// The app's label.
    pub(crate) app: String,
    /// When it was made, in whole seconds as Salesforce shows it.
    pub(crate) created_at: DateTime<Utc>,
    /// The last refresh request, failed ones included.
    pub(crate) last_used_at: Option<DateTime<Utc>>,
    /// The last refresh that succeeded, or the creation: what an idle policy counts from.
    pub(crate) idle_since: DateTime<Utc>,
    /// Refresh requests, failed ones included.
    pub(crate) use_count: u32,
    /// What it was given for, as the token response says it.
    pub(crate) scope: String,
    /// Until when a refresh is under way.
    pub(crate) busy_until: Option<DateTime<Utc>>,
    /// The refresh token that counts.
    pub(crate) refresh: String,
    /// `DeleteToken`.
    pub(crate) delete_token: String,
    /// Whether a rotated-out token came back, which voids the present one too. The row stays listed.
    pub(crate) voided: bool,
    /// Which site it was made for; none for an orphan.
    pub(crate) site: Option<usize>,
    /// Why it left the list.
    pub(crate) removed: Option<&'static str>,
}

/// One session: what an access token stands for.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// The approval it came from; none where the flow makes no approval.
    pub(crate) approval: Option<usize>,
    /// Its user's place.
    pub(crate) user: usize,
    /// The last call. A session lapses two hours later.
    pub(crate) last_used: DateTime<Utc>,
}

/// The app by which fusebox itself looks at an org, as its user [`MONITOR`].
#[derive(Clone, Debug)]
pub(crate) struct Monitor {
    /// The org's terms for it.
    pub(crate) app: App,
    /// The consumer key.
    pub(crate) client_id: String,
    /// The consumer secret.
    pub(crate) client_secret: String,
    /// Where it may send a browser back to.
    pub(crate) callbacks: Vec<String>,
    /// Whether it signs in by JWT; else by client credentials.
    pub(crate) jwt: bool,
    /// The certificate that was uploaded for it, PEM; else the one of this simulator's own key.
    pub(crate) certificate: Option<String>,
    /// The session's access token: the same for every sign-in while it lives.
    pub(crate) access: Option<String>,
}

/// Permissions of a user.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "permissions are held or not, each by itself")]
pub(crate) struct Rights {
    /// "Customize Application": every user's approvals.
    pub(crate) customize_application: bool,
    /// "Manage Users": who is frozen.
    pub(crate) manage_users: bool,
    /// "View Setup and Configuration": the allocation.
    pub(crate) view_setup: bool,
    /// "Monitor Login History": every user's logins.
    pub(crate) monitor_login_history: bool,
}

impl Rights {
    /// Nothing but one's own things.
    pub(crate) const NONE: Self =
        Self { customize_application: false, manage_users: false, view_setup: false, monitor_login_history: false };
}

impl Default for Rights {
    fn default() -> Self {
        Self { customize_application: true, manage_users: true, view_setup: true, monitor_login_history: true }
    }
}
