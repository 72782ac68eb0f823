//! What the scenarios set up is what docs/simulator.md says of each story.

use super::*;
use crate::sim::world::org::{Approval, Org, Standing, Trouble};
use crate::sim::world::play::Called;
use crate::sim::world::site::{Plugin, Site};
use crate::sim::world::{SESSION_LIFE, STEP};
use chrono::{TimeDelta, TimeZone};
use std::collections::BTreeSet;
use strum::IntoEnumIterator;

const EXPIRED: &str = "Error refreshing access token: expired access/refresh token";

fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 23, 12, 34, 56).single().expect("a time")
}

fn agency(seed: u64) -> World {
    world("agency", seed, None, start()).expect("the scenario")
}

fn of(world: &World, story: Story) -> Vec<usize> {
    (0..world.sites.len()).filter(|index| world.sites[*index].story == story).collect()
}

fn the(world: &World, story: Story) -> usize {
    of(world, story)[0]
}

fn org<'a>(world: &'a World, site: &Site) -> &'a Org {
    &world.orgs[site.org.expect("an org")]
}

fn held<'a>(world: &'a World, site: &Site) -> &'a Approval {
    &org(world, site).approvals[site.approval.expect("an approval")]
}

fn listed_of_user(world: &World, site: &Site) -> Vec<Approval> {
    let user = held(world, site).user;
    let app = &org(world, site).app.label;
    org(world, site).listed().filter(|(_, of)| of.user == user && of.app == *app).map(|(_, of)| of.clone()).collect()
}

#[test]
fn every_story_is_among_the_forty_odd_sites_of_the_agency() {
    let world = agency(7);
    let told: BTreeSet<Story> = world.sites.iter().map(|site| site.story).collect();
    // Those that attribution is scored on have a scenario of their own.
    assert_eq!(told, Story::iter().filter(|story| !story.is_irregular()).collect());
    assert!((40..50).contains(&world.sites.len()), "{}", world.sites.len());
    let healths: BTreeSet<_> = world.sites.iter().map(|site| &site.story.expected(0).health).collect();
    assert_eq!(healths.len(), 6, "all but OLD, which nothing is at the start: {healths:?}");
}

#[test]
fn the_seed_changes_names_and_not_the_truth() {
    let (one, same, other) = (agency(7).truth(), agency(7).truth(), agency(8).truth());
    assert_eq!(one, same);
    let names =
        |truth: &crate::sim::world::truth::Truth| truth.sites.iter().map(|site| site.name.clone()).collect::<Vec<_>>();
    assert_ne!(names(&one), names(&other));
    let verdicts = |truth: &crate::sim::world::truth::Truth| {
        truth.sites.iter().map(|site| (site.health.clone(), site.cause.clone())).collect::<Vec<_>>()
    };
    assert_eq!(verdicts(&one), verdicts(&other));
}

#[test]
fn a_call_by_a_site_with_a_live_session_succeeds_without_a_refresh() {
    for seed in [1, 7, 42] {
        for advance in [TimeDelta::zero(), TimeDelta::hours(3), TimeDelta::days(29)] {
            let mut world = agency(seed);
            world.advance_to(start() + advance);
            for index in 0..world.sites.len() {
                let site = &world.sites[index];
                let step = world.step();
                if !matches!(site.story.expected(step).health.as_str(), "OK" | "WARN") {
                    continue;
                }
                let before = site.approval.map(|_| held(&world, site).use_count);
                let (name, story, now) = (site.name.clone(), site.story, world.now);
                assert_eq!(world.prove(index, now), Called::Good, "{name}: {story} after {advance}");
                let after = world.sites[index].approval.map(|_| held(&world, &world.sites[index]).use_count);
                assert_eq!(before, after, "{name}");
            }
        }
    }
}

