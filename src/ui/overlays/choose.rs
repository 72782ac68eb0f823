//! The choice of a setting of a site: a line to narrow it, what the site offers, what it has now.

use crate::model::dry_run::Offered;
use crate::ui::glyphs::Glyph;
use crate::ui::overlays::filter;
use crate::ui::state::State;
use crate::ui::state::choose::Choose;
use crate::ui::theme::Meaning;
use crate::ui::widgets::dialog::{self, Border};
use crate::ui::widgets::key_row::{self, Hint};
use crate::ui::widgets::pen::{fit, steady, width, wrap};
use crate::ui::widgets::{Pen, hairline};
use chrono::{DateTime, Utc};
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

/// Cells of the dialog, its frame included.
const WIDTH: u16 = 68;
/// Rows of the dialog, its frame included: it keeps its size while one types.
const HEIGHT: u16 = 16;
/// Cells of a name.
const NAME: u16 = 26;
/// Rows of a note.
const NOTE: usize = 2;

/// Whether seconds are counted in the choice that is open.
pub fn counts_seconds(choose: &Choose) -> bool {
    choose.offer.is_none()
}

/// Draws the dialog over `page`: all of it below the header. `keys` are those of the choice.
pub fn draw(pen: &mut Pen<'_>, state: &State, page: Rect, choose: &Choose, keys: &[Hint], now: DateTime<Utc>) {
    let theme = state.theme;
    let page = page.intersection(pen.buffer.area);
    let above = u16::from(page.height > HEIGHT);
    let (wide, high) = (WIDTH.min(page.width), HEIGHT.min(page.height - above));
    if high < 6 || wide < 20 {
        return;
    }
    let frame = Rect { x: page.x + (page.width - wide) / 2, y: page.y + above, width: wide, height: high };
    dialog::put_behind(pen.buffer, page, frame, theme);
    dialog::draw(pen, theme, frame, Border::Plain, [&steady(&choose.title()), ""]);
    let inside = Rect { x: frame.x + 1, y: frame.y + 1, width: wide - 2, height: high - 2 };
    let text = Rect { x: inside.x + 2, width: inside.width.saturating_sub(4), ..inside };
    let line = Rect { height: 1, ..inside };
    pen.buffer.set_style(line, theme.field());
    let typed = filter::input(theme, pen.glyphs, "", &choose.input, None, text.width);
    pen.line(text.x, line.y, text.width, &typed);
    let notes: Vec<String> = choose
        .offer
        .iter()
        .flat_map(|offer| &offer.notes)
        .flat_map(|note| wrap(&steady(note.as_str()), text.width, NOTE, pen.glyphs))
        .collect();
    let under = u16::try_from(notes.len()).unwrap_or(0).min(inside.height.saturating_sub(5));
    let list = Rect { y: inside.y + 2, height: inside.height.saturating_sub(4 + under), ..inside };
    let shown = choose.shown();
    let seen = usize::from(list.height).max(1);
    let first = (choose.place + 1).saturating_sub(seen);
    let end = (first + seen).min(shown.len());
    let position = if shown.len() > seen { format!("{}-{end} of {}", first + 1, shown.len()) } else { String::new() };
    let rule = hairline::line(pen.glyphs, theme, inside.width, [Glyph::Line; 2], "", &position);
    pen.line(inside.x, inside.y + 1, inside.width, &rule);
    if choose.offer.is_none() {
        let seconds = (now - choose.since).num_seconds().max(0);
        let asks =
            choose.asks.as_ref().map_or_else(|| "waits for the site".to_owned(), |what| format!("waits for {what}"));
        let left = Line::styled(steady(&asks), theme.text(Meaning::Muted));
        pen.both(text.x, list.y, text.width, &left, &Line::styled(format!("{seconds}s"), theme.text(Meaning::Muted)));
    } else if shown.is_empty() {
        let words = if choose.input.value().is_empty() { "nothing can be chosen" } else { "nothing is named so" };
        pen.text(text.x, list.y, text.width, words, theme.text(Meaning::Muted));
    }
    for ((place, choice), y) in shown.iter().enumerate().skip(first).zip(list.y..list.bottom()) {
        one(pen, state, Rect { y, height: 1, ..inside }, choice, place == choose.place);
    }
    for (note, y) in notes.iter().zip(list.bottom()..list.bottom() + under) {
        pen.text(text.x, y, text.width, note, theme.text(Meaning::Warn));
    }
    key_row::draw(pen, Rect { y: inside.bottom() - 1, height: 1, ..text }, theme, "", keys, 3);
}

/// `▌ Contact                     Contacts                   now`
fn one(pen: &mut Pen<'_>, state: &State, row: Rect, choice: &Offered, selected: bool) {
    let theme = state.theme;
    let style = |meaning| if selected { theme.lit(meaning) } else { theme.text(meaning) };
    if selected {
        pen.buffer.set_style(row, theme.select());
        pen.text(row.x, row.y, 1, pen.glyphs.get(Glyph::Edge), theme.edge());
    }
    let name = fit(&steady(choice.name.as_str()), NAME, pen.glyphs);
    let pad = usize::from((NAME + 2).saturating_sub(width(&name)));
    let label = if choice.label == choice.name { String::new() } else { steady(choice.label.as_str()) };
    let now = if choice.present { "now" } else { "" };
    let room = row.width.saturating_sub(4 + NAME + 2 + 5);
    let left = Line::from(vec![
        Span::styled(format!("{name}{}", " ".repeat(pad)), style(Meaning::Text)),
        Span::styled(fit(&label, room, pen.glyphs), style(Meaning::Muted)),
    ]);
    let right = Line::styled(now, style(Meaning::Strong).add_modifier(Modifier::BOLD));
    pen.both(row.x + 2, row.y, row.width.saturating_sub(4), &left, &right);
}
