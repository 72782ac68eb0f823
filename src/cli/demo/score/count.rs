//! Holds what was said of each approval against what is so. Pure.

use super::watch::Watch;
use crate::model::{Confidence, Fleet, LedgerEntry, SiteName};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// So many of so many.
#[derive(Debug, Default)]
pub(super) struct Rate {
    pub(super) right: usize,
    pub(super) said: usize,
}

impl Rate {
    fn note(&mut self, right: bool) {
        self.right += usize::from(right);
        self.said += 1;
    }

    /// Rounded down; of nothing, all is right.
    pub(super) fn thousandths(&self) -> u64 {
        (self.right as u64 * 1000).checked_div(self.said as u64).unwrap_or(1000)
    }
}

/// The figures.
#[derive(Debug, Default)]
pub(super) struct Score {
    /// Attributions of high confidence.
    pub(super) high: Rate,
    /// Of medium confidence.
    pub(super) medium: Rate,
    /// Tokens seen to refresh whose approval is known for sure.
    pub(super) covered: Rate,
    /// Tokens that a copy holds as well, and for which that is told.
    pub(super) copies: Rate,
    /// Approvals called safe to revoke that no site holds.
    pub(super) safe: Rate,
    /// Approvals of known sites that nothing is said of.
    pub(super) unknown: usize,
    /// Approvals of strangers, of which nothing can be said.
    pub(super) strangers: usize,
    /// What was wrong.
    pub(super) wrong: Vec<String>,
}

/// What is so: sites by the approval whose token they hold, and which approvals are held at all.
struct Truth {
    holders: BTreeMap<String, BTreeSet<SiteName>>,
    held: BTreeSet<String>,
}

impl Truth {
    fn read(truth: &Value) -> Self {
        let list = |name: &str| truth[name].as_array().into_iter().flatten();
        let mut holders: BTreeMap<String, BTreeSet<SiteName>> = BTreeMap::new();
        for site in list("sites") {
            if let (Some(id), Some(name)) = (site["refresh_fp_of"].as_str(), site["name"].as_str()) {
                holders.entry(id.to_owned()).or_default().insert(SiteName::new(name));
            }
        }
        let held = list("approvals").filter(|one| one["held"] == true).filter_map(|one| one["approval_id"].as_str());
        Self { holders, held: held.map(str::to_owned).collect() }
    }
}

impl Score {
    pub(super) fn of(watch: &Watch, truth: &Value) -> Self {
        let truth = Truth::read(truth);
        let mut score = Self::default();
        let ledgers = watch.ledgers();
        let mut sure: BTreeSet<SiteName> = BTreeSet::new();
        for entry in ledgers.iter().flat_map(|ledger| &ledger.users).flat_map(|user| &user.entries) {
            score.note(entry, &truth, &mut sure);
        }
        for holders in truth.holders.values() {
            if holders.iter().any(|site| has_refreshed(&watch.fleet, site)) {
                score.covered.note(holders.iter().any(|site| sure.contains(site)));
            }
            if holders.len() > 1 {
                score.copies.note(holders.iter().all(|site| watch.tells_shared(site)));
            }
        }
        score
    }

    fn note(&mut self, entry: &LedgerEntry, truth: &Truth, sure: &mut BTreeSet<SiteName>) {
        let id = entry.approval.id.to_string();
        let nobody = BTreeSet::new();
        let holders = truth.holders.get(&id).unwrap_or(&nobody);
        let told = &entry.attribution;
        match (&told.site, told.confidence) {
            (Some(site), Some(confidence)) => {
                let right = holders.contains(site);
                if !right {
                    let evidence: Vec<&str> = told.evidence.iter().map(|one| one.what.as_str()).collect();
                    let evidence = evidence.join("; ");
                    let names: Vec<&str> = holders.iter().map(SiteName::as_str).collect();
                    let tied = if entry.tied { ", made in one second with another" } else { "" };
                    let (is, made) = (names.join(" and "), entry.created.format("%m-%d %H:%M:%S"));
                    self.wrong.push(format!("{id} of {made}{tied} is {is}'s, said {site} ({confidence}): {evidence}"));
                }
                match confidence {
                    Confidence::High => {
                        self.high.note(right);
                        sure.extend(told.shared_with.iter().chain([site]).filter(|_| right).cloned());
                    }
                    Confidence::Medium => self.medium.note(right),
                    Confidence::Low => {}
                }
            }
            _ if !holders.is_empty() => self.unknown += 1,
            _ if truth.held.contains(&id) => self.strangers += 1,
            _ => {}
        }
        if entry.orphan.as_ref().is_some_and(|orphan| orphan.safe) {
            self.safe.note(!truth.held.contains(&id));
        }
    }
}

/// Whether a refresh of the site's present token was seen.
fn has_refreshed(fleet: &Fleet, site: &SiteName) -> bool {
    fleet.site(site).is_some_and(|site| {
        let since = site.refresh_changes.last().map(|change| change.by);
        site.access_changes.iter().any(|change| since.is_none_or(|since| change.after >= since))
    })
}
