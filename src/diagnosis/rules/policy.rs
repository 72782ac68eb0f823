//! The refresh token policy ended it: immediately, after a lifetime, or for want of use.
//!
//! Salesforce looks at the policy when the token is used and leaves the approval listed, so a refused site whose approval
//! is still there has most likely met its policy.

use crate::diagnosis::attribution::{Entry, SLACK};
use crate::diagnosis::compatibility;
use crate::diagnosis::context::{Context, Death, Link};
use crate::diagnosis::horizon::{plus, span};
use crate::diagnosis::remedy::{authorize_anew, write};
use crate::diagnosis::words::{Source, happened, opposes, supports, why};
use crate::model::org::RefreshPolicy;
use crate::model::{Cause, Confidence, Evidence, EvidenceKind, Finding, Remedy, Rotation, Severity, Why};
use chrono::TimeDelta;

/// "Immediately expire": no refresh ever succeeds. A living site dies with its session.
pub(super) fn immediate(context: &Context) -> Option<Finding> {
    if context.policy() != Some(RefreshPolicy::Immediately) {
        return None;
    }
    let org = context.org_name();
    let rule = supports(Source::Org, None, format!("the policy of {} in {org} is: immediately expire", app(context)));
    if let Some(death) = context.death() {
        let mut evidence = vec![rule];
        evidence.extend(context.broken().map(super::refused::words_of));
        return Some(Finding {
            cause: Cause::PolicyImmediate,
            severity: Severity::Fail,
            confidence: if context.full() { Confidence::Medium } else { Confidence::High },
            reason: format!("{org} lets refresh tokens expire immediately; refused since {}.", when(context, &death)),
            why: why("expires immediately"),
            since: Some(death.at),
            evidence,
            remedies: change_policy(context, true),
        });
    }
    (context.broken().is_none() && context.link() == Link::Connected).then(|| Finding {
        cause: Cause::PolicyImmediate,
        severity: Severity::Warn,
        confidence: Confidence::High,
        reason: format!("{org} lets refresh tokens expire immediately; the site dies when its session ends."),
        why: why("expires immediately"),
        since: None,
        evidence: vec![rule],
        remedies: change_policy(context, false),
    })
}

/// "Expire after N".
pub(super) fn lifetime(context: &Context) -> Option<Finding> {
    let Some(RefreshPolicy::Lifetime(number)) = context.policy() else { return None };
    let death = context.death()?;
    let over = |entry: &Entry, span: TimeDelta| plus(entry.created, span) <= plus(death.at, SLACK);
    let (entry, confidence) = suspect(context, number, over)?;
    let limit = limit(context, number);
    let what = format!("approval {} was made", entry.approval.id.short());
    let made = happened(EvidenceKind::Arrives, Source::Org, entry.created, what);
    let reason = format!(
        "The approval of {} reached its lifetime of {limit}; refused since {}.",
        context.who(),
        when(context, &death)
    );
    let rule = format!("the policy ends refresh tokens {limit} after they are issued");
    let why = why(format!("lifetime of {limit} over"));
    Some(fail(
        context,
        Cause::PolicyLifetime,
        &death,
        confidence,
        (reason, why),
        vec![made, supports(Source::Org, None, rule)],
    ))
}

/// "Expire when unused for N".
pub(super) fn idle(context: &Context) -> Option<Finding> {
    let Some(RefreshPolicy::Idle(number)) = context.policy() else { return None };
    let death = context.death()?;
    let (entry, confidence) = suspect(context, number, |entry, span| could_idle(context, &death, entry, span))?;
    let limit = limit(context, number);
    let who = context.who();
    let reason =
        format!("The approval of {who} was unused for longer than {limit}; refused since {}.", when(context, &death));
    let rule = format!("the policy ends refresh tokens that are unused for {limit}");
    let mut evidence = vec![supports(Source::Org, None, rule), listed(entry)];
    evidence.push(opposes(Source::Org, Some(entry.used), "its last use is no measure: refused requests count as use"));
    Some(fail(context, Cause::PolicyIdle, &death, confidence, (reason, why(format!("unused over {limit}"))), evidence))
}

