//! The page of a run over many sites: how far it is, a line for each site, and what is different at the selected one.

use crate::model::SiteName;
use crate::model::refreshing::{RefreshRun, RefreshTold};
use crate::ui::glyphs::Glyph;
use crate::ui::page::Page;
use crate::ui::state::State;
use crate::ui::theme::Meaning;
use crate::ui::view::inner;
use crate::ui::widgets::pen::{line_width, steady, wrap};
use crate::ui::widgets::table::{self, Column, Look, Row};
use crate::ui::widgets::{Pen, hairline};
use chrono::{DateTime, Utc};
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

/// Up to so many sites each has a sign of its own above the list.
const SIGNS: usize = 60;
/// Rows that one difference takes at most.
const SENTENCE: usize = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    State,
    Site,
    Topics,
    Fields,
    New,
    Gone,
    Changed,
    Result,
}

/// Rows that the list of sites has.
pub fn rows(state: &State) -> usize {
    let page = state.page();
    state.run().map_or(1, |(_, run)| usize::from(page.halves(run.sites.len()).list.height)).max(1)
}

/// Draws the page.
pub fn draw(pen: &mut Pen<'_>, state: &State, page: &Page, now: DateTime<Utc>) {
    let Some((open, run)) = state.run() else { return };
    let theme = state.theme;
    progress(pen, state, inner(page.vitals), run, now);
    let split = page.halves(run.sites.len());
    let look = Look { head: theme.text(Meaning::Faint), select: theme.select(), edge: theme.edge() };
    let columns = table::place(&columns(page), split.list.width.saturating_sub(2));
    table::heads(pen, split.heads, &columns, look);
    let visible = run.sites.iter().enumerate().skip(open.offset).take(usize::from(split.list.height));
    for (y, (place, (site, told))) in (split.list.y..).zip(visible) {
        let selected = place == open.cursor;
        let cells =
            columns.iter().map(|column| cell(state, site, told.as_ref(), column.column.key, selected)).collect();
        let row = Row { cells, selected, gap_before: false };
        table::rows(pen, Rect { y, height: 1, ..split.list }, &columns, &[row], look);
    }
    let Some((site, told)) = run.sites.get(open.cursor) else { return };
    let last = (open.offset + usize::from(split.list.height)).min(run.sites.len());
    let position = format!("{}-{last} of {}", open.offset + 1, run.sites.len());
    let rule =
        hairline::line(state.glyphs, theme, split.title.width, [Glyph::Line; 2], &steady(site.as_str()), &position);
    pen.line(split.title.x, split.title.y, split.title.width, &rule);
    let lines = facts(state, told.as_ref(), split.detail.width);
    let room = usize::from(split.detail.height);
    let fits = if lines.len() > room { room.saturating_sub(1) } else { room };
    for (y, line) in (split.detail.y..).zip(lines.iter().take(fits)) {
        pen.line(split.detail.x, y, split.detail.width, line);
    }
    if lines.len() > room && room > 0 {
        let words =
            format!("{} {} more: fusebox refresh-fields tells all", pen.glyphs.get(Glyph::Free), lines.len() - fits);
        let y = split.detail.bottom().saturating_sub(1);
        pen.text(split.detail.x, y, split.detail.width, &words, theme.text(Meaning::Faint));
    }
}

/// `× ● ● ·    8 done   1 not   3 to come                    0:31`
fn progress(pen: &mut Pen<'_>, state: &State, row: Rect, run: &RefreshRun, now: DateTime<Utc>) {
    let theme = state.theme;
    let [done, failed, left] = run.counts();
    let mut line = Line::default();
    if run.sites.len() <= SIGNS.min(usize::from(row.width / 4)) {
        for (_, told) in &run.sites {
            let (sign, meaning) = match told {
                None => (Glyph::Free, Meaning::Rule),
                Some(told) if told.good => (Glyph::Ok, Meaning::Done),
                Some(_) => (Glyph::Fail, Meaning::Bad),
            };
            line.push_span(Span::styled(format!("{} ", state.glyphs.get(sign)), theme.text(meaning)));
        }
        line.push_span(Span::raw("  "));
    }
    let muted = theme.text(Meaning::Muted);
    for (count, word, meaning) in
        [(done, "done", Meaning::Text), (failed, "not", Meaning::Bad), (left, "to come", Meaning::Text)]
    {
        if count > 0 || word == "done" {
            line.push_span(Span::styled(count.to_string(), theme.text(meaning).add_modifier(Modifier::BOLD)));
            line.push_span(Span::styled(format!(" {word}   "), muted));
        }
    }
    let took = now - run.began_at;
    let right = if run.over {
        Span::styled("over", muted)
    } else {
        let seconds = took.num_seconds().max(0);
        Span::styled(format!("{}:{:02}", seconds / 60, seconds % 60), muted)
    };
    let right = Line::from(right);
    if line_width(&line) + line_width(&right) <= row.width {
        pen.both(row.x, row.y, row.width, &line, &right);
    } else {
        pen.line(row.x, row.y, row.width, &line);
    }
}

