//! Approvals that no known site can hold: since when, how sure, and whether revoking one can harm anybody.
//!
//! "Safe" is said where it is known whose the approval was, and that its site holds another token now or none. What was only
//! never seen in use may be a site's that fusebox does not know: such a one keeps its session alive for weeks without a
//! refresh.

use super::Scope;
use crate::diagnosis::attribution::{Entry, Ledger, is_connected};
use crate::model::{Confidence, Link, Orphan, SiteState};
use chrono::TimeDelta;

/// An approval that was used within this time is somebody's.
const IN_USE: TimeDelta = TimeDelta::days(3);

/// Two approvals of one user made within this time look like one authorization that was begun twice.
const TWICE: TimeDelta = TimeDelta::minutes(30);

/// What the approval at `index` is, if no known site can hold it.
pub(super) fn orphan(scope: &Scope, ledger: &Ledger, index: usize) -> Option<Orphan> {
    let entry = &ledger.entries[index];
    let owner = ledger.owner_of(index);
    let held = owner.is_some_and(|owner| owner.connected) || (owner.is_none() && !ledger.may_hold(index).is_empty());
    if held {
        return None;
    }
    if let Some(left) = entry.link.and_then(|link| left_behind(scope, link)) {
        return Some(left);
    }
    let confidence = if ledger.complete { Confidence::Medium } else { Confidence::Low };
    let unused = entry.approval.last_used_at.is_none();
    let reason = if scope.now.signed_duration_since(entry.used) < IN_USE && !unused {
        "in use: by a site that fusebox does not know".to_owned()
    } else if unused && twin(ledger, entry) {
        "never used, and another was made at the same time: probably an authorization that was begun twice".to_owned()
    } else if unused {
        "never used: an authorization that was not completed, or a site that fusebox does not know".to_owned()
    } else {
        "not used for days: a site that is gone, or one that fusebox does not know".to_owned()
    };
    Some(Orphan { since: None, confidence, safe: false, reason })
}

/// An approval whose site is known and holds it no more.
fn left_behind(scope: &Scope, link: &Link) -> Option<Orphan> {
    let held_now = scope.fleet.holders(&link.refresh).any(is_connected);
    let site = scope.fleet.site(&link.site).filter(|_| scope.settings.sites.contains_key(&link.site))?;
    if held_now {
        return None;
    }
    let (since, what) = if is_connected(site) {
        let changed = site.refresh_changes.iter().find(|change| change.from == link.refresh);
        (changed.map(|change| change.by), "was authorized anew and holds another token")
    } else {
        (status_since(site), "has no connection any more")
    };
    Some(Orphan { since, confidence: Confidence::High, safe: true, reason: format!("{}'s, which {what}", link.site) })
}

fn status_since(site: &SiteState) -> Option<chrono::DateTime<chrono::Utc>> {
    site.status.as_ref().map(|status| status.since)
}

/// Whether another approval of the user was made at about the same time and is in use.
fn twin(ledger: &Ledger, entry: &Entry) -> bool {
    ledger.listed().iter().any(|other| {
        other.approval.id != entry.approval.id
            && other.approval.last_used_at.is_some()
            && other.created.signed_duration_since(entry.created).abs() < TWICE
    })
}
