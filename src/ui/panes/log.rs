//! The command log: what this console had done, the newest first, over the command line that does the same.

use crate::model::{ActionClass, age};
use crate::ui::glyphs::Glyph;
use crate::ui::page::Page;
use crate::ui::panes::detail::fold;
use crate::ui::state::State;
use crate::ui::state::log::{LogEnd, LogLine};
use crate::ui::theme::Meaning;
use crate::ui::view::inner;
use crate::ui::widgets::pen::steady;
use crate::ui::widgets::table::{self, Column, Look, Row};
use crate::ui::widgets::{Pen, hairline, labelled};
use chrono::{DateTime, Utc};
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

/// Where what is told begins behind its label.
const LABEL: u16 = 10;
/// Lines that one fact takes at most.
const SENTENCE: usize = 4;
/// Names that a cell has.
const NAMED: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    At,
    Class,
    What,
    On,
    Command,
    Ended,
}

/// Draws the view.
pub fn draw(pen: &mut Pen<'_>, state: &State, page: &Page, now: DateTime<Utc>) {
    let theme = state.theme;
    let (log, muted) = (&state.log, theme.text(Meaning::Muted));
    let count = Span::styled(log.lines.len().to_string(), theme.text(Meaning::Text));
    let mut left = vec![count, Span::styled(" done by this console, the newest first", muted)];
    if log.forgotten > 0 {
        left.push(Span::styled(format!("   {} older forgotten", log.forgotten), muted));
    }
    let right = Line::from(Span::styled("y copies the command", muted));
    let row = inner(page.vitals);
    pen.both(row.x, row.y, row.width, &Line::from(left), &right);
    let split = page.halves(log.lines.len());
    let look = Look { head: theme.text(Meaning::Faint), select: theme.select(), edge: theme.edge() };
    let columns = table::place(&columns(page), split.list.width.saturating_sub(2));
    table::heads(pen, split.heads, &columns, look);
    if log.lines.is_empty() {
        let words = "Nothing was asked for yet. Looks, proofs and all that spends or writes stand here when they are.";
        for (y, part) in (split.list.y..).zip(fold(words, [split.list.width.saturating_sub(4); 2], 2, state.glyphs)) {
            pen.text(2, y, split.list.width.saturating_sub(4), &part, muted);
        }
        return;
    }
    let visible = log.lines.iter().enumerate().skip(log.offset).take(usize::from(split.list.height));
    for (y, (place, line)) in (split.list.y..).zip(visible) {
        let selected = place == log.cursor;
        let cells = columns.iter().map(|column| cell(state, line, column.column.key, selected)).collect();
        let row = Row { cells, selected, gap_before: false };
        table::rows(pen, Rect { y, height: 1, ..split.list }, &columns, &[row], look);
    }
    let Some(line) = log.line() else { return };
    let last = (log.offset + usize::from(split.list.height)).min(log.lines.len());
    let position = format!("{}-{last} of {}", log.offset + 1, log.lines.len());
    let rule = hairline::line(state.glyphs, theme, split.title.width, [Glyph::Line; 2], line.deed.what, &position);
    pen.line(split.title.x, split.title.y, split.title.width, &rule);
    let told = facts(state, line, split.detail.width, now);
    for (y, line) in (split.detail.y..split.detail.bottom()).zip(&told) {
        pen.line(split.detail.x, y, split.detail.width, line);
    }
}

fn columns(page: &Page) -> Vec<Column<Key>> {
    let wide = page.area.width >= 100;
    let gap = if wide { 2 } else { 1 };
    let text = |key, head, width, drops| Column { key, head, width, gap, right: false, drops };
    vec![
        Column { gap: 2, ..text(Key::At, "AT", 6, None) },
        text(Key::Class, "CLASS", 6, Some(2)),
        text(Key::What, "WHAT", 14, None),
        text(Key::On, "ON", if wide { 24 } else { 19 }, None),
        text(Key::Ended, "ENDED", if wide { 30 } else { 26 }, None),
        text(Key::Command, "COMMAND", 24, Some(1)),
    ]
}

fn class(class: ActionClass) -> &'static str {
    match class {
        ActionClass::Look => "look",
        ActionClass::Spend => "spend",
        ActionClass::Write => "write",
    }
}

/// What it was done on, in a few words.
fn on(line: &LogLine) -> String {
    match line.deed.on.as_slice() {
        [] => "the fleet".to_owned(),
        [one] => steady(one),
        several => format!("{} targets", several.len()),
    }
}

/// How it ended, and how loud that is.
fn ended(end: &LogEnd) -> (String, Meaning) {
    match end {
        LogEnd::Open => ("under way".to_owned(), Meaning::Accent),
        LogEnd::Good(told) => (steady(told.as_str()), Meaning::Muted),
        LogEnd::Bad(told) => (steady(told.as_str()), Meaning::Warn),
    }
}

fn cell(state: &State, line: &LogLine, key: Key, selected: bool) -> Line<'static> {
    let theme = state.theme;
    let (text, meaning) = match key {
        Key::At => (line.at.format("%H:%MZ").to_string(), Meaning::Muted),
        Key::Class if line.class == ActionClass::Look => (class(line.class).to_owned(), Meaning::Muted),
        Key::Class => (class(line.class).to_owned(), Meaning::Text),
        Key::What => (line.deed.what.to_owned(), Meaning::Strong),
        Key::On => (on(line), Meaning::Text),
        Key::Ended => ended(&line.end),
        Key::Command => {
            (line.deed.shell_for(&state.launch).map_or_else(|| "-".to_owned(), |line| steady(&line)), Meaning::Muted)
        }
    };
    let style = if selected { theme.lit(meaning) } else { theme.text(meaning) };
    Line::styled(text, if meaning == Meaning::Warn { style.add_modifier(Modifier::BOLD) } else { style })
}

/// The selected line in full, a label and a sentence each.
fn facts(state: &State, line: &LogLine, width: u16, now: DateTime<Utc>) -> Vec<Line<'static>> {
    let theme = state.theme;
    let names = line.deed.on.iter().take(NAMED).map(|name| steady(name)).collect::<Vec<_>>().join(", ");
    let more = line.deed.on.len().saturating_sub(NAMED);
    let names = if more > 0 { format!("{names} and {more} more") } else { names };
    let at = line.at.format("%Y-%m-%d %H:%M:%S UTC");
    let (end, _) = ended(&line.end);
    let shell = line.deed.shell_for(&state.launch).map(|line| steady(&line));
    let told = [
        ("command", shell.unwrap_or_else(|| "none does the same: it is of this console alone".to_owned())),
        ("on", if names.is_empty() { "the fleet".to_owned() } else { names }),
        ("ended", end),
        ("class", class(line.class).to_owned()),
        ("when", format!("{at}, {} ago", age::since(line.at, now))),
    ];
    let mut lines = Vec::new();
    for (label, text) in told {
        let parts = fold(&text, [width.saturating_sub(LABEL); 2], SENTENCE, state.glyphs);
        lines.extend(labelled::lines(theme, label, LABEL, parts));
    }
    lines
}
