//! What else is wrong around the site: other sites of its org, and users without a free slot.

use super::{Section, Subject};
use crate::model::age;
use crate::model::{OrgBoard, Rotation};
use crate::ui::glyphs::Glyph;
use crate::ui::panes::tone;
use crate::ui::theme::Meaning;
use crate::ui::widgets::badge::Tone;
use crate::ui::widgets::pen::steady;
use ratatui::text::Span;

/// Sites that the pane names; the page names all.
const SHOWN: usize = 4;

impl Subject<'_> {
    /// The board of the site's org.
    pub(super) fn board(&self) -> Option<&OrgBoard> {
        let org = self.row.org.as_ref()?;
        self.picture.boards.iter().find(|board| board.name == *org).map(AsRef::as_ref)
    }

    /// `Also in acme`.
    pub(super) fn around(&self, cells: u16) -> Option<Section> {
        let org = self.row.org.as_ref()?;
        let mut section = self.titled(&format!("Also in {}", steady(org.as_str())), "", cells);
        section.lines.extend(self.troubles(cells));
        let mut rows = self.digest.troubled(org, self.picture).filter(|row| row.name != self.row.name);
        for row in rows.by_ref().take(if self.whole { usize::MAX } else { SHOWN }) {
            let meaning = if tone(row.health) == Tone::Bad { Meaning::Bad } else { Meaning::Warn };
            let lead = vec![
                Span::styled(format!("{} ", self.glyphs.health(row.health)), self.bold(meaning)),
                Span::styled(format!("{}  ", steady(row.name.as_str())), self.style(Meaning::Text)),
            ];
            let since = row.since.map_or_else(String::new, |at| age::since(at, self.now));
            let mut lines = self.hung(lead, (&row.why.at(self.now), self.style(Meaning::Muted)), &since, cells);
            lines.truncate(1);
            section.lines.extend(lines);
        }
        let more = rows.count();
        if more > 0 {
            section.lines.push(self.text(format!("  {more} more sites"), Meaning::Faint));
        }
        (section.lines.len() > 1).then_some(section)
    }

    /// What is wrong with the org itself and with its users.
    fn troubles(&self, cells: u16) -> Vec<ratatui::text::Line<'static>> {
        let Some(board) = self.board() else { return Vec::new() };
        let mut told = Vec::new();
        if let Some(refused) = &board.refused {
            told.push(format!("approvals may not be listed: {} is missing", steady(&refused.permission)));
        }
        if let Some(failure) = &board.failure {
            told.push(format!("the last look failed: {}", steady(failure.text.as_str())));
        }
        if board.rotation == Rotation::On {
            told.push("refresh tokens rotate".to_owned());
        }
        let full = board.users.iter().filter(|user| user.is_full(board.slot_limit));
        told.extend(full.map(|user| {
            let name = steady(user.name.as_str().split('@').next().unwrap_or_default());
            format!("{name} is full, {} of {}", user.used.unwrap_or(board.slot_limit), board.slot_limit)
        }));
        let sign = self.glyphs.get(Glyph::Warn);
        told.into_iter()
            .flat_map(|words| {
                let lead = vec![Span::styled(format!("{sign} "), self.bold(Meaning::Warn))];
                self.hung(lead, (&words, self.style(Meaning::Text)), "", cells)
            })
            .collect()
    }
}
