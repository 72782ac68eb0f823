//! What Setup's audit trail says about a break: who changed what, and when.
//!
//! Its names of actions are a published catalogue, with gaps: for a block, and for a change of the refresh token policy, no
//! source has one, so Salesforce's own words are read beside them.

use crate::diagnosis::context::Context;
use crate::diagnosis::horizon::plus;
use crate::diagnosis::words::{Source, opposes, quote, supports};
use crate::model::{Cause, Evidence, Finding, SetupChange, Severity};
use chrono::TimeDelta;

/// How far from a break a change may be that belongs to it.
const NEAR: TimeDelta = TimeDelta::hours(1);

/// Changes that are told of one break, the nearest to it.
const TOLD: usize = 3;

/// How a cause shows in the trail.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shows {
    /// As a change at the time of the break.
    Then,
    /// As a change at any time before: it takes its time to have an effect.
    Before,
}

/// What the trail says about a finding.
pub(super) fn told(context: &Context, finding: &Finding) -> Vec<Evidence> {
    let Some(shows) = shows(finding.cause) else { return Vec::new() };
    let Some(org) = context.org else { return Vec::new() };
    let refused = org.history.changes_read.as_ref().and_then(|read| read.value.as_ref());
    if let Some(refused) = refused.filter(|_| finding.severity == Severity::Fail) {
        let what = format!("what administrators changed is not seen without {}", refused.permission);
        return vec![opposes(Source::Expected, None, what)];
    }
    let by = finding.since.map(|since| plus(since, NEAR));
    // What broke it lies between the last call that worked and the first that did not.
    let from = finding.since.filter(|_| shows == Shows::Then).map(|since| {
        let near = plus(since, -NEAR);
        context.site.proof.map_or(near, |proof| proof.at.min(near))
    });
    let dated = org.history.changes.iter().map(|change| (org.to_host_time(change.at), change));
    dated
        .rev()
        .filter(|(at, _)| by.is_none_or(|by| *at <= by) && from.is_none_or(|from| *at >= from))
        .filter(|(_, change)| fits(context, finding.cause, change))
        .take(if finding.cause == Cause::Revoked { TOLD } else { 1 })
        .map(|(at, change)| {
            let who = change.by.as_ref().map_or_else(|| "Salesforce".to_owned(), quote);
            supports(Source::Org, Some(at), format!("Setup's audit trail: {}, by {who}", quote(&change.what)))
        })
        .collect()
}

fn shows(cause: Cause) -> Option<Shows> {
    match cause {
        Cause::AppUninstalled
        | Cause::AppBlocked
        | Cause::UserInactive
        | Cause::UserFrozen
        | Cause::CredentialsRotated
        | Cause::NotPreauthorized
        | Cause::IpRestricted
        | Cause::Revoked => Some(Shows::Then),
        Cause::PolicyIdle | Cause::PolicyLifetime | Cause::PolicyImmediate | Cause::IdleNear | Cause::LifetimeNear => {
            Some(Shows::Before)
        }
        _ => None,
    }
}

fn fits(context: &Context, cause: Cause, change: &SetupChange) -> bool {
    let (action, what) = (change.action.as_str().to_lowercase(), change.what.as_str().to_lowercase());
    let says = |word: &str| action.contains(word) || what.contains(word);
    let app = what.contains(&context.org_terms.app.as_str().to_lowercase());
    let name = context.account.as_ref().and_then(|account| account.user).map(|user| user.username.as_str());
    let user = name.is_some_and(|name| !name.is_empty() && what.contains(&name.to_lowercase()));
    match cause {
        Cause::AppUninstalled => app && action.contains("delete"),
        Cause::AppBlocked => app && says("block") && !says("unblock"),
        Cause::UserInactive => user && action.starts_with("deactivateduser"),
        Cause::UserFrozen => user && action.starts_with("frozeuser"),
        Cause::CredentialsRotated => app && (says("credential") || says("secret") || says("consumer")),
        Cause::NotPreauthorized => (app && says("permitted users")) || (user && (says("profile") || says("permset"))),
        Cause::IpRestricted => app && says("ip relaxation"),
        Cause::Revoked => app || user,
        _ => app && (says("refresh token") || action.contains("oauthpolicychange")),
    }
}
