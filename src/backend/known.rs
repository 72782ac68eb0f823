//! What is known now: the fleet, the lines that follow from it, and when each stops to hold. Pure.

use super::{Boards, Rows};
use crate::collector::Seen;
use crate::diagnosis;
use crate::model::row::Counts;
use crate::model::{
    Fact, Fleet, Observation, OrgBoard, OrgLedger, OrgName, OrgState, Permits, ReadOnly, Settings, SiteDetail,
    SiteName, SiteRow, SiteState, Target,
};
use crate::store::Record;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// The fleet and its lines. Only sites and orgs of the configuration are here.
pub(super) struct Known {
    settings: Settings,
    fleet: Fleet,
    /// By name, in the order of `settings.sites`.
    rows: Vec<Arc<SiteRow>>,
    index: HashMap<SiteName, usize>,
    expiries: BTreeSet<(DateTime<Utc>, usize)>,
    /// Sites that the operator assigns to an org, whatever they say.
    assigned: HashMap<OrgName, Vec<SiteName>>,
    /// The boards as last drawn, by org.
    boards: BTreeMap<OrgName, Arc<OrgBoard>>,
    /// Orgs whose board may have changed since.
    redraw: BTreeSet<OrgName>,
    /// The boards as last shared; none when one changed since.
    shared_boards: Option<Boards>,
    /// The lines as last shared, and their counts; none when one changed since.
    shared: Option<(Rows, Counts)>,
}

impl Known {
    /// The configured sites, of which nothing is known yet.
    pub(super) fn new(settings: Settings) -> Self {
        let mut assigned: HashMap<OrgName, Vec<SiteName>> = HashMap::new();
        let mut rows = Vec::with_capacity(settings.sites.len());
        let mut index = HashMap::with_capacity(settings.sites.len());
        for (name, terms) in &settings.sites {
            if let Some(org) = &terms.org {
                assigned.entry(org.clone()).or_default().push(name.clone());
            }
            index.insert(name.clone(), rows.len());
            rows.push(Arc::new(SiteRow::unseen(name.clone(), terms.url.clone())));
        }
        Self {
            settings,
            fleet: Fleet::default(),
            rows,
            index,
            expiries: BTreeSet::new(),
            assigned,
            boards: BTreeMap::new(),
            redraw: BTreeSet::new(),
            shared_boards: None,
            shared: None,
        }
    }

    /// Takes the stored states and judges every site by them. Answers the lines that changed.
    pub(super) fn load(&mut self, sites: Vec<SiteState>, orgs: Vec<OrgState>, now: DateTime<Utc>) -> Vec<SiteRow> {
        for mut org in orgs {
            org.set_back(now);
            self.put_org(org);
        }
        for mut site in sites {
            site.set_back(now);
            self.put_site(site);
        }
        self.redraw = self.settings.orgs.keys().cloned().collect();
        self.judge_all(now)
    }

    /// The clock went back to `now`. Judges every site by what can be true then. Answers the lines that changed.
    pub(super) fn set_back(&mut self, now: DateTime<Utc>) -> Vec<SiteRow> {
        let orgs = self.fleet.orgs().cloned().collect();
        let sites = self.fleet.sites().cloned().collect();
        self.load(sites, orgs, now)
    }

    fn judge_all(&mut self, now: DateTime<Utc>) -> Vec<SiteRow> {
        let all: Vec<SiteName> = self.settings.sites.keys().cloned().collect();
        self.judge(&all, now)
    }

    /// Takes what another process saw of a site.
    pub(super) fn put_site(&mut self, state: SiteState) {
        if self.index.contains_key(&state.name) {
            let name = state.name.clone();
            self.mark(&name);
            self.fleet.put_site(state);
            self.mark(&name);
        }
    }

    /// Takes what another process saw of an org.
    pub(super) fn put_org(&mut self, state: OrgState) {
        if self.settings.orgs.contains_key(&state.name) {
            self.redraw.insert(state.name.clone());
            self.fleet.put_org(state);
        }
    }

    fn mark_target(&mut self, target: &Target) {
        match target {
            Target::Site(name) => self.mark(name),
            Target::Org(name) => drop(self.redraw.insert(name.clone())),
        }
    }

    /// The boards of the org that a site was authorized in and of the one that it was given to are to be drawn again.
    fn mark(&mut self, site: &SiteName) {
        let connection = self.fleet.site(site).and_then(|site| site.last_connection.as_ref());
        let org = connection.and_then(|seen| seen.value.org.as_ref()).and_then(|id| self.fleet.org_by_id(id));
        let given = self.settings.sites.get(site).and_then(|terms| terms.org.as_ref());
        self.redraw.extend(org.map(|org| &org.name).into_iter().chain(given).cloned());
    }

