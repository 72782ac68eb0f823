//! Ages and remaining spans in one unit and at most four cells: `12s 21m 3h 9h 24d 285d 2y`.
//!
//! Pure arithmetic over times that are handed in.

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

/// A span in one unit that `at` lies within, rounded up: `3h` for what is two and a half hours old.
pub fn within(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = (now - at).num_seconds().max(1);
    let unit = [MINUTE, HOUR, DAY].into_iter().rfind(|unit| seconds > *unit).unwrap_or(1);
    span(TimeDelta::seconds((seconds + unit - 1) / unit * unit))
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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

    #[test]
    fn what_is_younger_than_a_span_is_within_it() {
        let now = DateTime::from_timestamp(1_795_000_000, 0).expect("a time");
        for (seconds, text) in
            [(0, "1s"), (59, "59s"), (61, "2m"), (2 * HOUR + 60, "3h"), (3 * HOUR, "3h"), (25 * HOUR, "2d")]
        {
            assert_eq!(within(now - TimeDelta::seconds(seconds), now), text, "{seconds}");
        }
    }

    proptest! {
        #[test]
        fn never_more_than_four_cells(seconds in i64::MIN / 1000..i64::MAX / 1000) {
            prop_assert!(span(TimeDelta::seconds(seconds)).len() <= 4);
            prop_assert!(short_span(TimeDelta::seconds(seconds)).len() <= 3);
        }
    }
}
