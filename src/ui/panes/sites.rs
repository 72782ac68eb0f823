//! The list of sites: which columns a page has room for, and the rows that are visible.

use crate::model::{SiteName, Target, Wire};
use crate::ui::action::Action;
use crate::ui::page::Page;
use crate::ui::panes::cells::Cells;
use crate::ui::panes::word;
use crate::ui::state::{Order, Pane, State, order};
use crate::ui::theme::Meaning;
use crate::ui::widgets::Pen;
use crate::ui::widgets::pen::{fit, steady, width};
use crate::ui::widgets::table::{self, Column, Look, Placed, Row};
use chrono::{DateTime, TimeDelta, Utc};
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

/// The first cell of a site's name.
const NAME_AT: u16 = 11;
/// A mark every two hours.
#[expect(clippy::cast_possible_truncation, reason = "twelve")]
const WIRE: u16 = Wire::CELLS as u16;

/// The columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    State,
    Mark,
    Site,
    Wire,
    Owner,
    Slot,
    Life,
    Uses,
    Proof,
    Object,
    Why,
}

/// Draws heads and visible rows.
pub fn draw(pen: &mut Pen<'_>, state: &State, page: &Page, now: DateTime<Utc>) {
    let theme = state.theme;
    let focused = state.sites().focus == Pane::List;
    let (select, edge) =
        if focused { (theme.select(), theme.edge()) } else { (theme.raised(), theme.text(Meaning::Muted)) };
    let look = Look { head: theme.text(Meaning::Faint), select, edge };
    let margin = margin(page);
    let within = |area: Rect| Rect { width: area.width.saturating_sub(margin), ..area };
    let columns = table::place(&columns(page.area.width, state.sites().wide), page.list.width - margin);
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
///
/// Wide, all are offered, and that of the object; below 120 columns, where both can not be read, it takes the place of
/// the reason, which the strip tells.
fn columns(page_width: u16, wide: bool) -> Vec<Column<Key>> {
    let apart = if page_width >= 100 { 2 } else { 1 };
    let site = if page_width < 140 { 19 } else { 20 };
    let owner = if page_width < 120 { 12 } else { 13 };
    let text = |key, head, width, gap, drops| Column { key, head, width, gap, right: false, drops };
    let figure = |key, head, width, gap, drops| Column { key, head, width, gap, right: true, drops };
    let mut columns = vec![
        text(Key::State, " STATE", 8, 1, None),
        text(Key::Mark, "", 1, 1, None),
        text(Key::Site, "SITE", site, 0, None),
        text(Key::Wire, "24 HOURS", WIRE, 1, Some(1)),
        text(Key::Owner, "ORG/USER", owner, 1, Some(4)),
        figure(Key::Slot, "SLOT", 4, 1, Some(5)),
        figure(Key::Life, "LIFE", 4, apart, None),
        figure(Key::Uses, "USES", 4, apart, Some(2)),
        figure(Key::Proof, "PROOF", 5, apart, Some(3)),
        text(Key::Object, "OBJECT", 14, apart, None),
        text(Key::Why, "WHY", 0, apart, None),
    ];
    let dropped: &[Key] = match page_width {
        _ if wide && page_width < 120 => &[Key::Why],
        _ if wide => &[],
        ..80 => &[Key::Wire, Key::Owner, Key::Slot, Key::Uses, Key::Proof, Key::Object],
        80..100 => &[Key::Wire, Key::Uses, Key::Object],
        100..120 => &[Key::Uses, Key::Object],
        120..140 => &[Key::Wire, Key::Object],
        140.. => &[Key::Object],
    };
    columns.retain(|column| !dropped.contains(&column.key));
    columns
}

fn rows(state: &State, page: &Page, columns: &[Placed<Key>], now: DateTime<Utc>) -> Vec<Row> {
    let sites = state.sites();
    let range = sites.range(&state.picture.rows);
    let visible = sites.window(usize::from(page.list.height));
    visible
        .filter_map(|(place, gap_before)| {
            let row = state.picture.rows.get(*sites.shown.get(place)?)?;
            // On the raised ground of a pane without the focus greys keep their step.
            let selected = place == sites.cursor;
            let lit = selected && sites.focus == Pane::List;
            let pending = order::pending(row, &state.picture.poll);
            let asked = pending.then(|| asked_at(state, &row.name)).flatten();
            let in_range = range.is_some_and(|(first, last)| (first..=last).contains(&place));
            let marked = in_range || sites.marked.contains(&row.name);
            let cells =
                Cells { row, selected: lit, pending, marked, asked, theme: state.theme, glyphs: state.glyphs, now };
            let cell = |placed: &Placed<Key>| match placed.column.key {
                Key::State => cells.state(),
                Key::Mark => cells.mark(),
                Key::Wire => cells.wire(),
                Key::Object => cells.object(),
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
    let theme = state.theme;
    let (x, y, cells) = (page.list.x + NAME_AT, page.list.y, page.list.width.saturating_sub(NAME_AT + 2));
    let (text, key) = (theme.text(Meaning::Text), theme.text(Meaning::Accent).add_modifier(Modifier::BOLD));
    let found = format!("0 of {all} match ");
    let way_out = state.keymap.key_of(Action::ShowAll, state.context()).map(|key| key.to_string());
    let [dot, clears] = if way_out.is_some() { [". ", " clears."] } else { [".", ""] };
    let way_out = way_out.unwrap_or_default();
    // The way out stays, however long the filter is.
    let room = cells.saturating_sub(width(&found) + width(dot) + width(&way_out) + width(clears));
    let asked = fit(&steady(state.sites().narrowing.asked()), room, pen.glyphs);
    let line = Line::from(vec![
        Span::styled(found, text),
        Span::styled(asked, theme.text(Meaning::Strong).add_modifier(Modifier::BOLD)),
        Span::styled(dot, text),
        Span::styled(way_out, key),
        Span::styled(clears, text),
    ]);
    pen.line(x, y, cells, &line);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The places of heads on a list of `list` cells of a page of `page`.
    fn places(page: u16, list: u16, wide: bool) -> Vec<(&'static str, u16, u16)> {
        let placed = table::place(&columns(page, wide), list);
        let told = placed.iter().filter(|p| p.column.key != Key::Mark);
        told.map(|p| (p.column.head.trim(), p.x, p.x + p.width - 1)).collect()
    }

    #[test]
    fn columns_stand_where_the_picture_has_them() {
        assert_eq!(
            places(80, 80, false),
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
            places(100, 98, false),
            [
                ("STATE", 1, 8),
                ("SITE", 11, 29),
                ("24 HOURS", 31, 42),
                ("ORG/USER", 44, 55),
                ("SLOT", 57, 60),
                ("LIFE", 63, 66),
                ("PROOF", 69, 73),
                ("WHY", 76, 97)
            ]
        );
        assert_eq!(
            places(120, 118, false),
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
        assert_eq!(
            places(160, 111, false),
            [
                ("STATE", 1, 8),
                ("SITE", 11, 30),
                ("24 HOURS", 32, 43),
                ("ORG/USER", 45, 57),
                ("SLOT", 59, 62),
                ("LIFE", 65, 68),
                ("USES", 71, 74),
                ("PROOF", 77, 81),
                ("WHY", 84, 110)
            ]
        );
        assert_eq!(places(60, 60, false), [("STATE", 1, 8), ("SITE", 11, 29), ("LIFE", 31, 34), ("WHY", 36, 59)]);
    }

    #[test]
    fn wide_brings_the_object_and_as_much_of_the_rest_as_fits() {
        let heads = |page, list| places(page, list, true).iter().map(|(head, ..)| *head).collect::<Vec<_>>().join(" ");
        assert_eq!(heads(80, 80), "STATE SITE ORG/USER SLOT LIFE USES PROOF OBJECT");
        assert_eq!(heads(160, 156), "STATE SITE 24 HOURS ORG/USER SLOT LIFE USES PROOF OBJECT WHY");
        assert!(heads(160, 111).ends_with("PROOF OBJECT WHY"));
    }

    #[test]
    fn beside_a_detail_the_wire_drops_first() {
        let heads: Vec<_> = places(140, 91, false).iter().map(|(head, ..)| *head).collect();
        assert!(!heads.contains(&"24 HOURS") && heads.contains(&"USES"));
    }
}
