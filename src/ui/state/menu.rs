//! What the menu of a place holds.

use crate::model::ActionClass;
use crate::ui::action::{Action, Entry, Group, TABLE};
use crate::ui::state::State;

/// All that can be done in the place that is shown, what has no key of its own first. What spends or writes is not among
/// them where nothing may.
pub fn items(state: &State) -> Vec<&'static Entry> {
    let (place, facts) = (state.place(), state.facts());
    let here = |entry: &&Entry| {
        entry.contexts.contains(&place)
            && entry.group != Group::Anywhere
            && !matches!(entry.action, Action::Move(_) | Action::Scroll(_) | Action::Menu | Action::Demo)
            && !entry.is_hidden(facts)
    };
    let mut items: Vec<&'static Entry> = TABLE.iter().filter(here).collect();
    items.sort_by_key(|entry| match (entry.class, state.keymap.keys(entry).is_empty()) {
        (ActionClass::Spend | ActionClass::Write, _) => 0,
        (ActionClass::Look, true) => 1,
        (ActionClass::Look, false) => 2,
    });
    items
}
