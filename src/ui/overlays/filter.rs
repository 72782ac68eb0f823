//! The filter's input line, and the reminder of a filter that stands.

use crate::ui::glyphs::Glyph;
use crate::ui::state::{FilterInput, State};
use crate::ui::theme::{Depth, Meaning};
use crate::ui::widgets::Pen;
use crate::ui::widgets::pen::{line_width, steady};
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

/// Draws `/acme !ok█        all words must match   !word must not`.
pub fn draw(pen: &mut Pen<'_>, state: &State, row: Rect, filter: &FilterInput) {
    let theme = state.theme;
    let strong = theme.text(Meaning::Strong).add_modifier(Modifier::BOLD);
    let cursor = match theme.depth() {
        Depth::Sixteen | Depth::Mono => theme.fill(Meaning::Accent, false),
        Depth::True | Depth::Indexed => theme.text(Meaning::Accent),
    };
    let at = filter.input.cursor();
    let before: String = filter.input.value().chars().take(at).collect();
    let under: String = filter.input.value().chars().skip(at).take(1).collect();
    let after: String = filter.input.value().chars().skip(at + 1).collect();
    // A cursor over a letter shows the letter; at the end it is a cell of its own.
    let cell = match (under.is_empty(), theme.depth()) {
        (false, _) => Span::styled(steady(&under), theme.fill(Meaning::Accent, false)),
        (true, Depth::True | Depth::Indexed) => Span::styled(pen.glyphs.get(Glyph::Cursor), cursor),
        (true, _) => Span::styled(" ", cursor),
    };
    let line = Line::from(vec![
        Span::styled("/", theme.text(Meaning::Accent).add_modifier(Modifier::BOLD)),
        Span::styled(tail(&steady(&before), row.width.saturating_sub(4)), strong),
        cell,
        Span::styled(steady(&after), strong),
    ]);
    let help = Line::from(Span::styled("all words must match   !word must not", theme.text(Meaning::Muted)));
    pen.both(row.x, row.y, row.width, &line, &help);
}

/// Draws `/acme  4 of 42 shown`, while a filter stands and nothing else is to be said.
pub fn standing(pen: &mut Pen<'_>, state: &State, row: Rect) {
    let theme = state.theme;
    let line = Line::from(vec![
        Span::styled("/", theme.text(Meaning::Accent).add_modifier(Modifier::BOLD)),
        Span::styled(steady(state.sites().query.trim()), theme.text(Meaning::Text)),
    ]);
    pen.line(row.x, row.y, row.width.min(line_width(&line)), &line);
}

/// The end of a text that is longer than its place: where one types is what one looks at.
fn tail(text: &str, cells: u16) -> String {
    let mut kept: Vec<char> = Vec::new();
    let mut wide = 0;
    for c in text.chars().rev() {
        wide += crate::ui::widgets::pen::width(c.encode_utf8(&mut [0; 4]));
        if wide > cells {
            break;
        }
        kept.push(c);
    }
    kept.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sees_the_end_of_what_one_types() {
        assert_eq!(tail("abcdef", 3), "def");
        assert_eq!(tail("漢字漢", 5), "字漢");
        assert_eq!(tail("ab", 5), "ab");
    }
}
