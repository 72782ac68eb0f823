//! The choice of an order: its letters, in the row above the keys.

use crate::ui::action::{Action, Context, TABLE};
use crate::ui::state::State;
use crate::ui::widgets::Pen;
use crate::ui::widgets::key_row::{self, Hint};
use ratatui::layout::Rect;

/// Draws `sort by  r risk  n name  e expiry  u uses  p proof  same again: reversed`.
pub fn draw(pen: &mut Pen<'_>, state: &State, row: Rect) {
    let orders = TABLE.iter().filter(|entry| entry.contexts == [Context::Sort]);
    let hints: Vec<Hint> = orders
        .filter_map(|entry| match entry.action {
            Action::SortBy(order) => Some((entry, order)),
            _ => None,
        })
        .filter_map(|(entry, order)| {
            let again = order == state.sites().order && !state.sites().reversed;
            let label = if again { format!("{}, reversed", entry.label) } else { entry.label.to_owned() };
            state.keymap.keys(entry).first().map(|key| Hint { key: key.to_string(), label, stays: true })
        })
        .collect();
    key_row::draw(pen, row, state.theme, "sort by  ", &hints, 2);
}
