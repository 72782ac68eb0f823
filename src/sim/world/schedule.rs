//! When a site calls Salesforce: every so many minutes, with an optional pause each day. Pure.
//!
//! The pause is longer than a session lives, so that a site which pauses refreshes once a day, as quiet nights make
//! real ones do.

use super::SESSION_LIFE;
use chrono::{DateTime, TimeDelta, Utc};

/// A grid of calls.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    /// One of the calls; the others lie whole intervals away.
    pub(crate) origin: DateTime<Utc>,
    /// Time between two calls; at least a second.
    pub(crate) every: TimeDelta,
    /// The daily pause, if any.
    pub(crate) pause: Option<Pause>,
    /// Each call is late by less than this, by a different time each; less than the interval.
    pub(crate) jitter: TimeDelta,
}

/// A pause that comes back every 24 hours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pause {
    /// When one of them begins.
    pub(crate) begins: DateTime<Utc>,
    /// How long each lasts; longer than a session lives and shorter than a day.
    pub(crate) length: TimeDelta,
}

impl Pause {
    /// When the pause that `t` lies in began, or the last one before `t`.
    fn began(self, t: DateTime<Utc>) -> DateTime<Utc> {
        let day = TimeDelta::days(1);
        self.begins + day * i32::try_from((t - self.begins).num_seconds().div_euclid(86_400)).unwrap_or(0)
    }

    /// The end of the pause that `t` lies in.
    fn end_if_inside(self, t: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let end = self.began(t) + self.length;
        (t < end).then_some(end)
    }

    /// The first beginning after `t`.
    fn next_begin(self, t: DateTime<Utc>) -> DateTime<Utc> {
        self.began(t) + TimeDelta::days(1)
    }
}

impl Schedule {
    /// The first call after `t`.
    pub(crate) fn next_after(&self, t: DateTime<Utc>) -> DateTime<Utc> {
        let candidate = self.first_at_or_after(t + TimeDelta::milliseconds(1));
        match self.pause.and_then(|pause| pause.end_if_inside(candidate)) {
            Some(end) => self.first_at_or_after(end),
            None => candidate,
        }
    }

    /// The last call, not later than `limit`, of those that follow `call` without a gap in which a session would lapse.
    pub(crate) fn run_end(&self, call: DateTime<Utc>, limit: DateTime<Utc>) -> DateTime<Utc> {
        if self.every >= SESSION_LIFE {
            return call;
        }
        let before_pause = self.pause.map(|pause| pause.next_begin(call) - TimeDelta::milliseconds(1));
        let end = before_pause.map_or(limit, |before| before.min(limit));
        self.last_at_or_before(end).max(call)
    }

    /// The first call after the last pause before `t`: the site's last refresh, since a pause outlives its session.
    pub(crate) fn last_resume(&self, t: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let pause = self.pause?;
        let mut end = pause.began(t) + pause.length;
        if end > t {
            end -= TimeDelta::days(1);
        }
        Some(self.first_at_or_after(end)).filter(|resume| *resume <= t)
    }

    fn steps_to(&self, t: DateTime<Utc>) -> i64 {
        (t - self.origin).num_milliseconds().div_euclid(self.every.num_milliseconds())
    }

    fn at_step(&self, step: i64) -> DateTime<Utc> {
        self.origin + TimeDelta::milliseconds(step * self.every.num_milliseconds()) + self.late_by(step)
    }

    /// How late the call of a step is: the same each time it is asked (splitmix64 of the step and the grid).
    fn late_by(&self, step: i64) -> TimeDelta {
        let most = self.jitter.num_milliseconds();
        if most <= 0 {
            return TimeDelta::zero();
        }
        let seed = step.cast_unsigned() ^ self.origin.timestamp_millis().cast_unsigned().rotate_left(21);
        let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        TimeDelta::milliseconds(i64::try_from((mixed ^ (mixed >> 31)) % most.cast_unsigned()).unwrap_or(0))
    }

    fn last_at_or_before(&self, t: DateTime<Utc>) -> DateTime<Utc> {
        let step = self.steps_to(t);
        let at = self.at_step(step);
        if at <= t { at } else { self.at_step(step - 1) }
    }

    fn first_at_or_after(&self, t: DateTime<Utc>) -> DateTime<Utc> {
        let step = self.steps_to(t);
        let floor = self.at_step(step);
        // A late call of the step before may still be to come.
        let before = self.at_step(step - 1);
        match (before >= t, floor >= t) {
            (true, _) => before,
            (false, true) => floor,
            (false, false) => self.at_step(step + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn paused() -> Schedule {
        // Every 10 minutes; pauses from 10:05 to 12:15 each day.
        let pause = Pause { begins: at(605), length: TimeDelta::minutes(130) };
        Schedule { origin: at(0), every: TimeDelta::minutes(10), pause: Some(pause), jitter: TimeDelta::zero() }
    }

    #[test]
    fn calls_lie_on_the_grid_and_outside_the_pause() {
        assert_eq!(paused().next_after(at(0)), at(10));
        assert_eq!(paused().next_after(at(595)), at(600));
        assert_eq!(paused().next_after(at(600)), at(740));
        assert_eq!(paused().next_after(at(600 + 1440)), at(740 + 1440));
    }

    #[test]
    fn a_run_ends_before_the_pause() {
        assert_eq!(paused().run_end(at(20), at(5000)), at(600));
        assert_eq!(paused().run_end(at(20), at(57)), at(50));
        let free = Schedule { pause: None, ..paused() };
        assert_eq!(free.run_end(at(20), at(5000)), at(5000));
    }

    #[test]
    fn a_rare_caller_has_runs_of_one() {
        let rare = Schedule { origin: at(0), every: TimeDelta::hours(4), pause: None, jitter: TimeDelta::zero() };
        assert_eq!(rare.run_end(at(240), at(5000)), at(240));
    }

    #[test]
    fn the_last_resume_is_the_first_call_after_the_pause() {
        assert_eq!(paused().last_resume(at(800)), Some(at(740)));
        assert_eq!(paused().last_resume(at(700)), Some(at(740 - 1440)));
    }

    proptest! {
        #[test]
        fn the_next_call_is_later_and_never_paused(t in -50_000i64..50_000, every in 1i64..200, begins in 0i64..1440, late in 0i64..200) {
            let pause = Pause { begins: at(begins), length: TimeDelta::minutes(125) };
            let jitter = TimeDelta::minutes(late.min(every - 1));
            let schedule = Schedule { origin: at(3), every: TimeDelta::minutes(every), pause: Some(pause), jitter };
            let next = schedule.next_after(at(t));
            prop_assert!(next > at(t));
            prop_assert_eq!(schedule.next_after(next - TimeDelta::milliseconds(1)), next);
        }
    }
}
