//! What the view of the audit remembers.

use crate::model::{Trail, TrailLine};
use crate::ui::state::State;
use std::sync::Arc;

/// The view of the audit.
#[derive(Clone, Debug, Default)]
pub struct TrailView {
    /// Whether it was asked for, until the answer comes.
    pub asked: bool,
    /// The last answer.
    pub have: Option<Arc<Trail>>,
    /// The line that is selected, from the newest.
    pub cursor: usize,
    /// The first line that is visible.
    pub offset: usize,
}

impl State {
    /// The selected line of the audit.
    pub fn trail_line(&self) -> Option<&TrailLine> {
        let view = &self.screens.trail;
        view.have.as_ref()?.lines.get(view.cursor)
    }
}
