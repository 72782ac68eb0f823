//! The evidence of a finding as the timeline that a pane draws: what happened, in the order in which it did.

use crate::diagnosis::fixture::{DAY, DEAD, Scene, acme, at, scene, site};
use crate::diagnosis::stories::stories;
use crate::model::{Cause, Evidence, EvidenceKind, Finding, Severity};

/// Cells of a timeline's text where a pane is narrow.
const CELLS: usize = 38;

fn dated(finding: &Finding) -> Vec<(&Evidence, i64)> {
    let event = |evidence: &Evidence| evidence.at.map(|when| (when - at(0)).num_minutes());
    finding.evidence.iter().filter_map(|evidence| Some((evidence, event(evidence)?))).collect()
}

/// What is somebody else's text, as long as it is.
fn quotes(event: &Evidence) -> bool {
    event.kind == EvidenceKind::Fact || event.what.starts_with("refused: ")
}

fn told(scene: &Scene, name: &str, minutes: i64) -> Vec<(i64, EvidenceKind, String)> {
    let judged = scene.judge(name, minutes);
    let events = dated(&judged.findings[0]);
    events.into_iter().map(|(event, minutes)| (minutes, event.kind, event.what.clone())).collect()
}

fn line(minutes: i64, kind: EvidenceKind, what: &str) -> (i64, EvidenceKind, String) {
    (minutes, kind, what.to_owned())
}

#[test]
fn an_eviction_is_told_from_the_last_good_call_to_now() {
    let made = [-90, -80, -70, -60].into_iter();
    let org = made.fold(acme(), |org, days| org.approval(1, days * DAY, -60, 9)).looked(0);
    let org = org.without_oldest().approval(1, 30, 31, 1).looked(32);
    let shop = site("shop.example.org").alive().row(35, DEAD).row(44, DEAD).looked(45).withheld(45);
    let give = site("give.example.net").token(7).looked(0).token(8).looked(32).good(32);
    let scene = scene(org, [shop, give]);
    let story = told(&scene, "shop.example.org", 50);
    let left = story.iter().find(|(_, kind, _)| *kind == EvidenceKind::Leaves).expect("an approval left").clone();
    assert!(left.2.starts_with("the oldest, ") && left.2.ends_with(" leaves the list"), "{}", left.2);
    assert_eq!(
        story,
        [
            line(0, EvidenceKind::Good, "last good call by the site"),
            line(30, EvidenceKind::Arrives, "ops1 approves a 5th, for give"),
            (30, EvidenceKind::Leaves, left.2),
            line(35, EvidenceKind::Breaks, "refused: expired access/refresh token"),
            line(44, EvidenceKind::StillDead, "refused again, nothing worked since"),
        ]
    );
}

#[test]
fn a_revocation_that_was_watched_has_its_moment() {
    let org = acme().approval(1, -90 * DAY, -60, 9).looked(0).without_oldest().looked(30);
    let story = told(&scene(org, [site("shop").alive()]), "shop", 40);
    let kinds: Vec<_> = story.iter().map(|(minutes, kind, _)| (*minutes, *kind)).collect();
    assert_eq!(kinds, [(0, EvidenceKind::Good), (30, EvidenceKind::Leaves)]);
}

#[test]
fn a_new_authorization_comes_after_what_was_refused() {
    let org = acme().approval(1, -90 * DAY, -60, 9).looked(0);
    let story = told(&scene(org, [site("shop").quiet().row(5, DEAD).token(2).looked(15)]), "shop", 16);
    let kinds: Vec<_> = story.iter().map(|(minutes, kind, _)| (*minutes, *kind)).collect();
    assert_eq!(kinds, [(5, EvidenceKind::Breaks), (15, EvidenceKind::Arrives)]);
}

#[test]
fn errors_follow_the_last_good_call() {
    let org = acme().approval(1, -90 * DAY, -60, 9).looked(0);
    let shop = site("shop").alive().row(5, "Error adding contact: no fields").looked(15);
    let story = told(&scene(org, [shop]), "shop", 16);
    assert_eq!(
        story,
        [
            line(0, EvidenceKind::Good, "last good call by the site"),
            line(5, EvidenceKind::Fact, "Error adding contact: no fields"),
        ]
    );
}

#[test]
fn every_story_is_told_in_time_order_and_briefly() {
    for (story, scene, name, ..) in stories() {
        for finding in scene.judge(name, 1).findings {
            let events = dated(&finding);
            assert!(events.is_sorted_by_key(|(_, minutes)| *minutes), "{story}: {finding:#?}");
            let ended = |kind| matches!(kind, EvidenceKind::Breaks | EvidenceKind::Leaves);
            let ends = events.iter().any(|(event, _)| ended(event.kind));
            assert!(ends || finding.severity != Severity::Fail, "{story}: nothing tells of the end: {finding:#?}");
            for (event, _) in events.iter().filter(|(event, _)| !quotes(event)) {
                assert!(event.what.chars().count() <= CELLS, "{story}: {}", event.what);
            }
        }
    }
}

#[test]
fn a_frozen_user_is_the_only_cause_that_is_told() {
    let (_, scene, name, ..) = stories().into_iter().find(|(story, ..)| *story == "user_frozen").expect("the story");
    let findings = scene.judge(name, 1).findings;
    assert!(findings.iter().all(|finding| finding.cause != Cause::IdleCap), "{findings:#?}");
}

#[test]
fn what_was_stored_without_a_kind_is_a_fact() {
    let stored = r#"{"at":null,"supports":true,"source":"org","what":"a figure"}"#;
    let evidence: Evidence = serde_json::from_str(stored).expect("evidence");
    assert_eq!(evidence.kind, EvidenceKind::Fact);
}
