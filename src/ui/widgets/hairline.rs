//! A line with a name set into it, and a meter: what a page has instead of boxes.

use crate::ui::glyphs::Glyph;
use crate::ui::theme::{Meaning, Theme};
use crate::ui::widgets::Pen;
use crate::ui::widgets::pen::{line_width, width};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// Draws `── name ───────── position ─` over the first line of `area`.
pub fn draw(pen: &mut Pen<'_>, area: Rect, theme: Theme, name: &Line<'_>, position: &str) {
    let rule = theme.text(Meaning::Rule);
    let line = pen.glyphs.get(Glyph::Line).repeat(usize::from(area.width));
    pen.text(area.x, area.y, area.width, &line, rule);
    let beside = width(position);
    let mut room = area.width.saturating_sub(4);
    if beside > 0 && beside + 12 < area.width {
        let right = Line::from(vec![
            Span::raw(" "),
            Span::styled(position.to_owned(), theme.text(Meaning::Muted)),
            Span::raw(" "),
        ]);
        pen.line_right(area.right() - 1, area.y, beside + 2, &right);
        room = room.saturating_sub(beside + 3);
    }
    if line_width(name) > 0 {
        let room = room.min(line_width(name));
        pen.text(area.x + 1, area.y, room + 2, &" ".repeat(usize::from(room + 2)), rule);
        pen.line(area.x + 2, area.y, room, name);
    }
}

/// A meter of `cells` for `part` of `whole`: at least one cell if it is not zero.
pub fn meter(pen: &Pen<'_>, theme: Theme, cells: usize, part: usize, whole: usize) -> Line<'static> {
    let full = if whole == 0 { 0 } else { (part * cells / whole).max(usize::from(part > 0)).min(cells) };
    Line::from(vec![
        Span::styled(pen.glyphs.get(Glyph::Meter).repeat(full), theme.text(Meaning::Accent)),
        Span::styled(pen.glyphs.get(Glyph::Line).repeat(cells - full), theme.text(Meaning::Rule)),
    ])
}