#[test]
fn the_dead_say_in_their_log_why() {
    let world = agency(7);
    let texts = [
        (Story::Evicted, EXPIRED),
        (Story::Revoked, EXPIRED),
        (Story::PolicyIdle, EXPIRED),
        (Story::PolicyLifetime, EXPIRED),
        (Story::PolicyImmediate, EXPIRED),
        (Story::RotatedOut, EXPIRED),
        (Story::UserFrozen, EXPIRED),
        (Story::AppUninstalled, EXPIRED),
        (Story::SandboxRefreshed, EXPIRED),
        (Story::UserInactive, "Error refreshing access token: inactive user"),
        (Story::AppBlocked, "this app is blocked by admin"),
        (Story::NotPreauthorized, "user is not admin approved to access this app"),
        (Story::CredentialsRotated, "invalid client credentials"),
        (Story::IpRestricted, "Invalid API credentials: This session is not valid for use with the REST API"),
        (Story::ApiDisabled, "Forbidden - The REST API is not enabled for this Organization."),
    ];
    for (story, text) in texts {
        let site = &world.sites[the(&world, story)];
        assert!(!site.log.is_empty(), "{story}");
        assert!(site.log.iter().all(|row| row.message.contains(text)), "{story}: {:?}", site.log);
    }
    let dead: BTreeSet<Story> = texts.iter().map(|(story, _)| *story).collect();
    let quiet = world.sites.iter().filter(|site| !dead.contains(&site.story));
    assert!(quiet.flat_map(|site| &site.log).next().is_none(), "only the dead write errors");
}

#[test]
fn an_eviction_is_followed_by_errors_within_the_hour() {
    for seed in 0..20 {
        let world = agency(seed);
        let evicted = &world.sites[the(&world, Story::Evicted)];
        assert_eq!(held(&world, evicted).removed, Some("evicted"));
        let listed = listed_of_user(&world, evicted);
        assert_eq!(listed.len(), 4, "the user holds four");
        let newest = listed.iter().map(|approval| approval.created_at).max().expect("four");
        let first = evicted.log.front().expect("an error row").at;
        assert!(first > newest && first - newest <= TimeDelta::hours(1), "{newest} {first}");
        assert!(evicted.log.len() < 20, "the first row is among the newest twenty");
    }
}

#[test]
fn the_next_to_leave_is_the_oldest_of_a_full_user_whose_other_rows_are_orphans() {
    let world = agency(7);
    let next = &world.sites[the(&world, Story::NextOut)];
    let listed = listed_of_user(&world, next);
    let oldest = listed.iter().min_by_key(|approval| approval.created_at).expect("four");
    assert_eq!(oldest.site, Some(the(&world, Story::NextOut)));
    assert_eq!(listed.iter().filter(|approval| approval.site.is_none()).count(), 3);
    assert_eq!(held(&world, &world.sites[the(&world, Story::Evicted)]).user, held(&world, next).user);
}

#[test]
fn what_policies_ended_is_still_listed_and_alone() {
    let world = agency(7);
    let lonely = [
        Story::PolicyIdle,
        Story::PolicyLifetime,
        Story::PolicyImmediate,
        Story::IdleNear,
        Story::LifetimeNear,
        Story::UserFrozen,
        Story::RotatedOut,
    ];
    for story in lonely {
        let index = the(&world, story);
        let listed = listed_of_user(&world, &world.sites[index]);
        assert_eq!(listed.len(), 1, "{story}");
        assert_eq!(listed[0].site, Some(index), "{story}");
    }
    let revoked = &world.sites[the(&world, Story::Revoked)];
    assert!(listed_of_user(&world, revoked).is_empty());
    assert_eq!(org(&world, revoked).app.policy, Policy::UntilRevoked);
    let site = &world.sites[the(&world, Story::PolicyLifetime)];
    let period = org(&world, site).app.policy.period().expect("a lifetime").length();
    assert!(held(&world, site).created_at + period < site.log.front().expect("a row").at);
}

