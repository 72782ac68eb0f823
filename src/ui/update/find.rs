//! What narrows the lists of users, orgs and fields: a text that names have to hold. The list follows every letter.

use crate::model::Clean;
use crate::ui::action::Context;
use crate::ui::keymap::Key;
use crate::ui::state::{Overlay, State};
use crate::ui::update::typing::{self, Typed};
use crate::ui::update::{fields, orgs, users};
use tui_input::Input;

pub(super) fn open(state: &mut State) {
    let text: &str = match state.place() {
        Context::Orgs => &state.screens.orgs.filter,
        Context::Fields => &state.screens.fields.filter,
        Context::SiteFields => state.fields_page().map_or("", |page| page.filter.as_str()),
        _ => &state.screens.users.filter,
    };
    let input = Input::new(text.to_owned());
    state.overlays.push(Overlay::Find(input));
}

/// Shows all again, and closes the input where it is open.
pub(super) fn show_all(state: &mut State) {
    if matches!(state.overlays.last(), Some(Overlay::Find(_))) {
        state.overlays.pop();
    }
    narrow(state, "");
}

pub(super) fn paste(state: &mut State, text: &str) {
    if let Some(Overlay::Find(input)) = state.overlays.last_mut() {
        typing::paste(input, text);
        follow(state);
    }
}

pub(super) fn edit(state: &mut State, key: Key) {
    let Some(Overlay::Find(input)) = state.overlays.last_mut() else { return };
    match typing::edit(input, key) {
        Typed::Taken => follow(state),
        Typed::Leaves => show_all(state),
        Typed::Foreign => {}
    }
}

fn follow(state: &mut State) {
    if let Some(Overlay::Find(input)) = state.overlays.last() {
        let text = Clean::new(input.value()).to_string();
        narrow(state, &text);
    }
}

fn narrow(state: &mut State, text: &str) {
    match state.place() {
        Context::Orgs => orgs::narrow(state, text),
        Context::Fields | Context::SiteFields => fields::narrow(state, text),
        _ => users::narrow(state, text),
    }
}
