//! Sites that are to show their approval: which wait until they and their org are free, which are at it, and who wants to
//! know.

use super::known::Known;
use super::queue::{self, Queue};
use crate::collector::Collector;
use crate::diagnosis::{identifiable, warmable};
use crate::model::{OrgName, SiteName, Target};
use crate::operations::identify::{Case, Identified, Identifier, IdentifyError, Identity, Purpose};
use crate::store::{Audit, LeaseKey};
use chrono::{DateTime, Utc};
use tokio::sync::oneshot;

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
pub type Answer = queue::Answer<Identity, IdentifyError>;

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
    queue: Queue<Order, Held, Identified>,
}

impl Identifying {
    pub(super) fn new(identifier: Identifier) -> Self {
        Self { identifier, queue: Queue::default() }
    }

    pub(super) fn order(&mut self, order: Order) {
        self.queue.order(order);
    }

    /// Starts what has its site and its org for itself, if nothing speaks against it as it is known now.
    pub(super) fn start(&mut self, collector: &mut Collector, known: &Known, now: DateTime<Utc>) {
        for order in self.queue.take_waiting() {
            let (site, org) = (Target::Site(order.site.clone()), Target::Org(order.org.clone()));
            if !collector.hold(&site) {
                self.queue.order(order);
                continue;
            }
            if !collector.hold(&org) {
                collector.release(&site, None);
                self.queue.order(order);
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
                    Answer::refuse(order.answer, why);
                    continue;
                }
            };
            let (agent, client) = (site_reach.agent.clone(), org_reach.client);
            let (identifier, id, purpose, audit) = (self.identifier.clone(), order.id, order.purpose, order.audit);
            let held = Held { site: order.site, org: order.org, answer: order.answer };
            self.queue.begin(held, async move {
                let (agent, client) = tokio::join!(agent.get(), client.get());
                identifier.identify(Case { id, purpose, subject, agent, client, ask, audit }).await
            });
        }
    }

    /// The next that is over. Waits for ever while none is at it; loses nothing when it is dropped.
    pub(super) async fn ended(&mut self) -> Ended {
        let (Held { site, org, answer }, identified) = self.queue.ended().await;
        let identified = identified.unwrap_or_else(|why| {
            // A bug of ours: both leases may have been taken.
            let leases = [Target::Org(org.clone()), Target::Site(site.clone())].map(LeaseKey::Target);
            Identified { leases: leases.into(), ..Identified::not_begun(site, IdentifyError::Broken(why)) }
        });
        Ended { org, identified, answer }
    }

    /// Sites and orgs that are at it, under their leases.
    pub(super) fn held(&self) -> impl Iterator<Item = Target> {
        self.queue.held().flat_map(|held| [Target::Site(held.site.clone()), Target::Org(held.org.clone())])
    }

    /// Ends what is under way.
    pub(super) async fn stop(&mut self) {
        self.queue.stop().await;
    }
}
