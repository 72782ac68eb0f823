//! By the refresh token policy: a lifetime has a date, idleness one that a refresh moves, a number without a unit none. And the
//! publisher's idle cap, which nothing shows.

use crate::diagnosis::attribution::Entry;
use crate::diagnosis::compatibility;
use crate::diagnosis::context::Context;
use crate::diagnosis::forecast::{owner, refresh};
use crate::diagnosis::horizon::{plus, span};
use crate::diagnosis::remedy::{cost, look, spend};
use crate::diagnosis::rules::change_policy;
use crate::diagnosis::words::{Source, happened, opposes, supports, why};
use crate::model::org::RefreshPolicy;
use crate::model::{Cause, Confidence, EvidenceKind, Origin, Prospect, Rotation, Why};
use chrono::{DateTime, TimeDelta, Utc};

/// Who refreshes so many times within an idle limit is not about to meet it.
const OFTEN: i32 = 2;

/// The end that the policy, or else the publisher's cap, sets.
pub(super) fn dated(context: &Context, now: DateTime<Utc>) -> Option<Prospect> {
    match context.policy() {
        Some(RefreshPolicy::Lifetime(number)) => lifetime(context, context.span(number)?),
        Some(RefreshPolicy::Idle(number)) => idle(context, context.span(number)?, now),
        Some(RefreshPolicy::UntilRevoked) | None => idle_cap(context, now),
        Some(RefreshPolicy::Immediately) => None,
    }
}

/// A policy whose unit nobody told. Told once for an org.
pub(super) fn undated(context: &Context) -> Option<Prospect> {
    let (number, by, when) = match context.policy()? {
        RefreshPolicy::Idle(number) => (number, Cause::PolicyIdle, "unused"),
        RefreshPolicy::Lifetime(number) => (number, Cause::PolicyLifetime, "old"),
        RefreshPolicy::UntilRevoked | RefreshPolicy::Immediately => return None,
    };
    if context.org_terms.policy_unit.is_some() {
        return None;
    }
    let org = context.org_name();
    let what = format!("write policy_unit into [[org]] {org}");
    Some(Prospect {
        at: None,
        origin: None,
        by,
        sites: vec![context.site.name.clone()],
        org: owner(context).0,
        user: None,
        confidence: Confidence::Medium,
        reason: format!("Refresh tokens of {org} end when {number} {when}; the unit is not told, so no date is."),
        why: why(format!("{number} {when}, unit not told")),
        evidence: vec![
            supports(Source::Org, None, format!("the policy's number is {number}")),
            opposes(Source::Org, None, "Salesforce exposes no unit: hours, days or months"),
        ],
        remedies: vec![look(what, "the app's policies in Setup show the unit; then there is a date")],
    })
}

fn lifetime(context: &Context, limit: TimeDelta) -> Option<Prospect> {
    let (entry, confidence) = first(context, |entry| entry.created)?;
    let at = plus(entry.created, limit);
    let renew = spend(format!("reauthorize as {}", context.who()), cost(context));
    let mut remedies = change_policy(context, false);
    remedies.push(renew);
    let what = format!("approval {} was made", entry.approval.id.short());
    Some(Prospect {
        reason: format!(
            "The approval of {} ends {}, {} after it was made.",
            context.who(),
            context.stamp(at),
            span(limit)
        ),
        why: why(format!("{} after it was made", span(limit))),
        evidence: vec![
            happened(EvidenceKind::Arrives, Source::Org, entry.created, what),
            rule(limit, "after it is issued"),
        ],
        remedies,
        ..ends(context, Cause::PolicyLifetime, (at, Origin::Operator), confidence)
    })
}

