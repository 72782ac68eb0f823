//! When each target is looked at next. Pure: no clock, no randomness, no I/O.
//!
//! One look per target in flight; a request during a look means once more afterwards. Repeats are spread over the
//! interval by a hash of the target's name, so that a fleet started at once is not asked at once for ever.

use super::backoff::Backoff;
use crate::model::{Failure, FailureClass, Target};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeSet, HashMap};

/// Looks under way at once on one lane (an ssh host).
const LANE_LIMIT: usize = 2;

/// What is known of a target beforehand.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Which target.
    pub target: Target,
    /// Between two looks.
    pub interval: TimeDelta,
    /// What it shares with others, of whom two at most are looked at at once.
    pub lane: Option<String>,
    /// When it is due for the first time; what is past is due now.
    pub due: DateTime<Utc>,
}

/// The order among those that are due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Asked,
    FirstOrg,
    FirstSite,
    Org,
    Site,
    /// Did not answer in time when last looked at: may hold a place for as long again, so comes last.
    Slow,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Waiting,
    Looking { since: DateTime<Utc>, again: bool },
    Held { again: bool },
}

#[derive(Debug)]
struct Entry {
    target: Target,
    interval: TimeDelta,
    lane: Option<usize>,
    hash: u64,
    phase: Phase,
    due: DateTime<Utc>,
    asked: bool,
    seen: bool,
    slow: bool,
    backoff: Backoff,
}

/// All targets with their times.
#[derive(Debug)]
pub struct Schedule {
    entries: Vec<Entry>,
    index: HashMap<Target, usize>,
    ready: BTreeSet<(Rank, DateTime<Utc>, usize)>,
    later: BTreeSet<(DateTime<Utc>, usize)>,
    lanes: Vec<usize>,
    at_once: usize,
    looking: BTreeSet<usize>,
    slow_looking: usize,
    unseen: usize,
    last_now: DateTime<Utc>,
}

impl Schedule {
    /// All of `plans`, of whom `at_once` at most are looked at at once.
    pub fn new(plans: impl IntoIterator<Item = Plan>, at_once: usize, now: DateTime<Utc>) -> Self {
        let mut schedule = Self {
            entries: Vec::new(),
            index: HashMap::new(),
            ready: BTreeSet::new(),
            later: BTreeSet::new(),
            lanes: Vec::new(),
            at_once: at_once.max(1),
            looking: BTreeSet::new(),
            slow_looking: 0,
            unseen: 0,
            last_now: now,
        };
        let mut lanes: HashMap<String, usize> = HashMap::new();
        for plan in plans {
            let lane = plan.lane.map(|name| {
                let next = lanes.len();
                *lanes.entry(name).or_insert(next)
            });
            let i = schedule.entries.len();
            schedule.index.insert(plan.target.clone(), i);
            schedule.later.insert((plan.due, i));
            schedule.entries.push(Entry {
                hash: hash(&plan.target.to_string()),
                target: plan.target,
                interval: plan.interval.max(TimeDelta::milliseconds(1)),
                lane,
                phase: Phase::Waiting,
                due: plan.due,
                asked: false,
                seen: false,
                slow: false,
                backoff: Backoff::default(),
            });
        }
        schedule.unseen = schedule.entries.len();
        schedule.lanes = vec![0; lanes.len()];
        schedule
    }

    /// Starts the next look that is due and has a place, if any.
    pub fn start(&mut self, now: DateTime<Utc>) -> Option<Target> {
        self.start_up_to(Rank::Slow, now)
    }

    /// The same for what somebody asked for, and nothing else.
    pub fn start_asked(&mut self, now: DateTime<Utc>) -> Option<Target> {
        self.start_up_to(Rank::Asked, now)
    }

    /// The same for what somebody asked for and what had no look yet.
    pub fn start_first(&mut self, now: DateTime<Utc>) -> Option<Target> {
        self.start_up_to(Rank::FirstSite, now)
    }

