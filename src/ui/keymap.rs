//! Keys as the screen knows them, and what they do where the focus is.
//!
//! Uses the action table alone. Terminal events become [`Key`]s once, in the runtime; nothing behind it knows crossterm.

use crate::ui::action::{Context, Entry, TABLE};
use std::fmt;

/// One key press.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A character as it was typed, capitals included.
    Char(char),
    /// A letter with Control.
    Ctrl(char),
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Tab with Shift.
    BackTab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Home.
    Home,
    /// End.
    End,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Char(' ') => "Space",
            Self::Char(c) => return write!(f, "{c}"),
            Self::Ctrl(c) => return write!(f, "Ctrl-{c}"),
            Self::Enter => "Enter",
            Self::Esc => "Esc",
            Self::Tab => "Tab",
            Self::BackTab => "Shift-Tab",
            Self::Backspace => "Backspace",
            Self::Delete => "Del",
            Self::Up => "Up",
            Self::Down => "Down",
            Self::Left => "Left",
            Self::Right => "Right",
            Self::PageUp => "PgUp",
            Self::PageDown => "PgDn",
            Self::Home => "Home",
            Self::End => "End",
        };
        f.write_str(name)
    }
}

/// What `key` does in `context`, whether or not it is possible now.
pub fn resolve(context: Context, key: Key) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| entry.contexts.contains(&context) && entry.keys.contains(&key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use strum::IntoEnumIterator;

    #[test]
    fn no_key_does_two_things_in_one_place() {
        for context in Context::iter() {
            let mut seen = BTreeSet::new();
            for entry in TABLE.iter().filter(|e| e.contexts.contains(&context)) {
                for key in entry.keys {
                    assert!(seen.insert(key.to_string()), "{key} twice in {context:?}");
                }
            }
        }
    }

    #[test]
    fn keys_of_the_terminal_and_of_job_control_are_left_alone() {
        for context in Context::iter() {
            for letter in ['a', 'b', 's', 'q', '\\'] {
                assert_eq!(resolve(context, Key::Ctrl(letter)).map(|e| e.id), None, "Ctrl-{letter}");
            }
        }
    }

    #[test]
    fn one_can_leave_from_everywhere() {
        for context in Context::iter() {
            assert_eq!(resolve(context, Key::Ctrl('c')).map(|e| e.id), Some("quit-now"));
        }
    }
}
