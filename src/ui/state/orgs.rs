//! What the list of orgs remembers. Uses `model` alone.

use crate::model::{OrgBoard, OrgName};
use crate::ui::state::{State, UserOrder};
use std::sync::Arc;

/// The list of orgs.
#[derive(Clone, Debug, Default)]
pub struct Orgs {
    /// By what it is sorted.
    pub order: UserOrder,
    /// What names have to hold; empty where all are shown.
    pub filter: String,
    /// Places among the picture's boards, in the order shown.
    pub shown: Vec<usize>,
    /// The place in `shown` that is selected.
    pub cursor: usize,
    /// The first place that is visible.
    pub offset: usize,
    /// The selected org.
    pub selected: Option<OrgName>,
    /// Lines of what is told of it above the window.
    pub detail_offset: usize,
}

impl State {
    /// The selected org.
    pub fn org(&self) -> Option<&Arc<OrgBoard>> {
        let orgs = &self.screens.orgs;
        self.picture.boards.get(*orgs.shown.get(orgs.cursor)?)
    }
}
