//! One key press, and how it is written.

use std::fmt;
use std::str::FromStr;

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
        if let Some((_, name)) = NAMED.iter().find(|(key, _)| key == self) {
            return f.pad(name);
        }
        match self {
            Self::Char(c) => write!(f, "{c}"),
            Self::Ctrl(c) => write!(f, "Ctrl-{c}"),
            // Every other key is named.
            _ => Ok(()),
        }
    }
}

/// The keys that have a name, as they are shown.
const NAMED: [(Key, &str); 15] = [
    (Key::Char(' '), "Space"),
    (Key::Enter, "Enter"),
    (Key::Esc, "Esc"),
    (Key::Tab, "Tab"),
    (Key::BackTab, "Shift-Tab"),
    (Key::Backspace, "Backspace"),
    (Key::Delete, "Del"),
    (Key::Up, "Up"),
    (Key::Down, "Down"),
    (Key::Left, "Left"),
    (Key::Right, "Right"),
    (Key::PageUp, "PgUp"),
    (Key::PageDown, "PgDn"),
    (Key::Home, "Home"),
    (Key::End, "End"),
];

/// A text that names no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoKey;

impl FromStr for Key {
    type Err = NoKey;

    /// Reads what is shown: one character as it is typed, `Ctrl-r`, or a name in any case.
    fn from_str(text: &str) -> Result<Self, NoKey> {
        let mut chars = text.chars();
        if let (Some(c), None) = (chars.next(), chars.next()) {
            return if c.is_control() { Err(NoKey) } else { Ok(Self::Char(c)) };
        }
        let lower = text.to_ascii_lowercase();
        if let Some(rest) = lower.strip_prefix("ctrl-") {
            let mut chars = rest.chars();
            return match (chars.next(), chars.next()) {
                (Some(c), None) if c.is_ascii_graphic() => Ok(Self::Ctrl(c)),
                _ => Err(NoKey),
            };
        }
        NAMED.iter().find(|(_, name)| name.eq_ignore_ascii_case(text)).map(|(key, _)| *key).ok_or(NoKey)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_shown_is_read(c in any::<char>(), letter in "[a-z\\\\]", named in 0..NAMED.len()) {
            let keys = [Key::Ctrl(letter.chars().next().unwrap_or('a')), NAMED[named].0];
            for key in keys.into_iter().chain((!c.is_control()).then_some(Key::Char(c))) {
                prop_assert_eq!(key.to_string().parse(), Ok(key));
            }
        }

        #[test]
        fn any_text_is_a_key_or_none(text in ".{0,12}") {
            if let Ok(key) = text.parse::<Key>() {
                prop_assert_eq!(key.to_string().to_lowercase(), if text == " " { "space".to_owned() } else { text.to_lowercase() });
            }
        }
    }

    #[test]
    fn what_names_no_key_is_refused() {
        for text in ["", "Ctrl-", "Ctrl-ab", "F5", "jj", "\u{7}", "Alt-x"] {
            assert_eq!(text.parse::<Key>(), Err(NoKey), "{text:?}");
        }
        assert_eq!(
            ["space", "ENTER", "ctrl-R", "pgdn"].map(str::parse),
            [Ok(Key::Char(' ')), Ok(Key::Enter), Ok(Key::Ctrl('r')), Ok(Key::PageDown)]
        );
    }
}
