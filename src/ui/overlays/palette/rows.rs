//! The list of the palette: commands with their keys, sites with their health, orders, what to copy.

use crate::model::SiteName;
use crate::ui::action::{Argument, Entry};
use crate::ui::glyphs::{Glyph, Glyphs};
use crate::ui::overlays::palette::usage;
use crate::ui::panes::{tone, word};
use crate::ui::state::palette::Item;
use crate::ui::state::{Palette, State};
use crate::ui::theme::{Meaning, Theme};
use crate::ui::widgets::Pen;
use crate::ui::widgets::badge::Tone;
use crate::ui::widgets::pen::{fit, steady, width};
use chrono::{DateTime, Utc};
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

/// Cells of a command with what it takes.
const USAGE: u16 = 16;
/// Cells of its key.
const KEY: u16 = 10;
/// Cells of a health's sign and word.
const HEALTH: u16 = 7;
/// Cells of a site's name.
const NAME: u16 = 28;

/// How one line is set: with the greys of the selected row or those of the dialog.
#[derive(Clone, Copy)]
struct Set {
    theme: Theme,
    glyphs: Glyphs,
    selected: bool,
}

impl Set {
    fn style(self, meaning: Meaning) -> Style {
        if self.selected { self.theme.lit(meaning) } else { self.theme.text(meaning) }
    }

    /// A column: cut to its cells, with two more after it.
    fn cell(self, text: &str, cells: u16, style: Style) -> Span<'static> {
        let text = fit(&steady(text), cells, self.glyphs);
        let pad = usize::from((cells + 2).saturating_sub(width(&text)));
        Span::styled(format!("{text}{}", " ".repeat(pad)), style)
    }
}

/// Draws the items from the place `first` on; without any, why there are none.
pub(super) fn draw(pen: &mut Pen<'_>, state: &State, part: Rect, palette: &Palette, first: usize, now: DateTime<Utc>) {
    let theme = state.theme;
    let cells = part.width.saturating_sub(4);
    let chosen = palette.selected().is_some();
    if palette.items.is_empty() {
        let lines = nothing(palette, state).into_iter();
        for (y, line) in (part.y..part.bottom()).zip(lines) {
            pen.text(part.x + 2, y, cells, &steady(&line), theme.text(Meaning::Muted));
        }
    }
    for (y, (place, item)) in (part.y..part.bottom()).zip(palette.items.iter().enumerate().skip(first)) {
        let set = Set { theme, glyphs: pen.glyphs, selected: chosen && place == palette.place };
        if set.selected {
            pen.buffer.set_style(Rect { y, height: 1, ..part }, theme.select());
            pen.text(part.x, y, 1, pen.glyphs.get(Glyph::Edge), theme.edge());
        }
        let line = match item {
            Item::Command(entry) => command(set, state, entry),
            Item::Choice(entry) => choice(set, state, &item.text(), entry),
            Item::Site(name) => site(set, state, name, now),
        };
        pen.line(part.x + 2, y, cells, &line);
    }
}

fn command(set: Set, state: &State, entry: &Entry) -> Line<'static> {
    let possible = entry.enabled(state.facts());
    let name = if possible.is_ok() { Meaning::Text } else { Meaning::Muted };
    Line::from(vec![
        set.cell(&usage(entry), USAGE, set.style(name)),
        key(set, state, entry),
        Span::styled(possible.err().unwrap_or(entry.help), set.style(Meaning::Muted)),
    ])
}

fn choice(set: Set, state: &State, name: &str, entry: &Entry) -> Line<'static> {
    let name = set.cell(name, USAGE, set.style(Meaning::Text));
    // The help of an order is its name again.
    let help = if entry.help == entry.label { "" } else { entry.help };
    Line::from(vec![name, key(set, state, entry), Span::styled(help, set.style(Meaning::Muted))])
}

fn key(set: Set, state: &State, entry: &Entry) -> Span<'static> {
    let key = state.keymap.keys(entry).first().map(ToString::to_string).unwrap_or_default();
    set.cell(&key, KEY, set.style(Meaning::Accent).add_modifier(Modifier::BOLD))
}

fn site(set: Set, state: &State, name: &SiteName, now: DateTime<Utc>) -> Line<'static> {
    let rows = &state.picture.rows;
    let Some(row) = rows.iter().find(|row| row.name == *name) else { return Line::default() };
    let sign = match tone(row.health) {
        Tone::Bad => set.style(Meaning::Bad).add_modifier(Modifier::BOLD),
        Tone::Warn => set.style(Meaning::Warn).add_modifier(Modifier::BOLD),
        Tone::Plain => set.style(Meaning::Text),
        Tone::Quiet => set.style(Meaning::Muted),
    };
    let health = format!("{} {}", state.glyphs.health(row.health), word(row.health));
    Line::from(vec![
        set.cell(&health, HEALTH, sign),
        set.cell(name.as_str(), NAME, set.style(Meaning::Text)),
        Span::styled(steady(&row.why.at(now)), set.style(Meaning::Muted)),
    ])
}

/// What stands in the place of a list.
fn nothing(palette: &Palette, state: &State) -> Vec<String> {
    if let Some(told) = &palette.told {
        let how = "state:fail   org:acme   idle>20d   !word   /expression/".to_owned();
        return vec![told.clone(), String::new(), how];
    }
    let takes = match (palette.command(state.place()), palette.parts()) {
        (Some(entry), (_, Some(_))) => entry.argument,
        (_, (_, Some(_))) => return Vec::new(),
        _ => return vec!["no command is named so".to_owned()],
    };
    match takes {
        Argument::None => Vec::new(),
        Argument::Site if state.picture.partial => vec!["not every site was read yet".to_owned()],
        Argument::Site => vec!["no site is named so".to_owned()],
        Argument::Approval | Argument::Query | Argument::Order | Argument::What => {
            vec!["nothing is named so".to_owned()]
        }
    }
}
