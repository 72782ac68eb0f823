//! Sites that somebody authorizes in a browser: which are watched, and who wants to know.

use super::known::Known;
use super::queue::{self, Queue};
use crate::collector::Collector;
use crate::model::{Authorization, Ending, OrgName, SiteName, Standing, Target};
use crate::operations::authorize::pasted::Said;
use crate::operations::authorize::{AuthorizeError, Authorized, Authorizer, Case, Place};
use crate::store::{Audit, LeaseKey};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

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
pub type Answer = queue::Answer<Ending, AuthorizeError>;

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
    queue: Queue<Order, Held, Authorized>,
}

impl Authorizing {
    pub(super) fn new(authorizer: Authorizer, places: BTreeMap<SiteName, Place>) -> Self {
        Self { authorizer, places, queue: Queue::default() }
    }

    pub(super) fn order(&mut self, order: Order) {
        self.queue.order(order);
    }

    /// Starts what has its site for itself. The org stays everybody's: it is looked at and no more.
    pub(super) fn start(&mut self, collector: &mut Collector, known: &Known, now: DateTime<Utc>) {
        for order in self.queue.take_waiting() {
            let (name, org) = (order.watched.authorization.site.clone(), order.watched.authorization.org.clone());
            let site = Target::Site(name.clone());
            let agent = collector.site_reach(&name).map(|reach| reach.agent.clone());
            let ways = agent.zip(collector.org_ask(known.fleet(), &org, now));
            let Some(((agent, (org_reach, ask)), place)) = ways.zip(self.places.get(&name).cloned()) else {
                let why = AuthorizeError::Broken(format!("{name} or org {org} is not in the configuration"));
                Answer::refuse(order.answer, why);
                continue;
            };
            if !collector.hold(&site) {
                self.queue.order(order);
                continue;
            }
            let (client, authorizer) = (org_reach.client, self.authorizer.clone());
            let Watched { authorization, audit, resumed, every, told, said } = order.watched;
            self.queue.begin(Held { site: name, org, answer: order.answer }, async move {
                let (agent, client) = tokio::join!(agent.get(), client.get());
                let case = Case { authorization, agent, client, ask, place, audit, resumed, every, told, said };
                authorizer.watch(case).await
            });
        }
    }

    /// The next that is over. Waits for ever while none is watched; loses nothing when it is dropped.
    pub(super) async fn ended(&mut self) -> Ended {
        let (Held { site, org, answer }, authorized) = self.queue.ended().await;
        let authorized = authorized.unwrap_or_else(|why| {
            // A bug of ours: the lease may have been taken.
            let leases = vec![LeaseKey::Target(Target::Site(site.clone()))];
            Authorized { leases, ..Authorized::not_begun(site, AuthorizeError::Broken(why)) }
        });
        Ended { org, authorized, answer }
    }

    /// Sites that are watched, under their leases.
    pub(super) fn held(&self) -> impl Iterator<Item = Target> {
        self.queue.held().map(|held| Target::Site(held.site.clone()))
    }

    /// Ends the watching here; what is watched is kept for whoever comes next.
    pub(super) async fn stop(&mut self) {
        self.queue.stop().await;
    }
}
