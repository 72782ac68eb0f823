//! Who may refresh, and what a movement shows.

use super::*;
use crate::diagnosis::fixture::{Scene, SiteBuilder, acme, at, not_permitted, scene, site};
use crate::model::approval::approval_id;
use crate::model::{PluginState, Rotation};
use proptest::prelude::*;

fn asked(scene: &Scene, name: &str) -> Result<Identifiable, Unfit> {
    identifiable(&scene.fleet, &scene.settings, &SiteName::new(name), at(0))
}

fn why(scene: &Scene, name: &str) -> String {
    asked(scene, name).expect_err("a refusal").to_string()
}

/// Two sites and their approvals, with rotation as told.
fn two(rotation: Rotation, shop: SiteBuilder) -> Scene {
    let org = acme().approval(1, -95, 0, 1).approval(1, -90, 0, 1).terms(|terms| terms.rotation = rotation).looked(0);
    scene(org, [shop, site("news").token(2).looked(-60).looked(0)])
}

fn shop() -> SiteBuilder {
    site("shop").looked(-60).looked(0)
}

#[test]
fn who_holds_one_of_two_may_refresh_where_rotation_is_off() {
    let found = asked(&two(Rotation::Off, shop()), "shop").expect("nothing against it");
    assert_eq!((found.org.as_str(), found.approvals), ("acme", 2));
    assert!(found.safe.contains("configuration"), "{}", found.safe);
}

#[test]
fn what_may_rotate_is_not_refreshed_where_the_plugin_is_not_known_to_keep_the_token() {
    assert!(why(&two(Rotation::On, shop()), "shop").starts_with("refused: rotation is on"));
    let unknown = why(&two(Rotation::Unknown, shop()), "shop");
    assert!(unknown.contains("is not known") && unknown.contains("rotation = \"off\""), "{unknown}");
    let newer = PluginState::Active { edition: "lite".into(), version: "3.47.12".into() };
    let newer =
        |rotation| two(rotation, site("shop").with(|status| status.plugin = newer.clone()).looked(-60).looked(0));
    for rotation in [Rotation::On, Rotation::Unknown] {
        let unread = why(&newer(rotation), "shop");
        assert!(unread.contains("not known that WP Fusion lite 3.47.12 keeps"), "no rule covers it: {unread}");
    }
    assert!(asked(&newer(Rotation::Off), "shop").is_ok());
}

#[test]
fn a_refresh_on_the_way_is_let_by_the_same_judgement() {
    let asked = |rotation| {
        let scene = two(rotation, shop());
        refreshable(&scene.fleet, &scene.settings, &SiteName::new("shop"), at(0))
    };
    let off = asked(Rotation::Off).expect("nothing against it");
    assert!(off.safe.contains("configuration"), "{}", off.safe);
    for rotation in [Rotation::On, Rotation::Unknown] {
        assert!(asked(rotation).expect_err("a reason").contains("rotation = \"off\""));
    }
    let copy = two(Rotation::Off, site("shop").token(2).looked(-60).looked(0));
    let shared = refreshable(&copy.fleet, &copy.settings, &SiteName::new("shop"), at(0)).expect_err("a reason");
    assert!(shared.contains("shop and news hold one token"), "{shared}");
}

#[test]
fn a_token_that_was_seen_to_serve_three_times_does_not_rotate() {
    let refreshed = |times: u8| {
        let begun = site("shop").looked(-60);
        let last = (1..=times).fold(begun, |site, n| site.access(150 + n).looked(-60 + i64::from(n)));
        two(Rotation::Unknown, last.looked(0))
    };
    assert!(asked(&refreshed(2), "shop").is_err());
    assert!(asked(&refreshed(3), "shop").expect("shown").safe.contains("shop was seen to refresh 3 times"));
    assert!(asked(&refreshed(3), "news").expect("shown by another site of the org").safe.contains("shop"));
    assert!(asked(&two(Rotation::On, shop()), "news").is_err(), "the operator's word goes before it");
}

#[test]
fn copies_and_staging_are_left_alone() {
    let scene = two(Rotation::Off, site("shop").token(2).looked(0));
    let shared = why(&scene, "shop");
    assert!(shared.contains("shop and news hold one token"), "{shared}");
    for staged in [
        shop().marked_staging(),
        site("shop").with(|status| status.staging.effective = true).looked(0),
        site("shop").with(|status| status.staging.duplicate = true).looked(0),
    ] {
        assert!(why(&two(Rotation::Off, staged), "shop").contains("left alone"));
    }
}

