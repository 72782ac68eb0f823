//! The last resort: the site is refused, and nothing that can be seen tells why.

use crate::diagnosis::context::Context;
use crate::diagnosis::remedy::authorize_anew;
use crate::diagnosis::words::{Source, happened, opposes, quote, why};
use crate::model::{Cause, Confidence, EvidenceKind, Finding, Severity};

/// Refused for good, cause not recorded by Salesforce, or not to be seen by this fusebox.
pub(super) fn unrecorded(context: &Context) -> Option<Finding> {
    let (since, cut, evidence, words) = match (context.broken(), context.death()) {
        (Some(found), _) => (found.first, found.cut, super::refused::words_of(found), quote(&found.text)),
        (None, Some(death)) => {
            let left = happened(EvidenceKind::Leaves, Source::Measured, death.at, "its approval left the list");
            (death.at, death.or_earlier, left, "its approval left the list".to_owned())
        }
        (None, None) => return None,
    };
    let missing = missing(context);
    let earlier = if cut { " or earlier" } else { "" };
    Some(Finding {
        cause: Cause::NotRecorded,
        severity: Severity::Fail,
        confidence: Confidence::Low,
        reason: format!("Refused since {}{earlier}: {words}; {missing}.", context.stamp(since)),
        why: why("refused, cause ?"),
        since: Some(since),
        evidence: vec![evidence, opposes(Source::Expected, None, missing)],
        remedies: authorize_anew(context),
    })
}

/// What would tell more.
fn missing(context: &Context) -> String {
    let Some(org) = context.org else {
        return "the cause would show in its org, which is not in this fleet".to_owned();
    };
    let approvals = org.coverage.as_ref().map(|coverage| &coverage.value);
    match approvals.map(|coverage| coverage.refused()) {
        None => format!("{} has not been looked at yet", org.name),
        Some(Some(refused)) => {
            format!("the cause would show with the permission {} in {}", refused.permission, org.name)
        }
        Some(None) if context.account.is_none() => format!("the site was authorized in another org than {}", org.name),
        Some(None) => format!("nothing that {} shows tells why", org.name),
    }
}
