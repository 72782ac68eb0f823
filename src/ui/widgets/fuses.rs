//! Slots drawn large, as a row of fuses: a label, the fuse, whose it is and a fact, each fuse under the other's height.
//!
//! ```text
//!   1 ◄ leaves first        2                       3
//!  ▐─────────────────────▌ ▐       no site       ▌         · free ·
//!   news.example.org        51ab03f2
//!   made 233d ago           made 64d ago
//! ```
//!
//! Knows styles alone. Below [`LEAST`] cells a fuse says nothing: the row of signs takes its place.

use crate::ui::glyphs::{Glyph, Glyphs};
use crate::ui::theme::{Meaning, Theme};
use crate::ui::widgets::pen::{fit, width};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

/// Least width of a fuse, its caps included.
pub const LEAST: u16 = 17;

/// One fuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fuse {
    /// Over it: its place, and what is to be said of that.
    pub label: String,
    /// What it carries.
    pub load: Load,
    /// Whose it is; empty for a free one.
    pub name: String,
    /// One fact under the name.
    pub fact: String,
    /// Whether it is the one that would be lost.
    pub at_risk: bool,
}

/// What a fuse carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    /// A site's connection.
    Wire,
    /// An approval of no known site.
    Orphan,
    /// Nothing: the place is free.
    Free,
}

/// The cells that each of `fuses` has in `cells`, one apart; none where they would be too narrow.
pub fn cells_each(fuses: usize, cells: u16) -> Option<u16> {
    let fuses = u16::try_from(fuses).ok().filter(|fuses| *fuses > 0)?;
    let each = cells.checked_sub(fuses - 1)? / fuses;
    (each >= LEAST).then_some(each)
}

/// The four rows of `fuses`, `each` cells wide.
pub fn rows(theme: Theme, glyphs: Glyphs, fuses: &[Fuse], each: u16) -> [Line<'static>; 4] {
    let mut rows: [Line<'static>; 4] = Default::default();
    for (i, fuse) in fuses.iter().enumerate() {
        let loud = |meaning| if fuse.at_risk { warn(theme) } else { theme.text(meaning) };
        if i > 0 {
            for row in &mut rows {
                row.push_span(Span::raw(" "));
            }
        }
        let words = [
            (&fuse.label, loud(Meaning::Faint)),
            (&fuse.name, theme.text(Meaning::Text)),
            (&fuse.fact, theme.text(Meaning::Muted)),
        ];
        let [label, name, fact] = words.map(|(text, style)| word(text, style, each, glyphs));
        let [over, body, whose, what] = &mut rows;
        over.push_span(label);
        body.spans.extend(cartridge(theme, glyphs, fuse, each));
        whose.push_span(name);
        what.push_span(fact);
    }
    rows
}

fn warn(theme: Theme) -> Style {
    theme.text(Meaning::Warn).add_modifier(Modifier::BOLD)
}

/// `▐──────▌`, `▐ no site ▌` or `· free ·`, in `each` cells.
fn cartridge(theme: Theme, glyphs: Glyphs, fuse: &Fuse, each: u16) -> Vec<Span<'static>> {
    let inside = each.saturating_sub(2);
    let (caps, fill) = match fuse.load {
        Load::Free => {
            let free = glyphs.get(Glyph::Free);
            return vec![Span::styled(centred(&format!("{free} free {free}"), each), theme.text(Meaning::Faint))];
        }
        Load::Orphan => (Meaning::Text, centred("no site", inside)),
        Load::Wire => (Meaning::Text, glyphs.get(Glyph::Line).repeat(usize::from(inside))),
    };
    let style = if fuse.at_risk { warn(theme) } else { theme.text(caps) };
    let load = if fuse.at_risk { warn(theme) } else { theme.text(Meaning::Rule) };
    let load = if fuse.load == Load::Orphan { theme.text(Meaning::Muted) } else { load };
    vec![
        Span::styled(glyphs.get(Glyph::CapLeft), style),
        Span::styled(fill, load),
        Span::styled(glyphs.get(Glyph::CapRight), style),
    ]
}