    fn start_up_to(&mut self, last: Rank, now: DateTime<Utc>) -> Option<Target> {
        self.ripen(now);
        if self.looking.len() >= self.at_once {
            return None;
        }
        let mut admitted = self.ready.iter().take_while(|(rank, _, _)| *rank <= last);
        let key = *admitted.find(|(_, _, i)| self.has_place(&self.entries[*i]))?;
        self.ready.remove(&key);
        let i = key.2;
        let entry = &mut self.entries[i];
        entry.phase = Phase::Looking { since: now, again: false };
        entry.asked = false;
        self.looking.insert(i);
        self.slow_looking += usize::from(entry.slow);
        if let Some(lane) = entry.lane {
            self.lanes[lane] += 1;
        }
        Some(entry.target.clone())
    }

    /// A look is over. Answers with the failure, if it was one.
    pub fn done(&mut self, target: &Target, failure: Option<&Failure>, now: DateTime<Utc>) {
        let Some(i) = self.leave(target) else { return };
        let entry = &mut self.entries[i];
        if let Some(failure) = failure {
            let pause = entry.backoff.failed(failure, entry.interval);
            entry.due = now + pause + part_of(pause / 10, entry.hash);
        } else {
            entry.backoff.answered();
            entry.due = next_turn(now, entry.interval, entry.hash);
        }
        entry.slow = failure.is_some_and(|failure| failure.class == FailureClass::Timeout);
        self.settle(i, now);
    }

    /// A look that was started is not made before `until`: somebody else has the target, or the budget is spent.
    pub fn postpone(&mut self, target: &Target, until: DateTime<Utc>, now: DateTime<Utc>) {
        let Some(i) = self.leave(target) else { return };
        self.entries[i].due = until.max(now + TimeDelta::seconds(1));
        self.settle(i, now);
    }

    /// Somebody wants to see `target` now. During a look: once more afterwards.
    pub fn request(&mut self, target: &Target, now: DateTime<Utc>) {
        let Some(&i) = self.index.get(target) else { return };
        match &mut self.entries[i].phase {
            Phase::Looking { again, .. } | Phase::Held { again } => *again = true,
            Phase::Waiting => {
                self.unqueue(i);
                self.entries[i].asked = true;
                self.entries[i].due = now;
                self.queue(i, now);
            }
        }
    }

    /// Takes a target out for an operation. Answers false while it is looked at or held: ask again when that is over.
    pub fn hold(&mut self, target: &Target) -> bool {
        let Some(&i) = self.index.get(target) else { return false };
        if self.entries[i].phase != Phase::Waiting {
            return false;
        }
        self.unqueue(i);
        self.entries[i].phase = Phase::Held { again: false };
        true
    }

    /// Whether an operation has it.
    pub fn is_held(&self, target: &Target) -> bool {
        self.index.get(target).is_some_and(|&i| matches!(self.entries[i].phase, Phase::Held { .. }))
    }

    /// Gives a held target back.
    pub fn release(&mut self, target: &Target, now: DateTime<Utc>) {
        let Some(&i) = self.index.get(target) else { return };
        if let Phase::Held { again } = self.entries[i].phase {
            let entry = &mut self.entries[i];
            entry.phase = Phase::Waiting;
            if again {
                entry.asked = true;
                entry.due = now;
            }
            self.queue(i, now);
        }
    }

    /// When to call [`Schedule::start`] again if nothing happens before: none while all places are taken, or when
    /// nothing is ever due.
    pub fn wake_at(&self) -> Option<DateTime<Utc>> {
        if self.looking.len() >= self.at_once {
            return None;
        }
        self.next_at()
    }

    /// The next look that is due, whether or not it has a place.
    pub fn next_at(&self) -> Option<DateTime<Utc>> {
        self.later.first().map(|(due, _)| *due)
    }

    /// Targets being looked at, with the time each was asked.
    pub fn looking(&self) -> impl Iterator<Item = (&Target, DateTime<Utc>)> {
        self.looking.iter().filter_map(|i| match self.entries[*i].phase {
            Phase::Looking { since, .. } => Some((&self.entries[*i].target, since)),
            _ => None,
        })
    }

    /// Whether a target is looked at or held, or would be if it had a place.
    pub fn is_near(&self, target: &Target, now: DateTime<Utc>) -> bool {
        let entry = self.index.get(target).map(|&i| &self.entries[i]);
        entry.is_some_and(|entry| entry.phase != Phase::Waiting || entry.due <= now)
    }

    /// Targets that wait for their first look.
    pub fn unseen(&self) -> usize {
        self.unseen
    }

