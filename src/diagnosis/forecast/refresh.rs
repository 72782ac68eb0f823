//! What the next refresh will end: a user that is off, tokens that rotate under a plugin that drops them, a policy that lets no
//! refresh succeed. When that is follows from how often the site refreshes. And an app that is not installed, which ends nothing
//! and lets nothing begin again.

use crate::diagnosis::attribution::Entry;
use crate::diagnosis::context::Context;
use crate::diagnosis::forecast::owner;
use crate::diagnosis::horizon::{plus, span};
use crate::diagnosis::rules;
use crate::diagnosis::words::{Source, supports};
use crate::model::{Cause, Finding, Origin, Prospect, Severity};
use chrono::{DateTime, TimeDelta, Utc};

/// A rate from less than this is none.
const LEAST: TimeDelta = TimeDelta::minutes(30);

/// How often an approval is used: refresh requests since it was made, refused ones included.
pub(super) struct Rate {
    /// The last one.
    last: DateTime<Utc>,
    /// From one to the next.
    pub(super) every: TimeDelta,
}

impl Rate {
    /// When the next one is due; in the past where it is overdue.
    pub(super) fn due(&self) -> DateTime<Utc> {
        plus(self.last, self.every)
    }
}

/// How often an approval is used, where it was.
pub(super) fn rate_of(entry: &Entry) -> Option<Rate> {
    let uses = i32::try_from(entry.approval.use_count).ok().filter(|uses| *uses > 0)?;
    let over = entry.used.signed_duration_since(entry.created);
    (over >= LEAST).then(|| Rate { last: entry.used, every: over / uses })
}

/// How often the site refreshes, where its approval is known.
fn rate(context: &Context) -> Option<Rate> {
    rate_of(context.own().filter(|own| own.position.is_some())?.entry)
}

/// What the next refresh ends of this site.
pub(super) fn next(context: &Context) -> Vec<Prospect> {
    let ends = |finding: &Finding| match finding.cause {
        Cause::UserInactive | Cause::UserFrozen | Cause::PolicyImmediate => Some(finding.cause),
        Cause::RotationRisk => Some(Cause::RotatedOut),
        _ => None,
    };
    let found = rules::findings(context).into_iter().filter(|finding| finding.severity == Severity::Warn);
    found.filter_map(|finding| ends(&finding).map(|by| prospect(context, by, finding))).collect()
}

/// What is lost once the connection ends. Told once for an org.
pub(super) fn app_not_installed(context: &Context) -> Option<Prospect> {
    let mut found = rules::findings(context).into_iter();
    let finding =
        found.find(|finding| finding.cause == Cause::AppNotInstalled && finding.severity == Severity::Warn)?;
    let (org, app) = (context.org_name(), &context.org_terms.app);
    let reason = format!("{app} is not installed in {org}: what ends there can not be authorized again.");
    Some(Prospect { at: None, origin: None, user: None, reason, ..prospect(context, Cause::AppNotInstalled, finding) })
}

fn prospect(context: &Context, by: Cause, finding: Finding) -> Prospect {
    let rate = rate(context).filter(|_| by != Cause::PolicyImmediate);
    let mut evidence = finding.evidence;
    evidence.extend(rate.as_ref().map(|rate| {
        supports(Source::Measured, Some(rate.last), format!("refreshes about every {}; the last one", span(rate.every)))
    }));
    let (org, user) = owner(context);
    let at = rate.map(|rate| rate.due());
    Prospect {
        at,
        origin: at.map(|_| Origin::Measured),
        by,
        sites: vec![context.site.name.clone()],
        org,
        user,
        confidence: finding.confidence,
        reason: finding.reason,
        why: finding.why,
        evidence,
        remedies: finding.remedies,
    }
}
