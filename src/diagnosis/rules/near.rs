//! The policy's end is near or past, and the site still works.

use crate::diagnosis::attribution::Entry;
use crate::diagnosis::context::{Context, Link};
use crate::diagnosis::horizon::{plus, span};
use crate::diagnosis::remedy::{cost, spend};
use crate::diagnosis::rules::policy::change_policy;
use crate::diagnosis::words::{Source, opposes, supports, why};
use crate::model::org::RefreshPolicy;
use crate::model::{Cause, Confidence, Finding, PolicyUnit, Remedy, Running, Severity, Why};
use chrono::{DateTime, TimeDelta, Utc};

/// Unused for nearly as long as the policy allows.
pub(super) fn idle(context: &Context) -> Option<Finding> {
    let Some(RefreshPolicy::Idle(number)) = context.policy() else { return None };
    let near = near(context, number, |entry| entry.used)?;
    let limit = span(near.span);
    let end = context.stamp(near.end());
    let past = context.horizon.reached(near.end());
    let ends = if past { "was to end" } else { "ends" };
    let reason = format!(
        "The approval of {} was last refreshed {}; unused for {limit} it {ends} {end}.",
        context.who(),
        context.stamp(near.entry.used)
    );
    let keep =
        spend(format!("let {} refresh once", context.site.name), "starts the idle time anew; spends one refresh");
    // The site still works, and whether the token does its next refresh shows.
    let short = if past {
        why(format!("past idle {limit}"))
    } else {
        Why::aged("idle ", Running::Since(near.entry.used), format!(", limit {limit}"))
    };
    Some(near.finding(context, Cause::IdleNear, reason, short, vec![keep]))
}

/// Nearly as old as the policy allows.
pub(super) fn lifetime(context: &Context) -> Option<Finding> {
    let Some(RefreshPolicy::Lifetime(number)) = context.policy() else { return None };
    let near = near(context, number, |entry| entry.created)?;
    let limit = span(near.span);
    let short = if context.horizon.reached(near.end()) {
        why(format!("lifetime of {limit} over"))
    } else {
        Why::aged("lifetime ends in ", Running::Until(near.end()), "")
    };
    let reason = format!(
        "The approval of {} was made {} and ends {limit} later, {}.",
        context.who(),
        context.stamp(near.entry.created),
        context.stamp(near.end())
    );
    let renew = spend(format!("reauthorize as {}", context.who()), cost(context));
    Some(near.finding(context, Cause::LifetimeNear, reason, short, vec![renew]))
}

struct Near<'a> {
    entry: &'a Entry<'a>,
    /// Whence the policy counts.
    base: DateTime<Utc>,
    span: TimeDelta,
    /// Whether the unit was told; else the longest is taken, so that no warning comes too early.
    told: bool,
    confidence: Confidence,
}

/// The approval that ends first, if all that may be the site's are near their end.
fn near<'a>(context: &'a Context, number: u32, base: impl Fn(&Entry) -> DateTime<Utc>) -> Option<Near<'a>> {
    if context.link() != Link::Connected || context.broken().is_some() || context.death().is_some() {
        return None;
    }
    let ledger = &context.account.as_ref()?.ledger;
    let told = context.span(number);
    let span = told.unwrap_or_else(|| PolicyUnit::Months.times(number));
    // A policy of a few days or hours is not near its end from the start.
    let within = context.thresholds.near.min(span / 2);
    let mut candidates = ledger.candidates(context.holder()?).peekable();
    candidates.peek()?;
    let candidates: Vec<&Entry> = candidates.collect();
    if !candidates.iter().all(|entry| context.horizon.reached(plus(plus(base(entry), span), -within))) {
        return None;
    }
    let entry = *candidates.iter().min_by_key(|entry| base(entry))?;
    let own = context.own().map_or(Confidence::Medium, |own| own.confidence);
    let confidence = if told.is_some() { own } else { Confidence::Low };
    Some(Near { entry, base: base(entry), span, told: told.is_some(), confidence })
}

impl Near<'_> {
    fn end(&self) -> DateTime<Utc> {
        plus(self.base, self.span)
    }

    fn finding(&self, context: &Context, cause: Cause, reason: String, why: Why, first: Vec<Remedy>) -> Finding {
        let id = self.entry.approval.id.short();
        let mut evidence = vec![supports(Source::Org, Some(self.base), format!("approval {id} counts from then"))];
        evidence.push(if self.told {
            supports(Source::Operator, None, format!("the policy's number means {}", span(self.span)))
        } else {
            opposes(Source::Operator, None, "the policy's unit is not told; months, the longest, were taken")
        });
        evidence.push(match context.own() {
            Some(own) => supports(Source::Measured, None, format!("it is this site's: {}", own.basis)),
            None => opposes(
                Source::Counted,
                None,
                "which of the user's approvals is this site's is not known; all are near",
            ),
        });
        let mut remedies = change_policy(context, false);
        remedies.extend(first);
        Finding {
            cause,
            severity: Severity::Warn,
            confidence: self.confidence,
            reason,
            why,
            since: None,
            evidence,
            remedies,
        }
    }
}
