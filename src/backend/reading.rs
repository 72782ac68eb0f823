//! The fleet as the store has it, judged now: what commands print that look at nothing.

use super::Rows;
use super::fields_board::{Looked, board};
use super::known::Known;
use crate::config::Config;
use crate::diagnosis;
use crate::model::row::Counts;
use crate::model::{
    FieldsBoard, Fleet, Forecast, OrgLedger, OrgName, Permits, Plan, ReadOnly, Settings, SiteDetail, SiteName,
    SlotCheck, StepState, UserId,
};
use crate::store::{StoreError, StoreHandle, Unreadable};
use chrono::{DateTime, Utc};
use std::path::Path;

/// What the store has of the configured fleet.
pub struct Reading {
    known: Known,
    /// What is there and can not be read.
    pub unreadable: Vec<Unreadable>,
}

impl Reading {
    /// Reads all of it and judges it at `now`. Nothing is written.
    pub async fn load(config: &Config, store: &StoreHandle, now: DateTime<Utc>) -> Result<Self, StoreError> {
        let (sites, orgs) = store.call(|store| Ok((store.site_states()?, store.org_states()?))).await?;
        let mut known = Known::new(config.settings());
        known.load(sites.items, orgs.items, now);
        let unreadable = sites.unreadable.into_iter().chain(orgs.unreadable).collect();
        Ok(Self { known, unreadable })
    }

    /// The lines, by name, and their counts.
    pub fn rows(&mut self) -> (Rows, Counts) {
        self.known.rows()
    }

    /// One site in full; none when the configuration does not name it.
    pub fn detail(&self, site: &SiteName, now: DateTime<Utc>) -> Option<SiteDetail> {
        self.known.detail(site, now)
    }

    /// What is known of every site's fields, with what was kept in `state_dir`. Blocks: it reads a file of each site.
    pub fn fields(&self, state_dir: &Path) -> FieldsBoard {
        board(state_dir, Looked::all(&self.known))
    }

    /// One org's approvals, by user; none when the configuration does not name it.
    pub fn ledger(&self, org: &OrgName, now: DateTime<Utc>) -> Option<OrgLedger> {
        diagnosis::ledger(self.known.fleet(), self.known.settings(), org, now)
    }

    /// What dies next, over all configured sites.
    pub fn forecast(&self, now: DateTime<Utc>) -> Forecast {
        diagnosis::forecast(self.known.fleet(), self.known.settings(), now)
    }

    /// How these sites, or all that lost their connection, get new approvals without one that works being lost.
    pub fn plan(&self, sites: &[SiteName], now: DateTime<Utc>) -> Plan {
        diagnosis::plan(self.known.fleet(), self.known.settings(), sites, now)
    }

    /// What became of each step of a plan.
    pub fn plan_standing(&self, plan: &Plan, now: DateTime<Utc>) -> Vec<StepState> {
        diagnosis::plan_standing(self.known.fleet(), self.known.settings(), plan, now)
    }

    /// Orgs of a plan whose lists of approvals are too old to lean on, a clause each.
    pub fn plan_stale(&self, plan: &Plan, now: DateTime<Utc>) -> Vec<String> {
        diagnosis::plan_stale(self.known.fleet(), self.known.settings(), plan, now)
    }

    /// What approvals of a user for these sites would cost; none for an org of which too little is known.
    pub fn slot_check(
        &self,
        org: &OrgName,
        user: &UserId,
        sites: &[SiteName],
        now: DateTime<Utc>,
    ) -> Option<SlotCheck> {
        diagnosis::slot_check(self.known.fleet(), self.known.settings(), org, user, sites, now)
    }

    /// The org that a site was seen to be in, else the one that the configuration says it is in.
    pub fn org_of(&self, site: &SiteName) -> Option<OrgName> {
        self.known.org_of(site)
    }

    /// Who says that a site is only looked at.
    pub fn refusal(&self, permits: &Permits, site: &SiteName) -> Option<ReadOnly> {
        self.known.refusal(permits, site)
    }

    /// Everything that is known, as it was seen.
    pub fn fleet(&self) -> &Fleet {
        self.known.fleet()
    }

    /// What the configuration tells.
    pub fn settings(&self) -> &Settings {
        self.known.settings()
    }
}
