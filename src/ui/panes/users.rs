//! The list of users with their slots: by org where there is room beside what is told of one, else one line a user with
//! those that are full on top.

use crate::model::{Holder, OrgBoard, Rotation, UserBoard, age};
use crate::ui::glyphs::Glyph;
use crate::ui::page::{Page, Split};
use crate::ui::panes::board::{DRAWN, slots};
use crate::ui::panes::detail::{policy, spread};
use crate::ui::panes::user;
use crate::ui::state::State;
use crate::ui::state::users::RosterLine;
use crate::ui::theme::Meaning;
use crate::ui::view::inner;
use crate::ui::widgets::pen::{line_width, steady};
use crate::ui::widgets::table::{self, Column, Look, Placed, Row};
use crate::ui::widgets::{Pen, divider, hairline};
use chrono::{DateTime, Utc};
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Name,
    Slots,
    Used,
    Leaves,
    Made,
    Note,
}

/// Draws the view.
pub fn draw(pen: &mut Pen<'_>, state: &State, page: &Page, now: DateTime<Utc>) {
    let split = page.users();
    vitals(pen, state, page, now);
    let theme = state.theme;
    let look = Look { head: theme.text(Meaning::Faint), select: theme.select(), edge: theme.edge() };
    let tree = !split.divider.is_empty();
    let columns = table::place(&columns(state, page, tree), split.list.width.saturating_sub(u16::from(!tree) * 2));
    table::heads(pen, split.heads, &columns, look);
    let users = &state.screens.users;
    if users.lines.is_empty() {
        let words = if users.filter.is_empty() {
            "No user is known yet: the first look at an org brings them."
        } else {
            "No name holds that."
        };
        pen.text(2, split.list.y, split.list.width.saturating_sub(4), words, theme.text(Meaning::Muted));
    }
    let lines = users.lines.iter().skip(users.offset).take(usize::from(split.list.height));
    for (y, line) in (split.list.y..).zip(lines) {
        let area = Rect { y, height: 1, ..split.list };
        match *line {
            RosterLine::Gap => {}
            RosterLine::Org(place) => {
                if let Some(board) = state.picture.boards.get(place) {
                    pen.line(2, y, area.width.saturating_sub(3), &head(state, board));
                }
            }
            RosterLine::User(place) => {
                let Some((board, user)) = state.user_at(place) else { continue };
                let one = Teller { state, board, user, selected: place == users.cursor, tree, now };
                let cells = columns.iter().map(|column| one.cell(column)).collect();
                let row = Row { cells, selected: one.selected, gap_before: false };
                table::rows(pen, area, &columns, &[row], look);
            }
        }
    }
    foot(pen, state, &split);
    divider::draw(pen, theme, split.divider);
    let Some((board, user)) = state.user() else { return };
    if !split.title.is_empty() {
        let name = format!("{}, oldest first", user::short(board, user));
        let line =
            hairline::line(state.glyphs, theme, split.title.width, [Glyph::Line; 2], &name, &position(state, &split));
        pen.line(split.title.x, split.title.y, split.title.width, &line);
    }
    user::beside(pen, state, split.detail, tree, now);
}

/// `1-9 of 13`
fn position(state: &State, split: &Split) -> String {
    let users = &state.screens.users;
    let seen = users.lines.iter().skip(users.offset).take(usize::from(split.list.height));
    let mut places = seen.filter_map(|line| match line {
        RosterLine::User(place) => Some(place + 1),
        RosterLine::Gap | RosterLine::Org(_) => None,
    });
    let Some(first) = places.next() else { return String::new() };
    format!("{first}-{} of {}", places.next_back().unwrap_or(first), users.shown.len())
}

/// `13 users   40 approvals   12 free   7 full        limit 4, a setting   read 40s ago`
fn vitals(pen: &mut Pen<'_>, state: &State, page: &Page, now: DateTime<Utc>) {
    let theme = state.theme;
    let (muted, text) = (theme.text(Meaning::Muted), theme.text(Meaning::Text));
    let totals = state.screens.users.totals;
    let mut left = Line::default();
    // Of an org that does not list its approvals nobody knows how many there are.
    let untold = state.picture.boards.iter().filter(|board| board.refused.is_some()).count();
    let more = if untold == 0 { "" } else { "+?" };
    for (count, word) in [
        (totals.users, if totals.users == 1 { "user" } else { "users" }),
        (totals.approvals, if totals.approvals == 1 { "approval" } else { "approvals" }),
        (totals.free, "free"),
        (totals.full, "full"),
        (totals.orphans, if totals.orphans == 1 { "orphan" } else { "orphans" }),
    ] {
        let figure = if count == 0 && untold > 0 { "?".to_owned() } else { format!("{count}{more}") };
        left.push_span(Span::styled(figure, text));
        left.push_span(Span::styled(format!(" {word}   "), muted));
    }
    let users = &state.screens.users;
    let mut parts = Vec::new();
    if !users.filter.is_empty() {
        parts.push(format!("filter {}", steady(&users.filter)));
    }
    parts.push(format!("by {}", users.order.name()));
    if let Some((board, _)) = state.user() {
        parts.push(format!("limit {}, a setting", board.slot_limit));
        parts.push(
            board.answered_at.map_or_else(|| "never read".to_owned(), |at| format!("read {} ago", age::since(at, now))),
        );
    }
    let row = inner(page.vitals);
    while !parts.is_empty() {
        let right = Line::from(Span::styled(parts.join("   "), muted));
        if line_width(&left) + line_width(&right) <= row.width {
            return pen.both(row.x, row.y, row.width, &left, &right);
        }
        parts.remove(0);
    }
    pen.line(row.x, row.y, row.width, &left);
}

