//! The filter's input: opened, edited, kept, dropped. The list follows every letter that leaves it a filter that can be
//! read.

use crate::model::{Clean, Query, QueryError};
use crate::ui::keymap::Key;
use crate::ui::state::{FilterInput, Overlay, State};
use crate::ui::update::sites;
use crate::ui::update::typing::{self, LONGEST, Typed};
use chrono::{DateTime, Utc};
use tui_input::Input;

pub(super) fn open(state: &mut State) {
    let sites = state.sites();
    let input = Input::new(sites.narrowing.text().to_owned());
    let input = FilterInput { input, selected: sites.selected.clone() };
    state.overlays.push(Overlay::Filter(input));
}

pub(super) fn keep(state: &mut State) {
    state.overlays.pop();
}

/// Sets a filter whole, from wherever it comes; an empty one shows all. One that can not be read changes nothing.
pub(super) fn set(state: &mut State, text: &str, now: DateTime<Utc>) -> Result<(), QueryError> {
    let text: String = Clean::new(text).as_str().trim().chars().take(LONGEST).collect();
    Query::parse(&text)?;
    state.sites_mut().narrowing.read(&text);
    sites::arrange_anew(state, now);
    Ok(())
}

/// Shows all again. Where the input is open, what was selected before it was opened is selected again, so that a look
/// through a filter costs no place; but a row that was chosen meanwhile stays.
pub(super) fn show_all(state: &mut State, now: DateTime<Utc>) {
    let before = match state.overlays.pop() {
        Some(Overlay::Filter(input)) => input.selected,
        _ => state.sites().selected.clone(),
    };
    state.sites_mut().selected = before;
    // Nothing can be wrong with an empty one.
    let _ = set(state, "", now);
}

/// Takes the row that was moved to while one types as the one to come back to.
pub(super) fn chose(state: &mut State) {
    let chosen = state.sites().selected.clone();
    if let (Some(Overlay::Filter(input)), Some(chosen)) = (state.overlays.last_mut(), chosen) {
        input.selected = Some(chosen);
    }
}

pub(super) fn paste(state: &mut State, text: &str, now: DateTime<Utc>) {
    if let Some(Overlay::Filter(FilterInput { input, .. })) = state.overlays.last_mut() {
        typing::paste(input, text);
        follow(state, now);
    }
}

pub(super) fn edit(state: &mut State, key: Key, now: DateTime<Utc>) {
    let Some(Overlay::Filter(FilterInput { input, .. })) = state.overlays.last_mut() else { return };
    match typing::edit(input, key) {
        Typed::Taken => follow(state, now),
        Typed::Leaves => show_all(state, now),
        Typed::Foreign => {}
    }
}

fn follow(state: &mut State, now: DateTime<Utc>) {
    if let Some(Overlay::Filter(FilterInput { input, selected })) = state.overlays.last() {
        let (text, before) = (input.value().to_owned(), selected.clone());
        if state.sites_mut().narrowing.read(&text) {
            // What was selected comes back as soon as it matches again.
            state.sites_mut().selected = before;
            sites::arrange_anew(state, now);
        }
    }
}
