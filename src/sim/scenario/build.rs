//! Puts a world together from a scenario: orgs, users, sites, then every approval in the order in which it was made, so
//! that evictions come out of Salesforce's own rule. Pure.

mod written;

use super::irregular;
use super::names::{self, SiteNames};
use super::setup::{self, Past};
use super::{AppEntry, OrgEntry, PlainPolicy, PolicyEntry, Scenario, ScenarioError, SiteEntry};
use crate::sim::mint;
use crate::sim::story::Story;
use crate::sim::world::World;
use crate::sim::world::data::{Data, Features};
use crate::sim::world::history::{History, How, Status};
use crate::sim::world::org::{Allocation, App, MONITOR, Monitor, Org, Rights, Session, Standing, Trouble, Unit, User};
use crate::sim::world::plugin::Options;
use crate::sim::world::records::Records;
use crate::sim::world::refresh::Client;
use crate::sim::world::site::{Connection, Plugin, Site};
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use fastrand::Rng;
use std::collections::{BTreeMap, HashMap, VecDeque};

/// The label of WP Fusion's app.
const APP: &str = "WP Fusion (OAuth)";

/// Where fusebox's own apps may send a browser back to; `/sim/fault` adds others.
const OWN_CALLBACKS: [&str; 2] = ["http://localhost:1717/OauthRedirect", "http://127.0.0.1:1717/OauthRedirect"];

/// How many sites share one Salesforce user, over and over. Three of four slots at most: a full user is a story of its
/// own.
const GROUPS: [usize; 6] = [1, 3, 2, 1, 2, 3];

struct Builder {
    world: World,
    rng: Rng,
    /// Passwords come from here, so that they change nothing else of a seed's world.
    secrets: Rng,
    anchor: DateTime<Utc>,
    pasts: Vec<Past>,
    /// The site's user, by its place in the org.
    holders: Vec<Option<usize>>,
    keys: HashMap<String, usize>,
    users_by_key: HashMap<(usize, String), usize>,
}

pub(super) fn build(scenario: &Scenario, seed: u64, now: DateTime<Utc>) -> Result<World, ScenarioError> {
    let mut rng = Rng::with_seed(seed);
    let anchor = now.duration_trunc(TimeDelta::hours(1)).unwrap_or(now);
    let world = World::new(now, mint::client_id(&mut rng), mint::client_secret(&mut rng));
    let mut builder = Builder {
        world,
        rng,
        secrets: Rng::with_seed(seed ^ 0x0aa5),
        anchor,
        pasts: Vec::new(),
        holders: Vec::new(),
        keys: HashMap::new(),
        users_by_key: HashMap::new(),
    };
    let orgs: Vec<OrgEntry> =
        scenario.org.iter().cloned().chain((0..scenario.generated_orgs).map(generated_org)).collect();
    for entry in &orgs {
        builder.add_org(entry);
    }
    let mut names = SiteNames::new(&mut builder.rng);
    for entry in scenario.site.iter().cloned().chain(filling(scenario, &orgs)) {
        builder.add_site(&entry, &mut names)?;
    }
    builder.approve_all();
    builder.connect_all();
    builder.add_crowds(&orgs);
    builder.add_other_apps(&orgs);
    let mut world = builder.world;
    world.advance_to(now);
    Ok(world)
}

/// Healthy sites and the mixed-in others, round the orgs that may be filled, until the scenario's number is reached.
fn filling(scenario: &Scenario, orgs: &[OrgEntry]) -> Vec<SiteEntry> {
    let open: Vec<&OrgEntry> = orgs.iter().filter(|org| org.fill).collect();
    let wanted = scenario.sites.saturating_sub(scenario.site.len());
    if let Some(terms) = &scenario.irregular {
        return irregular::entries(terms, wanted, orgs);
    }
    let mut entries = Vec::with_capacity(wanted);
    let mut group = 0;
    while entries.len() < wanted && !open.is_empty() {
        let org = Some(open[group % open.len()].name.clone());
        let place = entries.len() + 1;
        if let Some(mixed) = scenario.mix.iter().find(|mix| place % mix.every.max(1) == 0) {
            entries.push(SiteEntry { story: mixed.story, org, user: None, key: None, copy_of: None });
            group += 1;
            continue;
        }
        // Each org begins at another place of the cycle, so that sizes differ from the first round on.
        let size = GROUPS[(group / open.len() + group % open.len()) % GROUPS.len()].min(wanted - entries.len());
        let story = if size == 1 { Story::Healthy } else { Story::SharesUser };
        let user = Some(format!("web{}", group / open.len() + 1));
        for _ in 0..size {
            entries.push(SiteEntry { story, org: org.clone(), user: user.clone(), key: None, copy_of: None });
        }
        group += 1;
    }
    entries
}

