//! Sites that are asked for their fields: which wait until they are free and there is a place, and which are at it.

use super::known::Known;
use super::own_way::OwnWay;
use super::queue::Queue;
use crate::collector::Collector;
use crate::model::{Clock, FieldsRead, OrgName, SiteName, Target};
use crate::operations::fields::{FieldsError, Reader};
use crate::store::StoreHandle;
use std::collections::{BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Sites that are asked at once.
const AT_ONCE: usize = 8;

/// What is to be done where fusebox has no way of its own.
const UNKNOWN_ORG: &str = "no org of the configuration is known to be this site's; a poll finds it";

/// All of them.
pub(super) struct Describing {
    store: StoreHandle,
    /// Who this process is in leases.
    holder: Arc<str>,
    clock: Clock,
    timeout: Duration,
    state_dir: PathBuf,
    queue: Queue<SiteName, (SiteName, Option<OrgName>), Result<FieldsRead, FieldsError>>,
    /// Sites that wait or are at it.
    asked: BTreeSet<SiteName>,
    /// Sites that could not even begin.
    refused: VecDeque<SiteName>,
}

/// What became of one.
pub(super) struct Ended {
    pub(super) site: SiteName,
    /// Whether it was taken out of the looks.
    pub(super) held: bool,
    pub(super) read: Result<FieldsRead, FieldsError>,
}

impl Describing {
    pub(super) fn new(
        store: &StoreHandle,
        holder: &Arc<str>,
        clock: &Clock,
        timeout: Duration,
        state_dir: PathBuf,
    ) -> Self {
        Self {
            store: store.clone(),
            holder: Arc::clone(holder),
            clock: clock.clone(),
            timeout,
            state_dir,
            queue: Queue::default(),
            asked: BTreeSet::new(),
            refused: VecDeque::new(),
        }
    }

    /// Where what is told is kept.
    pub(super) fn state_dir(&self) -> &Path {
        &self.state_dir
    }

    /// Has a site asked; one that waits or is at it already answers once.
    pub(super) fn order(&mut self, site: SiteName) {
        if self.asked.insert(site.clone()) {
            self.queue.order(site);
        }
    }

    /// Starts what has its site for itself and a place, in the order in which it was asked for.
    pub(super) fn start(&mut self, collector: &mut Collector, known: &Known) {
        for site in self.queue.take_waiting() {
            let Some(agent) = collector.site_reach(&site).map(|reach| reach.agent.clone()) else {
                self.refused.push_back(site);
                continue;
            };
            if self.queue.held().count() >= AT_ONCE || !collector.hold(&Target::Site(site.clone())) {
                self.queue.order(site);
                continue;
            }
            let org = known.org_of(&site);
            let own = OwnWay::to(org.as_ref(), collector);
            let reader = self.reader(site.clone(), known.object_of(&site));
            let work = async move { reader.read(agent.get().await, own.get(UNKNOWN_ORG).await).await };
            self.queue.begin((site, org), work);
        }
    }

    fn reader(&self, site: SiteName, last_object: Option<String>) -> Reader {
        Reader {
            store: self.store.clone(),
            // Another for each site: two of one org may both ask it, and what one gives back the other still needs.
            holder: format!("{}/fields/{site}", self.holder).into(),
            clock: self.clock.clone(),
            timeout: self.timeout,
            state_dir: self.state_dir.clone(),
            site,
            object: None,
            last_object,
        }
    }

    /// The next that is over. Waits for ever while none is at it; loses nothing when it is dropped.
    pub(super) async fn ended(&mut self) -> Ended {
        if let Some(site) = self.refused.pop_front() {
            self.asked.remove(&site);
            let read = Err(FieldsError::Broken(site.clone(), "the configuration does not name it".to_owned()));
            return Ended { site, held: false, read };
        }
        let ((site, _), read) = self.queue.ended().await;
        self.asked.remove(&site);
        // A bug of ours costs its own site alone.
        let read = read.unwrap_or_else(|why| Err(FieldsError::Broken(site.clone(), why)));
        Ended { site, held: true, read }
    }

    /// Ends what is under way and gives its leases back.
    pub(super) async fn stop(&mut self) {
        self.queue.stop().await;
        for (site, org) in self.queue.held() {
            self.reader(site.clone(), None).release(org.clone()).await;
        }
    }
}
