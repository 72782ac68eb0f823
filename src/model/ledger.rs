//! Who holds which slot: an org's approvals by user, each with the site that holds it as far as that is known.

use crate::model::org::Refused;
use crate::model::{Approval, Clean, Confidence, Evidence, Expiry, Fingerprint, OrgName, OtherApp, SiteName, UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// An approval that was found to be a site's, kept with how that was found: what found it ages out of what is remembered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The site.
    pub site: SiteName,
    /// The refresh token that the site held: a site that holds another one has another approval.
    pub refresh: Fingerprint,
    /// How it was found, as a clause.
    pub how: Clean,
    /// When, by the host's clock.
    pub since: DateTime<Utc>,
}

/// All approvals of WP Fusion's app in one org, by user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrgLedger {
    /// The org.
    pub org: OrgName,
    /// Whether all approvals are listed; a list that is not complete says nothing about what it lacks.
    pub complete: bool,
    /// Why approvals may not be listed, if so.
    pub refused: Option<Refused>,
    /// The last look that listed approvals, by the host's clock.
    pub seen_at: Option<DateTime<Utc>>,
    /// Users that hold an approval or are named by a connected site, by name.
    pub users: Vec<UserLedger>,
}

/// One user's slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserLedger {
    /// The user.
    pub id: UserId,
    /// `Username`, or the id where names may not be read.
    pub name: Clean,
    /// Whether the user is active; unknown where users may not be read.
    pub active: Option<bool>,
    /// Whether the user is frozen; unknown without "Manage Users".
    pub frozen: Option<bool>,
    /// Slots in use; none where not all may be listed.
    pub used: Option<u32>,
    /// Slots that there are.
    pub limit: u32,
    /// The most approvals that the user was seen to hold at once, where that is more than `limit`: the limit is set too low.
    pub seen_over_limit: Option<u32>,
    /// Its approvals, oldest first.
    pub entries: Vec<LedgerEntry>,
    /// Approvals that left, the last one first, as long as they are remembered.
    pub departed: Vec<LeftEntry>,
    /// Connected sites of this user whose approval is not known.
    pub unplaced: Vec<SiteName>,
    /// What the user approved of other apps, which takes no slot of this one; none where that is not told.
    pub other_apps: Option<Others>,
}

/// What one user approved of other apps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Others {
    /// By label.
    pub apps: Vec<OtherApp>,
    /// Whether there are no more.
    pub complete: bool,
}

/// One approval that is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftEntry {
    /// As Salesforce listed it last; its times are the org's.
    pub approval: Approval,
    /// When it was made, by the host's clock.
    pub created: DateTime<Utc>,
    /// The last refresh request, by the host's clock.
    pub used: Option<DateTime<Utc>>,
    /// The first look that did not show it any more.
    pub gone_by: DateTime<Utc>,
    /// The site that held it, where that is known.
    pub site: Option<SiteName>,
    /// Refresh requests by the day, the last four weeks up to today; none where nobody looked.
    pub days: Vec<Option<u64>>,
}

/// One approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerEntry {
    /// As Salesforce lists it; its times are the org's.
    pub approval: Approval,
    /// When it was made, by the host's clock.
    pub created: DateTime<Utc>,
    /// The last refresh request, by the host's clock.
    pub used: Option<DateTime<Utc>>,
    /// The look that showed it.
    pub observed_at: DateTime<Utc>,
    /// Refresh requests a day since it was made, to a tenth; none for the first day.
    pub tenths_a_day: Option<u32>,
    /// Refresh requests by the day, the last four weeks up to today; none where nobody looked.
    pub days: Vec<Option<u64>>,
    /// Whether the next approval of the user removes this one; of several made in one second, one of them.
    pub next_out: bool,
    /// Whether others were made in the same second, so that which of them leaves first can not be told.
    pub tied: bool,
    /// Whose it is.
    pub attribution: Attribution,
    /// When its refresh token ends.
    pub refresh_token: Expiry,
    /// Set where no known site can hold it.
    pub orphan: Option<Orphan>,
}

/// Whose an approval is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attribution {
    /// The site; of several that hold one token the original. None where it is not known.
    pub site: Option<SiteName>,
    /// Other sites that hold the same token: copies, restored backups.
    pub shared_with: Vec<SiteName>,
    /// How sure; none where it is not known.
    pub confidence: Option<Confidence>,
    /// By what it was found; none where it is not known.
    pub basis: Option<Basis>,
    /// What speaks for and against it; where it is not known, who may hold it.
    pub evidence: Vec<Evidence>,
}

/// By what it was found whose an approval is; shown as a clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display)]
pub enum Basis {
    /// It was found before, and nothing speaks against it since.
    #[strum(serialize = "found before, and nothing speaks against it since")]
    Found,
    /// Everything else was taken out.
    #[strum(serialize = "no other approval of the user fits")]
    Remains,
    /// There is one of each.
    #[strum(serialize = "the user's only site and only approval")]
    Only,
    /// It was made between the looks between which the site's token changed.
    #[strum(serialize = "made when the site's refresh token changed")]
    Made,
    /// It was used between the looks between which the site refreshed.
    #[strum(serialize = "used when the site refreshed")]
    Used,
}

impl Basis {
    /// The same in a word or two, for a column.
    pub fn short(self) -> &'static str {
        match self {
            Self::Found => "before",
            Self::Remains => "no other",
            Self::Only => "only one",
            Self::Made => "made",
            Self::Used => "used",
        }
    }
}

/// An approval that no known site can hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    /// Since when it is one, where that was seen.
    pub since: Option<DateTime<Utc>>,
    /// How sure it is that no site of the fleet uses it.
    pub confidence: Confidence,
    /// Whether it is known whose it was and that its site has another one now: revoking it harms nobody.
    pub safe: bool,
    /// What it is, in a sentence.
    pub reason: String,
}
