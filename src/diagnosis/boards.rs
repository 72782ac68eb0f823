//! Boards of orgs in every story, and where less is known than usual.

use crate::diagnosis::board;
use crate::diagnosis::fixture::{DAY, DEAD, OrgBuilder, Scene, acme, not_permitted, org_id, scene, site, user_id};
use crate::diagnosis::stories::{idle, one, orphans, refused_with, stories};
use crate::model::org::Coverage;
use crate::model::{FailureClass, Holder, OrgBoard, OrgName, Permitted, SiteName, UserBoard};

fn acme_of(scene: &Scene) -> OrgBoard {
    board(&scene.fleet, &scene.settings, &OrgName::new("acme")).expect("a board")
}

/// A user's slots: who holds each, then how many are used.
fn drawn(user: &UserBoard) -> String {
    let slots = user.slots.iter().map(|held| match held {
        Holder::Site { name } => name.as_str(),
        Holder::Orphan => "orphan",
        Holder::Unknown => "one of several",
        Holder::Unseen => "unseen",
    });
    let count = user.used.map_or("?".to_owned(), |used| used.to_string());
    slots.chain([count.as_str()]).collect::<Vec<_>>().join(" | ")
}

fn slots(scene: &Scene) -> Vec<String> {
    acme_of(scene).users.iter().map(|user| format!("{}: {}", user.name, drawn(user))).collect()
}

/// Lists the fusebox user's own approvals alone.
fn own_alone(org: OrgBuilder, own: u8) -> OrgBuilder {
    org.with(|picture| {
        picture.coverage = Coverage { complete: false, counted: None };
        if let Permitted::Yes(rows) = &mut picture.approvals {
            rows.retain(|row| row.user == user_id(own));
        }
    })
}

#[test]
fn every_story_has_a_board_that_says_what_its_lines_say() {
    for (story, scene, ..) in stories() {
        let board = acme_of(&scene);
        assert_eq!(
            board.users.len(),
            board.users.iter().map(|user| &user.id).collect::<std::collections::BTreeSet<_>>().len()
        );
        for name in scene.settings.sites.keys() {
            let row = scene.judge(name.as_str(), 1).row;
            let Some(slot) = row.slot.filter(|slot| slot.position.is_some()) else { continue };
            let place = usize::try_from(slot.position.expect("a position") - 1).expect("a small number");
            let held: Vec<_> = board.users.iter().filter_map(|user| user.slots.get(place)).collect();
            // Of two sites with one token the board names one.
            let named = |held: &&Holder| matches!(held, Holder::Site { name: holder } if slot.shared || holder == name);
            assert!(held.iter().any(named), "{story}: {name} holds {slot:?} in {board:#?}");
        }
        for user in board.users {
            assert!(user.used.is_none_or(|used| user.slots.len() == used as usize), "{story}: {user:?}");
        }
    }
}

#[test]
fn known_sites_and_orphans_are_told_apart() {
    let scene = scene(orphans(acme()).looked(0), [site("shop").row(-180, DEAD).quiet()]);
    assert_eq!(slots(&scene), ["ops1@acme.example: orphan | orphan | orphan | 3"]);
    let alone = one(acme().approval(1, -90 * DAY, -60, 9), site("shop"));
    assert_eq!(slots(&alone), ["ops1@acme.example: shop | 1"]);
}

#[test]
fn a_site_that_may_hold_several_slots_is_named_at_none() {
    let scene = scene(orphans(acme()).approval(1, -30 * DAY, -30, 9).looked(0), [site("shop").alive()]);
    let row = scene.judge("shop", 1).row;
    let board = acme_of(&scene);
    let named = board.users[0].slots.iter().filter(|held| matches!(held, Holder::Site { .. })).count();
    assert_eq!(named, usize::from(row.slot.is_some_and(|slot| slot.position.is_some())));
    assert!(board.users[0].is_full(board.slot_limit));
}

#[test]
fn of_two_sites_with_one_token_the_original_is_named() {
    let org = acme().approval(1, -90 * DAY, -60, 9).looked(0);
    // By name the copy would come first.
    let scene = scene(org, [site("a-copy").marked_staging().alive(), site("shop").alive()]);
    assert_eq!(slots(&scene), ["ops1@acme.example: shop | 1"]);
}

