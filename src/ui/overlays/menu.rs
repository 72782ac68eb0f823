//! The menu of all that can be done here: what it is, its key, and why it is not possible now.

use crate::model::ActionClass;
use crate::ui::action::Entry;
use crate::ui::glyphs::Glyph;
use crate::ui::panes;
use crate::ui::state::State;
use crate::ui::state::menu::items;
use crate::ui::theme::Meaning;
use crate::ui::widgets::Pen;
use crate::ui::widgets::dialog::{self, Border};
use crate::ui::widgets::pen::width;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

/// Cells of the dialog, its frame included.
const WIDTH: u16 = 72;
/// Where the words begin behind the keys.
const KEYS: u16 = 11;
/// Where what it does begins behind its name.
const LABELS: u16 = 16;

/// What the keys row calls it; where that says all there is to say, its name.
fn named(entry: &Entry, state: &State) -> String {
    if entry.label == entry.help { entry.id.to_owned() } else { panes::label(entry, state) }
}

/// Draws the dialog over `page`: all of it between the header and the keys.
pub fn draw(pen: &mut Pen<'_>, state: &State, page: Rect, place: usize) {
    let theme = state.theme;
    let items = items(state);
    let rows = u16::try_from(items.len()).unwrap_or(u16::MAX);
    let size = (WIDTH.min(page.width), rows.saturating_add(2).min(page.height));
    let frame = Rect { x: page.x + (page.width - size.0) / 2, y: page.y, width: size.0, height: size.1 };
    dialog::put_behind(pen.buffer, page, frame, theme);
    let seen = usize::from(frame.height.saturating_sub(2)).max(1);
    let first = (place + 1).saturating_sub(seen);
    let note = if items.len() > seen {
        format!("{}-{} of {}", first + 1, (first + seen).min(items.len()), items.len())
    } else {
        String::new()
    };
    dialog::draw(pen, theme, frame, Border::Plain, [&format!("Actions: {}", state.place().place()), &note]);
    let facts = state.facts();
    let inside = Rect { x: frame.x + 1, width: frame.width.saturating_sub(2), ..frame };
    for (i, (entry, y)) in items.iter().skip(first).zip(frame.y + 1..frame.bottom().saturating_sub(1)).enumerate() {
        let selected = first + i == place;
        let style = |meaning| if selected { theme.lit(meaning) } else { theme.text(meaning) };
        if selected {
            pen.buffer.set_style(Rect { y, height: 1, ..inside }, theme.select());
            pen.text(inside.x, y, 1, pen.glyphs.get(Glyph::Edge), theme.edge());
        }
        let x = inside.x + 2;
        let room = inside.width.saturating_sub(4);
        if let Some(key) = state.keymap.keys(entry).first() {
            pen.text(x, y, KEYS, &key.to_string(), style(Meaning::Accent).add_modifier(Modifier::BOLD));
        }
        let words = room.saturating_sub(KEYS);
        match entry.enabled(facts) {
            Ok(()) => {
                let cost = match entry.class {
                    ActionClass::Look => "",
                    ActionClass::Spend => "spends",
                    ActionClass::Write => "writes",
                };
                let end = inside.right().saturating_sub(2 + width(cost));
                pen.text(x + KEYS, y, LABELS - 2, &named(entry, state), style(Meaning::Text));
                let told = end.saturating_sub(x + KEYS + LABELS + 1);
                pen.text(x + KEYS + LABELS, y, told, entry.help, style(Meaning::Muted));
                pen.text(end, y, width(cost), cost, style(Meaning::Warn).add_modifier(Modifier::BOLD));
            }
            Err(why) => {
                pen.text(x + KEYS, y, LABELS - 2, &named(entry, state), style(Meaning::Faint));
                pen.text(x + KEYS + LABELS, y, words.saturating_sub(LABELS), why, style(Meaning::Faint));
            }
        }
    }
}
