//! The list of sites: which columns a page has room for, and the rows that are visible.

use crate::model::{SiteName, Target};
use crate::ui::page::Page;
use crate::ui::panes::cells::Cells;
use crate::ui::panes::word;
use crate::ui::state::{Order, State, order};
use crate::ui::theme::Meaning;
use crate::ui::widgets::Pen;
use crate::ui::widgets::table::{self, Column, Look, Placed, Row};
use chrono::{DateTime, TimeDelta, Utc};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// The first cell of a site's name.
const NAME_AT: u16 = 11;

/// The columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    State,
    Site,
    Owner,
    Slot,
    Life,
    Uses,
    Proof,
    Why,
}

/// Draws heads and visible rows.
pub fn draw(pen: &mut Pen<'_>, state: &State, page: &Page, now: DateTime<Utc>) {
    let theme = state.theme;
    let look = Look { head: theme.text(Meaning::Faint), select: theme.select(), edge: theme.edge() };
    let margin = margin(page);
    let within = |area: Rect| Rect { width: area.width.saturating_sub(margin), ..area };
    let columns = table::place(&columns(page.area.width), page.list.width - margin);
    table::heads(pen, within(page.heads), &columns, look);
    if state.sites().shown.is_empty() {
        nothing(pen, state, page);
        return;
    }
    let rows = rows(state, page, &columns, now);
    table::rows(pen, within(page.list), &columns, &rows, look);
    if !page.foot.is_empty() {
        foot(pen, state, page);
    }
}

/// Cells left free at the right: below 100 columns the last column may use the page's last cells, and beside a hairline
/// the list ends a cell before it anyway.
fn margin(page: &Page) -> u16 {
    if page.area.width >= 100 && page.divider.is_empty() { 2 } else { 0 }
}

/// `15 more, all OK                                                       1-27 of 42`
fn foot(pen: &mut Pen<'_>, state: &State, page: &Page) {
    let theme = state.theme;
    let sites = state.sites();
    let (position, below) = position(state, page);
    let row = |place: usize| state.picture.rows.get(*sites.shown.get(place)?);
    let more = sites.shown.len().saturating_sub(below);
    // By risk the rows come by health: where the next and the last agree, all between them do.
    let by_health = sites.order == Order::Risk && !sites.stale && sites.pending == 0;
    let left = match (row(below), row(sites.shown.len().saturating_sub(1))) {
        _ if more == 0 => String::new(),
        (Some(next), Some(last)) if by_health && next.health == last.health => {
            format!("{more} more, all {}", word(next.health))
        }
        _ => format!("{more} more"),
    };
    let one = |text: String, meaning| Line::from(Span::styled(text, theme.text(meaning)));
    let (x, y) = (page.foot.x + NAME_AT, page.foot.y);
    let width = page.foot.width.saturating_sub(NAME_AT + margin(page));
    pen.both(x, y, width, &one(left, Meaning::Faint), &one(position, Meaning::Muted));
}

/// Which rows are visible, of how many, and the place after the last of them: `1-14 of 42`. Of a fleet that is still
/// being read the number of all is that of the counts.
pub fn position(state: &State, page: &Page) -> (String, usize) {
    let sites = state.sites();
    let all = if state.picture.partial && !state.facts().filtered {
        state.picture.counts.total().max(sites.shown.len())
    } else {
        sites.shown.len()
    };
    let mut shown = sites.window(usize::from(page.list.height)).map(|(place, _)| place);
    let Some(first) = shown.next() else { return (String::new(), 0) };
    let last = shown.last().unwrap_or(first);
    (format!("{}-{} of {all}", first + 1, last + 1), last + 1)
}

/// The columns that a page of this width is offered; the table drops more of them where the last gets too narrow.
fn columns(page_width: u16) -> Vec<Column<Key>> {
    let apart = if page_width >= 100 { 2 } else { 1 };
    let (site, owner) = match page_width {
        ..100 => (19, 12),
        100..160 => (19, 13),
        _ => (20, 13),
    };
    let text = |key, head, width, gap, drops| Column { key, head, width, gap, right: false, drops };
    let figure = |key, head, width, gap, drops| Column { key, head, width, gap, right: true, drops };
    let mut columns = vec![
        text(Key::State, " STATE", 8, 1, None),
        // The cell between state and site is the place of a mark.
        text(Key::Site, "SITE", site, 2, None),
        text(Key::Owner, "ORG/USER", owner, 1, Some(4)),
        figure(Key::Slot, "SLOT", 4, 1, Some(5)),
        figure(Key::Life, "LIFE", 4, apart, None),
        figure(Key::Uses, "USES", 4, apart, Some(2)),
        figure(Key::Proof, "PROOF", 5, apart, Some(3)),
        text(Key::Why, "WHY", 0, apart, None),
    ];
    match page_width {
        ..80 => columns.retain(|c| matches!(c.key, Key::State | Key::Site | Key::Life | Key::Why)),
        80..100 => columns.retain(|c| c.key != Key::Uses),
        _ => {}
    }
    columns
}

