//! The cells of one site's row: each figure with its mark of origin, and amber on the figure at fault alone.

use crate::model::age;
use crate::model::{Cause, Expiry, Health, Origin, SiteRow, Slot};
use crate::ui::glyphs::{Glyph, Glyphs};
use crate::ui::panes::{tone, word};
use crate::ui::theme::{Meaning, Theme};
use crate::ui::widgets::badge::badge;
use crate::ui::widgets::pen::steady;
use crate::ui::widgets::vital_signs::count;
use crate::ui::widgets::wire;
use chrono::{DateTime, Utc};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

/// One row with what decides how its cells are told.
#[derive(Clone, Copy, Debug)]
pub struct Cells<'a> {
    /// The row.
    pub row: &'a SiteRow,
    /// Whether it is selected.
    pub selected: bool,
    /// Whether its first look is still to come.
    pub pending: bool,
    /// Whether it is marked, or in the range that is being drawn up.
    pub marked: bool,
    /// Since when it is being asked.
    pub asked: Option<DateTime<Utc>>,
    /// The styles.
    pub theme: Theme,
    /// The signs.
    pub glyphs: Glyphs,
    /// The time.
    pub now: DateTime<Utc>,
}

impl Cells<'_> {
    fn style(&self, meaning: Meaning) -> Style {
        if self.selected { self.theme.lit(meaning) } else { self.theme.text(meaning) }
    }

    fn bold(&self, meaning: Meaning) -> Style {
        self.style(meaning).add_modifier(Modifier::BOLD)
    }

    fn one(text: impl Into<String>, style: Style) -> Line<'static> {
        Line::from(Span::styled(text.into(), style))
    }

    /// The state: sign and word, always.
    pub fn state(&self) -> Line<'static> {
        if self.pending {
            return Self::one(format!(" {}", self.glyphs.get(Glyph::Free)), self.style(Meaning::Faint));
        }
        let health = self.row.health;
        Line::from(badge(self.theme, tone(health), self.glyphs.health(health), word(health), self.selected))
    }

    /// The mark, in the cell before the name.
    pub fn mark(&self) -> Line<'static> {
        let sign = if self.marked { self.glyphs.get(Glyph::Marked) } else { " " };
        Self::one(sign, self.bold(Meaning::Accent))
    }

    /// The last day, a mark every two hours.
    pub fn wire(&self) -> Line<'static> {
        if self.pending {
            return Line::default();
        }
        wire::line(self.theme, self.glyphs, &self.row.wire.marks(self.now), Meaning::Rule, self.selected)
    }

    /// The Salesforce object that the site syncs to.
    pub fn object(&self) -> Line<'static> {
        if self.pending {
            return Line::default();
        }
        let object = self.row.object_type.as_ref();
        Self::one(object.map_or_else(|| "?".to_owned(), |o| steady(o.as_str())), self.style(Meaning::Muted))
    }

    /// The site's name.
    pub fn site(&self) -> Line<'static> {
        let style = match self.row.health {
            _ if self.pending => self.style(Meaning::Faint),
            Health::Fail => self.bold(Meaning::Strong),
            Health::Warn => self.style(Meaning::Strong),
            Health::Stag | Health::Old | Health::Unkn => self.style(Meaning::Text),
            Health::Off | Health::Ok => self.style(Meaning::Muted),
        };
        Self::one(steady(self.row.name.as_str()), style)
    }

    /// Facts that matter on a row at risk, and recede elsewhere.
    fn fact(&self) -> Style {
        match self.row.health {
            Health::Fail | Health::Warn => self.style(Meaning::Text),
            Health::Stag | Health::Old | Health::Unkn | Health::Off | Health::Ok => self.style(Meaning::Muted),
        }
    }

    /// Org and user, as far as they are known; `asked` during the first look.
    pub fn owner(&self) -> Line<'static> {
        if self.pending {
            let word = if self.asked.is_some() { "asked" } else { "waits" };
            return Self::one(word, self.style(Meaning::Faint));
        }
        Self::one(owner(self.row).unwrap_or_else(|| "?".to_owned()), self.fact())
    }

    /// The slot: its flag, the place in the order, how many there are.
    pub fn slot(&self) -> Line<'static> {
        let Some(slot) = self.row.slot.as_ref().filter(|_| !self.pending) else {
            return if self.pending { Line::default() } else { Self::one("?", self.style(Meaning::Muted)) };
        };
        let gone = self.row.health == Health::Fail && self.row.refresh_token == Expiry::Dead;
        let figure = slot_figure(slot, gone, self.glyphs);
        let at_fault = |cause| self.row.cause == Some(cause);
        // The place of an approval that is gone is no fact that matters any more.
        let fact = if gone { self.style(Meaning::Muted) } else { self.fact() };
        let (flag, flag_fault) = match slot {
            Slot { next_out: true, .. } => (self.glyphs.get(Glyph::Leaves), at_fault(Cause::NextOut)),
            Slot { shared: true, .. } => (self.glyphs.get(Glyph::Shared), at_fault(Cause::SharedToken)),
            _ => ("", false),
        };
        let flag_style = match flag_fault {
            true => self.bold(Meaning::Warn),
            false if slot.shared && !slot.next_out => self.style(Meaning::Text),
            false => self.style(Meaning::Muted),
        };
        let figure_style = if flag_fault && slot.next_out { self.bold(Meaning::Warn) } else { fact };
        Line::from(vec![Span::styled(flag, flag_style), Span::styled(figure, figure_style)])
    }

    /// How long the refresh token lives.
    pub fn life(&self) -> Line<'static> {
        if self.pending {
            return Line::default();
        }
        let style = match (self.row.cause, &self.row.refresh_token) {
            (_, Expiry::Dead) if self.row.health == Health::Fail => self.bold(Meaning::Bad),
            (Some(Cause::IdleNear | Cause::LifetimeNear | Cause::RotationRisk), _) => self.bold(Meaning::Warn),
            _ => self.style(Meaning::Muted),
        };
        Self::one(life(&self.row.refresh_token, self.now, self.glyphs), style)
    }

    /// Refresh requests counted by Salesforce.
    pub fn uses(&self) -> Line<'static> {
        if self.pending {
            return Line::default();
        }
        let text =
            self.row.use_count.map_or_else(|| "?".to_owned(), |n| count(usize::try_from(n).unwrap_or(usize::MAX)));
        Self::one(text, self.style(Meaning::Muted))
    }

    /// The age of the proof; of the question, during the first look.
    pub fn proof(&self) -> Line<'static> {
        if self.pending {
            return self
                .asked
                .map_or_else(Line::default, |at| Self::one(age::since(at, self.now), self.style(Meaning::Faint)));
        }
        let aged = matches!(self.row.cause, Some(Cause::ProofOld)) || self.row.health == Health::Old;
        match self.row.proof_at {
            Some(at) if aged => Self::one(age::since(at, self.now), self.bold(Meaning::Strong)),
            Some(at) => {
                let meaning = if self.row.health == Health::Fail { Meaning::Text } else { Meaning::Muted };
                Self::one(age::since(at, self.now), self.style(meaning))
            }
            None => Self::one("?", self.style(Meaning::Muted)),
        }
    }

    /// What decided its health, in a few words; nothing for a healthy row.
    pub fn why(&self) -> Line<'static> {
        let style = match self.row.health {
            _ if self.pending => return Line::default(),
            Health::Fail => self.bold(Meaning::Strong),
            Health::Warn => self.style(Meaning::Text),
            Health::Ok => return Line::default(),
            Health::Stag | Health::Old | Health::Unkn | Health::Off => self.style(Meaning::Muted),
        };
        Self::one(steady(&self.row.why.at(self.now)), style)
    }
}

