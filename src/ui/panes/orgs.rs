//! The list of orgs over what is known of the selected one: what it is, what its app allows, what fusebox may not read.

mod facts;

use crate::model::{OrgBoard, Rotation, age};
use crate::ui::glyphs::Glyph;
use crate::ui::page::Page;
use crate::ui::panes::detail::{flow, furthest, policy, scrolled};
use crate::ui::panes::user::rotation;
use crate::ui::panes::vitals::sorted;
use crate::ui::state::State;
use crate::ui::theme::Meaning;
use crate::ui::view::inner;
use crate::ui::widgets::pen::steady;
use crate::ui::widgets::table::{self, Column, Look, Row};
use crate::ui::widgets::{Pen, divider, hairline, meter};
use chrono::{DateTime, Utc};
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

/// From here on the users stand beside the facts.
const TWO_COLUMNS: u16 = 110;
/// Cells of a meter.
const METER: usize = 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Org,
    Kind,
    Edition,
    App,
    Policy,
    Rotation,
    Usage,
    Users,
    Full,
    Sites,
    Read,
}

/// Draws the view.
pub fn draw(pen: &mut Pen<'_>, state: &State, page: &Page, now: DateTime<Utc>) {
    let orgs = &state.screens.orgs;
    let split = page.halves(orgs.shown.len());
    let theme = state.theme;
    vitals(pen, state, page);
    let look = Look { head: theme.text(Meaning::Faint), select: theme.select(), edge: theme.edge() };
    let columns = table::place(&columns(page), split.list.width.saturating_sub(2));
    table::heads(pen, split.heads, &columns, look);
    if orgs.shown.is_empty() {
        let words = if orgs.filter.is_empty() { "No org is configured." } else { "No name holds that." };
        pen.text(2, split.list.y, split.list.width.saturating_sub(4), words, theme.text(Meaning::Muted));
    }
    let visible = orgs.shown.iter().enumerate().skip(orgs.offset).take(usize::from(split.list.height));
    for (y, (place, board)) in (split.list.y..).zip(visible) {
        let Some(board) = state.picture.boards.get(*board) else { continue };
        let one = Teller { state, board, selected: place == orgs.cursor, narrow: page.area.width < 100, now };
        let cells = columns.iter().map(|column| one.cell(column.column.key)).collect();
        let row = Row { cells, selected: one.selected, gap_before: false };
        table::rows(pen, Rect { y, height: 1, ..split.list }, &columns, &[row], look);
    }
    let Some(board) = state.org() else { return };
    let last = (orgs.offset + usize::from(split.list.height)).min(orgs.shown.len());
    let position = format!("{}-{last} of {}", orgs.offset + 1, orgs.shown.len());
    let name = steady(board.name.as_str());
    let line = hairline::line(state.glyphs, theme, split.title.width, [Glyph::Line; 2], &name, &position);
    pen.line(split.title.x, split.title.y, split.title.width, &line);
    let (left, right) = columns_of(split.detail);
    let [facts, users] = facts::sections(state, board, [left.width, right.width], now);
    scrolled(pen, state, left, &flow(&facts), orgs.detail_offset);
    scrolled(pen, state, right, &flow(&users), 0);
    if !right.is_empty() {
        divider::draw(pen, theme, Rect { x: right.x - 3, width: 1, ..right });
    }
}

/// How many lines of what is told of the selected org do not fit: as far as it scrolls.
pub fn hidden(state: &State, now: DateTime<Utc>) -> usize {
    let Some(board) = state.org() else { return 0 };
    let split = state.page().halves(state.screens.orgs.shown.len());
    let (left, right) = columns_of(split.detail);
    let [facts, _] = facts::sections(state, board, [left.width, right.width], now);
    furthest(flow(&facts).len(), left.height)
}

/// The facts, and the users beside them where there is room.
fn columns_of(area: Rect) -> (Rect, Rect) {
    if area.width < TWO_COLUMNS {
        return (area, Rect::ZERO);
    }
    let left = area.width * 3 / 5;
    let right = Rect { x: area.x + left + 3, width: area.width - left - 3, ..area };
    (Rect { width: left - 1, ..area }, right)
}

/// `6 orgs   5 production   1 sandbox   ▲ 2 need a Salesforce admin`
fn vitals(pen: &mut Pen<'_>, state: &State, page: &Page) {
    let theme = state.theme;
    let (muted, text) = (theme.text(Meaning::Muted), theme.text(Meaning::Text));
    let orgs = &state.screens.orgs;
    let boards = || orgs.shown.iter().filter_map(|place| state.picture.boards.get(*place));
    let kind = |sandbox| boards().filter(|board| board.sandbox == Some(sandbox)).count();
    let mut line = Line::default();
    for (count, word) in [
        (orgs.shown.len(), if orgs.shown.len() == 1 { "org" } else { "orgs" }),
        (kind(false), "production"),
        (kind(true), "sandbox"),
    ] {
        line.push_span(Span::styled(count.to_string(), text));
        line.push_span(Span::styled(format!(" {word}   "), muted));
    }
    let needs = boards().filter(|board| troubled(board)).count();
    if needs > 0 {
        let verb = if needs == 1 { "needs" } else { "need" };
        let words = format!("{} {needs} {verb} a Salesforce admin", state.glyphs.get(Glyph::Warn));
        line.push_span(Span::styled(words, theme.text(Meaning::Warn).add_modifier(Modifier::BOLD)));
    }
    sorted(pen, theme, inner(page.vitals), &line, (&orgs.filter, orgs.order.name()));
}

