//! `show SITE`: one site with everything behind its line.

use super::context::{Context, known_sites};
use super::report::{Failure, Report};
use super::site::SiteLine;
use super::style::Style;
use crate::backend::Reading;
use crate::model::age;
use crate::model::{Dated, Expiry, Finding, Origin, PluginState, SiteDetail, SiteLog, SiteRow};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::json;
use std::fmt::Write;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which site, as the configuration names it
    site: String,
}

/// Rows of the log that are printed: a broken site says the same every hour.
const LOG_ROWS: usize = 5;

pub(super) async fn run(context: &Context, args: &Args) -> Result<Report, Failure> {
    let now = context.clock.now();
    let (detail, warnings) = known(context, &args.site, now).await?;
    let text = text(&detail, Style::for_stdout(&context.global), now);
    let mut report = Report::done(result(&detail, now), text);
    report.warnings = warnings;
    Ok(report)
}

/// What is known of one site of the configuration at `now`, and what of the store could not be read.
pub(super) async fn known(
    context: &Context,
    site: &String,
    now: DateTime<Utc>,
) -> Result<(SiteDetail, Vec<String>), Failure> {
    let config = context.config()?;
    let names = known_sites(&config, std::slice::from_ref(site))?;
    let store = context.store()?;
    let reading = Reading::load(&config, &store, now).await?;
    let detail = names.first().and_then(|name| reading.detail(name, now));
    let detail = detail.ok_or_else(|| Failure::usage("no such site"))?;
    Ok((detail, reading.unreadable.iter().map(ToString::to_string).collect()))
}

fn result(detail: &SiteDetail, now: DateTime<Utc>) -> serde_json::Value {
    json!({
        "site": SiteLine::from(&detail.row),
        "since": detail.row.since,
        "findings": findings(detail, now),
        "reach": detail.reach,
        "status": detail.status,
        "log": detail.log,
        "user": detail.user,
        "approvals": detail.approvals,
        "departed": detail.departed,
    })
}

/// The findings as they are told once: ages in them do not go on.
pub(super) fn findings(detail: &SiteDetail, now: DateTime<Utc>) -> Vec<Finding> {
    let told = |finding: &Finding| Finding { why: finding.why.settled(now), ..finding.clone() };
    detail.findings.iter().map(told).collect()
}

fn text(detail: &SiteDetail, style: Style, now: DateTime<Utc>) -> String {
    let row = &detail.row;
    let mut text = format!("{}  {}  {}\n", style.health(row.health, &row.health.to_string()), row.name, row.url);
    if !row.reason.is_empty() {
        let cause = row.cause.map(|cause| format!("  ({cause})")).unwrap_or_default();
        line(&mut text, "why", &format!("{}{cause}", row.reason));
    }
    let mut fact = |name: &str, value: Option<String>| line(&mut text, name, value.as_deref().unwrap_or("?"));
    if let Some(since) = row.since {
        fact("since", Some(time(since, now)));
    }
    fact("proved", row.proof_at.map(|at| time(at, now)));
    fact("seen", row.observed_at.map(|at| time(at, now)));
    fact("org", row.org.as_ref().map(ToString::to_string));
    fact("user", row.user.as_ref().map(ToString::to_string));
    fact("slot", slot(row));
    // Of a site that never answered there is nothing more to say than that.
    let token = |token| row.observed_at.map(|_| expiry(token, now));
    fact("refresh token", token(&row.refresh_token));
    fact("access token", token(&row.access_token));
    fact("use count", row.use_count.map(|count| format!("{count} refresh requests, refused ones included")));
    fact("object type", row.object_type.as_ref().map(ToString::to_string));
    fact("segment type", row.segment_type.as_ref().map(ToString::to_string));
    fact("plugin", detail.status.as_ref().map(|seen| plugin(&seen.value.plugin)));
    if let Some(Err(failure)) = detail.reach.as_ref().map(|reach| &reach.value) {
        fact("last look", Some(failure.to_string()));
    }
    for found in &detail.findings {
        text.push_str(&finding(found, now));
    }
    if let Some(log) = &detail.log {
        text.push_str(&log_lines(log, now));
    }
    text
}

