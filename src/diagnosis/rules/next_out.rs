//! Next out: the user's slots are full, and this site's approval may be the oldest.

use crate::diagnosis::attribution::Holder;
use crate::diagnosis::context::{Context, Link};
use crate::diagnosis::remedy::{revoke_orphan, spend};
use crate::diagnosis::standing::Standing;
use crate::diagnosis::words::{Source, count, happened, list, opposes, supports, why};
use crate::model::refusal::Refusal;
use crate::model::{Cause, Confidence, EvidenceKind, Finding, Severity, SiteState};

/// Among more sites than these, "this one may be next" says nothing.
const SUSPECTS: usize = 2;

/// A warning while a broken site of the same user waits for the authorization that would remove the oldest approval;
/// worth knowing where this site's is known to be the oldest of a full user.
pub(super) fn next_out(context: &Context) -> Option<Finding> {
    let ledger = &context.account.as_ref()?.ledger;
    let holder = context.holder()?;
    let (suspects, oldest) = (ledger.may_leave_first(), ledger.oldest());
    let suspected = suspects.iter().any(|suspect| std::ptr::eq(*suspect, holder));
    let alive = context.link() == Link::Connected && context.death().is_none();
    if !context.full() || !suspected || !alive {
        return None;
    }
    let own = ledger.own(holder);
    let waiting: Vec<&SiteState> = ledger
        .holders
        .iter()
        .filter(|other| !std::ptr::eq(*other, holder) && needs_authorization(other))
        .flat_map(|other| other.sites.iter().copied())
        // Staging copies are not brought back in a hurry.
        .filter(|site| !context.is_staged(site))
        .collect();
    let known = own.is_some_and(|own| own.confidence == Confidence::High);
    let severity = match (waiting.is_empty(), suspects.len() <= SUSPECTS) {
        (false, true) => Severity::Warn,
        (true, _) if known => Severity::Info,
        _ => return None,
    };
    let (who, limit) = (context.who(), context.org_terms.slot_limit);
    let made = oldest.first()?.created;
    let ids: Vec<String> = oldest.iter().map(|entry| entry.approval.id.short()).collect();
    let tied = ids.len() > 1;
    let (ids, were) = (list(&ids, "and"), if tied { "were made in the same second" } else { "was made" });
    let mut evidence = vec![
        supports(Source::Counted, None, format!("{who} holds {} of {limit} approvals", ledger.listed().len())),
        happened(EvidenceKind::Arrives, Source::Org, made, format!("the oldest, {ids}, {were}")),
    ];
    if tied {
        evidence.push(opposes(Source::Expected, None, "Salesforce tells no order within a second: one of them leaves"));
    }
    evidence.extend(waiting.iter().map(|site| {
        supports(Source::Site, None, format!("{} is broken and needs a new approval of {who}", site.name))
    }));
    evidence.push(match own {
        Some(own) if tied => {
            supports(Source::Measured, None, format!("{} is this site's: {}", own.entry.approval.id.short(), own.basis))
        }
        Some(own) => supports(Source::Measured, None, format!("the oldest is this site's: {}", own.basis)),
        None => opposes(
            Source::Counted,
            None,
            format!("{} may hold it, and so may a site that is not known here", count(suspects.len(), "known site")),
        ),
    });
    let mut remedies: Vec<_> = revoke_orphan(context).into_iter().collect();
    remedies.extend(waiting.first().map(|site| {
        spend(format!("reauthorize {} as another user than {who}", site.name), "takes no slot here; this site stays")
    }));
    let whose = match (own.is_some(), tied) {
        (true, false) => "the oldest, which is this site's".to_owned(),
        (false, false) => "the oldest, which may be this site's".to_owned(),
        (true, true) => format!("one of the {} oldest, made in one second; one is this site's", oldest.len()),
        (false, true) => format!("one of the {} oldest, made in one second; one may be this site's", oldest.len()),
    };
    let sure = own.map_or(if suspects.len() == 1 { Confidence::Medium } else { Confidence::Low }, |own| own.confidence);
    Some(Finding {
        cause: Cause::NextOut,
        severity,
        // Of several that fit one leaves.
        confidence: if tied { Confidence::Low } else { sure },
        reason: format!("{who} is full, {limit} of {limit}: its next approval removes {whose}."),
        why: if tied { why(format!("next out of {who}, or 1 more")) } else { why(format!("next out of {who}")) },
        since: None,
        evidence,
        remedies,
    })
}

/// A site of the same user that comes back by a new authorization alone.
fn needs_authorization(holder: &Holder) -> bool {
    match &holder.standing {
        _ if !holder.connected => true,
        Standing::Broken(found) => found.refusal == Refusal::TokenDead,
        Standing::Clear | Standing::Doubtful(_) => false,
    }
}
