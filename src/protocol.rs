//! The one seam between the screen and the machinery: [`Command`]s in, [`Picture`]s and [`Event`]s out.
//!
//! Uses `model` alone. No token and no connection crosses it, and of secrets one: a pasted address, sealed ([`Pasted`]).

mod pasted;
pub mod shell;

use crate::model::dry_run::{DryRun, Offer, SettingKind};
use crate::model::row::Counts;
use crate::model::{
    ActionClass, Clean, FieldsBoard, FieldsRead, Intent, OrgBoard, OrgLedger, OrgName, Permits, PlanTold, Preview,
    ProveOutcome, RefreshTold, Revocable, SegmentKind, SiteDetail, SiteFields, SiteName, SiteRow, Target, Trail,
    Untold, UserId, Watching,
};
use chrono::{DateTime, Utc};
pub use pasted::Pasted;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};

/// Names one thing that an operator started, so that its progress and its end can be told from others'.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationId(pub u64);

/// What the screen, or a command of the shell, asks of the machinery.
#[derive(Clone, Debug, PartialEq, Eq, strum::VariantNames)]
pub enum Command {
    /// Look at these now, whatever the schedule says.
    Look(Vec<Target>),
    /// Let these sites make one call each, refresh withheld.
    Prove {
        /// Names the operation in the events that follow.
        id: OperationId,
        /// Which sites.
        sites: Vec<SiteName>,
    },
    /// What an action would do; answered by [`Event::Preview`] with the same id, which the operation keeps if it is begun.
    Preview {
        /// Names the operation in the events that follow.
        id: OperationId,
        /// What is meant.
        intent: Intent,
    },
    /// Let a site refresh once, to see which approval is its own; answered by [`Event::Ended`].
    Identify {
        /// Names the operation in the events that follow.
        id: OperationId,
        /// Which site.
        site: SiteName,
        /// The org that the operator was told.
        org: OrgName,
    },
    /// Let a site refresh once, so that its approval's idle time begins anew; answered by [`Event::Ended`].
    KeepWarm {
        /// Names the operation in the events that follow.
        id: OperationId,
        /// Which site.
        site: SiteName,
        /// The org that the operator was told.
        org: OrgName,
    },
    /// Have a person sign in for a site, and watch how it goes; answered by [`Event::Watching`], again and again, and by
    /// [`Event::Ended`].
    Authorize {
        /// Names the operation in the events that follow.
        id: OperationId,
        /// Which site.
        site: SiteName,
        /// The org that the operator was told.
        org: OrgName,
        /// The user that the operator was told.
        user: UserId,
    },
    /// Have sites read their topics and fields again; answered by [`Event::Refreshed`] for each, and [`Event::Finished`].
    RefreshFields {
        /// Names the operation in the events that follow.
        id: OperationId,
        /// Which sites.
        sites: Vec<SiteName>,
    },
    /// What can be chosen of a setting of a site; answered by [`Event::Asks`], again and again, and by [`Event::Offer`].
    Offer {
        /// Names the operation in the events that follow.
        id: OperationId,
        /// Which site.
        site: SiteName,
        /// Which setting.
        setting: SettingKind,
    },
    /// Ask a site nothing more for [`Command::Offer`] or [`Command::Preview`]: nobody waits for it.
    Leave(OperationId),
    /// Let a site sync to another object; answered by [`Event::Ended`].
    ObjectType {
        /// Names the operation in the events that follow.
        id: OperationId,
        /// Which site.
        site: SiteName,
        /// The object, as the plugin calls it.
        to: Clean,
    },
    /// Let a site keep its segments elsewhere; answered by [`Event::Ended`].
    SegmentType {
        /// Names the operation in the events that follow.
        id: OperationId,
        /// Which site.
        site: SiteName,
        /// Where.
        to: SegmentKind,
        /// The field whose values they are, where they are the values of one.
        field: Option<Clean>,
    },
    /// Take a change of a site back, the one that the operator was told; answered by [`Event::Ended`].
    Undo {
        /// Names the operation in the events that follow.
        id: OperationId,
        /// The change, as the audit names it.
        change: String,
    },
    /// End an approval for good, if it still is what was shown; answered by [`Event::Ended`].
    Revoke {
        /// Names the operation in the events that follow.
        id: OperationId,
        /// The approval, as the operator was told and confirmed.
        subject: Box<Revocable>,
    },
    /// Hand on the address that a person's browser ended at, where it may not sign in to the site: the site completes the
    /// authorization that is watched. Answered by [`Event::Ended`]: whether it was handed on, not what comes of it.
    Pasted {
        /// Names the operation in the events that follow.
        id: OperationId,
        /// Which authorization.
        watch: OperationId,
        /// Its site.
        site: SiteName,
        /// The address.
        address: Pasted,
    },
    /// Stop watching; what happened so far stays as it is.
    StopWatching(OperationId),
    /// Allow what spends and writes until this process ends, where nobody said that it is not; answered by
    /// [`Event::Permits`] and [`Event::Ended`].
    AllowWriting(OperationId),
    /// Everything known of one site; answered by [`Event::Detail`].
    Describe(SiteName),
    /// Who holds which slot of one org; answered by [`Event::Ledger`].
    Ledger(OrgName),
    /// The audit's newest lines, and whether it is as it was written; answered by [`Event::Trail`].
    Trail,
    /// How these sites, or all that lost their connection, are connected again without one that works being lost; of a plan that
    /// was made, what became of its steps. Answered by [`Event::Plan`].
    Plan {
        /// These; all where it is none.
        sites: Vec<SiteName>,
        /// The plan that was made; none to have one made.
        made: Option<Arc<PlanTold>>,
    },
    /// What is known of every site's fields, with nobody asked; answered by [`Event::Fields`].
    Fields,
    /// What a site told of its fields last, with nobody asked; answered by [`Event::KeptFields`].
    KeptFields(SiteName),
    /// Have a site tell its mapping and describe its object, with the session it has; answered by [`Event::ReadFields`].
    ReadFields(SiteName),
    /// Stop polling, or go on.
    Pause(bool),
}

