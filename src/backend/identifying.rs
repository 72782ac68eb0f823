//! Sites that are to show their approval: which wait until they and their org are free, which are at it, and who wants to
//! know.

use super::known::Known;
use crate::collector::Collector;
use crate::diagnosis::{identifiable, warmable};
use crate::model::{OrgName, SiteName, Target};
use crate::operations::identify::{Case, Identified, Identifier, IdentifyError, Identity, Purpose};
use crate::store::{Audit, LeaseKey};
use chrono::{DateTime, Utc};
use std::collections::{HashMap, VecDeque};
use tokio::sync::oneshot;
use tokio::task::{Id, JoinSet};

/// One site that is to show its approval.
pub(super) struct Order {
    /// Names the operation in the audit.
    pub(super) id: String,
    pub(super) purpose: Purpose,
    pub(super) site: SiteName,
    /// The org that the operator was told.
    pub(super) org: OrgName,
    pub(super) audit: Audit,
    pub(super) answer: oneshot::Sender<Answer>,
}

/// What is answered.
pub struct Answer {
    /// How it ended.
    pub result: Result<Identity, IdentifyError>,
    /// A line of the audit that could not be written when all was over.
    pub unwritten: Option<String>,
}

/// A site that is at it.
struct Held {
    site: SiteName,
    org: OrgName,
    answer: oneshot::Sender<Answer>,
}

/// What became of one.
pub(super) struct Ended {
    pub(super) org: OrgName,
    pub(super) identified: Identified,
    pub(super) answer: oneshot::Sender<Answer>,
}

/// All of them.
pub(super) struct Identifying {
    identifier: Identifier,
    waiting: VecDeque<Order>,
    running: JoinSet<Identified>,
    held: HashMap<Id, Held>,
}

impl Identifying {
    pub(super) fn new(identifier: Identifier) -> Self {
        Self { identifier, waiting: VecDeque::new(), running: JoinSet::new(), held: HashMap::new() }
    }

    pub(super) fn order(&mut self, order: Order) {
        self.waiting.push_back(order);
    }

    /// Starts what has its site and its org for itself, if nothing speaks against it as it is known now.
    pub(super) fn start(&mut self, collector: &mut Collector, known: &Known, now: DateTime<Utc>) {
        for order in std::mem::take(&mut self.waiting) {
            let (site, org) = (Target::Site(order.site.clone()), Target::Org(order.org.clone()));
            if !collector.hold(&site) {
                self.waiting.push_back(order);
                continue;
            }
            if !collector.hold(&org) {
                collector.release(&site, None);
                self.waiting.push_back(order);
                continue;
            }
            // The operator may have thought for a while, and others have looked meanwhile.
            let judge = match order.purpose {
                Purpose::Identify => identifiable,
                Purpose::KeepWarm => warmable,
            };
            let subject = judge(known.fleet(), known.settings(), &order.site, now);
            let subject = subject.map_err(IdentifyError::from).and_then(|subject| {
                let same = subject.org == order.org;
                same.then_some(subject)
                    .ok_or_else(|| IdentifyError::Broken(format!("{} is in another org than a moment ago", order.site)))
            });
            let ways = collector.site_reach(&order.site).zip(collector.org_ask(known.fleet(), &order.org, now));
            let (subject, (site_reach, (org_reach, ask))) = match (subject, ways) {
                (Ok(subject), Some(ways)) => (subject, ways),
                (refused, _) => {
                    collector.release(&site, None);
                    collector.release(&org, None);
                    let why = refused.err().unwrap_or_else(|| {
                        IdentifyError::Broken(format!("{} is not in the configuration", order.site))
                    });
                    // Who ordered it may have gone.
                    let _ = order.answer.send(Answer { result: Err(why), unwritten: None });
                    continue;
                }
            };
            let (agent, client) = (site_reach.agent.clone(), org_reach.client);
            let (identifier, id, purpose, audit) = (self.identifier.clone(), order.id, order.purpose, order.audit);
            let task = self.running.spawn(async move {
                let (agent, client) = tokio::join!(agent.get(), client.get());
                identifier.identify(Case { id, purpose, subject, agent, client, ask, audit }).await
            });
            self.held.insert(task.id(), Held { site: order.site, org: order.org, answer: order.answer });
        }
    }

    /// The next that is over. Waits for ever while none is at it; loses nothing when it is dropped.
    pub(super) async fn ended(&mut self) -> Ended {
        loop {
            let (id, identified) = match self.running.join_next_with_id().await {
                Some(Ok((id, identified))) => (id, Ok(identified)),
                Some(Err(error)) => (error.id(), Err(error.to_string())),
                None => return std::future::pending().await,
            };
            let Some(Held { site, org, answer }) = self.held.remove(&id) else { continue };
            let identified = identified.unwrap_or_else(|why| {
                // A bug of ours: both leases may have been taken.
                let leases = [Target::Org(org.clone()), Target::Site(site.clone())].map(LeaseKey::Target);
                Identified { leases: leases.into(), ..Identified::not_begun(site, IdentifyError::Broken(why)) }
            });
            return Ended { org, identified, answer };
        }
    }

    /// Sites and orgs that are at it, under their leases.
    pub(super) fn held(&self) -> impl Iterator<Item = Target> {
        self.held.values().flat_map(|held| [Target::Site(held.site.clone()), Target::Org(held.org.clone())])
    }

    /// Ends what is under way.
    pub(super) async fn stop(&mut self) {
        self.running.shutdown().await;
    }
}
