//! Authorizations that are watched, or that ended while one looked on.

use crate::model::Watching;
use crate::protocol::OperationId;
use crate::ui::state::{Screen, State};

/// How many are remembered; the oldest that is over gives way.
const KEPT: usize = 16;

impl State {
    /// The one whose page is open.
    pub fn watch(&self) -> Option<&Watching> {
        let Some(Screen::Watch(id)) = self.screen() else { return None };
        self.watches.iter().find(|(known, _)| known == id).map(|(_, watching)| watching)
    }

    /// Takes a newer standing. Answers whether it is the first of it.
    pub fn put_watch(&mut self, id: OperationId, watching: Watching) -> bool {
        if let Some((_, known)) = self.watches.iter_mut().find(|(known, _)| *known == id) {
            *known = watching;
            return false;
        }
        if self.watches.len() >= KEPT {
            let over = self.watches.iter().position(|(_, known)| known.standing.ending.is_some());
            self.watches.remove(over.unwrap_or(0));
        }
        self.watches.push((id, watching));
        true
    }
}
