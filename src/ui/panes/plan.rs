//! The page of a plan: its steps in their order with what became of each, who gets no slot, and what the selected line says.

use crate::model::{PlanStep, StepState};
use crate::ui::glyphs::Glyph;
use crate::ui::page::Page;
use crate::ui::state::State;
use crate::ui::state::plan::PlanLine;
use crate::ui::theme::Meaning;
use crate::ui::view::inner;
use crate::ui::widgets::pen::{line_width, steady, wrap};
use crate::ui::widgets::table::{self, Column, Look, Row};
use crate::ui::widgets::{Pen, hairline};
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

/// Where what is told begins behind its label.
const LABEL: u16 = 10;
/// Lines that one sentence takes at most.
const SENTENCE: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    State,
    Number,
    Does,
    On,
    As,
    Why,
}

/// Draws the page.
pub fn draw(pen: &mut Pen<'_>, state: &State, page: &Page) {
    let theme = state.theme;
    let view = &state.screens.plan;
    title(pen, state, inner(page.vitals));
    let lines = view.lines();
    let split = page.halves(lines.len());
    let look = Look { head: theme.text(Meaning::Faint), select: theme.select(), edge: theme.edge() };
    let columns = table::place(&columns(page), split.list.width.saturating_sub(2));
    table::heads(pen, split.heads, &columns, look);
    if lines.is_empty() {
        let words = match &view.have {
            None => "Planning.",
            Some(_) => "No site is known to have lost its connection.",
        };
        pen.text(2, split.list.y, split.list.width.saturating_sub(4), words, theme.text(Meaning::Muted));
        return;
    }
    let visible = lines.iter().enumerate().skip(view.offset).take(usize::from(split.list.height));
    for (y, (place, line)) in (split.list.y..).zip(visible) {
        let selected = place == view.cursor;
        let next = view.next() == Some(place);
        let cells = columns.iter().map(|column| cell(state, line, column.column.key, selected, next)).collect();
        let row = Row { cells, selected, gap_before: false };
        table::rows(pen, Rect { y, height: 1, ..split.list }, &columns, &[row], look);
    }
    let Some(line) = lines.get(view.cursor) else { return };
    let last = (view.offset + usize::from(split.list.height)).min(lines.len());
    let position = format!("{}-{last} of {}", view.offset + 1, lines.len());
    let name = match line {
        PlanLine::Step(number, ..) => format!("step {number}"),
        PlanLine::Without(_, site) => steady(site.as_str()),
        PlanLine::Out(out) => steady(out.site.as_str()),
    };
    let rule = hairline::line(state.glyphs, theme, split.title.width, [Glyph::Line; 2], &name, &position);
    pen.line(split.title.x, split.title.y, split.title.width, &rule);
    let told = facts(state, line, split.detail.width);
    let room = usize::from(split.detail.height);
    let fits = if told.len() > room { room.saturating_sub(1) } else { room };
    for (y, line) in (split.detail.y..).zip(told.iter().take(fits)) {
        pen.line(split.detail.x, y, split.detail.width, line);
    }
    if told.len() > room && room > 0 {
        let words = format!("{} {} more: fusebox plan tells all", pen.glyphs.get(Glyph::Free), told.len() - fits);
        let y = split.detail.bottom().saturating_sub(1);
        pen.text(split.detail.x, y, split.detail.width, &words, theme.text(Meaning::Faint));
    }
}

