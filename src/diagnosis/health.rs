//! The fold: of everything that was found, the one health. The first line that holds, in the order of
//! `docs/architecture.md`, "Health". Uses `model`, the rules and the states that are no rule's finding.

use crate::diagnosis::context::{Context, Link};
use crate::diagnosis::{rules, states, words};
use crate::model::{Finding, Health, Severity};

/// The health of one site, with what was found.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) health: Health,
    /// The deciding one first, where one decided.
    pub(super) findings: Vec<Finding>,
    /// Whether the first finding decided; not so where all is well.
    pub(super) decided: bool,
}

/// Folds.
pub(super) fn fold(context: &Context) -> Verdict {
    let mut findings = rules::findings(context);
    if let Link::Never(cause) = context.link() {
        if let Some(found) = findings.iter().position(|finding| finding.cause == cause) {
            findings[..=found].rotate_right(1);
        }
        return Verdict { health: Health::Off, findings, decided: true };
    }
    let verdict = in_service(context, findings);
    match states::staged(context, &verdict) {
        Some(finding) => verdict.led_by(Health::Stag, finding),
        None => verdict,
    }
}

/// The health of a site that counts.
fn in_service(context: &Context, mut findings: Vec<Finding>) -> Verdict {
    let gravest = findings.first_mut().filter(|finding| finding.severity > Severity::Info);
    if let Some(failed) = gravest.filter(|finding| finding.severity == Severity::Fail) {
        failed.reason.push_str(&silence(context));
        return Verdict { health: Health::Fail, findings, decided: true };
    }
    let warned = findings.first().is_some_and(|finding| finding.severity == Severity::Warn);
    let verdict = Verdict { health: Health::Ok, findings, decided: false };
    if let Some(finding) = states::unproved(context) {
        return verdict.led_by(Health::Unkn, finding);
    }
    if let Some(finding) = states::silent(context) {
        return verdict.led_by(Health::Old, finding);
    }
    if warned {
        return Verdict { health: Health::Warn, decided: true, ..verdict };
    }
    match states::stale_proof(context) {
        Some(finding) => verdict.led_by(Health::Old, finding),
        None => verdict,
    }
}

impl Verdict {
    fn led_by(mut self, health: Health, finding: Finding) -> Self {
        self.findings.insert(0, finding);
        Self { health, findings: self.findings, decided: true }
    }
}

/// How old the news of a broken site is, where looks fail now.
fn silence(context: &Context) -> String {
    let reach = context.site.reach.as_ref();
    let failure = reach.and_then(|reach| reach.value.as_ref().err());
    match (failure, context.site.answered_at) {
        (Some(failure), Some(answered)) => {
            format!(" No answer since {}: {}.", context.stamp(answered), words::failed(failure.class))
        }
        _ => String::new(),
    }
}
