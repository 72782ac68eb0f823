//! Who polls: of all processes on one store, the one that holds the poller's lease. Pure; times are the host's.

use crate::protocol::Poller;
use chrono::{DateTime, TimeDelta, Utc};

/// How long the lease is good without being renewed: a process that dies leaves the fleet unwatched for this long.
pub(super) const LEASE: TimeDelta = TimeDelta::seconds(12);

/// Between two renewals, and between two tries of those who wait.
const RENEW: TimeDelta = TimeDelta::seconds(4);

/// Between two looks into the store by those who read along, while others write.
const READ: TimeDelta = TimeDelta::seconds(1);

/// How long others count as writing after word of it. The word comes before what was written can be read, by as long as
/// the disk takes.
const WRITING: TimeDelta = TimeDelta::seconds(5);

/// Between two looks into the store while there is no word of anybody writing.
const READ_UNTOLD: TimeDelta = TimeDelta::seconds(30);

/// The part that this process plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Role {
    /// What the operator sees.
    pub(super) poller: Poller,
    /// Whether it would poll if it could.
    wants: bool,
    lease_at: DateTime<Utc>,
    read_at: DateTime<Utc>,
    /// Whether there is word when others write.
    told: bool,
    /// Until when others count as writing.
    writing_until: DateTime<Utc>,
}

impl Role {
    /// A process that has just begun. One that wants to poll asks for the lease at once.
    pub(super) fn new(wants: bool, told: bool, now: DateTime<Utc>) -> Self {
        let mut role = Self { poller: Poller::Nobody, wants, lease_at: now, read_at: now, told, writing_until: now };
        role.has_read(now);
        role
    }

    /// Whether word of others' writing is to be waited for: it is no news while they are known to write, and to those
    /// who meet it when they write themselves.
    pub(super) fn waits_for_word(&self, now: DateTime<Utc>) -> bool {
        self.read_interval(now) == READ_UNTOLD
    }

    /// Others write.
    pub(super) fn word(&mut self, now: DateTime<Utc>) {
        self.writing_until = now + WRITING;
        self.read_at = now;
    }

    /// Whether the lease is to be taken or renewed now.
    pub(super) fn asks_for_lease(&self, now: DateTime<Utc>) -> bool {
        self.wants && is_due(self.lease_at, RENEW, now)
    }

    /// The answer to that.
    pub(super) fn leased(&mut self, ours: bool, now: DateTime<Utc>) {
        self.lease_at = now + RENEW;
        self.poller = match (ours, self.poller) {
            (true, Poller::Paused) => Poller::Paused,
            (true, _) => Poller::Us,
            (false, _) => Poller::Another,
        };
    }

    /// Whether the store is to be read for what others wrote.
    pub(super) fn reads(&self, now: DateTime<Utc>) -> bool {
        is_due(self.read_at, self.read_interval(now), now)
    }

    /// The store was read.
    pub(super) fn has_read(&mut self, now: DateTime<Utc>) {
        self.read_at = now + self.read_interval(now);
    }

    /// The operator pauses the polling, or lets it go on. The lease stays: a pause is for everybody.
    pub(super) fn pause(&mut self, pause: bool) {
        self.poller = match (pause, self.poller) {
            (true, Poller::Us) => Poller::Paused,
            (false, Poller::Paused) => Poller::Us,
            (_, other) => other,
        };
    }

    /// Whether this process wants the lease from now on.
    pub(super) fn want(&mut self, wants: bool, now: DateTime<Utc>) {
        self.wants = wants;
        self.lease_at = now;
        if !wants {
            self.poller = Poller::Nobody;
        }
    }

    /// The next time at which something is to be done.
    pub(super) fn wake_at(&self) -> DateTime<Utc> {
        if self.wants { self.lease_at.min(self.read_at) } else { self.read_at }
    }

    /// Those who poll meet others' writing when they write themselves; for the rest it is the only news.
    fn read_interval(&self, now: DateTime<Utc>) -> TimeDelta {
        let writing = self.writing_until > now && self.writing_until - now <= WRITING;
        match self.poller {
            Poller::Us | Poller::Paused => RENEW,
            Poller::Another | Poller::Nobody if writing || !self.told => READ,
            Poller::Another | Poller::Nobody => READ_UNTOLD,
        }
    }
}

/// Due, or so far ahead that the clock must have gone back.
fn is_due(at: DateTime<Utc>, interval: TimeDelta, now: DateTime<Utc>) -> bool {
    at <= now || at - now > interval
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn takes_over_when_the_lease_lapses() {
        let mut role = Role::new(true, false, at(0));
        assert_eq!(role.poller, Poller::Nobody, "who polls is not known yet");
        assert!(role.asks_for_lease(at(0)));
        role.leased(false, at(0));
        assert_eq!(role.poller, Poller::Another);
        assert!(!role.asks_for_lease(at(3)) && role.reads(at(1)));
        role.leased(true, at(6));
        assert_eq!(role.poller, Poller::Us);
        assert!(role.wake_at() <= at(12));
        role.leased(false, at(12));
        assert_eq!(role.poller, Poller::Another);
    }

    #[test]
    fn a_pause_outlives_a_renewal() {
        let mut role = Role::new(true, false, at(0));
        role.leased(true, at(0));
        role.pause(true);
        role.leased(true, at(6));
        assert_eq!(role.poller, Poller::Paused);
        role.pause(false);
        assert_eq!(role.poller, Poller::Us);
    }

    #[test]
    fn nobody_never_asks() {
        let mut role = Role::new(false, false, at(0));
        assert!(!role.asks_for_lease(at(100)));
        role.pause(true);
        assert_eq!(role.poller, Poller::Nobody);
    }

    #[test]
    fn word_of_writing_is_followed_until_it_ends() {
        let mut role = Role::new(false, true, at(0));
        assert!(role.waits_for_word(at(1)) && !role.reads(at(29)) && role.reads(at(30)), "never for ever");
        role.word(at(10));
        assert!(role.reads(at(10)), "at once");
        role.has_read(at(10));
        assert!(!role.waits_for_word(at(10)) && !role.reads(at(10)));
        assert_eq!(role.wake_at(), at(11), "the word may have come before what was written");
        role.has_read(at(14));
        assert!(role.reads(at(15)));
        role.has_read(at(15));
        assert!(role.waits_for_word(at(15)) && role.wake_at() == at(45));
    }

    #[test]
    fn a_clock_that_went_back_is_no_reason_to_wait() {
        let mut role = Role::new(true, false, at(100_000));
        role.leased(true, at(100_000));
        assert!(role.asks_for_lease(at(0)) && role.reads(at(0)));
    }
}
