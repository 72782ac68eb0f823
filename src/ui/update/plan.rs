//! The page of a plan: opening it, moving, the question for it and for what became of its steps, and doing one.

use crate::model::{Intent, PlanTold, SiteName, StepState};
use crate::protocol::Command;
use crate::ui::action::{Context, Step};
use crate::ui::effect::Effect;
use crate::ui::state::plan::{PlanLine, PlanView};
use crate::ui::state::{Notice, Screen, State};
use crate::ui::update::stepped;
use std::sync::Arc;

/// The marked sites, in the order of the list; none where one is elsewhere.
pub(super) fn marked(state: &State) -> Vec<SiteName> {
    let sites = state.sites();
    if state.place() != Context::Sites || sites.marked.is_empty() {
        return Vec::new();
    }
    let shown = sites.shown.iter().filter_map(|place| state.picture.rows.get(*place)).map(|row| row.name.clone());
    let mut marked: Vec<SiteName> = shown.filter(|name| sites.marked.contains(name)).collect();
    // What a filter hides keeps its mark.
    let mut hidden: Vec<SiteName> = sites.marked.iter().filter(|name| !marked.contains(name)).cloned().collect();
    hidden.sort();
    marked.append(&mut hidden);
    marked
}

/// Opens it for the marked sites, for all that lost their connection where none is.
pub(super) fn open(state: &mut State) {
    let sites = marked(state);
    show(state, sites);
}

fn show(state: &mut State, sites: Vec<SiteName>) {
    state.screens.plan = PlanView { sites, ..PlanView::default() };
    if !matches!(state.screen(), Some(Screen::Plan)) {
        state.screens.opened.push(Screen::Plan);
    }
}

/// Makes another one for the same sites.
pub(super) fn anew(state: &mut State) {
    let sites = std::mem::take(&mut state.screens.plan.sites);
    show(state, sites);
}

/// Asks for it, and for what became of its steps whenever the fleet is another one; never twice at once.
pub(super) fn ask(state: &mut State, effects: &mut Vec<Effect>) {
    let (shown, pictures) = (matches!(state.screen(), Some(Screen::Plan)), state.pictures);
    let view = &mut state.screens.plan;
    if !shown || view.asked || view.of == Some(pictures) {
        return;
    }
    (view.asked, view.of) = (true, Some(pictures));
    effects.push(Effect::Send(Command::Plan { sites: view.sites.clone(), made: view.have.clone() }));
}

/// Takes it. An answer for other sites is one that was asked for before.
pub(super) fn take(state: &mut State, told: Arc<PlanTold>) {
    let view = &mut state.screens.plan;
    if !view.asked || view.sites != told.sites {
        return;
    }
    let first = view.have.is_none();
    (view.asked, view.have) = (false, Some(told));
    if first {
        view.cursor = view.next().unwrap_or(0);
    }
    follow(state);
}

/// Nobody took the question.
pub(super) fn unsent(state: &mut State) {
    state.screens.plan.asked = false;
}

/// Moves the selection.
pub(super) fn step(state: &mut State, step: Step) {
    let (lines, page) = (state.screens.plan.len(), height(state).saturating_sub(1).max(1));
    let view = &mut state.screens.plan;
    view.cursor = stepped(view.cursor, step, page, lines.saturating_sub(1));
    follow(state);
}

/// Keeps the selection on the page.
pub(super) fn follow(state: &mut State) {
    let (lines, height) = (state.screens.plan.len(), height(state));
    let view = &mut state.screens.plan;
    view.cursor = view.cursor.min(lines.saturating_sub(1));
    view.offset = view.offset.clamp((view.cursor + 1).saturating_sub(height), view.cursor);
    view.offset = view.offset.min(lines.saturating_sub(height));
}

fn height(state: &State) -> usize {
    let lines = state.screens.plan.len();
    usize::from(state.page().halves(lines).list.height).max(1)
}

/// What doing the selected step means; where there is nothing to do, that is said.
pub(super) fn meant(state: &mut State) -> Option<Intent> {
    let (text, warning) = match state.plan_line()? {
        PlanLine::Step(_, step, StepState::Ready) => {
            let (user, _) = step.user();
            return Some(match (step.site(), step.revokes()) {
                (Some(site), _) => Intent::Authorize(site.clone(), Some(user.clone())),
                (None, Some(approval)) => Intent::Revoke(approval.to_string().into()),
                (None, None) => return None,
            });
        }
        PlanLine::Step(_, _, StepState::Done { seen }) => (format!("it is done: {seen}"), false),
        PlanLine::Step(_, _, StepState::Moved { why }) => {
            (format!("it does not hold any more, plan anew: {why}"), true)
        }
        PlanLine::Without(org, _) => (org.shortfall().unwrap_or_default(), true),
        PlanLine::Out(out) => (format!("no sign-in brings {} back: {}", out.site, out.reason), true),
    };
    state.notice = Some(Notice { text: crate::model::Clean::new(text).to_string(), warning });
    None
}
