//! The audit: its lines, the newest first, over what the selected one says. Whether the file is as it was written stands above.

use crate::model::trail::TrailState;
use crate::model::{ActionClass, TrailLine};
use crate::ui::glyphs::Glyph;
use crate::ui::page::Page;
use crate::ui::state::State;
use crate::ui::theme::Meaning;
use crate::ui::view::inner;
use crate::ui::widgets::pen::{steady, wrap};
use crate::ui::widgets::table::{self, Column, Look, Row};
use crate::ui::widgets::{Pen, hairline};
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

/// Where what is told begins behind its label.
const LABEL: u16 = 10;
/// Lines that one sentence takes at most.
const SENTENCE: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    At,
    Operation,
    Phase,
    On,
    By,
    What,
}

/// Draws the view.
pub fn draw(pen: &mut Pen<'_>, state: &State, page: &Page) {
    let theme = state.theme;
    let view = &state.screens.trail;
    title(pen, state, inner(page.vitals));
    let lines = view.have.as_ref().map_or(&[][..], |trail| trail.lines.as_slice());
    let split = page.halves(lines.len());
    let look = Look { head: theme.text(Meaning::Faint), select: theme.select(), edge: theme.edge() };
    let columns = table::place(&columns(page), split.list.width.saturating_sub(2));
    table::heads(pen, split.heads, &columns, look);
    if lines.is_empty() {
        let words = match view.have.as_ref().map(|trail| &trail.state) {
            None => "Reading it.",
            Some(TrailState::Unread(_)) => "Nothing can be shown of it.",
            Some(_) => "Nothing was spent, written or refused yet.",
        };
        pen.text(2, split.list.y, split.list.width.saturating_sub(4), words, theme.text(Meaning::Muted));
        return;
    }
    let visible = lines.iter().enumerate().skip(view.offset).take(usize::from(split.list.height));
    for (y, (place, line)) in (split.list.y..).zip(visible) {
        let selected = place == view.cursor;
        let cells = columns.iter().map(|column| cell(state, line, column.column.key, selected)).collect();
        let row = Row { cells, selected, gap_before: false };
        table::rows(pen, Rect { y, height: 1, ..split.list }, &columns, &[row], look);
    }
    let Some(line) = state.trail_line() else { return };
    let last = (view.offset + usize::from(split.list.height)).min(lines.len());
    let position = format!("{}-{last} of {}", view.offset + 1, lines.len());
    let name = format!("line {}", line.number);
    let rule = hairline::line(state.glyphs, theme, split.title.width, [Glyph::Line; 2], &name, &position);
    pen.line(split.title.x, split.title.y, split.title.width, &rule);
    let told = facts(state, line, split.detail.width);
    for (y, line) in (split.detail.y..split.detail.bottom()).zip(&told) {
        pen.line(split.detail.x, y, split.detail.width, line);
    }
}

/// `12 lines   newest first                                  as it was written`
fn title(pen: &mut Pen<'_>, state: &State, row: Rect) {
    let theme = state.theme;
    let (muted, text) = (theme.text(Meaning::Muted), theme.text(Meaning::Text));
    let Some(trail) = &state.screens.trail.have else { return };
    let mut left =
        vec![Span::styled(trail.lines.len().to_string(), text), Span::styled(" lines, the newest first", muted)];
    if trail.older > 0 {
        left.push(Span::styled(format!("   {} older: fusebox audit", trail.older), muted));
    }
    let warn = theme.text(Meaning::Warn).add_modifier(Modifier::BOLD);
    let sign = state.glyphs.get(Glyph::Warn);
    let right = match &trail.state {
        TrailState::Good => Span::styled("as it was written", muted),
        TrailState::Damaged { line, what } => {
            Span::styled(format!("{sign} damaged, line {line}: {}", steady(what.as_str())), warn)
        }
        TrailState::Unread(why) => Span::styled(format!("{sign} {}", steady(why.as_str())), warn),
    };
    // What is wrong with it matters more than how much it is.
    let (left, right) = (Line::from(left), Line::from(right));
    if trail.state == TrailState::Good {
        pen.both(row.x, row.y, row.width, &left, &right);
    } else {
        pen.both(row.x, row.y, row.width, &right, &left);
    }
}

fn columns(page: &Page) -> Vec<Column<Key>> {
    let wide = page.area.width >= 100;
    let gap = if wide { 2 } else { 1 };
    let text = |key, head, width, drops| Column { key, head, width, gap, right: false, drops };
    vec![
        Column { gap: 2, ..text(Key::At, "AT", 12, None) },
        text(Key::Operation, "OPERATION", if wide { 14 } else { 9 }, None),
        text(Key::Phase, "PHASE", 7, None),
        text(Key::On, "ON", if wide { 24 } else { 18 }, None),
        text(Key::By, "BY", 10, Some(1)),
        Column { width: 20, ..text(Key::What, "WHAT", 20, None) },
    ]
}

fn cell(state: &State, line: &TrailLine, key: Key, selected: bool) -> Line<'static> {
    let theme = state.theme;
    let style = |meaning| if selected { theme.lit(meaning) } else { theme.text(meaning) };
    let refused = line.phase.as_str() == "refused";
    let (text, meaning) = match key {
        Key::At => (line.at.format("%m-%d %H:%MZ").to_string(), Meaning::Muted),
        Key::Operation => (steady(line.operation.as_str()), Meaning::Strong),
        Key::Phase => (line.phase.to_string(), if refused { Meaning::Warn } else { Meaning::Muted }),
        Key::On => (steady(line.target.as_str()), Meaning::Text),
        Key::By => (steady(line.by.as_str()), Meaning::Muted),
        Key::What => (steady(line.outcome.as_ref().unwrap_or(&line.what).as_str()), Meaning::Muted),
    };
    let style = style(meaning);
    Line::from(Span::styled(
        text,
        if refused && key == Key::Phase { style.add_modifier(Modifier::BOLD) } else { style },
    ))
}

/// What the line says, a label and a sentence each.
fn facts(state: &State, line: &TrailLine, width: u16) -> Vec<Line<'static>> {
    let theme = state.theme;
    let class = match line.class {
        ActionClass::Look => "looks",
        ActionClass::Spend => "spends",
        ActionClass::Write => "writes",
    };
    let at = line.at.format("%Y-%m-%d %H:%M:%S UTC");
    let told = [
        ("what", Some(line.what.to_string())),
        ("outcome", line.outcome.as_ref().map(ToString::to_string)),
        ("on", Some(line.target.to_string())),
        ("as", line.account.as_ref().map(ToString::to_string)),
        ("who", Some(line.operator.to_string())),
        ("when", Some(at.to_string())),
        ("operation", Some(format!("{} {}, {class}, {}", line.operation, line.id, line.phase))),
        ("code", Some(line.code.to_string())),
    ];
    let mut lines = Vec::new();
    for (label, text) in told {
        let Some(text) = text else { continue };
        for (i, part) in
            wrap(&steady(&text), width.saturating_sub(LABEL), SENTENCE, state.glyphs).into_iter().enumerate()
        {
            let label = if i == 0 { label } else { "" };
            lines.push(Line::from(vec![
                Span::styled(format!("{label:<wide$}", wide = usize::from(LABEL)), theme.text(Meaning::Faint)),
                Span::styled(part, theme.text(Meaning::Text)),
            ]));
        }
    }
    lines
}
