//! Text that came from outside: site names, app names, error bodies, log lines.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Longest text kept from one outside field, in characters. Error bodies can be whole pages.
pub const MAX_CHARS: usize = 2_000;

/// Text from outside with everything a terminal could obey taken out: control characters (escape sequences with
/// them), bidirectional overrides and zero-width marks become one space each or vanish, and the length is capped.
///
/// The only ways to make one clean, deserializing included, so a `Clean` may be drawn or printed as it is.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Clean(String);

impl Clean {
    /// Cleans `raw` and keeps at most [`MAX_CHARS`] characters, ending in `…` when something was cut.
    pub fn new(raw: impl AsRef<str>) -> Self {
        if is_plain(raw.as_ref()) {
            return Self(raw.as_ref().to_owned());
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
        Self(kept)
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
        String::deserialize(deserializer).map(Self::from)
    }
}

impl From<&str> for Clean {
    fn from(raw: &str) -> Self {
        Self::new(raw)
    }
}

impl From<String> for Clean {
    fn from(raw: String) -> Self {
        if is_plain(&raw) { Self(raw) } else { Self::new(raw) }
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
