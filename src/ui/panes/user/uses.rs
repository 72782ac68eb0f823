//! How often each approval of a user was used on each of the last days, to a scale of its own.

use super::Subject;
use super::after::who;
use crate::ui::panes::detail::Section;
use crate::ui::theme::Meaning;
use crate::ui::widgets::pen::{fit, steady, width};
use crate::ui::widgets::sparkline;
use ratatui::text::{Line, Span};

/// Cells of a name, from and to.
const NAME: [u16; 2] = [20, 36];
/// What stands beside a name: its row, its rate and its change.
const BESIDE: u16 = 48;
/// Below this a row of four weeks has no room beside its name and its rate.
const LEAST: u16 = 66;

impl Subject<'_> {
    /// A row for each approval that is there or left lately; nothing before any day was watched.
    pub(super) fn uses(&self, cells: u16) -> Option<Section> {
        let ledger = self.ledger.filter(|_| cells >= LEAST)?;
        let here = ledger.entries.iter().map(|entry| (who(entry), &entry.days, entry.tenths_a_day));
        let left = ledger.departed.iter().map(|left| {
            let name = left.site.as_ref().map_or_else(|| left.approval.id.short(), |site| steady(site.as_str()));
            (format!("{name}, gone"), &left.days, None)
        });
        let rows: Vec<_> = here.chain(left).filter(|(_, days, _)| days.iter().any(Option::is_some)).collect();
        if rows.is_empty() {
            return None;
        }
        let most = rows.iter().map(|(name, ..)| width(name)).max().unwrap_or(0);
        let cells_of_name = cells.saturating_sub(BESIDE).min(most).clamp(NAME[0], NAME[1]);
        let days = rows.iter().map(|(_, days, _)| days.len()).max().unwrap_or_default();
        let free = self.glyphs.get(crate::ui::glyphs::Glyph::Free);
        let terms = format!("{days} days, each to its own scale   {free} not looked");
        let mut section = self.titled("Uses a day", &terms, cells);
        for (name, days, tenths) in rows {
            let name = fit(&name, cells_of_name, self.glyphs);
            let pad = " ".repeat(usize::from(cells_of_name.saturating_sub(width(&name))));
            let mut line = Line::from(self.span(format!("  {name}{pad}  "), Meaning::Text));
            line.spans.extend(sparkline::line(self.theme, self.glyphs, days).spans);
            let rate = tenths.map_or_else(|| "?".to_owned(), |tenths| format!("{}.{}", tenths / 10, tenths % 10));
            line.push_span(self.span(format!(" {rate:>6}"), Meaning::Muted));
            if let Some(change) = sparkline::change(days) {
                line.push_span(Span::raw("  "));
                line.push_span(sparkline::change_span(self.theme, self.glyphs, change));
            }
            section.lines.push(line);
        }
        let words = "A use is one refresh asked for, a failed one too: it never proves that a site works.";
        section.lines.extend(self.sentence("  ", words, self.style(Meaning::Faint), cells));
        Some(section)
    }
}