fn idle(context: &Context, limit: TimeDelta, now: DateTime<Utc>) -> Option<Prospect> {
    let (entry, confidence) = first(context, |entry| entry.used)?;
    let at = plus(entry.used, limit);
    let near = at <= plus(now, context.thresholds.near.min(limit / 2));
    let often = |entry: &Entry| refresh::rate_of(entry).is_some_and(|rate| rate.every * OFTEN < limit);
    if !near && may_be(context).into_iter().all(often) {
        return None;
    }
    let rate = refresh::rate_of(entry);
    let keep =
        spend(format!("let {} refresh once", context.site.name), "starts the idle time anew; spends one refresh");
    let mut remedies = change_policy(context, false);
    remedies.push(keep);
    let mut evidence = vec![last_use(entry), rule(limit, "without a use")];
    evidence.extend(
        rate.map(|rate| opposes(Source::Measured, None, format!("it refreshes about every {}", span(rate.every)))),
    );
    Some(Prospect {
        reason: format!(
            "The approval of {} ends {}, unused for {}, unless the site refreshes before.",
            context.who(),
            context.stamp(at),
            span(limit)
        ),
        why: why(format!("unused for {}", span(limit))),
        evidence,
        remedies,
        // A refresh moves it.
        ..ends(context, Cause::PolicyIdle, (at, Origin::Operator), confidence.min(Confidence::Medium))
    })
}

fn idle_cap(context: &Context, now: DateTime<Utc>) -> Option<Prospect> {
    let cap = compatibility::idle_cap().filter(|_| context.org_terms.rotation != Rotation::On)?;
    let (entry, _) = first(context, |entry| entry.used)?;
    let at = plus(entry.used, cap);
    let near = context.thresholds.near;
    if at > plus(now, near) || at < plus(now, -near) {
        return None;
    }
    let keep =
        spend(format!("let {} refresh once", context.site.name), "starts the idle time anew; spends one refresh");
    Some(Prospect {
        reason: format!(
            "Unused since {}: if the app's publisher limits idle tokens to {}, it ends {}.",
            context.stamp(entry.used),
            span(cap),
            context.stamp(at)
        ),
        why: why(format!("unused for {}, if that is limited", span(cap))),
        evidence: vec![
            last_use(entry),
            opposes(Source::Expected, None, "Salesforce shows nowhere whether the publisher set that limit"),
        ],
        remedies: vec![keep],
        ..ends(context, Cause::IdleCap, (at, Origin::Policy), Confidence::Low)
    })
}

/// The approval that ends first of those that may be the site's, and how sure it is that it is.
fn first<'a>(context: &'a Context, base: impl Fn(&Entry) -> DateTime<Utc>) -> Option<(&'a Entry<'a>, Confidence)> {
    let sure = context.own().map_or(Confidence::Low, |own| own.confidence);
    Some((may_be(context).into_iter().min_by_key(|entry| base(entry))?, sure))
}

/// The listed approvals that may be the site's: its own where it is known.
fn may_be<'a>(context: &'a Context) -> Vec<&'a Entry<'a>> {
    if let Some(own) = context.own() {
        return own.position.map(|_| own.entry).into_iter().collect();
    }
    let holder = context.account.as_ref().zip(context.holder());
    holder.into_iter().flat_map(|(account, holder)| account.ledger.candidates(holder)).collect()
}

/// A date of a policy rests on the unit that the operator told; one of the cap does not.
fn ends(context: &Context, by: Cause, (at, origin): (DateTime<Utc>, Origin), confidence: Confidence) -> Prospect {
    let (org, user) = owner(context);
    Prospect {
        at: Some(at),
        origin: Some(origin),
        by,
        sites: vec![context.site.name.clone()],
        org,
        user,
        confidence,
        reason: String::new(),
        why: Why::default(),
        evidence: Vec::new(),
        remedies: Vec::new(),
    }
}

fn rule(limit: TimeDelta, after: &str) -> crate::model::Evidence {
    supports(Source::Org, None, format!("the policy ends a refresh token {} {after}", span(limit)))
}

fn last_use(entry: &Entry) -> crate::model::Evidence {
    supports(Source::Org, Some(entry.used), format!("approval {} was last used", entry.approval.id.short()))
}
