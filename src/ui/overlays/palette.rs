//! The command palette: a line, what completes it, what the command does, and what was given lately.

mod rows;

use crate::model::ActionClass;
use crate::ui::action::Entry;
use crate::ui::glyphs::Glyph;
use crate::ui::overlays::filter;
use crate::ui::state::{Palette, State};
use crate::ui::theme::Meaning;
use crate::ui::widgets::dialog::{self, Border};
use crate::ui::widgets::key_row::{self, Hint};
use crate::ui::widgets::pen::{line_width, steady, wrap};
use crate::ui::widgets::{Pen, hairline};
use chrono::{DateTime, Utc};
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

/// Cells of the dialog, its frame included.
const WIDTH: u16 = 76;
/// Rows of the dialog, its frame included: it keeps its size while one types.
const HEIGHT: u16 = 18;
/// Rows for what the command is: its usage, its help, what it costs.
const ABOUT: u16 = 3;
/// Earlier commands that are shown.
const LATELY: u16 = 3;
/// Rows that the list keeps before earlier commands get some.
const LEAST: u16 = 4;
/// From here on the command's three lines have their place.
const TOLD_FROM: u16 = LEAST + 1 + ABOUT;

/// The rows of the dialog's parts, from top to bottom. A part that there is no place for is empty.
struct Parts {
    line: Rect,
    rule: Rect,
    list: Rect,
    about: Rect,
    lately: Rect,
    keys: Rect,
}

impl Parts {
    /// The parts inside a frame, with so many earlier commands to show.
    fn of(inside: Rect, lately: usize) -> Self {
        let mut left = inside.height;
        let mut take = |rows: u16| {
            let rows = rows.min(left);
            left -= rows;
            rows
        };
        let (line, keys, rule) = (take(1), take(1), take(1));
        let rest = left;
        let about = if rest >= TOLD_FROM { ABOUT } else { rest.min(1) };
        let between = u16::from(rest >= TOLD_FROM);
        // An empty row above the keys too, where there is room.
        let over_keys = u16::from(rest > TOLD_FROM);
        let rest = rest - about - between - over_keys;
        let wanted = u16::try_from(lately).unwrap_or(LATELY).min(LATELY);
        let lately = if wanted > 0 && rest > LEAST + wanted { wanted } else { 0 };
        let under_about = u16::from(lately > 0);
        let list = rest - lately - under_about;
        let at = |y: u16, height: u16| Rect { y: inside.y + y, height, ..inside };
        let after_list = line + rule + list + between;
        Self {
            line: at(0, line),
            rule: at(line, rule),
            list: at(line + rule, list),
            about: at(after_list, about),
            lately: at(after_list + about + under_about, lately),
            keys: at(inside.height - keys, keys),
        }
    }
}

/// The dialog's frame in the part of the page below its header.
fn frame(page: Rect) -> Rect {
    let width = WIDTH.min(page.width.saturating_sub(4)).max(page.width.min(20));
    // Under the row of counts where the page is a tall one.
    let above = u16::from(page.height > HEIGHT) + u16::from(page.height >= 25);
    let height = HEIGHT.min(page.height - above.min(page.height));
    Rect { x: page.x + (page.width - width) / 2, y: page.y + above, width, height }
}

/// Draws the dialog over `page`: all of it below the header. `keys` are those of the palette.
pub fn draw(pen: &mut Pen<'_>, state: &State, page: Rect, palette: &Palette, keys: &[Hint], now: DateTime<Utc>) {
    let theme = state.theme;
    let page = page.intersection(pen.buffer.area);
    let frame = frame(page);
    dialog::put_behind(pen.buffer, page, frame, theme);
    dialog::draw(pen, theme, frame, Border::Plain, ["", ""]);
    let inside = Rect {
        x: frame.x + 1,
        y: frame.y + 1,
        width: frame.width.saturating_sub(2),
        height: frame.height.saturating_sub(2),
    };
    let parts = Parts::of(inside, state.lately.len());
    let text = |part: Rect| Rect { x: part.x + 2, width: part.width.saturating_sub(4), ..part };
    let line = text(parts.line);
    if !line.is_empty() {
        pen.buffer.set_style(parts.line, theme.field());
        let typed = filter::input(theme, pen.glyphs, ":", &palette.input, None, line.width);
        pen.line(line.x, line.y, line.width, &typed);
    }
    let seen = usize::from(parts.list.height);
    let first = (palette.place + 1).saturating_sub(seen);
    if !parts.rule.is_empty() {
        let all = palette.items.len();
        let last = (first + seen).min(all);
        let note = if all > seen { format!("{}-{last} of {all}", first + 1) } else { String::new() };
        let rule = hairline::line(pen.glyphs, theme, parts.rule.width, [Glyph::Line; 2], "", &note);
        pen.line(parts.rule.x, parts.rule.y, parts.rule.width, &rule);
    }
    rows::draw(pen, state, parts.list, palette, first, now);
    about(pen, state, text(parts.about), palette);
    lately(pen, state, text(parts.lately));
    let keys_row = text(parts.keys);
    if !keys_row.is_empty() {
        key_row::draw(pen, keys_row, theme, "", keys, 3);
    }
}