/// `acme/ops1`: the org and the user's name before its `@`, as far as they are known.
pub fn owner(row: &SiteRow) -> Option<String> {
    let user = row.user.as_ref().map(|user| user.as_str().split('@').next().unwrap_or_default().to_owned());
    let org = row.org.as_ref().map(|org| org.as_str().to_owned());
    match (org, user) {
        (Some(org), Some(user)) => Some(steady(&format!("{org}/{user}"))),
        (Some(org), None) => Some(steady(&format!("{org}/?"))),
        (None, Some(user)) => Some(steady(&format!("?/{user}"))),
        (None, None) => None,
    }
}

/// `1/4`; a dash where the approval is gone, `?` where it is not known. With two digits the place alone: the limit
/// stands in the strip.
fn slot_figure(slot: &Slot, gone: bool, glyphs: Glyphs) -> String {
    let place = match slot.position {
        Some(n) => n.to_string(),
        None if gone => glyphs.get(Glyph::Off).to_owned(),
        None => glyphs.get(Glyph::Unknown).to_owned(),
    };
    if slot.limit > 9 || place.chars().count() > 1 { place } else { format!("{place}/{}", slot.limit) }
}

/// `~30d` from policy, `30d` measured, `30d†` told, `∞`, `dead`, `?`: at most four cells.
pub fn life(expiry: &Expiry, now: DateTime<Utc>, glyphs: Glyphs) -> String {
    match expiry {
        Expiry::Dead => "dead".to_owned(),
        Expiry::Never { .. } => glyphs.endless().to_owned(),
        Expiry::Unknown { .. } => glyphs.get(Glyph::Unknown).to_owned(),
        // A date that has passed kills nothing by itself: only the site's report or the list of approvals does.
        Expiry::At { at, .. } if *at <= now => "past".to_owned(),
        Expiry::At { at, origin } => match origin {
            Origin::Measured => age::span(*at - now),
            Origin::Policy => format!("{}{}", glyphs.get(Glyph::Policy), age::short_span(*at - now)),
            Origin::Operator => format!("{}{}", age::short_span(*at - now), glyphs.get(Glyph::Told)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::widgets::pen::width;
    use chrono::TimeDelta;

    #[test]
    fn life_tells_its_origin_in_four_cells() {
        let now = DateTime::from_timestamp(1_795_000_000, 0).expect("a time");
        let at = |days, origin| Expiry::At { at: now + TimeDelta::days(days), origin };
        for (expiry, text) in [
            (at(30, Origin::Policy), "~30d"),
            (at(30, Origin::Measured), "30d"),
            (at(30, Origin::Operator), "30d†"),
            (at(285, Origin::Policy), "~40w"),
            (at(285, Origin::Measured), "285d"),
            (at(-1, Origin::Policy), "past"),
            (Expiry::Dead, "dead"),
            (Expiry::Never { origin: Origin::Policy }, "∞"),
            (Expiry::unknown("x"), "?"),
        ] {
            let drawn = life(&expiry, now, Glyphs::new(false));
            assert_eq!(drawn, text);
            assert!(width(&life(&expiry, now, Glyphs::new(true))) <= 4);
        }
    }

    #[test]
    fn a_slot_never_takes_more_than_four_cells() {
        let slot = |position, limit| Slot {
            position,
            used: None,
            limit,
            approval_id: None,
            next_out: true,
            tied: false,
            shared: false,
        };
        for (slot, gone, text) in [
            (slot(Some(1), 4), false, "1/4"),
            (slot(None, 4), true, "–/4"),
            (slot(None, 4), false, "?/4"),
            (slot(Some(12), 16), false, "12"),
            (slot(Some(3), 16), false, "3"),
        ] {
            assert_eq!(slot_figure(&slot, gone, Glyphs::new(false)), text);
        }
    }
}
