//! What this console had done, the newest first: each order that left it, and how it ended. Kept for this run alone; what was
//! spent or written stands in the audit.

use crate::model::{ActionClass, Clean, ProveOutcome, SiteName, Target};
use crate::protocol::shell::Deed;
use crate::protocol::{Command, Event, OperationId};
use chrono::{DateTime, Utc};
use std::collections::VecDeque;

/// How many are remembered.
const KEPT: usize = 500;

/// What was done, the newest first.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// The lines.
    pub lines: VecDeque<LogLine>,
    /// Older ones that were forgotten.
    pub forgotten: usize,
    /// The line that is selected.
    pub cursor: usize,
    /// The first line that is visible.
    pub offset: usize,
}

/// One thing that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// When it was asked for.
    pub at: DateTime<Utc>,
    /// What it may have cost.
    pub class: ActionClass,
    /// What it was, and the command that does the same.
    pub deed: Deed,
    /// Parts of it that are done, and that are not.
    pub parts: [usize; 2],
    /// How it ended.
    pub end: LogEnd,
    /// What it was asked of, for what ends when that answers.
    wait: Wait,
}

/// How something ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogEnd {
    /// It did not yet, or nobody tells.
    Open,
    /// Well, or with nothing to tell.
    Good(Clean),
    /// Not well.
    Bad(Clean),
}

/// By what its end is known beside its operation's id.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Wait {
    Nothing,
    /// By the look at these being over.
    Looks(Vec<Target>),
    /// By what this site tells of its fields.
    Fields(SiteName),
}

impl Log {
    /// Notes an order that leaves. The line that is selected stays selected, unless it is the newest.
    pub fn note(&mut self, command: &Command, at: DateTime<Utc>) {
        let Some(deed) = command.deed() else { return };
        let (wait, end) = match command {
            Command::Look(targets) => (Wait::Looks(targets.clone()), LogEnd::Open),
            Command::ReadFields(site) => (Wait::Fields(site.clone()), LogEnd::Open),
            _ if deed.id.is_some() => (Wait::Nothing, LogEnd::Open),
            _ => (Wait::Nothing, LogEnd::Good("done".into())),
        };
        self.lines.push_front(LogLine { at, class: command.class(), deed, parts: [0, 0], end, wait });
        if self.cursor > 0 {
            self.cursor += 1;
        }
        if self.lines.len() > KEPT {
            self.lines.truncate(KEPT);
            self.forgotten += 1;
            self.cursor = self.cursor.min(KEPT - 1);
        }
    }

    /// An order that did not leave.
    pub fn unsent(&mut self, command: &Command) {
        let Some(deed) = command.deed() else { return };
        // The newest: what left and is told nothing of stands as done.
        if let Some(line) = self.lines.iter_mut().find(|line| line.deed == deed) {
            line.end = LogEnd::Bad("not done: the collector was busy or gone".into());
        }
    }

    /// Takes what the machinery reports.
    pub fn hear(&mut self, event: &Event) {
        match event {
            Event::Proved { id, outcome, .. } => {
                let told = match outcome {
                    Ok(ProveOutcome::Good) => Ok("proved".into()),
                    Ok(ProveOutcome::Withheld) => Ok("session over, no refresh spent".into()),
                    Ok(ProveOutcome::Refused { text }) => Err(Clean::new(format!("refused: {text}"))),
                    Ok(ProveOutcome::Failed { text }) => Err(text.clone()),
                    Err(why) => Err(Clean::new(why)),
                };
                self.part(*id, told);
            }
            Event::Refreshed(id, _, told) => {
                let words = if told.result.as_str().is_empty() { "done".into() } else { told.result.clone() };
                self.part(*id, if told.good { Ok(words) } else { Err(words) });
            }
            Event::Finished(id) => {
                if let Some(line) = self.open(*id) {
                    let [done, not] = line.parts;
                    line.end = match (done, not) {
                        // Its end says why.
                        (0, 0) => return,
                        (done, 0) => LogEnd::Good(format!("{done} done").into()),
                        (done, not) => LogEnd::Bad(format!("{done} done, {not} not").into()),
                    };
                }
            }
            Event::Ended { id, good, told } => {
                if let Some(line) = self.open(*id) {
                    line.end = if *good { LogEnd::Good(told.clone()) } else { LogEnd::Bad(told.clone()) };
                }
            }
            Event::Looked(targets, told) => {
                let end = told.clone().map_or_else(LogEnd::Bad, LogEnd::Good);
                self.answered(&Wait::Looks(targets.clone()), &end);
            }
            Event::ReadFields(site, read) => {
                let end = match read {
                    Ok(read) => {
                        let (mapped, object) = (read.fields.mapping.mapped.len(), &read.fields.description.object);
                        LogEnd::Good(format!("{mapped} mapped to {object}").into())
                    }
                    Err(untold) => LogEnd::Bad(untold.why.clone()),
                };
                self.answered(&Wait::Fields(site.clone()), &end);
            }
            _ => {}
        }
    }

    /// The selected line.
    pub fn line(&self) -> Option<&LogLine> {
        self.lines.get(self.cursor)
    }

    /// Ends what waits for this. Whoever asks twice meanwhile is answered once.
    fn answered(&mut self, wait: &Wait, end: &LogEnd) {
        let lines = self.lines.iter_mut().filter(|line| line.end == LogEnd::Open && line.wait == *wait);
        lines.for_each(|line| line.end = end.clone());
    }

    fn open(&mut self, id: OperationId) -> Option<&mut LogLine> {
        self.lines.iter_mut().find(|line| line.deed.id == Some(id) && line.end == LogEnd::Open)
    }

    /// One part of an operation is done, or not. Of one part alone its words are the end.
    fn part(&mut self, id: OperationId, told: Result<Clean, Clean>) {
        let Some(line) = self.open(id) else { return };
        line.parts[usize::from(told.is_err())] += 1;
        if line.deed.on.len() == 1 {
            line.end = told.map_or_else(LogEnd::Bad, LogEnd::Good);
        }
    }
}
