//! The approvals of the site's user in the order in which they leave, under those that left.

use super::{Section, Subject};
use crate::model::age;
use crate::model::{Approval, ApprovalId, Holder, LedgerEntry};
use crate::ui::glyphs::Glyph;
use crate::ui::theme::Meaning;
use crate::ui::widgets::pen::steady;
use ratatui::text::{Line, Span};

impl Subject<'_> {
    /// The ledger; none where the user is not known.
    pub(super) fn approvals(&self, cells: u16) -> Option<Section> {
        let detail = self.detail?;
        if detail.approvals.is_empty() && detail.departed.is_empty() {
            return None;
        }
        let user = self.row.user.as_ref().map_or("?", |user| user.as_str().split('@').next().unwrap_or_default());
        let board = self.board();
        let limit = board.map(|board| board.slot_limit).or(self.row.slot.as_ref().map(|slot| slot.limit));
        let held = detail.approvals.len();
        let terms = limit.map_or_else(|| format!("{held}, oldest first"), |n| format!("{held} of {n}, oldest first"));
        let mut section = self.titled(&format!("Slots of {}", steady(user)), &terms, cells);
        let own = self.row.slot.as_ref().and_then(|slot| slot.approval_id);
        let mut departed: Vec<_> = detail.departed.iter().collect();
        departed.sort_by_key(|gone| gone.gone_by);
        for gone in departed {
            let mine = if own == Some(gone.approval.id) { ", this site" } else { "" };
            let who = format!("left by {}Z{mine}", self.when(gone.gone_by));
            section.lines.push(self.approval(Glyph::Fail, Meaning::Muted, &gone.approval, &who));
        }
        let full = limit.is_some_and(|limit| u32::try_from(held).is_ok_and(|held| held >= limit));
        let id = detail.approvals.first().map(|approval| &approval.user);
        let slots =
            board.and_then(|board| board.users.iter().find(|user| Some(&user.id) == id)).map(|user| &user.slots);
        for (place, approval) in detail.approvals.iter().enumerate() {
            // The board and the detail are of two moments: its holders count only while both list as many.
            let holder = slots.filter(|slots| slots.len() == held).and_then(|slots| slots.get(place));
            let known = self.ledger.into_iter().flat_map(|ledger| &ledger.users).flat_map(|user| &user.entries);
            let known = known.filter(|_| own != Some(approval.id)).find(|entry| entry.approval.id == approval.id);
            let (glyph, who) = known.map_or_else(|| holder_of(approval.id, own, holder), attributed);
            let (glyph, meaning) =
                if full && place == 0 { (Glyph::Leaves, Meaning::Warn) } else { (glyph, Meaning::Text) };
            section.lines.push(self.approval(glyph, meaning, approval, &who));
        }
        Some(section)
    }

    /// `■ 51ab03f2  made 64d   used 2m    812 uses  news.example.org`
    fn approval(&self, glyph: Glyph, meaning: Meaning, approval: &Approval, who: &str) -> Line<'static> {
        let made = age::since(approval.created_at, self.now);
        let used = approval.last_used_at.map_or_else(|| "?".to_owned(), |at| age::since(at, self.now));
        let facts = format!("{}  made {made:>4}  used {used:>4} {:>6}  ", approval.id.short(), approval.use_count);
        Line::from(vec![
            Span::styled(format!("{} ", self.glyphs.get(glyph)), self.style(meaning)),
            Span::styled(facts, self.style(Meaning::Muted)),
            Span::styled(who.to_owned(), self.style(Meaning::Text)),
        ])
    }
}

/// Whose an approval is, and how sure that is; of one that nobody holds, whether it may go.
fn attributed(entry: &LedgerEntry) -> (Glyph, String) {
    let attribution = &entry.attribution;
    match (&attribution.site, &entry.orphan) {
        (Some(site), _) => {
            let others = attribution.shared_with.iter().map(|other| format!(", {}", steady(other.as_str())));
            let sure = attribution.confidence.map_or_else(String::new, |sure| format!("  sure: {sure}"));
            (Glyph::Held, format!("{}{}{sure}", steady(site.as_str()), others.collect::<String>()))
        }
        (None, Some(orphan)) if orphan.safe => (Glyph::Orphan, "no known site, safe to revoke".to_owned()),
        (None, Some(_)) => (Glyph::Orphan, "no known site".to_owned()),
        (None, None) => (Glyph::Unknown, "?".to_owned()),
    }
}

/// Who holds an approval, as far as the board tells.
fn holder_of(id: ApprovalId, own: Option<ApprovalId>, holder: Option<&Holder>) -> (Glyph, String) {
    match holder {
        _ if own == Some(id) => (Glyph::Held, "this site".to_owned()),
        Some(Holder::Site { name }) => (Glyph::Held, steady(name.as_str())),
        Some(Holder::Orphan) => (Glyph::Orphan, "no known site".to_owned()),
        Some(Holder::Unseen) => (Glyph::Unknown, "not seen now".to_owned()),
        Some(Holder::Unknown) | None => (Glyph::Unknown, "?".to_owned()),
    }
}
