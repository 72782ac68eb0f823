//! What the command palette remembers: the line, what completes it, and what was given before.
//!
//! Changed by `update/palette.rs` alone. What completes the line is looked up when it changes, never when it is drawn.

use crate::model::SiteName;
use crate::ui::action::{Action, Argument, Context, Entry, TABLE};
use chrono::{DateTime, Utc};
use tui_input::Input;

/// The open palette.
#[derive(Clone, Debug, Default)]
pub struct Palette {
    /// What is typed.
    pub input: Input,
    /// What completes it, the best first.
    pub items: Vec<Item>,
    /// The item that Tab takes.
    pub place: usize,
    /// Whether the operator moved to it: then Enter takes it too.
    pub picked: bool,
    /// Which of the earlier lines stands in the input, while none of its letters was changed.
    pub walk: Option<usize>,
    /// Why the line was not run.
    pub wrong: Option<Wrong>,
    /// What a filter would show, or what is wrong with it.
    pub told: Option<String>,
}

/// One way to go on with the line.
#[derive(Clone, Debug)]
pub enum Item {
    /// A command.
    Command(&'static Entry),
    /// An order, or what to copy, after a command that takes one.
    Choice(&'static Entry),
    /// A site, after a command that takes one.
    Site(SiteName),
}

/// Why a line was not run, and what to write instead. Cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// What is wrong.
    pub what: String,
    /// What to do; may be empty.
    pub advice: String,
}

/// A line that was run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// As it was typed.
    pub line: String,
    /// When.
    pub at: DateTime<Utc>,
}

impl Palette {
    /// The command's name as it is typed, and what stands after it; none while the name itself is typed.
    pub fn parts(&self) -> (&str, Option<&str>) {
        parts(self.input.value())
    }

    /// The item that Tab takes. With nothing typed there is none until one moves to it.
    pub fn selected(&self) -> Option<&Item> {
        let meant = self.picked || !self.input.value().trim().is_empty();
        self.items.get(self.place).filter(|_| meant)
    }

    /// The command that the line names so far, or would name with the selected item.
    pub fn command(&self, place: Context) -> Option<&'static Entry> {
        match (self.selected(), self.parts()) {
            (Some(Item::Command(entry)), (_, None)) => Some(entry),
            (_, (word, _)) => named(place, word).ok(),
        }
    }
}

impl Item {
    /// What it puts into the line.
    pub fn text(&self) -> String {
        match self {
            Self::Command(entry) => entry.id.to_owned(),
            Self::Choice(entry) => entry.label.to_lowercase(),
            Self::Site(name) => name.to_string(),
        }
    }
}

/// A line as a command's name and what stands after it. A colon before it is a habit.
pub fn parts(line: &str) -> (&str, Option<&str>) {
    let line = line.trim_start().trim_start_matches(':').trim_start();
    match line.split_once(char::is_whitespace) {
        Some((word, rest)) => (word, Some(rest.trim())),
        None => (line, None),
    }
}

/// The commands that can be given from a place, in the order of the table.
pub fn commands(place: Context) -> impl Iterator<Item = &'static Entry> {
    TABLE.iter().filter(move |entry| entry.command.contains(&place))
}

/// The command that `word` names in a place: by its name or another, else the only one that begins so. Otherwise all that
/// begin so.
pub fn named(place: Context, word: &str) -> Result<&'static Entry, Vec<&'static Entry>> {
    let word = word.to_lowercase();
    if let Some(entry) = commands(place).find(|entry| entry.names().any(|name| name == word)) {
        return Ok(entry);
    }
    let begin: Vec<_> = commands(place).filter(|entry| !word.is_empty() && entry.id.starts_with(&word)).collect();
    match begin.as_slice() {
        [one] => Ok(one),
        _ => Err(begin),
    }
}

/// What may stand after a command that takes one of a few words.
pub fn choices(argument: Argument) -> impl Iterator<Item = &'static Entry> {
    TABLE.iter().filter(move |entry| match argument {
        Argument::Order => matches!(entry.action, Action::SortBy(_)),
        Argument::What => matches!(entry.action, Action::CopyText(_)),
        Argument::None | Argument::Site | Argument::Approval | Argument::Query => false,
    })
}
