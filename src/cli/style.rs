//! How plain output looks: colour for a terminal, unless `NO_COLOR` or `--color` say otherwise, signs as on the screen,
//! lines that fit. The word is always there; no state is told by colour alone.

use super::table::Room;
use super::{Color, Global};
use crate::diagnosis::checkup::Status;
use crate::model::Health;
use crate::ui::glyphs::{Glyph, Glyphs};
use std::io::{self, IsTerminal};

/// Whether and how to style.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    on: bool,
    glyphs: Glyphs,
    /// Columns of the terminal; none for a pipe or a file, which take whole lines.
    columns: Option<usize>,
}

impl Style {
    pub(super) fn for_stdout(global: &Global) -> Self {
        let on = match global.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty()),
        };
        let columns = rustix::termios::tcgetwinsize(io::stdout()).ok().map(|size| usize::from(size.ws_col));
        let glyphs = Glyphs::detect(global.ascii, |name| std::env::var(name).ok());
        Self { on, glyphs, columns: columns.filter(|columns| *columns > 0) }
    }

    /// The signs.
    pub(super) fn glyphs(self) -> Glyphs {
        self.glyphs
    }

    /// The room for a line, where there is a terminal.
    pub(super) fn room(self) -> Option<Room> {
        Some(Room { cells: self.columns?, cut: self.glyphs.get(Glyph::Cut) })
    }

    /// Columns of the terminal, where there is one.
    pub(super) fn columns(self) -> Option<usize> {
        self.columns
    }

    /// `text` in the style of a status of the doctor's.
    pub(super) fn status(self, status: Status, text: &str) -> String {
        self.health(
            match status {
                Status::Fail => Health::Fail,
                Status::Warn => Health::Warn,
                Status::Skip => Health::Unkn,
                Status::Ok => Health::Ok,
            },
            text,
        )
    }

    /// No colour and no terminal.
    #[cfg(test)]
    pub(super) fn plain() -> Self {
        Self { on: false, glyphs: Glyphs::new(false), columns: None }
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
