//! What the list of sites remembers: the order, the filter, the selection by name, and where the window stands.
//!
//! Uses `model` alone. `cursor` and `offset` are places in `shown`, recomputed whenever `shown` changes.

use crate::model::row::Counts;
use crate::model::{SiteName, SiteRow};
use crate::ui::page::Zoom;
use crate::ui::state::{Narrowing, Order};
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What keys move in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pane {
    /// The list.
    #[default]
    List,
    /// What is known of the selected site.
    Detail,
}

/// The list of sites.
#[derive(Clone, Debug, Default)]
pub struct Sites {
    /// By what it is sorted.
    pub order: Order,
    /// Whether the order is turned round.
    pub reversed: bool,
    /// The filter.
    pub narrowing: Narrowing,
    /// Places in the picture's rows, in the order shown.
    pub shown: Vec<usize>,
    /// Rows that a gap goes before, by place in `shown`: where one group of healths ends. Empty where none are drawn.
    pub bands: Vec<usize>,
    /// How many of those shown are in each health.
    pub counts: Counts,
    /// Sites whose first look is still to come, shown or not.
    pub pending: usize,
    /// The selected site.
    pub selected: Option<SiteName>,
    /// Its place in `shown`.
    pub cursor: usize,
    /// The first place in `shown` that is visible.
    pub offset: usize,
    /// When the operator last moved the selection; none until then.
    pub moved_at: Option<DateTime<Utc>>,
    /// Where the last move followed the one before as those of a held key do: when the next is overdue.
    pub runs_until: Option<DateTime<Utc>>,
    /// Whether the order is out of date and waits for the selection to rest.
    pub stale: bool,
    /// What keys move in.
    pub focus: Pane,
    /// Which pane has the whole body.
    pub zoom: Zoom,
    /// Whether columns that were dropped come back in the place of others.
    pub wide: bool,
    /// Lines of the detail above its window.
    pub detail_offset: usize,
    /// The marked sites, shown or not.
    pub marked: BTreeSet<SiteName>,
    /// Where a range begins, while one is being drawn up: its other end is the selection.
    pub range_from: Option<SiteName>,
}

impl Sites {
    /// The places in `shown` that fit `height` lines from `offset` on, each with whether an empty line goes before it.
    pub fn window(&self, height: usize) -> impl Iterator<Item = (usize, bool)> + '_ {
        let mut lines = 0;
        (self.offset..self.shown.len()).map_while(move |place| {
            let gap = place > self.offset && self.gap_before(place);
            lines += 1 + usize::from(gap);
            (lines <= height).then_some((place, gap))
        })
    }

    /// Moves the window as little as needed to show the cursor, and never past the end.
    pub fn show_cursor(&mut self, height: usize) {
        self.cursor = self.cursor.min(self.shown.len().saturating_sub(1));
        let lowest = self.first_that_shows(self.cursor, height);
        let last = self.first_that_shows(self.shown.len().saturating_sub(1), height);
        self.offset = self.offset.clamp(lowest.min(self.cursor), self.cursor).min(last.max(lowest));
    }

    /// The smallest offset at which `place` is still visible.
    fn first_that_shows(&self, place: usize, height: usize) -> usize {
        let mut first = place;
        let mut lines = 1;
        while first > 0 {
            lines += 1 + usize::from(self.gap_before(first));
            if lines > height {
                break;
            }
            first -= 1;
        }
        first
    }

    /// The first and the last place in `shown` of the range that is being drawn up. `rows` are those of the picture. A
    /// beginning that a filter hides is no range.
    pub fn range(&self, rows: &[Arc<SiteRow>]) -> Option<(usize, usize)> {
        let from = self.range_from.as_ref()?;
        let from = self.shown.iter().position(|i| rows.get(*i).is_some_and(|row| row.name == *from))?;
        (self.cursor < self.shown.len()).then(|| (from.min(self.cursor), from.max(self.cursor)))
    }

    fn gap_before(&self, place: usize) -> bool {
        self.bands.binary_search(&place).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_cursor_is_always_in_the_window(
            rows in 0usize..200, cursor in 0usize..220, offset in 0usize..220, height in 1usize..60,
            bands in proptest::collection::btree_set(1usize..200, 0..5),
        ) {
            let mut sites = Sites {
                shown: (0..rows).collect(), cursor, offset, bands: bands.into_iter().collect(), ..Sites::default()
            };
            sites.show_cursor(height);
            let window: Vec<_> = sites.window(height).collect();
            prop_assert_eq!(rows > 0, window.iter().any(|(place, _)| *place == sites.cursor));
            let lines: usize = window.iter().map(|(_, gap)| 1 + usize::from(*gap)).sum();
            prop_assert!(lines <= height);
            // No empty space below while there are rows above.
            if sites.offset > 0 {
                let above = 1 + usize::from(sites.gap_before(sites.offset));
                prop_assert!(lines + above > height || window.last().is_some_and(|(place, _)| place + 1 < rows));
            }
        }
    }
}
