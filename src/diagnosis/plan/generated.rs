//! A thousand random fleets: plans are carried out in a model of Salesforce's slots that knows the truth, and held to a search
//! through every order of steps. Both are written apart from what they are held against.

use crate::diagnosis::fixture::{DAY, Scene, SiteBuilder, acme, at, broken, org_id, scene, site, token, user_id};
use crate::diagnosis::{plan, plan_standing};
use crate::model::approval::approval_id;
use crate::model::settings::WP_FUSION_APP;
use crate::model::{
    Approval, ApprovalId, Fact, Link, Observation, OrgName, Permitted, Plan, PlanStep, SiteName, StepState, Target,
    User,
};
use fastrand::Rng;
use std::collections::{BTreeMap, BTreeSet, HashMap};

const FLEETS: u64 = 1_000;

/// Up to so many broken sites every order is searched, with who is whose.
const SEARCHED: usize = 4;

/// One approval as it is.
#[derive(Clone, Debug)]
struct Row {
    id: ApprovalId,
    /// Rows of one user made in the same second have the same.
    made: i64,
    /// Whether a site works with it.
    live: bool,
    /// Whether what fusebox was shown tells that none does.
    known_dead: bool,
}

/// One user as it is.
#[derive(Clone, Debug)]
struct Who {
    usable: bool,
    rows: Vec<Row>,
}

struct World {
    limit: u32,
    users: Vec<Who>,
    /// Broken sites with their users.
    broken: BTreeMap<SiteName, usize>,
    scene: Scene,
}

/// What a row is made for.
#[derive(Clone, Copy)]
enum Kind {
    Live,
    LiveUnplaced,
    Unknown,
    LeftBehind,
    Dead,
    DeadUnplaced,
    DeadFoundLate,
}

fn kind(rng: &mut Rng, usable: bool) -> Kind {
    match rng.u8(if usable { 0 } else { 4 }..12) {
        0..=3 if rng.bool() => Kind::Live,
        0..=3 => Kind::LiveUnplaced,
        4..=5 => Kind::Unknown,
        6..=8 => Kind::LeftBehind,
        9 => Kind::Dead,
        10 => Kind::DeadUnplaced,
        _ => Kind::DeadFoundLate,
    }
}

/// A token of the generator's, and the site that is made with it.
fn built(name: &str, user: usize, number: u8, live: bool) -> SiteBuilder {
    let one = if live {
        site(name).token(number)
    } else {
        site(name).token(number).row(-180, crate::diagnosis::fixture::DEAD)
    };
    let one = one.user(number_of(user));
    if live { one.alive() } else { one.quiet() }
}

fn number_of(user: usize) -> u8 {
    u8::try_from(user + 1).expect("a small number")
}

impl World {
    fn random(rng: &mut Rng) -> Self {
        let limit = rng.u32(1..=5);
        let count = rng.usize(1..=3);
        let (mut sites, mut links, mut approvals): (Vec<SiteBuilder>, Vec<(ApprovalId, Link)>, Vec<Approval>) =
            (vec![site("anchor").user(99).token(99).alive()], Vec::new(), Vec::new());
        let (mut people, mut users, mut broken_sites) = (Vec::new(), Vec::new(), BTreeMap::new());
        let mut number: u8 = 1;
        for user in 0..count {
            let (active, frozen) = (rng.u8(..8) > 0, rng.u8(..8) == 0);
            let usable = active && !frozen;
            let id = user_id(number_of(user));
            people.push(User {
                id: id.clone(),
                username: format!("ops{user}@acme.example").into(),
                active,
                frozen: Some(frozen),
            });
            let (mut made, mut ordinal, mut rows) = (-300 * DAY, 0, Vec::new());
            for _ in 0..rng.u32(0..=limit) {
                // Some are made in the same second as the one before.
                (made, ordinal) = if rng.u8(..5) == 0 { (made, ordinal + 1) } else { (made + rng.i64(1..20) * DAY, 0) };
                let approval = approval_id(&org_id('E'), &id, WP_FUSION_APP, at(made), ordinal);
                let kind = kind(rng, usable);
                let name = format!("site-{number:03}");
                let (live, known_dead) = match kind {
                    Kind::Live | Kind::LiveUnplaced | Kind::Unknown => (true, false),
                    Kind::LeftBehind | Kind::Dead => (false, true),
                    Kind::DeadUnplaced | Kind::DeadFoundLate => (false, false),
                };
                match kind {
                    Kind::Live | Kind::LiveUnplaced => sites.push(built(&name, user, number, true)),
                    Kind::Dead | Kind::DeadUnplaced | Kind::DeadFoundLate => {
                        sites.push(built(&name, user, number, false));
                        broken_sites.insert(SiteName::new(&name), user);
                    }
                    Kind::Unknown | Kind::LeftBehind => {}
                }
                let (of, refresh, since) = match kind {
                    Kind::LeftBehind => ("anchor", token(255 - number), at(-90 * DAY)),
                    Kind::DeadFoundLate => (name.as_str(), token(number), at(-10)),
                    _ => (name.as_str(), token(number), at(-2 * DAY)),
                };
                if matches!(kind, Kind::Live | Kind::LeftBehind | Kind::Dead | Kind::DeadFoundLate) {
                    links.push((approval, Link { site: SiteName::new(of), refresh, how: "seen".into(), since }));
                }
                approvals.push(Approval {
                    id: approval,
                    user: id.clone(),
                    app: WP_FUSION_APP.into(),
                    created_at: at(made),
                    last_used_at: Some(at(made.max(-5 * DAY))),
                    use_count: 3,
                });
                rows.push(Row { id: approval, made, live, known_dead });
                number += 1;
            }
            users.push(Who { usable, rows });
        }
        // And some whose approval is gone.
        for _ in 0..rng.u32(0..=4) {
            let (user, name) = (rng.usize(..count), format!("site-{number:03}"));
            sites.push(built(&name, user, number, false));
            broken_sites.insert(SiteName::new(&name), user);
            number += 1;
        }
        approvals.sort_by_key(|row| row.created_at);
        let org = acme()
            .terms(|terms| terms.slot_limit = limit)
            .users(|known| *known = people)
            .with(|picture| picture.approvals = Permitted::Yes(approvals));
        let mut scene = scene(org.looked(0), sites);
        for (approval, link) in links {
            let (target, at) = (Target::Org(OrgName::new("acme")), link.since);
            scene.fleet.apply(&Observation { target, at, fact: Fact::Linked { approval, link } });
        }
        Self { limit, users, broken: broken_sites, scene }
    }

