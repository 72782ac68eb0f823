//! Everything the screen can want from the world, as values: `update` returns them, the runtime performs them.

use crate::protocol::Command;
use chrono::{DateTime, Utc};

/// One thing to perform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Give this order to the machinery. One that is not taken comes back as [`crate::ui::message::Message::Unsent`].
    Send(Command),
    /// Send [`crate::ui::message::Message::Woke`] at this time.
    WakeAt(DateTime<Utc>),
    /// Put this text into the operator's clipboard. Nobody tells whether it arrived.
    Copy(String),
    /// Forget what the terminal shows and draw all of it.
    Repaint,
    /// Give the terminal back and stop until continued.
    Suspend,
    /// Give the terminal back and leave.
    Quit,
    /// Leave, for the demo in the place of this fleet.
    Demo,
}
