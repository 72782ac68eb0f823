//! Sites that are to be changed: which wait until they are free and there is a place, which are at it, and who wants to know.

use super::known::Known;
use crate::collector::Collector;
use crate::diagnosis::refreshable;
use crate::model::{OrgName, Permits, SiteName, Target};
use crate::operations::change::{AT_ONCE, Case, Change, ChangeError, Changed, Changer, Done};
use crate::store::{Audit, LeaseKey};
use chrono::{DateTime, Utc};
use std::collections::{HashMap, VecDeque};
use tokio::sync::oneshot;
use tokio::task::{Id, JoinSet};

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
pub struct Answer {
    /// How it ended.
    pub result: Result<Changed, ChangeError>,
    /// A line of the audit that could not be written when all was over.
    pub unwritten: Option<String>,
}

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
    waiting: VecDeque<Order>,
    running: JoinSet<Done>,
    held: HashMap<Id, Held>,
}

impl Changing {
    pub(super) fn new(changer: Changer) -> Self {
        Self { changer, waiting: VecDeque::new(), running: JoinSet::new(), held: HashMap::new() }
    }

    pub(super) fn order(&mut self, order: Order) {
        self.waiting.push_back(order);
    }

    /// Starts what has its site for itself and a place, in the order in which it was asked for.
    pub(super) fn start(&mut self, collector: &mut Collector, known: &Known, permits: &Permits, now: DateTime<Utc>) {
        for order in std::mem::take(&mut self.waiting) {
            let Some(reach) = collector.site_reach(&order.site) else {
                let why = ChangeError::Broken(format!("{} is not in the configuration", order.site));
                // Who ordered it may have gone.
                let _ = order.answer.send(Answer { result: Err(why), unwritten: None });
                continue;
            };
            let (agent, lane) = (reach.agent.clone(), reach.lane.clone());
            let in_lane = self.held.values().filter(|held| lane.is_some() && held.lane == lane).count();
            let room = self.held.len() < AT_ONCE && in_lane < IN_A_LANE;
            if !room || !collector.hold(&Target::Site(order.site.clone())) {
                self.waiting.push_back(order);
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
            let task = self.running.spawn(async move {
                let agent = agent.get().await;
                changer.change(Case { id, site, org, user, change, refresh, refused, agent, audit }).await
            });
            self.held.insert(task.id(), Held { site: order.site, org: held_org, lane, answer: order.answer });
        }
    }

    /// The next that is over. Waits for ever while none is at it; loses nothing when it is dropped.
    pub(super) async fn ended(&mut self) -> Ended {
        loop {
            let (id, done) = match self.running.join_next_with_id().await {
                Some(Ok((id, done))) => (id, Ok(done)),
                Some(Err(error)) => (error.id(), Err(error.to_string())),
                None => return std::future::pending().await,
            };
            let Some(Held { site, org, answer, .. }) = self.held.remove(&id) else { continue };
            let done = done.unwrap_or_else(|why| {
                // A bug of ours: the lease may have been taken.
                let leases = vec![LeaseKey::Target(Target::Site(site.clone()))];
                Done { leases, ..Done::not_begun(site, ChangeError::Broken(why)) }
            });
            return Ended { org, done, answer };
        }
    }

    /// Sites that are at it, under their leases.
    pub(super) fn held(&self) -> impl Iterator<Item = Target> {
        self.held.values().map(|held| Target::Site(held.site.clone()))
    }

    /// Ends what is under way.
    pub(super) async fn stop(&mut self) {
        self.running.shutdown().await;
    }
}
