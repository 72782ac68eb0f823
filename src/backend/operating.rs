//! Operations that were ordered: which wait for a look to end, which are under way, and who wants to know.

use super::queue::Queue;
use crate::collector::{Collector, Entrance};
use crate::model::{ProveOutcome, SiteName, Target};
use crate::operations::prove::{ProveError, Proved, Prover};
use crate::protocol::OperationId;
use crate::wordpress::Agent;
use std::collections::{BTreeMap, VecDeque};
use tokio::sync::oneshot;

/// Operations under way at once.
const AT_ONCE: usize = 8;

/// The outcome of one site.
pub(super) type Outcome = (SiteName, Result<ProveOutcome, ProveError>);

/// Who ordered an operation.
enum By {
    Screen(OperationId),
    Process(oneshot::Sender<Vec<Outcome>>),
}

struct Job {
    by: By,
    left: usize,
    outcomes: Vec<Outcome>,
}

impl Job {
    fn finish(self) {
        if let By::Process(answer) = self.by {
            // Who ordered it may have gone; what was seen is kept all the same.
            let _ = answer.send(self.outcomes);
        }
    }
}

/// All operations that are not over.
pub(super) struct Operating {
    prover: Prover,
    agents: BTreeMap<SiteName, Entrance<Agent>>,
    jobs: BTreeMap<u64, Job>,
    next: u64,
    queue: Queue<(u64, SiteName), (u64, SiteName), Proved>,
    /// Sites that could not even begin.
    refused: VecDeque<(u64, Outcome)>,
}

/// What became of one site's part.
pub(super) struct Ended {
    /// The screen's operation, if it was a screen's.
    pub(super) screen: Option<OperationId>,
    pub(super) outcome: Outcome,
    /// Whether that was the last of its operation.
    pub(super) finished: bool,
}

impl Operating {
    pub(super) fn new(prover: Prover, agents: BTreeMap<SiteName, Entrance<Agent>>) -> Self {
        Self { prover, agents, jobs: BTreeMap::new(), next: 0, queue: Queue::default(), refused: VecDeque::new() }
    }

    pub(super) fn order_by_screen(&mut self, id: OperationId, sites: Vec<SiteName>) {
        self.order(By::Screen(id), sites);
    }

    pub(super) fn order_by_process(&mut self, sites: Vec<SiteName>, answer: oneshot::Sender<Vec<Outcome>>) {
        self.order(By::Process(answer), sites);
    }

    fn order(&mut self, by: By, mut sites: Vec<SiteName>) {
        sites.sort();
        sites.dedup();
        let key = self.next;
        self.next += 1;
        let job = Job { by, left: sites.len(), outcomes: Vec::new() };
        if sites.is_empty() {
            job.finish();
            return;
        }
        self.jobs.insert(key, job);
        for site in sites {
            self.queue.order((key, site));
        }
    }

    /// Starts what waits and has its site for itself.
    pub(super) fn start(&mut self, collector: &mut Collector) {
        for (key, site) in self.queue.take_waiting() {
            let Some(agent) = self.agents.get(&site) else {
                let error = ProveError::NotConfigured(site.clone());
                self.refused.push_back((key, (site, Err(error))));
                continue;
            };
            if self.queue.held().count() < AT_ONCE && collector.hold(&Target::Site(site.clone())) {
                let (prover, agent, name) = (self.prover.clone(), agent.clone(), site.clone());
                self.queue.begin((key, site), async move { prover.prove(name, agent.get().await).await });
            } else {
                self.queue.order((key, site));
            }
        }
    }

    /// The next site that was asked. Waits for ever while none is; loses nothing when it is dropped.
    pub(super) async fn proved(&mut self) -> (u64, Proved) {
        let ((key, site), proved) = self.queue.ended().await;
        // A bug of ours costs its own site alone, and nobody waits for ever.
        (key, proved.unwrap_or_else(|why| self.prover.broken(site, &why)))
    }

    /// Sites that are being asked, under their leases.
    pub(super) fn held(&self) -> impl Iterator<Item = &SiteName> {
        self.queue.held().map(|(_, site)| site)
    }

    /// A site that could not even begin, if any.
    pub(super) fn refused(&mut self) -> Option<(u64, Outcome)> {
        self.refused.pop_front()
    }

    /// Notes an outcome, and answers the process that ordered it when it was the last.
    pub(super) fn ended(&mut self, key: u64, outcome: Outcome) -> Option<Ended> {
        let job = self.jobs.get_mut(&key)?;
        job.left -= 1;
        job.outcomes.push(outcome.clone());
        let screen = match &job.by {
            By::Screen(id) => Some(*id),
            By::Process(_) => None,
        };
        let finished = job.left == 0;
        if finished && let Some(job) = self.jobs.remove(&key) {
            job.finish();
        }
        Some(Ended { screen, outcome, finished })
    }

    /// Ends what is under way.
    pub(super) async fn stop(&mut self) {
        self.queue.stop().await;
    }
}
