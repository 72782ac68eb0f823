//! A line with a name set into it: what a page has instead of boxes.

use crate::ui::glyphs::{Glyph, Glyphs};
use crate::ui::theme::{Meaning, Theme};
use crate::ui::widgets::pen::{fit, fit_line, width};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

/// `─ name ───────── note ─` over `cells`, between two ends. The name is bold; the note gives way first.
pub fn line(glyphs: Glyphs, theme: Theme, cells: u16, ends: [Glyph; 2], name: &str, note: &str) -> Line<'static> {
    let strong = theme.text(Meaning::Strong).add_modifier(Modifier::BOLD);
    let styles = [theme.text(Meaning::Rule), strong, theme.text(Meaning::Muted)];
    styled(glyphs, styles, cells, ends, name, note)
}

/// The same with the styles of the line, the name and the note.
pub(super) fn styled(
    glyphs: Glyphs,
    [line, title, aside]: [Style; 3],
    cells: u16,
    ends: [Glyph; 2],
    name: &str,
    note: &str,
) -> Line<'static> {
    let rule = |n: u16| Span::styled(glyphs.get(Glyph::Line).repeat(usize::from(n)), line);
    let [start, end] = ends.map(|glyph| Span::styled(glyphs.get(glyph), line));
    let dash = u16::from(ends != [Glyph::Line; 2]);
    let room = cells.saturating_sub(2 + 2 * dash);
    let name = fit(name, room.saturating_sub(2), glyphs);
    let named = if name.is_empty() { 0 } else { width(&name) + 2 };
    let noted = if note.is_empty() { 0 } else { width(note) + 2 };
    let noted = if named + noted + 4 <= room { noted } else { 0 };
    let mut line = Line::from(vec![start, rule(dash)]);
    if named > 0 {
        line.push_span(Span::styled(format!(" {name} "), title));
    }
    line.push_span(rule(room.saturating_sub(named + noted)));
    if noted > 0 {
        line.push_span(Span::styled(format!(" {note} "), aside));
    }
    line.push_span(rule(dash));
    line.push_span(end);
    fit_line(&line, cells, glyphs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::{Depth, Ground};
    use crate::ui::widgets::pen::line_width;

    const THEME: Theme = Theme::new(Depth::Mono, Ground::Dark);

    fn plain(cells: u16, name: &str, note: &str) -> String {
        let line = line(Glyphs::new(true), THEME, cells, [Glyph::Line; 2], name, note);
        assert!(line_width(&line) <= cells);
        line.spans.iter().map(|s| s.content.as_ref()).collect()
    }

    #[test]
    fn the_note_gives_way_before_the_name() {
        assert_eq!(plain(24, "shop", "1-3 of 9"), "- shop ------ 1-3 of 9 -");
        assert_eq!(plain(20, "shop", "1-3 of 9"), "- shop -------------");
        assert_eq!(plain(8, "shop.example", ""), "- sho~ -");
        for cells in 0..6 {
            plain(cells, "shop", "x");
        }
    }
}
