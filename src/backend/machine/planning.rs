//! How broken sites are connected again: a plan for a screen, and what became of the steps of one.

use super::Machine;
use crate::diagnosis::{plan, plan_stale, plan_standing};
use crate::model::{PlanTold, SiteName};
use crate::protocol::Event;
use std::sync::Arc;

impl Machine {
    /// Makes a plan, or says of one that was made what became of its steps, by what is known now.
    pub(super) fn plan_for_screen(&mut self, sites: Vec<SiteName>, made: Option<Arc<PlanTold>>) {
        let (fleet, settings, now) = (self.known.fleet(), self.known.settings(), self.clock.now());
        let plan = made.map_or_else(|| plan(fleet, settings, &sites, now), |made| made.plan.clone());
        let states = plan_standing(fleet, settings, &plan, now);
        let stale = plan_stale(fleet, settings, &plan, now);
        self.outlet.tell(Event::Plan(Arc::new(PlanTold { sites, plan, states, stale })));
    }
}
