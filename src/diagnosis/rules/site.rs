//! The site itself: its scheduled tasks, its errors, its clock.

use crate::diagnosis::context::{Context, Link};
use crate::diagnosis::horizon::span;
use crate::diagnosis::remedy::{look, prove, write};
use crate::diagnosis::words::{Source, count, cut, quote, supports, why};
use crate::model::refusal::{Refusal, read_call};
use crate::model::site::LogRow;
use crate::model::site_state::ERROR;
use crate::model::{Cause, Confidence, Evidence, Finding, ProveOutcome, Remedy, Severity};
use chrono::{DateTime, TimeDelta, Utc};

/// WordPress' own scheduler is off, and nothing runs in its place.
pub(super) fn cron_dead(context: &Context) -> Option<Finding> {
    let status = context.site.status.as_ref().filter(|_| context.link() == Link::Connected)?;
    let cron = &status.value.cron;
    if !cron.stalled {
        return None;
    }
    // Without visitors WordPress runs its tasks late; that alone breaks nothing.
    let (severity, confidence) =
        if cron.disabled { (Severity::Warn, Confidence::High) } else { (Severity::Info, Confidence::Medium) };
    let mut evidence = vec![supports(Source::Site, Some(status.since), "a scheduled task is more than an hour late")];
    if cron.disabled {
        evidence.push(supports(Source::Site, Some(status.since), "DISABLE_WP_CRON is set"));
    }
    Some(Finding {
        cause: Cause::CronDead,
        severity,
        confidence,
        reason: "WP-Cron does not run here, so what waits in WP Fusion's queue is not sent.".to_owned(),
        why: why("WP-Cron not running"),
        since: Some(status.since),
        evidence,
        remedies: vec![write(
            format!("run wp-cron.php every minute by the system's cron on {}", context.site.name),
            "what waits is sent",
        )],
    })
}

/// The plugin logged errors after the last proof, or the last call came to nothing.
pub(super) fn errors(context: &Context) -> Option<Finding> {
    let proof = context.site.proof.filter(|_| context.link() == Link::Connected && context.broken().is_none())?;
    let mut errors = since_proof(context, proof.at);
    errors.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let call = context.site.prove.as_ref().filter(|prove| prove.seen_at > proof.at);
    let call = call.and_then(|prove| match &prove.value {
        ProveOutcome::Failed { text } => Some((prove.seen_at, text)),
        // A refusal that passes; one that does not broke the site, and the allocation has a rule of its own.
        ProveOutcome::Refused { text } if read_call(text.as_str()) != Refusal::CallLimit => Some((prove.seen_at, text)),
        _ => None,
    });
    let (reason, short) = match (errors.first(), call) {
        (Some((at, row)), _) => (
            format!(
                "{} since the proof, the last at {}: {}",
                count(errors.len(), "error"),
                context.stamp(*at),
                quote(&row.message)
            ),
            format!("{} since proof", count(errors.len(), "error")),
        ),
        (None, Some((at, text))) => (
            format!("The last call, at {}, came to nothing: {}", context.stamp(at), quote(text)),
            "last call failed".to_owned(),
        ),
        (None, None) => return None,
    };
    let rows = errors.iter().take(3).map(|(at, row)| supports(Source::SiteLog, Some(*at), quote(&row.message)));
    let mut evidence: Vec<Evidence> = rows.collect();
    evidence.extend(call.map(|(at, text)| supports(Source::Site, Some(at), quote(text))));
    Some(Finding {
        cause: Cause::SiteErrors,
        severity: Severity::Warn,
        confidence: Confidence::High,
        reason,
        why: why(short),
        since: errors.last().map(|(at, _)| *at).or(call.map(|(at, _)| at)),
        evidence,
        remedies: vec![prove(context), look(format!("read the log of {}", context.site.name), "costs nothing")],
    })
}

fn since_proof<'a>(context: &Context<'a>, proof: DateTime<Utc>) -> Vec<(DateTime<Utc>, &'a LogRow)> {
    let rows = context.site.log.iter().flat_map(|log| &log.value.rows);
    rows.filter(|row| row.level >= ERROR && !row.message.as_str().contains("refresh withheld"))
        .map(|row| (context.site.host_time(row.at), row))
        .filter(|(at, _)| *at > proof)
        .collect()
}

/// The site's clock, or this host's, is off. All times are corrected by what was measured.
pub(super) fn clock_skew(context: &Context) -> Option<Finding> {
    context.site.answered_at?;
    let seconds = context.site.clock_offset_s;
    let skew = TimeDelta::try_seconds(seconds.checked_abs()?)?;
    if skew <= context.thresholds.clock_skew {
        return None;
    }
    let ahead = if seconds > 0 { "ahead" } else { "behind" };
    let off = in_words(skew);
    let org = context.org.filter(|org| org.answered_at.is_some());
    let host = org.filter(|org| {
        org.clock_offset_s.abs_diff(seconds) <= context.thresholds.clock_skew.num_seconds().unsigned_abs()
    });
    let mut evidence =
        vec![supports(Source::Measured, context.site.answered_at, format!("the site's clock is {off} {ahead}"))];
    let (reason, short, remedies): (String, String, Vec<Remedy>) = match host {
        Some(org) => {
            let what = format!("the clock of {} is as far off", org.name);
            evidence.push(supports(Source::Measured, org.answered_at, what));
            let ours = if seconds > 0 { "behind" } else { "ahead" };
            (
                format!("Site and org agree on the time; the clock of this host is {off} {ours}."),
                format!("this host {off} {ours}"),
                vec![write("set this host's clock", "figures are corrected meanwhile")],
            )
        }
        None => (
            format!("The site's clock is {off} {ahead}; its times are corrected by that."),
            format!("clock {off} {ahead}"),
            vec![write(format!("set the clock of {}", context.site.name), "figures are corrected meanwhile")],
        ),
    };
    Some(Finding {
        cause: Cause::ClockSkew,
        severity: Severity::Warn,
        confidence: Confidence::High,
        reason,
        why: why(short),
        since: None,
        evidence,
        remedies,
    })
}

fn in_words(skew: TimeDelta) -> String {
    match skew.num_seconds() {
        seconds if seconds < 120 => format!("{seconds}s"),
        _ => cut(&span(skew), 8),
    }
}
