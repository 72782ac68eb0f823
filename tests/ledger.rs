//! Who leaves next, held to what then leaves: random sequences of authorizations, refreshes and revocations in the simulator, of
//! users that may hold four and five approvals. Ledgers are made of what comes over the wire.

use chrono::{TimeDelta, Utc};
use fastrand::Rng;
use fusebox::backend;
use fusebox::config::Config;
use fusebox::diagnosis;
use fusebox::model::{Clock, Fleet, Observation, OrgName, Settings, Target};
use fusebox::salesforce::{Ask, Client};
use fusebox::secrets::Secrets;
use fusebox::sim::{self, Options, Sim};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tempfile::TempDir;

/// Sequences that end with an eviction.
const SEQUENCES: usize = 1_000;

/// Steps of a sequence before it is looked at, at most.
const STEPS: usize = 4;

/// The simulator with who looks at its orgs.
struct World {
    sim: Sim,
    _dir: TempDir,
    settings: Settings,
    orgs: Vec<(OrgName, Arc<Client>)>,
    clock: Clock,
    ahead_s: Arc<AtomicI64>,
    web: reqwest::Client,
}

/// One approval as the simulator knows it.
#[derive(Clone, Debug)]
struct Held {
    user: String,
    site: Option<String>,
    created_at: String,
}

impl World {
    #[expect(clippy::disallowed_methods, reason = "the simulator's clock is the host's, and this one runs beside it")]
    async fn start(seed: u64) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let options = Options { write_config: Some(dir.path().to_owned()), ..Options::new("slots", seed) };
        let sim = sim::start(options).await.expect("a simulator");
        let config = Config::load(dir.path()).expect("a configuration");
        let secrets = Secrets::open(&config.dir).expect("secrets");
        let ahead_s: Arc<AtomicI64> = Arc::default();
        let ahead = Arc::clone(&ahead_s);
        let clock = Clock::new(move || Utc::now() + TimeDelta::seconds(ahead.load(Ordering::SeqCst)));
        let mut orgs = Vec::new();
        for org in &config.orgs {
            let client = backend::org_client(&config, org, &secrets, &clock).await.expect("secrets");
            orgs.push((org.name.clone(), client.expect("a client")));
        }
        let web = reqwest::Client::builder().no_proxy().build().expect("a client");
        Self { sim, _dir: dir, settings: config.settings(), orgs, clock, ahead_s, web }
    }

    async fn order(&self, path: &str, order: Value) -> bool {
        let url = format!("{}/{path}", self.sim.ready.admin);
        let request = self.web.post(url).bearer_auth(&self.sim.ready.admin_token).json(&order);
        request.send().await.expect("the simulator").status().is_success()
    }

    async fn authorize(&self, user: &str, site: Option<&str>) {
        let mut order = json!({ "kind": "authorize", "user": user });
        if let Some(site) = site {
            order["site"] = json!(site);
        }
        assert!(self.order("fault", order).await, "{user}");
    }

    /// Moves the clock; sites refresh meanwhile, as they are used to.
    async fn advance(&self, seconds: i64) {
        assert!(self.order("clock", json!({ "advance": format!("{seconds}s") })).await);
        self.ahead_s.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Approvals of the app that are listed, by id, and whether each was ever used.
    async fn listed(&self) -> BTreeMap<String, Held> {
        let url = format!("{}/truth", self.sim.ready.admin);
        let request = self.web.get(url).bearer_auth(&self.sim.ready.admin_token);
        let truth: Value = request.send().await.expect("the simulator").json().await.expect("JSON");
        let text = |held: &Value, key: &str| held[key].as_str().expect(key).to_owned();
        let listed = truth["approvals"].as_array().expect("approvals").iter().filter(|held| held["listed"] == true);
        listed
            .map(|held| {
                let site = held["site"].as_str().map(str::to_owned);
                let (user, created_at) = (text(held, "user"), text(held, "created_at"));
                (text(held, "approval_id"), Held { user, site, created_at })
            })
            .collect()
    }

    /// Looks at every org: by user the approvals of which its next one removes one, and how many there are.
    async fn next_out(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut fleet = Fleet::default();
        let mut named = BTreeMap::new();
        for (name, client) in &self.orgs {
            let (app, at) = (self.settings.orgs[name].app.clone(), self.clock.now());
            let ask = Ask { app, users: BTreeSet::new(), short_list: false, known: None };
            let looked = client.look(&ask).await.expect("the org answers");
            for fact in looked.picture.into_facts(None) {
                fleet.apply(&Observation { target: Target::Org(name.clone()), at, fact });
            }
            let ledger = diagnosis::ledger(&fleet, &self.settings, name, at).expect("a configured org");
            assert!(ledger.complete);
            for user in ledger.users {
                let leaving = user.entries.iter().filter(|entry| entry.next_out);
                let leaving: BTreeSet<String> = leaving.map(|entry| entry.approval.id.to_string()).collect();
                let full = user.used.expect("a complete list") >= user.limit;
                assert_eq!(full, !leaving.is_empty(), "{}", user.name);
                named.insert(user.name.to_string(), leaving);
            }
        }
        named
    }
}

