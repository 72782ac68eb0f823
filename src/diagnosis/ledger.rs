//! The slot ledger of one org: every approval with whose it is, who leaves next, what nobody holds. The lines of sites, the
//! boards, what a step would cost and this come from one attribution. Uses `model`, `attribution` and the parts that judge a policy.

mod held;
mod orphan;
mod told;

use crate::diagnosis::attribution::{Entry, Holder, Ledger, is_connected};
use crate::diagnosis::board::{original, sites, users};
use crate::diagnosis::expiry;
use crate::model::days::DAYS;
use crate::model::{
    ApprovalId, Attribution, Confidence, Fleet, LedgerEntry, LeftEntry, Link, OrgLedger, OrgName, OrgState, OrgTerms,
    Others, Settings, SiteName, UserId, UserLedger,
};
use chrono::{DateTime, TimeDelta, Utc};
pub(super) use held::{Roster, UserSlots};

/// The ledger of an org as it is known at `now`; none for an org that the configuration does not name.
pub fn ledger(fleet: &Fleet, settings: &Settings, name: &OrgName, now: DateTime<Utc>) -> Option<OrgLedger> {
    let terms = settings.orgs.get(name)?;
    let unknown = OrgState::unknown(name.clone());
    let org = fleet.org(name).unwrap_or(&unknown);
    let here = sites(fleet, settings, org);
    let scope = Scope { fleet, settings, org, terms, now };
    let mut users: Vec<UserLedger> = users(fleet, org, &here).into_iter().filter_map(|user| scope.user(user)).collect();
    users.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    let coverage = org.coverage.as_ref();
    Some(OrgLedger {
        org: name.clone(),
        complete: org.lists_all_approvals(),
        refused: coverage.and_then(|seen| seen.value.refused()).cloned(),
        seen_at: coverage.map(|seen| seen.seen_at),
        users,
    })
}

/// What was found of an org's approvals for sure and is not kept yet. To be kept: what it was found by ages.
pub fn new_links(fleet: &Fleet, settings: &Settings, name: &OrgName, now: DateTime<Utc>) -> Vec<(ApprovalId, Link)> {
    let (Some(org), Some(terms)) = (fleet.org(name), settings.orgs.get(name)) else { return Vec::new() };
    let scope = Scope { fleet, settings, org, terms, now };
    org.holders().flat_map(|user| scope.new_links(user)).collect()
}

/// What one org's ledger is made from.
struct Scope<'a> {
    fleet: &'a Fleet,
    settings: &'a Settings,
    org: &'a OrgState,
    terms: &'a OrgTerms,
    now: DateTime<Utc>,
}

