//! The rules, one finding each, in the order in which they claim to be the cause.
//!
//! A rule sees a [`Context`] and nothing else. Among findings of one weight the surer one leads where a site failed (a
//! break has one cause), and the order of the table decides among the rest.

mod app;
mod connection;
mod evicted;
mod near;
mod next_out;
mod org;
mod policy;
mod refused;
mod revoked;
mod rotation;
mod shared;
mod site;
mod trail;
mod unrecorded;
mod user;

use crate::diagnosis::context::Context;
use crate::diagnosis::states;
use crate::model::{Cause, Evidence, EvidenceKind, Finding, Severity};
pub(super) use policy::change_policy;

/// What all rules look like.
type Rule = fn(&Context) -> Option<Finding>;

/// All rules but the last resort. First what broke a site, then what will; `docs/simulator.md` names the order of the
/// second part.
const RULES: &[Rule] = &[
    connection::connection,
    org::sandbox_refreshed,
    app::uninstalled,
    refused::refused,
    user::inactive,
    user::frozen,
    policy::immediate,
    evicted::evicted,
    rotation::rotated_out,
    policy::lifetime,
    policy::idle,
    policy::idle_cap,
    revoked::revoked,
    app::not_installed,
    rotation::risk,
    next_out::next_out,
    near::idle,
    near::lifetime,
    shared::shared_token,
    org::call_limit,
    site::cron_dead,
    site::errors,
    site::clock_skew,
];

/// Everything that holds of a site, the gravest first.
pub(super) fn findings(context: &Context) -> Vec<Finding> {
    let mut findings: Vec<Finding> = RULES.iter().filter_map(|rule| rule(context)).collect();
    if !findings.iter().any(|finding| finding.severity == Severity::Fail) {
        findings.extend(unrecorded::unrecorded(context));
    }
    for finding in &mut findings {
        if finding.severity == Severity::Fail || finding.cause == Cause::SiteErrors {
            finding.evidence.extend(context.site.proof.map(states::last_good));
        }
        if finding.severity == Severity::Fail {
            finding.evidence.extend(context.broken().and_then(refused::still_refused));
        }
        let changes = trail::told(context, finding);
        finding.evidence.extend(changes);
        in_time_order(&mut finding.evidence);
    }
    // The sort is stable, so equals keep the order of the table.
    findings.sort_by_key(|finding| {
        let sure = (finding.severity == Severity::Fail).then_some(finding.confidence);
        std::cmp::Reverse((finding.severity, sure))
    });
    findings
}

/// What has a time tells the story, what has none follows. In one moment the good comes before what ends it, and an
/// approval that comes before the one that it removes.
fn in_time_order(evidence: &mut [Evidence]) {
    let rank = |kind| match kind {
        EvidenceKind::Good => 0,
        EvidenceKind::Arrives => 1,
        EvidenceKind::Leaves => 2,
        EvidenceKind::Breaks => 3,
        EvidenceKind::StillDead => 4,
        EvidenceKind::Fact => 5,
    };
    evidence.sort_by_key(|evidence| (evidence.at.is_none(), evidence.at, rank(evidence.kind)));
}
