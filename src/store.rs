//! What was seen, kept: observations, folded states, verdicts, leases, audit. Uses `model` alone.
//!
//! [`Store`] says what a store does and [`StoreHandle`] gives it a thread of its own; `sqlite` is the one there is.
//! No type of a database stands in the trait, in what it keeps or in its errors, so that another one can follow.

mod audit;
mod error;
mod handle;
mod kept;
mod sqlite;
mod writes;

pub use audit::{
    AUDIT_FILE, Audit, AuditError, AuditLine, AuditRecord, AuditTarget, Damage, HeadSeen, Operator, Phase, Verdict,
};
pub use error::StoreError;
pub use handle::StoreHandle;
pub use kept::{Changes, LeaseKey, Listing, Memo, Neighbourhood, Pruned, Record, Telling, Unreadable, Untold};
pub use writes::Writes;

use crate::model::row::Counts;
use crate::model::{
    Authorization, Dated, Fact, OrgBoard, OrgName, OrgState, SiteName, SiteRow, SiteState, SiteTerms, Target, Undoable,
};
use chrono::{DateTime, Utc};
use std::sync::Arc;

/// What a store does. Every function is one transaction: it happens as a whole or not at all, and when it returns, what
/// it wrote survives the end of the process and of the machine. Leases survive the process alone: whoever has one does
/// not survive the machine either.
///
/// All functions block, and all take `&mut self`, since a connection to a server is used that way even for reading.
pub trait Store: Send {
    /// Keeps what one look brought: its observations, the state they fold into and the lines that follow from it.
    ///
    /// An observation that repeats the newest one of its subject moves that one's `seen_at`; another one begins a new
    /// span. An org that names another id than before was refreshed and is another org: every span of it begins anew.
    ///
    /// Answers the revision of this record. Lines equal to those kept keep their own, older revision.
    fn record(&mut self, record: &Record) -> Result<u64, StoreError> {
        self.record_all(std::slice::from_ref(record))
    }

    /// Keeps what several looks brought that are over together, as a whole or not at all, as [`Store::record`] does with
    /// each. Every record has a revision of its own, one after the other; answers the last, or the store's own where
    /// there is no record.
    fn record_all(&mut self, records: &[Record]) -> Result<u64, StoreError>;

    /// All lines, by name.
    fn rows(&mut self) -> Result<Listing<Arc<SiteRow>>, StoreError>;

    /// A part of the lines, the greatest risk first ([`SiteRow::risk`]), then by name. Reads no other line.
    fn rows_page(&mut self, offset: usize, limit: usize) -> Result<Listing<Arc<SiteRow>>, StoreError>;

    /// All boards, by the org's name.
    fn boards(&mut self) -> Result<Listing<OrgBoard>, StoreError>;
    /// The first boards by [`OrgBoard::rank`], then by the org's name; `limit` bounds them.
    fn boards_page(&mut self, limit: usize) -> Result<Listing<OrgBoard>, StoreError>;

    /// What was remembered of the configuration, if anything was.
    fn memo(&mut self) -> Result<Option<Memo>, StoreError>;

    /// Remembers what the configuration told, in the place of what was remembered before, and keeps the lines and boards
    /// that follow from it. Lines of sites that it does not name are gone afterwards.
    fn remember(&mut self, memo: &Memo, terms: &[(SiteName, SiteTerms)], record: &Record) -> Result<u64, StoreError>;

    /// The states on which the verdicts about these sites rest, and the remembered terms. Reads no other state; one that
    /// cannot be read is left out.
    fn neighbourhood(&mut self, sites: &[SiteName]) -> Result<Neighbourhood, StoreError>;

    /// What was recorded after `revision`, in this process or another: after 0, everything. A state is in it although its
    /// line says the same as before.
    fn changes_since(&mut self, revision: u64) -> Result<Changes, StoreError>;

    /// How many lines are in each health, from an index: no line is read.
    fn counts(&mut self) -> Result<Counts, StoreError>;

    /// The revision of the last change, 0 in a new store. It only grows.
    fn revision(&mut self) -> Result<u64, StoreError>;

    /// The folded states of all sites, by name.
    fn site_states(&mut self) -> Result<Listing<SiteState>, StoreError>;

    /// The folded states of all orgs, by name.
    fn org_states(&mut self) -> Result<Listing<OrgState>, StoreError>;

    /// One site's folded state, if anything was kept of it.
    fn site_state(&mut self, name: &SiteName) -> Result<Option<SiteState>, StoreError>;

