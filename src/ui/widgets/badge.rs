//! A sign with its word, told as loudly as it matters. Knows styles alone.

use crate::ui::theme::{Depth, Meaning, Theme};
use ratatui::style::Modifier;
use ratatui::text::Span;

/// How loud a badge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Filled: broken.
    Bad,
    /// Amber: will break.
    Warn,
    /// Plain, in text.
    Plain,
    /// Recedes.
    Quiet,
}

/// A sign and its word as one badge of two cells more than they take: ` × FAIL `. The fill of a bad one covers all of
/// it; with sixteen colours a warning fills its sign alone, since amber text cannot be read on every ground.
pub fn badge(theme: Theme, tone: Tone, sign: &str, word: &str, selected: bool) -> Vec<Span<'static>> {
    let text = |meaning| if selected { theme.lit(meaning) } else { theme.text(meaning) };
    match tone {
        Tone::Bad => vec![Span::styled(format!(" {sign} {word} "), theme.fill(Meaning::Bad, selected))],
        Tone::Warn if theme.depth() == Depth::Sixteen => vec![
            Span::styled(format!(" {sign}"), theme.fill(Meaning::Warn, selected)),
            Span::styled(format!(" {word} "), text(Meaning::Warn)),
        ],
        Tone::Warn => vec![Span::styled(format!(" {sign} {word} "), text(Meaning::Warn).add_modifier(Modifier::BOLD))],
        Tone::Plain => vec![Span::styled(format!(" {sign} {word} "), text(Meaning::Text))],
        Tone::Quiet => vec![Span::styled(format!(" {sign} {word} "), text(Meaning::Muted))],
    }
}
