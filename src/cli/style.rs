//! Colour for plain output: for a terminal, unless `NO_COLOR` or `--color` say otherwise. The word is always there; no
//! state is told by colour alone.

use super::Color;
use crate::model::Health;
use std::io::{self, IsTerminal};

/// Whether and how to style.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    on: bool,
}

impl Style {
    pub(super) fn for_stdout(color: Color) -> Self {
        let on = match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty()),
        };
        Self { on }
    }

    /// `text` in the style of a health.
    pub(super) fn health(self, health: Health, text: &str) -> String {
        let code = match health {
            Health::Fail => "1;7",
            Health::Warn => "1;33",
            Health::Stag => "34",
            Health::Old | Health::Unkn | Health::Off => "2",
            Health::Ok => "",
        };
        if self.on && !code.is_empty() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}
