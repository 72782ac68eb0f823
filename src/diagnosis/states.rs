//! The verdicts that are no rule's: staging, never proved, silent, proof too old. Each is a finding of its own, so that
//! it has evidence and remedies like any other. Uses `model`.

use crate::diagnosis::context::Context;
use crate::diagnosis::health::Verdict;
use crate::diagnosis::horizon::plus;
use crate::diagnosis::remedy::{look, prove, spend, write};
use crate::diagnosis::standing::Standing;
use crate::diagnosis::words::{self, Source, failed, happened, opposes, quote, supports, why};
use crate::model::site_state::{Proof, ProofKind};
use crate::model::{
    Cause, Confidence, Dated, Evidence, EvidenceKind, Failure, FailureClass, Finding, ProveOutcome, Remedy, Rotation,
    Running, Severity, Why,
};
use chrono::{DateTime, Utc};

/// The sentence of a site that is well.
pub(super) fn well(context: &Context) -> String {
    match context.site.proof {
        Some(proof) if proof.how == ProofKind::Called => {
            format!("A call by the site worked at {}.", context.stamp(proof.at))
        }
        Some(proof) => format!("The site refreshed its session after {}.", context.stamp(proof.at)),
        None => String::new(),
    }
}

/// Staging: by the operator's word, by the plugin's, or a copy under another address. Tells what would hold otherwise.
pub(super) fn staged(context: &Context, otherwise: &Verdict) -> Option<Finding> {
    let guard = context.site.status.as_ref().map(|status| &status.value.staging);
    let duplicate = guard.is_some_and(|guard| guard.duplicate);
    let effective = guard.is_some_and(|guard| guard.effective);
    if !context.is_staged(context.site) {
        return None;
    }
    let recorded = guard.and_then(|guard| guard.recorded_url.as_ref()).map(quote);
    let original = context.sharers().into_iter().find(|site| !context.is_staged(site));
    let (cause, what, short) = match (duplicate, original) {
        (true, Some(original)) => (
            Cause::Clone,
            format!("A copy of {}", original.name),
            format!("clone of {}", context.short(&original.name)),
        ),
        (true, None) => {
            (Cause::Clone, "A copy under another address than the recorded one".to_owned(), "clone".to_owned())
        }
        (false, _) if effective => (Cause::Staging, "Staging mode is on".to_owned(), "staging mode".to_owned()),
        (false, _) => (Cause::Staging, "Marked as staging".to_owned(), "staging".to_owned()),
    };
    let then = match otherwise.findings.first().filter(|_| otherwise.decided) {
        Some(finding) => format!("otherwise {}: {}", otherwise.health, finding.reason),
        None => format!("otherwise {}.", otherwise.health),
    };
    let mut evidence = Vec::new();
    evidence.extend(
        recorded
            .filter(|_| duplicate)
            .map(|url| supports(Source::Site, None, format!("its recorded address is {url}"))),
    );
    evidence.extend(context.terms.staging.then(|| supports(Source::Operator, None, "the configuration marks it")));
    evidence.extend(effective.then(|| supports(Source::Site, None, "WP Fusion holds back what the site would send")));
    Some(info(cause, format!("{what}, left out of the counts; {then}"), why(short), evidence, Vec::new()))
}

/// Nothing has shown that the connection works: never reached, never proved, or authorized anew since it did.
pub(super) fn unproved(context: &Context) -> Option<Finding> {
    let site = context.site;
    if site.status.is_none() {
        return Some(unreached(context));
    }
    if let Standing::Doubtful(found) = &context.standing {
        let refused = context.stamp(found.last);
        let reason =
            format!("Authorized anew after, or about when, it was refused at {refused}; nothing has proved it since.");
        let refused = opposes(Source::SiteLog, Some(found.last), quote(&found.text));
        let mut evidence = vec![Evidence { kind: EvidenceKind::Breaks, ..refused }];
        let anew = context.site.refresh_changes.last().filter(|change| change.by >= found.last);
        evidence.extend(anew.map(|change| {
            happened(EvidenceKind::Arrives, Source::Measured, change.by, "a new refresh token is stored")
        }));
        return Some(info(Cause::NeverProved, reason, why("authorized anew"), evidence, vec![prove(context)]));
    }
    if site.proof.is_some() {
        return None;
    }
    let last = site.prove.as_ref();
    let (what, short) = match last.map(|prove| (&prove.value, prove.seen_at)) {
        None => ("it has not been asked to make a call yet".to_owned(), "never proved"),
        Some((ProveOutcome::Withheld, at)) => (
            format!("its session had expired at {}, and only its own next refresh can prove it", context.stamp(at)),
            "idle, no proof yet",
        ),
        Some((ProveOutcome::Failed { text } | ProveOutcome::Refused { text }, at)) => {
            (format!("its call at {} came to nothing: {}", context.stamp(at), quote(text)), "its call failed")
        }
        // A good call is a proof.
        Some((ProveOutcome::Good, _)) => return None,
    };
    let evidence = last.map(|prove| opposes(Source::Site, Some(prove.seen_at), "a call showed neither life nor death"));
    let reason = format!("No call of this site has been seen to work: {what}.");
    let mut remedies = vec![prove(context)];
    if context.org_terms.rotation == Rotation::Off {
        // A refresh is safe only where it is known not to void the token that the plugin keeps.
        remedies.push(spend(format!("let {} refresh once", site.name), "proves it, and spends one refresh"));
    }
    Some(info(Cause::NeverProved, reason, why(short), evidence.into_iter().collect(), remedies))
}

