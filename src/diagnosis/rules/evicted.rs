//! Evicted: the user's slots were full, and a new approval removed the oldest.

use crate::diagnosis::attribution::{Entry, Ledger, SLACK};
use crate::diagnosis::context::{Account, Context, Death};
use crate::diagnosis::horizon::plus;
use crate::diagnosis::remedy::authorize_anew;
use crate::diagnosis::words::{Source, happened, opposes, ordinal, supports, why};
use crate::model::org::RefreshPolicy;
use crate::model::{Cause, Confidence, Departed, Evidence, EvidenceKind, Finding, Rotation, Severity, SiteName};
use chrono::TimeDelta;

/// A busy site notices its eviction within this time: a session lasts two hours from its last use, and evicting ends it.
const NOTICED_WITHIN: TimeDelta = TimeDelta::hours(1);

/// The user's newest approval of before the break took this site's.
pub(super) fn evicted(context: &Context) -> Option<Finding> {
    let death = context.death()?;
    let account = context.account.as_ref()?;
    let ledger = &account.ledger;
    // What is still listed was not removed.
    let still_listed = context.own().is_some_and(|own| own.position.is_some() && own.confidence > Confidence::Low);
    if !ledger.complete || still_listed {
        return None;
    }
    let (index, evictor) = evictor(context, ledger, &death)?;
    let confidence = confidence(context, &death, evictor);
    let newcomer = newcomer(context, ledger, index);
    let (who, limit) = (context.who(), context.org_terms.slot_limit);
    let nth = ordinal(limit.saturating_add(1));
    let made = context.stamp(evictor.created);
    let guest = match &newcomer {
        Some((site, Confidence::High)) => format!(", for {site},"),
        Some((site, _)) => format!(", probably for {site},"),
        None => String::new(),
    };
    let then = match death.departed {
        Some(_) => "and the oldest, this site's, left.".to_owned(),
        // What was not watched is not told as if it had been.
        None => format!("which removes the oldest; this site is refused since {}.", context.stamp(death.at)),
    };
    let reason = format!("{who} made a {nth} approval{guest} at {made}, {then}");
    let short = match &newcomer {
        Some((site, Confidence::High)) => format!("evicted by {}", context.short(site)),
        _ => format!("evicted, {nth} by {who}"),
    };
    Some(Finding {
        cause: Cause::Evicted,
        severity: Severity::Fail,
        confidence,
        reason,
        why: why(short),
        since: Some(death.at),
        evidence: evidence(context, account, &death, evictor, newcomer.as_ref()),
        remedies: authorize_anew(context),
    })
}

/// The approval that took the place: made between the two looks between which the site's own left, or, where that was
/// not watched, the newest one that is older than the first refusal.
fn evictor<'a>(context: &Context, ledger: &'a Ledger, death: &Death) -> Option<(usize, &'a Entry<'a>)> {
    let mut entries = ledger.entries.iter().enumerate();
    match death.departed {
        Some(gone) if was_oldest_of_full(context, ledger, gone) => entries.find(|(_, entry)| replaces(entry, gone)),
        None if context.full() => {
            let by = plus(death.at, SLACK);
            entries.take(ledger.listed().len()).rfind(|(_, entry)| entry.created <= by)
        }
        _ => None,
    }
}

/// Whether, when an approval left, it was the oldest and the user's slots were full without it.
fn was_oldest_of_full(context: &Context, ledger: &Ledger, gone: &Departed) -> bool {
    let mut held = 0;
    for entry in &ledger.entries {
        let was_there = entry.created <= plus(gone.gone_by, SLACK)
            && entry.departed.is_none_or(|departed| departed.gone_by > gone.gone_by);
        if was_there && entry.approval.created_at < gone.approval.created_at {
            return false;
        }
        held += u32::from(was_there);
    }
    held >= context.org_terms.slot_limit
}

fn replaces(entry: &Entry, gone: &Departed) -> bool {
    let window = plus(gone.last_seen, -SLACK)..=plus(gone.gone_by, SLACK);
    entry.approval.id != gone.approval.id
        && entry.approval.created_at > gone.approval.created_at
        && window.contains(&entry.created)
}

fn confidence(context: &Context, death: &Death, evictor: &Entry) -> Confidence {
    if death.departed.is_some() {
        return Confidence::High;
    }
    let at_once = !death.or_earlier && death.at <= plus(evictor.created, NOTICED_WITHIN);
    let policy = context.policy() == Some(RefreshPolicy::UntilRevoked);
    let user = context.account.as_ref().and_then(|account| account.user);
    let user_well = user.is_some_and(|user| user.active && user.frozen != Some(true));
    match (at_once, context.org_terms.rotation) {
        (true, rotation) if policy && user_well && rotation != Rotation::On => Confidence::High,
        (false, Rotation::On) => Confidence::Low,
        _ => Confidence::Medium,
    }
}

/// The site that the evicting approval was made for, and how surely.
fn newcomer(context: &Context, ledger: &Ledger, index: usize) -> Option<(SiteName, Confidence)> {
    let owner = ledger.owner_of(index)?;
    let site = owner.sites.iter().find(|site| site.name != context.site.name)?;
    Some((site.name.clone(), ledger.own(owner)?.confidence))
}

fn evidence(
    context: &Context,
    account: &Account,
    death: &Death,
    evictor: &Entry,
    newcomer: Option<&(SiteName, Confidence)>,
) -> Vec<Evidence> {
    let (who, limit) = (context.who(), context.org_terms.slot_limit);
    let mut evidence = Vec::new();
    if let Some(used) = context.used() {
        evidence.push(supports(Source::Counted, None, format!("{who} may hold {limit} approvals and holds {used}")));
    }
    let nth = ordinal(limit.saturating_add(1));
    let made = match newcomer {
        Some((site, Confidence::High)) => format!("{who} approves a {nth}, for {}", context.short(site)),
        Some((site, _)) => format!("{who} approves a {nth}, maybe for {}", context.short(site)),
        None => format!("{who} approves a {nth}: {}", evictor.approval.id.short()),
    };
    evidence.push(happened(EvidenceKind::Arrives, Source::Org, evictor.created, made));
    // Whose the approval was that left may not be known; that the oldest left is.
    let watched = || {
        let mut departed = account.ledger.entries.iter().filter_map(|entry| entry.departed);
        departed.find(|gone| replaces(evictor, gone) && was_oldest_of_full(context, &account.ledger, gone))
    };
    match death.departed.or_else(watched) {
        Some(gone) => {
            // It left between two looks, and what came in its place tells when.
            let left = evictor.created.max(gone.last_seen).min(gone.gone_by);
            let what = format!("the oldest, {}, leaves the list", gone.approval.id.short());
            evidence.push(happened(EvidenceKind::Leaves, Source::Measured, left, what));
        }
        None => evidence.push(opposes(
            Source::Measured,
            None,
            "no approval was seen to leave: it went before the first look",
        )),
    }
    evidence.extend(context.broken().map(super::refused::words_of));
    if !death.or_earlier && death.departed.is_none() && death.at > plus(evictor.created, NOTICED_WITHIN) {
        evidence.push(opposes(Source::Measured, Some(death.at), "the first refusal came more than an hour after it"));
    }
    evidence.push(opposes(Source::Expected, None, "no line in Setup's audit trail, but evictions leave none"));
    evidence
}
