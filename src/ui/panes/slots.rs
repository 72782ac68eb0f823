//! A user's slots as fuses, from what a slot check says of them: in the question before a sign-in, and on the page after it.

use crate::model::{ApprovalId, HeldSlot, Removed, SiteName, SlotCheck, SlotLoss, Whose, age};
use crate::ui::glyphs::{Glyph, Glyphs};
use crate::ui::theme::Theme;
use crate::ui::widgets::fuses::{self, Fuse, Load};
use crate::ui::widgets::pen::{steady, width};
use chrono::{DateTime, Utc};
use ratatui::text::Line;

/// The rows of the fuses of `check`, in at most `cells`; none where there is no room for all of them. `new` is the approval that was just
/// made.
pub fn rows(
    (theme, glyphs): (Theme, Glyphs),
    check: &SlotCheck,
    new: Option<ApprovalId>,
    cells: u16,
    now: DateTime<Utc>,
) -> Option<Vec<Line<'static>>> {
    let limit = usize::try_from(check.limit).unwrap_or(usize::MAX).max(check.held.len());
    let each = fuses::cells_each(limit, cells)?;
    let slots = Slots { check, glyphs, new, each, now };
    let held = check.held.iter().enumerate().map(|(place, held)| slots.fuse(place, held));
    let mut drawn: Vec<Fuse> = held.collect();
    // Where not all is listed nobody knows that a slot is free.
    if check.used.is_some() {
        drawn.extend((drawn.len()..limit).map(free));
    }
    if drawn.is_empty() {
        return None;
    }
    let mut rows = fuses::rows(theme, glyphs, &drawn, each).to_vec();
    if check.held.is_empty() {
        // Under free slots nothing stands.
        rows.truncate(2);
    }
    Some(rows)
}

fn free(place: usize) -> Fuse {
    Fuse { label: (place + 1).to_string(), load: Load::Free, name: String::new(), fact: String::new(), at_risk: false }
}

struct Slots<'a> {
    check: &'a SlotCheck,
    glyphs: Glyphs,
    new: Option<ApprovalId>,
    each: u16,
    now: DateTime<Utc>,
}

impl Slots<'_> {
    fn fuse(&self, place: usize, held: &HeldSlot) -> Fuse {
        let uses = if held.use_count == 1 { "1 use".to_owned() } else { format!("{} uses", held.use_count) };
        Fuse {
            label: format!("{}{}", place + 1, self.said(place, held)),
            load: if matches!(held.whose, Whose::Nobody { .. }) { Load::Orphan } else { Load::Wire },
            name: self.name(held),
            fact: format!("{uses}, {}", age::since(held.created_at, self.now)),
            at_risk: self.leaves(held) && !self.check.loses_nothing(),
        }
    }

    /// Whether the next approval removes it, or one that was made in its second.
    fn leaves(&self, held: &HeldSlot) -> bool {
        let mut removed = self.check.costs.iter().flat_map(|cost| &cost.removes);
        removed.any(|removed| matches!(removed, Removed::Held { approval_id } if *approval_id == held.approval_id))
    }

    /// Whether somebody is lost for sure.
    fn is_certain(&self) -> bool {
        self.check.costs.iter().any(|cost| matches!(cost.loss, SlotLoss::Certain { .. }))
    }

    /// What is said of its place.
    fn said(&self, place: usize, held: &HeldSlot) -> String {
        let leaves = self.glyphs.get(Glyph::Leaves);
        let full = self.check.used.is_some_and(|used| used >= self.check.limit);
        match &held.whose {
            _ if self.new == Some(held.approval_id) => " new".to_owned(),
            _ if self.leaves(held) && held.tied => format!(" {leaves} one of two"),
            _ if self.leaves(held) && self.is_certain() => format!(" {leaves} is cut off"),
            _ if self.leaves(held) => format!(" {leaves} leaves"),
            _ if self.check.costs.is_empty() && full && place == 0 => format!(" {leaves} leaves first"),
            Whose::Nobody { .. } => " orphan".to_owned(),
            Whose::Sites { sites, .. } if sites.len() > 1 => format!(" {} one token", self.glyphs.get(Glyph::Shared)),
            Whose::Sites { .. } | Whose::OneOf { .. } => String::new(),
        }
    }

    /// Whose it is. A name that has no room is its first label, where no other has that one.
    fn name(&self, held: &HeldSlot) -> String {
        let (Whose::Sites { sites, .. } | Whose::OneOf { sites }) = &held.whose else {
            return held.approval_id.short();
        };
        let whole = joined(sites, |site| steady(site.as_str()));
        if sites.is_empty() || matches!(held.whose, Whose::OneOf { .. }) {
            return held.approval_id.short();
        }
        if width(&whole) <= self.each.saturating_sub(2) || !sites.iter().all(|site| self.is_only(site)) {
            return whole;
        }
        joined(sites, |site| steady(label(site)))
    }

    fn is_only(&self, site: &SiteName) -> bool {
        let named = self.check.held.iter().flat_map(|held| match &held.whose {
            Whose::Sites { sites, .. } | Whose::OneOf { sites } => sites.as_slice(),
            Whose::Nobody { .. } => &[],
        });
        named.filter(|other| label(other) == label(site)).count() == 1
    }
}

fn label(site: &SiteName) -> &str {
    site.as_str().split('.').next().unwrap_or_default()
}

fn joined(sites: &[SiteName], name: impl Fn(&SiteName) -> String) -> String {
    sites.iter().map(name).collect::<Vec<_>>().join(", ")
}
