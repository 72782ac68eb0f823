//! Salesforce's rules, asked directly.

use super::data::{Data, Features};
use super::history::History;
use super::org::{Allocation, App, Monitor, Org, Period, Policy, Rights, Session, Standing, Trouble, Unit, User};
use super::records::Records;
use super::refresh::{Client, Refusal};
use super::*;
use crate::sim::mint;
use crate::sim::world::call::CallRefusal;
use fastrand::Rng;
use proptest::prelude::*;

const APP: &str = "WP Fusion (OAuth)";
const CLIENT: Client<'_> = Client { id: "key", secret: "secret" };

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
}

fn world(policy: Policy, rotation: bool, slot_limit: usize) -> (World, Rng) {
    let mut rng = Rng::with_seed(1);
    let mut world = World::new(at(0), "key".to_owned(), "secret".to_owned());
    let user = |rng: &mut Rng| User {
        key: "ops1".to_owned(),
        username: "ops1@acme.example".to_owned(),
        id: mint::user_id(rng),
        password: mint::password(rng),
        approves_uninstalled: false,
        rights: Rights::NONE,
        trouble: None,
    };
    let monitor = Monitor {
        client_id: mint::client_id(&mut rng),
        client_secret: mint::client_secret(&mut rng),
        jwt: true,
        access: None,
        certificate: None,
        callbacks: vec!["http://localhost:1717/cb".to_owned()],
        app: App::own(),
    };
    let label = APP.to_owned();
    let app = App {
        label,
        standing: Standing::Installed,
        admin_approved_only: false,
        policy,
        rotation,
        idle_cap: false,
        pkce_required: false,
    };
    let id = mint::org_id(&mut rng);
    world.orgs.push(Org {
        name: "acme".to_owned(),
        data: Data {
            features: Features::default(),
            records: Records::new(&id, "Acme", "005", at(0)),
            history: History::default(),
            described_at: at(0),
        },
        id,
        title: "Acme".to_owned(),
        edition: "Enterprise Edition".to_owned(),
        sandbox: false,
        instance: "EU42".to_owned(),
        slot_limit,
        api: Allocation::new(1_000, 0),
        app,
        users: vec![user(&mut rng), user(&mut rng)],
        approvals: Vec::new(),
        sessions: HashMap::new(),
        monitor,
        moved: false,
        trouble: None,
        password_flow: false,
        refresh_takes: TimeDelta::zero(),
    });
    (world, rng)
}

fn refresh(world: &mut World, approval: usize, minutes: i64, rng: &mut Rng) -> Result<String, Refusal> {
    let token = world.orgs[0].approvals[approval].refresh.clone();
    world.refresh(&token, CLIENT, at(minutes), rng).map(|refreshed| refreshed.access)
}

#[test]
fn the_fifth_approval_takes_the_oldest_and_its_sessions() {
    let (mut world, mut rng) = world(Policy::UntilRevoked, false, 4);
    for n in 0..4 {
        world.approve(0, 0, APP, at(n), None, &mut rng);
    }
    let access = refresh(&mut world, 0, 10, &mut rng).expect("a session");
    world.approve(0, 1, APP, at(11), None, &mut rng);
    world.approve(0, 0, "Data Loader", at(11), None, &mut rng);
    assert!(world.call(0, &access, at(12)).is_ok(), "other users and other apps have slots of their own");
    world.approve(0, 0, APP, at(13), None, &mut rng);
    assert_eq!(world.orgs[0].approvals[0].removed, Some("evicted"));
    assert_eq!(world.call(0, &access, at(14)), Err(CallRefusal::Expired));
    let refusal = refresh(&mut world, 0, 15, &mut rng).expect_err("it is gone");
    assert_eq!((refusal.error, refusal.description), ("invalid_grant", "expired access/refresh token"));
}

#[test]
fn a_failed_refresh_counts_and_does_not_keep_an_idle_token_alive() {
    let idle = Policy::Idle(Period { n: 2, unit: Unit::Hours });
    let (mut world, mut rng) = world(idle, false, 4);
    world.approve(0, 0, APP, at(0), None, &mut rng);
    assert!(refresh(&mut world, 0, 119, &mut rng).is_ok());
    assert!(refresh(&mut world, 0, 119 + 119, &mut rng).is_ok());
    let refusal = refresh(&mut world, 0, 238 + 120, &mut rng).expect_err("idle for two hours");
    assert_eq!(refusal.cause, "policy_idle");
    assert!(refresh(&mut world, 0, 238 + 121, &mut rng).is_err());
    assert_eq!(world.orgs[0].approvals[0].use_count, 4);
    assert_eq!(world.orgs[0].approvals[0].last_used_at, Some(at(238 + 121)));
    assert_eq!(world.orgs[0].listed().count(), 1, "the row stays");
}

