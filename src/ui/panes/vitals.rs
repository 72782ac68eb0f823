//! The row of vital signs: how many are in each health, the order, the age of the picture. During the first look, how
//! far it is.

use crate::model::Health;
use crate::model::row::Counts;
use crate::protocol::Poller;
use crate::ui::age;
use crate::ui::page::Page;
use crate::ui::panes::{tone, word};
use crate::ui::state::State;
use crate::ui::theme::Meaning;
use crate::ui::widgets::pen::line_width;
use crate::ui::widgets::vital_signs::{Sign, line};
use crate::ui::widgets::{Pen, hairline};
use chrono::{DateTime, Utc};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

/// The order in which healths are counted: what claims attention first, what is well last.
const ORDER: [Health; 7] =
    [Health::Fail, Health::Warn, Health::Old, Health::Stag, Health::Unkn, Health::Off, Health::Ok];

/// Draws the row.
pub fn draw(pen: &mut Pen<'_>, state: &State, page: &Page, now: DateTime<Utc>) {
    let row = page.vitals;
    let waits = state.sites().pending;
    if waits > 0 {
        first_look(pen, state, page, waits);
        return;
    }
    // A filter counts what it lets through.
    let signs = signs(state, &state.sites().counts);
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
            parts.remove(0);
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

/// What stands at the right, the least needed first.
fn right_parts(state: &State, page: &Page, now: DateTime<Utc>) -> Vec<Line<'static>> {
    let theme = state.theme;
    let (muted, text) = (theme.text(Meaning::Muted), theme.text(Meaning::Text));
    let strong = theme.text(Meaning::Strong).add_modifier(Modifier::BOLD);
    let mut parts = Vec::new();
    let sites = state.sites();
    let poll = &state.picture.poll;
    if state.facts().filtered {
        let hidden = state.picture.rows.len() - sites.shown.len();
        parts.push(Line::from(vec![
            Span::styled(format!("{} of {}", sites.shown.len(), state.picture.rows.len()), strong),
            Span::styled(format!("  {hidden} hidden"), muted),
        ]));
    } else {
        let turned = if sites.reversed { " reversed" } else { "" };
        parts.push(Line::from(Span::styled(format!("by {}{turned}", sites.order.name()), muted)));
    }
    if let (true, Poller::Us, Some(next)) = (page.roomy, poll.by, poll.next_at.filter(|at| *at > now)) {
        let left = age::span(next - now);
        parts.push(Line::from(vec![Span::styled("next in ", muted), Span::styled(left, text)]));
    }
    let seen = poll.last_at.map(|at| age::since(at, now));
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
    match seen {
        Some(seen) => {
            polled.push_span(Span::styled(seen, text));
            polled.push_span(Span::styled(" ago", muted));
        }
        None => polled.push_span(Span::styled("not seen yet", muted)),
    }
    parts.push(polled);
    if !page.roomy {
        parts.push(Line::from(Span::styled(if state.read_only { "RO" } else { "RW" }, muted)));
    }
    parts
}

fn joined(state: &State, parts: &[Line<'static>]) -> Line<'static> {
    let apart = if state.page().roomy { "   " } else { "  " };
    let mut line = Line::default();
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            line.push_span(Span::raw(apart));
        }
        line.spans.extend(part.spans.iter().cloned());
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
    let meter = hairline::meter(state.glyphs, theme, usize::from(METER), all - waits, all);
    pen.both(2, row.y, row.width - 4, &left, &meter);
}
