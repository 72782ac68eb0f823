//! What the plugin logged: errors alone, newest first, likes told once.

use super::{Section, Subject};
use crate::model::site::LogRow;
use crate::ui::panes::site::LOG;
use crate::ui::theme::Meaning;
use chrono::TimeDelta;
use ratatui::text::Span;

/// Entries that the pane shows; the page shows all.
const SHOWN: usize = 4;

impl Subject<'_> {
    /// The log, by the host's clock.
    pub(super) fn log(&self, cells: u16) -> Option<Section> {
        let log = &self.detail?.log.as_ref()?.value;
        let mut section = self.titled(LOG, "errors only", cells);
        if !log.enabled {
            section.lines.push(self.text("the plugin's log is off: silence says nothing", Meaning::Muted));
            return Some(section);
        }
        let mut errors: Vec<&LogRow> = log.rows.iter().filter(|row| row.is_error()).collect();
        errors.sort_by_key(|row| std::cmp::Reverse((row.at, row.id)));
        let groups = grouped(&errors);
        let most = if self.whole { usize::MAX } else { SHOWN };
        for group in groups.iter().take(most) {
            let Some(newest) = group.first() else { continue };
            let lead = format!("{:<7}", self.when(newest.at - TimeDelta::seconds(self.clock_offset())));
            let lead = if self.whole { format!("{lead:<10}  ") } else { lead };
            let indent = lead.len();
            let lead = vec![Span::styled(lead, self.style(Meaning::Faint))];
            let mut lines = self.hung(lead, (newest.message.as_str(), self.style(Meaning::Text)), "", cells);
            if !self.whole && lines.len() > 2 {
                lines = self.two_lines(newest, indent, cells);
            }
            section.lines.extend(lines);
            if group.len() > 1 {
                let like = format!("{}{} more like this", " ".repeat(indent), group.len() - 1);
                section.lines.push(self.text(like, Meaning::Faint));
            }
        }
        if let Some(more) = groups.len().checked_sub(most).filter(|more| *more > 0) {
            section.lines.push(self.text(format!("{more} more entries"), Meaning::Faint));
        }
        if errors.is_empty() {
            section.lines.push(self.text("none", Meaning::Muted));
        }
        Some(section)
    }

    /// A long message in two lines, its cut with a sign.
    fn two_lines(&self, row: &LogRow, indent: usize, cells: u16) -> Vec<ratatui::text::Line<'static>> {
        let room = cells.saturating_sub(u16::try_from(indent).unwrap_or(u16::MAX));
        let time = format!("{:<indent$}", self.when(row.at - TimeDelta::seconds(self.clock_offset())));
        let leads = [time, " ".repeat(indent)];
        let parts = super::fold(row.message.as_str(), [room; 2], 2, self.glyphs);
        leads
            .into_iter()
            .zip(parts)
            .map(|(lead, part)| {
                vec![Span::styled(lead, self.style(Meaning::Faint)), Span::styled(part, self.style(Meaning::Text))]
                    .into()
            })
            .collect()
    }

    /// Seconds that the site's clock is ahead of the host's, where it answered.
    fn clock_offset(&self) -> i64 {
        self.detail.and_then(|detail| detail.reach.as_ref()?.value.as_ref().ok().copied()).unwrap_or(0)
    }
}

/// Entries that follow each other and differ in figures alone.
fn grouped<'a>(rows: &[&'a LogRow]) -> Vec<Vec<&'a LogRow>> {
    let mut groups: Vec<Vec<&LogRow>> = Vec::new();
    let mut former = String::new();
    for row in rows {
        let shape: String = row.message.as_str().chars().filter(|c| !c.is_ascii_digit()).collect();
        match groups.last_mut() {
            Some(group) if shape == former => group.push(row),
            _ => groups.push(vec![row]),
        }
        former = shape;
    }
    groups
}