    fn plan(&self) -> Plan {
        plan(&self.scene.fleet, &self.scene.settings, &[], at(1))
    }

    fn index(&self, user: &crate::model::UserId) -> usize {
        (0..self.users.len()).find(|index| user_id(number_of(*index)) == *user).expect("a user of the fleet")
    }

    /// Does what the plan says, as Salesforce would, and fails where anything that works is lost. Of what was made in one second
    /// the worst leaves first.
    fn carry_out(&self, plan: &Plan) -> BTreeSet<SiteName> {
        let (mut users, mut alive) = (self.users.clone(), BTreeSet::new());
        let limit = usize::try_from(self.limit).expect("a small number");
        for step in &plan.steps {
            match step {
                PlanStep::Revoke { user, approval, .. } => {
                    let rows = &mut users[self.index(user)].rows;
                    let at = rows.iter().position(|row| row.id == *approval).expect("it is there");
                    assert_eq!(rows.iter().filter(|row| row.made == rows[at].made).count(), 1, "which of them?");
                    assert!(!rows.remove(at).live, "a live one was revoked: {step:?}");
                }
                PlanStep::Authorize { site, user, removes, own_user, .. } => {
                    let who = self.index(user);
                    assert_eq!(*own_user, self.broken[site] == who);
                    assert!(users[who].usable, "{step:?}");
                    let rows = &mut users[who].rows;
                    assert_eq!(removes.is_empty(), rows.len() < limit, "{step:?}");
                    if rows.len() >= limit {
                        let oldest = rows.iter().map(|row| row.made).min().expect("a row");
                        let worst = rows.iter().position(|row| row.made == oldest && row.live);
                        let at = worst.or(rows.iter().position(|row| row.made == oldest)).expect("a row");
                        let gone = rows.remove(at);
                        assert!(!gone.live && removes.contains(&gone.id), "{step:?} removes {gone:?}");
                    }
                    let id = ApprovalId::from_bytes([0; 16]);
                    rows.push(Row {
                        id,
                        made: i64::try_from(alive.len()).expect("few"),
                        live: true,
                        known_dead: false,
                    });
                    alive.insert(site.clone());
                }
            }
        }
        alive
    }

    /// Rows of the users who may authorize, as far as they matter to a search.
    fn searched(&self) -> Vec<Vec<(i64, bool)>> {
        let rows = |who: &Who| who.rows.iter().map(|row| (row.made, row.known_dead)).collect();
        self.users.iter().map(|who| if who.usable { rows(who) } else { Vec::new() }).collect()
    }

    fn usable(&self) -> Vec<bool> {
        self.users.iter().map(|who| who.usable).collect()
    }
}

/// The rows of each user, oldest first, with whether nothing works with them; and how many sites of each user wait.
type Waiting = (Vec<Vec<(i64, bool)>>, Vec<usize>);

/// Every way to bring sites back: by what is left of each user's, the best (sites not with their own user, revocations).
struct Search {
    limit: usize,
    usable: Vec<bool>,
    known: HashMap<Waiting, Option<(usize, usize)>>,
    clock: i64,
}

