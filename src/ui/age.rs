//! Ages and remaining spans in one unit and at most four cells: `12s 21m 3h 9h 24d 285d 2y`.
//!
//! Pure arithmetic over times that are handed in. [`next_step`] and [`next_step_to`] tell when a drawn span changes, so
//! that the screen sleeps until then.

use chrono::{DateTime, TimeDelta, Utc};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Days still fit four cells for a while; two years are where they stop to say anything.
const YEARS_FROM: i64 = 730 * DAY;

/// How long ago `since` was. A time ahead of `now` (clocks jump) is `0s`.
pub fn since(since: DateTime<Utc>, now: DateTime<Utc>) -> String {
    span(now - since)
}

/// A span in one unit, rounded down: never more than there is. Negative spans are `0s`.
pub fn span(delta: TimeDelta) -> String {
    let seconds = delta.num_seconds().max(0);
    match seconds {
        s if s < MINUTE => format!("{s}s"),
        s if s < HOUR => format!("{}m", s / MINUTE),
        s if s < DAY => format!("{}h", s / HOUR),
        s if s < YEARS_FROM => format!("{}d", s / DAY),
        s => format!("{}y", (s / (365 * DAY)).min(999)),
    }
}

/// A span that leaves one of its four cells to a mark of origin (`~30d`, `30d†`): from 100 days on it counts in weeks.
pub fn short_span(delta: TimeDelta) -> String {
    let days = delta.num_days();
    match days {
        ..=99 => span(delta),
        100..=693 => format!("{}w", days / 7),
        _ => format!("{}y", (days / 365).min(99)),
    }
}

/// When the age of `since` next reads differently. Below a minute it stands still until the minute is full: nothing on
/// the screen ticks.
pub fn next_step(since: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    let age = (now - since).num_seconds();
    if age < MINUTE {
        return later(since, MINUTE);
    }
    let unit = unit_of(age);
    later(since, (age / unit + 1) * unit)
}

/// When the span that remains until `end` next reads differently; none once it is over.
pub fn next_step_to(end: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let left = (end - now).num_seconds();
    if end <= now {
        return None;
    }
    if left < MINUTE {
        return Some(end);
    }
    let unit = unit_of(left);
    // A span of exactly n units still reads n; the second after, it reads one less.
    Some(later(end, -(left / unit * unit) + 1).max(later(now, 1)))
}

fn unit_of(seconds: i64) -> i64 {
    match seconds {
        s if s < HOUR => MINUTE,
        s if s < DAY => HOUR,
        _ => DAY,
    }
}

fn later(time: DateTime<Utc>, seconds: i64) -> DateTime<Utc> {
    time.checked_add_signed(TimeDelta::seconds(seconds)).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).expect("a time")
    }

    #[test]
    fn one_unit_and_four_cells() {
        for (seconds, text) in [
            (-5, "0s"),
            (12, "12s"),
            (59, "59s"),
            (60, "1m"),
            (21 * 60, "21m"),
            (3 * HOUR, "3h"),
            (24 * DAY, "24d"),
            (285 * DAY, "285d"),
            (800 * DAY, "2y"),
        ] {
            assert_eq!(span(TimeDelta::seconds(seconds)), text);
        }
        assert_eq!(short_span(TimeDelta::days(30)), "30d");
        assert_eq!(short_span(TimeDelta::days(285)), "40w");
        assert_eq!(short_span(TimeDelta::days(800)), "2y");
    }

    proptest! {
        #[test]
        fn an_age_reads_the_same_until_its_next_step(age in 60i64..3_000_000_000) {
            let (now, since_when) = (at(0), at(-age));
            let step = next_step(since_when, now);
            prop_assert!(step > now);
            let before = step - TimeDelta::seconds(1);
            if age < YEARS_FROM - DAY {
                prop_assert_eq!(since(since_when, before), since(since_when, now));
                prop_assert_ne!(since(since_when, step), since(since_when, now));
            }
        }

        #[test]
        fn a_remaining_span_reads_the_same_until_its_next_step(left in 60i64..50_000_000) {
            let (now, end) = (at(0), at(left));
            let step = next_step_to(end, now).expect("it is ahead");
            prop_assert!(step > now && step <= end);
            prop_assert_eq!(span(end - (step - TimeDelta::seconds(1))), span(end - now));
            prop_assert_ne!(span(end - step), span(end - now));
        }

        #[test]
        fn never_more_than_four_cells(seconds in i64::MIN / 1000..i64::MAX / 1000) {
            prop_assert!(span(TimeDelta::seconds(seconds)).len() <= 4);
            prop_assert!(short_span(TimeDelta::seconds(seconds)).len() <= 3);
        }
    }
}
