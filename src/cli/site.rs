//! A site's line as `--json` prints it: a shape of its own, so that what is stored may change and scripts go on.

use crate::model::{ApprovalId, Cause, Clean, Confidence, Expiry, Health, OrgName, Origin, SiteName, SiteRow, Slot};
use chrono::{DateTime, Utc};
use serde::Serialize;

/// One of `result.sites[]`.
#[derive(Debug, Serialize)]
pub(super) struct SiteLine<'a> {
    name: &'a SiteName,
    url: &'a Clean,
    org: Option<&'a OrgName>,
    user: Option<&'a Clean>,
    health: Health,
    cause: Option<Cause>,
    reason: &'a str,
    confidence: Option<Confidence>,
    proof_at: Option<DateTime<Utc>>,
    slot: Option<SlotLine>,
    refresh_token: TokenLine<'a>,
    access_token: TokenLine<'a>,
    use_count: Option<u32>,
    object_type: Option<&'a Clean>,
    segment_type: Option<&'a Clean>,
    observed_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize)]
struct SlotLine {
    position: Option<u32>,
    used: Option<u32>,
    limit: u32,
    approval_id: Option<ApprovalId>,
}

/// `expires_at` is null where there is no end, where it is over, and where nothing is known; `origin` tells the first
/// from the others, `because` the last.
#[derive(Debug, Serialize)]
pub(super) struct TokenLine<'a> {
    expires_at: Option<DateTime<Utc>>,
    origin: Option<Origin>,
    because: Option<&'a Clean>,
}

impl<'a> From<&'a SiteRow> for SiteLine<'a> {
    fn from(row: &'a SiteRow) -> Self {
        Self {
            name: &row.name,
            url: &row.url,
            org: row.org.as_ref(),
            user: row.user.as_ref(),
            health: row.health,
            cause: row.cause,
            reason: &row.reason,
            confidence: row.confidence,
            proof_at: row.proof_at,
            slot: row.slot.as_ref().map(SlotLine::from),
            refresh_token: TokenLine::from(&row.refresh_token),
            access_token: TokenLine::from(&row.access_token),
            use_count: row.use_count,
            object_type: row.object_type.as_ref(),
            segment_type: row.segment_type.as_ref(),
            observed_at: row.observed_at,
        }
    }
}

impl From<&Slot> for SlotLine {
    fn from(slot: &Slot) -> Self {
        Self { position: slot.position, used: slot.used, limit: slot.limit, approval_id: slot.approval_id }
    }
}

impl<'a> From<&'a Expiry> for TokenLine<'a> {
    fn from(expiry: &'a Expiry) -> Self {
        Self { expires_at: expiry.at(), origin: expiry.origin(), because: expiry.because() }
    }
}