/// `2 of 7 done   1 holds no more   ! 2 without a slot, 1 user missing           for what lost its connection`
fn title(pen: &mut Pen<'_>, state: &State, row: Rect) {
    let theme = state.theme;
    let (muted, text) = (theme.text(Meaning::Muted), theme.text(Meaning::Text).add_modifier(Modifier::BOLD));
    let warn = theme.text(Meaning::Warn).add_modifier(Modifier::BOLD);
    let Some(told) = state.screens.plan.have.as_deref() else { return };
    let count = |holds: fn(&StepState) -> bool| told.states.iter().filter(|state| holds(state)).count();
    let done = count(|state| matches!(state, StepState::Done { .. }));
    let moved = count(|state| matches!(state, StepState::Moved { .. }));
    let mut left = match (done, told.states.len()) {
        (0, 1) => vec![Span::styled("1", text), Span::styled(" step   ", muted)],
        (0, steps) => vec![Span::styled(steps.to_string(), text), Span::styled(" steps   ", muted)],
        (done, steps) => {
            vec![Span::styled(done.to_string(), text), Span::styled(format!(" of {steps} done   "), muted)]
        }
    };
    if moved > 0 {
        let words = if moved == 1 { "holds no more" } else { "hold no more" };
        left.push(Span::styled(format!("{moved} {words}   "), warn));
    }
    let without = told.plan.without_slot().count();
    if without > 0 {
        let missing: u32 = told.plan.orgs.iter().map(|org| org.missing_users).sum();
        let users = if missing == 1 { "user" } else { "users" };
        let sign = state.glyphs.get(Glyph::Warn);
        left.push(Span::styled(format!("{sign} {without} without a slot, {missing} {users} missing"), warn));
    }
    let left = Line::from(left);
    let of = match state.screens.plan.sites.len() {
        0 => "for what lost its connection".to_owned(),
        marked => format!("for {marked} marked sites"),
    };
    let right = match told.stale.first() {
        Some(old) => Line::styled(format!("{} {}", state.glyphs.get(Glyph::Warn), steady(old)), warn),
        None => Line::styled(of, muted),
    };
    if line_width(&left) + line_width(&right) + 2 <= row.width {
        pen.both(row.x, row.y, row.width, &left, &right);
    } else {
        pen.line(row.x, row.y, row.width, &left);
    }
}

fn columns(page: &Page) -> Vec<Column<Key>> {
    let wide = page.area.width >= 100;
    let gap = if wide { 2 } else { 1 };
    let text = |key, head, width, drops| Column { key, head, width, gap, right: false, drops };
    vec![
        Column { gap: 2, ..text(Key::State, "", 1, None) },
        Column { right: true, ..text(Key::Number, "", 3, None) },
        text(Key::Does, "STEP", 9, None),
        text(Key::On, "ON", if wide { 26 } else { 20 }, None),
        text(Key::As, "AS", if wide { 24 } else { 16 }, Some(1)),
        Column { width: 20, ..text(Key::Why, "WHY", 20, None) },
    ]
}

