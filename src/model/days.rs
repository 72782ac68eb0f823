//! Figures by the day, of the last four weeks. A day that nobody looked at is no zero. Days are UTC's, by the host's clock.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// How many days are kept.
pub const DAYS: usize = 28;

/// Counts by the day, oldest first, up to the last day that was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Days {
    /// The day of the last count; none before the first look.
    newest: Option<NaiveDate>,
    /// At most [`DAYS`], without a gap; none where nobody looked.
    counts: Vec<Option<u32>>,
}

impl Days {
    /// Somebody looked at `at`: what was not counted that day by then was nothing.
    pub fn look(&mut self, at: DateTime<Utc>) {
        self.add(at, 0);
    }

    /// `count` more on the day of `at`. Days that are no longer kept, or lie ahead of the last look, change nothing.
    pub fn add(&mut self, at: DateTime<Utc>, count: u32) {
        let day = at.date_naive();
        let newest = *self.newest.get_or_insert_with(|| {
            self.counts.push(None);
            day
        });
        let ahead = usize::try_from((day - newest).num_days()).unwrap_or(0);
        self.counts.extend(std::iter::repeat_n(None, ahead.min(DAYS)));
        self.counts.drain(..self.counts.len().saturating_sub(DAYS));
        let newest = newest.max(day);
        self.newest = Some(newest);
        let Ok(back) = usize::try_from((newest - day).num_days()) else { return };
        while self.counts.len() <= back && back < DAYS {
            self.counts.insert(0, None);
        }
        if let Some(place) = self.counts.len().checked_sub(back + 1) {
            let known = &mut self.counts[place];
            *known = Some(known.unwrap_or(0).saturating_add(count));
        }
    }

    /// The [`DAYS`] that end with the day of `now`, oldest first.
    pub fn until(&self, now: DateTime<Utc>) -> Vec<Option<u64>> {
        let today = now.date_naive();
        let figure = |back: usize| {
            let day = today.checked_sub_signed(TimeDelta::days(i64::try_from(back).ok()?))?;
            let before = usize::try_from((self.newest? - day).num_days()).ok()?;
            self.counts.get(self.counts.len().checked_sub(before + 1)?).copied().flatten().map(u64::from)
        };
        (0..DAYS).rev().map(figure).collect()
    }

    /// The host's clock was set back to `now`: days ahead of it were none.
    pub(crate) fn set_back(&mut self, now: DateTime<Utc>) {
        while self.newest.is_some_and(|newest| newest > now.date_naive()) {
            self.counts.pop();
            self.newest = if self.counts.is_empty() { None } else { self.newest.and_then(|day| day.pred_opt()) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(days: i64, hours: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(days) + TimeDelta::hours(hours)
    }

    /// The days that are told of, with how many lie between them and today.
    fn told(days: &Days, now: DateTime<Utc>) -> Vec<(usize, u64)> {
        let figures = days.until(now);
        assert_eq!(figures.len(), DAYS);
        let told = figures.iter().rev().enumerate().filter_map(|(back, figure)| Some((back, (*figure)?)));
        told.collect()
    }

    #[test]
    fn a_day_without_a_look_is_no_zero() {
        let mut days = Days::default();
        assert_eq!(told(&days, at(100, 0)), []);
        days.look(at(100, 1));
        days.add(at(100, 2), 2);
        days.add(at(103, 2), 1);
        days.look(at(104, 2));
        days.add(at(102, 23), 4);
        assert_eq!(told(&days, at(104, 3)), [(0, 0), (1, 1), (2, 4), (4, 2)]);
        assert_eq!(told(&days, at(106, 3)), [(2, 0), (3, 1), (4, 4), (6, 2)], "nobody looked since");
        assert_eq!(told(&days, at(101, 3)), [(1, 2)], "what lies ahead is not told");
    }

    #[test]
    fn four_weeks_are_kept_however_long_nobody_looked() {
        let mut days = Days::default();
        for day in 0..100 {
            days.add(at(day, 0), 1);
        }
        assert_eq!(told(&days, at(99, 0)).len(), DAYS);
        days.look(at(100_000, 0));
        assert_eq!(told(&days, at(100_000, 0)), [(0, 0)]);
        assert_eq!(days.counts.len(), DAYS);
        days.add(at(99_000, 0), 7);
        assert_eq!(told(&days, at(100_000, 0)), [(0, 0)], "a use of long ago");
        let mut first = Days::default();
        first.look(at(50, 0));
        first.add(at(48, 0), 3);
        assert_eq!(told(&first, at(50, 0)), [(0, 0), (2, 3)], "the last use may be older than the first look");
    }

    #[test]
    fn a_clock_that_was_set_back_takes_its_days_along() {
        let mut days = Days::default();
        days.add(at(10, 0), 1);
        days.add(at(20, 0), 2);
        days.set_back(at(12, 0));
        assert_eq!(told(&days, at(20, 0)), [(10, 1)]);
        days.set_back(at(9, 0));
        assert_eq!(days, Days::default());
    }
}
