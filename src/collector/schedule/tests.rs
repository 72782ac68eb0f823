//! Orders, places and turns.

use super::*;
use crate::model::{OrgName, SiteName};
use proptest::prelude::*;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(seconds)
}

fn site(n: usize) -> Target {
    Target::Site(SiteName::new(format!("site{n}.example")))
}

fn org(name: &str) -> Target {
    Target::Org(OrgName::new(name))
}

fn plan(target: Target) -> Plan {
    let interval = if matches!(target, Target::Org(_)) { TimeDelta::seconds(60) } else { TimeDelta::minutes(15) };
    Plan { target, interval, lane: None, due: at(0) }
}

fn started(schedule: &mut Schedule, now: DateTime<Utc>) -> Vec<Target> {
    std::iter::from_fn(|| schedule.start(now)).collect()
}

fn timeout() -> Failure {
    Failure::new(FailureClass::Timeout, "no answer within 10 s")
}

#[test]
fn orgs_come_first_and_first_looks_before_repeats() {
    let mut schedule = Schedule::new([plan(site(1)), plan(org("a")), plan(site(2))], 1, at(0));
    assert_eq!(schedule.start(at(0)), Some(org("a")));
    schedule.done(&org("a"), None, at(1));
    // The org is due again long before the sites had their turn.
    assert_eq!(schedule.start(at(200)), Some(site(1)));
    schedule.done(&site(1), None, at(201));
    assert_eq!(schedule.start(at(201)), Some(site(2)));
    schedule.done(&site(2), None, at(202));
    assert_eq!(schedule.start(at(202)), Some(org("a")));
}

#[test]
fn a_round_ends_however_short_the_intervals_are() {
    let mut schedule = Schedule::new([plan(site(1)), plan(site(2))], 2, at(0));
    assert_eq!(schedule.start_first(at(0)), Some(site(1)));
    assert_eq!(schedule.start_first(at(0)), Some(site(2)));
    schedule.done(&site(1), None, at(5_000));
    assert_eq!(schedule.start_first(at(10_000)), None, "due again, and not its first look");
    schedule.request(&site(1), at(10_000));
    assert_eq!(schedule.start_first(at(10_000)), Some(site(1)), "somebody asked for it");
    schedule.done(&site(1), None, at(10_001));
    schedule.done(&site(2), None, at(10_001));
    assert!(schedule.is_quiet());
}

#[test]
fn a_target_is_looked_at_once_at_a_time_and_once_more_when_asked() {
    let mut schedule = Schedule::new([plan(site(1))], 4, at(0));
    assert_eq!(started(&mut schedule, at(0)), [site(1)]);
    schedule.request(&site(1), at(1));
    schedule.request(&site(1), at(2));
    assert_eq!(schedule.start(at(2)), None);
    schedule.done(&site(1), None, at(3));
    assert!(!schedule.is_quiet(), "somebody asked");
    assert_eq!(schedule.start(at(3)), Some(site(1)));
    schedule.done(&site(1), None, at(4));
    assert_eq!(schedule.start(at(4)), None);
    assert!(schedule.is_quiet());
}

#[test]
fn what_is_asked_for_goes_before_what_is_due() {
    let mut schedule = Schedule::new([plan(org("a")), plan(site(1)), plan(site(2))], 1, at(0));
    schedule.request(&site(2), at(0));
    assert_eq!(schedule.start(at(0)), Some(site(2)));
}

#[test]
fn places_are_counted() {
    let mut schedule = Schedule::new((0..40).map(|n| plan(site(n))), 16, at(0));
    assert_eq!(started(&mut schedule, at(0)).len(), 16);
    assert_eq!(schedule.wake_at(), None, "only an end makes room");
    schedule.done(&site(0), None, at(1));
    assert_eq!(started(&mut schedule, at(1)).len(), 1);
    assert_eq!(schedule.looking().count(), 16);
    assert_eq!(schedule.unseen(), 39);
}

#[test]
fn those_that_hang_never_take_all_places() {
    let mut schedule = Schedule::new((0..20).map(|n| plan(site(n))), 4, at(0));
    for round in 0..5 {
        for target in started(&mut schedule, at(round)) {
            schedule.done(&target, Some(&timeout()), at(round));
        }
    }
    assert_eq!(schedule.unseen(), 0);
    assert_eq!(started(&mut schedule, at(3600)).len(), 2, "half of four");
}

#[test]
fn two_at_a_time_on_a_lane() {
    let lane = Some("web1".to_owned());
    let mut plans: Vec<Plan> = (0..5).map(|n| Plan { lane: lane.clone(), ..plan(site(n)) }).collect();
    plans.push(plan(site(9)));
    let mut schedule = Schedule::new(plans, 16, at(0));
    assert_eq!(started(&mut schedule, at(0)), [site(0), site(1), site(9)]);
    schedule.done(&site(1), None, at(1));
    assert_eq!(started(&mut schedule, at(1)), [site(2)]);
}

