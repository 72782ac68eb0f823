//! The quarter hours of a site's last day: moved on to now, and brought to as many cells as there are.

use crate::model::{Mark, SiteDetail};
use chrono::{DateTime, TimeDelta, Utc};

/// The span of one mark of a site's detail.
pub const QUARTER: TimeDelta = TimeDelta::minutes(15);

/// The marks of the day before `now`, the newest last; none before any was made.
pub fn quarters(detail: &SiteDetail, now: DateTime<Utc>) -> Option<Vec<Mark>> {
    let ends_at = detail.wire_ends_at.filter(|_| !detail.wire.is_empty())?;
    Some(up_to(&detail.wire, ends_at, now))
}

/// The end of the stretch of `step` that `at` lies in.
pub fn end_of(at: DateTime<Utc>, step: TimeDelta) -> DateTime<Utc> {
    let step = step.num_seconds();
    DateTime::from_timestamp((at.timestamp().div_euclid(step) + 1) * step, 0).unwrap_or(at)
}

/// The marks moved on to `now`. Of time that passed since they were made nothing was seen; what was broken stays so.
fn up_to(marks: &[Mark], ends_at: DateTime<Utc>, now: DateTime<Utc>) -> Vec<Mark> {
    let passed = (end_of(now, QUARTER) - ends_at).num_seconds() / QUARTER.num_seconds();
    let passed = usize::try_from(passed.max(0)).unwrap_or(marks.len()).min(marks.len());
    let broken = marks.last().is_some_and(|last| matches!(last, Mark::Break | Mark::Dead));
    let since = if broken { Mark::Dead } else { Mark::Unseen };
    marks[passed..].iter().copied().chain(std::iter::repeat_n(since, passed)).collect()
}

/// `marks` over so many cells: of those that share a cell the worst. A break that is spread over several cells is drawn
/// once, and dead from there on.
pub fn resample(marks: &[Mark], cells: u16) -> Vec<Mark> {
    let (have, want) = (marks.len(), usize::from(cells));
    let mut former = None;
    (0..want)
        .filter_map(|cell| {
            let start = cell * have / want;
            let end = if want >= have { start + 1 } else { (cell + 1) * have / want };
            let worst = marks.get(start..end.min(have))?.iter().max().copied()?;
            let again = want > have && worst == Mark::Break && former == Some(start);
            former = Some(start);
            Some(if again { Mark::Dead } else { worst })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::glyphs::Glyphs;
    use crate::ui::theme::{Depth, Ground, Meaning, Theme};
    use crate::ui::widgets::wire;
    use proptest::prelude::*;

    fn drawn(marks: &[Mark]) -> String {
        let theme = Theme::new(Depth::Mono, Ground::Dark);
        wire::line(theme, Glyphs::new(false), marks, Meaning::Rule, false)
            .spans
            .iter()
            .map(|span| span.content.as_ref())
            .collect()
    }

    #[test]
    fn the_worst_of_a_cell_wins() {
        let mut marks = vec![Mark::Level; 96];
        marks[40] = Mark::Errors;
        marks[92] = Mark::Break;
        marks[93..].fill(Mark::Dead);
        let wire = drawn(&resample(&marks, 44));
        assert_eq!(wire.chars().count(), 44);
        assert!(wire.contains('≈') && wire.ends_with("×▁"), "{wire}");
        assert_eq!(drawn(&resample(&[Mark::Level, Mark::Break], 6)), "───×▁▁", "one break is drawn once");
    }

    #[test]
    fn time_that_passed_was_not_seen_and_what_is_dead_stays_dead() {
        let now = DateTime::from_timestamp(1_795_003_200, 0).expect("a time");
        let later = now + QUARTER * 3;
        let ends_at = end_of(now, QUARTER);
        assert_eq!(drawn(&up_to(&[Mark::Level; 5], ends_at, later)), "──···");
        assert_eq!(drawn(&up_to(&[Mark::Level, Mark::Level, Mark::Level, Mark::Dead], ends_at, later)), "▁▁▁▁");
        assert_eq!(drawn(&up_to(&[Mark::Level; 3], ends_at, now - QUARTER * 9)), "───", "a clock that went back");
    }

    proptest! {
        #[test]
        fn every_cell_is_drawn(count in 1usize..120, cells in 0u16..200) {
            prop_assert_eq!(resample(&vec![Mark::Level; count], cells).len(), usize::from(cells));
        }
    }
}
