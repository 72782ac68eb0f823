//! The shapes of `fleet.toml` and `variants.toml`. An unknown key is an error: what is misspelt is not left out.

use crate::model::org::{RefreshPolicy, Refused};
use crate::model::{
    ApprovalId, Cause, Confidence, Dated, Failure, Finding, Health, OrgName, Rotation, SiteLog, SiteStatus, UserId,
    Wire,
};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::collections::BTreeMap;

/// `fleet.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Data {
    pub(super) now: DateTime<Utc>,
    pub(super) name: String,
    pub(super) config: String,
    pub(super) poll: PollData,
    pub(super) site: Vec<SiteData>,
    pub(super) well: WellData,
    pub(super) org: Vec<OrgData>,
    pub(super) ledger: Vec<LedgerData>,
    pub(super) detail: BTreeMap<String, DetailData>,
}

/// `variants.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Variants {
    pub(super) loading: Changes,
    pub(super) degraded: Changes,
    pub(super) all_well: Changes,
    pub(super) hostile: Names,
}

/// What one fleet has otherwise than the full one.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Changes {
    /// The only sites there are.
    pub(super) only: Option<Vec<String>>,
    /// The only sites that were looked at.
    pub(super) only_seen: Option<Vec<String>>,
    /// Sites that are being asked, and for how long.
    pub(super) asked: Vec<(String, String)>,
    /// Orgs that did not answer yet.
    pub(super) unheard_orgs: Vec<OrgName>,
    /// Orgs that give no list of approvals.
    pub(super) refused: BTreeMap<String, Refused>,
    pub(super) poll: Option<PollData>,
    pub(super) site: Vec<SiteData>,
    pub(super) well: WellData,
    pub(super) org: Vec<OrgData>,
    pub(super) findings: BTreeMap<String, Vec<Finding>>,
    #[serde(skip)]
    pub(super) names: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Names {
    pub(super) names: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PollData {
    pub(super) last: String,
    pub(super) next_in: Option<String>,
}

/// Lines of sites that are well: name, owner, slot, life, uses, proof.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WellData {
    pub(super) rows: Vec<[String; 6]>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SiteData {
    pub(super) name: String,
    pub(super) owner: String,
    pub(super) health: Health,
    pub(super) slot: String,
    pub(super) life: String,
    pub(super) uses: String,
    pub(super) proof: Option<String>,
    pub(super) wire: String,
    /// The same by the quarter of an hour, as in a detail; without it, as the wire says.
    pub(super) quarters: Option<String>,
    pub(super) cause: Option<Cause>,
    pub(super) confidence: Option<Confidence>,
    pub(super) since: Option<String>,
    pub(super) seen: Option<String>,
    pub(super) object: Option<String>,
    #[serde(default)]
    pub(super) why: String,
    #[serde(default)]
    pub(super) reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OrgData {
    pub(super) name: OrgName,
    #[serde(default)]
    pub(super) sandbox: bool,
    pub(super) policy: RefreshPolicy,
    pub(super) rotation: Rotation,
    pub(super) id: Option<String>,
    #[serde(default = "enterprise")]
    pub(super) edition: String,
    #[serde(default = "yes")]
    pub(super) installed: bool,
    /// API calls of the last day, and how many are allowed.
    #[serde(default = "calls")]
    pub(super) calls: [u64; 2],
    /// Other apps, with the number of users and of approvals.
    #[serde(default)]
    pub(super) apps: Vec<(String, u32, u32)>,
    pub(super) users: Vec<UserData>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UserData {
    pub(super) name: String,
    /// Names of sites, or `orphan`, `unknown`, `unseen`.
    pub(super) slots: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LedgerData {
    pub(super) owner: String,
    pub(super) user: UserId,
    pub(super) approvals: Vec<ApprovalData>,
    #[serde(default)]
    pub(super) departed: Vec<DepartedData>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ApprovalData {
    pub(super) id: ApprovalId,
    pub(super) made: DateTime<Utc>,
    pub(super) used: DateTime<Utc>,
    pub(super) uses: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DepartedData {
    pub(super) approval: ApprovalData,
    pub(super) last_seen: DateTime<Utc>,
    pub(super) gone_by: DateTime<Utc>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DetailData {
    /// Marks with how often each stands: `30- 2~ 61- X 2_`.
    pub(super) wire: String,
    pub(super) findings: Vec<Finding>,
    pub(super) reach: Option<Dated<Result<i64, Failure>>>,
    pub(super) status: Option<Dated<SiteStatus>>,
    pub(super) log: Option<Dated<SiteLog>>,
}

impl WellData {
    pub(super) fn sites(self) -> impl Iterator<Item = SiteData> {
        self.rows.into_iter().map(|[name, owner, slot, life, uses, proof]| SiteData {
            name,
            owner,
            health: Health::Ok,
            slot,
            life,
            uses,
            proof: Some(proof),
            wire: "-".repeat(Wire::CELLS),
            quarters: None,
            cause: None,
            confidence: None,
            since: None,
            seen: None,
            object: None,
            why: String::new(),
            reason: String::new(),
        })
    }
}

fn enterprise() -> String {
    "Enterprise Edition".to_owned()
}

fn yes() -> bool {
    true
}

fn calls() -> [u64; 2] {
    [4_720, 118_000]
}