fn columns(state: &State, page: &Page, tree: bool) -> Vec<Column<Key>> {
    let apart = if page.roomy { 2 } else { 1 };
    let limit = state.screens.users.totals.widest;
    let slots = u16::try_from(limit.clamp(1, DRAWN) * 2).unwrap_or(16).max(6) - 1;
    let text = |key, head, width, gap| Column { key, head, width, gap, right: false, drops: None };
    let name = match page.area.width {
        _ if tree => 9,
        ..80 => 12,
        80..100 => 15,
        _ => 24,
    };
    let mut columns = vec![
        text(Key::Name, if tree { "USER" } else { "ORG/USER" }, name, 2),
        text(Key::Slots, "SLOTS", slots, 1),
        Column { right: true, ..text(Key::Used, "USED", if limit > 8 { 7 } else { 4 }, 1) },
    ];
    if tree {
        columns.push(text(Key::Leaves, "LEAVES FIRST", 0, 2));
    } else {
        columns.push(text(Key::Leaves, "LEAVES FIRST", if page.area.width < 100 { 22 } else { 26 }, 2));
        columns.push(Column { right: true, drops: Some(1), ..text(Key::Made, "MADE", 4, apart) });
        columns.push(text(Key::Note, "NOTE", 0, 2));
    }
    columns
}

/// `acme      idle 30d  ▲ not installed, rotates`
fn head(state: &State, board: &OrgBoard) -> Line<'static> {
    let theme = state.theme;
    let (bold, muted) = (theme.text(Meaning::Text).add_modifier(Modifier::BOLD), theme.text(Meaning::Muted));
    let sandbox = if board.sandbox == Some(true) { " SB" } else { "" };
    let name = steady(board.name.as_str());
    let mut line = Line::from(Span::styled(format!("{:<10}", format!("{name}{sandbox}")), bold));
    line.push_span(Span::styled(
        format!(" {}", policy(board, state.glyphs).unwrap_or_else(|| "policy ?".to_owned())),
        muted,
    ));
    let mut wrong = Vec::new();
    if board.facts.app_installed == Some(false) {
        wrong.push("not installed".to_owned());
    }
    if board.rotation == Rotation::On {
        wrong.push("rotates".to_owned());
    }
    if let Some(refused) = &board.refused {
        wrong.push(format!("needs {}", refused.permission));
    } else if let Some(failure) = &board.failure {
        wrong.push(format!("no answer: {}", failure.text));
    }
    if !wrong.is_empty() {
        let words = format!("  {} {}", state.glyphs.get(Glyph::Warn), steady(&wrong.join(", ")));
        line.push_span(Span::styled(words, theme.text(Meaning::Warn).add_modifier(Modifier::BOLD)));
    }
    line
}

/// What the signs mean.
fn foot(pen: &mut Pen<'_>, state: &State, split: &Split) {
    if split.foot.is_empty() {
        return;
    }
    let muted = state.theme.text(Meaning::Muted);
    let signs = [(Glyph::Held, "held"), (Glyph::Orphan, "orphan"), (Glyph::Free, "free"), (Glyph::Unknown, "unseen")];
    let words: Vec<String> =
        signs.iter().map(|(glyph, words)| format!("{} {words}", state.glyphs.get(*glyph))).collect();
    let left = Line::from(Span::styled(words.join("   "), muted));
    let line = spread(left, Line::from(Span::styled(position(state, split), muted)), split.foot.width, state.glyphs);
    pen.line(split.foot.x, split.foot.bottom() - 1, split.foot.width, &line);
}

/// One user's row.
struct Teller<'a> {
    state: &'a State,
    board: &'a OrgBoard,
    user: &'a UserBoard,
    selected: bool,
    tree: bool,
    now: DateTime<Utc>,
}

