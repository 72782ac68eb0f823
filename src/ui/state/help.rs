//! What the help remembers: whose keys it shows, what is searched, how far it is scrolled.

use tui_input::Input;

/// The help that is open.
#[derive(Clone, Debug, Default)]
pub struct Help {
    /// Lines above the window.
    pub offset: usize,
    /// Whether it shows the keys of every place.
    pub all: bool,
    /// What is searched; with it every place is looked through.
    pub search: Input,
}
