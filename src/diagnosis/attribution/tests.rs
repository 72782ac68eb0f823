//! What two approvals of one second show of whose they are.

use crate::diagnosis::fixture::{DAY, OrgBuilder, Scene, acme, at, scene, site};
use crate::diagnosis::ledger;
use crate::model::{Attribution, Confidence, OrgName, Permitted, SiteName};

/// The org's next look shows these approvals of one second, each by the minute of its last use and its count.
fn listing(org: OrgBuilder, rows: &[(i64, u32)]) -> OrgBuilder {
    let none = org.with(|picture| picture.approvals = Permitted::Yes(Vec::new()));
    rows.iter().fold(none, |org, (used, count)| org.approval(1, -DAY, *used, *count))
}

/// `blog` refreshes in minute 10 and `press` in minute 25; in minute 45 the org lists `left` of the two approvals.
fn one_leaves(rows: impl Fn((i64, u32), (i64, u32)) -> [(i64, u32); 2], left: (i64, u32)) -> Scene {
    let org = listing(acme(), &rows((-100, 9), (-90, 10))).looked(0);
    let org = listing(org, &rows((10, 10), (-90, 10))).looked(15);
    let org = listing(org, &rows((10, 10), (25, 11))).looked(31);
    let org = listing(org, &[left]).looked(45);
    let blog = site("blog").looked(0).access(110).looked(15).looked(30);
    let press = site("press").token(2).looked(0).looked(15).access(120).looked(30);
    scene(org, [blog, press])
}

fn whose(scene: &Scene) -> Attribution {
    let told = ledger(&scene.fleet, &scene.settings, &OrgName::new("acme"), at(46)).expect("an org");
    let [user] = &told.users[..] else { panic!("one user") };
    let [entry] = &user.entries[..] else { panic!("one approval") };
    entry.attribution.clone()
}

#[test]
fn where_nobody_knows_which_of_two_left_the_other_is_nobodys_for_sure() {
    // Both may have come to count 12: one by a use, one by two.
    for order in [|blog, press| [blog, press], |blog, press| [press, blog]] {
        let told = whose(&one_leaves(order, (40, 12)));
        assert_eq!((&told.site, told.confidence), (&None, None), "{told:?}");
    }
}

#[test]
fn where_counts_tell_which_of_two_left_the_other_is_its_sites() {
    for order in [|blog, press| [blog, press], |blog, press| [press, blog]] {
        let told = whose(&one_leaves(order, (25, 11)));
        assert_eq!((told.site, told.confidence), (Some(SiteName::new("press")), Some(Confidence::High)));
    }
}
