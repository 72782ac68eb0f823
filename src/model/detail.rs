//! One site in full: what `show` prints and a detail pane draws.

use crate::model::{
    Approval, Dated, Departed, Failure, Finding, OrgName, SiteLog, SiteRow, SiteStatus, User, wire::Mark,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A site's line with everything behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteDetail {
    /// The line.
    pub row: SiteRow,
    /// The last day of its connection, a mark a quarter of an hour, oldest first.
    #[serde(default)]
    pub wire: Vec<Mark>,
    /// The end of the newest mark's stretch.
    #[serde(default)]
    pub wire_ends_at: Option<DateTime<Utc>>,
    /// Every finding, the deciding one first.
    pub findings: Vec<Finding>,
    /// The last look: the clock's offset in seconds, or the failure.
    pub reach: Option<Dated<Result<i64, Failure>>>,
    /// Plugin and settings.
    pub status: Option<Dated<SiteStatus>>,
    /// The plugin's log.
    pub log: Option<Dated<SiteLog>>,
    /// The org it is joined with.
    pub org: Option<OrgName>,
    /// The Salesforce user it was authorized as.
    pub user: Option<User>,
    /// The approvals of that user, oldest first.
    pub approvals: Vec<Approval>,
    /// Approvals of that user that left.
    pub departed: Vec<Departed>,
}
