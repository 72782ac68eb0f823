//! What new approvals of one user would cost: which slots are held by whom, who would be removed, and what is safer. Plain
//! data, shown before anybody authorizes a site.

use crate::model::{ApprovalId, Clean, Confidence, OrgName, SiteName, UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// One approval that a user holds, with whose connection ends with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldSlot {
    /// Its name.
    pub approval_id: ApprovalId,
    /// When it was made, by the host's clock.
    pub created_at: DateTime<Utc>,
    /// The last refresh request, by the host's clock.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Salesforce's count of refresh requests.
    pub use_count: u32,
    /// Whether another of the user's was made in the same second: which of them leaves first, and which of them a revocation would
    /// meet, can not be told.
    pub tied: bool,
    /// Whose it is.
    pub whose: Whose,
}

/// Whose an approval is, as far as it matters to who loses what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "held_by", rename_all = "snake_case")]
pub enum Whose {
    /// These connected sites hold its token: one site, or one with its copies.
    Sites {
        /// The original first.
        sites: Vec<SiteName>,
        /// How sure the attribution is.
        confidence: Confidence,
        /// Whether that may be leaned on: sure, and, where the token is dead, found while it was alive. A dead token that is given
        /// the only approval in sight may be given another's.
        sure: bool,
        /// Whether Salesforce refuses the token for good.
        dead: bool,
    },
    /// One of these sites may hold it, or one that fusebox does not know.
    OneOf {
        /// Who may.
        sites: Vec<SiteName>,
    },
    /// No known site can hold it.
    Nobody {
        /// Whether it is known whose it was, and that its site holds another token now or none.
        safe: bool,
        /// What it is, in a sentence.
        reason: String,
    },
}

/// What is lost when something is removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "loses", rename_all = "snake_case")]
pub enum SlotLoss {
    /// Nothing that works.
    Nothing,
    /// These sites, for sure.
    Certain {
        /// Which.
        sites: Vec<SiteName>,
    },
    /// One of these sites, or one that fusebox does not know; where none is named, only such a one.
    Possible {
        /// Which.
        sites: Vec<SiteName>,
    },
}

impl SlotLoss {
    /// Whether nothing is lost, for sure.
    pub fn is_nothing(&self) -> bool {
        *self == Self::Nothing
    }

    /// The sites that are lost or may be.
    pub fn sites(&self) -> &[SiteName] {
        match self {
            Self::Nothing => &[],
            Self::Certain { sites } | Self::Possible { sites } => sites,
        }
    }
}

/// Names of sites, as one reads them.
pub fn joined(sites: &[SiteName]) -> String {
    sites.iter().map(SiteName::as_str).collect::<Vec<_>>().join(" and ")
}

impl Whose {
    /// What is lost with the approval, where `moved` have, or get with the same step, approvals of their own.
    pub fn loss<'a>(&self, moved: impl Fn(&SiteName) -> bool + 'a) -> SlotLoss {
        let left = |sites: &[SiteName]| sites.iter().filter(|site| !moved(site)).cloned().collect::<Vec<_>>();
        match self {
            Self::Nobody { safe: true, .. } => SlotLoss::Nothing,
            Self::Nobody { safe: false, .. } => SlotLoss::Possible { sites: Vec::new() },
            Self::OneOf { sites } => SlotLoss::Possible { sites: left(sites) },
            Self::Sites { sites, sure, dead, .. } => {
                let sites = if *dead { Vec::new() } else { left(sites) };
                match (sure, sites.is_empty()) {
                    (true, true) => SlotLoss::Nothing,
                    (true, false) => SlotLoss::Certain { sites },
                    (false, _) => SlotLoss::Possible { sites },
                }
            }
        }
    }
}

/// What new approvals of one user would cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotCheck {
    /// The org.
    pub org: OrgName,
    /// The user.
    pub user: UserId,
    /// `Username`, or the id where names may not be read.
    pub name: Clean,
    /// Why the user can not authorize anything, where that is known.
    pub unusable: Option<String>,
    /// Slots in use; none where not all approvals are listed.
    pub used: Option<u32>,
    /// Slots that there are.
    pub limit: u32,
    /// When approvals were last listed, by the host's clock.
    pub seen_at: Option<DateTime<Utc>>,
    /// What the user holds, oldest first.
    pub held: Vec<HeldSlot>,
    /// What each site's approval would cost, in the order in which they would be made.
    pub costs: Vec<SlotCost>,
    /// What would cost less, safest first; none where nothing is lost.
    pub safer: Vec<SaferStep>,
}

/// What one more approval costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotCost {
    /// The site that would get it.
    pub site: SiteName,
    /// Slots in use before; none where not all approvals are listed.
    pub used: Option<u32>,
    /// What is removed; of several, made in one second, one of them. None where a slot is free.
    pub removes: Vec<Removed>,
    /// What that ends.
    pub loss: SlotLoss,
}

/// What a new approval removes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "removed", rename_all = "snake_case")]
pub enum Removed {
    /// One that is listed now.
    Held {
        /// Which.
        approval_id: ApprovalId,
    },
    /// One that would be made just before, in the same batch.
    Made {
        /// For which site.
        site: SiteName,
    },
}

/// What would cost less.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum SaferStep {
    /// Revoke this one of the user's first; it frees a slot.
    Revoke {
        /// Which.
        approval_id: ApprovalId,
        /// What it is, in a sentence.
        reason: String,
        /// What that ends.
        loss: SlotLoss,
    },
    /// Authorize as another user, who has slots for all the sites.
    As {
        /// Who.
        user: UserId,
        /// `Username`, or the id where names may not be read.
        name: Clean,
        /// Slots in use.
        used: u32,
        /// Slots that there are.
        limit: u32,
    },
}

impl SlotCheck {
    /// Whether nothing is lost, for sure.
    pub fn loses_nothing(&self) -> bool {
        self.costs.iter().all(|cost| cost.loss.is_nothing())
    }

    /// The sites that are lost or may be, each once, in the order in which they would be.
    pub fn lost(&self) -> Vec<&SiteName> {
        let mut lost: Vec<&SiteName> = Vec::new();
        for site in self.costs.iter().flat_map(|cost| cost.loss.sites()) {
            if !lost.contains(&site) {
                lost.push(site);
            }
        }
        lost
    }
}
