//! Plans of fleets made by hand, and what becomes of their steps.

use crate::diagnosis::fixture::{
    DAY, DEAD, OrgBuilder, Scene, acme, at, broken, full, id, linked, not_permitted, scene, site, sites, user_id,
    with_two,
};
use crate::diagnosis::stories::BLOCKED;
use crate::diagnosis::{plan, plan_standing};
use crate::model::{Permitted, Plan, PlanStep, SiteName, StepState};

fn made(scene: &Scene, names: &[&str]) -> Plan {
    plan(&scene.fleet, &scene.settings, &sites(names), at(1))
}

/// The steps in a few words.
fn told(plan: &Plan) -> Vec<String> {
    plan.steps
        .iter()
        .map(|step| match step {
            PlanStep::Revoke { user_name, approval, .. } => format!("revoke {} of {user_name}", approval.short()),
            PlanStep::Authorize { site, user_name, removes, .. } => {
                let short: Vec<String> = removes.iter().map(crate::model::ApprovalId::short).collect();
                format!("{site} as {user_name}, removes [{}]", short.join(" "))
            }
        })
        .collect()
}

fn moved(state: &StepState) -> &str {
    match state {
        StepState::Moved { why } => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_orphan_goes_before_a_live_site_would() {
    let plan = made(&full(), &[]);
    let orphan = id(1, -64 * DAY).short();
    let expected =
        [format!("revoke {orphan} of ops1@acme.example"), "shop as ops1@acme.example, removes []".to_owned()];
    assert_eq!(told(&plan), expected);
    assert_eq!(plan.orgs[0].users[0].approvals.len(), 4);
    assert_eq!((plan.orgs[0].missing_users, plan.left_out.len()), (0, 0));
}

#[test]
fn what_nothing_works_with_leaves_by_itself_where_it_is_the_oldest() {
    let young = |org: OrgBuilder, day: i64| org.approval(1, -day * DAY, -60, 9);
    let org = [5, 4, 3].into_iter().fold(acme().approval(1, -90 * DAY, -120, 9), young).looked(0);
    let scene = linked(scene(org, [broken("shop")]), 1, -90 * DAY, ("shop", 1), -2 * DAY);
    let expected = format!("shop as ops1@acme.example, removes [{}]", id(1, -90 * DAY).short());
    assert_eq!(told(&made(&scene, &[])), [expected]);
}

#[test]
fn the_sites_that_find_no_slot_need_so_many_users() {
    let org = acme().terms(|terms| terms.slot_limit = 2).approval(1, -9 * DAY, -60, 9).looked(0);
    let held = ["a", "b", "c", "d"].map(|name| site(name).token(name.as_bytes()[0]).row(-180, DEAD).quiet());
    let plan = made(&scene(org, held.into_iter().chain([site("live").alive()])), &[]);
    assert_eq!(told(&plan), ["a as ops1@acme.example, removes []"]);
    assert_eq!((&plan.orgs[0].without_slot[..], plan.orgs[0].missing_users), (&sites(&["b", "c", "d"])[..], 2));
}

#[test]
fn what_no_approval_cures_is_left_out_with_the_reason() {
    let blocked = scene(acme().approval(1, -9 * DAY, -60, 9).looked(0), [site("shop").row(-30, BLOCKED).quiet()]);
    let plan = made(&blocked, &[]);
    assert!(plan.steps.is_empty() && plan.left_out[0].reason.as_str().starts_with("app_blocked"), "{plan:?}");
    let short = acme().with(|picture| picture.approvals = not_permitted("Customize Application")).looked(0);
    let plan = made(&scene(short, [broken("shop")]), &[]);
    assert!(plan.left_out[0].reason.as_str().contains("needs Customize Application"), "{plan:?}");
    assert!(plan.orgs.is_empty());
}

#[test]
fn a_site_that_works_is_planned_where_it_is_named_and_keeps_what_it_has() {
    let scene = scene(acme().approval(1, -9 * DAY, -60, 9).looked(0), [site("shop").alive()]);
    assert!(made(&scene, &[]).steps.is_empty());
    let named = made(&scene, &["shop"]);
    assert_eq!(told(&named), ["shop as ops1@acme.example, removes []"]);
    let one = |org: OrgBuilder| org.terms(|terms| terms.slot_limit = 1);
    let tight = self::scene(one(acme()).approval(1, -9 * DAY, -60, 9).looked(0), [site("shop").alive()]);
    assert_eq!(made(&tight, &["shop"]).orgs[0].missing_users, 1, "who gives up half way must lose nothing");
}

#[test]
fn nothing_is_planned_with_a_user_who_holds_more_than_there_is_room_for_by_the_setting() {
    let org = acme().terms(|terms| terms.slot_limit = 1).approval(1, -9 * DAY, -60, 9).approval(1, -8 * DAY, -60, 9);
    let plan = made(&scene(org.looked(0), [broken("shop")]), &[]);
    assert!(plan.steps.is_empty() && plan.orgs[0].notes[0].as_str().contains("slot_limit is set too low"), "{plan:#?}");
}

#[test]
fn steps_that_do_not_hold_any_more_are_named() {
    let plan = made(&full(), &[]);
    let standing = |scene: &Scene| plan_standing(&scene.fleet, &scene.settings, &plan, at(30));
    assert_eq!(standing(&full()), [StepState::Ready, StepState::Ready]);
    // Its site holds the token of the orphan again: nobody may revoke it.
    let mut back = full();
    back.fleet.put_site(site("give").token(9).alive().build());
    let now = standing(&back);
    assert!(moved(&now[0]).contains("give's"), "{now:?}");
    assert!(moved(&now[1]).contains("no slot of ops1@acme.example is free"), "{now:?}");
    // The site came back by itself, as its own user.
    let mut cured = full();
    cured.fleet.put_site(site("shop").row(-180, DEAD).quiet().token(30).looked(20).good(20).build());
    assert!(matches!(standing(&cured)[1], StepState::Done { .. }), "{:?}", standing(&cured));
    cured.fleet.put_site(site("shop").row(-180, DEAD).quiet().user(2).token(30).looked(20).good(20).build());
    assert!(moved(&standing(&cured)[1]).contains("not as ops1@acme.example"));
    // Or with the token that it had.
    cured.fleet.put_site(broken("shop").good(20).build());
    assert!(matches!(&standing(&cured)[1], StepState::Done { seen } if seen.contains("the token that it had")));
    let mut gone = full();
    gone.settings.sites.remove(&SiteName::new("shop"));
    assert!(moved(&standing(&gone)[1]).contains("not in the configuration"));
    let mut other = full();
    let refreshed = with_two(acme()).with(|picture| {
        let Some(Permitted::Yes(organization)) = &mut picture.organization else { panic!("an organization") };
        organization.id = crate::diagnosis::fixture::org_id('N');
    });
    other.fleet.put_org(scene(refreshed.looked(0), []).fleet.orgs().next().expect("an org").clone());
    assert!(moved(&standing(&other)[0]).contains("another org"));
}

#[test]
fn a_revoked_approval_is_a_step_that_is_done() {
    let plan = made(&full(), &[]);
    let mut now = full();
    let mut org = now.fleet.orgs().next().expect("an org").clone();
    let rows = org.approvals.get_mut(&user_id(1)).expect("approvals");
    rows.value.retain(|row| row.id != id(1, -64 * DAY));
    now.fleet.put_org(org);
    let states = plan_standing(&now.fleet, &now.settings, &plan, at(30));
    assert!(matches!(states[0], StepState::Done { .. }) && states[1] == StepState::Ready, "{states:?}");
}
