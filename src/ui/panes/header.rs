//! Row 0: the program, where one is, the fleet, whether anything may be written, the time.

use crate::ui::glyphs::Glyph;
use crate::ui::page::Page;
use crate::ui::state::State;
use crate::ui::theme::Meaning;
use crate::ui::widgets::Pen;
use crate::ui::widgets::pen::{fit, line_width, steady};
use chrono::{DateTime, Utc};
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

/// Cells from which on the name of a site says something.
const LEAST_CRUMB: u16 = 10;

/// Draws `fusebox    1 Sites                              agency-eu   read-write   12:04Z`.
pub fn draw(pen: &mut Pen<'_>, state: &State, page: &Page, now: DateTime<Utc>) {
    let theme = state.theme;
    let strong = theme.text(Meaning::Strong).add_modifier(Modifier::BOLD);
    let muted = theme.text(Meaning::Muted);
    let row = page.header;
    pen.buffer.set_style(row, theme.raised());
    let (margin, apart) = if page.roomy { (2, 3) } else { (1, 1) };
    pen.text(margin, row.y, row.width, "fusebox", strong);
    let tab = margin + 7 + apart;
    let label = Line::from(vec![
        Span::raw(" "),
        Span::styled("1", theme.text(Meaning::Accent).add_modifier(Modifier::BOLD)),
        Span::styled(" Sites ", strong),
    ]);
    let active = Rect::new(tab, row.y, line_width(&label), 1);
    pen.buffer.set_style(active.intersection(row), theme.select());
    pen.line(tab, row.y, row.width, &label);

    let gap = if page.roomy { "   " } else { "  " };
    let clock = Span::styled(now.format("%H:%MZ").to_string(), strong);
    let mut right = Line::from(Span::styled(format!("{}{gap}", steady(&state.fleet)), muted));
    if page.roomy {
        let mode = if state.read_only { "read-only" } else { "read-write" };
        right.push_span(Span::styled(format!("{mode}{gap}"), muted));
    }
    right.push_span(clock.clone());
    let end = row.width.saturating_sub(margin);
    let after = active.right();
    let room = end.saturating_sub(after + 2);
    let right = if line_width(&right) <= room { right } else { Line::from(clock) };
    pen.line_right(end, row.y, room, &right);
    let Some(site) = state.site_page() else { return };
    // Where one is in that view, as far as there is room for it.
    let room = room.saturating_sub(line_width(&right) + 2);
    let crumb = fit(&format!("{} {}", pen.glyphs.get(Glyph::Crumb), steady(site.name.as_str())), room, pen.glyphs);
    if room >= LEAST_CRUMB {
        pen.text(after + 1, row.y, room, &crumb, theme.text(Meaning::Text));
    }
}
