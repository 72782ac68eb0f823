//! The store in one `SQLite` file: the transactions. What lies in the tables is in the modules below, opening the file
//! and migrating it in `open`. Nothing of `rusqlite` leaves this module.

mod batch;
mod boards;
mod columns;
mod failure;
mod leases;
mod memo;
mod observations;
mod open;
mod outbox;
mod states;
mod undo;
mod verdicts;
mod watches;

#[cfg(test)]
mod tests;

use super::{Changes, LeaseKey, Listing, Memo, Neighbourhood, Pruned, Record, Store, StoreError, Telling, Untold};
use crate::model::row::Counts;
use crate::model::{
    Authorization, Dated, Fact, OrgBoard, OrgName, OrgState, SiteName, SiteRow, SiteState, SiteTerms, Target, Undoable,
};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::path::Path;
use std::sync::Arc;

/// A store in one file.
pub(super) struct SqliteStore {
    connection: Connection,
    /// How its next commit is written.
    durability: Durability,
    /// The file, for what is said about it.
    place: String,
}

/// What a commit survives.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Durability {
    /// The end of the machine: the commit waits for the disk.
    Machine,
    /// The end of the process. The next commit that waits for the disk takes this one along.
    Process,
}

impl SqliteStore {
    /// Opens the store, or makes it.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self { connection: open::open(path)?, durability: Durability::Machine, place: path.display().to_string() })
    }

    /// Reads, all of one moment.
    fn read<T>(&mut self, f: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        self.within(TransactionBehavior::Deferred, f)
    }

    /// Writes, with the lock taken at once: a transaction that reads first and writes later may be refused half way.
    fn write<T>(&mut self, f: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        self.wait_for(Durability::Machine)?;
        self.within(TransactionBehavior::Immediate, f)
    }

    /// The same for what means nothing once this machine has gone down: does not wait for the disk.
    fn write_lightly<T>(&mut self, f: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        self.wait_for(Durability::Process)?;
        self.within(TransactionBehavior::Immediate, f)
    }

    /// Sets what the next commit survives.
    fn wait_for(&mut self, durability: Durability) -> Result<(), StoreError> {
        if self.durability != durability {
            let synchronous = match durability {
                Durability::Machine => "FULL",
                Durability::Process => "NORMAL",
            };
            let set = self.connection.pragma_update(None, "synchronous", synchronous);
            set.map_err(|error| failure::failure(&self.place, &error))?;
            self.durability = durability;
        }
        Ok(())
    }

    fn within<T>(
        &mut self,
        behavior: TransactionBehavior,
        f: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let done = self.connection.transaction_with_behavior(behavior).and_then(|transaction| {
            let value = f(&transaction)?;
            transaction.commit()?;
            Ok(value)
        });
        done.map_err(|error| failure::failure(&self.place, &error))
    }
}

impl Store for SqliteStore {
    fn record_all(&mut self, records: &[Record]) -> Result<u64, StoreError> {
        if let Some(target) = records.iter().find_map(Record::stray) {
            return Err(StoreError::Stray { target: target.clone() });
        }
        if records.is_empty() {
            return self.revision();
        }
        self.write(|connection| {
            let mut revision = 0;
            for record in records {
                revision = keep(connection, record)?;
            }
            Ok(revision.unsigned_abs())
        })
    }

    fn rows(&mut self) -> Result<Listing<Arc<SiteRow>>, StoreError> {
        self.read(|connection| verdicts::all(connection))
    }

    fn rows_page(&mut self, offset: usize, limit: usize) -> Result<Listing<Arc<SiteRow>>, StoreError> {
        self.read(|connection| verdicts::page(connection, offset, limit))
    }

    fn boards(&mut self) -> Result<Listing<OrgBoard>, StoreError> {
        self.read(|connection| boards::since(connection, -1))
    }

    fn boards_page(&mut self, limit: usize) -> Result<Listing<OrgBoard>, StoreError> {
        self.read(|connection| boards::page(connection, limit))
    }

    fn memo(&mut self) -> Result<Option<Memo>, StoreError> {
        self.read(|connection| memo::memo(connection))
    }

    fn remember(&mut self, memo: &Memo, terms: &[(SiteName, SiteTerms)], record: &Record) -> Result<u64, StoreError> {
        self.write(|connection| {
            memo::remember(connection, memo, terms)?;
            keep(connection, record).map(i64::unsigned_abs)
        })
    }

    fn neighbourhood(&mut self, sites: &[SiteName]) -> Result<Neighbourhood, StoreError> {
        self.read(|connection| memo::neighbourhood(connection, sites))
    }

    fn changes_since(&mut self, revision: u64) -> Result<Changes, StoreError> {
        let after = i64::try_from(revision).unwrap_or(i64::MAX);
        self.read(|connection| {
            Ok(Changes {
                revision: verdicts::revision(connection)?.unsigned_abs(),
                rows: verdicts::since(connection, after)?,
                sites: states::since(connection, "site", after)?,
                orgs: states::since(connection, "org", after)?,
                boards: boards::since(connection, after)?,
                forgotten: verdicts::forgotten_since(connection, after)?,
            })
        })
    }

    fn counts(&mut self) -> Result<Counts, StoreError> {
        self.read(|connection| verdicts::counts(connection))
    }

    fn revision(&mut self) -> Result<u64, StoreError> {
        self.read(|connection| verdicts::revision(connection)).map(i64::unsigned_abs)
    }

    fn site_states(&mut self) -> Result<Listing<SiteState>, StoreError> {
        self.read(|connection| states::all(connection, "site"))
    }

    fn org_states(&mut self) -> Result<Listing<OrgState>, StoreError> {
        self.read(|connection| states::all(connection, "org"))
    }