/// Made-up orgs take the three policies under which a healthy site stays healthy.
fn generated_org(n: usize) -> OrgEntry {
    let policy = match n % 3 {
        0 => PolicyEntry::Plain(PlainPolicy::UntilRevoked),
        1 => PolicyEntry::Idle { idle: 30, unit: Unit::Days },
        _ => PolicyEntry::Lifetime { lifetime: 12, unit: Unit::Months },
    };
    let name = names::org(n);
    OrgEntry {
        title: format!("{name} Ltd"),
        name,
        edition: super::enterprise(),
        sandbox: false,
        slot_limit: super::four(),
        api_max: super::daily_allocation(),
        api_used_percent: super::third(),
        app: AppEntry::Installed,
        admin_approved_only: false,
        policy,
        rotation: false,
        idle_cap: false,
        fill: true,
        crowd: 0,
        other_apps: false,
        rights: Rights::default(),
        features: Features::default(),
    }
}

/// What a story says of the site's Salesforce user.
fn trouble(story: Story) -> Option<Trouble> {
    match story {
        Story::UserInactive => Some(Trouble::Inactive),
        Story::UserFrozen => Some(Trouble::Frozen),
        Story::ApiDisabled => Some(Trouble::NoApi),
        Story::IpRestricted => Some(Trouble::AddressRefused),
        Story::NotPreauthorized => Some(Trouble::NotPreauthorized),
        _ => None,
    }
}

impl Builder {
    fn add_org(&mut self, entry: &OrgEntry) {
        let rng = &mut self.rng;
        let id = mint::org_id(rng);
        let monitor = Monitor {
            client_id: mint::client_id(rng),
            client_secret: mint::client_secret(rng),
            jwt: self.world.orgs.len().is_multiple_of(2),
            access: None,
            certificate: None,
            callbacks: OWN_CALLBACKS.map(str::to_owned).to_vec(),
            app: App::own(),
        };
        let own_user = User {
            key: "fusebox".to_owned(),
            username: format!("fusebox@{}.example", entry.name),
            id: mint::user_id(rng),
            password: mint::password(&mut self.secrets),
            approves_uninstalled: false,
            rights: entry.rights,
            trouble: None,
        };
        let app = App {
            label: APP.to_owned(),
            standing: match entry.app {
                AppEntry::Installed => Standing::Installed,
                AppEntry::Blocked => Standing::Blocked,
                AppEntry::NotInstalled | AppEntry::Uninstalled => Standing::Absent,
            },
            admin_approved_only: entry.admin_approved_only,
            policy: entry.policy.into(),
            rotation: entry.rotation,
            idle_cap: entry.idle_cap,
            pkce_required: false,
        };
        let described_at = self.anchor - TimeDelta::days(20);
        let records = Records::new(&id, &entry.title, own_user.id.as_str(), self.anchor - TimeDelta::days(400));
        self.world.orgs.push(Org {
            name: entry.name.clone(),
            data: Data { features: entry.features, records, history: History::default(), described_at },
            id,
            title: entry.title.clone(),
            edition: entry.edition.clone(),
            sandbox: entry.sandbox,
            instance: format!("EU{}", rng.u32(10..90)),
            slot_limit: entry.slot_limit,
            api: Allocation::new(entry.api_max, entry.api_max * entry.api_used_percent / 100),
            app,
            users: vec![own_user],
            approvals: Vec::new(),
            sessions: HashMap::new(),
            monitor,
            moved: false,
            trouble: None,
            password_flow: false,
            refresh_takes: TimeDelta::zero(),
        });
    }

    fn add_site(&mut self, entry: &SiteEntry, names: &mut SiteNames) -> Result<(), ScenarioError> {
        let contradiction = |text: String| ScenarioError::Contradiction(text);
        let copy_of = match &entry.copy_of {
            Some(key) => {
                let original = self.keys.get(key).copied();
                Some(original.ok_or_else(|| contradiction(format!("no entry before it has the key {key:?}")))?)
            }
            None => None,
        };
        let org = match &entry.org {
            Some(name) => {
                let org = self.world.org_named(name);
                Some(org.ok_or_else(|| contradiction(format!("there is no org {name:?}")))?)
            }
            None => copy_of.and_then(|original| self.world.sites[original].org),
        };
        if org.is_none() && !entry.story.is_off() {
            return Err(contradiction(format!("the story {} needs an org", entry.story)));
        }
        let policy = org.map_or(PolicyEntry::default().into(), |org| self.world.orgs[org].app.policy);
        let mut past = setup::past(entry.story, policy, self.anchor, &mut self.rng)?;
        let holder = org.filter(|_| copy_of.is_none()).map(|org| self.user(org, entry));
        if entry.story.is_irregular() {
            self.twin(&mut past, org, holder);
        }
        let site = self.site(entry.story, org, copy_of, &past, names);
        let index = self.world.add_site(site);
        if let Some(key) = &entry.key {
            self.keys.insert(key.clone(), index);
        }
        self.pasts.push(past);
        self.holders.push(holder);
        Ok(())
    }