/// The newest rows of the plugin's log, and how far back the others go.
fn log_lines(log: &Dated<SiteLog>, now: DateTime<Utc>) -> String {
    let (rows, mut text) = (&log.value.rows, String::new());
    if rows.is_empty() {
        return text;
    }
    let _ = writeln!(text, "\nlog  newest first, by the site's clock; read {} ago", age::since(log.seen_at, now));
    for row in rows.iter().take(LOG_ROWS) {
        let level = if row.level >= 500 { "error" } else { "warning" };
        let _ = writeln!(text, "  {}  {level}  {}", stamp(row.at), row.message);
    }
    if let Some(oldest) = rows.get(LOG_ROWS..).and_then(<[_]>::last) {
        let _ = writeln!(text, "  {} more, back to {}: --json has them", rows.len() - LOG_ROWS, stamp(oldest.at));
    }
    text
}

/// Which slot, in words: the signs of the list have no legend here.
fn slot(row: &SiteRow) -> Option<String> {
    let slot = row.slot.as_ref()?;
    let (used, limit) = (slot.used.map_or_else(|| "?".to_owned(), |used| used.to_string()), slot.limit);
    let place = match slot.position {
        Some(position) => format!("{position} of {limit}, oldest first"),
        None if row.refresh_token == Expiry::Dead => "none".to_owned(),
        None => "which one is not known".to_owned(),
    };
    let next = match (slot.next_out, slot.tied) {
        (true, true) => "; leaves first, or another made in the same second",
        (true, false) => "; leaves first",
        (false, _) => "",
    };
    let shared = if slot.shared { "; another site holds the same token" } else { "" };
    Some(format!("{place}; the user holds {used} of {limit}{next}{shared}"))
}

/// When a token ends, and who says so.
fn expiry(expiry: &Expiry, now: DateTime<Utc>) -> String {
    let by = |origin: Origin| match origin {
        Origin::Measured => "measured",
        Origin::Policy => "by the org's policy",
        Origin::Operator => "by the org's policy, whose unit the configuration tells",
    };
    match expiry {
        Expiry::At { at, origin } => format!("until {}, {}", time(*at, now), by(*origin)),
        Expiry::Never { origin } => format!("no end, {}", by(*origin)),
        Expiry::Dead => "dead".to_owned(),
        Expiry::Unknown { because } => format!("? {because}"),
    }
}

/// A finding with what speaks for and against it, and what to do.
pub(super) fn finding(found: &Finding, now: DateTime<Utc>) -> String {
    let mut text = format!("\n{}  {}  sure: {}\n", found.severity, found.cause, found.confidence);
    let _ = writeln!(text, "  {}", found.reason);
    for evidence in &found.evidence {
        let sign = if evidence.supports { '+' } else { '-' };
        let at = evidence.at.map(|at| format!("{}  ", time(at, now))).unwrap_or_default();
        let _ = writeln!(text, "  {sign} {at}{}: {}", evidence.source, evidence.what);
    }
    for (number, remedy) in found.remedies.iter().enumerate() {
        let _ = writeln!(text, "  {}. {} [{}]: {}", number + 1, remedy.what, remedy.class, remedy.effect);
    }
    text
}

fn line(text: &mut String, name: &str, value: &str) {
    let _ = writeln!(text, "  {name:<13}  {value}");
}

fn plugin(state: &PluginState) -> String {
    match state {
        PluginState::Absent => "not installed".to_owned(),
        PluginState::Inactive { version } => format!("WP Fusion {version}, not active"),
        PluginState::Active { edition, version } => format!("WP Fusion {version} ({edition})"),
    }
}

fn time(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let distance =
        if at > now { format!("in {}", age::span(at - now)) } else { format!("{} ago", age::since(at, now)) };
    format!("{}  {distance}", stamp(at))
}

fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
