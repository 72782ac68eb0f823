//! An authorization that a person is asked to make in a browser, what fusebox sees of it, and how it ends. Plain data; kept until
//! it ended, so that another process can go on watching.

use crate::model::{ApprovalId, Clean, Fingerprint, OrgId, OrgName, SiteName, SlotCheck, UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What is to be authorized, and what was so before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorization {
    /// Names it: in the audit, and for who goes on with it.
    pub id: String,
    /// The site.
    pub site: SiteName,
    /// The org in which it is to be authorized.
    pub org: OrgName,
    /// Its id: another one is the wrong org.
    pub org_id: OrgId,
    /// As whom.
    pub user: UserId,
    /// `Username`, or the id where names may not be read.
    pub user_name: Clean,
    /// Whether nobody authorized the site before.
    pub first: bool,
    /// What the site synced to before.
    pub object_type: Option<Clean>,
    /// The refresh token that the site held before.
    pub refresh: Option<Fingerprint>,
    /// Approvals that the org listed before.
    pub approvals: BTreeSet<ApprovalId>,
    /// When it began, by the host's clock.
    pub began_at: DateTime<Utc>,
    /// When watching is given up; nothing is undone by that.
    pub gives_up_at: DateTime<Utc>,
}

/// What is seen of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Course {
    /// Nothing yet.
    Waiting,
    /// The user has a new approval, and the site does not hold another token: the exchange may follow.
    Approved {
        /// Which.
        approval: ApprovalId,
    },
    /// The site holds a token of the right org and user that it did not hold before.
    Connected {
        /// The token.
        refresh: Fingerprint,
        /// Its approval; none where more than one fits, or the list does not show it yet.
        approval: Option<ApprovalId>,
    },
    /// The site holds a token of another org.
    WrongOrg {
        /// Which, where the site tells it.
        org: Option<OrgId>,
    },
    /// The site holds a token of another user.
    WrongUser {
        /// Who, where the site tells it.
        user: Option<UserId>,
    },
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The right org and user, and a call by the site that worked.
    Verified {
        /// The new approval, where it is known which.
        approval: Option<ApprovalId>,
    },
    /// The right org and user, and no call that worked.
    NotVerified {
        /// What the call ended with.
        text: Clean,
    },
    /// The site is in another org now.
    WrongOrg {
        /// Which: its name where the configuration has one.
        org: Clean,
        /// Whether the site keeps the connection that it had: the code was pasted, and the site saw whose it is.
        kept: bool,
    },
    /// The site is another user's now.
    WrongUser {
        /// Who.
        user: Clean,
        /// The same of it.
        kept: bool,
    },
    /// A person approved and the site got nothing: a slot is filled for nobody.
    Abandoned {
        /// The approval that nobody holds.
        approval: ApprovalId,
    },
    /// Nobody came in time.
    GivenUp,
    /// The person said no.
    Denied,
    /// The app has to be installed in the org first.
    NotInstalled {
        /// What Salesforce said.
        text: Clean,
    },
    /// An administrator blocks the app.
    Blocked {
        /// What Salesforce said.
        text: Clean,
    },
    /// Salesforce or the site refused for another reason.
    Refused {
        /// In which words.
        text: Clean,
    },
    /// Somebody stopped the watching; nothing is undone.
    Stopped,
}

impl Ending {
    /// The site works, as far as is known.
    pub fn is_good(&self) -> bool {
        matches!(self, Self::Verified { .. })
    }

    /// What is to be done now; none where nothing is.
    pub fn advice(&self) -> Option<&'static str> {
        Some(match self {
            Self::Verified { .. } => return None,
            Self::NotVerified { .. } => {
                "fusebox prove SITE asks the site once more; fusebox why SITE tells what is known"
            }
            Self::WrongOrg { kept: true, .. } | Self::WrongUser { kept: true, .. } => {
                "start again; an approval was made for whoever signed in, and fills a slot there until it is revoked"
            }
            Self::WrongOrg { .. } => {
                "reauthorize at once: what the site sends goes to another org; sign out of Salesforce in that browser first"
            }
            Self::WrongUser { .. } => {
                "reauthorize as the right user, or keep it: the approval fills a slot of the user who signed in"
            }
            Self::Abandoned { .. } => "revoke that approval, or reauthorize: the next approval may push out a live one",
            Self::GivenUp => "nothing was undone; start again when somebody can sign in",
            Self::Denied => "ask the person to press Allow, or authorize as another user",
            Self::NotInstalled { .. } => {
                "an administrator installs the app: Setup, Connected Apps OAuth Usage, WP Fusion (OAuth), Install"
            }
            Self::Blocked { .. } => {
                "an administrator unblocks the app: Setup, Connected Apps OAuth Usage, WP Fusion (OAuth), Unblock"
            }
            Self::Refused { .. } => "fusebox why SITE tells what is known of the site and its org",
            Self::Stopped => "fusebox operations goes on watching until it is given up",
        })
    }
}

