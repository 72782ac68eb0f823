//! The budgets of all orgs, shared by the looks under way.

use super::budget::{Budget, Purpose};
use crate::model::{ApiUsage, OrgId, OrgName, OrgState};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What reading an org's history costs at most, without the one more where a session ended.
const HISTORY_CALLS: u32 = 3;

/// Cheap to clone; all clones spend from the same budgets.
#[derive(Clone)]
pub(super) struct Budgets(Arc<Mutex<Inner>>);

struct Inner {
    share_percent: u8,
    orgs: BTreeMap<OrgName, Budget>,
    names: HashMap<OrgId, OrgName>,
}

impl Budgets {
    pub(super) fn new(share_percent: u8) -> Self {
        Self(Arc::new(Mutex::new(Inner { share_percent, orgs: BTreeMap::new(), names: HashMap::new() })))
    }

    /// Takes what an earlier process saw.
    pub(super) fn remember(&self, org: &OrgState, now: DateTime<Utc>) {
        if let Some(id) = org.id() {
            self.lock().names.insert(id.clone(), org.name.clone());
        }
        if let Some(usage) = org.api_usage.as_ref().and_then(|seen| seen.value.seen()) {
            self.learn(&org.name, *usage, now);
        }
    }

    pub(super) fn learn_id(&self, org: &OrgName, id: &OrgId) {
        self.lock().names.insert(id.clone(), org.clone());
    }

    pub(super) fn learn(&self, org: &OrgName, usage: ApiUsage, now: DateTime<Utc>) {
        self.lock().of(org).learn(usage, now);
    }

    pub(super) fn admit(&self, org: &OrgName, purpose: Purpose, now: DateTime<Utc>) -> Result<(), DateTime<Utc>> {
        self.lock().of(org).admit(purpose, 1, now)
    }

    /// Admits as many calls as reading an org's history may cost.
    pub(super) fn admit_history(&self, org: &OrgName, now: DateTime<Utc>) -> bool {
        self.lock().of(org).admit(Purpose::History, HISTORY_CALLS, now).is_ok()
    }

    /// Corrects them by what was spent.
    pub(super) fn settle_history(&self, org: &OrgName, spent: u32) {
        self.lock().of(org).settle(HISTORY_CALLS, spent);
    }

    /// Admits one call by a site in the org that it names. An org that is not configured is not ours to budget: the
    /// interval of the proofs bounds what it is asked for.
    pub(super) fn admit_site(&self, org: Option<&OrgId>, purpose: Purpose, now: DateTime<Utc>) -> bool {
        let mut inner = self.lock();
        match org.and_then(|id| inner.names.get(id).cloned()) {
            Some(name) => inner.of(&name).admit(purpose, 1, now).is_ok(),
            None => true,
        }
    }

    /// Corrects one admitted call by what was spent.
    pub(super) fn settle(&self, org: &OrgName, spent: u32) {
        self.lock().of(org).settle(1, spent);
    }

    /// Counts calls of an org that somebody asked for, admitted or not.
    pub(super) fn settle_asked(&self, org: &OrgName, calls: u32) {
        self.lock().of(org).settle(0, calls);
    }

    /// Counts a call that somebody asked for, admitted or not.
    pub(super) fn charge_site(&self, org: Option<&OrgId>) {
        let mut inner = self.lock();
        if let Some(name) = org.and_then(|id| inner.names.get(id).cloned()) {
            inner.of(&name).settle(0, 1);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Every change is a single one, so what a panicking holder leaves is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn of(&mut self, org: &OrgName) -> &mut Budget {
        let share = self.share_percent;
        self.orgs.entry(org.clone()).or_insert_with(|| Budget::new(share))
    }
}