    /// Whether every target had its first look, none is under way, and nobody asked for one more.
    pub fn is_quiet(&self) -> bool {
        self.unseen == 0 && self.looking.is_empty() && !self.ready.iter().any(|(rank, _, _)| *rank == Rank::Asked)
    }

    /// Ends a look: gives its places back.
    fn leave(&mut self, target: &Target) -> Option<usize> {
        let &i = self.index.get(target)?;
        if !self.looking.remove(&i) {
            return None;
        }
        let entry = &mut self.entries[i];
        self.slow_looking -= usize::from(entry.slow);
        if let Some(lane) = entry.lane {
            self.lanes[lane] -= 1;
        }
        if !entry.seen {
            entry.seen = true;
            self.unseen -= 1;
        }
        Some(i)
    }

    fn settle(&mut self, i: usize, now: DateTime<Utc>) {
        let entry = &mut self.entries[i];
        if let Phase::Looking { again: true, .. } = entry.phase {
            entry.asked = true;
            entry.due = now;
        }
        entry.phase = Phase::Waiting;
        self.queue(i, now);
    }

    fn queue(&mut self, i: usize, now: DateTime<Utc>) {
        let entry = &self.entries[i];
        if entry.due <= now {
            self.ready.insert((rank(entry), entry.due, i));
        } else {
            self.later.insert((entry.due, i));
        }
    }

    fn unqueue(&mut self, i: usize) {
        let entry = &self.entries[i];
        self.later.remove(&(entry.due, i));
        self.ready.remove(&(rank(entry), entry.due, i));
    }

    fn has_place(&self, entry: &Entry) -> bool {
        let lane_is_free = entry.lane.is_none_or(|lane| self.lanes[lane] < LANE_LIMIT);
        // Half of the places at most go to those that may hang: the rest goes on at its pace.
        let slow_may = !entry.slow || self.slow_looking < self.at_once.div_ceil(2);
        lane_is_free && slow_may
    }

    /// Moves what is due from later to ready. A clock that went back pulls the due times with it: a pause may take
    /// as long again, and never as long as the clock was wrong.
    fn ripen(&mut self, now: DateTime<Utc>) {
        if now < self.last_now {
            let back = self.last_now - now;
            for (_, i) in std::mem::take(&mut self.later) {
                self.entries[i].due -= back;
                self.later.insert((self.entries[i].due, i));
            }
        }
        self.last_now = now;
        while let Some(&(due, i)) = self.later.first() {
            if due > now {
                break;
            }
            self.later.pop_first();
            self.ready.insert((rank(&self.entries[i]), due, i));
        }
    }
}

fn rank(entry: &Entry) -> Rank {
    match (&entry.target, entry.seen) {
        _ if entry.asked => Rank::Asked,
        _ if entry.slow => Rank::Slow,
        (Target::Org(_), false) => Rank::FirstOrg,
        (Target::Site(_), false) => Rank::FirstSite,
        (Target::Org(_), true) => Rank::Org,
        (Target::Site(_), true) => Rank::Site,
    }
}

/// The next of a target's own turns that is at least half an interval away. Turns are an interval apart and begin at
/// a part of it that the name decides, so two looks are half an interval to one and a half apart, and then one.
fn next_turn(now: DateTime<Utc>, interval: TimeDelta, hash: u64) -> DateTime<Utc> {
    let interval_ms = interval.num_milliseconds().max(1);
    let offset = part_of(interval, hash).num_milliseconds();
    let earliest = now.timestamp_millis() + interval_ms / 2;
    let turn = (earliest - offset).div_euclid(interval_ms) + 1;
    now + TimeDelta::milliseconds(turn * interval_ms + offset - now.timestamp_millis())
}

/// A part of `span` that the hash decides.
fn part_of(span: TimeDelta, hash: u64) -> TimeDelta {
    let ms = u64::try_from(span.num_milliseconds()).unwrap_or(0);
    // The upper half of a 128-bit product is even over the whole span, unlike a remainder of a poor hash.
    let part = (u128::from(hash) * u128::from(ms)) >> 64;
    TimeDelta::milliseconds(i64::try_from(part).unwrap_or(0))
}

/// FNV-1a with a final mix: the same in every version and on every host, so a restart keeps everybody's turn.
fn hash(text: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash ^ (hash >> 29)
}

#[cfg(test)]
mod tests;