/// The publisher's idle limit, which no object of the org shows.
pub(super) fn idle_cap(context: &Context) -> Option<Finding> {
    let death = context.death()?;
    let own = context.own().filter(|own| own.position.is_some())?;
    let cap = compatibility::idle_cap()?;
    // A user that is stopped explains the refusal already.
    let user = context.account.as_ref().and_then(|account| account.user);
    let stopped = user.is_some_and(|user| !user.active || user.frozen == Some(true));
    let fits = !stopped
        && context.policy() == Some(RefreshPolicy::UntilRevoked)
        && context.org_terms.rotation != Rotation::On
        && could_idle(context, &death, own.entry, cap);
    let reason = || {
        let since = when(context, &death);
        format!(
            "Refused since {since} with its approval still listed: the publisher's idle limit of {} fits.",
            span(cap)
        )
    };
    fits.then(|| {
        let texts = (reason(), why(format!("{} idle cap, maybe", span(cap))));
        let unseen = opposes(Source::Expected, None, "Salesforce shows nowhere whether the publisher set that limit");
        fail(context, Cause::IdleCap, &death, Confidence::Low, texts, vec![listed(own.entry), unseen])
    })
}

fn fail(
    context: &Context,
    cause: Cause,
    death: &Death,
    confidence: Confidence,
    (reason, why): (String, Why),
    mut evidence: Vec<Evidence>,
) -> Finding {
    evidence.extend(context.broken().map(super::refused::words_of));
    let (severity, since) = (Severity::Fail, Some(death.at));
    let remedies = change_policy(context, true);
    Finding { cause, severity, confidence, reason, why, since, evidence, remedies }
}

/// The listed approval that met the policy, and how sure that is: its own where it is known, else any that may be.
fn suspect<'a>(
    context: &'a Context,
    number: u32,
    fits: impl Fn(&Entry, TimeDelta) -> bool,
) -> Option<(&'a Entry<'a>, Confidence)> {
    let account = context.account.as_ref()?;
    let own = context.own().filter(|own| own.position.is_some());
    let span = context.span(number);
    let fits = |entry: &Entry| span.is_none_or(|span| fits(entry, span));
    let Some(own) = own else {
        let some = account.ledger.candidates(context.holder()?).find(|entry| fits(entry))?;
        return Some((some, Confidence::Low));
    };
    let confidence = match (span, context.org_terms.rotation) {
        (None, _) | (_, Rotation::On) => Confidence::Low,
        (_, Rotation::Unknown) => Confidence::Medium,
        (_, Rotation::Off) => own.confidence,
    };
    fits(own.entry).then_some((own.entry, confidence))
}

/// Whether the approval can have been unused for `span` before the break. A call that worked says nothing of use: a busy
/// session lives for as long as it is called with, and refreshes never.
fn could_idle(context: &Context, death: &Death, entry: &Entry, span: TimeDelta) -> bool {
    let refreshed = context.site.access_changes.last().map(|change| change.after);
    let last_known = refreshed.map_or(entry.created, |refreshed| refreshed.max(entry.created));
    plus(last_known, span) <= plus(death.at, SLACK)
}

fn listed(entry: &Entry) -> Evidence {
    let what = format!("approval {} is still listed", entry.approval.id.short());
    supports(Source::Org, Some(entry.seen_at), what)
}

fn limit(context: &Context, number: u32) -> String {
    context.span(number).map_or_else(|| format!("{number} (unit not told)"), span)
}

fn when(context: &Context, death: &Death) -> String {
    let stamp = context.stamp(death.at);
    if death.or_earlier { format!("{stamp} or earlier") } else { stamp }
}

fn app<'a>(context: &'a Context) -> &'a str {
    context.org_terms.app.as_str()
}

/// What keeps the next token from the same end.
pub(in crate::diagnosis) fn change_policy(context: &Context, dead: bool) -> Vec<Remedy> {
    let what = format!("in {} set {} to: refresh token valid until revoked", context.org_name(), app(context));
    let mut remedies = vec![write(what, "costs nothing; without it the next token ends the same way")];
    if dead {
        remedies.extend(authorize_anew(context));
    }
    remedies
}
