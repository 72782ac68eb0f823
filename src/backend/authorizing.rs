//! Sites that somebody authorizes in a browser: which are watched, and who wants to know.

use crate::backend::known::Known;
use crate::collector::Collector;
use crate::model::{Authorization, Ending, OrgName, SiteName, Standing, Target};
use crate::operations::authorize::pasted::Said;
use crate::operations::authorize::{AuthorizeError, Authorized, Authorizer, Case, Place};
use crate::store::{Audit, LeaseKey};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{Id, JoinSet};

/// One authorization to watch.
pub struct Watched {
    /// What is authorized, and what was so before.
    pub authorization: Authorization,
    /// Where it is written down.
    pub audit: Audit,
    /// Whether another process began it.
    pub resumed: bool,
    /// Between two looks.
    pub every: Duration,
    /// Who looks on.
    pub told: mpsc::UnboundedSender<(String, Standing)>,
    /// What the person with the browser says.
    pub said: mpsc::UnboundedReceiver<Said>,
}

/// How watching ended.
pub struct Answer {
    /// The ending.
    pub result: Result<Ending, AuthorizeError>,
    /// A line of the audit that could not be written when all was over.
    pub unwritten: Option<String>,
}

pub(super) struct Order {
    pub(super) watched: Watched,
    pub(super) answer: oneshot::Sender<Answer>,
}

struct Held {
    site: SiteName,
    org: OrgName,
    answer: oneshot::Sender<Answer>,
}

/// What became of one.
pub(super) struct Ended {
    pub(super) org: OrgName,
    pub(super) authorized: Authorized,
    pub(super) answer: oneshot::Sender<Answer>,
}

/// All of them.
pub(super) struct Authorizing {
    authorizer: Authorizer,
    places: BTreeMap<SiteName, Place>,
    waiting: VecDeque<Order>,
    running: JoinSet<Authorized>,
    held: HashMap<Id, Held>,
}

impl Authorizing {
    pub(super) fn new(authorizer: Authorizer, places: BTreeMap<SiteName, Place>) -> Self {
        Self { authorizer, places, waiting: VecDeque::new(), running: JoinSet::new(), held: HashMap::new() }
    }

    pub(super) fn order(&mut self, order: Order) {
        self.waiting.push_back(order);
    }

    /// Starts what has its site for itself. The org stays everybody's: it is looked at and no more.
    pub(super) fn start(&mut self, collector: &mut Collector, known: &Known, now: DateTime<Utc>) {
        for order in std::mem::take(&mut self.waiting) {
            let (name, org) = (order.watched.authorization.site.clone(), order.watched.authorization.org.clone());
            let site = Target::Site(name.clone());
            let agent = collector.site_reach(&name).map(|reach| reach.agent.clone());
            let ways = agent.zip(collector.org_ask(known.fleet(), &org, now));
            let Some(((agent, (org_reach, ask)), place)) = ways.zip(self.places.get(&name).cloned()) else {
                let why = AuthorizeError::Broken(format!("{name} or org {org} is not in the configuration"));
                // Who ordered it may have gone.
                let _ = order.answer.send(Answer { result: Err(why), unwritten: None });
                continue;
            };
            if !collector.hold(&site) {
                self.waiting.push_back(order);
                continue;
            }
            let (client, authorizer) = (org_reach.client, self.authorizer.clone());
            let Watched { authorization, audit, resumed, every, told, said } = order.watched;
            let task = self.running.spawn(async move {
                let (agent, client) = tokio::join!(agent.get(), client.get());
                let case = Case { authorization, agent, client, ask, place, audit, resumed, every, told, said };
                authorizer.watch(case).await
            });
            self.held.insert(task.id(), Held { site: name, org, answer: order.answer });
        }
    }

    /// The next that is over. Waits for ever while none is watched; loses nothing when it is dropped.
    pub(super) async fn ended(&mut self) -> Ended {
        loop {
            let (id, authorized) = match self.running.join_next_with_id().await {
                Some(Ok((id, authorized))) => (id, Ok(authorized)),
                Some(Err(error)) => (error.id(), Err(error.to_string())),
                None => return std::future::pending().await,
            };
            let Some(Held { site, org, answer }) = self.held.remove(&id) else { continue };
            let authorized = authorized.unwrap_or_else(|why| {
                // A bug of ours: the lease may have been taken.
                let leases = vec![LeaseKey::Target(Target::Site(site.clone()))];
                Authorized { leases, ..Authorized::not_begun(site, AuthorizeError::Broken(why)) }
            });
            return Ended { org, authorized, answer };
        }
    }

    /// Sites that are watched, under their leases.
    pub(super) fn held(&self) -> impl Iterator<Item = Target> {
        self.held.values().map(|held| Target::Site(held.site.clone()))
    }

    /// Ends the watching here; what is watched is kept for whoever comes next.
    pub(super) async fn stop(&mut self) {
        self.running.shutdown().await;
    }
}
