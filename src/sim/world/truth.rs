//! What is really so: whose approval is whose, and what a fusebox with the scenario's permissions can know. Pure.

use super::World;
use super::org::Org;
use super::server::server_of;
use crate::model::approval::approval_id;
use crate::sim::story::Story;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use std::collections::HashSet;
use std::net::Ipv4Addr;

/// The answer of `/sim/truth`.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Truth {
    /// The clock.
    pub(crate) now: String,
    /// The step of the stories.
    pub(crate) step: usize,
    /// Every site, in the order of the configuration.
    pub(crate) sites: Vec<SiteTruth>,
    /// Every approval ever made, by org, in the order in which they were made.
    pub(crate) approvals: Vec<ApprovalTruth>,
}

/// One site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct SiteTruth {
    /// Its name.
    pub(crate) name: String,
    /// Its story.
    pub(crate) story: String,
    /// The health that a fusebox can know.
    pub(crate) health: String,
    /// The cause, if the health has one.
    pub(crate) cause: Option<String>,
    /// The address of its server, from which it calls.
    pub(crate) server: Ipv4Addr,
    /// The approval that the site lives by, while the org lists it.
    pub(crate) approval_id: Option<String>,
    /// The approval that the site's stored refresh token came from, listed or not.
    pub(crate) refresh_fp_of: Option<String>,
}

/// One approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ApprovalTruth {
    /// Its id as fusebox computes it.
    pub(crate) approval_id: String,
    /// The org's name.
    pub(crate) org: String,
    /// The user's name.
    pub(crate) user: String,
    /// The app's label.
    pub(crate) app: String,
    /// When it was made.
    pub(crate) created_at: String,
    /// The site it was made for; none for an orphan.
    pub(crate) site: Option<String>,
    /// The last refresh request, failed ones included.
    pub(crate) last_used_at: Option<String>,
    /// Refresh requests, failed ones included.
    pub(crate) use_count: u32,
    /// Whether its refresh token would be accepted now.
    pub(crate) alive: bool,
    /// Whether the org lists it.
    pub(crate) listed: bool,
    /// Whether a site stores its refresh token now, strangers among them.
    pub(crate) held: bool,
}

impl World {
    /// The truth now.
    pub(crate) fn truth(&self) -> Truth {
        let ids: Vec<Vec<String>> = self.orgs.iter().map(approval_ids).collect();
        Truth {
            now: utc(self.now),
            step: self.step(),
            sites: (0..self.sites.len())
                .filter(|index| self.sites[*index].story != Story::Stranger)
                .map(|index| self.site_truth(index, &ids))
                .collect(),
            approvals: self.approval_truths(&ids),
        }
    }

    fn site_truth(&self, index: usize, ids: &[Vec<String>]) -> SiteTruth {
        let site = &self.sites[index];
        let (health, cause) = if site.authorized_at.is_some() {
            // What was authorized since the start is well, whatever its story was.
            ("OK".to_owned(), None)
        } else {
            let expected = site.story.expected(self.step());
            (expected.health.clone(), expected.cause.clone())
        };
        let (health, cause) = match site.died {
            Some(cause) if matches!(health.as_str(), "OK" | "WARN") => ("FAIL".to_owned(), Some(cause.to_owned())),
            _ => (health, cause),
        };
        let token = site.connection.as_ref().and_then(|stored| self.tokens.get(&stored.refresh));
        let held = token.filter(|token| self.orgs[token.org].approvals[token.approval].removed.is_none());
        SiteTruth {
            name: site.name.clone(),
            story: site.story.to_string(),
            health,
            cause,
            server: server_of(&site.name),
            approval_id: held.map(|token| ids[token.org][token.approval].clone()),
            refresh_fp_of: token.map(|token| ids[token.org][token.approval].clone()),
        }
    }

    fn approval_truths(&self, ids: &[Vec<String>]) -> Vec<ApprovalTruth> {
        let stored = self.sites.iter().filter_map(|site| site.connection.as_ref());
        let held: HashSet<(usize, usize)> =
            stored.filter_map(|stored| self.approval_of_token(&stored.refresh)).collect();
        let mut truths = Vec::new();
        for (place, org) in self.orgs.iter().enumerate() {
            for (index, approval) in org.approvals.iter().enumerate() {
                truths.push(ApprovalTruth {
                    approval_id: ids[place][index].clone(),
                    org: org.name.clone(),
                    user: org.users[approval.user].username.clone(),
                    app: approval.app.clone(),
                    created_at: utc(approval.created_at),
                    site: approval.site.map(|site| self.sites[site].name.clone()),
                    last_used_at: approval.last_used_at.map(utc),
                    use_count: approval.use_count,
                    alive: self.is_alive(place, index, self.now),
                    listed: approval.removed.is_none(),
                    held: held.contains(&(place, index)),
                });
            }
        }
        truths
    }
}

/// The ids of an org's approvals. Those that it still lists are counted first, since nobody can count the others: of several
/// made in one second, one that is listed is known by its place in the list, and one that left has a name of its own.
fn approval_ids(org: &Org) -> Vec<String> {
    let mut ids = Vec::with_capacity(org.approvals.len());
    for (index, approval) in org.approvals.iter().enumerate() {
        let same = |other: &&super::org::Approval| {
            (other.user, &other.app, other.created_at) == (approval.user, &approval.app, approval.created_at)
        };
        let listed = |other: &&super::org::Approval| other.removed.is_none();
        let before = org.approvals[..index].iter().filter(same);
        let ordinal = if approval.removed.is_none() {
            before.filter(listed).count()
        } else {
            let all = org.approvals.iter().filter(same).filter(listed).count();
            all + before.filter(|other| !listed(other)).count()
        };
        let ordinal = u32::try_from(ordinal).unwrap_or(u32::MAX);
        let user = &org.users[approval.user].id;
        ids.push(approval_id(&org.id, user, &approval.app, approval.created_at, ordinal).to_string());
    }
    ids
}

/// A time as the interfaces write it.
pub(crate) fn utc(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
