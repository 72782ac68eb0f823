//! What the machine has the store do. A store that fails is told once and costs the history, not the picture.

use super::super::role::LEASE;
use super::{LeaseKey, Machine};
use crate::model::SiteRow;
use crate::protocol::{Event, Poller};
use crate::store::{Record, StoreError, Unreadable};
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Arc;

/// Between two rounds of deleting what is older than it is kept.
const PRUNE_EVERY: TimeDelta = TimeDelta::hours(6);

/// Unreadable things that are told one by one.
const TOLD: usize = 3;

impl Machine {
    /// The stored lines first, so that there is something to see, then the states, judged anew: the configuration may
    /// have changed since, and time has passed.
    pub(super) async fn load(&mut self) {
        let lines = self.store.call(|store| Ok((store.revision()?, store.rows()?, store.boards()?))).await;
        let mut lines_kept = 0;
        if let Some((revision, rows, boards)) = self.told(lines) {
            self.revision = revision;
            lines_kept = rows.items.len();
            self.known.put_rows(rows.items);
            self.known.put_boards(boards.items);
            self.publish();
        }
        let states = self.store.call(|store| Ok((store.site_states()?, store.org_states()?))).await;
        if let Some((sites, orgs)) = self.told(states) {
            self.tell_unreadable(sites.unreadable.into_iter().chain(orgs.unreadable).collect());
            self.known.load(sites.items, orgs.items, self.clock.now());
            self.remember(lines_kept).await;
        }
    }

    /// Remembers what the configuration told, with all that follows from it, unless that is what is remembered: so that
    /// it need not be read to show what is known.
    async fn remember(&mut self, lines_kept: usize) {
        let Some(memo) = self.memo.take() else { return };
        let former = self.store.call(|store| store.memo()).await;
        let Some(former) = self.told(former) else { return };
        let sites = &self.known.settings().sites;
        if former.as_ref() == Some(&memo) && lines_kept == sites.len() {
            return;
        }
        let terms: Vec<_> = sites.iter().map(|(name, terms)| (name.clone(), terms.clone())).collect();
        let rows = self.known.rows().0.iter().map(|row| row.as_ref().clone()).collect();
        let boards = self.known.boards().iter().map(|board| board.as_ref().clone()).collect();
        let record = Record { rows, boards, tell: self.tells_at(), ..Record::default() };
        let before = self.revision;
        let kept = self.store.call(move |store| store.remember(&memo, &terms, &record)).await;
        if self.told(kept) == Some(before + 1) {
            self.revision = before + 1;
        }
    }

    /// Takes what other processes wrote since, so that nothing is folded onto an older state.
    pub(super) async fn read_along(&mut self) {
        let revision = self.revision;
        let changes = self.store.call(move |store| {
            // Most of the time nobody else wrote, and one number says so.
            if store.revision()? == revision { Ok(None) } else { store.changes_since(revision).map(Some) }
        });
        let changes = changes.await;
        let Some(Some(changes)) = self.told(changes) else { return };
        self.revision = changes.revision;
        for org in changes.orgs.items {
            self.known.put_org(org);
        }
        for site in changes.sites.items {
            self.known.put_site(site);
        }
        self.known.put_boards(changes.boards.items);
        self.may_have_to_tell(!changes.rows.items.is_empty());
        let news = changes.rows.items.into_iter().filter(|row| !self.known.has(row)).collect();
        self.known.put_rows(news);
    }

    /// Keeps what was seen, then gives back the leases under which it was seen.
    pub(super) async fn keep(&mut self, mut records: Vec<Record>, leases: Vec<LeaseKey>) {
        let tell = self.tells_at();
        for record in &mut records {
            record.tell = tell;
        }
        self.may_have_to_tell(records.iter().any(|record| !record.rows.is_empty()));
        let (before, holder) = (self.revision, Arc::clone(&self.holder));
        let kept = self.store.call(move |store| {
            let kept = store.record_all(&records);
            store.release(&leases, &holder)?;
            // Somebody else may have written in between: then it is read from where we were.
            kept.map(|revision| if revision == before + records.len() as u64 { revision } else { before })
        });
        let kept = kept.await;
        if let (Err(error), Some(once)) = (&kept, &mut self.once) {
            // A later call that succeeds does not bring back what is lost.
            once.lost.get_or_insert_with(|| error.clone());
        }
        if let Some(revision) = self.told(kept) {
            self.revision = revision;
        }
    }

    /// Keeps lines that time alone changed.
    pub(super) async fn keep_rows(&mut self, rows: Vec<SiteRow>) {
        if !rows.is_empty() {
            self.keep(vec![Record { rows, ..Record::default() }], Vec::new()).await;
        }
    }

    /// The time of the verdicts that are kept now, where a change of health is told.
    fn tells_at(&self) -> Option<DateTime<Utc>> {
        self.hook.as_ref().map(|_| self.clock.now())
    }

    /// The store may have changes to tell, of this process or of another.
    fn may_have_to_tell(&mut self, may: bool) {
        if let Some(hook) = &mut self.hook {
            hook.asks |= may;
        }
    }

    /// Takes or renews the poller's lease. A store that fails holds nobody back, as nobody could be seen.
    pub(super) async fn lease_polling(&mut self, now: DateTime<Utc>) -> bool {
        let holder = Arc::clone(&self.holder);
        let leased = self.store.call(move |store| store.lease(&LeaseKey::Poller, &holder, now, now + LEASE)).await;
        self.told(leased).unwrap_or_else(|| self.role.poller != Poller::Another)
    }

    /// Deletes what is older than it is kept, a part at a time.
    pub(super) async fn prune(&mut self, now: DateTime<Utc>) {
        if self.pruned_at.is_some_and(|at| at <= now && now - at < PRUNE_EVERY) {
            return;
        }
        let Some(before) = now.checked_sub_signed(self.keep) else { return };
        let pruned = self.store.call(move |store| store.prune(before)).await;
        let more = self.told(pruned).is_some_and(|pruned| pruned.more);
        self.pruned_at = if more { None } else { Some(now) };
    }

    /// The value, or none when the store failed: the first failure of a kind is told.
    pub(super) fn told<T>(&mut self, result: Result<T, StoreError>) -> Option<T> {
        match result {
            Ok(value) => {
                self.complaint = None;
                Some(value)
            }
            Err(error) => {
                if self.complaint.as_ref() != Some(&error) {
                    self.outlet.tell(Event::Notice(error.to_string()));
                    self.complaint = Some(error);
                }
                None
            }
        }
    }

    fn tell_unreadable(&mut self, unreadable: Vec<Unreadable>) {
        let more = unreadable.len().saturating_sub(TOLD);
        for one in unreadable.into_iter().take(TOLD) {
            self.outlet.tell(Event::Notice(one.to_string()));
        }
        if more > 0 {
            self.outlet.tell(Event::Notice(format!("{more} more stored things cannot be read")));
        }
    }
}
