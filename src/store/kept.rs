//! What goes into a store and comes out of it. Plain data; uses `model` alone.

use crate::model::{Change, Clean, Observation, OrgBoard, OrgState, SiteName, SiteRow, SiteState, SiteTerms, Target};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// What one look brought. Kept as a whole or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// What was seen, oldest first. Each of the target of one of the two states below.
    pub observations: Vec<Observation>,
    /// The site's state with the observations folded in.
    pub site: Option<SiteState>,
    /// The org's state with the observations folded in.
    pub org: Option<OrgState>,
    /// The lines that follow from it.
    pub rows: Vec<SiteRow>,
    /// The boards that follow from it.
    pub boards: Vec<OrgBoard>,
    /// When somebody is to be told how the lines change a site's health: the time of the verdicts.
    pub tell: Option<DateTime<Utc>>,
}

impl Record {
    /// The first observation whose target is not one of the states recorded with it. It would be history that no state
    /// holds.
    pub(super) fn stray(&self) -> Option<&Target> {
        let held = |target: &Target| match target {
            Target::Site(name) => self.site.as_ref().is_some_and(|state| state.name == *name),
            Target::Org(name) => self.org.as_ref().is_some_and(|state| state.name == *name),
        };
        self.observations.iter().map(|observation| &observation.target).find(|target| !held(target))
    }
}

/// What was read, and what was there and could not be read. One bad line never hides the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing<T> {
    /// What was read.
    pub items: Vec<T>,
    /// What was left out; each is a warning for the operator.
    pub unreadable: Vec<Unreadable>,
}

impl<T> Default for Listing<T> {
    fn default() -> Self {
        Self { items: Vec::new(), unreadable: Vec::new() }
    }
}

/// Something in the store that this fusebox cannot read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Which ("state of site shop.example.org").
    pub what: Clean,
    /// Why.
    pub why: Clean,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the stored {} cannot be read ({}); if a newer fusebox wrote it, update this one, else the next look replaces it",
            self.what, self.why
        )
    }
}

/// What changed after a revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The revision to ask with next time.
    pub revision: u64,
    /// Lines that are new or different.
    pub rows: Listing<Arc<SiteRow>>,
    /// States of sites that were recorded.
    pub sites: Listing<SiteState>,
    /// States of orgs that were recorded.
    pub orgs: Listing<OrgState>,
    /// Boards that are new or different.
    pub boards: Listing<OrgBoard>,
    /// Sites that were forgotten.
    pub forgotten: Vec<SiteName>,
}

/// What the configuration told, all but the terms of sites.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memo {
    /// Which file told it, in a way that changes with the file.
    pub file: String,
    /// What it told, as its keeper writes it.
    pub told: String,
}

/// Whom the verdicts about some sites rest on: those sites, their orgs, and the sites of the same users and tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Neighbourhood {
    /// Terms of the sites among them.
    pub terms: BTreeMap<SiteName, SiteTerms>,
    /// States of sites. One that only shares the first label of a name is there by its name alone.
    pub sites: Vec<SiteState>,
    /// States of orgs.
    pub orgs: Vec<OrgState>,
}

/// A change of health that is still to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untold {
    /// Its place in the order.
    pub number: i64,
    /// Whose it is.
    pub site: SiteName,
    /// When the verdict was made.
    pub at: DateTime<Utc>,
    /// Whether somebody began to tell it: it is told as it is then, whatever the verdict is now.
    pub begun: bool,
    /// When it is to be tried again.
    pub retry_at: Option<DateTime<Utc>>,
}

/// A change that is being told from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telling {
    /// The same for every try, and no other change's.
    pub id: String,
    /// Which try this is, from 1.
    pub tries: u32,
    /// What to tell.
    pub change: Result<Change, Unreadable>,
}

/// What one call of [`super::Store::prune`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Observations that it deleted.
    pub deleted: usize,
    /// Whether another call would delete more.
    pub more: bool,
}

/// What only one process may do at a time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LeaseKey {
    /// Touch this target.
    Target(Target),
    /// Poll the fleet.
    Poller,
}

impl From<Target> for LeaseKey {
    fn from(target: Target) -> Self {
        Self::Target(target)
    }
}
