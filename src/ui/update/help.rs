//! The help: opened, searched, scrolled, closed.

use crate::ui::action::Step;
use crate::ui::keymap::Key;
use crate::ui::overlays::help;
use crate::ui::state::{Help, Overlay, State};
use crate::ui::update::scroll;
use crate::ui::update::typing::{self, Typed};

pub(super) fn open(state: &mut State) {
    state.overlays.push(Overlay::Help(Help::default()));
}

/// Shows the keys of every place, or of the one below again.
pub(super) fn all(state: &mut State) {
    if let Some(help) = top(state) {
        *help = Help { all: !help.all, ..Help::default() };
    }
}

/// Whether something is searched: then the key for all keys is text.
pub(super) fn searches(state: &State) -> bool {
    matches!(state.overlays.last(), Some(Overlay::Help(help)) if !help.search.value().is_empty())
}

/// Takes back what is searched; answers whether anything was.
pub(super) fn clear(state: &mut State) -> bool {
    let Some(help) = top(state).filter(|help| !help.search.value().is_empty()) else { return false };
    help.search.reset();
    help.offset = 0;
    true
}

pub(super) fn step(state: &mut State, step: Step) {
    let last = help::hidden(state);
    let Some(help) = top(state) else { return };
    help.offset = scroll(help.offset, step, last);
}

pub(super) fn edit(state: &mut State, key: Key) {
    let Some(help) = top(state) else { return };
    // What is typed begins at the top again; a key that types nothing leaves the place.
    if typing::edit(&mut help.search, key) == Typed::Taken {
        help.offset = 0;
    }
}

pub(super) fn paste(state: &mut State, text: &str) {
    let Some(help) = top(state) else { return };
    typing::paste(&mut help.search, text);
    help.offset = 0;
}

fn top(state: &mut State) -> Option<&mut Help> {
    match state.overlays.last_mut() {
        Some(Overlay::Help(help)) => Some(help),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::glyphs::Glyphs;
    use crate::ui::message::Message;
    use crate::ui::theme::{Depth, Ground, Theme};
    use crate::ui::update::update;
    use chrono::DateTime;
    use proptest::prelude::*;
    use ratatui::layout::Size;

    fn pressed(keys: &[Key]) -> State {
        let theme = Theme::new(Depth::Mono, Ground::Dark);
        let mut state = State::new("demo".into(), true, theme, Glyphs::new(true), Size::new(80, 24));
        for key in std::iter::once(&Key::Char('?')).chain(keys) {
            update(&mut state, Message::Key(*key), DateTime::UNIX_EPOCH);
        }
        state
    }

    fn help(state: &State) -> Option<(bool, &str, usize)> {
        match state.overlays.last() {
            Some(Overlay::Help(help)) => Some((help.all, help.search.value(), help.offset)),
            _ => None,
        }
    }

    #[test]
    fn letters_search_and_escape_takes_the_search_back_first() {
        let typed = [Key::Char('q'), Key::Char('j'), Key::Char('?')];
        assert_eq!(help(&pressed(&typed)), Some((false, "qj?", 0)));
        assert_eq!(help(&pressed(&[&typed[..], &[Key::Esc]].concat())), Some((false, "", 0)));
        assert_eq!(help(&pressed(&[&typed[..], &[Key::Esc, Key::Esc]].concat())), None);
        assert_eq!(help(&pressed(&[&typed[..], &[Key::Backspace, Key::Ctrl('w')]].concat())), Some((false, "", 0)));
    }

    #[test]
    fn a_second_time_its_key_shows_all_keys_from_the_top() {
        let all = pressed(&[Key::Char('?')]);
        assert_eq!(help(&all), Some((true, "", 0)));
        assert!(help::hidden(&all) > 0, "all keys are more than a page");
        assert!(help(&pressed(&[Key::Char('?'), Key::End])).is_some_and(|(_, _, offset)| offset > 0));
        assert_eq!(help(&pressed(&[Key::Char('?'), Key::End, Key::Char('x')])), Some((true, "x", 0)));
        assert_eq!(help(&pressed(&[Key::Char('?'), Key::Char('?')])), Some((false, "", 0)));
    }

    proptest! {
        #[test]
        fn two_escapes_always_close_it(text in "\\PC{0,30}") {
            let mut state = pressed(&[]);
            update(&mut state, Message::Paste(text.clone()), DateTime::UNIX_EPOCH);
            for c in text.chars() {
                update(&mut state, Message::Key(Key::Char(c)), DateTime::UNIX_EPOCH);
            }
            let _ = help::hidden(&state);
            update(&mut state, Message::Key(Key::Esc), DateTime::UNIX_EPOCH);
            update(&mut state, Message::Key(Key::Esc), DateTime::UNIX_EPOCH);
            prop_assert_eq!(help(&state), None);
        }
    }
}
