//! What the machine has the hook told: changes that the store keeps, each when its site has come to rest.

use super::super::hook::{Ended, Hook};
use super::{Machine, Polling};
use crate::model::{SiteName, Target};
use crate::protocol::Event;
use crate::store::Telling;
use chrono::{DateTime, Utc};

impl Machine {
    /// Starts the hook for what is to be told now. Only who polls tells, and a poll of everything tells when all was looked
    /// at: what changes to and fro within it is no news.
    pub(super) async fn tell_changes(&mut self) {
        let in_midst = self.once.is_some() && !self.collector.is_quiet();
        if !self.polls() || in_midst {
            return;
        }
        let Some(hook) = &mut self.hook else { return };
        if hook.asks {
            hook.asks = false;
            let untold = self.store.call(|store| store.untold()).await;
            let Some(mut untold) = self.told(untold) else { return };
            // Of a site that the configuration does not name, nothing is told.
            untold.retain(|untold| self.known.row(&untold.site).is_some());
            if let Some(hook) = &mut self.hook {
                hook.load(untold);
            }
        }
        while let Some(number) = self.next_to_tell() {
            let telling = self.store.call(move |store| store.begin_telling(number)).await;
            match self.told(telling) {
                Some(Some(telling)) => self.start_telling(number, telling).await,
                // It was the same again before anybody was told.
                Some(None) => {}
                // The next thing that is kept asks again.
                None => return,
            }
        }
    }

    async fn start_telling(&mut self, number: i64, telling: Telling) {
        match telling.change.clone() {
            Ok(change) => match &mut self.hook {
                Some(hook) if hook.is_for(&change) => hook.start(number, &telling, change),
                _ => self.end_telling(number).await,
            },
            Err(unreadable) => {
                self.notice(unreadable.to_string());
                self.end_telling(number).await;
            }
        }
    }

    fn next_to_tell(&mut self) -> Option<i64> {
        let now = self.clock.now();
        let (known, collector) = (&self.known, &self.collector);
        let everything_is = self.polling == Polling::Off;
        let is_settled = |site: &SiteName, at: DateTime<Utc>| {
            let org = known.row(site).and_then(|row| row.org.clone());
            let targets = [Some(Target::Site(site.clone())), org.map(Target::Org)];
            let looks_under_way = || targets.iter().flatten().any(|target| collector.schedule().is_near(target, now));
            // A verdict that looks may still change waits for them as long as one look may take, and no longer.
            everything_is || now < at || now - at >= self.patience || !looks_under_way()
        };
        Some(self.hook.as_mut()?.next(now, is_settled)?.number)
    }

    /// Takes what came of a run.
    pub(super) async fn hook_ended(&mut self, ended: Ended) {
        let now = self.clock.now();
        let Some(hook) = &mut self.hook else { return };
        let number = ended.number;
        let upshot = hook.take(&ended, now);
        match upshot.retry_at {
            Some(at) => {
                hook.put_back(ended, at);
                let postponed = self.store.call(move |store| store.postpone_telling(number, at)).await;
                self.told(postponed);
            }
            None => self.end_telling(number).await,
        }
        upshot.notices.into_iter().for_each(|text| self.notice(text));
    }

    async fn end_telling(&mut self, number: i64) {
        let next = self.store.call(move |store| store.end_telling(number)).await;
        if let (Some(Some(next)), Some(hook)) = (self.told(next), &mut self.hook) {
            hook.push(next);
        }
    }

    /// Lets the runs under way come to their end, for a moment, and kills the rest.
    pub(super) async fn stop_telling(&mut self) {
        let stopped = tokio::time::Instant::now();
        while let Some(hook) = &mut self.hook
            && let Some(ended) = hook.ended_in_time(stopped).await
        {
            self.hook_ended(ended).await;
        }
        if let Some(hook) = &mut self.hook {
            hook.stop().await;
        }
    }

    /// Keeps every line as it is judged now, so that what changed while nobody polled is a change too.
    pub(super) async fn keep_all_rows(&mut self) {
        if self.hook.is_some() {
            let rows = self.known.rows().0.iter().map(|row| row.as_ref().clone()).collect();
            self.keep_rows(rows).await;
        }
    }

    /// Tells the operator something, and whoever waits for a poll.
    fn notice(&mut self, text: String) {
        if let Some(once) = &mut self.once {
            once.notices.push(text.clone());
        }
        self.outlet.tell(Event::Notice(text));
    }
}

/// The next run of the hook that is over; for ever where there is no hook.
pub(super) async fn ended(hook: Option<&mut Hook>) -> Ended {
    match hook {
        Some(hook) => hook.ended().await,
        None => std::future::pending().await,
    }
}
