//! What decides whether an action is possible.

use crate::protocol::Poller;

/// What decides whether an action is possible now.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own; no two of them make a state")]
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// Sites in the fleet.
    pub sites: usize,
    /// Rows that are shown.
    pub shown: usize,
    /// Whether a filter hides rows.
    pub filtered: bool,
    /// Whether what is typed as a filter can not be read.
    pub mistaken: bool,
    /// Who polls.
    pub poller: Poller,
    /// Why spending and writing are refused, if they are.
    pub read_only: Option<&'static str>,
    /// Whether read-only is what nobody said, or why it can not be lifted.
    pub lifts: Result<(), &'static str>,
    /// Authorizations that were begun in this run, or left by another process.
    pub watches: usize,
    /// Runs over many sites that were begun here.
    pub runs: usize,
    /// Sites that the run that is shown did not do, once it is over.
    pub left: usize,
    /// Whether a command does what the selected line of the command log tells.
    pub twin: bool,
    /// Whether the one that is shown is still watched.
    pub watched: bool,
    /// Whether its link can be shown as a QR code, or why not.
    pub code: Result<(), &'static str>,
    /// Whether a dialog has said what it asks.
    pub asked: bool,
    /// Whether what has to be typed is typed.
    pub answered: bool,
    /// Whether what would be done is shown line by line.
    pub dry: bool,
    /// Whether a key copies that: while one types it is a letter.
    pub csv: bool,
    /// Whether something of a choice is selected.
    pub offered: bool,
    /// Whether there is another pane to move in.
    pub panes: bool,
    /// Whether one pane has the whole body.
    pub zoomed: bool,
    /// Whether it is known which approval is meant here.
    pub approval: bool,
    /// Sites that are marked.
    pub marked: usize,
    /// Whether a range is begun.
    pub ranging: bool,
    /// Orgs whose refusal was not acknowledged.
    pub refusing: usize,
    /// Users that are shown.
    pub users: usize,
    /// Orgs that are shown.
    pub orgs: usize,
    /// Lines of the plan that is shown.
    pub steps: usize,
    /// Whether the list of users or orgs that is shown is narrowed.
    pub narrowed: bool,
}