/// Whether seconds are counted on the page that is shown.
pub fn counts_seconds(state: &State) -> bool {
    state.run().is_some_and(|(_, run)| !run.over)
}

fn columns(page: &Page) -> Vec<Column<Key>> {
    let wide = page.area.width >= 100;
    let gap = if wide { 2 } else { 1 };
    let text = |key, head, width| Column { key, head, width, gap, right: false, drops: None };
    let figure = |key, head, width, drops| Column { key, head, width, gap, right: true, drops };
    vec![
        Column { gap: 2, ..text(Key::State, "", 1) },
        text(Key::Site, "SITE", if wide { 26 } else { 20 }),
        figure(Key::Topics, "TOPICS", 6, Some(1)),
        figure(Key::Fields, "FIELDS", 6, Some(2)),
        figure(Key::New, "NEW", 4, None),
        figure(Key::Gone, "GONE", 4, None),
        figure(Key::Changed, "CHANGED", 7, Some(3)),
        text(Key::Result, "RESULT", 20),
    ]
}

fn cell(state: &State, site: &SiteName, told: Option<&RefreshTold>, key: Key, selected: bool) -> Line<'static> {
    let theme = state.theme;
    let style = |meaning| if selected { theme.lit(meaning) } else { theme.text(meaning) };
    let one = |text: String, meaning| Line::styled(text, style(meaning));
    let count = |sign: &str, n: usize| if n == 0 { String::new() } else { format!("{sign}{n}") };
    let minus = if state.glyphs.is_ascii() { "-" } else { "−" };
    let plus_minus = if state.glyphs.is_ascii() { "~" } else { "±" };
    match (key, told) {
        (Key::State, None) => one(state.glyphs.get(Glyph::Free).to_owned(), Meaning::Muted),
        (Key::State, Some(told)) if told.good => one(state.glyphs.get(Glyph::Ok).to_owned(), Meaning::Done),
        (Key::State, Some(_)) => {
            Line::styled(state.glyphs.get(Glyph::Fail), style(Meaning::Bad).add_modifier(Modifier::BOLD))
        }
        (Key::Site, told) => {
            let meaning = if told.is_some_and(|told| !told.good) { Meaning::Strong } else { Meaning::Text };
            one(steady(site.as_str()), meaning)
        }
        (Key::Topics, Some(told)) => one(told.topics.map_or_else(|| "?".to_owned(), |n| n.to_string()), Meaning::Muted),
        (Key::Fields, Some(told)) => one(told.fields.map_or_else(|| "?".to_owned(), |n| n.to_string()), Meaning::Muted),
        (Key::New, Some(told)) => one(count("+", told.added), Meaning::Text),
        (Key::Gone, Some(told)) => one(count(minus, told.gone), Meaning::Text),
        (Key::Changed, Some(told)) => one(count(plus_minus, told.changed), Meaning::Text),
        (Key::Result, Some(told)) => {
            let breaks = told.lines.iter().any(|(breaks, _)| *breaks);
            let meaning = if !told.good || breaks { Meaning::Warn } else { Meaning::Muted };
            one(steady(told.result.as_str()), meaning)
        }
        (_, None) => Line::default(),
    }
}

/// What is different at a site: what breaks something first.
fn facts(state: &State, told: Option<&RefreshTold>, cells: u16) -> Vec<Line<'static>> {
    let theme = state.theme;
    let sentence = |text: &str, meaning| -> Vec<Line<'static>> {
        let style = theme.text(meaning);
        wrap(text, cells, SENTENCE, state.glyphs).into_iter().map(|line| Line::styled(line, style)).collect()
    };
    let Some(told) = told else { return sentence("It is still to come.", Meaning::Muted) };
    let mut lines = Vec::new();
    if !told.good {
        lines.extend(sentence(&steady(told.result.as_str()), Meaning::Strong));
    }
    for (breaks, line) in &told.lines {
        let text = steady(line.as_str());
        if *breaks {
            lines.extend(sentence(&format!("{} {text}", state.glyphs.get(Glyph::Warn)), Meaning::Warn));
        } else {
            lines.extend(sentence(&text, Meaning::Text));
        }
    }
    if lines.is_empty() {
        lines.extend(sentence("Nothing is different.", Meaning::Muted));
    }
    lines
}
