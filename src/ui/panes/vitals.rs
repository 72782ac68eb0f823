//! The row of vital signs: how many are in each health, the order, the age of the picture. During the first look, how
//! far it is.

use crate::model::Health;
use crate::model::age;
use crate::model::row::Counts;
use crate::protocol::Poller;
use crate::ui::glyphs::Glyph;
use crate::ui::page::Page;
use crate::ui::panes::{tone, word};
use crate::ui::state::State;
use crate::ui::theme::{Meaning, Theme};
use crate::ui::widgets::badge::{Tone, badge};
use crate::ui::widgets::pen::{line_width, steady};
use crate::ui::widgets::vital_signs::{Sign, line};
use crate::ui::widgets::{Pen, meter};
use chrono::{DateTime, TimeDelta, Utc};
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

/// The order in which healths are counted: what claims attention first, what is well last.
const ORDER: [Health; 7] =
    [Health::Fail, Health::Warn, Health::Old, Health::Stag, Health::Unkn, Health::Off, Health::Ok];

/// From this age of the last answer on nobody can be said to poll: the least age at which a site is OLD.
const SILENT: TimeDelta = TimeDelta::hours(1);
/// A clock that is further off than this makes times wrong that one reads.
const MOST_SKEW_S: i64 = 60;

/// Draws the row.
pub fn draw(pen: &mut Pen<'_>, state: &State, page: &Page, now: DateTime<Utc>) {
    let row = page.vitals;
    let waits = state.sites().pending;
    if waits > 0 {
        first_look(pen, state, page, waits);
        return;
    }
    // A filter counts what it lets through; of a fleet that is still being read the counts of all are known.
    let whole = !state.facts().filtered && state.picture.partial;
    let signs = signs(state, if whole { &state.picture.counts } else { &state.sites().counts });
    let right_end = row.width - 2;
    let mut apart = 3;
    let mut left = line(state.theme, &signs, apart);
    let mut parts = right_parts(state, page, now);
    // The counts matter most: first they move together, then the facts at the right go, the least needed first.
    loop {
        let right = joined(state, &parts);
        if line_width(&left) + 3 + line_width(&right) <= right_end || (parts.is_empty() && apart == 2) {
            pen.line(1, row.y, row.width - 1, &left);
            pen.line_right(right_end, row.y, row.width, &right);
            return;
        }
        if apart == 3 {
            apart = 2;
            left = line(state.theme, &signs, apart);
        } else {
            let least = parts.iter().enumerate().min_by_key(|(_, part)| part.need).map_or(0, |(i, _)| i);
            parts.remove(least);
        }
    }
}

fn signs(state: &State, counts: &Counts) -> Vec<Sign> {
    let sign = |health| Sign {
        tone: tone(health),
        sign: state.glyphs.health(health),
        word: word(health),
        count: counts.of(health),
    };
    ORDER.into_iter().map(sign).collect()
}

/// One fact at the right of the row. Of those that do not fit, the least needed goes first.
struct Part {
    need: u8,
    line: Line<'static>,
}

/// What stands at the right, in order.
fn right_parts(state: &State, page: &Page, now: DateTime<Utc>) -> Vec<Part> {
    let theme = state.theme;
    let (muted, text) = (theme.text(Meaning::Muted), theme.text(Meaning::Text));
    let strong = theme.text(Meaning::Strong).add_modifier(Modifier::BOLD);
    let mut parts = Vec::new();
    let mut part = |need, line| parts.push(Part { need, line });
    let sites = state.sites();
    let poll = &state.picture.poll;
    if let Some(skew) = our_clock(state) {
        let told =
            format!("clock {} {}", age::span(skew.abs()), if skew > TimeDelta::zero() { "slow" } else { "fast" });
        part(7, Line::from(badge(theme, Tone::Warn, state.glyphs.get(Glyph::Warn), &told, false)));
    }
    if state.facts().filtered {
        let all = state.picture.counts.total();
        let hidden = all.saturating_sub(sites.shown.len());
        let found = Span::styled(format!("{} of {all}", sites.shown.len()), strong);
        part(5, Line::from(found));
        part(4, Line::from(Span::styled(format!("{hidden} hidden"), muted)));
    } else {
        let turned = if sites.reversed { " reversed" } else { "" };
        part(1, Line::from(Span::styled(format!("by {}{turned}", sites.order.name()), muted)));
    }
    // How old all of it is matters less than what is hidden, until nobody polls.
    part(if silent(state, now) { 6 } else { 3 }, polled(state, page, now));
    if let (true, Poller::Us, Some(next)) = (page.roomy, poll.by, poll.next_at.filter(|at| *at > now)) {
        let left = age::span(next - now);
        part(2, Line::from(vec![Span::styled("next in ", muted), Span::styled(left, text)]));
    }
    if !page.roomy {
        part(8, Line::from(Span::styled(if state.read_only() { "RO" } else { "RW" }, muted)));
    }
    parts
}

