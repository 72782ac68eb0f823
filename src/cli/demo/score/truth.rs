//! What the simulator says is so, by the names that both sides have for it. Pure.
//!
//! Approvals made in one second are told apart by how often they were used: their order is nobody's to tell.

use crate::model::{Approval, Clean, OrgName, SiteName};
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Org, user and time of making.
type Made = (String, String, DateTime<Utc>);

pub(super) struct Truth {
    /// Sites by the approval whose token they hold.
    pub(super) holders: BTreeMap<String, BTreeSet<SiteName>>,
    /// Approvals whose token is held at all.
    pub(super) held: BTreeSet<String>,
    made: BTreeMap<Made, Vec<Row>>,
}

struct Row {
    id: String,
    site: Option<SiteName>,
    count: u64,
    last_use: Option<DateTime<Utc>>,
    listed: bool,
}

impl Truth {
    pub(super) fn read(truth: &Value) -> Self {
        let list = |name: &str| truth[name].as_array().into_iter().flatten();
        let mut holders: BTreeMap<String, BTreeSet<SiteName>> = BTreeMap::new();
        for site in list("sites") {
            if let (Some(id), Some(name)) = (site["refresh_fp_of"].as_str(), site["name"].as_str()) {
                holders.entry(id.to_owned()).or_default().insert(SiteName::new(name));
            }
        }
        let held = list("approvals").filter(|one| one["held"] == true).filter_map(|one| one["approval_id"].as_str());
        let mut made: BTreeMap<Made, Vec<Row>> = BTreeMap::new();
        for one in list("approvals") {
            let text = |name: &str| one[name].as_str().map(str::to_owned);
            let Some(at) = one["created_at"].as_str().and_then(|at| at.parse().ok()) else { continue };
            let Some(((org, user), id)) = text("org").zip(text("user")).zip(text("approval_id")) else { continue };
            let site = one["site"].as_str().map(SiteName::new);
            let (count, listed) = (one["use_count"].as_u64().unwrap_or_default(), one["listed"] == true);
            let last_use = one["last_used_at"].as_str().and_then(|at| at.parse().ok());
            made.entry((org, user, at)).or_default().push(Row { id, site, count, last_use, listed });
        }
        Self { holders, held: held.map(str::to_owned).collect(), made }
    }

    /// The ids of what an approval may be: of several made in one second, those that were used about as often.
    pub(super) fn ids_of(&self, org: &OrgName, user: &Clean, approval: &Approval) -> Vec<String> {
        let rows = self.rows(org, user, approval).iter().filter(|row| row.listed);
        // A refresh may have come between the last look and this.
        let off = |row: &&Row| {
            let count = row.count.checked_sub(u64::from(approval.use_count)).unwrap_or(u64::MAX);
            (count, row.last_use != approval.last_used_at)
        };
        let least = rows.clone().map(|row| off(&row)).min();
        rows.filter(|row| Some(off(row)) == least).map(|row| row.id.clone()).collect()
    }

    /// All that were made in its second, each with the site that it was made for.
    pub(super) fn made(&self, org: &OrgName, user: &Clean, approval: &Approval) -> Vec<(String, Option<SiteName>)> {
        self.rows(org, user, approval).iter().map(|row| (row.id.clone(), row.site.clone())).collect()
    }

    fn rows(&self, org: &OrgName, user: &Clean, approval: &Approval) -> &[Row] {
        let made = (org.to_string(), user.to_string(), approval.created_at);
        self.made.get(&made).map_or(&[], Vec::as_slice)
    }
}
