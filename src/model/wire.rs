//! The wire: a connection over time, one mark for each stretch. Kept packed, so that a list of thousands costs nothing.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// What a stretch of time brought: of several things, the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::EnumIter)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// The site was not known to fusebox yet.
    Before,
    /// Nothing was seen.
    Unseen,
    /// The connection worked, as far as was seen.
    Level,
    /// It failed and also worked.
    Errors,
    /// Broken before, and nothing worked since.
    Dead,
    /// It broke.
    Break,
}

impl Mark {
    fn bits(self) -> u64 {
        match self {
            Self::Before => 0,
            Self::Unseen => 1,
            Self::Level => 2,
            Self::Errors => 3,
            Self::Dead => 4,
            Self::Break => 5,
        }
    }

    fn from_bits(bits: u64) -> Self {
        match bits & 7 {
            0 => Self::Before,
            2 => Self::Level,
            3 => Self::Errors,
            4 => Self::Dead,
            5 => Self::Break,
            _ => Self::Unseen,
        }
    }
}

/// A day of a site's connection in a list: twelve marks of two hours, on the even hours of UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wire {
    /// The end of the newest mark's stretch; none where nothing was ever seen.
    ends_at: Option<DateTime<Utc>>,
    /// Three bits a mark, the newest lowest; above them whether the connection was still broken at the end.
    marks: u64,
}

impl Wire {
    /// Marks of a line.
    pub const CELLS: usize = 12;

    /// The span of one mark.
    pub const STEP: TimeDelta = TimeDelta::hours(2);

    /// A wire of marks, oldest first, of which the newest covers `at`. A connection whose newest mark is a break or death
    /// is taken to be broken still.
    pub fn new(marks: [Mark; Self::CELLS], at: DateTime<Utc>) -> Self {
        let broken = marks.last().is_some_and(|newest| matches!(newest, Mark::Dead | Mark::Break));
        let packed = marks.iter().fold(u64::from(broken), |packed, mark| (packed << 3) | mark.bits());
        Self { ends_at: Some(end_of(at)), marks: packed }
    }

    /// The same where the newest stretch broke and ended well.
    #[must_use]
    pub fn mended(self) -> Self {
        Self { marks: self.marks & !(1 << (3 * Self::CELLS)), ..self }
    }

    /// The marks of the day before `now`, oldest first. Of time that passed since they were made nothing was seen; what
    /// was broken stays so.
    pub fn marks(self, now: DateTime<Utc>) -> [Mark; Self::CELLS] {
        let mut marks = [Mark::Before; Self::CELLS];
        let Some(ends_at) = self.ends_at else { return marks };
        let passed = (end_of(now) - ends_at).num_seconds() / Self::STEP.num_seconds();
        let passed = usize::try_from(passed.max(0)).unwrap_or(Self::CELLS).min(Self::CELLS);
        let since = if self.marks >> (3 * Self::CELLS) & 1 == 1 { Mark::Dead } else { Mark::Unseen };
        for (i, mark) in marks.iter_mut().enumerate() {
            // The place from the newest end, of what was kept.
            let age = Self::CELLS - 1 - i;
            *mark = if age < passed { since } else { Mark::from_bits(self.marks >> (3 * (age - passed))) };
        }
        marks
    }
}

/// The end of the stretch that `now` lies in.
fn end_of(now: DateTime<Utc>) -> DateTime<Utc> {
    let step = Wire::STEP.num_seconds();
    let end = (now.timestamp().div_euclid(step) + 1) * step;
    DateTime::from_timestamp(end, 0).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use strum::IntoEnumIterator;

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_003_200 + hours * 3600, 0).expect("a time")
    }

    #[test]
    fn marks_survive_packing() {
        for mark in Mark::iter() {
            let wire = Wire::new([mark; Wire::CELLS], at(0));
            assert_eq!(wire.marks(at(0)), [mark; Wire::CELLS]);
        }
    }

    #[test]
    fn time_that_passed_was_not_seen() {
        let mut marks = [Mark::Level; Wire::CELLS];
        marks[11] = Mark::Break;
        let wire = Wire::new(marks, at(0)).mended();
        let later = wire.marks(at(4));
        assert_eq!(later[8..], [Mark::Level, Mark::Break, Mark::Unseen, Mark::Unseen]);
        assert_eq!(wire.marks(at(1000)), [Mark::Unseen; Wire::CELLS]);
        let broken = Wire::new(marks, at(0));
        assert_eq!(broken.marks(at(4))[8..], [Mark::Level, Mark::Break, Mark::Dead, Mark::Dead]);
        assert_eq!(broken.marks(at(1000)), [Mark::Dead; Wire::CELLS]);
        assert_eq!(Wire::default().marks(at(0)), [Mark::Before; Wire::CELLS]);
        assert_eq!(wire.marks(at(-50)), marks, "a clock that went back");
    }
}