fn cell(state: &State, line: &PlanLine<'_>, key: Key, selected: bool, next: bool) -> Line<'static> {
    let theme = state.theme;
    let style = |meaning| if selected { theme.lit(meaning) } else { theme.text(meaning) };
    let bold = |text: String, meaning| Line::styled(text, style(meaning).add_modifier(Modifier::BOLD));
    let plain = |text: String, meaning| Line::styled(text, style(meaning));
    let sign = |glyph| state.glyphs.get(glyph).to_owned();
    match (key, line) {
        (Key::State, PlanLine::Step(_, _, StepState::Done { .. })) => plain(sign(Glyph::Ok), Meaning::Done),
        (Key::State, PlanLine::Step(_, _, StepState::Moved { .. })) => bold(sign(Glyph::Fail), Meaning::Bad),
        (Key::State, PlanLine::Step(..)) if next => bold(sign(Glyph::Arrives), Meaning::Accent),
        (Key::State, PlanLine::Step(..)) => plain(sign(Glyph::Free), Meaning::Muted),
        (Key::State, PlanLine::Without(..)) => bold(sign(Glyph::Warn), Meaning::Warn),
        (Key::State, PlanLine::Out(_)) => plain(sign(Glyph::Unknown), Meaning::Muted),
        (Key::Number, PlanLine::Step(number, ..)) => plain(number.to_string(), Meaning::Muted),
        (Key::Number, _) | (Key::As, PlanLine::Out(_)) => Line::default(),
        (Key::Does, PlanLine::Step(_, step, _)) => {
            let word = if step.revokes().is_some() { "revoke" } else { "authorize" };
            plain(word.to_owned(), Meaning::Text)
        }
        (Key::Does, PlanLine::Without(..)) => plain("no slot".to_owned(), Meaning::Text),
        (Key::Does, PlanLine::Out(_)) => plain("left out".to_owned(), Meaning::Muted),
        (Key::On, PlanLine::Step(_, step, _)) => {
            let on = step.site().map(|site| steady(site.as_str())).or(step.revokes().map(|id| id.short()));
            plain(on.unwrap_or_default(), Meaning::Strong)
        }
        (Key::On, PlanLine::Without(_, site)) => plain(steady(site.as_str()), Meaning::Strong),
        (Key::On, PlanLine::Out(out)) => plain(steady(out.site.as_str()), Meaning::Text),
        (Key::As, PlanLine::Step(_, step, _)) => plain(account(step), Meaning::Muted),
        (Key::As, PlanLine::Without(org, _)) => plain(steady(org.name.as_str()), Meaning::Muted),
        (Key::Why, PlanLine::Step(_, step, state)) => match state {
            StepState::Ready => plain(steady(step.why().as_str()), Meaning::Muted),
            StepState::Done { seen } => plain(steady(seen), Meaning::Muted),
            StepState::Moved { why } => plain(steady(why), Meaning::Warn),
        },
        (Key::Why, PlanLine::Without(org, _)) => {
            plain(format!("all users of {} that can sign in are full", steady(org.name.as_str())), Meaning::Muted)
        }
        (Key::Why, PlanLine::Out(out)) => plain(steady(out.reason.as_str()), Meaning::Muted),
    }
}

/// `acme/ops1`: as in the list of sites.
fn account(step: &PlanStep) -> String {
    let (_, name) = step.user();
    let login = name.as_str().split('@').next().unwrap_or_default();
    format!("{}/{}", steady(step.org().as_str()), steady(login))
}

/// What the line says, a label and a sentence each.
fn facts(state: &State, line: &PlanLine<'_>, width: u16) -> Vec<Line<'static>> {
    let theme = state.theme;
    let mut told: Vec<(&str, String, Meaning)> = Vec::new();
    let org = match line {
        PlanLine::Step(_, step, standing) => {
            told.push(("does", step.what(), Meaning::Text));
            if let PlanStep::Authorize { cause: Some(cause), .. } = step {
                told.push(("cures", cause.to_string(), Meaning::Text));
            }
            told.push(("costs", step.why().to_string(), Meaning::Text));
            let meaning = if matches!(standing, StepState::Moved { .. }) { Meaning::Warn } else { Meaning::Text };
            told.push(("now", standing.told(), meaning));
            let orgs = state.screens.plan.have.as_deref().map(|told| told.plan.orgs.as_slice()).unwrap_or_default();
            orgs.iter().find(|org| org.name == *step.org())
        }
        PlanLine::Without(org, _) => {
            told.extend(org.shortfall().map(|short| ("slots", short, Meaning::Warn)));
            Some(*org)
        }
        PlanLine::Out(out) => {
            told.push(("why", out.reason.to_string(), Meaning::Text));
            None
        }
    };
    if let Some(org) = org {
        told.push(("org", org.head(), Meaning::Muted));
        told.extend(org.notes.iter().map(|note| ("note", note.to_string(), Meaning::Muted)));
    }
    let mut lines = Vec::new();
    for (label, text, meaning) in told {
        let parts = wrap(&steady(&text), width.saturating_sub(LABEL), SENTENCE, state.glyphs);
        for (i, part) in parts.into_iter().enumerate() {
            let label = if i == 0 { label } else { "" };
            lines.push(Line::from(vec![
                Span::styled(format!("{label:<wide$}", wide = usize::from(LABEL)), theme.text(Meaning::Faint)),
                Span::styled(part, theme.text(meaning)),
            ]));
        }
    }
    lines
}
