//! The configuration's changes of keys, checked: each names an action and keys that may be its own, and no key does two
//! things in one place.

use super::{Key, Keymap};
use crate::config::KeyChange;
use crate::model::{Clean, nearest};
use crate::ui::action::{Action, Context, Entry, TABLE};
use strum::IntoEnumIterator;

/// Control keys that the terminal, its multiplexers and job control have for themselves.
const RESERVED: [char; 6] = ['a', 'b', 'q', 's', 'z', '\\'];

/// A change of keys that cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misbound {
    /// Its line in the file, from 1.
    pub line: usize,
    /// Its character in the line, from 1.
    pub column: usize,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub advice: String,
}

impl Misbound {
    fn new(change: &KeyChange, what: String, advice: impl Into<String>) -> Self {
        Self { line: change.line, column: change.column, what, advice: advice.into() }
    }
}

pub(super) fn remapped(changes: &[KeyChange]) -> Result<Keymap, Misbound> {
    let mut map = Keymap::default();
    for change in changes {
        let entry = entry(change)?;
        map.changed.insert(entry.id, keys(change, entry)?);
    }
    for entry in TABLE.iter().filter(|entry| changes.iter().all(|change| change.action != entry.id)) {
        if let Some(keys) = leader(entry).and_then(|leader| map.changed.get(leader.id)).cloned() {
            map.changed.insert(entry.id, keys);
        }
    }
    // Only once all are known: two actions may change places.
    for context in Context::iter() {
        check(&map, changes, context)?;
    }
    Ok(map)
}

/// The action that this one is in other views, by its name and its keys: it goes along unless it is given keys of its own.
fn leader(entry: &Entry) -> Option<&'static Entry> {
    TABLE.iter().find(|other| entry.aliases.contains(&other.id) && other.keys == entry.keys)
}

fn entry(change: &KeyChange) -> Result<&'static Entry, Misbound> {
    if let Some(entry) = TABLE.iter().find(|entry| entry.id == change.action) {
        if matches!(entry.action, Action::Confirm | Action::Decline) {
            let what = format!("{} keeps its key: what says yes is no matter of taste", entry.id);
            return Err(Misbound::new(change, what, "remove the line"));
        }
        if matches!(entry.action, Action::Suspend) || entry.id == "quit-now" {
            let what = format!("{} keeps its key: {} means the same in every program", entry.id, entry.keys[0]);
            return Err(Misbound::new(change, what, "remove the line"));
        }
        return Ok(entry);
    }
    let what = format!("no action is named {:?}", Clean::new(&change.action).as_str());
    Err(Misbound::new(
        change,
        what,
        match nearest(&change.action, TABLE.iter().map(|entry| entry.id)) {
            Some(id) => format!("did you mean {id:?}?"),
            None => "docs/keys.md names them all".to_owned(),
        },
    ))
}

