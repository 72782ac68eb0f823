//! What the page of a plan remembers: for which sites, the plan with what became of it, and where one is in it.

use crate::model::{LeftOut, PlanOrg, PlanStep, PlanTold, SiteName, StepState};
use crate::ui::state::State;
use std::sync::Arc;

/// The page of a plan.
#[derive(Clone, Debug, Default)]
pub struct PlanView {
    /// For these sites; for all that lost their connection where it is none.
    pub sites: Vec<SiteName>,
    /// Whether it was asked for, until the answer comes.
    pub asked: bool,
    /// The last answer.
    pub have: Option<Arc<PlanTold>>,
    /// The picture that the last question was about, by its revision: a newer one is a reason to ask again.
    pub of: Option<u64>,
    /// The line that is selected.
    pub cursor: usize,
    /// The first line that is visible.
    pub offset: usize,
}

/// One line of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanLine<'a> {
    /// A step by its number, and what became of it.
    Step(usize, &'a PlanStep, &'a StepState),
    /// A site for which its org has no slot.
    Without(&'a PlanOrg, &'a SiteName),
    /// A site that no new approval brings back.
    Out(&'a LeftOut),
}

impl PlanView {
    /// All lines: the steps in their order, then who gets nothing.
    pub fn lines(&self) -> Vec<PlanLine<'_>> {
        let Some(told) = self.have.as_deref() else { return Vec::new() };
        let steps = told.plan.steps.iter().zip(&told.states).enumerate();
        let steps = steps.map(|(number, (step, state))| PlanLine::Step(number + 1, step, state));
        let orgs = told.plan.orgs.iter();
        let without = orgs.flat_map(|org| org.without_slot.iter().map(move |site| PlanLine::Without(org, site)));
        steps.chain(without).chain(told.plan.left_out.iter().map(PlanLine::Out)).collect()
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        let Some(PlanTold { plan, .. }) = self.have.as_deref() else { return 0 };
        plan.steps.len() + plan.without_slot().count() + plan.left_out.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The first step that is still to be done.
    pub fn next(&self) -> Option<usize> {
        let states = &self.have.as_deref()?.states;
        states.iter().position(|state| !matches!(state, StepState::Done { .. }))
    }
}

impl State {
    /// The selected line of the plan.
    pub fn plan_line(&self) -> Option<PlanLine<'_>> {
        let view = &self.screens.plan;
        view.lines().get(view.cursor).copied()
    }
}
