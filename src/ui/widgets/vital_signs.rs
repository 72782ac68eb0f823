//! A row of counted signs: the one that matters most filled, the rest in their order. Knows no domain: each part comes
//! with its text and how it is told.

use crate::ui::theme::{Meaning, Theme};
use crate::ui::widgets::badge::{Tone, badge};
use ratatui::text::{Line, Span};

/// One counted sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sign {
    /// How loud.
    pub tone: Tone,
    /// Its sign.
    pub sign: &'static str,
    /// Its word.
    pub word: &'static str,
    /// How many.
    pub count: usize,
}

/// The counts in a line, each that is not zero, `gap` cells apart (the badges' own margins included).
pub fn line(theme: Theme, signs: &[Sign], gap: usize) -> Line<'static> {
    let mut line = Line::default();
    for part in signs.iter().filter(|s| s.count > 0) {
        if !line.spans.is_empty() {
            line.push_span(Span::raw(" ".repeat(gap.saturating_sub(2))));
        }
        let count = count(part.count);
        match part.tone {
            Tone::Bad | Tone::Warn => {
                line.spans.extend(badge(theme, part.tone, part.sign, &format!("{count} {}", part.word), false));
            }
            Tone::Plain | Tone::Quiet => {
                line.push_span(Span::styled(format!(" {} ", part.sign), theme.text(Meaning::Muted)));
                line.push_span(Span::styled(count, theme.text(Meaning::Text)));
                line.push_span(Span::styled(format!(" {} ", part.word), theme.text(Meaning::Muted)));
            }
        }
    }
    line
}

/// A count in at most four cells.
pub fn count(n: usize) -> String {
    match n {
        0..=9_999 => n.to_string(),
        10_000..=999_999 => format!("{}k", n / 1_000),
        _ => format!("{}M", (n / 1_000_000).min(999)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_stay_in_four_cells() {
        for (n, text) in [(0, "0"), (9_999, "9999"), (12_345, "12k"), (1_200_000, "1M")] {
            assert_eq!(count(n), text);
        }
        assert!(count(usize::MAX).len() <= 4);
    }
}