    /// Now and then two approvals of one user are made in one second.
    fn twin(&mut self, past: &mut Past, org: Option<usize>, holder: Option<usize>) {
        let before = self.pasts.len().checked_sub(1).filter(|last| {
            self.holders[*last] == holder && self.world.sites[*last].org == org && self.rng.u8(..8) == 0
        });
        if let Some(twin) = before.and_then(|last| self.pasts[last].created) {
            past.created = Some(twin);
            past.last_used = past.last_used.filter(|used| *used > twin);
        }
    }

    fn site(
        &mut self,
        story: Story,
        org: Option<usize>,
        copy_of: Option<usize>,
        past: &Past,
        names: &mut SiteNames,
    ) -> Site {
        let (name, title) = names.next();
        let plugin = match story {
            Story::PluginAbsent => Plugin::Absent,
            Story::PluginInactive => Plugin::Inactive,
            _ => Plugin::Active,
        };
        let crm = match story {
            Story::PluginAbsent | Story::PluginInactive => None,
            Story::OtherCrm => Some("hubspot"),
            _ => Some("salesforce"),
        };
        Site {
            name,
            title,
            story,
            org,
            approval: None,
            copy_of,
            plugin,
            crm,
            connection: None,
            options: Options::default(),
            lets_write: true,
            schedule: past.schedule.clone(),
            played_to: past.from,
            next_due: None,
            clock_ahead: if story == Story::ClockSkew { TimeDelta::minutes(5) } else { TimeDelta::zero() },
            lossy: if story.is_irregular() { 10 } else { 0 },
            noisy: self.rng.u8(..9) == 0,
            password: mint::application_password(&mut self.rng),
            authorized_at: None,
            died: None,
            rng: self.rng.fork(),
            log: VecDeque::new(),
            next_log_id: self.rng.u64(1..4000),
        }
    }

    /// The user that an entry names, or one of its own, with what the story says of it.
    fn user(&mut self, org: usize, entry: &SiteEntry) -> usize {
        let place = &mut self.world.orgs[org];
        let key = entry.user.clone().unwrap_or_else(|| format!("int{}", place.users.len()));
        if let Some(known) = self.users_by_key.get(&(org, key.clone())) {
            return *known;
        }
        let new = self.new_user(org, key.clone(), trouble(entry.story));
        self.users_by_key.insert((org, key), new);
        new
    }

    fn new_user(&mut self, org: usize, key: String, trouble: Option<Trouble>) -> usize {
        let place = &mut self.world.orgs[org];
        place.users.push(User {
            username: format!("{key}@{}.example", place.name),
            id: mint::user_id(&mut self.rng),
            password: mint::password(&mut self.secrets),
            approves_uninstalled: false,
            rights: Rights::NONE,
            trouble,
            key,
        });
        place.users.len() - 1
    }

    /// Every approval in the order of time: those of the sites, and the ones that pushed an evicted site's out.
    fn approve_all(&mut self) {
        let mut events: Vec<(DateTime<Utc>, usize, usize, Option<usize>)> = Vec::new();
        let mut evicted: BTreeMap<(usize, usize), DateTime<Utc>> = BTreeMap::new();
        for (index, site) in self.world.sites.iter().enumerate() {
            let (Some(org), Some(user), Some(at)) = (site.org, self.holders[index], self.pasts[index].created) else {
                continue;
            };
            events.push((at, org, user, Some(index)));
            if site.story == Story::Evicted {
                evicted.insert((org, user), self.pasts[index].from);
            }
        }
        for ((org, user), newest) in evicted {
            let held = events.iter().filter(|(_, of, holder, _)| (*of, *holder) == (org, user)).count();
            // The user ends with all slots full: one approval for each but those of the other sites.
            let orphans = (self.world.orgs[org].slot_limit + 1).saturating_sub(held);
            for n in 0..orphans {
                let back = TimeDelta::days(9) * i32::try_from(n).unwrap_or(0);
                events.push((newest - back, org, user, None));
            }
        }
        events.sort_by_key(|(at, org, user, _)| (*org, *at, *user));
        for (at, org, user, site) in events {
            let approval = self.world.approve(org, user, APP, at, site, &mut self.rng);
            if let Some(index) = site {
                let past = &self.pasts[index];
                let made = &mut self.world.orgs[org].approvals[approval];
                made.use_count = past.uses;
                made.last_used_at = past.last_used;
                made.idle_since = past.last_used.unwrap_or(at);
                self.world.sites[index].approval = Some(approval);
                self.write_down(index, org, approval);
            } else {
                self.world.note_login(org, approval, None, at, How::Code, Status::Success);
            }
        }
    }