#[test]
fn what_is_near_is_three_days_away() {
    let world = agency(7);
    let days = |site: &Site, since: DateTime<Utc>| {
        let period = org(&world, site).app.policy.period().expect("a period").length();
        (since + period - world.now).num_hours()
    };
    let idle = &world.sites[the(&world, Story::IdleNear)];
    let lifetime = &world.sites[the(&world, Story::LifetimeNear)];
    assert!((70..=72).contains(&days(idle, held(&world, idle).last_used_at.expect("a refresh"))));
    assert!((70..=72).contains(&days(lifetime, held(&world, lifetime).created_at)));
}

#[test]
fn a_rotated_out_site_used_its_token_twice_at_most() {
    let mut world = agency(7);
    let index = the(&world, Story::RotatedOut);
    assert_eq!(held(&world, &world.sites[index]).use_count, 2);
    world.advance_to(start() + TimeDelta::days(3));
    assert_eq!(held(&world, &world.sites[index]).use_count, 2);
}

#[test]
fn orgs_stand_to_the_app_as_their_stories_say() {
    let world = agency(7);
    let missing = org(&world, &world.sites[the(&world, Story::AppNotInstalled)]);
    assert_eq!(missing.app.standing, Standing::Absent);
    assert!(missing.listed().count() > 0);
    let uninstalled = org(&world, &world.sites[the(&world, Story::AppUninstalled)]);
    assert_eq!((uninstalled.app.standing, uninstalled.listed().count()), (Standing::Absent, 0));
    let frozen = &world.sites[the(&world, Story::UserFrozen)];
    assert!(org(&world, frozen).users[held(&world, frozen).user].is(Trouble::Frozen));
    let refreshed = &world.sites[the(&world, Story::SandboxRefreshed)];
    assert_ne!(refreshed.connection.as_ref().expect("stored").org_id, org(&world, refreshed).id.as_str());
    assert!(org(&world, refreshed).sandbox);
}

#[test]
fn a_site_that_is_off_has_nothing_stored() {
    let world = agency(7);
    for site in world.sites.iter().filter(|site| site.story.is_off()) {
        assert!(site.connection.is_none() && site.log.is_empty(), "{}", site.story);
    }
    assert_eq!(world.sites[the(&world, Story::PluginInactive)].plugin, Plugin::Inactive);
}

#[test]
fn a_quiet_site_has_an_approval_and_no_session() {
    let mut world = agency(7);
    let index = the(&world, Story::NeverProved);
    let now = world.now;
    assert!(world.is_alive(world.sites[index].org.expect("an org"), world.sites[index].approval.expect("one"), now));
    assert_eq!(world.prove(index, now), Called::Withheld);
}

#[test]
fn somebody_presses_disconnect_in_the_second_step() {
    let mut world = agency(7);
    let index = the(&world, Story::Disconnected);
    world.advance_to(start() + STEP - TimeDelta::seconds(1));
    assert!(world.sites[index].connection.is_some());
    assert_eq!(world.truth().sites[index].health, "OK");
    world.advance_to(start() + STEP);
    assert!(world.sites[index].connection.is_none());
    assert_eq!(world.truth().sites[index].cause.as_deref(), Some("disconnected"));
}

#[test]
fn healthy_users_are_never_full() {
    let mut world = agency(7);
    world.advance_to(start() + SESSION_LIFE);
    for index in of(&world, Story::SharesUser) {
        let shared = listed_of_user(&world, &world.sites[index]).len();
        assert!((2..=3).contains(&shared), "{shared}");
    }
}

#[test]
fn steady_sites_refresh_once_a_day() {
    let mut world = agency(7);
    let index = the(&world, Story::Healthy);
    let (before, access) = {
        let site = &world.sites[index];
        (held(&world, site).use_count, site.connection.clone().expect("stored").access)
    };
    world.advance_to(start() + TimeDelta::days(10));
    let site = &world.sites[index];
    assert!((9..=11).contains(&(held(&world, site).use_count - before)));
    assert_ne!(site.connection.clone().expect("stored").access, access);
    assert!(world.now - held(&world, site).last_used_at.expect("a refresh") < TimeDelta::days(1));
}

