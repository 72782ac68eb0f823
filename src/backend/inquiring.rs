//! Sites that are asked on a screen's behalf before one of their settings is chosen anew: which wait until they are free, which are
//! asked, what was told. Of the class look; whoever leaves meanwhile ends the asking, with its leases given back.

use super::known::Known;
use super::own_way::OwnWay;
use super::queue::Queue;
use crate::collector::Collector;
use crate::diagnosis::{offer, picklists};
use crate::model::dry_run::{Offer, SettingKind};
use crate::model::{Clean, Clock, Failure, SegmentKind, SiteName, SiteStatus, Target};
use crate::operations::fields::{FieldsError, ObjectTypeLook, Reader, SegmentTypeLook, Ways};
use crate::protocol::OperationId;
use crate::store::StoreHandle;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// What asking needs.
pub(super) struct Means {
    pub(super) store: StoreHandle,
    pub(super) holder: Arc<str>,
    pub(super) clock: Clock,
    pub(super) timeout: Duration,
    /// Where descriptions are kept.
    pub(super) state_dir: PathBuf,
}

/// One site that is to be asked.
pub(super) struct Order {
    pub(super) id: OperationId,
    pub(super) site: SiteName,
    pub(super) what: What,
}

/// What for.
#[derive(Clone)]
pub(super) enum What {
    /// What can be chosen.
    Offer(SettingKind),
    /// What another object would do.
    ObjectType(Clean),
    /// What another kind of segments would do, in this field.
    SegmentType(SegmentKind, Option<Clean>),
}

/// What was told.
pub(super) enum Answer {
    Offer(Result<Offer, String>),
    ObjectType(Result<Box<ObjectTypeLook>, String>),
    SegmentType(Result<Box<SegmentTypeLook>, String>),
}

/// What the machine hears.
pub(super) enum Heard {
    /// What is asked now.
    Asks(OperationId, Clean),
    /// It is over; without an answer it was left.
    Over { id: OperationId, site: SiteName, answer: Option<Answer> },
}

struct Held {
    id: OperationId,
    site: SiteName,
    left: CancellationToken,
}

/// All of them.
pub(super) struct Inquiring {
    means: Means,
    /// Without an answer it was left.
    queue: Queue<Order, Held, Option<Answer>>,
    tell: mpsc::UnboundedSender<(OperationId, Clean)>,
    told: mpsc::UnboundedReceiver<(OperationId, Clean)>,
}

impl Inquiring {
    pub(super) fn new(means: Means) -> Self {
        let (tell, told) = mpsc::unbounded_channel();
        Self { means, queue: Queue::default(), tell, told }
    }

    pub(super) fn order(&mut self, order: Order) {
        self.say(order.id, &format!("its turn at {}", order.site));
        self.queue.order(order);
    }

    fn say(&self, id: OperationId, what: &str) {
        // This holds the other end.
        let _ = self.tell.send((id, what.into()));
    }

    /// Asks nothing more for one that was left.
    pub(super) fn leave(&mut self, id: OperationId) {
        for order in self.queue.take_waiting().into_iter().filter(|order| order.id != id) {
            self.queue.order(order);
        }
        self.queue.held().filter(|held| held.id == id).for_each(|held| held.left.cancel());
    }

    /// Starts what has its site for itself.
    pub(super) fn start(&mut self, collector: &mut Collector, known: &Known) {
        for order in self.queue.take_waiting() {
            let Some(reach) = collector.site_reach(&order.site) else { continue };
            let agent = reach.agent.clone();
            if !collector.hold(&Target::Site(order.site.clone())) {
                self.queue.order(order);
                continue;
            }
            let Order { id, site, what } = order;
            let org = known.org_of(&site);
            let own = OwnWay::to(org.as_ref(), collector);
            let status = known.fleet().site(&site).and_then(|site| Some(site.status.as_ref()?.value.clone()));
            let reader = self.reader(id, &site, status.as_ref());
            let (left, tell) = (CancellationToken::new(), self.tell.clone());
            let gone = left.clone();
            self.queue.begin(Held { id, site, left }, async move {
                // Whoever left hears nothing any more, and nor does this one.
                let tell = |what: &str| drop(tell.send((id, what.into())));
                let ask = async {
                    let own = own.get("no org is known to be this site's").await;
                    ask(&reader, &Ways { agent: agent.get().await, own }, status.as_ref(), &what, tell).await
                };
                tokio::select! {
                    answer = ask => Some(answer),
                    () = gone.cancelled() => {
                        reader.release(org).await;
                        None
                    }
                }
            });
        }
    }

    /// A holder of its own: what asks gives its lease back, and may not give back one that an operation took.
    fn reader(&self, id: OperationId, site: &SiteName, status: Option<&SiteStatus>) -> Reader {
        let Means { store, holder, clock, timeout, state_dir } = &self.means;
        Reader {
            store: store.clone(),
            holder: format!("{holder}/{}", id.0).into(),
            clock: clock.clone(),
            timeout: *timeout,
            state_dir: state_dir.clone(),
            site: site.clone(),
            object: None,
            last_object: status.and_then(|status| status.object_type.as_ref()).map(ToString::to_string),
        }
    }

    /// What is heard next. Waits for ever while nobody is asked; loses nothing when it is dropped.
    pub(super) async fn heard(&mut self) -> Heard {
        tokio::select! {
            biased;
            Some((id, what)) = self.told.recv() => Heard::Asks(id, what),
            // A bug of ours: the screen is told nothing, and may leave.
            (Held { id, site, .. }, answer) = self.queue.ended() => Heard::Over { id, site, answer: answer.ok().flatten() },
        }
    }

    /// Ends the asking, with all leases given back.
    pub(super) async fn stop(&mut self) {
        self.queue.take_waiting();
        self.queue.held().for_each(|held| held.left.cancel());
        while self.queue.held().next().is_some() {
            // Nobody hears it any more.
            let _ = self.queue.ended().await;
        }
    }
}

async fn ask(
    reader: &Reader,
    ways: &Ways,
    status: Option<&SiteStatus>,
    what: &What,
    tell: impl Fn(&str) + Send + Sync,
) -> Answer {
    let text = |error: FieldsError| error.to_string();
    match what {
        What::Offer(setting) => Answer::Offer(offered(reader, ways, *setting, tell).await),
        What::ObjectType(object) => {
            let told = reader.object_type(object.as_str(), ways, status, tell).await;
            Answer::ObjectType(told.map(Box::new).map_err(text))
        }
        What::SegmentType(kind, field) => {
            let told = reader.segment_type(*kind, field.as_ref(), ways, status, tell).await;
            let told = told.map_err(text).and_then(|told| told.map_err(|why| untold(&reader.site, &why)));
            Answer::SegmentType(told.map(Box::new))
        }
    }
}

fn untold(site: &SiteName, why: &Failure) -> String {
    format!("{site} does not tell its settings: {why}")
}

async fn offered(
    reader: &Reader,
    ways: &Ways,
    setting: SettingKind,
    tell: impl Fn(&str) + Send + Sync,
) -> Result<Offer, String> {
    let text = |error: FieldsError| error.to_string();
    let site = &reader.site;
    tell(&format!("what {site} offers"));
    let told = reader.choices(ways.agent.clone()).await.map_err(text)?.map_err(|why| untold(site, &why))?;
    if setting != SettingKind::Picklist {
        return Ok(offer(site, setting, &told));
    }
    tell(&format!("what its object is made of, as {site} sees it"));
    let read = reader.read(ways.agent.clone(), ways.own.clone()).await.map_err(text)?;
    Ok(picklists(&read.fields.description, &told))
}