/// Whether nothing has answered for so long that nobody can be said to poll.
fn silent(state: &State, now: DateTime<Utc>) -> bool {
    state.picture.poll.last_at.is_some_and(|at| now - at >= SILENT)
}

/// Who polls, and the age of the last answer: as a warning where nothing has answered for long.
fn polled(state: &State, page: &Page, now: DateTime<Utc>) -> Line<'static> {
    let theme = state.theme;
    let (muted, text) = (theme.text(Meaning::Muted), theme.text(Meaning::Text));
    let strong = theme.text(Meaning::Strong).add_modifier(Modifier::BOLD);
    let poll = &state.picture.poll;
    let who = match poll.by {
        Poller::Us => None,
        Poller::Paused => Some("paused"),
        Poller::Another => Some("polled elsewhere"),
        Poller::Nobody => Some("not polling"),
    };
    let mut polled = Line::default();
    if let Some(who) = who {
        polled.push_span(Span::styled(format!("{who} "), strong));
    } else if page.roomy {
        polled.push_span(Span::styled("polled ", muted));
    }
    match poll.last_at {
        Some(at) if silent(state, now) => {
            let told = format!("{} {}", word(Health::Old), age::since(at, now));
            polled.spans.extend(badge(theme, Tone::Warn, state.glyphs.health(Health::Old), &told, false));
        }
        Some(at) => {
            polled.push_span(Span::styled(age::since(at, now), text));
            polled.push_span(Span::styled(" ago", muted));
        }
        None => polled.push_span(Span::styled("not seen yet", muted)),
    }
    polled
}

/// By how much the clock of this host is wrong: behind where the span is positive. It is where most orgs, and two at
/// least, say the same; a single org may be wrong itself.
fn our_clock(state: &State) -> Option<TimeDelta> {
    let boards = state.picture.boards.iter().filter(|board| board.answered_at.is_some());
    let mut offsets: Vec<i64> = boards.map(|board| board.clock_offset_s).collect();
    offsets.sort_unstable();
    let skewed = |ahead: bool| offsets.iter().filter(|s| s.abs() > MOST_SKEW_S && (**s > 0) == ahead).count();
    let most = [true, false].into_iter().any(|ahead| skewed(ahead) * 2 > offsets.len());
    // The middle one is among the most.
    let middle = *offsets.get(offsets.len() / 2)?;
    // What no clock can show is no offset.
    (offsets.len() >= 2 && most).then(|| TimeDelta::try_seconds(middle)).flatten()
}

fn joined(state: &State, parts: &[Part]) -> Line<'static> {
    let apart = if state.page().roomy { "   " } else { "  " };
    let mut line = Line::default();
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            line.push_span(Span::raw(apart));
        }
        line.spans.extend(part.line.spans.iter().cloned());
    }
    line
}

/// `first look  17 of 42, 6 asked now      ━━━━━━━━──────────`
fn first_look(pen: &mut Pen<'_>, state: &State, page: &Page, waits: usize) {
    const METER: u16 = 24;
    let (theme, row) = (state.theme, page.vitals);
    let all = state.picture.rows.len();
    let mut left = Line::from(vec![
        Span::styled("first look", theme.text(Meaning::Strong).add_modifier(Modifier::BOLD)),
        Span::styled(
            format!("  {} of {all}, {} asked now", all - waits, state.picture.poll.asked.len()),
            theme.text(Meaning::Muted),
        ),
    ]);
    let fails = state.picture.counts.fail;
    if fails > 0 {
        let style = theme.text(Meaning::Bad).add_modifier(Modifier::BOLD);
        left.push_span(Span::styled(format!("   {} {fails} FAIL", state.glyphs.health(Health::Fail)), style));
    }
    let meter = meter::line(state.glyphs, theme, usize::from(METER), all - waits, all);
    pen.both(2, row.y, row.width - 4, &left, &meter);
}

/// What a list comes to, and on the right, where there is room, by what it is narrowed and sorted: a filter and an order.
pub(super) fn sorted(pen: &mut Pen<'_>, theme: Theme, row: Rect, line: &Line<'_>, (filter, order): (&str, &str)) {
    let narrowed = if filter.is_empty() { String::new() } else { format!("filter {}   ", steady(filter)) };
    let right = Line::from(Span::styled(format!("{narrowed}by {order}"), theme.text(Meaning::Muted)));
    if line_width(line) + line_width(&right) <= row.width {
        pen.both(row.x, row.y, row.width, line, &right);
    } else {
        pen.line(row.x, row.y, row.width, line);
    }
}