    /// Takes lines that were judged before, or by another process.
    pub(super) fn put_rows(&mut self, rows: Vec<Arc<SiteRow>>) {
        for row in rows {
            if let Some(&i) = self.index.get(&row.name) {
                // The address is the configuration's, whatever it was when the line was written.
                let url = self.rows[i].url.clone();
                self.put_row(i, SiteRow { url, ..Arc::unwrap_or_clone(row) });
            }
        }
    }

    /// A site's line; none where the configuration does not name it.
    pub(super) fn row(&self, site: &SiteName) -> Option<&SiteRow> {
        self.index.get(site).map(|&i| self.rows[i].as_ref())
    }

    /// Whether the configuration names this target.
    pub(super) fn names(&self, target: &Target) -> bool {
        match target {
            Target::Site(name) => self.settings.sites.contains_key(name),
            Target::Org(name) => self.settings.orgs.contains_key(name),
        }
    }

    /// Whether this very line is here.
    pub(super) fn has(&self, row: &SiteRow) -> bool {
        self.index.get(&row.name).is_some_and(|&i| *self.rows[i] == *row)
    }

    /// Folds what was seen and judges again whom it concerns. Answers what is to be kept: a record for each look, the
    /// lines with the last.
    pub(super) fn take(&mut self, seen: Vec<(Target, Seen)>, now: DateTime<Utc>) -> Vec<Record> {
        let mut records = Vec::with_capacity(seen.len());
        let mut affected = BTreeSet::new();
        for (target, seen) in seen {
            let observations = self.observations(&target, seen);
            if observations.is_empty() {
                continue;
            }
            affected.extend(self.affected_by(&target));
            self.mark_target(&target);
            for observation in &observations {
                self.fleet.apply(observation);
            }
            let observations = self.with_links(&target, observations, now);
            affected.extend(self.affected_by(&target));
            self.mark_target(&target);
            let observations = observations.into_iter().filter(|seen| seen.fact.is_kept()).collect();
            let mut record = Record { observations, ..Record::default() };
            match &target {
                Target::Site(name) => record.site = self.fleet.site(name).cloned(),
                Target::Org(name) => record.org = self.fleet.org(name).cloned(),
            }
            records.push(record);
        }
        let affected: Vec<SiteName> = affected.into_iter().collect();
        let (rows, boards) = (self.judge(&affected, now), self.draw_boards());
        if let Some(last) = records.last_mut() {
            (last.rows, last.boards) = (rows, boards);
        }
        records
    }

    /// What a look at an org leads to as well: approvals whose site is known for sure from now on. Folded already.
    fn with_links(&mut self, target: &Target, mut seen: Vec<Observation>, now: DateTime<Utc>) -> Vec<Observation> {
        let Target::Org(name) = target else { return seen };
        for (approval, link) in diagnosis::new_links(&self.fleet, &self.settings, name, now) {
            let linked = Observation { target: target.clone(), at: now, fact: Fact::Linked { approval, link } };
            self.fleet.apply(&linked);
            seen.push(linked);
        }
        seen
    }

    /// Judges again those whose verdict held until now. Answers the lines that changed.
    pub(super) fn expire(&mut self, now: DateTime<Utc>) -> Vec<SiteRow> {
        let over: Vec<usize> = self.expiries.iter().take_while(|(until, _)| *until <= now).map(|(_, i)| *i).collect();
        let names: Vec<SiteName> = over.into_iter().map(|i| self.rows[i].name.clone()).collect();
        self.judge(&names, now)
    }

    /// When [`Known::expire`] is to be called.
    pub(super) fn next_expiry(&self) -> Option<DateTime<Utc>> {
        self.expiries.first().map(|(until, _)| *until)
    }

    pub(super) fn detail(&self, site: &SiteName, now: DateTime<Utc>) -> Option<SiteDetail> {
        self.index.contains_key(site).then(|| diagnosis::detail(&self.fleet, &self.settings, site, now))
    }

    /// Who holds which slot of an org; none for one that the configuration does not name.
    pub(super) fn ledger(&self, org: &OrgName, now: DateTime<Utc>) -> Option<OrgLedger> {
        diagnosis::ledger(&self.fleet, &self.settings, org, now)
    }

