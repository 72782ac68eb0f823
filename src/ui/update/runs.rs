//! Reading topics and fields again: asked of the marked sites or the selected one, and the page of the run.

use crate::model::refreshing::{RefreshRun, RefreshTold};
use crate::model::{Intent, SiteName};
use crate::protocol::{Command, OperationId};
use crate::ui::action::{Context, Step};
use crate::ui::panes;
use crate::ui::state::{Notice, RunPage, Screen, State};
use crate::ui::update::stepped;
use chrono::{DateTime, Utc};

/// What is meant: what a run left on its page, the marked sites on the list, else the one that is selected or open.
pub(super) fn meant(state: &State) -> Option<Intent> {
    if let Some((_, run)) = state.run() {
        return Some(Intent::RefreshFields(run.left().cloned().collect()));
    }
    let marked = &state.sites().marked;
    if state.place() == Context::Sites && !marked.is_empty() {
        return Some(Intent::RefreshFields(marked.iter().cloned().collect()));
    }
    Some(Intent::RefreshFields(vec![state.subject()?.name.clone()]))
}

/// Opens the page of a run that was confirmed.
pub(super) fn begin(state: &mut State, command: &Command, now: DateTime<Utc>) {
    if let Command::RefreshFields { id, sites } = command {
        state.begin_run(*id, RefreshRun::new(sites.clone(), now));
        state.notice = None;
        state.screens.opened.push(Screen::Run(RunPage { id: *id, cursor: 0, offset: 0 }));
    }
}

/// Takes what came of a site.
pub(super) fn take(state: &mut State, id: OperationId, site: &SiteName, told: RefreshTold) {
    state.take_run(id, Some((site, told)));
}

/// Nothing more comes of one. Said where its page is not shown.
pub(super) fn over(state: &mut State, id: OperationId) {
    state.take_run(id, None);
    let shown = state.run().is_some_and(|(page, _)| page.id == id);
    if let Some((_, run)) = state.runs.iter().find(|(known, _)| *known == id).filter(|_| !shown) {
        let [done, failed, _] = run.counts();
        let text = format!("topics and fields: {done} sites done, {failed} not; :refreshed shows them");
        state.notice = Some(Notice { text, warning: failed > 0 });
    }
}

/// Shows the run that was begun last.
pub(super) fn show(state: &mut State) {
    let Some((id, _)) = state.runs.last() else { return };
    let page = RunPage { id: *id, cursor: 0, offset: 0 };
    if !matches!(state.screen(), Some(Screen::Run(open)) if open.id == page.id) {
        state.screens.opened.push(Screen::Run(page));
    }
}

/// Moves the selection.
pub(super) fn step(state: &mut State, step: Step) {
    let Some((_, run)) = state.run() else { return };
    let (last, height) = (run.sites.len().saturating_sub(1), panes::run::rows(state));
    if let Some(Screen::Run(page)) = state.screens.opened.last_mut() {
        page.cursor = stepped(page.cursor.min(last), step, height.saturating_sub(1).max(1), last);
        page.offset = page.offset.clamp((page.cursor + 1).saturating_sub(height), page.cursor);
    }
}
