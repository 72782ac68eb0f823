//! The menu of all that can be done here: walked through, run, or left by the key of what stands in it.

use crate::ui::action::{Entry, Step};
use crate::ui::keymap::Key;
use crate::ui::state::menu::items;
use crate::ui::state::{Notice, Overlay, State};
use crate::ui::update::stepped;

/// Lines of a page of it: enough to go through, on any terminal.
const PAGE: usize = 8;

pub(super) fn open(state: &mut State) {
    state.overlays.push(Overlay::Menu(0));
}

pub(super) fn step(state: &mut State, step: Step) {
    let last = items(state).len().saturating_sub(1);
    if let Some(Overlay::Menu(place)) = state.overlays.last_mut() {
        *place = stepped((*place).min(last), step, PAGE, last);
    }
}

/// What the menu's selection does, once it is left; what is not possible now is said, and it stays.
pub(super) fn run(state: &mut State) -> Option<&'static Entry> {
    let Some(Overlay::Menu(place)) = state.overlays.last() else { return None };
    let entry = *items(state).get(*place)?;
    take(state, entry)
}

/// The same by the key that does it without the menu.
pub(super) fn pressed(state: &mut State, key: Key) -> Option<&'static Entry> {
    let entry = state.keymap.resolve(state.place(), key)?;
    items(state).iter().any(|item| item.id == entry.id).then_some(())?;
    take(state, entry)
}

fn take(state: &mut State, entry: &'static Entry) -> Option<&'static Entry> {
    if let Err(reason) = entry.enabled(state.facts()) {
        state.notice = Some(Notice { text: format!("{}: {reason}", entry.label), warning: true });
        return None;
    }
    state.overlays.pop();
    Some(entry)
}
