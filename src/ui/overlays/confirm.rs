//! The question before anything is spent or written: what is lost in one filled line, what would be done, what is safer, and
//! last what says yes. What says yes is never drawn where what is lost is not.

use crate::model::{Clean, Confirmation, Intent, Preview};
use crate::protocol::Question;
use crate::ui::glyphs::Glyph;
use crate::ui::overlays::{dry_run, filter};
use crate::ui::panes::slots;
use crate::ui::state::confirm::{Confirm, STEPS};
use crate::ui::state::{Overlay, State};
use crate::ui::theme::Meaning;
use crate::ui::widgets::Pen;
use crate::ui::widgets::dialog::{self, Border};
use crate::ui::widgets::key_row::{self, Hint};
use crate::ui::widgets::pen::{line_width, steady, width, wrap};
use chrono::{DateTime, Utc};
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

/// Cells of the dialog, its frame included.
const WIDTH: u16 = 76;
/// Cells that the words of a dialog need at least.
const LEAST: u16 = 36;
/// Lines that one sentence takes at most.
const SENTENCE: usize = 6;

/// One row inside the frame.
enum Row {
    Empty,
    Words(Line<'static>),
    /// One of the four rows of a user's slots.
    Fuses(Line<'static>),
    /// How it is lost, its name, what is known of it.
    Lost([Clean; 3]),
    /// What is typed.
    Field,
    Keys,
}

/// Where the dialog stands, and its rows.
struct Dialog {
    frame: Rect,
    rows: Vec<Row>,
    /// Whether all that has to be read stands in it.
    whole: bool,
}

/// Whether all of the dialog can be read, so that it may be answered.
pub fn fits(state: &State) -> bool {
    match state.overlays.last() {
        Some(Overlay::Confirm(confirm)) if confirm.is_page() => dry_run::fits(state, confirm),
        // Ages are short whatever they are: the time is of no matter to what fits.
        Some(Overlay::Confirm(confirm)) => Dialog::of(state, confirm, below_header(state), confirm.since).whole,
        _ => false,
    }
}

/// The page between its header and the row above the keys; all but the first row of one that is too small for a page.
pub fn below_header(state: &State) -> Rect {
    let page = state.page();
    let (top, bottom) = if page.fits() { (page.header.bottom(), page.message.y) } else { (1, state.size.height) };
    Rect { x: 0, y: top, width: state.size.width, height: bottom.saturating_sub(top) }
}

impl Dialog {
    fn of(state: &State, confirm: &Confirm, page: Rect, now: DateTime<Utc>) -> Self {
        // A name is never cut where there is room for it.
        let wanted = confirm.question.as_ref().map_or(0, |asked| preview_width(&asked.preview).saturating_add(6));
        let wide = WIDTH.max(wanted).min(page.width);
        let Some(Question { preview, .. }) = &confirm.question else {
            let asked = confirm.asked.last().map(|what| format!("waits for {}", steady(what.as_str())));
            let words = asked.unwrap_or_else(|| match (&confirm.intent, confirm.after) {
                (_, Some(_)) => "that goes first and is under way; then this is asked anew".to_owned(),
                (Intent::Authorize(site, _), None) => format!("asking {} and its org", steady(site.as_str())),
                _ => "looking what it would do".to_owned(),
            });
            let waits = Row::Words(Line::styled(words, state.theme.text(Meaning::Muted)));
            let rows = vec![waits, Row::Keys];
            return Self { frame: frame(page, wide, rows.len()), rows, whole: false };
        };
        let cells = wide.saturating_sub(6);
        let room = usize::from(page.height.saturating_sub(2));
        if confirm.steps {
            let rows = steps(state, preview, cells);
            return Self { frame: frame(page, wide, rows.len()), rows, whole: false };
        }
        let must = musts(state, preview, cells);
        let told = told(state, confirm, preview, cells);
        let drawn = preview.slots.as_ref().and_then(|check| {
            // A fuse needs no cell between itself and the frame.
            slots::rows((state.theme, state.glyphs), check, None, cells + 1, now)
        });
        let rows = assemble(preview, &told, drawn.as_deref().unwrap_or_default(), &must, room);
        let whole = rows.len() <= room && cells >= LEAST && preview_width(preview) <= cells;
        let shown = told.iter().map(Vec::len).sum::<usize>();
        let whole = whole && rows.iter().filter(|row| matches!(row, Row::Words(_))).count() >= shown + must.len();
        Self { frame: frame(page, wide, rows.len()), rows, whole }
    }
}

fn frame(page: Rect, wide: u16, rows: usize) -> Rect {
    let height = u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(2).min(page.height);
    let above = u16::from(page.height > height + 1);
    Rect { x: page.x + (page.width - wide) / 2, y: page.y + above, width: wide, height }
}

/// Cells that what may not be cut takes.
fn preview_width(preview: &Preview) -> u16 {
    let lost = preview.loses.as_ref().map_or(0, |loss| width(loss.name.as_str()) + 4);
    let typed = match &preview.confirm {
        Confirmation::Type { word, .. } => width(word.as_str()) + 4,
        Confirmation::Yes(_) => 0,
    };
    lost.max(typed)
}

/// What says how to go on.
pub(super) fn musts(state: &State, preview: &Preview, cells: u16) -> Vec<Line<'static>> {
    let theme = state.theme;
    let strong = theme.text(Meaning::Strong).add_modifier(Modifier::BOLD);
    match &preview.confirm {
        Confirmation::Yes(_) => Vec::new(),
        Confirmation::Type { word, to } => {
            let to = Span::styled(format!("{}, type ", steady(to.as_str())), theme.text(Meaning::Text));
            let word = Span::styled(steady(word.as_str()), strong);
            let together = Line::from(vec![to.clone(), word.clone()]);
            if line_width(&together) <= cells { vec![together] } else { vec![Line::from(to), Line::from(word)] }
        }
    }
}

/// What it does, and what is safer: the lines of each.
fn told(state: &State, confirm: &Confirm, preview: &Preview, cells: u16) -> [Vec<Line<'static>>; 2] {
    const SAFER: u16 = 8;
    let theme = state.theme;
    let text = theme.text(Meaning::Text);
    let sentence = |told: &Clean| wrap(&steady(told.as_str()), cells, SENTENCE, state.glyphs);
    let does = preview.does.iter().flat_map(sentence).map(|line| Line::styled(line, text)).collect();
    let steps = preview.safer.iter().zip(confirm.safer_keys()).enumerate().map(|(i, (step, key))| {
        let lead = if i == 0 { "Safer" } else { "" };
        let key = key.map_or_else(|| " ".to_owned(), |key| key.to_string());
        let (what, costs) = (steady(step.what.as_str()), steady(step.costs.as_str()));
        Line::from(vec![
            Span::styled(format!("{lead:<wide$}", wide = usize::from(SAFER)), theme.text(Meaning::Faint)),
            Span::styled(format!("{key} "), theme.text(Meaning::Accent).add_modifier(Modifier::BOLD)),
            Span::styled(what, text),
            Span::styled(format!("   {costs}"), theme.text(Meaning::Muted)),
        ])
    });
    [does, steps.collect()]
}

/// All that would be done, a number before each step.
fn steps(state: &State, preview: &Preview, cells: u16) -> Vec<Row> {
    const LEAD: u16 = 3;
    let theme = state.theme;
    let mut rows = vec![Row::Empty];
    for (number, step) in (1..).zip(&preview.steps) {
        for (i, part) in
            wrap(&steady(step.as_str()), cells.saturating_sub(LEAD), SENTENCE, state.glyphs).into_iter().enumerate()
        {
            let lead = if i == 0 { format!("{number:<2} ") } else { " ".repeat(usize::from(LEAD)) };
            let lead = Span::styled(lead, theme.text(Meaning::Faint));
            rows.push(Row::Words(Line::from(vec![lead, Span::styled(part, theme.text(Meaning::Text))])));
        }
    }
    rows.extend([Row::Empty, Row::Keys]);
    rows
}

/// The rows in order, in at most `room`: all words first, then the slots, then air, where it is needed most.
fn assemble(
    preview: &Preview,
    told: &[Vec<Line<'static>>; 2],
    slots: &[Line<'static>],
    must: &[Line<'static>],
    room: usize,
) -> Vec<Row> {
    let lost = preview.loses.as_ref().map(|loss| Row::Lost([loss.how.clone(), loss.name.clone(), loss.fact.clone()]));
    let field = matches!(preview.confirm, Confirmation::Type { .. });
    let mut left = room.saturating_sub(usize::from(lost.is_some()) + must.len() + usize::from(field) + 1);
    // What is safer before what is told: it is short, and saves somebody.
    let safer = told[1].len().min(left);
    left -= safer;
    let does = told[0].len().min(left);
    left -= does;
    let slots = if does == told[0].len() && slots.len() <= left { slots } else { &[] };
    left -= slots.len();
    let parts: [Vec<Row>; 5] = [
        lost.into_iter().collect(),
        told[0][..does].iter().cloned().map(Row::Words).collect(),
        slots.iter().cloned().map(Row::Fuses).collect(),
        told[1][..safer].iter().cloned().map(Row::Words).collect(),
        must.iter().cloned().map(Row::Words).chain(field.then_some(Row::Field)).collect(),
    ];
    let parts: Vec<Vec<Row>> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    // Between two parts first, then before the keys, then at the top.
    let between = parts.len().saturating_sub(1).min(left);
    let (before_keys, at_top) = (left > parts.len().saturating_sub(1), left > parts.len());
    let mut rows = Vec::new();
    rows.extend(at_top.then_some(Row::Empty));
    for (number, part) in parts.into_iter().enumerate() {
        if (1..=between).contains(&number) {
            rows.push(Row::Empty);
        }
        rows.extend(part);
    }
    rows.extend(before_keys.then_some(Row::Empty));
    rows.push(Row::Keys);
    rows
}

/// Draws the dialog over what is below the header. `keys` are those of the dialog.
pub fn draw(pen: &mut Pen<'_>, state: &State, confirm: &Confirm, keys: &[Hint], now: DateTime<Utc>) {
    let theme = state.theme;
    let page = below_header(state).intersection(pen.buffer.area);
    let Dialog { frame, rows, whole } = Dialog::of(state, confirm, page, now);
    if frame.height < 3 || frame.width < 10 {
        return;
    }
    let loses = !confirm.steps && confirm.question.as_ref().is_some_and(|question| question.preview.loses.is_some());
    let border = if loses { Border::Danger } else { Border::Plain };
    dialog::put_behind(pen.buffer, page, frame, theme);
    let title = confirm.question.as_ref().map_or("", |question| question.preview.title.as_str());
    let note = match confirm.question {
        Some(_) if confirm.steps => "dry run",
        Some(_) if !whole => "enlarge the terminal to answer",
        _ => "",
    };
    dialog::draw(pen, theme, frame, border, [&steady(title), note]);
    let inside = Rect { x: frame.x + 3, width: frame.width.saturating_sub(6), ..frame };
    let last = frame.bottom().saturating_sub(2);
    let mut keys = keys.to_vec();
    if confirm.has_steps_key() {
        keys.push(Hint { key: STEPS.to_string(), label: "dry run".to_owned(), stays: true });
    }
    for (row, y) in rows.iter().zip(frame.y + 1..=last) {
        // The keys are never what is left out.
        let row = if y == last { rows.last().unwrap_or(row) } else { row };
        match row {
            Row::Empty => {}
            Row::Words(line) => pen.line(inside.x, y, inside.width, line),
            Row::Fuses(line) => pen.line(inside.x, y, inside.width + 1, line),
            Row::Lost(told) => filled(pen, state, Rect { y, height: 1, ..inside }, told),
            Row::Field => field(pen, state, Rect { y, height: 1, ..inside }, confirm),
            Row::Keys => {
                let unsent = if confirm.steps { "nothing was sent" } else { "nothing sent yet" };
                let unsent = Line::styled(unsent, theme.text(Meaning::Faint));
                let cells = |hint: &Hint| width(&hint.key).saturating_add(width(&hint.label)).saturating_add(3);
                let wide = keys.iter().map(cells).fold(18, u16::saturating_add);
                let right = if wide <= inside.width { 18 } else { 0 };
                key_row::draw(
                    pen,
                    Rect { y, height: 1, width: inside.width.saturating_sub(right), ..inside },
                    theme,
                    "",
                    &keys,
                    2,
                );
                if right > 0 {
                    pen.line_right(inside.right(), y, right, &unsent);
                }
            }
        }
    }
}

/// The one filled line: how it is lost, its name, what is known of it. The name is never what gives way.
fn filled(pen: &mut Pen<'_>, state: &State, row: Rect, [how, name, fact]: &[Clean; 3]) {
    let fill = state.theme.fill(Meaning::Bad, false);
    let bold = fill.add_modifier(Modifier::BOLD);
    pen.buffer.set_style(row, fill);
    let name = steady(name.as_str());
    let how = format!(" {} {}   ", pen.glyphs.get(Glyph::Fail), steady(how.as_str()));
    let how = if width(&how) + width(&name) < row.width { how } else { format!(" {} ", pen.glyphs.get(Glyph::Fail)) };
    let left = Line::from(vec![Span::styled(how, fill), Span::styled(name, bold)]);
    let right = Line::styled(format!("{} ", steady(fact.as_str())), fill);
    pen.both(row.x, row.y, row.width, &left, &right);
}

/// `► news.ex█                              9 letters to go`.
pub(super) fn field(pen: &mut Pen<'_>, state: &State, row: Rect, confirm: &Confirm) {
    let theme = state.theme;
    pen.buffer.set_style(row, theme.field());
    let muted = theme.lit(Meaning::Muted);
    let told = match confirm.letters_to_go() {
        Some(0) => Span::styled("Enter does it", theme.lit(Meaning::Strong).add_modifier(Modifier::BOLD)),
        Some(1) => Span::styled("1 letter to go", muted),
        Some(more) => Span::styled(format!("{more} letters to go"), muted),
        None => Span::styled("that is another one", theme.lit(Meaning::Warn).add_modifier(Modifier::BOLD)),
    };
    let told = Line::from(told);
    let room = row.width.saturating_sub(line_width(&told) + 2);
    pen.text(row.x, row.y, 2, pen.glyphs.get(Glyph::Arrives), theme.text(Meaning::Accent).add_modifier(Modifier::BOLD));
    let row = Rect { x: row.x + 2, width: row.width.saturating_sub(2), ..row };
    let left = filter::input(theme, pen.glyphs, "", &confirm.typed, None, room.saturating_sub(2));
    pen.both(row.x, row.y, row.width, &left, &told);
}
