//! The fields of one site: what it maps to what, the worst first, over what is to be said of the selected line and of the
//! reading itself.

use super::fields::by;
use crate::model::{FieldsRead, age};
use crate::ui::glyphs::Glyph;
use crate::ui::page::{Page, Split};
use crate::ui::panes::detail::fold;
use crate::ui::state::State;
use crate::ui::state::fields::{FieldsPage, PairLine, Said};
use crate::ui::theme::Meaning;
use crate::ui::view::inner;
use crate::ui::widgets::pen::{line_width, steady};
use crate::ui::widgets::table::{self, Column, Look, Row};
use crate::ui::widgets::{Pen, hairline};
use chrono::{DateTime, Utc};
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

/// Rows of what is told of the selected line.
const TOLD: u16 = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Sign,
    Field,
    CrmField,
    Label,
    Kind,
    What,
}

/// Rows that the list has.
pub fn rows(state: &State) -> usize {
    state.fields_page().map_or(1, |open| usize::from(split(&state.page(), open).list.height)).max(1)
}

fn split(page: &Page, open: &FieldsPage) -> Split {
    page.above(open.shown.len(), TOLD)
}

/// Whether seconds are counted on the page that is shown.
pub fn counts_seconds(state: &State) -> bool {
    state.fields_page().is_some_and(|open| open.asked_at.is_some())
}

/// Draws the page.
pub fn draw(pen: &mut Pen<'_>, state: &State, page: &Page, now: DateTime<Utc>) {
    let Some(open) = state.fields_page() else { return };
    let theme = state.theme;
    vitals(pen, state, open, inner(page.vitals), now);
    let split = split(page, open);
    let look = Look { head: theme.text(Meaning::Faint), select: theme.select(), edge: theme.edge() };
    let columns = table::place(&columns(page), split.list.width.saturating_sub(2));
    table::heads(pen, split.heads, &columns, look);
    if open.shown.is_empty() {
        let words = match &open.read {
            None if open.asked_at.is_some() => "Being asked: one call, and nothing is refreshed.",
            None if open.untold.is_some() => "Nothing is known of its fields.",
            None => "Reading what is known.",
            Some(_) if open.filter.is_empty() => "It maps no field.",
            Some(_) => "No name holds that.",
        };
        pen.text(2, split.list.y, split.list.width.saturating_sub(4), words, theme.text(Meaning::Muted));
    }
    let visible = (open.offset..open.shown.len()).take(usize::from(split.list.height));
    for (y, place) in (split.list.y..).zip(visible) {
        let Some(line) = open.shown.get(place).and_then(|place| open.lines.get(*place)) else { continue };
        let selected = place == open.cursor;
        let cells = columns.iter().map(|column| cell(state, line, column.column.key, selected)).collect();
        let row = Row { cells, selected, gap_before: false };
        table::rows(pen, Rect { y, height: 1, ..split.list }, &columns, &[row], look);
    }
    let (name, position) = match open.line() {
        Some(line) => {
            let last = (open.offset + usize::from(split.list.height)).min(open.shown.len());
            let name = match &line.field {
                Some(field) => format!("{field} to {}", line.crm_field),
                None => line.crm_field.to_string(),
            };
            (steady(&name), format!("{}-{last} of {}", open.offset + 1, open.shown.len()))
        }
        None => (String::new(), String::new()),
    };
    let rule = hairline::line(state.glyphs, theme, split.title.width, [Glyph::Line; 2], &name, &position);
    pen.line(split.title.x, split.title.y, split.title.width, &rule);
    let told = told(state, open, split.detail, now);
    for (y, line) in (split.detail.y..split.detail.bottom()).zip(&told) {
        pen.line(split.detail.x, y, split.detail.width, line);
    }
}

/// `Contact   44 mapped   × 2 missing                    212 fields, read 2m ago by the site`
fn vitals(pen: &mut Pen<'_>, state: &State, open: &FieldsPage, row: Rect, now: DateTime<Utc>) {
    let theme = state.theme;
    let (muted, text) = (theme.text(Meaning::Muted), theme.text(Meaning::Text));
    let bold = |meaning| theme.text(meaning).add_modifier(Modifier::BOLD);
    let mut line = Line::default();
    if let Some(read) = &open.read {
        line.push_span(Span::styled(steady(read.fields.description.object.as_str()), bold(Meaning::Strong)));
        line.push_span(Span::styled(format!("   {}", read.fields.mapping.mapped.len()), text));
        line.push_span(Span::styled(" mapped   ", muted));
    }
    for (said, word, sign, meaning) in [
        (Said::Missing, "missing", Glyph::Fail, Meaning::Bad),
        (Said::Required, "not given", Glyph::Warn, Meaning::Warn),
        (Said::ReadOnly, "read only", Glyph::Warn, Meaning::Warn),
    ] {
        let count = open.count(said);
        if count > 0 {
            line.push_span(Span::styled(format!("{} {count} {word}   ", state.glyphs.get(sign)), bold(meaning)));
        }
    }
    if !open.filter.is_empty() {
        line.push_span(Span::styled(format!("filter {}   ", steady(&open.filter)), muted));
    }
    if let Some(last) = line.spans.last_mut() {
        last.content = last.content.trim_end().to_owned().into();
    }
    let asked = open.asked_at.map(|at| format!("asking {}s", (now - at).num_seconds().max(0)));
    let seen = open.read.as_ref().map(|read| format!("read {} ago", age::since(read.fields.seen_at(), now)));
    let style = if open.asked_at.is_some() { theme.text(Meaning::Accent) } else { muted };
    let both: Vec<String> = seen.into_iter().chain(asked.clone()).collect();
    // Where both have no room, that it is being asked is what changes.
    let mut rights =
        [Some(both.join("   ")), asked].into_iter().flatten().map(|text| Line::from(Span::styled(text, style)));
    match rights.find(|right| line_width(&line) + 2 + line_width(right) <= row.width) {
        Some(right) => pen.both(row.x, row.y, row.width, &line, &right),
        None => pen.line(row.x, row.y, row.width, &line),
    }
}