/// One step of every user: nothing, an authorization (of a site or of nobody), two in one second, a revocation.
async fn step(world: &World, users: &[String], sites: &[String], rng: &mut Rng) {
    let held = world.listed().await;
    for user in users {
        let site = rng.bool().then(|| sites[rng.usize(..sites.len())].as_str());
        match rng.u8(..10) {
            0..=3 => world.authorize(user, site).await,
            4..=5 => {
                world.authorize(user, site).await;
                world.authorize(user, None).await;
            }
            6..=7 => {
                let own: Vec<&str> =
                    held.values().filter(|held| held.user == *user).filter_map(|held| held.site.as_deref()).collect();
                if !own.is_empty() {
                    // A site that was authorized anew meanwhile may hold none any more: then nothing happens.
                    let site = own[rng.usize(..own.len())];
                    world.order("fault", json!({ "kind": "revoke", "site": site })).await;
                }
            }
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_next_approval_removes_is_what_was_named() {
    let seed = fastrand::u64(..1_000_000);
    println!("seed {seed}");
    let mut rng = Rng::with_seed(seed);
    let world = World::start(seed).await;
    let start = world.listed().await;
    let sites: Vec<String> =
        start.values().filter_map(|held| held.site.clone()).collect::<BTreeSet<_>>().into_iter().collect();
    let users: Vec<String> =
        start.values().map(|held| held.user.clone()).collect::<BTreeSet<_>>().into_iter().collect();
    assert!(users.len() > 80 && sites.len() > 50);
    let (mut evictions, mut tied, mut free) = (0, 0, 0);
    while evictions < SEQUENCES {
        for _ in 0..rng.usize(1..=STEPS) {
            step(&world, &users, &sites, &mut rng).await;
            world.advance(rng.i64(1..20_000)).await;
        }
        let named = world.next_out().await;
        let before = world.listed().await;
        for user in &users {
            world.authorize(user, None).await;
        }
        let after = world.listed().await;
        for user in &users {
            let left: Vec<&String> = before
                .iter()
                .filter(|(id, held)| held.user == *user && !after.contains_key(*id))
                .map(|(id, _)| id)
                .collect();
            let named = named.get(user).cloned().unwrap_or_default();
            if named.is_empty() {
                assert!(left.is_empty(), "seed {seed}: {user} had a slot free and lost {left:?}");
                free += 1;
                continue;
            }
            let made: BTreeSet<&str> = named.iter().map(|id| before[id].created_at.as_str()).collect();
            assert!(named.len() <= 2 && made.len() == 1, "seed {seed}: {user}: {named:?} of {made:?}");
            assert!(left.len() == 1 && named.contains(left[0]), "seed {seed}: {user}: {left:?} left, {named:?} named");
            evictions += 1;
            tied += usize::from(named.len() == 2);
        }
        world.advance(rng.i64(1..20_000)).await;
    }
    println!("{evictions} evictions, {tied} of them one of two; {free} sequences with a slot free");
    assert!(tied > 0 && free > 0, "seed {seed}: ties and free slots are tried too");
    world.sim.stop().await;
}
