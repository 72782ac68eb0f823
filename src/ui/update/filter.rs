//! The filter's input: opened, edited, kept, dropped. The list follows every letter.

use crate::model::Clean;
use crate::ui::keymap::Key;
use crate::ui::state::{FilterInput, Overlay, State};
use crate::ui::update::sites;
use tui_input::{Input, InputRequest};

/// Longest question, in characters: a paste may bring a whole page.
const LONGEST: usize = 200;

pub(super) fn open(state: &mut State) {
    let sites = state.sites();
    let input = FilterInput { input: Input::new(sites.query.clone()), selected: sites.selected.clone() };
    state.overlays.push(Overlay::Filter(input));
}

pub(super) fn keep(state: &mut State) {
    state.overlays.pop();
}

/// Shows all again. Where the input is open, what was selected before it was opened is selected again, so that a look
/// through a filter costs no place.
pub(super) fn show_all(state: &mut State) {
    let before = match state.overlays.pop() {
        Some(Overlay::Filter(input)) => input.selected,
        _ => state.sites().selected.clone(),
    };
    state.sites_mut().query.clear();
    state.sites_mut().selected = before;
    sites::arrange_anew(state);
}

pub(super) fn paste(state: &mut State, text: &str) {
    if let Some(Overlay::Filter(FilterInput { input, .. })) = state.overlays.last_mut() {
        for c in Clean::new(text).as_str().trim().chars() {
            insert(input, c);
        }
        follow(state);
    }
}

pub(super) fn edit(state: &mut State, key: Key) {
    let Some(Overlay::Filter(FilterInput { input, .. })) = state.overlays.last_mut() else { return };
    let request = match key {
        Key::Char(c) => {
            insert(input, c);
            return follow(state);
        }
        // With nothing left to delete one wants out.
        Key::Backspace if input.value().is_empty() => {
            show_all(state);
            return;
        }
        Key::Backspace => InputRequest::DeletePrevChar,
        Key::Delete => InputRequest::DeleteNextChar,
        Key::Left => InputRequest::GoToPrevChar,
        Key::Right => InputRequest::GoToNextChar,
        Key::Home => InputRequest::GoToStart,
        Key::End | Key::Ctrl('e') => InputRequest::GoToEnd,
        Key::Ctrl('u') => InputRequest::DeleteFromStart,
        Key::Ctrl('w') => InputRequest::DeletePrevWord,
        _ => return,
    };
    input.handle(request);
    follow(state);
}

fn insert(input: &mut Input, c: char) {
    if input.value().chars().count() < LONGEST {
        input.handle(InputRequest::InsertChar(c));
    }
}

fn follow(state: &mut State) {
    if let Some(Overlay::Filter(FilterInput { input, selected })) = state.overlays.last() {
        let (query, before) = (input.value().to_owned(), selected.clone());
        if state.sites().query == query {
            return;
        }
        state.sites_mut().query = query;
        // What was selected comes back as soon as it matches again.
        state.sites_mut().selected = before;
        sites::arrange_anew(state);
    }
}
