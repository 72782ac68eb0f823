//! Which change is told next, and when a hook that fails is tried again. Pure; times are the host's.

use crate::model::SiteName;
use crate::store::Untold;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// The pause after a try that failed; twice as long after each further one.
const PAUSE: TimeDelta = TimeDelta::seconds(30);

/// The longest pause.
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(10);

/// How often a change is tried, over a quarter of an hour at least.
const MOST_TRIES: u32 = 6;

/// Failures one after the other after which nothing new is begun for a while: it is the hook, not the change.
const BROKEN: u32 = 4;

/// Changes that are not being told, the first of each site.
#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: BTreeMap<i64, Untold>,
    failures: u32,
    rests_until: Option<DateTime<Utc>>,
}

/// What becomes of a change that could not be told.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    Retry(DateTime<Utc>),
    GiveUp,
}

impl Queue {
    /// What the store has, in the place of what waited.
    pub(super) fn load(&mut self, untold: impl IntoIterator<Item = Untold>) {
        self.waiting = untold.into_iter().map(|untold| (untold.number, untold)).collect();
    }

    pub(super) fn push(&mut self, untold: Untold) {
        self.waiting.insert(untold.number, untold);
    }

    /// Takes out the next that may be told now. One that somebody began to tell is not held up by what its site does.
    pub(super) fn next(
        &mut self,
        now: DateTime<Utc>,
        is_settled: impl Fn(&SiteName, DateTime<Utc>) -> bool,
    ) -> Option<Untold> {
        if self.rests_until.is_some_and(|until| is_ahead(until, now)) {
            return None;
        }
        let may = |untold: &Untold| match untold.retry_at {
            Some(at) => !is_ahead(at, now),
            None => untold.begun || is_settled(&untold.site, untold.at),
        };
        let number = self.waiting.values().find(|untold| may(untold))?.number;
        self.waiting.remove(&number)
    }

    /// A change was told. Answers whether the hook failed before.
    pub(super) fn succeeded(&mut self) -> bool {
        self.rests_until = None;
        std::mem::take(&mut self.failures) > 0
    }

    /// A change could not be told, at this try.
    pub(super) fn failed(&mut self, tries: u32, now: DateTime<Utc>) -> Next {
        self.failures = self.failures.saturating_add(1);
        if let Some(more) = self.failures.checked_sub(BROKEN) {
            self.rests_until = Some(now + pause(more));
        }
        if tries >= MOST_TRIES { Next::GiveUp } else { Next::Retry(now + pause(tries.saturating_sub(1))) }
    }

    /// When something may be told that may not be told now, if nothing happens before.
    pub(super) fn wake_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let rest = self.rests_until.filter(|until| is_ahead(*until, now) && !self.waiting.is_empty());
        let first = self.waiting.values().filter_map(|untold| untold.retry_at).min();
        rest.or(first.filter(|at| is_ahead(*at, now)))
    }

    /// Whether the last try failed.
    pub(super) fn is_failing(&self) -> bool {
        self.failures > 0
    }
}

fn pause(doublings: u32) -> TimeDelta {
    (PAUSE * 2_i32.pow(doublings.min(5))).min(LONGEST_PAUSE)
}

/// Ahead, and not so far that the clock must have gone back.
fn is_ahead(at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    at > now && at - now <= LONGEST_PAUSE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn untold(number: i64, site: &str) -> Untold {
        Untold { number, site: SiteName::new(site), at: at(0), begun: false, retry_at: None }
    }

    fn next(queue: &mut Queue, seconds: i64, settled: &[&str]) -> Option<i64> {
        queue.next(at(seconds), |site, _| settled.contains(&site.as_str())).map(|untold| untold.number)
    }

    #[test]
    fn the_oldest_that_is_settled_comes_first_and_one_that_was_begun_waits_for_nobody() {
        let mut queue = Queue::default();
        let begun = Untold { begun: true, ..untold(3, "c") };
        queue.load([untold(1, "a"), untold(2, "b"), begun]);
        assert_eq!(next(&mut queue, 0, &["b"]), Some(2));
        assert_eq!(next(&mut queue, 0, &["b"]), Some(3));
        assert_eq!(next(&mut queue, 0, &["b"]), None);
        assert_eq!(next(&mut queue, 0, &["a"]), Some(1));
        assert_eq!(next(&mut queue, 0, &["a"]), None, "it was taken out");
    }

    #[test]
    fn a_try_that_failed_is_made_again_later_and_not_for_ever() {
        let mut queue = Queue::default();
        let pauses = [30, 60, 120, 240, 480];
        for (tries, pause) in (1..).zip(pauses) {
            queue.succeeded();
            assert_eq!(queue.failed(tries, at(0)), Next::Retry(at(pause)));
        }
        assert_eq!(queue.failed(6, at(0)), Next::GiveUp);
        queue.push(Untold { retry_at: Some(at(30)), begun: true, ..untold(1, "a") });
        assert_eq!((queue.wake_at(at(0)), next(&mut queue, 29, &["a"])), (Some(at(30)), None));
        assert_eq!(next(&mut queue, 30, &[]), Some(1));
    }

    #[test]
    fn a_clock_that_went_back_holds_nothing_up() {
        let mut queue = Queue::default();
        queue.push(Untold { retry_at: Some(at(100_000)), begun: true, ..untold(1, "a") });
        assert_eq!(next(&mut queue, 0, &[]), Some(1));
    }

    #[test]
    fn a_hook_that_fails_again_and_again_rests() {
        let mut queue = Queue::default();
        for _ in 0..3 {
            queue.failed(1, at(0));
        }
        queue.load([untold(1, "a"), untold(2, "b")]);
        assert_eq!(next(&mut queue, 0, &["a", "b"]), Some(1), "three may be about themselves");
        queue.failed(1, at(0));
        assert_eq!((next(&mut queue, 29, &["a", "b"]), queue.wake_at(at(29))), (None, Some(at(30))));
        assert_eq!(next(&mut queue, 30, &["a", "b"]), Some(2));
        queue.failed(1, at(30));
        queue.push(untold(3, "c"));
        assert_eq!(next(&mut queue, 89, &["c"]), None, "and longer each time");
        assert!(queue.succeeded() && !queue.succeeded());
        assert_eq!(next(&mut queue, 89, &["c"]), Some(3));
    }
}
