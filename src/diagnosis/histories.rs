//! What follows from logins, sessions and the audit trail of an org.

use super::fixture::{DAY, DEAD, OrgBuilder, Scene, acme, at, not_permitted, scene, site, user_id};
use crate::model::{
    AppKind, Expiry, Finding, HistoryRead, Login, LoginKind, Origin, Permitted, Session, SetupChange, Stretch,
};
use chrono::TimeDelta;

const OURS: &str = "198.18.0.1";
const THEIRS: &str = "198.18.0.2";

/// What the next look at the org's history shows; times in minutes by the host's clock.
fn history(org: OrgBuilder, change: impl FnOnce(&mut HistoryRead)) -> OrgBuilder {
    org.with(|picture| {
        let ahead = TimeDelta::seconds(picture.clock_offset_s);
        let mut read = HistoryRead {
            users: [user_id(1), user_id(2)].into(),
            logins: Permitted::Yes(Stretch { rows: Vec::new(), until: None }),
            sessions: Permitted::Yes(Vec::new()),
            changes: Permitted::Yes(Stretch { rows: Vec::new(), until: None }),
            app_kind: Permitted::Yes(AppKind::Connected),
            other_apps: None,
        };
        change(&mut read);
        if let Permitted::Yes(stretch) = &mut read.logins {
            stretch.rows.iter_mut().for_each(|login| login.at += ahead);
        }
        if let Permitted::Yes(sessions) = &mut read.sessions {
            for session in sessions {
                session.began_at += ahead;
                session.used_at += ahead;
            }
        }
        picture.history = Some(read);
    })
}

/// Logins of a user: when, from where, and whether they succeeded.
fn logins(user: u8, rows: &[(i64, &str, bool)]) -> Vec<Login> {
    let login = |(minutes, from, good): &(i64, &str, bool)| Login {
        id: format!("0Ya{user}{minutes}").into(),
        user: user_id(user),
        at: at(*minutes),
        how: LoginKind::Refresh,
        from: Some((*from).into()),
        refused: (!good).then(|| "Failed: Invalid Token".into()),
    };
    rows.iter().map(login).collect()
}

fn session(of: u8, began: i64, used: i64, from: &str) -> Session {
    let (began_at, used_at) = (at(began), at(used));
    Session { user: user_id(of), began_at, used_at, valid_s: 7200, from: Some(from.into()), login: None }
}

/// Rows that are all there are.
fn all(rows: Vec<Login>) -> Stretch<Login> {
    Stretch { rows, until: None }
}

/// Two sites and two approvals, each used twice between two looks at the org: by what moved when, either may be either's.
fn two(skew_s: i64, stretch: Stretch<Login>) -> Scene {
    let org = acme().with(|picture| picture.clock_offset_s = skew_s);
    let org = org.approval(1, -90 * DAY, -200, 9).approval(1, -80 * DAY, -300, 9).looked(0);
    let org = org.without_oldest().without_oldest();
    let org = org.approval(1, -90 * DAY, 80, 11).approval(1, -80 * DAY, 70, 11);
    let org = history(org, |read| read.logins = Permitted::Yes(stretch)).looked(100);
    let one = site("one").looked(-30).good(0).looked(30).access(150).looked(60).access(151).looked(90);
    scene(org, [one, site("two").token(2).alive().looked(90)])
}

fn slots(scene: &Scene) -> (Option<u32>, Option<u32>) {
    let slot = |name| scene.judge(name, 101).row.slot.and_then(|slot| slot.position);
    (slot("one"), slot("two"))
}

#[test]
fn what_was_used_from_elsewhere_is_anothers() {
    let told = [(40, OURS, true), (45, THEIRS, false), (70, THEIRS, false), (80, OURS, true)];
    assert_eq!(slots(&two(0, all(Vec::new()))), (None, None), "nothing tells them apart");
    for skew_s in [0, 3600, -3600] {
        assert_eq!(slots(&two(skew_s, all(logins(1, &told)))), (Some(1), Some(2)), "a clock that is off by {skew_s} s");
    }
}

#[test]
fn an_address_that_others_use_decides_nothing() {
    let told = [(40, OURS, true), (45, THEIRS, false), (70, THEIRS, false), (80, OURS, true)];
    let with = |more: Vec<Login>| two(0, all([logins(1, &told), more].concat()));
    assert_eq!(slots(&with(logins(2, &[(50, OURS, true)]))), (None, None), "another user's sites call from there");
    assert_eq!(slots(&with(logins(1, &[(50, THEIRS, true), (81, THEIRS, true)]))), (None, None), "two fit each time");
    let apart = logins(1, &[(40, OURS, true), (80, "198.18.0.9", true)]);
    assert_eq!(slots(&two(0, all(apart))), (None, None), "it moved, or has two");
    let other = logins(1, &[(40, OURS, true), (70, OURS, false), (80, OURS, true)]);
    assert_eq!(slots(&two(0, all(other))), (None, None), "both are used from there");
}