#[test]
fn how_often_the_clock_is_read_changes_nothing() {
    let mut at_once = agency(7);
    let mut by_the_way = at_once.clone();
    at_once.advance_to(start() + TimeDelta::days(3));
    for minutes in (0..=3 * 1440).step_by(7) {
        by_the_way.advance_to(start() + TimeDelta::minutes(minutes));
    }
    by_the_way.advance_to(start() + TimeDelta::days(3));
    assert_eq!(at_once.truth(), by_the_way.truth());
    for (one, other) in at_once.sites.iter().zip(&by_the_way.sites) {
        let rows = |site: &Site| site.log.iter().map(|row| (row.id, row.at, row.message.clone())).collect::<Vec<_>>();
        assert_eq!(rows(one), rows(other), "{}", one.name);
        let access = |site: &Site| site.connection.as_ref().map(|stored| stored.access.clone());
        assert_eq!(access(one), access(other), "{}", one.name);
    }
}

#[test]
fn clean_is_clean_and_stays_so() {
    let mut world = world("clean", 3, None, start()).expect("the scenario");
    assert_eq!((world.sites.len(), world.orgs.len()), (200, 10));
    world.advance_to(start() + TimeDelta::days(29));
    assert!(world.truth().sites.iter().all(|site| site.health == "OK" && site.approval_id.is_some()));
}

#[test]
fn large_is_large_and_plays_a_month_in_one_go() {
    let mut world = world("large", 3, None, start()).expect("the scenario");
    assert_eq!((world.sites.len(), world.orgs.len()), (10_000, 50));
    let names: BTreeSet<&str> = world.sites.iter().map(|site| site.name.as_str()).collect();
    assert_eq!(names.len(), 10_000);
    world.advance_to(start() + TimeDelta::days(29));
    let truth = world.truth();
    let healthy = truth.sites.iter().filter(|site| site.health == "OK").count();
    assert!(healthy > 9_000 && healthy < 10_000, "{healthy}");
}

#[test]
fn sites_replaces_the_healthy_part_alone() {
    let small = world("agency", 7, Some(1), start()).expect("the scenario");
    assert!(small.sites.iter().all(|site| !matches!(site.story, Story::Healthy | Story::SharesUser)));
    let big = world("agency", 7, Some(400), start()).expect("the scenario");
    assert_eq!(big.sites.len(), 400);
    assert!(matches!(world("nowhere", 7, None, start()), Err(ScenarioError::Unknown(_))));
}

#[test]
fn a_site_that_dies_after_the_start_is_failed_in_the_truth() {
    let mut world = agency(7);
    let index = the(&world, Story::Healthy);
    let (org, user) = (world.sites[index].org.expect("an org"), held(&world, &world.sites[index]).user);
    let label = world.orgs[org].app.label.clone();
    let mut rng = fastrand::Rng::with_seed(1);
    for _ in 0..world.orgs[org].slot_limit {
        let now = world.now;
        world.approve(org, user, &label, now, None, &mut rng);
    }
    world.advance_to(start() + TimeDelta::hours(1));
    let truth = &world.truth().sites[index];
    assert_eq!((truth.health.as_str(), truth.cause.as_deref()), ("FAIL", Some("evicted")));
    assert_eq!(truth.approval_id, None);
    assert!(truth.refresh_fp_of.is_some(), "what it holds still leads to the approval it had");
}

#[test]
fn an_org_whose_terms_contradict_a_story_is_refused() {
    let text = "sites = 1\n[[org]]\nname = \"a\"\ntitle = \"A\"\npolicy = { idle = 30, unit = \"days\" }\n\
                [[site]]\nstory = \"revoked\"\norg = \"a\"\n";
    let scenario: Scenario = toml::from_str(text).expect("a scenario");
    assert!(matches!(build::build(&scenario, 1, start()), Err(ScenarioError::Contradiction(_))));
    let unknown = text.replace("org = \"a\"\n", "org = \"b\"\n");
    let scenario: Scenario = toml::from_str(&unknown).expect("a scenario");
    assert!(matches!(build::build(&scenario, 1, start()), Err(ScenarioError::Contradiction(_))));
}