    /// One org's folded state, if anything was kept of it.
    fn org_state(&mut self, name: &OrgName) -> Result<Option<OrgState>, StoreError>;

    /// What was seen of `target` since a time, in the order in which it was first seen: of one subject
    /// ([`Fact::subject`]) or of all. A span that began before `since` and reaches into it is there as a whole.
    ///
    /// The first and the last look of each span, in the order of time, fold into the state that is kept.
    fn history(
        &mut self,
        target: &Target,
        subject: Option<&str>,
        since: DateTime<Utc>,
    ) -> Result<Listing<Dated<Fact>>, StoreError>;

    /// The changes of health that are still to be told, the first of each site, in the order in which they came.
    ///
    /// A site has one change at most that nobody began to tell: from what was told last to what is so now. It goes when
    /// the two are the same again.
    fn untold(&mut self) -> Result<Vec<Untold>, StoreError>;

    /// Begins to tell a change, once more or for the first time: from now on it counts as what was told last. None when
    /// it is gone.
    fn begin_telling(&mut self, number: i64) -> Result<Option<Telling>, StoreError>;

    /// A change was told, or is given up. Answers the next one of its site.
    fn end_telling(&mut self, number: i64) -> Result<Option<Untold>, StoreError>;

    /// A change could not be told, and is tried again.
    fn postpone_telling(&mut self, number: i64, until: DateTime<Utc>) -> Result<(), StoreError>;

    /// Keeps an authorization that is watched from now on; one with the same id gives way.
    fn begin_watch(&mut self, authorization: &Authorization) -> Result<(), StoreError>;

    /// An authorization ended, or nobody watches it any more.
    fn end_watch(&mut self, id: &str) -> Result<(), StoreError>;

    /// The authorizations that did not end, the first begun first.
    fn watches(&mut self) -> Result<Listing<Authorization>, StoreError>;

    /// Keeps a change of a site that can be taken back, and lets go of those that can not any more ([`crate::model::undo::KEPT`]).
    fn keep_undo(&mut self, change: &Undoable) -> Result<(), StoreError>;

    /// A change was taken back.
    fn end_undo(&mut self, id: &str) -> Result<(), StoreError>;

    /// The changes that can be taken back at `now`, the newest first.
    fn undoable(&mut self, now: DateTime<Utc>) -> Result<Listing<Undoable>, StoreError>;

    /// Begins an operation over many sites: none of them is done, and what is left of its last run is forgotten.
    fn begin_batch(&mut self, operation: &str, sites: &[SiteName]) -> Result<(), StoreError>;

    /// One of them is done.
    fn done_in_batch(&mut self, operation: &str, site: &SiteName) -> Result<(), StoreError>;

    /// Those that the operation's last run has not done, by name.
    fn left_in_batch(&mut self, operation: &str) -> Result<Vec<SiteName>, StoreError>;

    /// Takes a lease, or prolongs one that `holder` has. Answers whether `holder` has it now; between processes on one
    /// store, at most one is told so for the time until `until`.
    ///
    /// A lease ends at its `until`. It ends too when the clock was set back by more than the time it was given for:
    /// its end would not come for as long again, while a holder that lives has prolonged it since.
    fn lease(
        &mut self,
        key: &LeaseKey,
        holder: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<bool, StoreError>;

    /// Who has a lease at `now`, by the same rule; takes nothing.
    fn holder(&mut self, key: &LeaseKey, now: DateTime<Utc>) -> Result<Option<String>, StoreError>;

    /// Gives back those of these leases that `holder` has.
    fn release(&mut self, keys: &[LeaseKey], holder: &str) -> Result<(), StoreError>;

    /// Forgets a target that the configuration does not name any more: its state, its line, its lease, and what is to be
    /// told of it. What was seen
    /// of it stays until [`Store::prune`] takes it.
    fn forget(&mut self, target: &Target) -> Result<(), StoreError>;

    /// Deletes observations last seen before a time, except those that are the newest of their subject in a target that
    /// was not forgotten (or, for an org, refreshed) since. One call deletes a bounded number, so that others get their
    /// turn: call again while there is more.
    fn prune(&mut self, before: DateTime<Utc>) -> Result<Pruned, StoreError>;

    /// Reads everything and says whether it is whole; takes time in a large store.
    fn check(&mut self) -> Result<(), StoreError>;

    /// The version of the schema.
    fn schema_version(&mut self) -> Result<u32, StoreError>;

    /// Puts everything into its final place. The store is not used afterwards.
    fn close(self: Box<Self>) -> Result<(), StoreError>;
}