impl Command {
    /// What it may cost. What is more than a look is sent after a confirmation alone.
    pub fn class(&self) -> ActionClass {
        match self {
            Self::Look(_)
            | Self::Prove { .. }
            | Self::Preview { .. }
            | Self::Describe(_)
            | Self::Ledger(_)
            | Self::Trail
            | Self::Plan { .. }
            | Self::Fields
            | Self::KeptFields(_)
            | Self::ReadFields(_)
            | Self::StopWatching(_)
            | Self::Offer { .. }
            | Self::Leave(_)
            | Self::Pause(_) => ActionClass::Look,
            Self::Identify { .. } | Self::KeepWarm { .. } | Self::Authorize { .. } | Self::Pasted { .. } => {
                ActionClass::Spend
            }
            Self::AllowWriting(_)
            | Self::RefreshFields { .. }
            | Self::ObjectType { .. }
            | Self::SegmentType { .. }
            | Self::Revoke { .. }
            | Self::Undo { .. } => ActionClass::Write,
        }
    }
}

/// What a dialog asks, and what is sent when it is confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What is shown, and how it is confirmed.
    pub preview: Preview,
    /// What is sent then.
    pub command: Command,
}

/// What happened. Bounded and never dropped, unlike the picture, of which only the newest counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The answer to [`Command::Describe`]; none for a site that the configuration does not name.
    Detail(SiteName, Option<Box<SiteDetail>>),
    /// The answer to [`Command::Ledger`]; none for an org that the configuration does not name.
    Ledger(OrgName, Option<Arc<OrgLedger>>),
    /// The answer to [`Command::Trail`].
    Trail(Arc<Trail>),
    /// The answer to [`Command::Plan`].
    Plan(Arc<PlanTold>),
    /// Looks that a screen asked for are over: in which words, and whether all answered.
    Looked(Vec<Target>, Result<Clean, Clean>),
    /// The answer to [`Command::Fields`].
    Fields(Arc<FieldsBoard>),
    /// The answer to [`Command::KeptFields`]; none where the site never told any.
    KeptFields(SiteName, Option<Box<SiteFields>>),
    /// The answer to [`Command::ReadFields`].
    ReadFields(SiteName, Result<Box<FieldsRead>, Untold>),
    /// One site of an operation is done.
    Proved {
        /// The operation.
        id: OperationId,
        /// The site.
        site: SiteName,
        /// What came of it: the outcome, or why the site could not be asked.
        outcome: Result<ProveOutcome, String>,
    },
    /// The answer to [`Command::Preview`]: what to ask, or why it can not be done.
    Preview(OperationId, Result<Box<Question>, String>),
    /// What a site is asked at this moment for [`Command::Offer`] or [`Command::Preview`]: "what Lead is made of".
    Asks(OperationId, Clean),
    /// The answer to [`Command::Offer`]: what can be chosen, or why that is not known.
    Offer(OperationId, Result<Box<Offer>, String>),
    /// What a change would do, line by line; [`Event::Preview`] follows and says whether it may be done.
    DryRun(OperationId, Box<DryRun>),
    /// How an authorization that is watched stands. The first one of an operation that this screen did not begin is of one that
    /// another process left.
    Watching(OperationId, Box<Watching>),
    /// A site has read its topics and fields again, or not.
    Refreshed(OperationId, SiteName, Box<RefreshTold>),
    /// What may be spent or written from now on.
    Permits(Permits),
    /// An operation that spends or writes is over.
    Ended {
        /// The operation.
        id: OperationId,
        /// Whether it did what it was to do.
        good: bool,
        /// How it ended, for people.
        told: Clean,
    },
    /// An operation is over.
    Finished(OperationId),
    /// Something the operator should read: what happened, to what, what to do.
    Notice(String),
}

