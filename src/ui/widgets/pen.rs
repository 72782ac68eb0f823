//! Writing into a buffer by display width: nothing is cut inside a character, nothing moves its neighbour.
//!
//! Uses the signs alone. Width is that of `unicode-width`, ambiguous characters one cell wide.

use crate::ui::glyphs::{Glyph, Glyphs};
use ratatui::buffer::Buffer;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The cells that `text` takes.
pub fn width(text: &str) -> u16 {
    u16::try_from(text.width()).unwrap_or(u16::MAX)
}

/// Text from outside without the marks on whose width terminals disagree: joiners and variation selectors. What they
/// would join is drawn apart, and the cells are counted right everywhere.
pub fn steady(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}'))
        .collect()
}

/// `text` in at most `cells`, ending in the sign for a cut where something is left out.
pub fn fit(text: &str, cells: u16, glyphs: Glyphs) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    if cells == 0 {
        return String::new();
    }
    let (mut kept, mut used) = (String::new(), 0);
    for grapheme in text.graphemes(true) {
        used += width(grapheme);
        if used >= cells {
            break;
        }
        kept.push_str(grapheme);
    }
    kept.push_str(glyphs.get(Glyph::Cut));
    kept
}

/// A line cut as [`fit`] cuts a text, its styles kept.
pub fn fit_line<'a>(line: &Line<'a>, cells: u16, glyphs: Glyphs) -> Line<'a> {
    if line_width(line) <= cells {
        return line.clone();
    }
    let mut left = cells;
    let mut spans: Vec<Span<'a>> = Vec::new();
    for span in &line.spans {
        let wide = width(&span.content);
        // The sign of the cut needs a cell, unless this span is the last and fits.
        if wide >= left {
            spans.push(Span::styled(fit(&format!("{}  ", span.content), left, glyphs), span.style));
            break;
        }
        left -= wide;
        spans.push(span.clone());
    }
    Line::from(spans)
}

/// The cells that a line takes.
pub fn line_width(line: &Line<'_>) -> u16 {
    line.spans.iter().map(|span| width(&span.content)).fold(0, u16::saturating_add)
}

/// Breaks `text` at spaces into lines of at most `cells`, at most `lines` of them; the last is cut where more is left.
pub fn wrap(text: &str, cells: u16, lines: usize, glyphs: Glyphs) -> Vec<String> {
    let mut wrapped: Vec<String> = Vec::new();
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        if wrapped.len() + 1 == lines.max(1) {
            let rest = std::iter::once(word).chain(words).collect::<Vec<_>>().join(" ");
            wrapped.push(fit(&rest, cells, glyphs));
            return wrapped;
        }
        let mut line = word.to_owned();
        while let Some(next) = words.next_if(|next| width(&line).saturating_add(1).saturating_add(width(next)) <= cells)
        {
            line.push(' ');
            line.push_str(next);
        }
        wrapped.push(fit(&line, cells, glyphs));
    }
    wrapped
}

/// Writes into one buffer with one set of signs. Whatever lies outside the buffer is not drawn.
#[derive(Debug)]
pub struct Pen<'a> {
    /// Where to.
    pub buffer: &'a mut Buffer,
    /// The signs.
    pub glyphs: Glyphs,
}

impl Pen<'_> {
    /// Writes `line` at `x`, cut to `cells`.
    pub fn line(&mut self, x: u16, y: u16, cells: u16, line: &Line<'_>) {
        let area = self.buffer.area;
        if y >= area.bottom() || x >= area.right() {
            return;
        }
        let cells = cells.min(area.right() - x);
        self.buffer.set_line(x, y, &fit_line(line, cells, self.glyphs), cells);
    }

    /// Writes `line` so that it ends before `right`, cut to `cells`.
    pub fn line_right(&mut self, right: u16, y: u16, cells: u16, line: &Line<'_>) {
        let wide = line_width(line).min(cells);
        self.line(right.saturating_sub(wide), y, wide, line);
    }

    /// Writes `text` at `x`, cut to `cells`.
    pub fn text(&mut self, x: u16, y: u16, cells: u16, text: &str, style: Style) {
        self.line(x, y, cells, &Line::from(Span::styled(text, style)));
    }

    /// Writes `left` at `x` and `right` at the end of `cells`, two cells apart. The right gives way first, whole.
    pub fn both(&mut self, x: u16, y: u16, cells: u16, left: &Line<'_>, right: &Line<'_>) {
        let (wide, beside) = (line_width(left), line_width(right));
        if beside > 0 && wide.saturating_add(2).saturating_add(beside) <= cells {
            self.line_right(x + cells, y, beside, right);
        }
        self.line(x, y, cells, left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SIGNS: fn() -> Glyphs = || Glyphs::new(false);

    #[test]
    fn a_cut_never_splits_a_wide_character() {
        assert_eq!(fit("漢字漢字", 8, SIGNS()), "漢字漢字");
        assert_eq!(fit("漢字漢字", 7, SIGNS()), "漢字漢…");
        assert_eq!(fit("漢字漢字", 6, SIGNS()), "漢字…");
        assert_eq!(fit("abcdef", 4, Glyphs::new(true)), "abc~");
        assert_eq!(fit("abc", 0, SIGNS()), "");
    }

    #[test]
    fn a_sentence_breaks_at_spaces() {
        assert_eq!(wrap("one two three four", 9, 2, SIGNS()), ["one two", "three fo…"]);
        assert_eq!(wrap("one two", 20, 2, SIGNS()), ["one two"]);
        assert_eq!(wrap("", 20, 2, SIGNS()), Vec::<String>::new());
        assert_eq!(wrap("unbreakablylong x", 6, 2, SIGNS()), ["unbre…", "x"]);
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_its_place(text in "\\PC{0,40}", cells in 0u16..50) {
            let text = steady(&text);
            prop_assert!(width(&fit(&text, cells, SIGNS())) <= cells);
            let line = Line::from(vec![Span::raw(text.clone()), Span::raw("end")]);
            prop_assert!(line_width(&fit_line(&line, cells, SIGNS())) <= cells);
            for line in wrap(&text, cells, 3, SIGNS()) {
                prop_assert!(width(&line) <= cells);
            }
        }
    }
}