#[test]
fn what_was_not_read_decides_nothing() {
    let told = [(40, OURS, true), (45, THEIRS, false), (70, THEIRS, false), (80, OURS, true)];
    let rows = logins(1, &told);
    assert_eq!(slots(&two(0, Stretch { rows, until: Some(at(50)) })), (None, None));
}

fn access_token(change: impl FnOnce(&mut HistoryRead), minutes: i64) -> Expiry {
    let org = history(acme().approval(1, -90 * DAY, -60, 9), change).looked(0);
    scene(org, [site("shop").alive()]).judge("shop", minutes).row.access_token
}

#[test]
fn a_session_that_is_the_sites_tells_its_end() {
    let own = |read: &mut HistoryRead| read.sessions = Permitted::Yes(vec![session(1, -60, -5, OURS)]);
    assert_eq!(access_token(own, 1), Expiry::At { at: at(115), origin: Origin::Measured });
    assert_eq!(access_token(own, 116), Expiry::unknown("not looked at since its session was to end"));
    let one_of_two = |read: &mut HistoryRead| {
        read.sessions = Permitted::Yes(vec![session(1, -60, -5, OURS), session(1, -60, -9, OURS)]);
    };
    assert_eq!(access_token(one_of_two, 1), Expiry::At { at: at(120), origin: Origin::Policy }, "what they last");
    let of_another = |read: &mut HistoryRead| read.sessions = Permitted::Yes(vec![session(2, -60, -5, OURS)]);
    assert_eq!(access_token(of_another, 1), Expiry::unknown("no session of its user is listed"));
    let refused = |read: &mut HistoryRead| read.sessions = not_permitted("Manage Users");
    assert_eq!(access_token(refused, 1), Expiry::unknown("needs Manage Users"));
}

fn change(minutes: i64, action: &str, what: &str) -> SetupChange {
    let id = format!("0Ym{minutes}").into();
    SetupChange { id, at: at(minutes), action: action.into(), what: what.into(), by: Some("admin@acme.example".into()) }
}

#[test]
fn an_external_client_app_without_a_row_is_no_missing_app() {
    let org = acme().approval(1, -90 * DAY, -60, 9).with(|picture| picture.app = Permitted::Yes(None));
    let row = |org: OrgBuilder| scene(org.looked(0), [site("shop").alive()]).judge("shop", 1).row;
    assert_eq!(row(org.clone()).cause, Some(crate::model::Cause::AppNotInstalled));
    let external = AppKind::External { admin_approved_only: None };
    let told = row(history(org, |read| read.app_kind = Permitted::Yes(external)));
    assert_eq!(told.cause, None);
    assert_eq!(told.refresh_token, Expiry::unknown("an external client app shows no refresh token policy"));
}

/// What the trail says in the evidence of a finding.
fn trail(finding: &Finding) -> Vec<&str> {
    finding.evidence.iter().filter_map(|line| line.what.strip_prefix("Setup's audit trail: ")).collect()
}

#[test]
fn a_break_has_the_change_beside_it_and_no_other() {
    let rows = vec![
        change(-9 * DAY, "frozeuser", "Froze user ops1@acme.example"),
        change(-40, "frozeuser", "Froze user ops2@acme.example"),
        change(-30, "frozeuser", "Froze user ops1@acme.example"),
        change(-29, "unfrozeuser", "Unfroze user ops1@acme.example"),
    ];
    let org = acme().approval(1, -90 * DAY, -60, 9).users(|users| users[0].frozen = Some(true));
    let org = history(org, |read| read.changes = Permitted::Yes(Stretch { rows, until: None })).looked(0);
    let findings = scene(org, [site("shop").row(-20, DEAD).quiet()]).judge("shop", 1).findings;
    assert_eq!(findings[0].cause, crate::model::Cause::UserFrozen);
    assert_eq!(trail(&findings[0]), ["Froze user ops1@acme.example, by admin@acme.example"]);
    let line = findings[0].evidence.iter().find(|line| line.what.contains("audit trail")).expect("the line");
    assert_eq!(line.at, Some(at(-30)));
}

#[test]
fn a_trail_that_may_not_be_read_is_named() {
    let org = acme().users(|users| users[0].frozen = Some(true)).approval(1, -90 * DAY, -60, 9);
    let org = history(org, |read| read.changes = not_permitted("View Setup and Configuration")).looked(0);
    let findings = scene(org, [site("shop").row(-20, DEAD).quiet()]).judge("shop", 1).findings;
    let said = "what administrators changed is not seen without View Setup and Configuration";
    assert!(findings[0].evidence.iter().any(|line| line.what == said && !line.supports), "{findings:#?}");
}