    fn site_state(&mut self, name: &SiteName) -> Result<Option<SiteState>, StoreError> {
        let target = Target::Site(name.clone());
        self.read(|connection| states::get(connection, &target))?.transpose().map_err(StoreError::Unreadable)
    }

    fn org_state(&mut self, name: &OrgName) -> Result<Option<OrgState>, StoreError> {
        let target = Target::Org(name.clone());
        self.read(|connection| states::get(connection, &target))?.transpose().map_err(StoreError::Unreadable)
    }

    fn history(
        &mut self,
        target: &Target,
        subject: Option<&str>,
        since: DateTime<Utc>,
    ) -> Result<Listing<Dated<Fact>>, StoreError> {
        self.read(|connection| observations::history(connection, target, subject, since))
    }

    fn untold(&mut self) -> Result<Vec<Untold>, StoreError> {
        self.read(|connection| outbox::heads(connection))
    }

    fn begin_telling(&mut self, number: i64) -> Result<Option<Telling>, StoreError> {
        self.write(|connection| outbox::begin(connection, number))
    }

    fn end_telling(&mut self, number: i64) -> Result<Option<Untold>, StoreError> {
        self.write(|connection| outbox::end(connection, number))
    }

    fn postpone_telling(&mut self, number: i64, until: DateTime<Utc>) -> Result<(), StoreError> {
        self.write(|connection| outbox::postpone(connection, number, until))
    }

    fn begin_watch(&mut self, authorization: &Authorization) -> Result<(), StoreError> {
        self.write(|connection| watches::begin(connection, authorization))
    }

    fn end_watch(&mut self, id: &str) -> Result<(), StoreError> {
        self.write(|connection| watches::end(connection, id))
    }

    fn watches(&mut self) -> Result<Listing<Authorization>, StoreError> {
        self.read(|connection| watches::all(connection))
    }

    fn keep_undo(&mut self, change: &Undoable) -> Result<(), StoreError> {
        self.write(|connection| undo::keep(connection, change))
    }

    fn end_undo(&mut self, id: &str) -> Result<(), StoreError> {
        self.write(|connection| undo::end(connection, id))
    }

    fn undoable(&mut self, now: DateTime<Utc>) -> Result<Listing<Undoable>, StoreError> {
        self.read(|connection| undo::all(connection, now))
    }

    fn begin_batch(&mut self, operation: &str, sites: &[SiteName]) -> Result<(), StoreError> {
        self.write(|connection| batch::begin(connection, operation, sites))
    }

    fn done_in_batch(&mut self, operation: &str, site: &SiteName) -> Result<(), StoreError> {
        self.write(|connection| batch::done(connection, operation, site))
    }

    fn left_in_batch(&mut self, operation: &str) -> Result<Vec<SiteName>, StoreError> {
        self.read(|connection| batch::left(connection, operation))
    }

    fn lease(
        &mut self,
        key: &LeaseKey,
        holder: &str,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        self.write_lightly(|connection| leases::take(connection, key, holder, now, until))
    }

    fn holder(&mut self, key: &LeaseKey, now: DateTime<Utc>) -> Result<Option<String>, StoreError> {
        self.read(|connection| leases::holder(connection, key, now))
    }

    fn release(&mut self, keys: &[LeaseKey], holder: &str) -> Result<(), StoreError> {
        if keys.is_empty() {
            return Ok(());
        }
        self.write_lightly(|connection| keys.iter().try_for_each(|key| leases::release(connection, key, holder)))
    }

    fn forget(&mut self, target: &Target) -> Result<(), StoreError> {
        self.write(|connection| {
            if let Some(id) = columns::find_target(connection, target)? {
                observations::close_all(connection, id)?;
                states::delete(connection, id)?;
            }
            match target {
                Target::Site(site) => {
                    verdicts::forget(connection, site)?;
                    outbox::forget(connection, site)?;
                }
                Target::Org(org) => boards::forget(connection, org.as_str())?,
            }
            leases::end(connection, &LeaseKey::Target(target.clone()))
        })
    }

    fn prune(&mut self, before: DateTime<Utc>) -> Result<Pruned, StoreError> {
        self.write(|connection| observations::prune(connection, before))
    }

    fn check(&mut self) -> Result<(), StoreError> {
        let said: String =
            self.read(|connection| connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)))?;
        if said == "ok" { Ok(()) } else { Err(StoreError::Corrupt { store: self.place.clone(), why: said }) }
    }

    fn schema_version(&mut self) -> Result<u32, StoreError> {
        let version = self.read(|connection| open::user_version(connection))?;
        u32::try_from(version)
            .map_err(|_| StoreError::Corrupt { store: self.place.clone(), why: format!("schema version {version}") })
    }

    fn close(self: Box<Self>) -> Result<(), StoreError> {
        let Self { connection, place, .. } = *self;
        // Moves what it can without waiting for other processes; the last of them does the rest.
        connection
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
            .and_then(|()| connection.close().map_err(|(_, error)| error))
            .map_err(|error| failure::failure(&place, &error))
    }
}

/// Writes one record. Answers its revision.
fn keep(connection: &Connection, record: &Record) -> rusqlite::Result<i64> {
    for observation in &record.observations {
        observations::append(connection, observation)?;
    }
    let revision = verdicts::next_revision(connection)?;
    if let Some(site) = &record.site {
        states::put(connection, &Target::Site(site.name.clone()), site, revision)?;
    }
    if let Some(org) = &record.org {
        states::put(connection, &Target::Org(org.name.clone()), org, revision)?;
    }
    for row in &record.rows {
        if let Some(at) = record.tell {
            outbox::note(connection, row, at)?;
        }
        verdicts::put(connection, row, revision)?;
    }
    for board in &record.boards {
        boards::put(connection, board, revision)?;
    }
    Ok(revision)
}