#[test]
fn a_user_that_a_site_names_is_there_without_an_approval() {
    let evicted = one(acme(), refused_with(DEAD));
    assert_eq!(slots(&evicted), ["ops1@acme.example: 0"]);
    let gone = site("shop").alive().with(|status| status.connection = None).looked(15);
    assert!(slots(&scene(acme().looked(15), [gone])).is_empty(), "nobody is connected as this user any more");
}

#[test]
fn what_a_disconnected_site_left_is_an_orphan() {
    let (_, scene, ..) = stories().into_iter().find(|(story, ..)| *story == "disconnected").expect("the story");
    assert_eq!(slots(&scene), ["ops1@acme.example: orphan | 1"]);
}

#[test]
fn a_list_that_became_short_leaves_what_it_does_not_tell_unseen() {
    let org = acme().approval(1, -90 * DAY, -60, 9).approval(2, -80 * DAY, -60, 9).looked(0);
    let full = scene(org.clone(), [site("shop").alive()]);
    assert_eq!(slots(&full), [&format!("{}: orphan | 1", user_id(2)), "ops1@acme.example: shop | 1"]);
    let short = scene(own_alone(org.clone(), 2).looked(10), [site("shop").alive()]);
    assert_eq!(slots(&short), [&format!("{}: orphan | ?", user_id(2)), "ops1@acme.example: unseen | ?"]);
    let refused = org.with(|org| org.approvals = not_permitted("Customize Application")).looked(20);
    let board = acme_of(&scene(refused, [site("shop").alive()]));
    assert!(board.users.iter().all(|user| drawn(user) == "unseen | ?"), "{board:#?}");
    assert!(board.refused.is_some_and(|refused| refused.permission == "Customize Application"));
}

#[test]
fn an_approval_that_left_is_no_unseen_one_and_silence_hides_nothing() {
    let org = acme().approval(1, -90 * DAY, -60, 9).approval(1, -80 * DAY, -60, 9).looked(0);
    let left = scene(org.clone().without_oldest().looked(10), [site("shop").alive()]);
    assert_eq!(acme_of(&left).users[0].slots.len(), 1);
    let silent = acme_of(&scene(org.failed(20, FailureClass::Timeout), [site("shop").alive()]));
    assert!(silent.failure.is_some());
    assert!(!silent.users[0].slots.contains(&Holder::Unseen), "{silent:#?}");
}

#[test]
fn an_org_that_never_answered_names_the_users_of_the_sites_given_to_it() {
    let given = site("shop").given_to("acme").alive();
    let board = acme_of(&scene(acme(), [given, site("other").alive()]));
    assert_eq!((board.sites, board.answered_at, board.policy, board.sandbox), (1, None, None, None));
    let users: Vec<_> = board.users.iter().map(|user| (user.id.clone(), drawn(user))).collect();
    assert_eq!(users, [(user_id(1), "?".to_owned())]);
    let nobody = acme_of(&scene(acme().failed(0, FailureClass::Timeout), []));
    assert!(nobody.users.is_empty() && nobody.failure.is_some());
}

#[test]
fn a_site_of_another_org_counts_where_it_was_given_and_has_no_user_there() {
    let org = idle(acme(), 30).approval(1, -90 * DAY, -60, 9).looked(0);
    let stranger = site("far").in_org('X').user(7).given_to("acme").alive();
    let lent = site("lent").token(2).given_to("beta").alive();
    let scene = scene(org, [site("shop").alive(), stranger, lent]);
    let board = acme_of(&scene);
    assert_eq!(board.sites, 2, "shop and far, and not the one that was given away");
    assert_eq!(board.users.iter().map(|user| &user.id).collect::<Vec<_>>(), [&user_id(1)]);
    assert!(scene.fleet.sites_in(&org_id('E')).any(|site| site.name == SiteName::new("lent")));
    assert!(super::board(&scene.fleet, &scene.settings, &OrgName::new("nobody")).is_none());
}
