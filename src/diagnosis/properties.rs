//! What must hold of every fleet, whatever was seen in it: no dead site is OK, every verdict is one of its arguments
//! alone and holds until it says, and twins are judged alike.

use crate::diagnosis::fixture::{DAY, DEAD, OrgBuilder, Scene, SiteBuilder, acme, at, scene, site};
use crate::diagnosis::standing::{Standing, standing};
use crate::model::org::RefreshPolicy;
use crate::model::{
    Fact, Failure, FailureClass, Health, Mark, Observation, Permitted, PolicyUnit, Rotation, SiteName, Target,
};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

const TEXTS: &[&str] = &[
    DEAD,
    "Error refreshing access token: inactive user",
    "Error refreshing access token: ip restricted",
    "Error refreshing access token: something nobody has seen",
    "Error refreshing access token: token request is already being processed",
    "Error adding contact: Attempted to add contact with no fields enabled for sync.",
    "Forbidden - TotalRequests Limit exceeded.",
];

/// One thing that happens to a site.
#[derive(Clone, Debug)]
enum Step {
    Row(usize),
    FutureRow(usize),
    Look,
    Good,
    Withheld,
    Refused(usize),
    Failed(FailureClass),
    Authorize(u8),
    Refresh(u8),
    Disconnect,
    Clock(i64),
}

fn step() -> impl Strategy<Value = Step> {
    let failure = prop_oneof![
        Just(FailureClass::Timeout),
        Just(FailureClass::NotPermitted),
        Just(FailureClass::BadAnswer),
        Just(FailureClass::Unreachable)
    ];
    prop_oneof![
        3 => (0..TEXTS.len()).prop_map(Step::Row),
        1 => (0..TEXTS.len()).prop_map(Step::FutureRow),
        4 => Just(Step::Look),
        2 => Just(Step::Good),
        2 => Just(Step::Withheld),
        1 => (0..TEXTS.len()).prop_map(Step::Refused),
        1 => failure.prop_map(Step::Failed),
        1 => (1..4_u8).prop_map(Step::Authorize),
        2 => (200..205_u8).prop_map(Step::Refresh),
        1 => Just(Step::Disconnect),
        1 => (-4000..4000_i64).prop_map(Step::Clock),
    ]
}

/// A site's story: steps with the minutes between them.
fn story() -> impl Strategy<Value = Vec<(i64, Step)>> {
    prop::collection::vec((0..400_i64, step()), 0..14)
}

fn play(name: &str, start: i64, story: &[(i64, Step)]) -> SiteBuilder {
    let mut minutes = start;
    story.iter().fold(site(name), |site, (wait, step)| {
        minutes += wait;
        match step {
            Step::Row(text) => site.row(minutes, TEXTS[*text]),
            Step::FutureRow(text) => site.row(minutes + 100 * DAY, TEXTS[*text]),
            Step::Look => site.looked(minutes),
            Step::Good => site.good(minutes),
            Step::Withheld => site.withheld(minutes),
            Step::Refused(text) => site.refused(minutes, TEXTS[*text]),
            Step::Failed(class) => site.failed(minutes, *class),
            Step::Authorize(number) => site.connected().token(*number),
            Step::Refresh(number) => site.connected().access(*number),
            Step::Disconnect => site.with(|status| status.connection = None),
            Step::Clock(seconds) => site.clock(*seconds),
        }
    })
}

fn org() -> impl Strategy<Value = OrgBuilder> {
    let policy = prop_oneof![
        Just(RefreshPolicy::UntilRevoked),
        Just(RefreshPolicy::Immediately),
        (1..40_u32).prop_map(RefreshPolicy::Idle),
        (1..100_u32).prop_map(RefreshPolicy::Lifetime)
    ];
    let unit = prop::option::of(prop_oneof![Just(PolicyUnit::Hours), Just(PolicyUnit::Days), Just(PolicyUnit::Months)]);
    let rotation = prop_oneof![Just(Rotation::Unknown), Just(Rotation::On), Just(Rotation::Off)];
    let rows = prop::collection::vec((-100 * DAY..3000, 0..3000_i64, 0..5_u32), 0..6);
    let rest = (any::<bool>(), any::<bool>(), -4000..4000_i64, any::<bool>(), prop::option::of(0..3000_i64));
    (policy, unit, rotation, rows, rest).prop_map(|(policy, unit, rotation, rows, rest)| {
        let (active, installed, offset, leaves, failed) = rest;
        let org = acme().with(|org| org.clock_offset_s = offset).users(|users| users[0].active = active);
        let org = org.policy(policy).terms(|terms| {
            terms.policy_unit = unit;
            terms.rotation = rotation;
        });
        let many = !rows.is_empty();
        let org = rows.into_iter().fold(org, |org, (made, used, uses)| org.approval(1, made, made + used, uses));
        let org = if installed { org } else { org.with(|org| org.app = Permitted::Yes(None)) };
        let org = org.looked(0);
        let org = if leaves && many { org.without_oldest().looked(1500) } else { org };
        match failed {
            Some(minutes) => org.failed(1500 + minutes, FailureClass::Timeout),
            None => org,
        }
    })
}

