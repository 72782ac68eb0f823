//! What keys do where the focus is: the table's keys, or those that the configuration puts in their place.
//!
//! Uses the action table and `config`. Terminal events become [`Key`]s once, in the runtime; nothing behind it knows
//! crossterm.

mod key;
mod remap;

pub use key::{Key, NoKey};
pub use remap::Misbound;

use crate::config::KeyChange;
use crate::ui::action::{Action, Context, Entry, TABLE};
use std::collections::BTreeMap;

/// The keys of every entry of the table. Cheap to make: it holds what differs from the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keymap {
    /// By the entry's id.
    changed: BTreeMap<&'static str, Vec<Key>>,
}

impl Keymap {
    /// The table's keys with `changes` in their place.
    ///
    /// # Errors
    ///
    /// The first change that cannot be made: an action or a key that there is not, a key that must keep its meaning, or
    /// one that would do two things in one place.
    pub fn remapped(changes: &[KeyChange]) -> Result<Self, Misbound> {
        remap::remapped(changes)
    }

    /// The keys of an entry, the one to show first.
    pub fn keys(&self, entry: &Entry) -> &[Key] {
        self.changed.get(entry.id).map_or(entry.keys, Vec::as_slice)
    }

    /// Those of them that do it in `context`: where text is typed, a character is text.
    pub fn keys_in(&self, entry: &Entry, context: Context) -> impl Iterator<Item = Key> + '_ {
        let typed = context.takes_text() && !entry.action.may_be_a_letter();
        self.keys(entry).iter().copied().filter(move |key| !(typed && matches!(key, Key::Char(_))))
    }

    /// The key to show for what does `action` in `context`; none where the operator left it without one.
    pub fn key_of(&self, action: Action, context: Context) -> Option<Key> {
        let does = |entry: &&Entry| entry.action == action && entry.contexts.contains(&context);
        TABLE.iter().filter(does).find_map(|entry| self.keys_in(entry, context).next())
    }

    /// What `key` does in `context`, whether or not it is possible now.
    pub fn resolve(&self, context: Context, key: Key) -> Option<&'static Entry> {
        let does = |entry: &&Entry| self.keys_in(entry, context).any(|its| its == key);
        TABLE.iter().filter(|entry| entry.contexts.contains(&context)).find(does)
    }
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
    fn the_key_to_show_is_the_one_that_works() {
        let change = |keys: &[&str]| KeyChange {
            action: "acknowledge".to_owned(),
            keys: keys.iter().map(ToString::to_string).collect(),
            line: 1,
            column: 1,
        };
        let shown = |map: &Keymap| map.key_of(Action::Acknowledge, Context::Sites);
        assert_eq!(shown(&Keymap::default()), Some(Key::Char('A')));
        assert_eq!(Keymap::default().key_of(Action::Acknowledge, Context::Help), None);
        assert_eq!(Keymap::remapped(&[change(&["X"])]).map(|map| shown(&map)), Ok(Some(Key::Char('X'))));
        assert_eq!(Keymap::remapped(&[change(&[])]).map(|map| shown(&map)), Ok(None));
    }

    #[test]
    fn keys_of_the_terminal_and_of_job_control_are_left_alone() {
        for context in Context::iter() {
            for letter in ['a', 'b', 's', 'q', '\\'] {
                assert_eq!(Keymap::default().resolve(context, Key::Ctrl(letter)).map(|e| e.id), None, "Ctrl-{letter}");
            }
        }
    }

    #[test]
    fn one_can_leave_from_everywhere() {
        for context in Context::iter() {
            assert_eq!(Keymap::default().resolve(context, Key::Ctrl('c')).map(|e| e.id), Some("quit-now"));
        }
    }
}
