//! Approvals that are to be revoked: which wait until their org is free, which are at it, and who wants to know.

use super::known::Known;
use super::queue::{self, Queue};
use crate::collector::Collector;
use crate::diagnosis::{Irrevocable, revocable};
use crate::model::{OrgName, Revocable, Target};
use crate::operations::revoke::{Case, Done, Revocation, RevokeError, Revoker};
use crate::store::{Audit, LeaseKey};
use chrono::{DateTime, Utc};
use tokio::sync::oneshot;

/// One approval that is to be revoked.
pub(super) struct Order {
    /// Names the operation in the audit.
    pub(super) id: String,
    /// As the operator was told and confirmed.
    pub(super) subject: Revocable,
    pub(super) audit: Audit,
    pub(super) answer: oneshot::Sender<Answer>,
}

/// What is answered.
pub type Answer = queue::Answer<Revocation, RevokeError>;

/// An org at which one is revoked.
struct Held {
    org: OrgName,
    answer: oneshot::Sender<Answer>,
}

/// What became of one.
pub(super) struct Ended {
    pub(super) org: OrgName,
    pub(super) done: Done,
    pub(super) answer: oneshot::Sender<Answer>,
}

/// All of them.
pub(super) struct Revoking {
    revoker: Revoker,
    queue: Queue<Order, Held, Done>,
}

impl Revoking {
    pub(super) fn new(revoker: Revoker) -> Self {
        Self { revoker, queue: Queue::default() }
    }

    pub(super) fn order(&mut self, order: Order) {
        self.queue.order(order);
    }

    /// Starts what has its org for itself, if what is known now still says what was confirmed.
    pub(super) fn start(&mut self, collector: &mut Collector, known: &Known, now: DateTime<Utc>) {
        for order in self.queue.take_waiting() {
            let name = order.subject.org.clone();
            let org = Target::Org(name.clone());
            if !collector.hold(&org) {
                self.queue.order(order);
                continue;
            }
            // The operator may have thought for a while, and others have looked meanwhile.
            let subject = judged_again(known, &order.subject, now);
            let way = collector.org_ask(known.fleet(), &name, now);
            let (subject, (reach, ask)) = match (subject, way) {
                (Ok(subject), Some(way)) => (subject, way),
                (refused, _) => {
                    collector.release(&org, None);
                    let why = refused
                        .err()
                        .unwrap_or_else(|| RevokeError::Broken(format!("org {name} is not in the configuration")));
                    Answer::refuse(order.answer, why);
                    continue;
                }
            };
            let (revoker, client, id, audit) = (self.revoker.clone(), reach.client, order.id, order.audit);
            self.queue.begin(Held { org: name, answer: order.answer }, async move {
                let client = client.get().await;
                revoker.revoke(Case { id, subject, client, ask, audit }).await
            });
        }
    }

    /// The next that is over. Waits for ever while none is at it; loses nothing when it is dropped.
    pub(super) async fn ended(&mut self) -> Ended {
        let (Held { org, answer }, done) = self.queue.ended().await;
        let done = done.unwrap_or_else(|why| {
            // A bug of ours: the lease may have been taken.
            let leases = vec![LeaseKey::Target(Target::Org(org.clone()))];
            Done { leases, ..Done::not_begun(RevokeError::Broken(why)) }
        });
        Ended { org, done, answer }
    }

    /// Orgs that are at it, under their leases.
    pub(super) fn held(&self) -> impl Iterator<Item = Target> {
        self.queue.held().map(|held| Target::Org(held.org.clone()))
    }

    /// Ends what is under way.
    pub(super) async fn stop(&mut self) {
        self.queue.stop().await;
    }
}

/// The same approval as it is known now; nothing more may be lost with it than what was confirmed.
fn judged_again(known: &Known, confirmed: &Revocable, now: DateTime<Utc>) -> Result<Revocable, RevokeError> {
    let id = confirmed.approval.id;
    let subject = revocable(known.fleet(), known.settings(), &confirmed.org, id, now)?;
    if subject.user != confirmed.user {
        return Err(Irrevocable::Refused(format!("approval {} is another user's now", id.short())).into());
    }
    if subject.loss != confirmed.loss && !subject.loss.is_nothing() {
        return Err(RevokeError::Moved(format!(
            "with approval {} something else is lost now than was confirmed",
            id.short()
        )));
    }
    Ok(Revocable { approval: confirmed.approval.clone(), ..subject })
}
