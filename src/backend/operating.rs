//! Operations that were ordered: which wait for a look to end, which are under way, and who wants to know.

use crate::collector::{Collector, Entrance};
use crate::model::{ProveOutcome, SiteName, Target};
use crate::operations::prove::{ProveError, Proved, Prover};
use crate::protocol::OperationId;
use crate::wordpress::Agent;
use std::collections::{BTreeMap, HashMap, VecDeque};
use tokio::sync::oneshot;
use tokio::task::{Id, JoinSet};

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
    waiting: VecDeque<(u64, SiteName)>,
    running: JoinSet<(u64, Proved)>,
    /// Sites that are being asked, by task, in case it panics.
    held: HashMap<Id, (u64, SiteName)>,
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
        Self {
            prover,
            agents,
            jobs: BTreeMap::new(),
            next: 0,
            waiting: VecDeque::new(),
            running: JoinSet::new(),
            held: HashMap::new(),
            refused: VecDeque::new(),
        }
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
        self.waiting.extend(sites.into_iter().map(|site| (key, site)));
    }

    /// Starts what waits and has its site for itself.
    pub(super) fn start(&mut self, collector: &mut Collector) {
        for (key, site) in std::mem::take(&mut self.waiting) {
            let Some(agent) = self.agents.get(&site) else {
                let error = ProveError::NotConfigured(site.clone());
                self.refused.push_back((key, (site, Err(error))));
                continue;
            };
            if self.running.len() < AT_ONCE && collector.hold(&Target::Site(site.clone())) {
                let (prover, agent, name) = (self.prover.clone(), agent.clone(), site.clone());
                let task = self.running.spawn(async move { (key, prover.prove(name, agent.get().await).await) });
                self.held.insert(task.id(), (key, site));
            } else {
                self.waiting.push_back((key, site));
            }
        }
    }

    /// The next site that was asked. Waits for ever while none is; loses nothing when it is dropped.
    pub(super) async fn proved(&mut self) -> (u64, Proved) {
        loop {
            match self.running.join_next_with_id().await {
                Some(Ok((id, proved))) => {
                    self.held.remove(&id);
                    return proved;
                }
                Some(Err(error)) => {
                    // A bug of ours costs its own site alone, and nobody waits for ever.
                    let Some((key, site)) = self.held.remove(&error.id()) else { continue };
                    return (key, self.prover.broken(site, &error.to_string()));
                }
                None => std::future::pending::<()>().await,
            }
        }
    }

    /// Sites that are being asked, under their leases.
    pub(super) fn held(&self) -> impl Iterator<Item = &SiteName> {
        self.held.values().map(|(_, site)| site)
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
        self.running.shutdown().await;
    }
}
