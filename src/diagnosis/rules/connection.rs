//! No connection is stored: never was one (which makes a site OFF), or it is gone (which makes it FAIL).

use crate::diagnosis::context::{Context, Link};
use crate::diagnosis::remedy::{authorize_anew, spend, write};
use crate::diagnosis::words::{Source, cut, happened, why};
use crate::model::{Cause, Clean, Confidence, EvidenceKind, Finding, Remedy, Severity};

/// Plugin absent, inactive, another CRM, not authorized, disconnected.
pub(super) fn connection(context: &Context) -> Option<Finding> {
    let (cause, lost) = match context.link() {
        Link::Never(cause) => (cause, false),
        Link::Lost(cause) => (cause, true),
        Link::Connected | Link::Unseen => return None,
    };
    let status = context.site.status.as_ref()?;
    let crm = status.value.crm.as_ref().map(Clean::as_str).filter(|crm| !crm.is_empty());
    let crm_name = cut(crm.unwrap_or("none"), 20);
    let (what, short) = match cause {
        Cause::PluginAbsent => ("WP Fusion is not installed".to_owned(), "plugin not installed".to_owned()),
        Cause::PluginInactive => ("WP Fusion is not active".to_owned(), "plugin inactive".to_owned()),
        Cause::OtherCrm => (format!("WP Fusion is set to {crm_name}"), format!("CRM is {crm_name}")),
        Cause::Disconnected => ("The stored connection is gone from WP Fusion".to_owned(), "disconnected".to_owned()),
        _ if crm.is_none() => ("No CRM is chosen in WP Fusion".to_owned(), "no CRM chosen".to_owned()),
        _ => (
            "Salesforce is chosen in WP Fusion, and nobody has authorized it yet".to_owned(),
            "not authorized yet".to_owned(),
        ),
    };
    let seen = context.site.last_connection.as_ref().map(|seen| seen.seen_at).filter(|_| lost);
    let reason = match seen {
        Some(seen) => format!("{what}; the site was connected, last seen {}.", context.stamp(seen)),
        None => format!("{what}."),
    };
    let event = if cause == Cause::Disconnected { "the stored connection is gone" } else { &short };
    let kind = if lost { EvidenceKind::Breaks } else { EvidenceKind::Fact };
    let mut evidence = vec![happened(kind, Source::Site, status.since, event)];
    let stored = |seen| happened(EvidenceKind::Good, Source::Measured, seen, "a stored connection was seen");
    evidence.extend(seen.map(stored));
    Some(Finding {
        cause,
        severity: if lost { Severity::Fail } else { Severity::Info },
        confidence: Confidence::High,
        reason,
        why: why(short),
        since: Some(status.since),
        evidence,
        remedies: remedies(context, cause),
    })
}

fn remedies(context: &Context, cause: Cause) -> Vec<Remedy> {
    let site = &context.site.name;
    match cause {
        Cause::PluginAbsent => {
            vec![write(format!("install WP Fusion on {site}"), "then choose Salesforce and authorize")]
        }
        Cause::PluginInactive => {
            vec![write(format!("activate WP Fusion on {site}"), "what is stored of a connection comes back")]
        }
        Cause::OtherCrm => {
            vec![write(format!("choose Salesforce in WP Fusion on {site}"), "the other CRM gets nothing any more")]
        }
        Cause::Disconnected => authorize_anew(context),
        _ => vec![spend(format!("authorize {site}"), "takes a slot of the user who signs in")],
    }
}
