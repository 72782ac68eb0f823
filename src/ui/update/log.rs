//! The command log: opening it, moving, and copying a line for a shell.

use crate::ui::action::Step;
use crate::ui::effect::Effect;
use crate::ui::state::{Notice, Screen, State};
use crate::ui::update::{copy as copied, stepped};

/// Opens it over where one is.
pub(super) fn show(state: &mut State) {
    if let Some(place) = state.screens.opened.iter().position(|screen| matches!(screen, Screen::Log)) {
        state.screens.opened.truncate(place + 1);
    } else {
        (state.log.cursor, state.log.offset) = (0, 0);
        state.screens.opened.push(Screen::Log);
    }
}

/// Moves the selection.
pub(super) fn step(state: &mut State, step: Step) {
    let page = height(state).saturating_sub(1).max(1);
    state.log.cursor = stepped(state.log.cursor, step, page, state.log.lines.len().saturating_sub(1));
    follow(state);
}

/// Keeps the selection on the page.
pub(super) fn follow(state: &mut State) {
    let (lines, height) = (state.log.lines.len(), height(state));
    let log = &mut state.log;
    log.cursor = log.cursor.min(lines.saturating_sub(1));
    log.offset = log.offset.clamp((log.cursor + 1).saturating_sub(height), log.cursor);
    log.offset = log.offset.min(lines.saturating_sub(height));
}

/// Copies the command line of the selected line.
pub(super) fn copy(state: &mut State) -> Option<Effect> {
    let line = state.log.line()?.deed.shell_for(&state.launch)?;
    if line.chars().any(char::is_control) {
        let text = "not copied: a name in it holds a control character".to_owned();
        state.notice = Some(Notice { text, warning: true });
        return None;
    }
    copied::put(state, "the command", line)
}

fn height(state: &State) -> usize {
    usize::from(state.page().halves(state.log.lines.len()).list.height).max(1)
}