fn rows(state: &State, page: &Page, columns: &[Placed<Key>], now: DateTime<Utc>) -> Vec<Row> {
    let sites = state.sites();
    let visible = sites.window(usize::from(page.list.height));
    visible
        .filter_map(|(place, gap_before)| {
            let row = state.picture.rows.get(*sites.shown.get(place)?)?;
            let selected = place == sites.cursor;
            let pending = order::pending(row, &state.picture.poll);
            let asked = pending.then(|| asked_at(state, &row.name)).flatten();
            let cells = Cells { row, selected, pending, asked, theme: state.theme, glyphs: state.glyphs, now };
            let cell = |placed: &Placed<Key>| match placed.column.key {
                Key::State => cells.state(),
                Key::Site => cells.site(),
                Key::Owner => cells.owner(),
                Key::Slot => cells.slot(),
                Key::Life => cells.life(),
                Key::Uses => cells.uses(),
                Key::Proof => cells.proof(),
                Key::Why => cells.why(),
            };
            Some(Row { cells: columns.iter().map(cell).collect(), selected, gap_before })
        })
        .collect()
}

/// Since when a site is being asked.
fn asked_at(state: &State, name: &SiteName) -> Option<DateTime<Utc>> {
    let asked = &state.picture.poll.asked;
    asked.iter().find(|(target, _)| matches!(target, Target::Site(site) if site == name)).map(|(_, at)| *at)
}

/// Whether a visible row counts the seconds of its first look: the operator waits for it, for a minute at most.
pub fn counts_seconds(state: &State, now: DateTime<Utc>) -> bool {
    let sites = state.sites();
    let height = usize::from(state.page().list.height);
    let mut visible = sites.window(height).filter_map(|(place, _)| state.picture.rows.get(*sites.shown.get(place)?));
    visible.any(|row| {
        let asked = order::pending(row, &state.picture.poll).then(|| asked_at(state, &row.name)).flatten();
        asked.is_some_and(|at| now - at < TimeDelta::minutes(1))
    })
}

fn nothing(pen: &mut Pen<'_>, state: &State, page: &Page) {
    let all = state.picture.rows.len();
    let text = format!("0 of {all} match {}", state.sites().query.trim());
    let (x, y, width) = (page.list.x + NAME_AT, page.list.y, page.list.width.saturating_sub(NAME_AT + 2));
    pen.text(x, y, width, &text, state.theme.text(Meaning::Text));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(width: u16) -> Vec<(&'static str, u16, u16)> {
        let margin = if width >= 100 { 2 } else { 0 };
        table::place(&columns(width), width - margin)
            .iter()
            .map(|p| (p.column.head.trim(), p.x, p.x + p.width - 1))
            .collect()
    }

    #[test]
    fn columns_stand_where_the_picture_has_them() {
        assert_eq!(
            places(80),
            [
                ("STATE", 1, 8),
                ("SITE", 11, 29),
                ("ORG/USER", 31, 42),
                ("SLOT", 44, 47),
                ("LIFE", 49, 52),
                ("PROOF", 54, 58),
                ("WHY", 60, 79)
            ]
        );
        assert_eq!(
            places(120),
            [
                ("STATE", 1, 8),
                ("SITE", 11, 29),
                ("ORG/USER", 31, 43),
                ("SLOT", 45, 48),
                ("LIFE", 51, 54),
                ("USES", 57, 60),
                ("PROOF", 63, 67),
                ("WHY", 70, 117)
            ]
        );
        assert_eq!(places(60), [("STATE", 1, 8), ("SITE", 11, 29), ("LIFE", 31, 34), ("WHY", 36, 59)]);
        assert_eq!(places(160)[1], ("SITE", 11, 30));
    }
}
