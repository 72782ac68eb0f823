//! A text for the operator's own clipboard, as the control string OSC 52: over ssh too it is the terminal at the other
//! end that takes it. Nobody answers, so whether it arrived cannot be told.
//!
//! What stands between is told by the environment, and each passes the string in its own way:
//!
//! - tmux takes OSC 52 itself where `set-clipboard` is `on`. With its default, `external`, it refuses what programs send;
//!   then the string gets through where `allow-passthrough` is on (and in tmux before 3.3). Both are sent: what one
//!   does not admit it drops without a trace.
//! - GNU screen knows no OSC 52. It hands a device control string on as it is, and drops one that is too long, so the
//!   string goes in pieces.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write;

/// Payload of one device control string, in bytes. GNU screen keeps 768 since 4.2, and 256 before.
const PIECE: usize = 240;

/// Longest OSC 52 that GNU screen takes for one control string and does not print in part.
const HARMLESS: usize = 240;

/// What stands between this process and the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Through {
    /// Nothing.
    Nothing,
    /// tmux.
    Tmux,
    /// GNU screen.
    Screen,
    /// One of the two, at the other end of a line that carries `TERM` alone.
    Either,
}

impl Through {
    /// Reads `TMUX`, `STY` and `TERM`.
    pub(super) fn detect(env: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name| env(name).is_some_and(|value| !value.is_empty());
        let term = env("TERM").unwrap_or_default();
        match (set("TMUX"), set("STY")) {
            _ if term.starts_with("tmux") => Self::Tmux,
            (true, false) => Self::Tmux,
            // With both, one runs inside the other and has kept its variable. That tmux does not call itself tmux is rare.
            (_, true) => Self::Screen,
            (false, false) if term.starts_with("screen") => Self::Either,
            (false, false) => Self::Nothing,
        }
    }

    /// The bytes that put `text` into the clipboard.
    pub(super) fn copy(self, text: &str) -> String {
        let plain = format!("\x1b]52;c;{}\x07", STANDARD.encode(text));
        match self {
            Self::Nothing => plain,
            Self::Tmux => {
                let passed = format!("\x1bPtmux;{}\x1b\\", plain.replace('\x1b', "\x1b\x1b"));
                plain + &passed
            }
            Self::Either if plain.len() <= HARMLESS => in_pieces(&plain) + &plain,
            Self::Screen | Self::Either => in_pieces(&plain),
        }
    }
}

fn in_pieces(plain: &str) -> String {
    let mut wrapped = String::new();
    let mut rest = plain;
    while !rest.is_empty() {
        // ASCII alone, so every byte is a place to cut at.
        let (piece, after) = rest.split_at(rest.len().min(PIECE));
        // A `String` takes everything.
        let _ = write!(wrapped, "\x1bP{piece}\x1b\\");
        rest = after;
    }
    wrapped
}

/// Whether a link may be written as OSC 8. Terminals that do not know it leave it out, with a few exceptions: consoles that
/// print what they do not know, GNU screen, and VTE before 0.50.1, which can crash.
pub(super) fn takes_links(env: impl Fn(&str) -> Option<String>) -> bool {
    let term = env("TERM").unwrap_or_default();
    let through = Through::detect(&env);
    let plain = ["dumb", "linux", "vt1", "vt2", "vt3", "cons", "eterm", "sun", "ansi"];
    let old_vte =
        env("VTE_VERSION").and_then(|version| version.parse().ok()).is_some_and(|version: u32| version <= 5000);
    !term.is_empty()
        && !old_vte
        && !plain.iter().any(|name| term.starts_with(name))
        && !matches!(through, Through::Screen | Through::Either)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env<'a>(set: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
        move |name| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    }

    #[test]
    fn the_environment_tells_what_stands_between() {
        for (set, through, links) in [
            (&[("TERM", "xterm-256color")][..], Through::Nothing, true),
            (&[("TERM", "dumb")], Through::Nothing, false),
            (&[("TERM", "linux")], Through::Nothing, false),
            (&[], Through::Nothing, false),
            (&[("TERM", "xterm-256color"), ("VTE_VERSION", "4803")], Through::Nothing, false),
            (&[("TERM", "screen"), ("TMUX", "/tmp/tmux-0/default,1,0")], Through::Tmux, true),
            (&[("TERM", "tmux-256color")], Through::Tmux, true),
            (&[("TERM", "screen.xterm-256color"), ("STY", "1.pts-0.host")], Through::Screen, false),
            (&[("TERM", "screen"), ("STY", "1.pts-0.host"), ("TMUX", "/tmp/x,1,0")], Through::Screen, false),
            (&[("TERM", "tmux-256color"), ("STY", "1.pts-0.host"), ("TMUX", "/tmp/x,1,0")], Through::Tmux, true),
            (&[("TERM", "screen-256color")], Through::Either, false),
            (&[("TERM", "xterm"), ("TMUX", "")], Through::Nothing, true),
        ] {
            assert_eq!(Through::detect(env(set)), through, "{set:?}");
            assert_eq!(takes_links(env(set)), links, "{set:?}");
        }
    }

    #[test]
    fn each_gets_it_in_its_own_wrapping() {
        let plain = "\x1b]52;c;c2hvcA==\x07";
        assert_eq!(Through::Nothing.copy("shop"), plain);
        assert_eq!(Through::Tmux.copy("shop"), format!("{plain}\x1bPtmux;\x1b{plain}\x1b\\"));
        assert_eq!(Through::Screen.copy("shop"), format!("\x1bP{plain}\x1b\\"));
        assert_eq!(Through::Either.copy("shop"), format!("\x1bP{plain}\x1b\\{plain}"));
    }

    #[test]
    fn the_pieces_for_screen_are_short_and_make_up_the_whole() {
        let text = "héllo ".repeat(500);
        for through in [Through::Screen, Through::Either] {
            let wrapped = through.copy(&text);
            let pieces: Vec<_> = wrapped.split_terminator("\x1b\\").map(|piece| piece.strip_prefix("\x1bP")).collect();
            assert!(pieces.iter().all(|piece| piece.is_some_and(|piece| piece.len() <= 240)));
            let whole: String = pieces.into_iter().flatten().collect();
            assert_eq!(whole, Through::Nothing.copy(&text));
        }
    }
}