fn columns(page: &Page) -> Vec<Column<Key>> {
    let wide = page.area.width >= 100;
    let gap = if wide { 2 } else { 1 };
    let text = |key, head, width, drops| Column { key, head, width, gap, right: false, drops };
    vec![
        Column { gap: 2, ..text(Key::Sign, "", 1, None) },
        text(Key::Field, "WORDPRESS", if wide { 24 } else { 17 }, None),
        text(Key::CrmField, "SALESFORCE", if wide { 24 } else { 18 }, None),
        text(Key::Label, "LABEL", 22, Some(1)),
        text(Key::Kind, "TYPE", 13, Some(2)),
        text(Key::What, "WHAT", 20, None),
    ]
}

/// The sign of a line, and how loud it is.
fn sign(said: Said) -> (Glyph, Meaning) {
    match said {
        Said::Missing => (Glyph::Fail, Meaning::Bad),
        Said::Required | Said::ReadOnly => (Glyph::Warn, Meaning::Warn),
        Said::MissingUnsynced | Said::Unsynced => (Glyph::Free, Meaning::Muted),
        Said::Well => (Glyph::Ok, Meaning::Muted),
    }
}

/// In the list.
fn short(said: Said) -> &'static str {
    match said {
        Said::Missing => "missing",
        Said::Required => "required, not given",
        Said::ReadOnly => "read only",
        Said::MissingUnsynced => "missing, not synced",
        Said::Unsynced => "not synced",
        Said::Well => "",
    }
}

/// As a sentence.
fn sentence(said: Said) -> &'static str {
    match said {
        Said::Missing => {
            "Values go nowhere: the object has no such field, or the user who described it may not see it."
        }
        Said::Required => {
            "It must be given when a record is made, and nothing that is synced is mapped to it: no record is made."
        }
        Said::ReadOnly => "Nobody may write it: values are not sent.",
        Said::MissingUnsynced => "The object has no such field. It is not synced, so nothing is lost.",
        Said::Unsynced => "It is mapped and not synced.",
        Said::Well => "Values are sent.",
    }
}

fn cell(state: &State, line: &PairLine, key: Key, selected: bool) -> Line<'static> {
    let theme = state.theme;
    let style = |meaning| {
        let style = if selected { theme.lit(meaning) } else { theme.text(meaning) };
        if matches!(meaning, Meaning::Bad | Meaning::Warn) { style.add_modifier(Modifier::BOLD) } else { style }
    };
    let (glyph, loud) = sign(line.said);
    let names = if line.said <= Said::ReadOnly { Meaning::Strong } else { Meaning::Text };
    let told = |pick: fn(&(crate::model::Clean, crate::model::Clean)) -> &crate::model::Clean| {
        line.told.as_ref().map_or_else(|| "?".to_owned(), |told| steady(pick(told).as_str()))
    };
    let (text, meaning) = match key {
        Key::Sign => (state.glyphs.get(glyph).to_owned(), loud),
        Key::Field => (line.field.as_ref().map_or_else(|| "-".to_owned(), |name| steady(name.as_str())), names),
        Key::CrmField => (steady(line.crm_field.as_str()), names),
        Key::Label => (told(|told| &told.0), Meaning::Muted),
        Key::Kind => (told(|told| &told.1), Meaning::Muted),
        Key::What => (short(line.said).to_owned(), loud),
    };
    Line::styled(text, style(meaning))
}

/// What keeps it from being known or makes it doubtful first, then what is to be said of the selected line.
fn told(state: &State, open: &FieldsPage, area: Rect, now: DateTime<Utc>) -> Vec<Line<'static>> {
    let theme = state.theme;
    let mut lines = Vec::new();
    let mut say = |text: &str, meaning| {
        let style = theme.text(meaning);
        let style = if meaning == Meaning::Warn { style.add_modifier(Modifier::BOLD) } else { style };
        let parts = fold(text, [area.width; 2], 2, state.glyphs);
        lines.extend(parts.into_iter().map(|part| Line::styled(part, style)));
    };
    let warn = state.glyphs.get(Glyph::Warn);
    if let Some(untold) = &open.untold {
        say(&format!("{warn} {}", untold.why), Meaning::Warn);
        say(&format!("{}. R asks again.", untold.advice), Meaning::Text);
    }
    if let Some(line) = open.line() {
        let told = line.told.as_ref().map(|(label, kind)| format!("{label}, {kind}. ")).unwrap_or_default();
        say(&format!("{told}{}", sentence(line.said)), Meaning::Text);
    }
    if let Some(read) = &open.read {
        for doubt in doubts(read, now) {
            say(&format!("{warn} {doubt}"), Meaning::Warn);
        }
        let fields = &read.fields;
        let (count, ago) = (fields.description.fields.len(), age::since(fields.described_at, now));
        let object = &fields.description.object;
        say(&format!("{object} has {count} fields, described {ago} ago {}.", by(&fields.by)), Meaning::Muted);
    }
    lines
}

/// Why what is shown may not be what is so.
fn doubts(read: &FieldsRead, now: DateTime<Utc>) -> Vec<String> {
    let described = read.undescribed.as_ref().map(|why| format!("the site could not describe it itself: {why}"));
    let mapped = read
        .unmapped
        .as_ref()
        .map(|why| format!("the mapping was told {} ago: {why}", age::since(read.fields.mapping_seen_at, now)));
    described.into_iter().chain(mapped).chain(read.unkept.clone()).collect()
}