    /// Gives every site what it stores, and lets happen what its story says happened.
    fn connect_all(&mut self) {
        let mut stored: HashMap<usize, Options> = HashMap::new();
        for index in 0..self.world.sites.len() {
            let (story, org) = (self.world.sites[index].story, self.world.sites[index].org);
            let Some(org) = org.filter(|_| !story.is_off()) else { continue };
            if let Some(original) = self.world.sites[index].copy_of {
                let original = &self.world.sites[original];
                let (connection, options) = (original.connection.clone(), original.options.clone());
                let copy = &mut self.world.sites[index];
                (copy.connection, copy.options) = (connection, options);
                continue;
            }
            let connection = self.connection(index, org);
            self.world.sites[index].connection = Some(connection);
            let options = stored.entry(org).or_insert_with(|| Options::of_old_times(&self.world.orgs[org]));
            self.world.sites[index].options = options.clone();
            let approval = self.world.sites[index].approval;
            match (story, approval) {
                (Story::Revoked, Some(approval)) => self.world.remove(org, approval, "revoked"),
                (Story::AppUninstalled, Some(approval)) => self.world.remove(org, approval, "app_uninstalled"),
                (Story::RotatedOut, Some(_)) => self.rotate(index),
                _ => {}
            }
        }
    }

    fn connection(&mut self, index: usize, org: usize) -> Connection {
        let (site, past) = (&mut self.world.sites[index], &self.pasts[index]);
        let place = &mut self.world.orgs[org];
        let access = mint::access_token(&mut site.rng, &place.id);
        let user = self.holders[index].map(|user| place.users[user].id.clone());
        let (refresh, org_id, user_id) = if let (Some(approval), Some(user)) = (site.approval, user) {
            (place.approvals[approval].refresh.clone(), place.id.to_string(), user.to_string())
        } else {
            // Authorized before the sandbox was refreshed: everything in it is of an org that is gone.
            let rng = &mut site.rng;
            (mint::refresh_token(rng), mint::org_id(rng).to_string(), mint::user_id(rng).to_string())
        };
        if let Some(user) = self.holders[index].filter(|_| past.session) {
            let session = Session { approval: site.approval, user, last_used: past.from };
            place.sessions.insert(access.clone(), session);
        }
        Connection { org_id, user_id, access, refresh, old_secret: site.story == Story::CredentialsRotated }
    }

    /// The one refresh that a site survives where tokens rotate: it gets a new token and drops it.
    fn rotate(&mut self, index: usize) {
        let at = self.pasts[index].from - TimeDelta::hours(3);
        let (id, secret) = (self.world.app_client_id.clone(), self.world.app_client_secret.clone());
        let mut rng = self.world.sites[index].rng.clone();
        let Some(stored) = self.world.sites[index].connection.clone() else { return };
        let client = Client { id: &id, secret: &secret };
        if let Ok(refreshed) = self.world.refresh(&stored.refresh, client, at, &mut rng)
            && let Some(connection) = &mut self.world.sites[index].connection
        {
            connection.access = refreshed.access;
        }
        self.world.sites[index].rng = rng;
    }

    /// Approvals of sites that nobody knows: users with all their slots in use, made over the last year.
    fn add_crowds(&mut self, orgs: &[OrgEntry]) {
        for (org, entry) in orgs.iter().enumerate() {
            let mut user = None;
            for n in 0..entry.crowd {
                if n.is_multiple_of(entry.slot_limit) {
                    user = Some(self.new_user(org, format!("crowd{}", n / entry.slot_limit + 1), None));
                }
                let Some(user) = user else { continue };
                let back = TimeDelta::minutes(i64::try_from((entry.crowd - n) * 525_600 / entry.crowd).unwrap_or(0));
                let last_used = self.anchor - TimeDelta::minutes(self.rng.i64(1..1440));
                let approval = self.world.approve(org, user, APP, self.anchor - back, None, &mut self.rng);
                let made = &mut self.world.orgs[org].approvals[approval];
                (made.last_used_at, made.idle_since, made.use_count) =
                    (Some(last_used), last_used, self.rng.u32(1..500));
            }
        }
    }

    /// Approvals of other apps, which must never be taken for WP Fusion's.
    fn add_other_apps(&mut self, orgs: &[OrgEntry]) {
        for (org, _) in orgs.iter().enumerate().filter(|(_, entry)| entry.other_apps) {
            // The last users are those of healthy sites, whose ledgers no story counts.
            for user in (MONITOR + 1..self.world.orgs[org].users.len()).rev().take(3) {
                let at = self.anchor - TimeDelta::minutes(self.rng.i64(1440..90 * 1440));
                self.world.approve(org, user, "Salesforce CLI", at, None, &mut self.rng);
            }
        }
    }
}
