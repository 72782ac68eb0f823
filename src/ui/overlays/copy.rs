//! The copy menu: its letters, in the row above the keys; and the link that was copied last.

use crate::ui::action::{Action, Context, TABLE};
use crate::ui::links::Link;
use crate::ui::state::State;
use crate::ui::theme::Meaning;
use crate::ui::widgets::Pen;
use crate::ui::widgets::key_row::{self, Hint};
use crate::ui::widgets::pen::line_width;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};

/// Draws `copy  n name  a address  w why  u user  l line  i id  p wp-admin  s Setup`.
pub fn draw(pen: &mut Pen<'_>, state: &State, row: Rect) {
    let hints: Vec<Hint> = TABLE
        .iter()
        .filter(|entry| entry.contexts == [Context::Copy] && matches!(entry.action, Action::CopyText(_)))
        .filter_map(|entry| state.keymap.keys(entry).first().map(|key| (entry, key)))
        .map(|(entry, key)| Hint { key: key.to_string(), label: entry.label.to_owned(), stays: false })
        .collect();
    key_row::draw(pen, row, state.theme, "copy  ", &hints, 2);
}

/// Draws `copied WP Fusion settings  https://shop.example.org/wp-admin/...`, the address underlined and marked as a link.
pub fn link(pen: &mut Pen<'_>, state: &State, row: Rect, link: &Link) {
    let theme = state.theme;
    let address = theme.text(Meaning::Text).add_modifier(Modifier::UNDERLINED).underline_color(link.mark());
    let told = Line::from(vec![
        Span::styled(format!("copied {}  ", link.page), theme.text(Meaning::Muted)),
        Span::styled(link.url.as_str(), address),
    ]);
    pen.line(row.x, row.y, row.width.min(line_width(&told)), &told);
}
