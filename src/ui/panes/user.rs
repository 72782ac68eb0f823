//! One user in full: the slots, the approvals in the order in which they leave, what the next one costs, orphans. For the
//! pane beside the list of users and for the page of one.

mod after;
mod approvals;
mod uses;

use crate::model::{LedgerEntry, OrgBoard, Permission, Rotation, UserBoard, UserLedger, age};
use crate::ui::glyphs::{Glyph, Glyphs};
use crate::ui::page::Page;
use crate::ui::panes::detail::{Section, flow, fold, furthest, policy, scrolled, spread};
use crate::ui::state::State;
use crate::ui::theme::{Meaning, Theme};
use crate::ui::view::inner;
use crate::ui::widgets::Pen;
use crate::ui::widgets::fuses::{self, Fuse, Load};
use crate::ui::widgets::pen::steady;
use chrono::{DateTime, Utc};
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use std::ops::Range;

/// What the drawn slots are called.
const SLOTS: &str = "slots";
/// Below the list slots are drawn large where so many rows are left.
const ROOM_FOR_FUSES: u16 = 16;

/// One user, and everything that is told of it.
pub(super) struct Subject<'a> {
    state: &'a State,
    board: &'a OrgBoard,
    user: &'a UserBoard,
    /// The approvals, once they came.
    ledger: Option<&'a UserLedger>,
    theme: Theme,
    glyphs: Glyphs,
    /// Whether there is room for all: evidence is told, and no sentence is cut.
    whole: bool,
    /// The approval that is selected on the page.
    selected: Option<usize>,
    now: DateTime<Utc>,
}

/// `ops1@acme`
pub fn short(board: &OrgBoard, user: &UserBoard) -> String {
    let login = user.name.as_str().split('@').next().unwrap_or_default();
    format!("{}@{}", steady(login), steady(board.name.as_str()))
}

/// Draws the selected user beside or below the list; the name only where nothing else tells it.
pub fn beside(pen: &mut Pen<'_>, state: &State, area: Rect, named: bool, now: DateTime<Utc>) {
    let Some(subject) = Subject::of(state, false, now).filter(|_| !area.is_empty()) else { return };
    let mut sections = subject.sections(area.width);
    if !named {
        // The line above has the name, and says the order.
        sections.remove(0);
        sections.retain(|section| section.name != SLOTS || area.height > ROOM_FOR_FUSES);
        sections.iter_mut().filter(|section| section.name == approvals::NAME).for_each(|section| {
            section.lines.remove(0);
        });
    }
    scrolled(pen, state, area, &flow(&sections), 0);
}

/// Draws the page of one user.
pub fn draw(pen: &mut Pen<'_>, state: &State, page: &Page, now: DateTime<Utc>) {
    let (Some(open), Some(subject)) = (state.user_page(), Subject::of(state, true, now)) else { return };
    let area = body(page);
    let sections = subject.sections(area.width);
    let lines = flow(&sections);
    let offset = open.offset.min(furthest(lines.len(), area.height));
    let selected = subject.selected.and_then(|place| subject.rows_of(place, area.width)).map(|rows| rows.start);
    if let Some(row) = selected.and_then(|row| row.checked_sub(offset)).and_then(|row| u16::try_from(row).ok())
        // The last row says that more follows.
        && (row + 1 < area.height || (row < area.height && lines.len() <= offset + usize::from(area.height)))
    {
        let line = Rect { x: 0, y: area.y + row, width: page.area.width, height: 1 };
        pen.buffer.set_style(line.intersection(pen.buffer.area), state.theme.select());
        pen.text(0, line.y, 1, state.glyphs.get(Glyph::Edge), state.theme.edge());
    }
    scrolled(pen, state, area, &lines, offset);
}

/// The rows of an approval among all that the page of a user has, from its first on.
pub fn rows_of(state: &State, place: usize, now: DateTime<Utc>) -> Option<Range<usize>> {
    Subject::of(state, true, now)?.rows_of(place, body(&state.page()).width)
}

/// Rows that the page of one user shows at once.
pub fn height(state: &State) -> usize {
    usize::from(body(&state.page()).height)
}

