//! Sites that are to be changed: which wait until they are free and there is a place, which are at it, and who wants to know.

use super::known::Known;
use super::queue::{self, Queue};
use crate::collector::Collector;
use crate::diagnosis::refreshable;
use crate::model::{OrgName, Permits, SiteName, Target};
use crate::operations::change::{AT_ONCE, Case, Change, ChangeError, Changed, Changer, Done};
use crate::store::{Audit, LeaseKey};
use chrono::{DateTime, Utc};
use tokio::sync::oneshot;

/// Sites on one machine that are reached over ssh and changed at once: what its sshd and its processors bear beside their own work.
const IN_A_LANE: usize = 2;

/// One site that is to be changed.
pub(super) struct Order {
    /// Names the operation in the audit.
    pub(super) id: String,
    pub(super) site: SiteName,
    pub(super) change: Change,
    pub(super) audit: Audit,
    pub(super) answer: oneshot::Sender<Answer>,
}

/// What is answered.
pub type Answer = queue::Answer<Changed, ChangeError>;

struct Held {
    site: SiteName,
    org: Option<OrgName>,
    lane: Option<String>,
    answer: oneshot::Sender<Answer>,
}

/// What became of one.
pub(super) struct Ended {
    pub(super) org: Option<OrgName>,
    pub(super) done: Done,
    pub(super) answer: oneshot::Sender<Answer>,
}

/// All of them.
pub(super) struct Changing {
    changer: Changer,
    queue: Queue<Order, Held, Done>,
}

impl Changing {
    pub(super) fn new(changer: Changer) -> Self {
        Self { changer, queue: Queue::default() }
    }

    pub(super) fn order(&mut self, order: Order) {
        self.queue.order(order);
    }

    /// Starts what has its site for itself and a place, in the order in which it was asked for.
    pub(super) fn start(&mut self, collector: &mut Collector, known: &Known, permits: &Permits, now: DateTime<Utc>) {
        for order in self.queue.take_waiting() {
            let Some(reach) = collector.site_reach(&order.site) else {
                let why = ChangeError::Broken(format!("{} is not in the configuration", order.site));
                Answer::refuse(order.answer, why);
                continue;
            };
            let (agent, lane) = (reach.agent.clone(), reach.lane.clone());
            let in_lane = self.queue.held().filter(|held| lane.is_some() && held.lane == lane).count();
            let room = self.queue.held().count() < AT_ONCE && in_lane < IN_A_LANE;
            if !room || !collector.hold(&Target::Site(order.site.clone())) {
                self.queue.order(order);
                continue;
            }
            let org = known.org_of(&order.site);
            let refused = known.refusal(permits, &order.site);
            // Judged when the site is free: others may have looked meanwhile.
            let refresh = refreshable(known.fleet(), known.settings(), &order.site, now);
            let connection = known.fleet().site(&order.site).and_then(|site| site.last_connection.as_ref());
            let user = connection.and_then(|seen| seen.value.user.clone());
            let (changer, site, held_org) = (self.changer.clone(), order.site.clone(), org.clone());
            let (id, change, audit) = (order.id, order.change, order.audit);
            let held = Held { site: order.site, org: held_org, lane, answer: order.answer };
            self.queue.begin(held, async move {
                let agent = agent.get().await;
                changer.change(Case { id, site, org, user, change, refresh, refused, agent, audit }).await
            });
        }
    }

    /// The next that is over. Waits for ever while none is at it; loses nothing when it is dropped.
    pub(super) async fn ended(&mut self) -> Ended {
        let (Held { site, org, answer, .. }, done) = self.queue.ended().await;
        let done = done.unwrap_or_else(|why| {
            // A bug of ours: the lease may have been taken.
            let leases = vec![LeaseKey::Target(Target::Site(site.clone()))];
            Done { leases, ..Done::not_begun(site, ChangeError::Broken(why)) }
        });
        Ended { org, done, answer }
    }

    /// Sites that are at it, under their leases.
    pub(super) fn held(&self) -> impl Iterator<Item = Target> {
        self.queue.held().map(|held| Target::Site(held.site.clone()))
    }

    /// Ends what is under way.
    pub(super) async fn stop(&mut self) {
        self.queue.stop().await;
    }
}
