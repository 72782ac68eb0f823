//! Typing into a line: what a key does to it, the same wherever there is an input.

use crate::model::Clean;
use crate::ui::keymap::Key;
use tui_input::{Input, InputRequest};

/// Longest line, in characters: a paste may bring a whole page.
pub(super) const LONGEST: usize = 200;

/// What became of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Typed {
    /// It belongs to the input.
    Taken,
    /// Backspace with nothing left to delete: one wants out.
    Leaves,
    /// It is no key of an input.
    Foreign,
}

/// Gives `key` to the input.
pub(super) fn edit(input: &mut Input, key: Key) -> Typed {
    let request = match key {
        Key::Char(c) => {
            insert(input, c);
            return Typed::Taken;
        }
        Key::Backspace if input.value().is_empty() => return Typed::Leaves,
        Key::Backspace => InputRequest::DeletePrevChar,
        Key::Delete => InputRequest::DeleteNextChar,
        Key::Left => InputRequest::GoToPrevChar,
        Key::Right => InputRequest::GoToNextChar,
        Key::Home => InputRequest::GoToStart,
        Key::End | Key::Ctrl('e') => InputRequest::GoToEnd,
        Key::Ctrl('u') => InputRequest::DeleteFromStart,
        Key::Ctrl('w') => InputRequest::DeletePrevWord,
        _ => return Typed::Foreign,
    };
    input.handle(request);
    Typed::Taken
}

/// Puts text that was pasted where the cursor is, cleaned and in one line.
pub(super) fn paste(input: &mut Input, text: &str) {
    for c in Clean::new(text).as_str().trim().chars() {
        insert(input, c);
    }
}

fn insert(input: &mut Input, c: char) {
    if input.value().chars().count() < LONGEST {
        input.handle(InputRequest::InsertChar(c));
    }
}
