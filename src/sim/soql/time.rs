//! Dates and times as SOQL and Salesforce's answers write them. All days are days in UTC.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

/// A point in time: `2026-11-23T10:00:00Z`, with fractions and offsets (`+01:00` in queries, `+0000` in answers).
pub(super) fn point(text: &str) -> Option<DateTime<Utc>> {
    // The length keeps texts that only look like it from being tried on every row.
    if !(20..=35).contains(&text.len()) || text.as_bytes()[10] != b'T' {
        return None;
    }
    DateTime::parse_from_rfc3339(text)
        .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"))
        .ok()
        .map(|time| time.to_utc())
}

/// A day: `2026-11-23`.
pub(super) fn day(text: &str) -> Option<NaiveDate> {
    if text.len() != 10 {
        return None;
    }
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()
}

/// A date literal such as `LAST_N_DAYS:30`: whole days relative to today, from the first to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    from: i64,
    to: i64,
}

impl Span {
    /// The literals that take no number.
    pub(super) fn named(word: &str) -> Option<Self> {
        let day = match word.to_ascii_uppercase().as_str() {
            "YESTERDAY" => -1,
            "TODAY" => 0,
            "TOMORROW" => 1,
            _ => return None,
        };
        Some(Self { from: day, to: day })
    }

    /// The literals that take a number after a colon. `LAST_N_DAYS` ends with today, `NEXT_N_DAYS` begins tomorrow.
    pub(super) fn counted(word: &str, days: u32) -> Option<Self> {
        match word.to_ascii_uppercase().as_str() {
            "LAST_N_DAYS" => Some(Self { from: -i64::from(days), to: 0 }),
            "NEXT_N_DAYS" => Some(Self { from: 1, to: i64::from(days) }),
            _ => None,
        }
    }

    /// The first day, and the first after the last. Days before or after all dates are the first or last of them.
    pub(super) fn days(self, now: DateTime<Utc>) -> (NaiveDate, NaiveDate) {
        let today = now.date_naive();
        (shifted(today, self.from), shifted(today, self.to + 1))
    }
}

fn shifted(day: NaiveDate, days: i64) -> NaiveDate {
    let limit = if days < 0 { NaiveDate::MIN } else { NaiveDate::MAX };
    TimeDelta::try_days(days).and_then(|delta| day.checked_add_signed(delta)).unwrap_or(limit)
}

/// Midnight, UTC.
pub(super) fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}
