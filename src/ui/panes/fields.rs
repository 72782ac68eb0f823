//! Sites by their fields: what each maps, what of it leads nowhere, and how old that is; over what is known of the selected one.

mod facts;

pub(super) use facts::by;

use crate::model::{FieldsBrief, FieldsRow, SiteRow, age};
use crate::ui::glyphs::Glyph;
use crate::ui::page::{Page, Split};
use crate::ui::panes::detail::{flow, furthest, scrolled};
use crate::ui::panes::vitals::sorted;
use crate::ui::state::State;
use crate::ui::theme::Meaning;
use crate::ui::view::inner;
use crate::ui::widgets::pen::steady;
use crate::ui::widgets::table::{self, Column, Look, Row};
use crate::ui::widgets::{Pen, hairline};
use chrono::{DateTime, Utc};
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Site,
    Org,
    Object,
    Mapped,
    Stored,
    Missing,
    Required,
    ReadOnly,
    Read,
    What,
}

/// Rows of what is told of the selected site.
const TOLD: u16 = 12;

/// Rows that the list has.
pub fn rows(state: &State) -> usize {
    usize::from(split(&state.page(), state.screens.fields.shown.len()).list.height).max(1)
}

fn split(page: &Page, lines: usize) -> Split {
    page.above(lines, TOLD)
}

/// Draws the view.
pub fn draw(pen: &mut Pen<'_>, state: &State, page: &Page, now: DateTime<Utc>) {
    let fields = &state.screens.fields;
    let split = split(page, fields.shown.len());
    let theme = state.theme;
    vitals(pen, state, page);
    let look = Look { head: theme.text(Meaning::Faint), select: theme.select(), edge: theme.edge() };
    let columns = table::place(&columns(page), split.list.width.saturating_sub(2));
    table::heads(pen, split.heads, &columns, look);
    if fields.shown.is_empty() {
        let words = if fields.filter.is_empty() { "No site is configured." } else { "No name holds that." };
        pen.text(2, split.list.y, split.list.width.saturating_sub(4), words, theme.text(Meaning::Muted));
    }
    let visible = (fields.offset..fields.shown.len()).take(usize::from(split.list.height));
    for (y, place) in (split.list.y..).zip(visible) {
        let Some((row, known)) = state.fields_at(place) else { continue };
        let one = Teller { state, row, known, selected: place == fields.cursor, now };
        let cells = columns.iter().map(|column| one.cell(column.column.key)).collect();
        let line = Row { cells, selected: one.selected, gap_before: false };
        table::rows(pen, Rect { y, height: 1, ..split.list }, &columns, &[line], look);
    }
    let Some((row, known)) = state.fields_at(fields.cursor) else { return };
    let last = (fields.offset + usize::from(split.list.height)).min(fields.shown.len());
    let position = format!("{}-{last} of {}", fields.offset + 1, fields.shown.len());
    let name = steady(row.name.as_str());
    let line = hairline::line(state.glyphs, theme, split.title.width, [Glyph::Line; 2], &name, &position);
    pen.line(split.title.x, split.title.y, split.title.width, &line);
    let sections = facts::sections(state, row, known, split.detail.width, now);
    scrolled(pen, state, split.detail, &flow(&sections), fields.detail_offset);
}

/// How many lines of what is told of the selected site do not fit: as far as it scrolls.
pub fn hidden(state: &State, now: DateTime<Utc>) -> usize {
    let fields = &state.screens.fields;
    let Some((row, known)) = state.fields_at(fields.cursor) else { return 0 };
    let area = split(&state.page(), fields.shown.len()).detail;
    furthest(flow(&facts::sections(state, row, known, area.width, now)).len(), area.height)
}

/// `42 sites   17 read   ▲ 2 map a field that is missing                 by risk`
fn vitals(pen: &mut Pen<'_>, state: &State, page: &Page) {
    let theme = state.theme;
    let (muted, text) = (theme.text(Meaning::Muted), theme.text(Meaning::Text));
    let warn = theme.text(Meaning::Warn).add_modifier(Modifier::BOLD);
    let fields = &state.screens.fields;
    let sites = fields.shown.len();
    let mut line = Line::default();
    for (count, word) in [(sites, if sites == 1 { "site" } else { "sites" }), (fields.totals.read, "read")] {
        line.push_span(Span::styled(count.to_string(), text));
        line.push_span(Span::styled(format!(" {word}   "), muted));
    }
    let sign = state.glyphs.get(Glyph::Warn);
    for (count, one, several) in [
        (fields.totals.missing, "maps a missing field", "map missing fields"),
        (fields.totals.drifted, "drifted", "drifted"),
        (fields.totals.unmapped, "lacks a required one", "lack required ones"),
    ] {
        if count > 0 {
            line.push_span(Span::styled(format!("{sign} {count} {}   ", if count == 1 { one } else { several }), warn));
        }
    }
    sorted(pen, theme, inner(page.vitals), &line, (&fields.filter, fields.order.name()));
}

