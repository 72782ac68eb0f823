//! Everything that can happen to the screen, as values: one message in, one call of `update`.

use crate::protocol::{Command, Event, Picture};
use crate::ui::keymap::Key;
use ratatui::layout::Size;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// A key was pressed.
    Key(Key),
    /// Text came as one paste: it is text, whatever it holds, and never keys.
    Paste(String),
    /// The terminal has this size now.
    Resize(Size),
    /// The newest picture of the fleet.
    Picture(Picture),
    /// The machinery reports something.
    Event(Event),
    /// An order was not taken: the machinery is busy or gone.
    Unsent(Command),
    /// A time came that somebody waited for.
    Woke,
}