fn fleet() -> impl Strategy<Value = Scene> {
    (org(), story(), story(), any::<bool>()).prop_map(|(org, one, two, staging)| {
        let two = play("two", 100, &two);
        scene(org, [play("one", 0, &one), if staging { two.marked_staging() } else { two }])
    })
}

/// When `at` is a time of the host, whether a final refusal was written or seen at it or later.
fn refused_since(scene: &Scene, name: &str, at: DateTime<Utc>) -> bool {
    let state = scene.fleet.site(&SiteName::new(name)).expect("the site");
    let log = state.log.as_ref();
    let rows = log.into_iter().flat_map(|log| log.value.rows.iter().map(|row| (row, log.since)));
    let in_log = rows
        .filter(|(row, _)| [DEAD, TEXTS[1], TEXTS[2]].contains(&row.message.as_str()))
        .any(|(row, shown)| (row.at - TimeDelta::seconds(state.clock_offset_s)).min(shown) > at);
    let passing = |text: &str| text.contains("Limit") || text.contains("already being processed");
    let in_call = state.refused.as_ref().is_some_and(|call| call.seen_at > at && !passing(call.value.as_str()));
    in_log || in_call
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_site_is_ok_whose_last_final_refusal_is_newer_than_its_proof(scene in fleet(), now in 0..10_000_i64) {
        for name in ["one", "two"] {
            let row = scene.judge(name, now).row;
            if row.health == Health::Ok || row.health == Health::Warn {
                let proof = row.proof_at.expect("OK and WARN are proved");
                prop_assert!(!refused_since(&scene, name, proof), "{row:#?}");
            }
            if row.health == Health::Ok {
                prop_assert!(row.proof_at.is_some_and(|proof| at(now) - proof < TimeDelta::hours(24)), "{row:#?}");
            }
        }
    }

    #[test]
    fn the_same_fleet_gets_the_same_verdict(scene in fleet(), now in -10_000..10_000_i64) {
        for name in ["one", "two", "nobody"] {
            prop_assert_eq!(scene.judge(name, now), scene.clone().judge(name, now));
        }
    }

    #[test]
    fn a_verdict_holds_until_it_says(scene in fleet(), now in 0..10_000_i64, part in 0.0..1.0_f64) {
        for name in ["one", "two"] {
            let judged = scene.judge(name, now);
            let end = judged.row.valid_until;
            prop_assert!(end.is_none_or(|end| end > at(now)));
            let span = end.map_or(TimeDelta::days(2000), |end| end - at(now));
            #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "any moment inside will do")]
            let inside = TimeDelta::milliseconds((span.num_milliseconds() as f64 * part) as i64);
            for later in [inside, span - TimeDelta::nanoseconds(1)] {
                let mut again = super::judge(&scene.fleet, &scene.settings, &SiteName::new(name), at(now) + later);
                prop_assert_eq!(again.row.valid_until, end, "{} {:?}", name, later);
                again.row.valid_until = end;
                prop_assert_eq!(&again, &judged);
            }
        }
    }

    #[test]
    fn a_wire_ends_as_the_verdict_says(scene in fleet(), now in 6_000..10_000_i64) {
        for name in ["one", "two"] {
            let detail = super::detail(&scene.fleet, &scene.settings, &SiteName::new(name), at(now));
            let (day, line) = (detail.wire.last().copied(), detail.row.wire.marks(at(now))[11]);
            match detail.row.health {
                Health::Fail => {
                    prop_assert!(matches!(day, Some(Mark::Break | Mark::Dead)), "{day:?}");
                    prop_assert!(matches!(line, Mark::Break | Mark::Dead), "{line:?}");
                }
                Health::Ok => {
                    prop_assert!(!matches!(day, Some(Mark::Break | Mark::Dead)), "{:?}", detail);
                    prop_assert_ne!(line, Mark::Dead);
                }
                _ => {}
            }
            prop_assert_eq!(&detail.row, &scene.judge(name, now).row);
        }
    }

    #[test]
    fn a_site_that_was_only_ever_good_has_no_break(story in story(), now in 0..10_000_i64) {
        let good = |step: &Step| {
            matches!(step, Step::Look | Step::Good | Step::Withheld | Step::Failed(_) | Step::Refresh(_) | Step::Clock(_))
        };
        let story: Vec<_> = story.into_iter().filter(|(_, step)| good(step)).collect();
        let scene = scene(acme().looked(0), [play("one", 0, &story)]);
        let detail = super::detail(&scene.fleet, &scene.settings, &SiteName::new("one"), at(now));
        let line = detail.row.wire.marks(at(now));
        prop_assert!(line.iter().chain(&detail.wire).all(|mark| *mark <= Mark::Level), "{line:?}");
    }

    #[test]
    fn a_state_that_was_stored_draws_the_same_wire(story in story(), now in 6_000..10_000_i64) {
        let scene = scene(acme().looked(0), [play("one", 0, &story)]);
        let name = SiteName::new("one");
        let state = scene.fleet.site(&name).expect("the site");
        let stored = serde_json::to_string(state).expect("JSON");
        let mut again = scene.clone();
        again.fleet.put_site(serde_json::from_str(&stored).expect("a state"));
        let draw = |scene: &Scene| super::detail(&scene.fleet, &scene.settings, &name, at(now));
        prop_assert_eq!(draw(&scene), draw(&again));
    }

    #[test]
    fn time_alone_never_makes_a_site_well(scene in fleet(), now in 0..5_000_i64, wait in 1..20_000_i64) {
        for name in ["one", "two"] {
            if scene.judge(name, now).row.health != Health::Ok {
                prop_assert_ne!(scene.judge(name, now + wait).row.health, Health::Ok);
            }
        }
    }

    #[test]
    fn a_failure_stays_one_when_later_looks_fail(scene in fleet(), wait in 1..5_000_i64) {
        let now = 12_000;
        for name in ["one", "two"] {
            let before = scene.judge(name, now).row;
            if before.health == Health::Fail {
                let mut after = scene.clone();
                let mut state = after.fleet.site(&SiteName::new(name)).expect("the site").clone();
                let failure = Failure::new(FailureClass::Timeout, "no answer");
                let (target, fact) = (Target::Site(state.name.clone()), Fact::Failed(failure));
                state.apply(&Observation { target, at: at(now + wait), fact });
                after.fleet.put_site(state);
                let row = after.judge(name, now + wait + 1).row;
                prop_assert_eq!((row.health, row.cause), (Health::Fail, before.cause));
            }
        }
    }

    #[test]
    fn twins_are_judged_alike(org in org(), story in story(), now in 0..10_000_i64) {
        let scene = scene(org, [play("one", 0, &story), play("two", 0, &story)]);
        let (one, two) = (scene.judge("one", now).row, scene.judge("two", now).row);
        prop_assert_eq!((one.health, one.cause, one.since, one.slot), (two.health, two.cause, two.since, two.slot));
        prop_assert_eq!((one.refresh_token, one.valid_until), (two.refresh_token, two.valid_until));
    }

    #[test]
    fn clocks_that_are_off_shift_nothing(story in story(), offset in -4000..4000_i64, now in 6_000..10_000_i64) {
        let steady: Vec<_> = story.into_iter().filter(|(_, step)| !matches!(step, Step::Clock(_) | Step::FutureRow(_))).collect();
        let mut skewed = steady.clone();
        skewed.insert(0, (0, Step::Clock(offset)));
        let judged = |story: &[(i64, Step)]| {
            let scene = scene(acme().approval(1, -90 * DAY, -60, 9).looked(0), [play("one", 0, story)]);
            let state = scene.fleet.site(&SiteName::new("one")).expect("the site").clone();
            (standing(&state), scene.judge("one", now).row.health)
        };
        let (straight, other) = (judged(&steady), judged(&skewed));
        prop_assert_eq!(matches!(straight.0, Standing::Broken(_)), matches!(other.0, Standing::Broken(_)));
        // A site that had not answered yet has no clock that could be known.
        if straight.1 == Health::Fail {
            prop_assert_eq!(other.1, Health::Fail);
        }
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in ".{0,300}") {
        let scene = scene(acme().looked(0), [site("one").row(-5, &text).looked(0).refused(1, &text)]);
        let row = scene.judge("one", 2).row;
        prop_assert!(row.why.at(at(2)).chars().count() <= 36);
        prop_assert!(!row.reason.chars().any(char::is_control));
    }
}