#[test]
fn a_lifetime_ends_whatever_the_use() {
    let lifetime = Policy::Lifetime(Period { n: 1, unit: Unit::Days });
    let (mut world, mut rng) = world(lifetime, false, 4);
    world.approve(0, 0, APP, at(0), None, &mut rng);
    assert!(refresh(&mut world, 0, 1439, &mut rng).is_ok());
    assert_eq!(refresh(&mut world, 0, 1440, &mut rng).expect_err("a day").cause, "policy_lifetime");
}

#[test]
fn immediately_means_that_no_refresh_ever_works() {
    let (mut world, mut rng) = world(Policy::Immediately, false, 4);
    world.approve(0, 0, APP, at(0), None, &mut rng);
    assert_eq!(refresh(&mut world, 0, 0, &mut rng).expect_err("at once").cause, "policy_immediate");
}

#[test]
fn a_rotated_token_that_comes_back_voids_the_new_one() {
    let (mut world, mut rng) = world(Policy::UntilRevoked, true, 4);
    world.approve(0, 0, APP, at(0), None, &mut rng);
    let old = world.orgs[0].approvals[0].refresh.clone();
    let first = world.refresh(&old, CLIENT, at(1), &mut rng).expect("the first refresh");
    let new = first.refresh.expect("a new refresh token");
    assert_eq!(world.refresh(&old, CLIENT, at(2), &mut rng).expect_err("replayed").cause, "rotated_out");
    assert_eq!(world.call(0, &first.access, at(3)), Err(CallRefusal::Expired));
    assert_eq!(world.refresh(&new, CLIENT, at(4), &mut rng).expect_err("void now").cause, "rotated_out");
    assert_eq!(world.orgs[0].approvals[0].use_count, 2);
}

#[test]
fn users_apps_and_clients_are_refused_with_their_own_texts() {
    let (mut world, mut rng) = world(Policy::UntilRevoked, false, 4);
    world.approve(0, 0, APP, at(0), None, &mut rng);
    let mut text = |world: &mut World| refresh(world, 0, 1, &mut rng).expect_err("refused").description;
    world.orgs[0].users[0].trouble = Some(Trouble::Inactive);
    assert_eq!(text(&mut world), "inactive user");
    world.orgs[0].users[0].trouble = Some(Trouble::Frozen);
    assert_eq!(text(&mut world), "expired access/refresh token");
    world.orgs[0].users[0].trouble = Some(Trouble::NotPreauthorized);
    world.orgs[0].app.admin_approved_only = true;
    assert_eq!(text(&mut world), "user is not admin approved to access this app");
    world.orgs[0].app.standing = Standing::Blocked;
    assert_eq!(text(&mut world), "this app is blocked by admin");
    world.app_client_secret = "rotated".to_owned();
    let before = world.orgs[0].approvals[0].use_count;
    assert_eq!(text(&mut world), "invalid client credentials");
    assert_eq!(world.orgs[0].approvals[0].use_count, before, "the client is checked before the token");
}

#[test]
fn a_session_slides_for_two_hours() {
    let (mut world, mut rng) = world(Policy::UntilRevoked, false, 4);
    world.approve(0, 0, APP, at(0), None, &mut rng);
    let access = refresh(&mut world, 0, 0, &mut rng).expect("a session");
    assert!(world.call(0, &access, at(119)).is_ok());
    assert!(world.call(0, &access, at(238)).is_ok());
    assert_eq!(world.call(0, &access, at(358)), Err(CallRefusal::Expired));
    assert_eq!(world.call(0, "nobody's", at(0)), Err(CallRefusal::Expired));
}

#[test]
fn an_allocation_is_counted_over_a_day() {
    let (mut world, _) = world(Policy::UntilRevoked, false, 4);
    let session = Session { approval: None, user: 0, last_used: at(0) };
    world.orgs[0].sessions.insert("fusebox".to_owned(), session);
    for minute in 0..1_000 {
        world.orgs[0].api.count(at(minute / 10));
    }
    assert_eq!(world.call(0, "fusebox", at(100)), Err(CallRefusal::Limit));
    assert_eq!(world.orgs[0].api.used(at(1440 + 50)), 490);
}

proptest! {
    /// However users authorize, none ever holds more than the limit, and what leaves is the oldest.
    #[test]
    fn no_user_holds_more_than_the_limit(limit in 1usize..6, users in proptest::collection::vec(0usize..2, 1..40)) {
        let (mut world, mut rng) = world(Policy::UntilRevoked, false, limit);
        for (minute, user) in users.into_iter().enumerate() {
            world.approve(0, user, APP, at(i64::try_from(minute).expect("few")), None, &mut rng);
            for user in 0..2 {
                let all: Vec<_> = world.orgs[0].approvals.iter().filter(|held| held.user == user).collect();
                let listed = all.iter().filter(|held| held.removed.is_none()).count();
                prop_assert_eq!(listed, all.len().min(limit));
                prop_assert!(all.iter().skip(all.len() - listed).all(|held| held.removed.is_none()));
            }
        }
    }
}
