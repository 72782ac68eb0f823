//! How much of a whole is done, as a bar. Knows styles alone.

use crate::ui::glyphs::{Glyph, Glyphs};
use crate::ui::theme::{Meaning, Theme};
use ratatui::text::{Line, Span};

/// The same of what is only looked at, on the page or on the selected row.
pub fn quiet(glyphs: Glyphs, theme: Theme, cells: usize, part: usize, whole: usize, selected: bool) -> Line<'static> {
    let style = |meaning| if selected { theme.lit(meaning) } else { theme.text(meaning) };
    let mut line = line(glyphs, theme, cells, part, whole);
    for (span, meaning) in line.spans.iter_mut().zip([Meaning::Data, Meaning::Rule]) {
        span.style = style(meaning);
    }
    line
}

/// A meter of `cells` for `part` of `whole`: at least one cell if it is not zero.
pub fn line(glyphs: Glyphs, theme: Theme, cells: usize, part: usize, whole: usize) -> Line<'static> {
    let full =
        part.saturating_mul(cells).checked_div(whole).map_or(0, |full| full.max(usize::from(part > 0)).min(cells));
    Line::from(vec![
        Span::styled(glyphs.get(Glyph::Meter).repeat(full), theme.text(Meaning::Accent)),
        Span::styled(glyphs.get(Glyph::Line).repeat(cells - full), theme.text(Meaning::Rule)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::{Depth, Ground};

    const THEME: Theme = Theme::new(Depth::Mono, Ground::Dark);

    #[test]
    fn a_meter_shows_the_smallest_part() {
        let cells = |part, whole| line(Glyphs::new(true), THEME, 10, part, whole).spans[0].content.len();
        assert_eq!([cells(0, 9), cells(1, 900), cells(5, 10), cells(9, 9), cells(3, 0)], [0, 1, 5, 10, 0]);
    }
}
