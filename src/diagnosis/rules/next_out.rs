//! Next out: the user's slots are full, and this site's approval may be the oldest.

use crate::diagnosis::attribution::Holder;
use crate::diagnosis::context::{Context, Link};
use crate::diagnosis::remedy::{revoke_orphan, spend};
use crate::diagnosis::standing::Standing;
use crate::diagnosis::words::{Source, count, happened, opposes, supports, why};
use crate::model::refusal::Refusal;
use crate::model::{Cause, Confidence, EvidenceKind, Finding, Severity, SiteState};

/// Among more sites than these, "this one may be next" says nothing.
const SUSPECTS: usize = 2;

/// A warning while a broken site of the same user waits for the authorization that would remove the oldest approval;
/// worth knowing where this site's is known to be the oldest of a full user.
pub(super) fn next_out(context: &Context) -> Option<Finding> {
    let ledger = &context.account.as_ref()?.ledger;
    let holder = context.holder()?;
    let suspects = ledger.may_hold(0);
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
    let oldest = ledger.listed().first()?;
    let mut evidence = vec![
        supports(Source::Counted, None, format!("{who} holds {} of {limit} approvals", ledger.listed().len())),
        happened(
            EvidenceKind::Arrives,
            Source::Org,
            oldest.created,
            format!("the oldest, {}, was made", oldest.approval.id.short()),
        ),
    ];
    evidence.extend(waiting.iter().map(|site| {
        supports(Source::Site, None, format!("{} is broken and needs a new approval of {who}", site.name))
    }));
    evidence.push(match own {
        Some(own) => supports(Source::Measured, None, format!("the oldest is this site's: {}", own.how)),
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
    let maybe = if own.is_some() { "is" } else { "may be" };
    Some(Finding {
        cause: Cause::NextOut,
        severity,
        confidence: own
            .map_or(if suspects.len() == 1 { Confidence::Medium } else { Confidence::Low }, |own| own.confidence),
        reason: format!(
            "{who} is full, {limit} of {limit}: its next approval removes the oldest, which {maybe} this site's."
        ),
        why: why(format!("next out of {who}")),
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
