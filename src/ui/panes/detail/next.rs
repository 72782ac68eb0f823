//! What to do, safest first.

use super::{Section, Subject};
use crate::model::Remedy;
use crate::ui::glyphs::Glyph;
use crate::ui::theme::Meaning;
use ratatui::text::{Line, Span};

/// Steps that the pane shows; the page shows all.
const STEPS: usize = 4;

impl Subject<'_> {
    /// The steps of the deciding finding and of those after it, each with its class and what it leads to. No step has a
    /// key yet, so none is shown.
    pub(super) fn next(&self, cells: u16) -> Option<Section> {
        let mut section = self.titled("Next", "safest first", cells);
        let Some(detail) = self.detail else {
            self.row.cause?;
            section.lines.extend(vec![Line::default(); 4]);
            return Some(section);
        };
        let mut steps: Vec<&Remedy> = Vec::new();
        for remedy in detail.findings.iter().flat_map(|finding| &finding.remedies) {
            if !steps.contains(&remedy) {
                steps.push(remedy);
            }
        }
        let most = if self.whole { usize::MAX } else { STEPS };
        for step in steps.iter().take(most) {
            let lead = vec![Span::styled(format!("{:<7}", step.class.to_string()), self.style(Meaning::Faint))];
            section.lines.extend(self.hung(lead, (&step.what, self.style(Meaning::Text)), "", cells));
            if step.effect.is_empty() {
                continue;
            }
            let loses = loses(&step.effect);
            let style = if loses { self.bold(Meaning::Warn) } else { self.style(Meaning::Muted) };
            let mut lead = vec![Span::raw(" ".repeat(7))];
            if loses {
                lead.push(Span::styled(format!("{} ", self.glyphs.get(Glyph::Warn)), style));
            }
            section.lines.extend(self.hung(lead, (&step.effect, style), "", cells));
        }
        if let Some(more) = steps.len().checked_sub(most).filter(|more| *more > 0) {
            section.lines.push(self.text(format!("       {more} more"), Meaning::Faint));
        }
        (section.lines.len() > 1).then_some(section)
    }
}

/// Whether a step may cost another site its connection: the words by which the remedies say so.
pub(super) fn loses(effect: &str) -> bool {
    ["cuts off", "cut off", "loses its"].iter().any(|words| effect.contains(words))
}
