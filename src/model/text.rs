//! Text that came from outside: site names, app names, error bodies, log lines.

use serde::de::Visitor;
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// Longest text kept from one outside field, in characters. Error bodies can be whole pages.
pub const MAX_CHARS: usize = 2_000;

/// Text from outside with everything a terminal could obey taken out: control characters (escape sequences with
/// them), bidirectional overrides and zero-width marks become one space each or vanish, and the length is capped.
///
/// The only ways to make one clean, deserializing included, so a `Clean` may be drawn or printed as it is.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Clean(Arc<str>);

impl Clean {
    /// Cleans `raw` and keeps at most [`MAX_CHARS`] characters, ending in `…` when something was cut.
    pub fn new(raw: impl AsRef<str>) -> Self {
        if is_plain(raw.as_ref()) {
            return Self(raw.as_ref().into());
        }
        let mut kept = String::new();
        let mut chars = raw.as_ref().chars().filter(|c| !is_invisible(*c)).map(visible);
        for (count, c) in chars.by_ref().enumerate() {
            if count + 1 == MAX_CHARS {
                kept.push('…');
                break;
            }
            kept.push(c);
        }
        Self(kept.into())
    }

    /// The cleaned text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing was left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Whether nothing is to be cleaned, as is so nearly always: a whole fleet is read at once, and half of it is text.
fn is_plain(raw: &str) -> bool {
    raw.len() < MAX_CHARS && raw.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Line breaks and tabs separate words, so they become spaces; other control characters do too, so that two words
/// never grow together.
fn visible(c: char) -> char {
    if c.is_control() { ' ' } else { c }
}

/// Marks that change how a terminal orders or hides what stands beside them: bidirectional embeddings, overrides and
/// isolates, zero-width spaces, the byte-order mark, and the tag characters.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{061c}' | '\u{e0000}'..='\u{e007f}' | '\u{fff9}'..='\u{fffb}')
}

impl<'de> Deserialize<'de> for Clean {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Read)
    }
}

/// Reads a text; one that was read a moment ago is shared with it. The names of orgs, users and objects stand in
/// thousands of lines, and lines that are read together name the same few.
struct Read;

/// Texts that are remembered for sharing, a power of two.
const SHARED: usize = 256;

thread_local! {
    static RECENT: RefCell<Vec<Option<Clean>>> = const { RefCell::new(Vec::new()) };
}

impl Visitor<'_> for Read {
    type Value = Clean;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Clean, E> {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let place = usize::try_from(hasher.finish() % SHARED as u64).unwrap_or(0);
        Ok(RECENT.with_borrow_mut(|recent| {
            recent.resize(SHARED, None);
            match &recent[place] {
                Some(shared) if shared.as_str() == text => shared.clone(),
                _ => recent[place].insert(Clean::new(text)).clone(),
            }
        }))
    }
}

impl From<&str> for Clean {
    fn from(raw: &str) -> Self {
        Self::new(raw)
    }
}

impl From<String> for Clean {
    fn from(raw: String) -> Self {
        Self::new(raw)
    }
}

impl fmt::Display for Clean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Clean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_lose_what_a_terminal_obeys() {
        assert_eq!(Clean::new("a\u{1b}[2Jb\r\nc\u{9b}d\u{7}").as_str(), "a [2Jb  c d ");
    }

    #[test]
    fn overrides_and_zero_width_marks_vanish() {
        assert_eq!(Clean::new("ab\u{202e}cd\u{200b}\u{feff}").as_str(), "abcd");
    }

    #[test]
    fn length_is_capped_with_a_sign() {
        let long = Clean::new("x".repeat(MAX_CHARS + 10));
        assert_eq!(long.as_str().chars().count(), MAX_CHARS);
        assert!(long.as_str().ends_with('…'));
        assert!(!Clean::new("x".repeat(MAX_CHARS - 1)).as_str().ends_with('…'));
    }

    #[test]
    fn deserializing_cleans_too() {
        let clean: Clean = serde_json::from_str(r#""a\u001b]0;t\u0007b""#).expect("a JSON string");
        assert_eq!(clean.as_str(), "a ]0;t b");
    }
}