impl Search {
    fn best(&mut self, users: Vec<Vec<(i64, bool)>>, waiting: Vec<usize>) -> Option<(usize, usize)> {
        if waiting.iter().all(|count| *count == 0) {
            return Some((0, 0));
        }
        let key = (users, waiting);
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let (users, waiting) = &key;
        let mut best: Option<(usize, usize)> = None;
        let mut take = |found: Option<(usize, usize)>, strangers: usize, revoked: usize| {
            let found = found.map(|(others, revocations)| (others + strangers, revocations + revoked));
            best = match (best, found) {
                (Some(best), Some(found)) => Some(best.min(found)),
                (one, other) => one.or(other),
            };
        };
        for user in (0..users.len()).filter(|user| self.usable[*user]).collect::<Vec<_>>() {
            let rows = &users[user];
            for at in 0..rows.len() {
                let alone = rows.iter().filter(|row| row.0 == rows[at].0).count() == 1;
                if alone && rows[at].1 {
                    let mut next = users.clone();
                    next[user].remove(at);
                    take(self.best(next, waiting.clone()), 0, 1);
                }
            }
            let mut next = users.clone();
            if rows.len() >= self.limit {
                let oldest = rows.iter().map(|row| row.0).min();
                if rows.iter().any(|row| Some(row.0) == oldest && !row.1) {
                    continue;
                }
                let at = rows.iter().position(|row| Some(row.0) == oldest).expect("a row");
                next[user].remove(at);
            }
            // In the order in which they are made; when exactly does not matter.
            let made = next[user].iter().map(|row| row.0).max().unwrap_or(0).max(self.clock) + 1;
            next[user].push((made, false));
            for of in (0..waiting.len()).filter(|of| waiting[*of] > 0).collect::<Vec<_>>() {
                let mut rest = waiting.clone();
                rest[of] -= 1;
                take(self.best(next.clone(), rest), usize::from(of != user), 0);
            }
        }
        self.known.insert(key, best);
        best
    }
}

#[test]
fn a_thousand_fleets_lose_nothing_and_impossible_is_impossible() {
    let seed = fastrand::u64(..1_000_000_000);
    println!("seed {seed}");
    let (mut steps, mut revoked, mut impossible, mut searched) = (0, 0, 0, 0);
    for number in 0..FLEETS {
        let world = World::random(&mut Rng::with_seed(seed + number));
        let plan = world.plan();
        let told = || format!("seed {}: {plan:#?}\n{:#?}", seed + number, world.users);
        assert!(plan.left_out.is_empty(), "{}", told());
        let alive = world.carry_out(&plan);
        let without: BTreeSet<SiteName> = plan.without_slot().cloned().collect();
        let all: BTreeSet<SiteName> = world.broken.keys().cloned().collect();
        assert!(alive.is_disjoint(&without), "{}", told());
        assert_eq!(alive.union(&without).cloned().collect::<BTreeSet<_>>(), all, "{}", told());
        let ready = plan_standing(&world.scene.fleet, &world.scene.settings, &plan, at(1));
        assert!(ready.iter().all(|state| *state == StepState::Ready), "{ready:?}\n{}", told());
        let missing = plan.orgs.iter().map(|org| org.missing_users).sum::<u32>();
        assert_eq!(missing == 0, without.is_empty());
        steps += plan.steps.len();
        impossible += usize::from(missing > 0);
        let revocations = plan.steps.iter().filter(|step| matches!(step, PlanStep::Revoke { .. })).count();
        revoked += revocations;
        if world.broken.len() > SEARCHED {
            continue;
        }
        searched += 1;
        let further = |count: u32| {
            let (mut users, mut usable) = (world.searched(), world.usable());
            users.extend((0..count).map(|_| Vec::new()));
            usable.extend((0..count).map(|_| true));
            let mut waiting = vec![0; users.len()];
            world.broken.values().for_each(|user| waiting[*user] += 1);
            let limit = usize::try_from(world.limit).expect("a small number");
            Search { limit, usable, known: HashMap::new(), clock: 0 }.best(users, waiting)
        };
        assert!(further(missing).is_some(), "so many are enough\n{}", told());
        if missing > 0 {
            assert_eq!(further(missing - 1), None, "one less would do\n{}", told());
            continue;
        }
        let strangers = |step: &&PlanStep| matches!(step, PlanStep::Authorize { own_user: false, .. });
        let cost = (plan.steps.iter().filter(strangers).count(), revocations);
        assert_eq!(further(0), Some(cost), "own users first, then the fewest steps\n{}", told());
    }
    println!("{steps} steps, {revoked} of them revocations; {impossible} impossible; {searched} searched through");
    assert!(revoked > 100 && impossible > 100 && searched > 300, "all of it is tried");
}

#[test]
fn the_same_fleet_has_the_same_plan() {
    for seed in 0..20 {
        let made = || World::random(&mut Rng::with_seed(seed)).plan();
        assert_eq!(made(), made());
    }
    assert!(
        plan(&scene(acme().looked(0), [broken("shop")]).fleet, &Scene::default().settings, &[], at(1)).steps.is_empty()
    );
}