impl<'a> Scope<'a> {
    fn attributed(&self, user: &'a UserId) -> Option<Ledger<'a>> {
        let max_age = self.settings.thresholds.proof_max_age;
        Some(Ledger::new(self.fleet, self.org, self.org.id()?, user, self.terms.rotation, max_age))
    }

    fn user(&self, id: &UserId) -> Option<UserLedger> {
        let ledger = self.attributed(id)?;
        let known = self.org.users.get(id).map(|seen| &seen.value);
        let listed = ledger.listed().len();
        let used = ledger.complete.then(|| u32::try_from(listed).unwrap_or(u32::MAX));
        let limit = self.terms.slot_limit;
        let full = used.is_some_and(|used| used >= limit);
        let entries = (0..listed).map(|index| self.entry(&ledger, index, full)).collect();
        let placed = |holder: &Holder| ledger.own(holder).is_some();
        let unplaced = ledger.holders.iter().filter(|holder| holder.connected && !placed(holder));
        Some(UserLedger {
            id: id.clone(),
            name: known.map_or_else(|| id.as_str().into(), |user| user.username.clone()),
            active: known.map(|user| user.active),
            frozen: known.and_then(|user| user.frozen),
            used,
            limit,
            seen_over_limit: used.filter(|used| *used > limit),
            entries,
            departed: self.departed(&ledger),
            unplaced: unplaced.flat_map(|holder| holder.sites.iter().map(|site| site.name.clone())).collect(),
            other_apps: self.others(id),
        })
    }

    /// Where approvals of others may not be listed, Salesforce tells fusebox's own and refuses nothing.
    fn others(&self, user: &UserId) -> Option<Others> {
        self.org.coverage.as_ref()?.value.seen()?;
        let (rows, complete) = self.org.history.other_apps_of(user)?;
        Some(Others { apps: rows.into_iter().cloned().collect(), complete })
    }

    fn departed(&self, ledger: &Ledger<'a>) -> Vec<LeftEntry> {
        let left = ledger.entries.iter().enumerate().filter_map(|(index, entry)| {
            let owner = ledger.owner_of(index).and_then(|owner| original(self.settings, owner));
            Some(LeftEntry {
                approval: entry.approval.clone(),
                created: entry.created,
                used: entry.approval.last_used_at.map(|_| entry.used),
                gone_by: entry.departed?.gone_by,
                site: owner.map(|site| site.name.clone()),
                days: self.days(entry.approval.id),
            })
        });
        let mut left: Vec<LeftEntry> = left.collect();
        left.sort_by_key(|entry| std::cmp::Reverse(entry.gone_by));
        left
    }

    fn entry(&self, ledger: &Ledger<'a>, index: usize, full: bool) -> LedgerEntry {
        let entry = &ledger.entries[index];
        let made = |other: &&Entry| other.approval.created_at == entry.approval.created_at;
        let tied = ledger.listed().iter().filter(made).count() > 1;
        let first = index < ledger.oldest().len();
        let age = self.now.signed_duration_since(entry.created);
        LedgerEntry {
            approval: entry.approval.clone(),
            created: entry.created,
            used: entry.approval.last_used_at.map(|_| entry.used),
            observed_at: entry.seen_at,
            tenths_a_day: (age >= TimeDelta::days(1)).then(|| tenths_a_day(entry.approval.use_count, age)),
            days: self.days(entry.approval.id),
            next_out: full && first,
            tied,
            attribution: self.attribution(ledger, index),
            refresh_token: expiry::of_approval(self.org, self.terms, entry),
            orphan: orphan::orphan(self, ledger, index),
        }
    }

    fn days(&self, approval: ApprovalId) -> Vec<Option<u64>> {
        self.org.uses.get(&approval).map_or_else(|| vec![None; DAYS], |uses| uses.days.until(self.now))
    }

    fn attribution(&self, ledger: &Ledger<'a>, index: usize) -> Attribution {
        let owner = ledger.owner_of(index).filter(|owner| owner.connected);
        let Some(owner) = owner else {
            return Attribution { evidence: told::who_may(ledger, index), ..Attribution::default() };
        };
        let site = original(self.settings, owner).map(|site| site.name.clone());
        let others = |name: &&SiteName| Some(*name) != site.as_ref();
        let held = owner.sites.iter().filter(|site| is_connected(site)).map(|site| &site.name);
        Attribution {
            shared_with: held.filter(others).cloned().collect(),
            confidence: ledger.own(owner).map(|own| own.confidence),
            basis: ledger.own(owner).map(|own| own.basis),
            evidence: told::why(ledger, owner, &ledger.entries[index]),
            site,
        }
    }

    fn new_links(&self, user: &'a UserId) -> Vec<(ApprovalId, Link)> {
        let Some(ledger) = self.attributed(user) else { return Vec::new() };
        let found = ledger.holders.iter().filter_map(|holder| {
            let own = ledger.own(holder).filter(|own| own.confidence == Confidence::High && holder.connected)?;
            let (refresh, site) = (holder.token?, original(self.settings, holder)?);
            let known = own.entry.link.is_some_and(|link| link.refresh == refresh);
            let link = Link { site: site.name.clone(), refresh, how: own.basis.to_string().into(), since: self.now };
            (!known && own.entry.departed.is_none()).then_some((own.entry.approval.id, link))
        });
        found.collect()
    }
}

/// Uses a day, in tenths.
fn tenths_a_day(uses: u32, age: TimeDelta) -> u32 {
    let minutes = u64::try_from(age.num_minutes()).unwrap_or(1).max(1);
    u32::try_from(u64::from(uses) * 10 * 1440 / minutes).unwrap_or(u32::MAX)
}