/// How many lines do not fit the page: as far as it scrolls.
pub fn hidden(state: &State, now: DateTime<Utc>) -> usize {
    let Some(subject) = Subject::of(state, true, now) else { return 0 };
    let area = body(&state.page());
    furthest(flow(&subject.sections(area.width)).len(), area.height)
}

fn body(page: &Page) -> Rect {
    let all = inner(page.body);
    Rect { height: all.height.saturating_sub(u16::from(page.roomy)), ..all }
}

impl<'a> Subject<'a> {
    fn of(state: &'a State, whole: bool, now: DateTime<Utc>) -> Option<Self> {
        let (board, user) = state.user()?;
        let ledger = state.ledger.have.as_deref().filter(|ledger| ledger.org == board.name);
        let ledger = ledger.and_then(|ledger| ledger.users.iter().find(|known| known.id == user.id));
        let selected = state.user_place().filter(|_| whole);
        Some(Self { state, board, user, ledger, theme: state.theme, glyphs: state.glyphs, whole, selected, now })
    }

    /// The rows of an approval, counted from the first of all.
    fn rows_of(&self, place: usize, cells: u16) -> Option<Range<usize>> {
        let before: Vec<Section> = std::iter::once(self.head(cells)).chain(self.fuses(cells)).collect();
        let first = flow(&before).len() + 1;
        let (_, starts) = self.entries(cells);
        let (start, end) = (*starts.get(place)?, *starts.get(place + 1)?);
        Some(first + start..first + end)
    }

    fn sections(&self, cells: u16) -> Vec<Section> {
        let mut sections = vec![self.head(cells)];
        sections.extend(self.fuses(cells));
        sections.push(self.approvals(cells));
        sections.extend(self.after(cells));
        sections.extend(self.orphans(cells));
        sections.extend(self.unplaced(cells));
        sections.extend(self.uses(cells));
        sections.extend(self.others(cells));
        sections.extend(self.not_permitted(cells));
        sections
    }

    fn style(&self, meaning: Meaning) -> Style {
        self.theme.text(meaning)
    }

    fn bold(&self, meaning: Meaning) -> Style {
        self.style(meaning).add_modifier(Modifier::BOLD)
    }

