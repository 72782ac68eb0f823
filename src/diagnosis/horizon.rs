//! The moment of a judgement, and the next one at which it could come out otherwise.
//!
//! The rules see the time through these functions alone. Each remembers the moment at which its own answer changes, so a
//! verdict cannot depend on the time without its `valid_until` knowing. Uses nothing of ours.

use chrono::{DateTime, TimeDelta, Utc};
use std::cell::Cell;

/// Now, and the earliest later moment at which an answer given here changes.
#[derive(Debug)]
pub(super) struct Horizon {
    now: DateTime<Utc>,
    next: Cell<Option<DateTime<Utc>>>,
}

impl Horizon {
    pub(super) fn new(now: DateTime<Utc>) -> Self {
        Self { now, next: Cell::new(None) }
    }

    /// Whether `moment` has come.
    pub(super) fn reached(&self, moment: DateTime<Utc>) -> bool {
        self.note(moment);
        moment <= self.now
    }

    /// `11:41Z` on the day of the judgement, `2026-11-22 11:41Z` on every other.
    pub(super) fn stamp(&self, at: DateTime<Utc>) -> String {
        let today = self.now.date_naive();
        for midnight in [at.date_naive(), today].iter().filter_map(|day| day.and_hms_opt(0, 0, 0)) {
            self.note(midnight.and_utc());
            self.note(plus(midnight.and_utc(), TimeDelta::days(1)));
        }
        let form = if at.date_naive() == today { "%H:%MZ" } else { "%Y-%m-%d %H:%MZ" };
        at.format(form).to_string()
    }

    /// The next moment at which an answer changes; none when no answer will.
    pub(super) fn next(&self) -> Option<DateTime<Utc>> {
        self.next.get()
    }

    fn note(&self, moment: DateTime<Utc>) {
        if moment > self.now && self.next.get().is_none_or(|known| moment < known) {
            self.next.set(Some(moment));
        }
    }
}

/// `at + delta`, stopping at the ends of the calendar: times from outside may be anything.
pub(super) fn plus(at: DateTime<Utc>, delta: TimeDelta) -> DateTime<Utc> {
    let end = if delta < TimeDelta::zero() { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
    at.checked_add_signed(delta).unwrap_or(end)
}

/// `span` as people say it: `30d`, `12h`.
pub(super) fn span(span: TimeDelta) -> String {
    let (unit, sign) = unit_of(span);
    format!("{}{sign}", whole_units(span, unit))
}

fn unit_of(span: TimeDelta) -> (TimeDelta, char) {
    match span {
        span if span < TimeDelta::hours(1) => (TimeDelta::minutes(1), 'm'),
        span if span < TimeDelta::hours(48) => (TimeDelta::hours(1), 'h'),
        span if span < TimeDelta::days(730) => (TimeDelta::days(1), 'd'),
        _ => (TimeDelta::days(365), 'y'),
    }
}

fn whole_units(span: TimeDelta, unit: TimeDelta) -> i32 {
    i32::try_from(span.num_seconds() / unit.num_seconds()).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    #[test]
    fn a_comparison_remembers_when_it_turns() {
        let horizon = Horizon::new(at(10));
        assert!(horizon.reached(at(10)));
        assert_eq!(horizon.next(), None);
        assert!(!horizon.reached(at(12)));
        assert!(!horizon.reached(at(11)));
        assert_eq!(horizon.next(), Some(at(11)));
    }

    #[test]
    fn a_stamp_has_a_date_on_other_days() {
        let horizon = Horizon::new(at(100));
        assert_eq!(horizon.stamp(at(61)), "01:01Z");
        assert_eq!(horizon.next(), Some(at(1440)));
        assert_eq!(Horizon::new(at(1440)).stamp(at(61)), "1970-01-01 01:01Z");
    }

    #[test]
    fn the_ends_of_the_calendar_are_no_panic() {
        let (first, last) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
        let horizon = Horizon::new(last);
        assert!(horizon.stamp(first).ends_with('Z'));
        assert!(Horizon::new(first).stamp(last).ends_with('Z'));
        assert_eq!(plus(first, -TimeDelta::days(1)), first);
    }
}
