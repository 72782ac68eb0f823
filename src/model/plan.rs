//! A plan: how broken sites get new approvals without one that works being lost. Plain data, as it stands in a plan's file.
//!
//! What stands in it was true when it was made. Who carries it out asks again before each step whether it still is.

pub mod words;

use crate::model::{ApprovalId, Cause, Clean, OrgId, OrgName, SiteName, UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What to do, in this order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// When it was made, by the host's clock.
    pub made_at: DateTime<Utc>,
    /// The orgs of its sites, by name, with what it was judged from.
    pub orgs: Vec<PlanOrg>,
    /// What to do. Steps of one org stand together.
    pub steps: Vec<PlanStep>,
    /// Broken sites that no new approval brings back, or of which too little is known.
    pub left_out: Vec<LeftOut>,
}

/// One org of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanOrg {
    /// Its name.
    pub name: OrgName,
    /// Its id: a refreshed sandbox is another org.
    pub id: OrgId,
    /// How many approvals a user may hold, by the configuration.
    pub slot_limit: u32,
    /// When its approvals were listed, by the host's clock.
    pub approvals_seen_at: Option<DateTime<Utc>>,
    /// Sites for which there is no slot that loses nothing.
    #[serde(default)]
    pub without_slot: Vec<SiteName>,
    /// How many further users, each with all slots free, those need: with one less it can not be done.
    #[serde(default)]
    pub missing_users: u32,
    /// What should be known beside it.
    #[serde(default)]
    pub notes: Vec<Clean>,
    /// What the users of its steps held.
    #[serde(default)]
    pub users: Vec<PlanUser>,
}

/// What a user held when the plan was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanUser {
    /// Who.
    pub id: UserId,
    /// `Username`, or the id where names may not be read.
    pub name: Clean,
    /// Its approvals, oldest first.
    pub approvals: Vec<ApprovalId>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum PlanStep {
    /// Revoke an approval that nothing works with.
    Revoke {
        /// Where.
        org: OrgName,
        /// Whose.
        user: UserId,
        /// `Username`, or the id where names may not be read.
        user_name: Clean,
        /// Which.
        approval: ApprovalId,
        /// When it was made, by the host's clock.
        approval_made_at: DateTime<Utc>,
        /// Why nothing is lost with it.
        why: Clean,
    },
    /// A person signs in for a site.
    Authorize {
        /// Where.
        org: OrgName,
        /// For which site.
        site: SiteName,
        /// As whom.
        user: UserId,
        /// `Username`, or the id where names may not be read.
        user_name: Clean,
        /// What ended the site's connection; none where it was named and works.
        #[serde(default)]
        cause: Option<Cause>,
        /// Whether the site was this user's before.
        own_user: bool,
        /// What Salesforce removes for it: nothing, or approvals that nothing works with, one of them where there are several.
        removes: Vec<ApprovalId>,
        /// The slot that it takes, in words.
        why: Clean,
    },
}

impl PlanStep {
    /// The org of the step.
    pub fn org(&self) -> &OrgName {
        match self {
            Self::Revoke { org, .. } | Self::Authorize { org, .. } => org,
        }
    }
}

/// A broken site that is not planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// Which.
    pub site: SiteName,
    /// Why.
    pub reason: Clean,
}

/// What became of a step since the plan was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum StepState {
    /// It can be done, once those before it are.
    Ready,
    /// It was done, or need not be any more.
    Done {
        /// What is seen of that.
        seen: String,
    },
    /// What it rests on does not hold any more.
    Moved {
        /// What is otherwise.
        why: String,
    },
}

/// A plan with what became of it, as a screen shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanTold {
    /// For which sites it was asked; none where it is for all that lost their connection.
    pub sites: Vec<SiteName>,
    /// The plan.
    pub plan: Plan,
    /// What became of each step.
    pub states: Vec<StepState>,
    /// Orgs whose lists of approvals are too old to lean on, in words.
    pub stale: Vec<String>,
}

impl Plan {
    /// Sites for which there is no slot, in all orgs.
    pub fn without_slot(&self) -> impl Iterator<Item = &SiteName> {
        self.orgs.iter().flat_map(|org| &org.without_slot)
    }
}