    fn span(&self, text: impl Into<String>, meaning: Meaning) -> Span<'static> {
        Span::styled(text.into(), self.style(meaning))
    }

    /// A title with its terms on the right.
    fn titled(&self, name: &str, terms: &str, cells: u16) -> Section {
        let title = Line::from(Span::styled(name.to_owned(), self.bold(Meaning::Strong)));
        let line = spread(title, Line::from(self.span(terms, Meaning::Faint)), cells, self.glyphs);
        Section { name: name.to_owned(), lines: vec![line] }
    }

    /// A sentence, folded.
    fn sentence(&self, lead: &str, text: &str, style: Style, cells: u16) -> Vec<Line<'static>> {
        let indent = crate::ui::widgets::pen::width(lead);
        let room = cells.saturating_sub(indent).max(8);
        let most = if self.whole { usize::MAX } else { 2 };
        let parts = fold(text, [room, room], most, self.glyphs).into_iter().enumerate();
        let lines = parts.map(|(i, part)| {
            let before = if i == 0 { lead.to_owned() } else { " ".repeat(usize::from(indent)) };
            Line::from(vec![self.span(before, Meaning::Faint), Span::styled(part, style)])
        });
        lines.collect()
    }

    /// `ops1@acme   active   acme 00D..4F2 production   idle 30d   rotation off        full, 4 of 4`
    fn head(&self, cells: u16) -> Section {
        let board = self.board;
        let mut facts = Vec::new();
        facts.push(match (self.user.facts.active, self.user.facts.frozen) {
            (Some(false), _) => "inactive".to_owned(),
            (_, Some(true)) => "frozen".to_owned(),
            (Some(true), _) => "active".to_owned(),
            (None, _) => "active ?".to_owned(),
        });
        let id = board.facts.id.as_ref().map_or_else(String::new, |id| format!(" {}", abridged(id.as_str())));
        let kind = match board.sandbox {
            Some(true) => " sandbox",
            Some(false) => " production",
            None => "",
        };
        facts.push(format!("{}{id}{kind}", steady(board.name.as_str())));
        facts.push(policy(board, self.glyphs).unwrap_or_else(|| "policy ?".to_owned()));
        facts.push(format!("rotation {}", rotation(board.rotation)));
        let used = self.user.used.map_or_else(|| "?".to_owned(), |used| used.to_string());
        let full = if self.user.is_full(board.slot_limit) { "full, " } else { "" };
        let right = Line::from(self.span(format!("{full}{used} of {}", board.slot_limit), Meaning::Text));
        let name = Span::styled(short(board, self.user), self.bold(Meaning::Strong));
        let mut lines = Vec::new();
        let left = Line::from(vec![name, self.span(format!("   {}", facts.join("   ")), Meaning::Muted)]);
        lines.push(spread(left, right, cells, self.glyphs));
        if let Some(most) = self.ledger.and_then(|ledger| ledger.seen_over_limit) {
            let words = format!("{most} were held at once: the limit of {} is set too low", board.slot_limit);
            lines.push(Line::from(Span::styled(words, self.bold(Meaning::Warn))));
        }
        Section { name: String::new(), lines }
    }

    /// The slots drawn large, where each has room.
    fn fuses(&self, cells: u16) -> Option<Section> {
        let ledger = self.ledger?;
        let limit = usize::try_from(ledger.limit).unwrap_or(usize::MAX).max(ledger.entries.len());
        let each = fuses::cells_each(limit, cells)?;
        let last = ledger.entries.len();
        let mut drawn: Vec<Fuse> =
            ledger.entries.iter().enumerate().map(|(place, entry)| self.fuse(place, last, entry)).collect();
        let free = |place: usize| Fuse {
            label: (place + 1).to_string(),
            load: Load::Free,
            name: String::new(),
            fact: String::new(),
            at_risk: false,
        };
        // Where not all is told nobody knows that a slot is free.
        if ledger.used.is_some() {
            drawn.extend((last..limit).map(free));
        }
        let lines = fuses::rows(self.theme, self.glyphs, &drawn, each).to_vec();
        (!drawn.is_empty()).then(|| Section { name: SLOTS.to_owned(), lines })
    }

    fn fuse(&self, place: usize, last: usize, entry: &LedgerEntry) -> Fuse {
        let number = place + 1;
        let label = if entry.next_out && entry.tied {
            format!("{number} {} one of two", self.glyphs.get(Glyph::Leaves))
        } else if entry.next_out {
            format!("{number} {} leaves first", self.glyphs.get(Glyph::Leaves))
        } else if !entry.attribution.shared_with.is_empty() {
            format!("{number} {} one token", self.glyphs.get(Glyph::Shared))
        } else if entry.orphan.is_some() {
            format!("{number} orphan")
        } else if number == last && last > 1 {
            format!("{number} newest")
        } else {
            number.to_string()
        };
        let site = entry.attribution.site.as_ref().map(|site| steady(site.as_str()));
        Fuse {
            label,
            load: if entry.orphan.is_some() { Load::Orphan } else { Load::Wire },
            name: site.unwrap_or_else(|| entry.approval.id.short()),
            fact: format!("made {} ago", age::since(entry.created, self.now)),
            at_risk: entry.next_out && entry.attribution.site.is_some(),
        }
    }

    /// What is not told for lack of a permission, and by which.
    fn not_permitted(&self, cells: u16) -> Option<Section> {
        let missing = &self.board.facts.missing;
        if missing.is_empty() {
            return None;
        }
        let mut section = self.titled("Not permitted", "greyed here", cells);
        for refused in missing {
            let lost = Permission::lost_without(&refused.permission);
            let lead = format!("{} ", self.glyphs.get(Glyph::Unknown));
            let text = format!("needs {}: {lost}", refused.permission);
            section.lines.extend(self.sentence(&lead, &text, self.style(Meaning::Faint), cells));
        }
        Some(section)
    }
}

/// `00D..4F2`: the last three of 18 are a checksum; what tells two orgs apart stands before them.
pub(super) fn abridged(id: &str) -> String {
    format!("{}..{}", id.get(..3).unwrap_or(id), id.get(12..15).unwrap_or_default())
}

/// What the operator says of rotation.
pub(super) fn rotation(rotation: Rotation) -> &'static str {
    match rotation {
        Rotation::On => "on",
        Rotation::Off => "off",
        Rotation::Unknown => "?",
    }
}
