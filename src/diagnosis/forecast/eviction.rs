//! By eviction: the next approval of a full user removes its oldest. It has no date: it comes when somebody authorizes a site.

use crate::diagnosis::attribution::is_connected;
use crate::diagnosis::context::Context;
use crate::diagnosis::forecast::owner;
use crate::diagnosis::remedy::{other_users, revoke_orphan};
use crate::diagnosis::words::{Source, count, happened, list, opposes, supports, why};
use crate::model::{Cause, Confidence, EvidenceKind, Prospect, SiteName};
use std::fmt::Write;

/// Names in a sentence, at most.
const NAMED: usize = 4;

/// What the next approval of the site's user would end, if this site may be part of it.
pub(super) fn next(context: &Context) -> Option<Prospect> {
    let ledger = &context.account.as_ref()?.ledger;
    let holder = context.holder()?;
    let suspects = ledger.may_leave_first();
    if !context.full() || !suspects.iter().any(|suspect| std::ptr::eq(*suspect, holder)) {
        return None;
    }
    let oldest = ledger.oldest();
    let connected = suspects.iter().flat_map(|suspect| suspect.sites.iter().copied());
    let mut sites: Vec<SiteName> =
        connected.filter(|site| is_connected(site) && !context.is_staged(site)).map(|site| site.name.clone()).collect();
    sites.sort();
    let own = suspects.first().and_then(|only| ledger.own(only)).filter(|_| suspects.len() == 1);
    let confidence = match (own, oldest.len(), suspects.len()) {
        (Some(own), 1, _) => own.confidence,
        (None, 1, 1) => Confidence::Medium,
        _ => Confidence::Low,
    };
    let (who, limit) = (context.who(), context.org_terms.slot_limit);
    let ids: Vec<String> = oldest.iter().map(|entry| entry.approval.id.short()).collect();
    let ids = list(&ids, "and");
    let whose = whose(&sites, own.is_some());
    let mut short = format!("next approval of {who}");
    if oldest.len() > 1 {
        let _ = write!(short, ", 1 of {}", oldest.len());
    }
    let reason = if oldest.len() > 1 {
        format!("The next approval of {who} removes one of {ids}, made in the same second: {whose}.")
    } else {
        format!("The next approval of {who} removes {ids}: {whose}.")
    };
    let mut evidence =
        vec![supports(Source::Counted, None, format!("{who} holds {} of {limit} approvals", ledger.listed().len()))];
    evidence.extend(oldest.iter().map(|entry| {
        let what = format!("{} was made, the oldest", entry.approval.id.short());
        happened(EvidenceKind::Arrives, Source::Org, entry.created, what)
    }));
    evidence.extend(own.map(|own| supports(Source::Measured, None, format!("it is this site's: {}", own.basis))));
    if own.is_none() {
        let may = count(suspects.len(), "known site");
        evidence.push(opposes(
            Source::Counted,
            None,
            format!("{may} may hold it, and so may one that is not known here"),
        ));
    }
    let mut remedies: Vec<_> = revoke_orphan(context).into_iter().collect();
    remedies.extend(other_users(context));
    let (org, user) = owner(context);
    Some(Prospect {
        at: None,
        origin: None,
        by: Cause::Evicted,
        sites,
        org,
        user,
        confidence,
        reason,
        why: why(short),
        evidence,
        remedies,
    })
}

fn whose(sites: &[SiteName], known: bool) -> String {
    let mut names: Vec<String> = sites.iter().take(NAMED).map(ToString::to_string).collect();
    if sites.len() > NAMED {
        names.push(format!("{} more", sites.len() - NAMED));
    }
    match (known, sites.len()) {
        (true, 1) => format!("{} loses its connection", names[0]),
        (true, _) => format!("{} lose their connection, which is one token", list(&names, "and")),
        (false, 1) => format!("it may be {}'s", names[0]),
        (false, _) => format!("it may be that of {}", list(&names, "or")),
    }
}
