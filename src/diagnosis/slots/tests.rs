//! What approvals cost, of fleets made by hand.

use super::slot_check;
use crate::diagnosis::fixture::{
    DAY, OrgBuilder, Scene, acme, at, broken, full, id, linked, org_id, scene, site, sites, user_id, with_two,
};
use crate::model::approval::approval_id;
use crate::model::org::Coverage;
use crate::model::settings::WP_FUSION_APP;
use crate::model::{Approval, OrgName, Permitted, Removed, SaferStep, SiteName, SlotCheck, SlotCost, SlotLoss};

fn check(scene: &Scene, user: u8, names: &[&str]) -> SlotCheck {
    let org = OrgName::new("acme");
    slot_check(&scene.fleet, &scene.settings, &org, &user_id(user), &sites(names), at(1)).expect("a known org")
}

fn certain(names: &[&str]) -> SlotLoss {
    SlotLoss::Certain { sites: sites(names) }
}

fn possible(names: &[&str]) -> SlotLoss {
    SlotLoss::Possible { sites: sites(names) }
}

fn held(created: i64) -> Removed {
    Removed::Held { approval_id: id(1, created) }
}

fn only(check: &SlotCheck) -> &SlotCost {
    assert_eq!(check.costs.len(), 1);
    &check.costs[0]
}

#[test]
fn a_full_user_loses_the_oldest_and_safer_steps_are_told() {
    let check = check(&full(), 1, &["shop"]);
    assert_eq!((check.used, check.limit, check.held.len()), (Some(4), 4, 4));
    let cost = only(&check);
    assert_eq!((cost.used, &cost.removes, &cost.loss), (Some(4), &vec![held(-233 * DAY)], &certain(&["news"])));
    assert_eq!(check.lost(), [&SiteName::new("news")]);
    let [SaferStep::Revoke { approval_id, loss: SlotLoss::Nothing, .. }, SaferStep::As { user, used: 1, limit: 4, .. }] =
        &check.safer[..]
    else {
        panic!("{:#?}", check.safer)
    };
    assert_eq!((*approval_id, user), (id(1, -64 * DAY), &user_id(2)));
}

#[test]
fn a_user_with_a_slot_free_loses_nothing() {
    let check = check(&full(), 2, &["shop"]);
    assert!(check.loses_nothing() && check.safer.is_empty());
    assert_eq!((only(&check).used, only(&check).removes.len()), (Some(1), 0));
}

#[test]
fn several_approvals_in_a_row_remove_one_after_the_other() {
    let check = check(&full(), 1, &["shop", "x", "y", "z", "last"]);
    let lost: Vec<&SlotLoss> = check.costs.iter().map(|cost| &cost.loss).collect();
    let expected = [
        certain(&["news"]),
        certain(&["www", "a-copy"]),
        SlotLoss::Nothing,
        certain(&["give"]),
        // By then the user holds nothing but what the batch itself made.
        certain(&["shop"]),
    ];
    assert_eq!(lost, expected.iter().collect::<Vec<_>>());
    assert_eq!(check.costs[4].removes, [Removed::Made { site: SiteName::new("shop") }]);
    assert!(!check.safer.iter().any(|step| matches!(step, SaferStep::As { .. })), "nobody has five free");
}

#[test]
fn a_site_s_own_approval_is_no_loss_to_it_and_one_to_its_copies() {
    assert!(check(&full(), 1, &["news"]).loses_nothing());
    let both = check(&full(), 1, &["news", "www"]);
    assert_eq!(both.costs[1].loss, certain(&["a-copy"]));
    let all = check(&full(), 1, &["news", "a-copy", "www"]);
    assert_eq!(all.costs[1].loss, certain(&["www"]), "it gets its own only after that");
}

#[test]
fn the_approval_of_a_dead_token_is_no_loss_where_it_was_found_alive() {
    let org = || {
        let young = |org: OrgBuilder, day: i64| org.approval(1, -day * DAY, -60, 9);
        [5, 4, 3].into_iter().fold(acme().approval(1, -90 * DAY, -120, 9), young).looked(0)
    };
    let found = |since| linked(scene(org(), [broken("shop")]), 1, -90 * DAY, ("shop", 1), since);
    let alive = check(&found(-2 * DAY), 1, &["other"]);
    assert!(alive.loses_nothing(), "{alive:#?}");
    let dead = check(&found(-10), 1, &["other"]);
    assert_eq!(only(&dead).loss, possible(&[]), "it may be that of a site which fusebox does not know");
}

#[test]
fn of_two_made_in_one_second_one_leaves() {
    let twin = |org: OrgBuilder| {
        org.with(|picture| {
            let Permitted::Yes(rows) = &mut picture.approvals else { panic!("listed") };
            let (user, created_at, app) = (user_id(1), at(-233 * DAY), WP_FUSION_APP.into());
            let id = approval_id(&org_id('E'), &user, WP_FUSION_APP, created_at, 1);
            rows.insert(1, Approval { id, user, app, created_at, last_used_at: None, use_count: 0 });
        })
    };
    let org = twin(acme().approval(1, -233 * DAY, -60, 771)).approval(1, -9 * DAY, -60, 9).approval(1, -DAY, -60, 9);
    let scene = linked(scene(org.looked(0), [site("news").token(2).alive()]), 1, -233 * DAY, ("news", 2), -90);
    let check = check(&scene, 1, &["shop", "next", "third"]);
    let lost: Vec<(usize, &SlotLoss)> = check.costs.iter().map(|cost| (cost.removes.len(), &cost.loss)).collect();
    let (one_of_two, unknown) = (possible(&["news"]), possible(&[]));
    assert_eq!(lost, [(2, &one_of_two), (2, &one_of_two), (1, &unknown)]);
    let revocable = |step: &SaferStep| matches!(step, SaferStep::Revoke { approval_id, .. } if check.held[..2].iter().any(|held| held.approval_id == *approval_id));
    assert!(check.held[0].tied && check.held[1].tied && !check.safer.iter().any(revocable), "which is which?");
}

#[test]
fn a_list_that_is_short_promises_nothing() {
    let org = acme().approval(1, -9 * DAY, -60, 9).with(|picture| {
        picture.coverage = Coverage { complete: false, counted: None };
    });
    let check = check(&scene(org.looked(0), [site("news").alive()]), 1, &["shop"]);
    assert_eq!((check.used, only(&check).used), (None, None));
    assert_eq!(only(&check).loss, possible(&["news"]));
}

#[test]
fn who_can_not_authorize_is_told() {
    let unusable = |org: OrgBuilder, user| check(&scene(org.looked(0), []), user, &["shop"]).unusable;
    assert_eq!(unusable(with_two(acme()), 2), None);
    let frozen = acme().users(|users| users[0].frozen = Some(true)).approval(1, -DAY, -60, 1);
    assert_eq!(unusable(frozen, 1).as_deref(), Some("is frozen"));
    let absent = || with_two(acme()).with(|picture| picture.app = Permitted::Yes(None)).approval(1, -DAY, -60, 1);
    assert_eq!(unusable(absent(), 1), None, "who holds one goes on");
    assert!(unusable(absent(), 2).is_some_and(|why| why.contains("not installed")));
}

#[test]
fn a_short_limit_removes_what_the_batch_made() {
    let scene = scene(acme().terms(|terms| terms.slot_limit = 1).looked(0), []);
    let check = check(&scene, 1, &["a", "b"]);
    assert_eq!(check.costs[0].loss, SlotLoss::Nothing);
    assert_eq!(check.costs[1].loss, certain(&["a"]));
}