impl Teller<'_> {
    fn style(&self, meaning: Meaning) -> Style {
        let theme = self.state.theme;
        if self.selected { theme.lit(meaning) } else { theme.text(meaning) }
    }

    fn bold(&self, meaning: Meaning) -> Style {
        self.style(meaning).add_modifier(Modifier::BOLD)
    }

    fn cell(&self, column: &Placed<Key>) -> Line<'static> {
        match column.column.key {
            Key::Name => self.name(),
            Key::Slots => self.slots(),
            Key::Used => self.used(),
            Key::Leaves => self.leaves(),
            Key::Made => {
                let made = self.user.facts.oldest_at.map_or_else(String::new, |at| age::since(at, self.now));
                Line::from(Span::styled(made, self.style(Meaning::Muted)))
            }
            Key::Note => self.notes(),
        }
    }

    fn full(&self) -> bool {
        self.user.is_full(self.board.slot_limit)
    }

    fn name(&self) -> Line<'static> {
        let login = steady(self.user.name.as_str().split('@').next().unwrap_or_default());
        let name = if self.tree { login } else { format!("{}/{login}", steady(self.board.name.as_str())) };
        let meaning = if self.full() { Meaning::Text } else { Meaning::Muted };
        Line::from(Span::styled(name, self.style(meaning)))
    }

    /// Whether a finding says that the first leaves.
    fn said(&self) -> bool {
        let first = self.user.slots.first().filter(|_| self.full());
        matches!(first, Some(Holder::Site { name }) if self.state.digest.leaver(name).is_some_and(|leaver| leaver.said))
    }

    fn slots(&self) -> Line<'static> {
        if self.board.slot_limit > DRAWN {
            return Line::default();
        }
        let said = self.said();
        let signs = slots(self.board, self.user).into_iter().enumerate().map(|(place, sign)| {
            let meaning = if said && place == 0 { Meaning::Warn } else { Meaning::Muted };
            let apart = if place == 0 { "" } else { " " };
            Span::styled(format!("{apart}{}", self.state.glyphs.get(sign)), self.style(meaning))
        });
        Line::from(signs.collect::<Vec<_>>())
    }

    fn used(&self) -> Line<'static> {
        let used = self.user.used.map_or_else(|| "?".to_owned(), |used| used.to_string());
        let meaning = if self.user.used.is_none() { Meaning::Muted } else { Meaning::Text };
        Line::from(Span::styled(format!("{used}/{}", self.board.slot_limit), self.style(meaning)))
    }

    fn leaves(&self) -> Line<'static> {
        let muted = self.style(Meaning::Muted);
        let mut line = Line::default();
        let free = self.user.used.map_or(0, |used| self.board.slot_limit.saturating_sub(used));
        let words = match self.user.slots.first() {
            Some(first) if self.full() => {
                let style = if self.said() { self.bold(Meaning::Warn) } else { muted };
                line.push_span(Span::styled(format!("{} ", self.state.glyphs.get(Glyph::Leaves)), style));
                let who = match first {
                    Holder::Site { name } => steady(name.as_str()),
                    Holder::Orphan => "orphan".to_owned(),
                    Holder::Unknown | Holder::Unseen => "?".to_owned(),
                };
                if self.user.facts.tied { format!("one of two: {who}") } else { who }
            }
            _ if self.user.used.is_none() => "not all told".to_owned(),
            _ => format!("{free} free"),
        };
        line.push_span(Span::styled(words, muted));
        if self.tree {
            let notes = self.notes();
            if line_width(&notes) > 0 {
                line.push_span(Span::raw("  "));
                line.spans.extend(notes.spans);
            }
        }
        line
    }

    fn notes(&self) -> Line<'static> {
        let facts = &self.user.facts;
        let mut notes = Vec::new();
        let mut note = |count: usize, word: &str| {
            if count > 0 {
                notes.push(format!("{count} {word}"));
            }
        };
        note(self.user.orphans(), if self.user.orphans() == 1 { "orphan" } else { "orphans" });
        note(usize::try_from(facts.shared).unwrap_or_default(), "shared");
        note(self.user.unseen(), "unseen");
        note(facts.unplaced.len(), if facts.unplaced.len() == 1 { "site at ?" } else { "sites at ?" });
        let mut line = Line::default();
        let off = match (facts.active, facts.frozen) {
            (Some(false), _) => Some("inactive"),
            (_, Some(true)) => Some("frozen"),
            _ => None,
        };
        if let Some(off) = off {
            let words = format!("{} {off}", self.state.glyphs.get(Glyph::Warn));
            line.push_span(Span::styled(words, self.bold(Meaning::Warn)));
            if !notes.is_empty() {
                line.push_span(Span::raw(", "));
            }
        }
        line.push_span(Span::styled(notes.join(", "), self.style(Meaning::Muted)));
        line
    }
}