/// Whether an administrator of the org has something to do.
fn troubled(board: &OrgBoard) -> bool {
    board.facts.app_installed == Some(false)
        || board.rotation == Rotation::On
        || board.refused.is_some()
        || !board.facts.missing.is_empty()
}

fn columns(page: &Page) -> Vec<Column<Key>> {
    let gap = if page.area.width < 100 { 1 } else { 2 };
    let text = |key, head, width, drops| Column { key, head, width, gap, right: false, drops };
    let figure = |key, head, width, drops| Column { key, head, width, gap, right: true, drops };
    vec![
        Column { gap: 2, ..text(Key::Org, "ORG", if page.area.width < 100 { 11 } else { 14 }, None) },
        text(Key::Kind, "KIND", 10, Some(4)),
        text(Key::Edition, "EDITION", 12, Some(2)),
        text(Key::App, "APP", 15, None),
        text(Key::Policy, "REFRESH TOKEN", 14, None),
        text(Key::Rotation, "ROTATION", 8, Some(5)),
        text(Key::Usage, "API TODAY", 15, Some(1)),
        figure(Key::Users, "USERS", 5, Some(6)),
        figure(Key::Full, "FULL", 4, Some(7)),
        figure(Key::Sites, "SITES", 5, Some(3)),
        Column { width: 5, ..text(Key::Read, "READ", 5, None) },
    ]
}

struct Teller<'a> {
    state: &'a State,
    board: &'a OrgBoard,
    selected: bool,
    narrow: bool,
    now: DateTime<Utc>,
}

impl Teller<'_> {
    fn style(&self, meaning: Meaning) -> Style {
        let theme = self.state.theme;
        if self.selected { theme.lit(meaning) } else { theme.text(meaning) }
    }

    fn one(&self, text: impl Into<String>, meaning: Meaning) -> Line<'static> {
        let style = self.style(meaning);
        let style = if meaning == Meaning::Warn { style.add_modifier(Modifier::BOLD) } else { style };
        Line::from(Span::styled(text.into(), style))
    }

    fn warned(&self, text: &str) -> Line<'static> {
        self.one(format!("{} {text}", self.state.glyphs.get(Glyph::Warn)), Meaning::Warn)
    }

    fn cell(&self, key: Key) -> Line<'static> {
        let (board, facts) = (self.board, &self.board.facts);
        let muted = |text: String| self.one(text, Meaning::Muted);
        let known = |text: Option<String>| muted(text.unwrap_or_else(|| "?".to_owned()));
        match key {
            Key::Org => {
                let meaning = if troubled(board) || board.failure.is_some() { Meaning::Strong } else { Meaning::Text };
                // Where the column of kinds is dropped.
                let sandbox = if self.narrow && board.sandbox == Some(true) { " SB" } else { "" };
                self.one(format!("{}{sandbox}", steady(board.name.as_str())), meaning)
            }
            Key::Kind => known(board.sandbox.map(kind)),
            Key::Edition => {
                known(facts.edition.as_ref().map(|edition| steady(edition.as_str()).replace(" Edition", "")))
            }
            Key::App => match facts.app_installed {
                Some(true) => muted("installed".to_owned()),
                Some(false) => self.warned("no row"),
                None if self.missing_app() => muted("not permitted".to_owned()),
                None => muted("?".to_owned()),
            },
            Key::Policy => known(policy(board, self.state.glyphs)),
            Key::Rotation if board.rotation == Rotation::On => self.warned("on"),
            Key::Rotation => muted(rotation(board.rotation).to_owned()),
            Key::Usage => match facts.usage {
                Some(usage) => {
                    let percent = usage.percent();
                    let part = usize::try_from(percent).unwrap_or(100);
                    let mut line = meter::quiet(self.state.glyphs, self.state.theme, METER, part, 100, self.selected);
                    let meaning = if percent >= 90 { Meaning::Warn } else { Meaning::Muted };
                    line.spans.extend(self.one(format!(" {percent:>3}%"), meaning).spans);
                    line
                }
                None => muted("?".to_owned()),
            },
            Key::Users => muted(if board.refused.is_some() { "?".to_owned() } else { board.users.len().to_string() }),
            Key::Full => {
                let full = board.users.iter().filter(|user| user.is_full(board.slot_limit)).count();
                if board.refused.is_some() {
                    return muted("?".to_owned());
                }
                self.one(full.to_string(), if full > 0 { Meaning::Text } else { Meaning::Muted })
            }
            Key::Sites => muted(board.sites.to_string()),
            Key::Read if board.failure.is_some() => {
                let age = board.answered_at.map_or_else(|| "never".to_owned(), |at| age::since(at, self.now));
                self.one(age, Meaning::Warn)
            }
            Key::Read => muted(board.answered_at.map_or_else(|| "never".to_owned(), |at| age::since(at, self.now))),
        }
    }

    /// Whether the app's row may not be read.
    fn missing_app(&self) -> bool {
        let setup = crate::model::Permission::ViewSetup.to_string();
        self.board.facts.missing.iter().any(|refused| refused.permission == setup)
    }
}

fn kind(sandbox: bool) -> String {
    if sandbox { "sandbox" } else { "production" }.to_owned()
}
