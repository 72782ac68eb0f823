//! A sentence behind its label, hung under itself.

use crate::ui::theme::{Meaning, Theme};
use ratatui::text::{Line, Span};

/// The folded parts of a sentence, the first behind the label, which takes `cells`.
pub fn lines(theme: Theme, label: &str, cells: u16, parts: Vec<String>) -> impl Iterator<Item = Line<'static>> + '_ {
    parts.into_iter().enumerate().map(move |(i, part)| {
        let label = if i == 0 { label } else { "" };
        Line::from(vec![
            Span::styled(format!("{label:<wide$}", wide = usize::from(cells)), theme.text(Meaning::Faint)),
            Span::styled(part, theme.text(Meaning::Text)),
        ])
    })
}