impl Event {
    /// An operation that spends or writes is over.
    pub fn ended(id: OperationId, good: bool, told: impl AsRef<str>) -> Self {
        Self::Ended { id, good, told: Clean::new(told) }
    }
}

/// The fleet at one moment. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// The lines, by name. While the program starts, the first page of them by risk: then `partial` is set.
    pub rows: Arc<Vec<Arc<SiteRow>>>,
    /// Whether lines are still to be read. The counts are those of all.
    pub partial: bool,
    /// The counts over all lines.
    pub counts: Counts,
    /// The lines of orgs, by name. While `partial` is set, those that claim attention most.
    pub boards: Arc<Vec<Arc<OrgBoard>>>,
    /// How the polling stands.
    pub poll: Poll,
}

/// How the polling stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Poll {
    /// Who polls.
    pub by: Poller,
    /// The last look that any target answered.
    pub last_at: Option<DateTime<Utc>>,
    /// The next look that is due.
    pub next_at: Option<DateTime<Utc>>,
    /// Targets being looked at, with the time each was asked.
    pub asked: Vec<(Target, DateTime<Utc>)>,
    /// Targets that wait for their first look in this process.
    pub waiting: usize,
}

/// Who polls the fleet that is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Poller {
    /// Nobody: `--no-poll`, or not known yet.
    #[default]
    Nobody,
    /// This process.
    Us,
    /// This process would, and the operator paused it.
    Paused,
    /// Another process holds the poll; this one reads along.
    Another,
}

/// One screen's end of the seam. Dropping it ends nothing: the machinery goes on until its own handle is shut down.
#[derive(Debug)]
pub struct Link {
    /// Orders to the machinery.
    pub commands: mpsc::Sender<Command>,
    /// The newest picture; older ones are skipped.
    pub pictures: watch::Receiver<Picture>,
    /// What happened, in order.
    pub events: mpsc::Receiver<Event>,
}
