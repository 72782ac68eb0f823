//! The hook: a program of the operator's that is told how sites' health changes. What waits lies in the store; here are
//! the few runs under way, and how the hook fares. Starts programs, and never waits for one.

mod document;
mod program;
mod queue;

use crate::config::Config;
use crate::model::{Change, SiteName};
use crate::store::{Telling, Untold};
use chrono::{DateTime, Utc};
use program::Program;
use queue::{Next, Queue};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{Id, JoinSet};

/// Runs under way at once, one for a site.
const AT_ONCE: usize = 4;

/// How long the runs under way may take after this process was told to end.
const GRACE: Duration = Duration::from_secs(2);

/// A run that is over.
pub(super) struct Ended {
    pub(super) number: i64,
    change: Change,
    tries: u32,
    result: Result<(), String>,
}

/// What is to be done after a run.
pub(super) struct Upshot {
    /// When it is to be tried again; none when the change is over.
    pub(super) retry_at: Option<DateTime<Utc>>,
    /// What the operator should read.
    pub(super) notices: Vec<String>,
}

/// The hook of one fleet.
pub(super) struct Hook {
    program: Program,
    fleet: String,
    queue: Queue,
    running: JoinSet<Result<(), String>>,
    /// What each task tells.
    runs: HashMap<Id, (i64, Change, u32)>,
    /// Whether the store may have changes that are not in the queue.
    pub(super) asks: bool,
}

impl Hook {
    /// That of a configuration, if it has one.
    pub(super) fn of(config: &Config) -> Option<Self> {
        let hook = config.hook.clone()?;
        let withheld = config.secret_variables().names().to_vec().into();
        Some(Self {
            program: Program { config: Arc::new(hook), withheld },
            fleet: config.fleet.name.clone(),
            queue: Queue::default(),
            running: JoinSet::new(),
            runs: HashMap::new(),
            asks: true,
        })
    }

    /// Takes what the store has to tell, but for what is being told.
    pub(super) fn load(&mut self, untold: Vec<Untold>) {
        let runs: Vec<i64> = self.runs.values().map(|(number, ..)| *number).collect();
        self.queue.load(untold.into_iter().filter(|untold| !runs.contains(&untold.number)));
        self.asks = false;
    }

    /// Takes the next change of a site, when the one before is over.
    pub(super) fn push(&mut self, untold: Untold) {
        self.queue.push(untold);
    }

    /// Whether nothing is being told.
    pub(super) fn is_idle(&self) -> bool {
        self.running.is_empty()
    }

    /// Whether the hook wants to know of a change.
    pub(super) fn is_for(&self, change: &Change) -> bool {
        change.concerns(&self.program.config.on)
    }

    /// Takes out the next change that may be told now and has a place.
    pub(super) fn next(
        &mut self,
        now: DateTime<Utc>,
        is_settled: impl Fn(&SiteName, DateTime<Utc>) -> bool,
    ) -> Option<Untold> {
        if self.running.len() >= AT_ONCE { None } else { self.queue.next(now, is_settled) }
    }

    /// When [`Hook::next`] is to be asked if nothing happens before.
    pub(super) fn wake_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if self.running.len() >= AT_ONCE { None } else { self.queue.wake_at(now) }
    }

    /// Runs the program.
    pub(super) fn start(&mut self, number: i64, telling: &Telling, change: Change) {
        let (program, document) = (self.program.clone(), document::document(&telling.id, &self.fleet, &change));
        let task = self.running.spawn(async move { program.run(document?).await });
        self.runs.insert(task.id(), (number, change, telling.tries));
    }

    /// The next run that is over. Waits for ever while none is under way; loses nothing when it is dropped.
    pub(super) async fn ended(&mut self) -> Ended {
        loop {
            let (id, result) = match self.running.join_next_with_id().await {
                Some(Ok((id, result))) => (id, result),
                // A bug of ours costs its own change a try.
                Some(Err(error)) => (error.id(), Err(format!("the run itself failed: {error}"))),
                None => std::future::pending().await,
            };
            if let Some((number, change, tries)) = self.runs.remove(&id) {
                return Ended { number, change, tries, result };
            }
        }
    }

    /// The next run that is over before the time that is left to them.
    pub(super) async fn ended_in_time(&mut self, stopped: tokio::time::Instant) -> Option<Ended> {
        if self.is_idle() {
            return None;
        }
        tokio::time::timeout_at(stopped + GRACE, self.ended()).await.ok()
    }

    /// Kills what is under way. It is told again by whoever polls next.
    pub(super) async fn stop(&mut self) {
        self.running.shutdown().await;
        self.runs.clear();
    }

    /// What follows from a run. That the hook fails is told once until it works again.
    pub(super) fn take(&mut self, ended: &Ended, now: DateTime<Utc>) -> Upshot {
        let Ended { change, tries, result, .. } = ended;
        let mut notices = Vec::new();
        let Err(why) = result else {
            if self.queue.succeeded() {
                notices.push("the hook works again".to_owned());
            }
            return Upshot { retry_at: None, notices };
        };
        let failed_before = self.queue.is_failing();
        let next = self.queue.failed(*tries, now);
        if !failed_before {
            notices.push(format!("the hook failed, and is tried again: {why}"));
        }
        let retry_at = match next {
            Next::Retry(at) => Some(at),
            Next::GiveUp => {
                let (site, to) = (&change.site, change.to.health);
                notices.push(format!("the hook could not be told that {site} is {to}, after {tries} tries: {why}"));
                None
            }
        };
        Upshot { retry_at, notices }
    }

    /// Puts a change back that is tried again.
    pub(super) fn put_back(&mut self, ended: Ended, retry_at: DateTime<Utc>) {
        let Change { site, at, .. } = ended.change;
        self.queue.push(Untold { number: ended.number, site, at, begun: true, retry_at: Some(retry_at) });
    }
}