fn columns(page: &Page) -> Vec<Column<Key>> {
    let wide = page.area.width >= 100;
    let gap = if wide { 2 } else { 1 };
    let text = |key, head, width, drops| Column { key, head, width, gap, right: false, drops };
    let figure = |key, head, width, drops| Column { key, head, width, gap, right: true, drops };
    vec![
        Column { gap: 2, ..text(Key::Site, "SITE", if wide { 24 } else { 19 }, None) },
        text(Key::Org, "ORG", 10, Some(3)),
        text(Key::Object, "OBJECT", 12, Some(2)),
        figure(Key::Mapped, "MAPPED", 6, None),
        figure(Key::Stored, "STORED", 6, Some(1)),
        figure(Key::Missing, "MISSING", 7, None),
        figure(Key::Required, "REQUIRED", 8, None),
        figure(Key::ReadOnly, "READ ONLY", 9, Some(4)),
        figure(Key::Read, "READ", 5, None),
        text(Key::What, "WHAT", 0, None),
    ]
}

struct Teller<'a> {
    state: &'a State,
    row: &'a SiteRow,
    known: Option<&'a FieldsRow>,
    selected: bool,
    now: DateTime<Utc>,
}

impl Teller<'_> {
    fn one(&self, text: impl Into<String>, meaning: Meaning) -> Line<'static> {
        let theme = self.state.theme;
        let style = if self.selected { theme.lit(meaning) } else { theme.text(meaning) };
        let loud = matches!(meaning, Meaning::Warn | Meaning::Bad);
        Line::from(Span::styled(text.into(), if loud { style.add_modifier(Modifier::BOLD) } else { style }))
    }

    fn read(&self) -> Option<&FieldsBrief> {
        self.known?.read.as_ref()
    }

    /// How many there are of what is wrong.
    fn amiss(&self, count: impl Fn(&FieldsBrief) -> usize, meaning: Meaning) -> Line<'static> {
        match self.read().map(count) {
            None => self.one("?", Meaning::Muted),
            Some(0) => self.one("0", Meaning::Muted),
            Some(count) => self.one(count.to_string(), meaning),
        }
    }

    fn cell(&self, key: Key) -> Line<'static> {
        let known = |text: Option<String>| self.one(text.unwrap_or_else(|| "?".to_owned()), Meaning::Muted);
        match key {
            Key::Site => {
                let troubled = self.known.is_some_and(FieldsRow::is_amiss);
                self.one(steady(self.row.name.as_str()), if troubled { Meaning::Strong } else { Meaning::Text })
            }
            Key::Org => known(self.row.org.as_ref().map(|org| steady(org.as_str()))),
            Key::Object => {
                let object = self.row.object_type.as_ref().or_else(|| Some(&self.read()?.object));
                known(object.map(|object| steady(object.as_str())))
            }
            Key::Mapped => {
                let told = self.known.and_then(|known| Some(known.mapped.as_ref()?.value as usize));
                known(told.or_else(|| Some(self.read()?.mapped)).map(|count| count.to_string()))
            }
            Key::Stored => known(self.known.and_then(|known| Some(known.stored?.to_string()))),
            Key::Missing => self.amiss(|read| read.missing.len(), Meaning::Bad),
            Key::Required => self.amiss(|read| read.unmapped.len(), Meaning::Warn),
            Key::ReadOnly => self.amiss(|read| read.read_only.len(), Meaning::Warn),
            Key::Read => {
                known(Some(self.read().map_or_else(|| "never".to_owned(), |read| age::since(read.seen_at(), self.now))))
            }
            Key::What => {
                let worst = self.known.and_then(FieldsRow::worst).unwrap_or_default();
                self.one(steady(&worst), Meaning::Text)
            }
        }
    }
}