/// A word under the fuse, one cell in from its cap.
fn word(text: &str, style: Style, each: u16, glyphs: Glyphs) -> Span<'static> {
    let text = fit(text, each.saturating_sub(2), glyphs);
    let after = each.saturating_sub(1).saturating_sub(width(&text));
    Span::styled(format!(" {text}{}", " ".repeat(usize::from(after))), style)
}

fn centred(text: &str, cells: u16) -> String {
    let left = cells.saturating_sub(width(text)) / 2;
    let right = cells.saturating_sub(width(text) + left);
    format!("{}{text}{}", " ".repeat(usize::from(left)), " ".repeat(usize::from(right)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::{Depth, Ground};
    use crate::ui::widgets::pen::line_width;

    const THEME: Theme = Theme::new(Depth::True, Ground::Dark);

    fn fuse(load: Load, name: &str, at_risk: bool) -> Fuse {
        Fuse { label: "1".into(), load, name: name.into(), fact: "made 64d ago".into(), at_risk }
    }

    fn drawn(ascii: bool, fuses: &[Fuse], each: u16) -> [String; 4] {
        rows(THEME, Glyphs::new(ascii), fuses, each)
            .map(|row| row.spans.iter().map(|span| span.content.as_ref()).collect())
    }

    #[test]
    fn the_rows_of_a_fuse_stand_under_each_other() {
        let fuses = [fuse(Load::Wire, "news.example.org", true), fuse(Load::Orphan, "51ab03f2", false)];
        let [label, body, name, fact] = drawn(false, &fuses, 18);
        assert_eq!(label, " 1                  1                ");
        assert_eq!(body, "▐────────────────▌ ▐    no site     ▌");
        assert_eq!(name, " news.example.org   51ab03f2         ");
        assert_eq!(fact, " made 64d ago       made 64d ago     ");
        assert_eq!(drawn(true, &fuses, 18)[1], "[----------------] [    no site     ]");
    }

    #[test]
    fn no_name_moves_the_next_fuse() {
        for name in ["", "a-very-long-name.of.a.site.example.org", "漢字漢字漢字漢字漢字漢字"] {
            let fuses = [fuse(Load::Wire, name, false), fuse(Load::Free, "", false)];
            for row in rows(THEME, Glyphs::new(false), &fuses, LEAST) {
                assert_eq!(line_width(&row), 2 * LEAST + 1, "{name}");
            }
        }
        assert!(drawn(false, &[fuse(Load::Wire, "a-very-long-name.of.a.site", false)], LEAST)[2].contains('…'));
    }

    #[test]
    fn fuses_that_would_be_too_narrow_are_not_drawn() {
        assert_eq!(cells_each(4, 4 * 17 + 3), Some(17));
        assert_eq!(cells_each(4, 4 * 17 + 2), None);
        assert_eq!(cells_each(0, 80), None);
        assert_eq!(cells_each(9, 0), None);
    }

    #[test]
    fn no_word_has_the_colour_of_a_hairline() {
        let rule = THEME.text(Meaning::Rule).fg;
        for load in [Load::Wire, Load::Orphan, Load::Free] {
            let rows = rows(THEME, Glyphs::new(false), &[fuse(load, "news", false)], LEAST);
            let mut spans = rows.iter().flat_map(|row| &row.spans);
            let read = |text: &str| text.chars().any(char::is_alphanumeric);
            assert!(spans.all(|span| span.style.fg != rule || !read(&span.content)), "{load:?}");
        }
    }

    #[test]
    fn the_one_that_would_be_lost_is_amber() {
        let [_, body, ..] = rows(THEME, Glyphs::new(false), &[fuse(Load::Wire, "news", true)], LEAST);
        assert!(body.spans.iter().all(|span| span.style.fg == THEME.text(Meaning::Warn).fg));
    }
}
