//! What the next refresh will end: a user that is off, tokens that rotate under a plugin that drops them, a policy that lets no
//! refresh succeed. When that is follows from how often the site refreshes. And an app that is not installed, which ends nothing
//! and lets nothing begin again.

use crate::diagnosis::context::Context;
use crate::diagnosis::forecast::owner;
use crate::diagnosis::horizon::{plus, span};
use crate::diagnosis::rules;
use crate::diagnosis::words::{Source, supports};
use crate::model::{Cause, Finding, Origin, Prospect, Severity};
use chrono::{DateTime, TimeDelta, Utc};

/// A rate from less than this is none.
const LEAST: TimeDelta = TimeDelta::minutes(30);

/// How often a site refreshes, by its approval: refresh requests since it was made.
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

/// The rate, where the site's approval is known and was used.
pub(super) fn rate(context: &Context) -> Option<Rate> {
    let own = context.own().filter(|own| own.position.is_some())?;
    let uses = i32::try_from(own.entry.approval.use_count).ok().filter(|uses| *uses > 0)?;
    let over = own.entry.used.signed_duration_since(own.entry.created);
    (over >= LEAST).then(|| Rate { last: own.entry.used, every: over / uses })
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
        evidence,
        remedies: finding.remedies,
    }
}
