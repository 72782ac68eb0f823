//! The list of orgs: showing it, moving, sorting, and going from an org to its users.

use crate::model::OrgBoard;
use crate::ui::action::Step;
use crate::ui::panes;
use crate::ui::state::users::UserOrder;
use crate::ui::state::{Screen, State};
use crate::ui::update::{scroll, stepped, users};
use chrono::{DateTime, Utc};

/// Shows the list of orgs, as it was left.
pub(super) fn show(state: &mut State) {
    state.screens.opened = vec![Screen::Orgs];
    arrange(state);
}

/// What a new picture does to the list, where it is open.
pub(super) fn follow(state: &mut State) {
    if state.screens.opened.iter().any(|screen| matches!(screen, Screen::Orgs)) {
        arrange(state);
    }
}

/// Filters, sorts, and finds the selection again.
pub(super) fn arrange(state: &mut State) {
    let boards = &state.picture.boards;
    let orgs = &state.screens.orgs;
    let wanted = orgs.filter.to_lowercase();
    let fits = |board: &OrgBoard| board.name.as_str().to_lowercase().contains(&wanted);
    let mut shown: Vec<usize> = (0..boards.len()).filter(|place| fits(&boards[*place])).collect();
    if orgs.order == UserOrder::Risk {
        shown.sort_by_key(|place| claims(&boards[*place]));
    }
    let found = orgs.selected.clone().and_then(|name| shown.iter().position(|place| boards[*place].name == name));
    let orgs = &mut state.screens.orgs;
    orgs.cursor = found.unwrap_or(orgs.cursor.min(shown.len().saturating_sub(1)));
    orgs.shown = shown;
    select(state);
}

/// How much an org claims attention: one whose app is not installed as much as one that rotates.
fn claims(board: &OrgBoard) -> u8 {
    if board.facts.app_installed == Some(false) { board.rank().min(1) } else { board.rank() }
}

fn select(state: &mut State) {
    let name = state.org().map(|board| board.name.clone());
    let height = usize::from(state.page().halves(state.screens.orgs.shown.len()).list.height).max(1);
    let orgs = &mut state.screens.orgs;
    if orgs.selected != name {
        orgs.detail_offset = 0;
    }
    orgs.selected = name;
    orgs.offset = orgs.offset.clamp((orgs.cursor + 1).saturating_sub(height), orgs.cursor);
    orgs.offset = orgs.offset.min(orgs.shown.len().saturating_sub(height));
}

/// Moves the selection.
pub(super) fn step(state: &mut State, step: Step) {
    let page = usize::from(state.page().halves(state.screens.orgs.shown.len()).list.height.saturating_sub(1)).max(1);
    let orgs = &mut state.screens.orgs;
    orgs.cursor = stepped(orgs.cursor, step, page, orgs.shown.len().saturating_sub(1));
    select(state);
}

/// Scrolls what is told of the selected org, and never past the end.
pub(super) fn scroll_facts(state: &mut State, step: Step, now: DateTime<Utc>) {
    let last = panes::orgs::hidden(state, now);
    let orgs = &mut state.screens.orgs;
    orgs.detail_offset = scroll(orgs.detail_offset.min(last), step, last);
}

/// Sorts by the other order.
pub(super) fn turn_order(state: &mut State) {
    let orgs = &mut state.screens.orgs;
    orgs.order = orgs.order.other();
    arrange(state);
}

/// Narrows the list to names that hold this.
pub(super) fn narrow(state: &mut State, text: &str) {
    text.clone_into(&mut state.screens.orgs.filter);
    arrange(state);
}

/// Goes to the users of the selected org.
pub(super) fn open(state: &mut State) {
    let Some(name) = state.org().map(|board| board.name.clone()) else { return };
    users::show_of(state, &name);
}
