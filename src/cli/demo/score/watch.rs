//! Watches the simulated fleet: polls over the wire, folds, and moves the simulator's clock in between.

use crate::backend;
use crate::cli::Exit;
use crate::cli::context::Context;
use crate::cli::report::Failure;
use crate::collector::history::Asked;
use crate::config::{Config, Reach};
use crate::diagnosis;
use crate::model::org::steady_offset;
use crate::model::{
    Approval, ApprovalId, Clean, Clock, Fact, Fleet, Link, Observation, OrgLedger, OrgName, Settings, SiteName, Target,
    UserId,
};
use crate::salesforce::{Ask, Client};
use crate::secrets::{Secrets, fingerprint_key};
use crate::sim::Ready;
use crate::wordpress::{Agent, Http, Way};
use chrono::TimeDelta;
use fastrand::Rng;
use futures_util::stream::{self, StreamExt};
use reqwest::Client as Web;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Looks under way at once.
const AT_ONCE: usize = 32;

/// Of so many sites one is authorized anew between two polls, as people do.
const ONE_ANEW: usize = 4000;

/// A fleet that is watched.
pub(super) struct Watch {
    pub(super) fleet: Fleet,
    settings: Settings,
    orgs: Vec<(OrgName, Arc<Client>)>,
    sites: Vec<(SiteName, Arc<Agent>)>,
    clock: Clock,
    ahead_s: Arc<AtomicI64>,
    web: Web,
    admin: String,
    admin_token: String,
    rng: Rng,
    /// What was found for sure at any time, as it was kept.
    pub(super) found: Vec<(ApprovalId, Link)>,
}

impl Watch {
    pub(super) async fn new(
        context: &Context,
        ready: &Ready,
        config_dir: &Path,
        state_dir: &Path,
        seed: u64,
    ) -> Result<Self, Failure> {
        let config = Config::load(config_dir)?;
        let secrets = Secrets::open(&config.dir)?;
        let (ahead_s, host) = (Arc::new(AtomicI64::new(0)), context.clock.clone());
        let ahead = Arc::clone(&ahead_s);
        let clock = Clock::new(move || host.now() + TimeDelta::seconds(ahead.load(Ordering::Relaxed)));
        let failed = |what: String| Failure::new(Exit::Failed, what);
        let mut orgs = Vec::new();
        for org in &config.orgs {
            let client = backend::org_client(&config, org, &secrets, &clock).await?;
            orgs.push((org.name.clone(), client.map_err(|failure| failed(failure.to_string()))?));
        }
        let (key, http) = (fingerprint_key(state_dir)?, Http::default());
        let mut sites = Vec::new();
        for site in &config.sites {
            let Reach::Rest { user, password } = &site.reach else { continue };
            let Some(password) = secrets.at_hand(password) else { continue };
            let way = Way::Rest { user: user.clone(), password: password? };
            let timeout = config.poll.timeout;
            let agent = Agent::with_http(site.url.clone(), way, key.clone(), timeout, clock.clone(), &http);
            sites.push((site.name.clone(), Arc::new(agent.map_err(|failure| failed(failure.to_string()))?)));
        }
        Ok(Self {
            fleet: Fleet::default(),
            settings: config.settings(),
            orgs,
            sites,
            clock,
            ahead_s,
            web: Web::builder().no_proxy().build().map_err(|error| failed(error.to_string()))?,
            admin: ready.admin.clone(),
            admin_token: ready.admin_token.clone(),
            rng: Rng::with_seed(seed),
            found: Vec::new(),
        })
    }

