//! Revoked: the approval is gone, and neither a full user nor a policy took it.

use crate::diagnosis::context::Context;
use crate::diagnosis::remedy::authorize_anew;
use crate::diagnosis::words::{Source, happened, opposes, supports, why};
use crate::model::org::RefreshPolicy;
use crate::model::{Cause, Confidence, EvidenceKind, Finding, Severity};

/// No listed approval can be the site's, and the policy lets one live until it is revoked.
pub(super) fn revoked(context: &Context) -> Option<Finding> {
    let death = context.death()?;
    let account = context.account.as_ref()?;
    let gone = account.ledger.complete && !account.ledger.may_be_listed(context.holder()?);
    if !gone || context.policy() != Some(RefreshPolicy::UntilRevoked) {
        return None;
    }
    let confidence = match (death.departed, context.full()) {
        (Some(_), false) => Confidence::High,
        (None, true) => Confidence::Low,
        _ => Confidence::Medium,
    };
    let (who, org) = (context.who(), context.org_name());
    let mut evidence = vec![
        supports(Source::Org, None, format!("no approval that {who} holds can be this site's")),
        supports(Source::Org, None, "the policy lets refresh tokens live until revoked"),
    ];
    evidence.extend(death.departed.map(|departed| {
        let what = format!("approval {} leaves, none comes", departed.approval.id.short());
        let left = departed.gone_by.min(death.at).max(departed.last_seen);
        happened(EvidenceKind::Leaves, Source::Measured, left, what)
    }));
    evidence.extend(context.broken().map(super::refused::words_of));
    evidence.push(opposes(
        Source::Expected,
        None,
        "Salesforce does not record who revoked an approval, or that anybody did",
    ));
    Some(Finding {
        cause: Cause::Revoked,
        severity: Severity::Fail,
        confidence,
        reason: format!("The approval of {who} in {org} was revoked, at {} or earlier.", context.stamp(death.at)),
        why: why(format!("revoked in {org}")),
        since: Some(death.at),
        evidence,
        remedies: authorize_anew(context),
    })
}