#[test]
fn where_nothing_could_be_seen_nothing_is_spent() {
    let sites = || [shop(), site("news").token(2).looked(0)];
    let off = |org: crate::diagnosis::fixture::OrgBuilder| org.terms(|terms| terms.rotation = Rotation::Off);
    let short = off(acme().approval(1, -90, 0, 1)).with(|picture| picture.coverage.complete = false).looked(0);
    assert!(why(&scene(short, sites()), "shop").contains("does not list all approvals"));
    let refused = |picture: &mut crate::model::OrgPicture| picture.approvals = not_permitted("Customize Application");
    assert!(why(&scene(off(acme()).with(refused).looked(0), sites()), "shop").contains("does not list all"));
    assert!(why(&scene(off(acme()).looked(0), sites()), "shop").contains("holds no approval"));
    let lost = site("shop").looked(-60).with(|status| status.connection = None).looked(0);
    assert!(matches!(asked(&two(Rotation::Off, lost), "shop"), Err(Unfit::Nothing(_))));
    assert!(matches!(asked(&two(Rotation::Off, shop()), "nobody"), Err(Unfit::Nothing(_))));
    let foreign = site("shop").in_org('X').looked(0);
    assert!(why(&two(Rotation::Off, foreign), "shop").contains("none that the configuration names"));
}

#[test]
fn the_only_approval_that_is_known_costs_nothing() {
    let org = acme().approval(1, -90, 0, 1).terms(|terms| terms.rotation = Rotation::Off).looked(0);
    let known = asked(&scene(org, [site("shop").looked(-60).alive()]), "shop").expect_err("nothing to spend");
    assert!(matches!(known, Unfit::Known { .. }), "{known}");
}

fn approval(number: i64, count: u32, last: i64) -> Approval {
    let org = crate::diagnosis::fixture::org_id('E');
    let user = crate::diagnosis::fixture::user_id(1);
    Approval {
        id: approval_id(&org, &user, "app", at(-number), 0),
        user,
        app: "app".into(),
        created_at: at(-number),
        last_used_at: Some(at(last)),
        use_count: count,
    }
}

fn unclear(before: &[Approval], after: &[Approval]) -> String {
    match movement(before, after, at(0), at(1)) {
        Movement::Unclear(why) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_use_of_one_approval_while_the_site_refreshed_is_its_own() {
    let before = [approval(10, 4, -50), approval(20, 7, -40)];
    let one = [approval(10, 4, -50), approval(20, 8, 0)];
    assert_eq!(movement(&before, &one, at(0), at(1)), Movement::One(before[1].id));
    assert_eq!(movement(&before, &before, at(0), at(1)), Movement::None);
    let born = [one[0].clone(), one[1].clone(), approval(30, 1, 0)];
    assert_eq!(movement(&before, &born, at(0), at(1)), Movement::One(before[1].id), "a new one did not move");
    assert!(unclear(&before, &[approval(10, 4, -50), approval(20, 9, 0)]).contains("by 2 uses"));
    assert!(unclear(&before, &[approval(10, 5, 0), approval(20, 8, 0)]).starts_with("2 approvals moved"));
    assert!(unclear(&before, &[approval(10, 4, -50), approval(20, 8, -5)]).contains("another time"));
    let twin = Approval { id: approval(99, 0, 0).id, ..approval(20, 3, -9) };
    assert!(unclear(&[before[1].clone(), twin], &[approval(20, 8, 0)]).contains("came or went"));
}

proptest! {
    #[test]
    fn one_is_said_only_where_one_moved_once(
        counts in proptest::collection::vec((0u32..5, 0u32..3), 1..6),
    ) {
        let numbered = || counts.iter().enumerate().map(|(number, (count, by))| (i64::try_from(number).expect("few"), *count, *by));
        let before: Vec<Approval> = numbered().map(|(number, count, _)| approval(number + 1, count, -9)).collect();
        let used = |by: u32| if by == 0 { -9 } else { 0 };
        let after: Vec<Approval> = numbered().map(|(number, count, by)| approval(number + 1, count + by, used(by))).collect();
        let total: u32 = counts.iter().map(|(_, by)| by).sum();
        match movement(&before, &after, at(0), at(1)) {
            Movement::One(id) => {
                prop_assert_eq!(total, 1);
                let own = counts.iter().position(|(_, by)| *by == 1).expect("one moved");
                prop_assert_eq!(id, before[own].id);
            }
            Movement::None => prop_assert_eq!(total, 0),
            Movement::Unclear(_) => prop_assert!(total > 1),
        }
    }
}
