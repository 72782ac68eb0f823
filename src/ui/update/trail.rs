//! The view of the audit: opening it, moving, and the question for its lines.

use crate::model::Trail;
use crate::protocol::Command;
use crate::ui::action::Step;
use crate::ui::effect::Effect;
use crate::ui::state::{Screen, State};
use crate::ui::update::stepped;
use std::sync::Arc;

/// Shows it, as it was left, and reads it anew.
pub(super) fn show(state: &mut State) -> Option<Effect> {
    state.screens.opened = vec![Screen::Trail];
    ask(state)
}

/// Reads it anew, where it is shown and not being read.
pub(super) fn ask(state: &mut State) -> Option<Effect> {
    let shown = matches!(state.screen(), Some(Screen::Trail));
    let view = &mut state.screens.trail;
    (shown && !view.asked).then(|| {
        view.asked = true;
        Effect::Send(Command::Trail)
    })
}

/// Takes it; the line that was selected stays selected where newer ones come before it.
pub(super) fn take(state: &mut State, trail: Arc<Trail>) {
    let number = state.trail_line().map(|line| line.number).filter(|_| state.screens.trail.cursor > 0);
    let found = number.and_then(|number| trail.lines.iter().position(|line| line.number == number));
    let view = &mut state.screens.trail;
    (view.asked, view.cursor) = (false, found.unwrap_or(0));
    view.have = Some(trail);
    follow(state);
}

/// Moves the selection.
pub(super) fn step(state: &mut State, step: Step) {
    let lines = lines(state);
    let page = height(state).saturating_sub(1).max(1);
    let view = &mut state.screens.trail;
    view.cursor = stepped(view.cursor, step, page, lines.saturating_sub(1));
    follow(state);
}

/// Keeps the selection on the page.
pub(super) fn follow(state: &mut State) {
    let (lines, height) = (lines(state), height(state));
    let view = &mut state.screens.trail;
    view.cursor = view.cursor.min(lines.saturating_sub(1));
    view.offset = view.offset.clamp((view.cursor + 1).saturating_sub(height), view.cursor);
    view.offset = view.offset.min(lines.saturating_sub(height));
}

fn lines(state: &State) -> usize {
    state.screens.trail.have.as_ref().map_or(0, |trail| trail.lines.len())
}

fn height(state: &State) -> usize {
    usize::from(state.page().halves(lines(state)).list.height).max(1)
}