/// No look has brought a status.
fn unreached(context: &Context) -> Finding {
    let site = &context.site.name;
    let Some((since, failure)) = failing(context.site.reach.as_ref()) else {
        let remedies = vec![look(format!("look at {site}"), "costs nothing")];
        return info(
            Cause::NeverProved,
            "Not looked at yet.".to_owned(),
            why("not looked at yet"),
            Vec::new(),
            remedies,
        );
    };
    let reason = format!("Has never answered: {}; first tried {}.", words::failure(failure), context.stamp(since));
    let evidence = vec![supports(Source::Measured, Some(since), words::failure(failure))];
    let mut finding =
        info(failure.class.cause(), reason, why(failed(failure.class)), evidence, reach_it(context, failure));
    finding.since = Some(since);
    finding
}

/// The site, or its org, has not answered for too long.
pub(super) fn silent(context: &Context) -> Option<Finding> {
    let site = context.site;
    let of_site = site.answered_at.map(|answered| (format!("{}", site.name), "silent", answered, site.reach.as_ref()));
    let of_org = context.org.and_then(|org| {
        // An org that never answered is silent from its first failure on.
        let since = org.answered_at.or_else(|| failing(org.reach.as_ref()).map(|(since, _)| since))?;
        Some((format!("Org {}", org.name), "org silent", since, org.reach.as_ref()))
    });
    let (who, short, since, reach) = of_site
        .into_iter()
        .chain(of_org)
        .find(|(_, _, since, _)| context.horizon.reached(plus(*since, context.thresholds.old_after)))?;
    let failure = failing(reach).map(|(_, failure)| failure);
    let what = failure.map_or_else(|| "not asked since".to_owned(), words::failure);
    let cause = failure.map_or(Cause::ProofOld, |failure| failure.class.cause());
    let reason = format!("{who} has not answered since {}: {what}.", context.stamp(since));
    let last = happened(EvidenceKind::Good, Source::Measured, since, format!("the last answer; then: {what}"));
    let evidence = vec![last];
    let remedies = failure.map_or_else(Vec::new, |failure| reach_it(context, failure));
    let short = Why::aged(format!("{short} for "), Running::Since(since), "");
    let mut finding = info(cause, reason, short, evidence, remedies);
    finding.since = Some(plus(since, context.thresholds.old_after));
    Some(finding)
}

/// The proof, as the beginning of what happened since.
pub(super) fn last_good(proof: Proof) -> Evidence {
    let (source, what) = match proof.how {
        ProofKind::Called => (Source::Site, "last good call by the site"),
        ProofKind::Refreshed => (Source::Measured, "refreshed its session after this"),
    };
    happened(EvidenceKind::Good, source, proof.at, what)
}

/// It worked, too long ago to lean on.
pub(super) fn stale_proof(context: &Context) -> Option<Finding> {
    let proof = context.site.proof?;
    let end = plus(proof.at, context.thresholds.proof_max_age);
    if !context.horizon.reached(end) {
        return None;
    }
    let reason = format!("The last proof is of {}; nothing has shown since that it works.", context.stamp(proof.at));
    let evidence = vec![last_good(proof)];
    let short = Why::aged("proof is ", Running::Since(proof.at), " old");
    let mut finding = info(Cause::ProofOld, reason, short, evidence, vec![prove(context)]);
    finding.since = Some(end);
    Some(finding)
}

fn failing(reach: Option<&Dated<Result<i64, Failure>>>) -> Option<(DateTime<Utc>, &Failure)> {
    let reach = reach?;
    Some((reach.since, reach.value.as_ref().err()?))
}

fn reach_it(context: &Context, failure: &Failure) -> Vec<Remedy> {
    let site = &context.site.name;
    let step = match failure.class {
        FailureClass::NotPermitted => {
            write("give the agent's user the capability that the answer names".to_owned(), "the next look works")
        }
        FailureClass::Unauthorized => {
            write("make a new Application Password there and store it".to_owned(), "the old one can be deleted")
        }
        FailureClass::NoAgent => {
            write(format!("put what `fusebox agent` prints into wp-content/mu-plugins/ of {site}"), "it only reads")
        }
        FailureClass::WrongSite => {
            write(format!("set the url or path of {site} right"), "in this fusebox's configuration")
        }
        FailureClass::PhpFatal => {
            look(format!("read the PHP error log of {site}"), "another plugin may break it; the connection may live")
        }
        _ => look(format!("look at {site} again"), "costs nothing"),
    };
    vec![step]
}

fn info(cause: Cause, reason: String, why: Why, evidence: Vec<Evidence>, remedies: Vec<Remedy>) -> Finding {
    Finding {
        cause,
        severity: Severity::Info,
        confidence: Confidence::High,
        reason,
        why,
        since: None,
        evidence,
        remedies,
    }
}
