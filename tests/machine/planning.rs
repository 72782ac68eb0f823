//! A plan for a screen: what `fusebox plan` says, and its steps as they are done.

use super::permitting::machinery;
use super::{Fleet, event};
use fusebox::backend::Reading;
use fusebox::config::Config;
use fusebox::model::{Permits, PlanTold, Rotation, SiteName, StepState, Target};
use fusebox::protocol::{Command, Event, Link};
use fusebox::store::StoreHandle;
use serde_json::json;
use std::sync::Arc;

async fn planned(link: &mut Link, sites: Vec<SiteName>, made: Option<Arc<PlanTold>>) -> Arc<PlanTold> {
    link.commands.send(Command::Plan { sites, made }).await.expect("it lives");
    loop {
        if let Event::Plan(told) = event(link).await {
            return told;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_sees_the_plan_that_the_command_makes_and_its_steps_as_they_are_done() {
    let fleet = Fleet::start("agency").await;
    let (handle, mut link) = machinery(&fleet, Permits::default()).await;
    let told = planned(&mut link, Vec::new(), None).await;
    let mut config = Config::load(fleet.dir.path()).expect("the configuration");
    config.orgs.iter_mut().for_each(|org| org.terms.rotation = Rotation::Off);
    let store = StoreHandle::open(&fleet.dir.path().join("state/fusebox.db")).expect("a store");
    let reading = Reading::load(&config, &store, told.plan.made_at).await.expect("read");
    assert_eq!(told.plan, reading.plan(&[], told.plan.made_at));
    assert!(told.states.iter().all(|state| *state == StepState::Ready) && !told.states.is_empty());
    // Of a batch the slots are counted together: no two steps take one slot.
    let (place, step) = told.plan.steps.iter().enumerate().find(|(_, step)| step.site().is_some()).expect("a step");
    let (site, (_, name)) = (step.site().expect("its site").clone(), step.user());
    let order = json!({"kind": "authorize", "user": name.as_str(), "site": site.as_str()});
    super::revoking::admin(&fleet, "fault", Some(order)).await;
    let unchanged = planned(&mut link, Vec::new(), Some(Arc::clone(&told))).await;
    assert_eq!(unchanged.states, told.states, "nobody looked yet");
    handle.look(vec![Target::Site(site.clone()), Target::Org(step.org().clone())]).await.expect("looked at");
    let later = planned(&mut link, Vec::new(), Some(Arc::clone(&told))).await;
    assert_eq!(later.plan, told.plan, "it stays the plan that was made");
    assert!(matches!(later.states[place], StepState::Done { .. }), "{:?}", later.states[place]);
    let two: Vec<SiteName> = told.plan.steps.iter().filter_map(|step| step.site().cloned()).take(2).collect();
    let batch = planned(&mut link, two.clone(), None).await;
    assert_eq!(batch.sites, two);
    handle.shutdown().await;
}
