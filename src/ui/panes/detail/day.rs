//! The last day of the connection: as many cells as there is room for, and the times under them.

use super::{Section, Subject};
use crate::model::Wire;
use crate::ui::panes::quarters::{QUARTER, end_of, quarters, resample};
use crate::ui::theme::Meaning;
use crate::ui::widgets::wire;
use chrono::{DateTime, TimeDelta, Utc};
use ratatui::text::Line;

/// More cells than marks say nothing new.
const WIDEST: u16 = 96;

impl Subject<'_> {
    /// The wire and its scale. Before the detail came it is drawn from the line's twelve marks.
    pub(super) fn day(&self, cells: u16) -> Section {
        let cells = cells.min(WIDEST);
        let known = self.detail.and_then(|detail| quarters(detail, self.now));
        let (marks, ends_at) = match known {
            Some(marks) => (marks, end_of(self.now, QUARTER)),
            None => (self.row.wire.marks(self.now).to_vec(), end_of(self.now, Wire::STEP)),
        };
        let lines = vec![
            wire::line(self.theme, self.glyphs, &resample(&marks, cells), Meaning::Rule, false),
            self.scale(ends_at, cells),
        ];
        Section { name: "24 hours".to_owned(), lines }
    }

    /// The beginning, the middle and now.
    fn scale(&self, ends_at: DateTime<Utc>, cells: u16) -> Line<'static> {
        let time = |at: DateTime<Utc>| at.format("%H:%M").to_string();
        let (start, middle) = (time(ends_at - TimeDelta::hours(24)), time(ends_at - TimeDelta::hours(12)));
        let half = usize::from(cells / 2);
        let rest = usize::from(cells).saturating_sub(half);
        let scale =
            if cells < 20 { start } else { format!("{start:<half$}{middle:<5}{:>1$}", time(self.now), rest - 5) };
        self.text(scale, Meaning::Faint)
    }
}