/// What is wrong with the line; else what the command is.
fn about(pen: &mut Pen<'_>, state: &State, part: Rect, palette: &Palette) {
    let theme = state.theme;
    let warn = theme.text(Meaning::Warn).add_modifier(Modifier::BOLD);
    let (text, muted) = (theme.text(Meaning::Text), theme.text(Meaning::Muted));
    let lines: Vec<Line<'static>> = if let Some(wrong) = &palette.wrong {
        let sign = pen.glyphs.get(Glyph::Warn);
        let what = steady(&format!("{sign} {}", sentence(&wrong.what)));
        // Where there is one line for both, the advice stands at its end.
        if part.height == 1 {
            vec![Line::from(vec![Span::styled(what, warn), Span::styled(format!(" {}", steady(&wrong.advice)), text)])]
        } else {
            let mut lines: Vec<_> =
                wrap(&what, part.width, 2, pen.glyphs).into_iter().map(|l| Line::styled(l, warn)).collect();
            lines.push(Line::styled(steady(&sentence(&wrong.advice)), text));
            lines
        }
    } else if let Some(entry) = palette.command(state.place()) {
        let strong = theme.text(Meaning::Strong).add_modifier(Modifier::BOLD);
        let last = match entry.enabled(state.facts()) {
            Ok(()) => Line::styled(costs(entry, state), muted),
            Err(reason) => Line::styled(format!("Not possible now: {reason}."), text),
        };
        vec![Line::styled(usage(entry), strong), Line::styled(sentence(entry.help), muted), last]
    } else {
        vec![Line::styled("A command and what it takes; commands may be cut short.", muted)]
    };
    for (y, line) in (part.y..part.bottom()).zip(&lines) {
        pen.line(part.x, y, part.width, line);
    }
}

fn lately(pen: &mut Pen<'_>, state: &State, part: Rect) {
    const LABEL: u16 = 9;
    let theme = state.theme;
    let (faint, muted) = (theme.text(Meaning::Faint), theme.text(Meaning::Muted));
    for (i, (y, given)) in (part.y..part.bottom()).zip(&state.lately).enumerate() {
        if i == 0 {
            pen.text(part.x, y, part.width.min(LABEL), "lately", faint);
        }
        let at = Line::styled(given.at.format("%H:%MZ").to_string(), faint);
        let wide = line_width(&at);
        pen.line_right(part.right(), y, wide, &at);
        let room = part.width.saturating_sub(LABEL + wide + 2);
        pen.text(part.x + LABEL, y, room, &steady(&format!(":{}", given.line)), muted);
    }
}

/// `open [SITE]`.
pub fn usage(entry: &Entry) -> String {
    format!("{} {}", entry.id, entry.argument.word()).trim_end().to_owned()
}

/// What a command costs, and the key that does the same.
fn costs(entry: &Entry, state: &State) -> String {
    let class = match entry.class {
        ActionClass::Look => "Only looks.",
        ActionClass::Spend => "Spends a refresh or a slot.",
        ActionClass::Write => "Writes to a site or an org.",
    };
    match state.keymap.keys(entry).first() {
        Some(key) => format!("{class} Same as key {key}."),
        None => class.to_owned(),
    }
}

/// A label as a sentence of its own.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    let end = if text.is_empty() || text.ends_with(['.', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_100x26_stand_where_the_picture_has_them() {
        let frame = frame(Rect::new(0, 1, 100, 25));
        assert_eq!(frame, Rect::new(12, 3, 76, 18));
        let parts = Parts::of(Rect::new(13, 4, 74, 16), 3);
        let rows = [parts.line, parts.rule, parts.list, parts.about, parts.lately, parts.keys].map(|part| part.y);
        assert_eq!((rows, parts.list.height), ([4, 5, 6, 11, 15, 19], 4));
    }

    #[test]
    fn no_page_is_too_small_and_no_part_leaves_the_frame() {
        for (width, height) in (0..130).flat_map(|width| (0..40).map(move |height| (width, height))) {
            let page = Rect::new(0, 1, width, height);
            let frame = frame(page);
            assert_eq!(frame.intersection(page), frame, "{width}x{height}");
            let inside = Rect::new(frame.x, frame.y, frame.width, frame.height);
            for lately in 0..5 {
                let parts = Parts::of(inside, lately);
                let all = [parts.line, parts.rule, parts.list, parts.about, parts.lately, parts.keys];
                let sum: u16 = all.iter().map(|part| part.height).sum();
                assert!(sum <= inside.height && all.iter().all(|part| part.bottom() <= inside.bottom()));
            }
        }
    }

    #[test]
    fn labels_become_sentences() {
        for (label, told) in [("quit", "Quit."), ("sort by ..", "Sort by .."), ("", ""), ("did you?", "Did you?")] {
            assert_eq!(sentence(label), told);
        }
    }
}