    /// The object that a site syncs to, as its last look told. What was kept of its fields may be of another that somebody asked for.
    pub(super) fn object_of(&self, site: &SiteName) -> Option<String> {
        let status = self.fleet.site(site)?.status.as_ref()?;
        status.value.object_type.as_ref().map(ToString::to_string)
    }

    /// The org that a site was seen to be in, else the one that the configuration says it is in.
    pub(super) fn org_of(&self, site: &SiteName) -> Option<OrgName> {
        let connection = self.fleet.site(site).and_then(|site| site.last_connection.as_ref());
        let seen = connection.and_then(|seen| self.fleet.org_by_id(seen.value.org.as_ref()?));
        let told = || self.settings.sites.get(site).and_then(|terms| terms.org.clone());
        seen.map(|org| org.name.clone()).or_else(told)
    }

    /// Who says that a site is only looked at: by itself, by the org that it was seen in, by the one that it is told to be in.
    pub(super) fn refusal(&self, permits: &Permits, site: &SiteName) -> Option<ReadOnly> {
        let told = self.settings.sites.get(site).and_then(|terms| terms.org.as_ref());
        permits.refusal(Some(site), self.org_of(site).as_ref()).or_else(|| permits.refusal(Some(site), told))
    }

    pub(super) fn fleet(&self) -> &Fleet {
        &self.fleet
    }

    /// The lines, by name, and their counts. The same `Arc` while none changes.
    pub(super) fn rows(&mut self) -> (Rows, Counts) {
        let rows = &self.rows;
        let share = || (Arc::new(rows.clone()), rows.iter().map(AsRef::as_ref).collect());
        self.shared.get_or_insert_with(share).clone()
    }

    /// The boards of the orgs, by name. The same `Arc` while none changes.
    pub(super) fn boards(&mut self) -> Boards {
        self.draw_boards();
        let boards = &self.boards;
        Arc::clone(self.shared_boards.get_or_insert_with(|| Arc::new(boards.values().cloned().collect())))
    }

    /// Draws the boards that may have changed. Answers those that did.
    fn draw_boards(&mut self) -> Vec<OrgBoard> {
        let mut changed = Vec::new();
        for org in std::mem::take(&mut self.redraw) {
            let Some(board) = diagnosis::board(&self.fleet, &self.settings, &org) else { continue };
            if self.boards.get(&org).is_none_or(|former| **former != board) {
                changed.push(board.clone());
                self.boards.insert(org, Arc::new(board));
                self.shared_boards = None;
            }
        }
        changed
    }

    /// Takes boards that were drawn before.
    pub(super) fn put_boards(&mut self, boards: Vec<OrgBoard>) {
        for board in boards {
            if self.settings.orgs.contains_key(&board.name) {
                self.boards.insert(board.name.clone(), Arc::new(board));
                self.shared_boards = None;
            }
        }
    }

    /// What the configuration tells of each site.
    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    fn observations(&self, target: &Target, seen: Seen) -> Vec<Observation> {
        match (seen, target) {
            (Seen::Observations(observations), _) => observations,
            (Seen::Org(at, picture), Target::Org(name)) => {
                let facts = picture.into_facts(self.fleet.org(name));
                let observation = |fact: Fact| Observation { target: target.clone(), at, fact };
                facts.into_iter().map(observation).collect()
            }
            (Seen::Nothing | Seen::Org(..), _) => Vec::new(),
        }
    }

    fn affected_by(&self, target: &Target) -> BTreeSet<SiteName> {
        let mut affected = self.fleet.affected_by(target);
        if let Target::Org(name) = target {
            affected.extend(self.assigned.get(name).into_iter().flatten().cloned());
        }
        affected
    }

    fn judge(&mut self, sites: &[SiteName], now: DateTime<Utc>) -> Vec<SiteRow> {
        let mut changed = Vec::new();
        for site in sites {
            let Some(&i) = self.index.get(site) else { continue };
            let mut row = diagnosis::judge(&self.fleet, &self.settings, site, now).row;
            // A verdict that has no future is asked for again a moment later, not at once and for ever.
            row.valid_until = row.valid_until.map(|until| until.max(now + TimeDelta::seconds(1)));
            if *self.rows[i] != row {
                changed.push(row.clone());
                self.put_row(i, row);
            }
        }
        changed
    }

    fn put_row(&mut self, i: usize, row: SiteRow) {
        let old = &self.rows[i];
        if let Some(until) = old.valid_until {
            self.expiries.remove(&(until, i));
        }
        if let Some(until) = row.valid_until {
            self.expiries.insert((until, i));
        }
        self.rows[i] = Arc::new(row);
        self.shared = None;
    }
}
