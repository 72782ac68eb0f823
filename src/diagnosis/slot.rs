//! A site's place among the approvals of its user. Uses `model` and `context`.

use crate::diagnosis::context::{Context, Link};
use crate::model::row::Slot;
use crate::model::{Cause, Finding};

/// The place, as far as it is known; none where no user is.
pub(super) fn slot(context: &Context, findings: &[Finding]) -> Option<Slot> {
    let link = context.link();
    if matches!(link, Link::Never(_)) {
        return None;
    }
    context.connection()?.user.as_ref()?;
    // A disconnected site may leave an approval behind; it is not its own any more.
    let own = context.own().filter(|_| link == Link::Connected);
    let position = own.and_then(|own| own.position);
    let oldest = context.account.as_ref().map_or(0, |account| account.ledger.oldest().len());
    let leaves = context.full() && position.is_some_and(|position| position < oldest);
    let found = findings.iter().any(|finding| finding.cause == Cause::NextOut);
    Some(Slot {
        position: position.map(|index| u32::try_from(index + 1).unwrap_or(u32::MAX)),
        used: context.used(),
        limit: context.org_terms.slot_limit,
        approval_id: own.map(|own| own.entry.approval.id),
        next_out: leaves || found,
        tied: (leaves || found) && oldest > 1,
        shared: !context.sharers().is_empty(),
    })
}
