//! Holds what was said of each approval against what is so. Pure.

use super::truth::Truth;
use super::watch::Watch;
use crate::model::{ApprovalId, Confidence, Fleet, LedgerEntry, Link, SiteName};
use serde_json::Value;
use std::collections::BTreeSet;

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
    /// What was found for sure at any time.
    pub(super) found: Rate,
    /// Approvals called safe to revoke that no site holds.
    pub(super) safe: Rate,
    /// Approvals of known sites that nothing is said of.
    pub(super) unknown: usize,
    /// Approvals of strangers, of which nothing can be said.
    pub(super) strangers: usize,
    /// What was wrong.
    pub(super) wrong: Vec<String>,
}

impl Score {
    pub(super) fn of(watch: &Watch, truth: &Value) -> Self {
        let truth = Truth::read(truth);
        let mut score = Self::default();
        for (approval, link) in &watch.found {
            score.note_found(watch, approval, link, &truth);
        }
        let ledgers = watch.ledgers();
        let mut sure: BTreeSet<SiteName> = BTreeSet::new();
        for (ledger, user) in ledgers.iter().flat_map(|ledger| ledger.users.iter().map(move |user| (ledger, user))) {
            for entry in &user.entries {
                let ids = truth.ids_of(&ledger.org, &user.name, &entry.approval);
                score.note(entry, &ids, &truth, &mut sure);
            }
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

    /// What was found for sure at some time, whatever became of it. Of approvals made in one second an id tells nothing
    /// once one of them left: those are judged by where they end alone.
    fn note_found(&mut self, watch: &Watch, approval: &ApprovalId, link: &Link, truth: &Truth) {
        let Some((org, user, known)) = watch.approval(approval) else { return };
        let [(id, made_for)] = &truth.made(&org, &user, &known)[..] else { return };
        let copied = truth.holders.get(id).is_some_and(|holders| holders.contains(&link.site));
        let right = copied || made_for.as_ref() == Some(&link.site);
        self.found.note(right);
        if !right {
            let is = made_for.as_ref().map_or("a stranger", SiteName::as_str);
            self.wrong.push(format!("{id} is {is}'s, found to be {}'s at {}: {}", link.site, link.since, link.how));
        }
    }

    fn note(&mut self, entry: &LedgerEntry, ids: &[String], truth: &Truth, sure: &mut BTreeSet<SiteName>) {
        let holders: BTreeSet<&SiteName> = ids.iter().filter_map(|id| truth.holders.get(id)).flatten().collect();
        let held = ids.iter().any(|id| truth.held.contains(id));
        let told = &entry.attribution;
        let wrong = |said: String| {
            let names: Vec<&str> = holders.iter().map(|site| site.as_str()).collect();
            let is = if names.is_empty() { "no known site".to_owned() } else { names.join(" and ") };
            let tied = if entry.tied { ", made in one second with another" } else { "" };
            let (id, made) = (entry.approval.id.short(), entry.created.format("%m-%d %H:%M:%S"));
            format!("{id} of {made}{tied} is {is}'s, said {said}")
        };
        match (&told.site, told.confidence) {
            (Some(site), Some(confidence)) => {
                let right = holders.contains(site);
                if !right {
                    let evidence: Vec<&str> = told.evidence.iter().map(|one| one.what.as_str()).collect();
                    self.wrong.push(wrong(format!("{site} ({confidence}): {}", evidence.join("; "))));
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
            _ if held => self.strangers += 1,
            _ => {}
        }
        if let Some(orphan) = entry.orphan.as_ref().filter(|orphan| orphan.safe) {
            self.safe.note(!held);
            if held {
                self.wrong.push(wrong(format!("safe to revoke: {}", orphan.reason)));
            }
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