fn keys(change: &KeyChange, entry: &Entry) -> Result<Vec<Key>, Misbound> {
    let mut keys = Vec::new();
    for text in &change.keys {
        let shown = Clean::new(text);
        let Ok(key) = text.parse::<Key>() else {
            let what = format!("{:?} is no key", shown.as_str());
            return Err(Misbound::new(
                change,
                what,
                "write one character, \"Ctrl-r\", or a name such as \"Space\" or \"PgDn\"",
            ));
        };
        if let Key::Ctrl(letter) = key
            && (RESERVED.contains(&letter) || letter == 'c')
        {
            let what = format!("{key} is not to be had: terminals, tmux, screen and job control use it");
            return Err(Misbound::new(change, what, "choose another key"));
        }
        if matches!(key, Key::Char(_)) && entry.contexts.iter().all(|context| context.takes_text()) {
            let what = format!("{key} is text where {} is done", entry.id);
            return Err(Misbound::new(change, what, "choose a key that types nothing"));
        }
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    let leaves = matches!(entry.action, Action::Help | Action::Back | Action::Close | Action::ShowAll);
    if keys.is_empty() && leaves {
        let what = format!("{} would have no key, and there is no other way", entry.id);
        return Err(Misbound::new(change, what, "name a key, or remove the line"));
    }
    Ok(keys)
}

/// Whether each key does one thing in `context`.
fn check(map: &Keymap, changes: &[KeyChange], context: Context) -> Result<(), Misbound> {
    let own = |id: &str| changes.iter().find(|change| change.action == id);
    let of = |entry: &Entry| own(entry.id).or_else(|| own(leader(entry)?.id));
    let here: Vec<&Entry> = TABLE.iter().filter(|entry| entry.contexts.contains(&context)).collect();
    for (i, one) in here.iter().enumerate() {
        for other in &here[i + 1..] {
            let Some(key) = map.keys_in(one, context).find(|key| map.keys_in(other, context).any(|its| its == *key))
            else {
                continue;
            };
            // The change that stands later in the file made it so.
            let (first, second) = match (of(one), of(other)) {
                (Some(a), Some(b)) if a.line > b.line => (other, one),
                (Some(_), None) => (other, one),
                _ => (one, other),
            };
            let Some(change) = of(second) else { continue };
            let whose = match of(first) {
                Some(former) => format!("{} (line {})", first.id, former.line),
                None => first.id.to_owned(),
            };
            let what = format!("{key} would be {} and {whose} in one place", second.id);
            return Err(Misbound::new(
                change,
                what,
                format!("choose another key, or give {} another one too", first.id),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(line: usize, action: &str, keys: &[&str]) -> KeyChange {
        KeyChange { action: action.to_owned(), keys: keys.iter().map(ToString::to_string).collect(), line, column: 1 }
    }

    fn refusal(changes: &[KeyChange]) -> (usize, String, String) {
        let bad = remapped(changes).expect_err("a refusal");
        (bad.line, bad.what, bad.advice)
    }

    #[test]
    fn keys_are_put_in_the_place_of_the_tables() {
        let map = remapped(&[change(3, "look", &["Ctrl-r", "!"])]).expect("a map");
        let on = |key| map.resolve(Context::Sites, key).map(|entry| entry.id);
        assert_eq!((on(Key::Ctrl('r')), on(Key::Char('!')), on(Key::Char('R'))), (Some("look"), Some("look"), None));
        let none = remapped(&[change(3, "pause", &[])]).expect("a map");
        assert!(none.resolve(Context::Sites, Key::Char('p')).is_none());
    }

    #[test]
    fn two_actions_may_change_places() {
        let map = remapped(&[change(3, "look", &["p"]), change(4, "pause", &["R"])]).expect("a map");
        assert_eq!(map.resolve(Context::Sites, Key::Char('p')).map(|entry| entry.id), Some("look"));
        assert_eq!(map.resolve(Context::Site, Key::Char('R')).map(|entry| entry.id), Some("pause"));
        assert_eq!(map.resolve(Context::Orgs, Key::Char('p')).map(|entry| entry.id), Some("look-org"));
        assert_eq!(map.resolve(Context::Fields, Key::Char('p')).map(|entry| entry.id), Some("read-fields"));
    }

    #[test]
    fn a_key_for_two_things_is_refused_with_both() {
        let (line, what, advice) = refusal(&[change(3, "look", &["p"])]);
        assert_eq!((line, what.as_str()), (3, "p would be look and pause in one place"));
        assert_eq!(advice, "choose another key, or give pause another one too");
        let both = [change(9, "look", &["x"]), change(4, "pause", &["x"])];
        assert_eq!(
            (refusal(&both).0, refusal(&both).1.as_str()),
            (9, "x would be look and pause (line 4) in one place")
        );
    }

    #[test]
    fn what_there_is_not_is_refused_with_what_is_near() {
        assert_eq!(
            refusal(&[change(2, "lok", &["x"])]),
            (2, "no action is named \"lok\"".into(), "did you mean \"look\"?".into())
        );
        assert!(refusal(&[change(2, "look", &["F5"])]).1.contains("\"F5\" is no key"));
        assert!(refusal(&[change(2, "look", &["\u{1b}[2J"])]).1.contains("\" [2J\" is no key"));
    }

    #[test]
    fn keys_that_mean_the_same_everywhere_keep_their_meaning() {
        for letter in ["a", "b", "s", "q", "z", "\\", "c"] {
            assert!(refusal(&[change(2, "look", &[&format!("Ctrl-{letter}")])]).1.contains("is not to be had"));
        }
        assert!(refusal(&[change(2, "quit-now", &["x"])]).1.contains("keeps its key"));
        assert!(refusal(&[change(2, "help", &[])]).1.contains("would have no key"));
        assert!(refusal(&[change(2, "keep-filter", &["x"])]).1.contains("is text where"));
    }
}
