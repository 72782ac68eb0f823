//! A connection over time as a wire: level while it works, broken with a cross, then flat. One cell a mark, oldest first.
//!
//! Knows marks and styles, and neither the span of a mark nor whose it is.

use crate::model::wire::Mark;
use crate::ui::glyphs::{Glyph, Glyphs};
use crate::ui::theme::{Meaning, Theme};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

/// The wire of `marks`: what is broken or dead in the colour of what is lost, errors in amber, what was not seen in that of
/// a hairline. `level` is how loudly a working stretch is told, `lit` whether it stands on the selected row.
pub fn line(theme: Theme, glyphs: Glyphs, marks: &[Mark], level: Meaning, lit: bool) -> Line<'static> {
    let style = |meaning| if lit { theme.lit(meaning) } else { theme.text(meaning) };
    let run = |run: &[Mark]| {
        let (sign, style) = match run.first() {
            None | Some(Mark::Before) => (" ", Style::new()),
            Some(Mark::Unseen) => (glyphs.get(Glyph::Free), style(Meaning::Rule)),
            Some(Mark::Level) => (glyphs.get(Glyph::Line), style(level)),
            Some(Mark::Errors) => (glyphs.get(Glyph::Errors), style(Meaning::Warn).add_modifier(Modifier::BOLD)),
            Some(Mark::Dead) => (glyphs.get(Glyph::Dead), style(Meaning::Bad)),
            Some(Mark::Break) => (glyphs.get(Glyph::Fail), style(Meaning::Bad).add_modifier(Modifier::BOLD)),
        };
        Span::styled(sign.repeat(run.len()), style)
    };
    marks.chunk_by(|a, b| a == b).map(run).collect::<Vec<_>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::{Depth, Ground};
    use std::collections::BTreeSet;
    use strum::IntoEnumIterator;

    const THEME: Theme = Theme::new(Depth::True, Ground::Dark);

    fn drawn(ascii: bool, marks: &[Mark]) -> String {
        let line = line(THEME, Glyphs::new(ascii), marks, Meaning::Rule, false);
        line.spans.iter().map(|span| span.content.as_ref()).collect()
    }

    #[test]
    fn each_mark_is_one_cell_in_both_sets() {
        use Mark::{Before, Break, Dead, Errors, Level, Unseen};
        let marks = [Before, Unseen, Level, Level, Errors, Break, Dead, Dead];
        assert_eq!(drawn(false, &marks), " ·──≈×▁▁");
        assert_eq!(drawn(true, &marks), " .--~X__");
        assert_eq!(drawn(false, &[]), "");
    }

    #[test]
    fn marks_are_told_apart_without_colour() {
        for ascii in [false, true] {
            let signs: BTreeSet<String> = Mark::iter().map(|mark| drawn(ascii, &[mark])).collect();
            assert_eq!(signs.len(), Mark::iter().count());
        }
    }

    #[test]
    fn no_hairline_stands_on_the_selected_row() {
        let rule = THEME.text(Meaning::Rule).fg;
        for mark in Mark::iter() {
            let line = line(THEME, Glyphs::new(false), &[mark], Meaning::Rule, true);
            assert!(line.spans.iter().all(|span| span.style.fg != rule), "{mark:?}");
        }
    }
}