impl std::fmt::Display for Ending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Verified { approval: Some(approval) } => {
                write!(
                    f,
                    "connected again, by approval {}; the site asked for itself and was answered",
                    approval.short()
                )
            }
            Self::Verified { approval: None } => f.write_str(
                "connected again; the site asked for itself and was answered; which approval is its own is not known",
            ),
            Self::NotVerified { text } => write!(f, "authorized, and not verified: {text}"),
            Self::WrongOrg { org, kept: false } => write!(f, "wrong org: the site was authorized in {org}"),
            Self::WrongOrg { org, kept: true } => {
                write!(f, "wrong org: the person signed in to {org}, and the site keeps the connection that it had")
            }
            Self::WrongUser { user, kept: false } => write!(f, "wrong user: the site was authorized as {user}"),
            Self::WrongUser { user, kept: true } => {
                write!(f, "wrong user: {user} signed in, and the site keeps the connection that it had")
            }
            Self::Abandoned { approval } => write!(
                f,
                "abandoned half way: approval {} was made, the site does not hold it, and it fills a slot",
                approval.short()
            ),
            Self::GivenUp => f.write_str("nobody came to the end of it in time"),
            Self::Denied => f.write_str("denied: the person did not allow the app"),
            Self::NotInstalled { text } => write!(f, "the app is not installed in the org: {text}"),
            Self::Blocked { text } => write!(f, "an administrator blocks the app: {text}"),
            Self::Refused { text } => write!(f, "refused: {text}"),
            Self::Stopped => f.write_str("watching was stopped"),
        }
    }
}

/// One that is watched, for a screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watching {
    /// What is authorized.
    pub authorization: Authorization,
    /// Whether the org is a sandbox, where that is known.
    pub sandbox: Option<bool>,
    /// Slots that the user had in use when it began; none where not all were listed.
    pub used: Option<u32>,
    /// Slots that there are.
    pub limit: u32,
    /// When it ended, by the host's clock, once it has.
    pub ended_at: Option<DateTime<Utc>>,
    /// The slots of the user as they were seen then.
    pub slots: Option<Box<SlotCheck>>,
    /// Since when the site was not connected when it began, by the host's clock; none where it was.
    pub down_since: Option<DateTime<Utc>>,
    /// Errors that the plugin logged from then until it ended, where it logs and they were read: what failed meanwhile WP Fusion does
    /// not send again by itself.
    pub errors: Option<Errors>,
    /// Where it stands.
    pub standing: Standing,
}

/// Errors of a span of time, of a log of which the newest rows alone are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Errors {
    /// How many were read.
    pub count: usize,
    /// Whether there may be older ones of that span.
    pub more: bool,
}

/// Where it stands, for who looks on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What the person opens; none before the site was asked for it.
    pub link: Option<String>,
    /// What is to be known of the link, where it is not the plugin's own.
    pub link_note: Option<Clean>,
    /// Looks at the site so far.
    pub looks: u32,
    /// What the last one showed.
    pub course: Course,
    /// Why the last look failed, if it did.
    pub trouble: Option<Clean>,
    /// Why nothing came of the address that was pasted last, if nothing did.
    pub refused: Option<Clean>,
    /// How it ended, once it has.
    pub ending: Option<Ending>,
}

impl Standing {
    /// Before the first look.
    pub fn unseen() -> Self {
        Self {
            link: None,
            link_note: None,
            looks: 0,
            course: Course::Waiting,
            trouble: None,
            refused: None,
            ending: None,
        }
    }
}
