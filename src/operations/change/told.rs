//! What is asked of a site that is to be changed, and what comes of it. Plain data.

use crate::diagnosis::Refreshable;
use crate::model::lists::ListChanges;
use crate::model::site_change::{FieldsRefreshed, Outcome, SiteChange, Step};
use crate::model::{
    BrokenMapping, Clean, Failure, Observation, OrgName, ReadOnly, SegmentKind, SiteName, Target, Undoable, UserId,
};
use crate::store::{Audit, AuditError, LeaseKey};
use crate::wordpress::{Agent, SegmentChoice};
use std::sync::Arc;

/// What is to be done on one site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// "Refresh Available Topics & Fields".
    RefreshFields,
    /// The object that it syncs to, by its API name.
    ObjectType(Clean),
    /// Where its segments are.
    SegmentType(SegmentChoice),
    /// Takes an earlier change back.
    Undo(Box<Undoable>),
}

impl Change {
    /// Segments of this kind, in this field where they are the values of one.
    pub fn segment_type(kind: SegmentKind, field: Option<&Clean>) -> Self {
        Self::SegmentType(match kind {
            SegmentKind::Topics => SegmentChoice::Topics,
            SegmentKind::Picklist => {
                SegmentChoice::Picklist { field: field.map(ToString::to_string).unwrap_or_default() }
            }
            SegmentKind::Personal => SegmentChoice::Personal,
            SegmentKind::Public => SegmentChoice::Public,
        })
    }

    /// Its name in the audit: the command's.
    pub fn operation(&self) -> &'static str {
        match self {
            Self::RefreshFields => "refresh-fields",
            Self::ObjectType(_) => "object-type",
            Self::SegmentType(_) => "segment-type",
            Self::Undo(_) => crate::model::undo::UNDO,
        }
    }

    /// What it does to a site, in words.
    pub fn what(&self, site: &SiteName) -> Clean {
        let what = match self {
            Self::RefreshFields => format!("{site} reads topics and fields again"),
            Self::ObjectType(to) => format!("{site} syncs to {to}"),
            Self::SegmentType(SegmentChoice::Picklist { field }) => {
                format!("{site} keeps its segments in the picklist {field}")
            }
            Self::SegmentType(choice) => format!("{site} keeps its segments in {}", choice.name()),
            Self::Undo(change) => {
                format!("{site} gets back what it had before operation {}: {}", change.id, change.what)
            }
        };
        Clean::new(what)
    }
}

/// One site that is to be changed.
pub struct Case {
    /// Names the operation in the audit.
    pub id: String,
    /// Which site.
    pub site: SiteName,
    /// Its org, where that is known.
    pub org: Option<OrgName>,
    /// Its Salesforce user, where that is known.
    pub user: Option<UserId>,
    /// What is to be done.
    pub change: Change,
    /// Whether it may refresh its token on the way; the error is why not.
    pub refresh: Result<Refreshable, String>,
    /// Who says that it is only looked at, if somebody does.
    pub refused: Option<ReadOnly>,
    /// The way to the site.
    pub agent: Result<Arc<Agent>, Failure>,
    /// Where it is written down.
    pub audit: Audit,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// Another process is at the site.
    #[error("another process is at {0}; try again in a moment")]
    Busy(Target),
    /// Only looks are allowed.
    #[error("{0} is left alone: {1}")]
    ReadOnly(SiteName, ReadOnly),
    /// There is nothing to ask Salesforce with.
    #[error("{0} has no connection to Salesforce now: fusebox show {0} tells why")]
    NotConnected(SiteName),
    /// The audit can not be written, so nothing was begun.
    #[error("{0}; nothing was written")]
    Audit(#[from] AuditError),
    /// The site was not reached, or its agent did not let it.
    #[error("{0}; nothing was written")]
    NotLet(Failure),
    /// The plugin does not offer it, code on the site overrules it, or it was changed since: in the agent's words.
    #[error("{text}")]
    Refused {
        /// Which.
        by: RefusedBy,
        /// In which words.
        text: Clean,
    },
    /// A part of fusebox failed, and it is not known which step was the last.
    #[error("the operation itself failed: {0}; the audit tells whether it had begun")]
    Broken(String),
}

/// What speaks against a change, at the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusedBy {
    /// The plugin does not offer it.
    NotOffered,
    /// Code on the site has the last word.
    Code,
    /// Somebody changed since what is to be put back.
    ChangedSince,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    /// Fields were read again, or not.
    Fields(Box<Refreshed>),
    /// A setting was changed, or not.
    Setting(Box<Setting>),
    /// No answer came, so it may have been done.
    Unclear {
        /// Why.
        text: Clean,
    },
}

