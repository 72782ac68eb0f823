//! The app in the org: uninstalled, or never installed.

use crate::diagnosis::context::{Context, Link};
use crate::diagnosis::remedy::{authorize_anew, install};
use crate::diagnosis::words::{Source, happened, opposes, supports, why};
use crate::model::refusal::Refusal;
use crate::model::{Cause, Confidence, EvidenceKind, Finding, OrgState, Severity};
use chrono::{DateTime, Utc};

/// No row of the app and not one approval of it: everybody is out.
pub(super) fn uninstalled(context: &Context) -> Option<Finding> {
    let death = context.death()?;
    let org = context.org.filter(|_| context.account.is_some())?;
    let none_left = org.lists_all_approvals() && org.holders().next().is_none();
    if org.app_installed() != Some(false) || !none_left {
        return None;
    }
    let (app, name) = (&context.org_terms.app, context.org_name());
    let mut evidence = vec![
        supports(Source::Org, seen(org), format!("{name} has no row of {app}")),
        supports(Source::Counted, None, format!("no user of {name} holds an approval of it")),
    ];
    let installed = |seen| happened(EvidenceKind::Good, Source::Measured, seen, "the app was installed then");
    evidence.extend(org.app_last_seen.map(installed));
    evidence.extend(context.broken().map(super::refused::words_of));
    let earlier = if death.or_earlier { " or earlier" } else { "" };
    Some(Finding {
        cause: Cause::AppUninstalled,
        severity: Severity::Fail,
        confidence: Confidence::High,
        reason: format!("{app} was uninstalled from {name}; refused since {}{earlier}.", context.stamp(death.at)),
        why: why("app was uninstalled"),
        since: Some(death.at),
        evidence,
        remedies: authorize_anew(context),
    })
}

/// Approvals live in an org that has no row of the app.
pub(super) fn not_installed(context: &Context) -> Option<Finding> {
    let org = context.org.filter(|_| context.account.is_some())?;
    let lives = org.holders().next().is_some() || context.site.proof.is_some();
    let connected = context.link() == Link::Connected && context.refusal() != Some(Refusal::AppMissing);
    if org.app_installed() != Some(false) || !lives || !connected {
        return None;
    }
    let (app, name) = (&context.org_terms.app, context.org_name());
    Some(Finding {
        cause: Cause::AppNotInstalled,
        severity: Severity::Warn,
        confidence: Confidence::Medium,
        reason: format!(
            "{app} is not installed in {name}: this connection goes on, and once it ends a new one may be refused."
        ),
        why: why("app is not installed"),
        since: org.app_last_seen,
        evidence: vec![
            supports(Source::Org, seen(org), format!("{name} has no row of {app}, and approvals of it")),
            opposes(Source::Expected, None, "Salesforce's sources disagree on whether only installed apps have a row"),
        ],
        remedies: vec![install(context)],
    })
}

fn seen(org: &OrgState) -> Option<DateTime<Utc>> {
    org.app.as_ref().map(|app| app.since)
}