#[test]
fn an_operation_and_a_look_exclude_each_other() {
    let mut schedule = Schedule::new([plan(site(1))], 4, at(0));
    assert!(schedule.hold(&site(1)));
    assert!(!schedule.hold(&site(1)));
    assert_eq!(schedule.start(at(0)), None);
    schedule.request(&site(1), at(0));
    schedule.release(&site(1), at(5));
    assert_eq!(schedule.start(at(5)), Some(site(1)));
    assert!(!schedule.hold(&site(1)));
    schedule.done(&site(1), None, at(6));
    assert!(schedule.hold(&site(1)));
}

#[test]
fn a_postponed_look_counts_as_seen_and_comes_back() {
    let mut schedule = Schedule::new([plan(org("a"))], 4, at(0));
    schedule.start(at(0));
    schedule.postpone(&org("a"), at(100), at(0));
    assert!(schedule.is_quiet());
    assert_eq!(schedule.wake_at(), Some(at(100)));
    assert_eq!(schedule.start(at(100)), Some(org("a")));
}

#[test]
fn a_clock_that_goes_back_does_not_stop_the_looks() {
    let mut schedule = Schedule::new([plan(site(1))], 4, at(0));
    schedule.start(at(0));
    schedule.done(&site(1), None, at(1));
    let year = 365 * 24 * 3600;
    assert_eq!(schedule.start(at(-year)), None);
    let due = schedule.wake_at().expect("a time");
    assert!(due - at(-year) <= TimeDelta::minutes(30), "{due}");
}

#[test]
fn turns_are_spread_over_the_interval() {
    let interval = TimeDelta::minutes(15);
    let mut quarters = [0; 4];
    for n in 0..1000 {
        let due = next_turn(at(0), interval, hash(&site(n).to_string()));
        let minutes = (due - at(0)).num_milliseconds() - interval.num_milliseconds() / 2;
        quarters[usize::try_from(minutes * 4 / interval.num_milliseconds()).expect("ahead").min(3)] += 1;
    }
    assert!(quarters.iter().all(|count| (200..300).contains(count)), "{quarters:?}");
}

proptest! {
    #[test]
    fn looks_are_half_to_one_and_a_half_intervals_apart(
        seconds in 0_i64..4_000_000_000,
        interval in 1_i64..100_000,
        name in "[a-z]{1,12}",
    ) {
        let now = DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds);
        let interval = TimeDelta::seconds(interval);
        let first = next_turn(now, interval, hash(&name));
        prop_assert!(first - now > interval / 2 - TimeDelta::milliseconds(1));
        prop_assert!(first - now <= interval * 3 / 2);
        prop_assert_eq!(next_turn(first, interval, hash(&name)) - first, interval);
    }

    /// Whatever is asked, held, started and ended in whatever order: never two looks at one target, never more than
    /// there are places, and everybody is seen in the end.
    #[test]
    fn no_order_of_events_breaks_it(events in prop::collection::vec((0_u8..6, 0_usize..6), 0..120)) {
        let mut schedule = Schedule::new((0..6).map(|n| plan(site(n))), 3, at(0));
        let mut looking: Vec<Target> = Vec::new();
        let mut held: Vec<Target> = Vec::new();
        for (second, (event, n)) in events.into_iter().enumerate() {
            let now = at(i64::try_from(second).expect("few") * 30);
            match event {
                0 => schedule.request(&site(n), now),
                1 => if schedule.hold(&site(n)) {
                    prop_assert!(!held.contains(&site(n)) && !looking.contains(&site(n)));
                    held.push(site(n));
                },
                2 => {
                    schedule.release(&site(n), now);
                    held.retain(|target| *target != site(n));
                }
                3 => if looking.contains(&site(n)) {
                    schedule.done(&site(n), Some(&timeout()), now);
                    looking.retain(|target| *target != site(n));
                },
                4 => if looking.contains(&site(n)) {
                    schedule.done(&site(n), None, now);
                    looking.retain(|target| *target != site(n));
                },
                _ => while let Some(target) = schedule.start(now) {
                    prop_assert!(!looking.contains(&target) && !held.contains(&target));
                    looking.push(target);
                    prop_assert!(looking.len() <= 3);
                },
            }
            prop_assert_eq!(schedule.looking().count(), looking.len());
        }
        for target in held { schedule.release(&target, at(9_000)); }
        for round in 0..40 {
            let now = at(10_000 + round * 2_000);
            for target in looking.drain(..) { schedule.done(&target, None, now); }
            looking.extend(started(&mut schedule, now));
        }
        prop_assert_eq!(schedule.unseen(), 0);
    }
}
