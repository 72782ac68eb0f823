//! Why an approval is a site's, or whose it may be: the evidence as people read it.

use crate::diagnosis::attribution::{Entry, Holder, Ledger, refreshes};
use crate::diagnosis::words::{Source, count, happened, opposes, supports};
use crate::model::{Basis, Evidence, EvidenceKind, SiteState};

/// Refreshes that are told one by one, the newest.
const TOLD: usize = 3;

/// What speaks for and against `entry` being the holder's.
pub(super) fn why(ledger: &Ledger, holder: &Holder, entry: &Entry) -> Vec<Evidence> {
    let mut evidence = vec![supports(Source::Site, None, "the site names this org and this user (sf_id)")];
    if let Some(own) = ledger.own(holder) {
        match (own.basis, entry.link) {
            (Basis::Found, Some(link)) => {
                evidence.push(supports(Source::Measured, Some(link.since), format!("found before: {}", link.how)));
            }
            (basis, _) => evidence.push(supports(Source::Measured, None, basis.to_string())),
        }
    }
    for change in holder.sites.iter().filter_map(|site| site.refresh_changes.last()) {
        let inside = entry.created >= change.after && entry.created <= change.by;
        if inside {
            let what = "made between the two looks between which the site's refresh token changed";
            evidence.push(happened(EvidenceKind::Arrives, Source::Org, entry.created, what));
        }
    }
    let Some(uses) = entry.uses else { return evidence };
    let windows: Vec<_> = holder.sites.iter().flat_map(|site| refreshes(site)).collect();
    let met = windows.iter().filter(|change| uses.in_between(change.after, change.by) == Some(true)).count();
    if met > 0 {
        let what = format!("used each time the site refreshed: {} watched", count(met, "time"));
        evidence.push(supports(Source::Measured, None, what));
    }
    for at in uses.exact().rev().take(TOLD) {
        if windows.iter().any(|change| change.after <= at && at <= change.by) {
            evidence.push(happened(EvidenceKind::Good, Source::Org, at, "used as the site's access token changed"));
        }
    }
    if let [site] = holder.sites[..]
        && let Some(own) = ledger.addresses.of_site(site)
    {
        let from = |at| Some((at, ledger.addresses.of_use(at)?));
        let known: Vec<_> = uses.exact().rev().filter_map(from).collect();
        if let Some((at, _)) = known.iter().find(|(_, address)| *address == own.address) {
            let what = format!("used from {}, from which the site refreshes", own.address);
            evidence.push(supports(Source::Org, Some(*at), what));
        } else if let Some((at, address)) = known.first() {
            let what = format!("used from {address}; the site refreshes from {}", own.address);
            evidence.push(opposes(Source::Org, Some(*at), what));
        }
    }
    let in_vain =
        uses.exact().filter(|at| !windows.iter().any(|change| change.after <= *at && *at <= change.by)).count();
    if in_vain > 0 && met > 0 {
        let times = count(in_vain, "use");
        evidence.push(opposes(
            Source::Measured,
            None,
            format!("{times} without a new access token: in vain, or another's"),
        ));
    }
    if !ledger.complete {
        evidence.push(opposes(Source::Counted, None, "not all approvals of the user are listed"));
    }
    evidence
}

/// Who may hold an approval that is nobody's for sure.
pub(super) fn who_may(ledger: &Ledger, index: usize) -> Vec<Evidence> {
    let may = ledger.may_hold(index);
    let names: Vec<&SiteState> = may.iter().flat_map(|holder| holder.sites.iter().copied()).collect();
    let mut evidence: Vec<Evidence> = names
        .iter()
        .map(|site| supports(Source::Counted, None, format!("{} may hold it: nothing speaks against it", site.name)))
        .collect();
    if names.is_empty() {
        evidence.push(opposes(Source::Measured, None, "no known site of this user can hold it"));
    }
    evidence.push(opposes(Source::Expected, None, "a site that fusebox does not know may hold it"));
    evidence
}