/// What came of reading fields again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refreshed {
    /// Each step.
    pub told: FieldsRefreshed,
    /// What is different in the lists; none where they were not told before and after.
    pub changes: Option<ListChanges>,
    /// Mappings that this breaks.
    pub broken: Vec<BrokenMapping>,
}

/// What came of changing a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The agent's answer.
    pub told: SiteChange,
    /// Names what takes it back; none where nothing does.
    pub undo: Option<String>,
    /// What had to be read anew since it was too long to be saved.
    pub anew: Option<Refreshed>,
    /// What could not be kept or done beside it.
    pub notes: Vec<String>,
}

impl Refreshed {
    fn lacks_nothing(&self) -> bool {
        let none_before = |step: &Step| step.outcome == Outcome::Kept && step.before.is_none_or(|rows| rows == 0);
        self.told.outcome == Outcome::Partly
            && self.told.steps.iter().all(|step| step.outcome == Outcome::Done || none_before(step))
    }
}

impl Changed {
    /// How it ended; none where that is not known. Where the org has none of a kind and the site had none either, nothing is
    /// missing.
    pub fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Fields(refreshed) if refreshed.lacks_nothing() => Some(Outcome::Done),
            Self::Fields(refreshed) => Some(refreshed.told.outcome),
            Self::Setting(setting) => Some(setting.told.outcome),
            Self::Unclear { .. } => None,
        }
    }

    /// Its steps.
    pub fn steps(&self) -> &[Step] {
        match self {
            Self::Fields(refreshed) => &refreshed.told.steps,
            Self::Setting(setting) => &setting.told.steps,
            Self::Unclear { .. } => &[],
        }
    }

    /// Why it is not done, where it is not.
    pub fn text(&self) -> Option<&Clean> {
        match self {
            Self::Fields(refreshed) => {
                let not_done = refreshed.told.steps.iter().find(|step| step.outcome != Outcome::Done);
                not_done.map(|step| &step.text)
            }
            Self::Setting(setting) => Some(&setting.told.text),
            Self::Unclear { text } => Some(text),
        }
        .filter(|text| !text.as_str().is_empty())
    }
}

/// How a change of a setting ended, for people: whether it is done, and what there is to say. `back` says what takes it back.
pub fn ended(
    site: &SiteName,
    what: &Clean,
    result: &Result<Changed, ChangeError>,
    back: impl FnOnce(&str) -> String,
) -> (bool, String) {
    let why = match result {
        Ok(changed) => changed.text().map(ToString::to_string),
        Err(error) => Some(error.to_string()),
    };
    let done = match result {
        Ok(changed) => matches!(changed.outcome(), Some(Outcome::Done | Outcome::Unchanged)),
        Err(_) => false,
    };
    if done {
        let undo = match result {
            Ok(Changed::Setting(setting)) => setting.undo.as_deref(),
            _ => None,
        };
        let back = undo.map(|id| format!("; {}", back(id))).unwrap_or_default();
        return (true, why.unwrap_or_else(|| format!("{what}{back}")));
    }
    let unclear = matches!(result, Ok(changed) if changed.outcome().is_none());
    let nothing = if unclear { "; it may have been written" } else { "; nothing was written" };
    let why = why.map(|why| format!(": {why}")).unwrap_or_default();
    let once = if why.ends_with("nothing was written") { "" } else { nothing };
    (false, format!("{site} is not changed{why}{once}"))
}

/// What was done and seen.
pub struct Done {
    /// The site.
    pub site: SiteName,
    /// What was seen of it.
    pub seen: Vec<Observation>,
    /// Calls of its org that it made.
    pub api_calls: u32,
    /// How it ended.
    pub result: Result<Changed, ChangeError>,
    /// A line of the audit that could not be written when all was over.
    pub unwritten: Option<String>,
    /// Leases to be given back when what was seen is kept.
    pub leases: Vec<LeaseKey>,
}

impl Done {
    /// Nothing was done.
    pub fn not_begun(site: SiteName, why: ChangeError) -> Self {
        Self { site, seen: Vec::new(), api_calls: 0, result: Err(why), unwritten: None, leases: Vec::new() }
    }
}