    /// One look at every org, then at every site.
    pub(super) async fn poll(&mut self) -> Result<(), Failure> {
        let failed = |name: &dyn std::fmt::Display, why| Failure::new(Exit::Failed, format!("{name}: {why}"));
        let mut asked = Asked::default();
        for (name, client) in &self.orgs {
            let app = self.settings.orgs.get(name).map(|terms| terms.app.clone()).unwrap_or_default();
            let (users, at) = (self.users(name), self.clock.now());
            let ask = Ask { app, users, short_list: false, known: None };
            let looked = client.look(&ask).await;
            let mut looked = looked.map_err(|failure| failed(name, failure))?;
            if let Some(due) = asked.next(&self.fleet, name, TimeDelta::zero(), at) {
                let read = client.history(&due.ask(&ask.app, &ask.users, &looked.picture, at)).await;
                looked.picture.history = Some(read.map_err(|failure| failed(name, failure))?.history);
            }
            let target = Target::Org(name.clone());
            for fact in looked.picture.into_facts(self.fleet.org(name)) {
                self.fleet.apply(&Observation { target: target.clone(), at, fact });
            }
            for (approval, link) in diagnosis::new_links(&self.fleet, &self.settings, name, at) {
                self.found.push((approval, link.clone()));
                let fact = Fact::Linked { approval, link };
                self.fleet.apply(&Observation { target: target.clone(), at, fact });
            }
        }
        let clock = self.clock.clone();
        let looks = self.sites.iter().map(|(name, agent)| {
            let (name, agent, at) = (name.clone(), Arc::clone(agent), clock.now());
            async move { (name, at, agent.look().await) }
        });
        let seen: Vec<_> = stream::iter(looks).buffer_unordered(AT_ONCE).collect().await;
        for (name, at, looked) in seen {
            let looked = looked.map_err(|failure| failed(&name, failure))?;
            let target = Target::Site(name);
            let offset = steady_offset(looked.clock_offset_s);
            for fact in [Fact::Answered { clock_offset_s: offset }, Fact::Status(Box::new(looked.status))] {
                self.fleet.apply(&Observation { target: target.clone(), at, fact });
            }
        }
        Ok(())
    }

    /// Users that the sites of an org name.
    fn users(&self, org: &OrgName) -> BTreeSet<UserId> {
        let id = self.fleet.org(org).and_then(|org| org.id());
        let sites = id.into_iter().flat_map(|id| self.fleet.sites_in(id));
        sites.filter_map(|site| site.last_connection.as_ref()?.value.user.clone()).collect()
    }

    /// Moves the simulator's clock; before, now and then, somebody authorizes a site anew.
    pub(super) async fn advance(&mut self, minutes: u32) -> Result<(), Failure> {
        if self.rng.usize(..ONE_ANEW) < self.sites.len() {
            let chosen = self.rng.usize(..self.sites.len());
            self.authorize_anew(chosen).await?;
        }
        self.order("clock", &json!({ "advance": format!("{minutes}min") })).await?;
        self.ahead_s.fetch_add(i64::from(minutes) * 60, Ordering::Relaxed);
        Ok(())
    }

    async fn authorize_anew(&self, chosen: usize) -> Result<(), Failure> {
        let name = &self.sites[chosen].0;
        let connection = self.fleet.site(name).and_then(|site| site.last_connection.as_ref()).map(|seen| &seen.value);
        let user = connection.and_then(|connection| {
            let org = self.fleet.org_by_id(connection.org.as_ref()?)?;
            Some(org.users.get(connection.user.as_ref()?)?.value.username.to_string())
        });
        let Some(user) = user else { return Ok(()) };
        self.order("fault", &json!({ "kind": "authorize", "user": user, "site": name })).await.map(drop)
    }

    /// What is really so.
    pub(super) async fn truth(&self) -> Result<Value, Failure> {
        answer(self.web.get(format!("{}/truth", self.admin)).bearer_auth(&self.admin_token)).await
    }

    async fn order(&self, path: &str, order: &Value) -> Result<Value, Failure> {
        let url = format!("{}/{path}", self.admin);
        answer(self.web.post(url).bearer_auth(&self.admin_token).json(order)).await
    }

    /// Whether the line of a site says that another one holds its token.
    pub(super) fn tells_shared(&self, site: &SiteName) -> bool {
        let row = diagnosis::judge(&self.fleet, &self.settings, site, self.clock.now()).row;
        row.slot.is_some_and(|slot| slot.shared)
    }

    /// An approval that is or was listed, with its org and the name of its user.
    pub(super) fn approval(&self, id: &ApprovalId) -> Option<(OrgName, Clean, Approval)> {
        self.settings.orgs.keys().filter_map(|name| self.fleet.org(name)).find_map(|org| {
            let listed = org.approvals.values().flat_map(|rows| &rows.value);
            let known = listed.chain(org.departed.iter().map(|gone| &gone.approval)).find(|known| known.id == *id)?;
            Some((org.name.clone(), org.users.get(&known.user)?.value.username.clone(), known.clone()))
        })
    }

    /// The ledgers of all orgs now.
    pub(super) fn ledgers(&self) -> Vec<OrgLedger> {
        let now = self.clock.now();
        let ledger = |name: &OrgName| diagnosis::ledger(&self.fleet, &self.settings, name, now);
        self.settings.orgs.keys().filter_map(ledger).collect()
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Result<Value, Failure> {
    let failed = |error: reqwest::Error| Failure::new(Exit::Failed, format!("the simulator: {error}"));
    request.send().await.and_then(reqwest::Response::error_for_status).map_err(failed)?.json().await.map_err(failed)
}
