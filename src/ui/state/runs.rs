//! Runs over many sites that this screen began, and the page of one.

use crate::model::SiteName;
use crate::model::refreshing::{RefreshRun, RefreshTold};
use crate::protocol::OperationId;
use crate::ui::state::{Screen, State};

/// How many are remembered.
const KEPT: usize = 8;

/// The page of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunPage {
    /// Which run.
    pub id: OperationId,
    /// The selected site.
    pub cursor: usize,
    /// The first site that is visible.
    pub offset: usize,
}

impl State {
    /// The page of a run, if one is open, with its run.
    pub fn run(&self) -> Option<(RunPage, &RefreshRun)> {
        let Some(Screen::Run(page)) = self.screen() else { return None };
        let (_, run) = self.runs.iter().find(|(id, _)| *id == page.id)?;
        Some((*page, run))
    }

    /// Remembers a run that begins.
    pub fn begin_run(&mut self, id: OperationId, run: RefreshRun) {
        if self.runs.len() >= KEPT {
            self.runs.remove(0);
        }
        self.runs.push((id, run));
    }

    /// Takes what came of a site of a run; with none, that nothing more comes.
    pub fn take_run(&mut self, id: OperationId, told: Option<(&SiteName, RefreshTold)>) {
        let Some((_, run)) = self.runs.iter_mut().find(|(known, _)| *known == id) else { return };
        match told {
            Some((site, told)) => run.take(site, told),
            None => run.end(),
        }
    }
}
