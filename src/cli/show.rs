//! `show SITE`: one site with everything behind its line.

use super::context::{Context, known_sites};
use super::list::{age, expiry, slot};
use super::report::{Failure, Report};
use super::site::SiteLine;
use super::style::Style;
use crate::backend::Reading;
use crate::model::{Finding, PluginState, SiteDetail};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::json;
use std::fmt::Write;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which site, as the configuration names it
    site: String,
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<Report, Failure> {
    let config = context.config()?;
    let names = known_sites(&config, std::slice::from_ref(&args.site))?;
    let store = context.store()?;
    let now = context.clock.now();
    let reading = Reading::load(&config, &store, now).await?;
    let detail = names.first().and_then(|name| reading.detail(name, now));
    let Some(detail) = detail else { return Err(Failure::usage("no such site")) };
    let text = text(&detail, Style::for_stdout(context.global.color), now);
    let mut report = Report::done(result(&detail), text);
    report.warnings = reading.unreadable.iter().map(ToString::to_string).collect();
    Ok(report)
}

fn result(detail: &SiteDetail) -> serde_json::Value {
    json!({
        "site": SiteLine::from(&detail.row),
        "since": detail.row.since,
        "findings": detail.findings,
        "reach": detail.reach,
        "status": detail.status,
        "log": detail.log,
        "user": detail.user,
        "approvals": detail.approvals,
        "departed": detail.departed,
    })
}

fn text(detail: &SiteDetail, style: Style, now: DateTime<Utc>) -> String {
    let row = &detail.row;
    let mut text = format!("{}  {}  {}\n", style.health(row.health, &row.health.to_string()), row.name, row.url);
    if !row.reason.is_empty() {
        let cause = row.cause.map(|cause| format!("  ({cause})")).unwrap_or_default();
        line(&mut text, "why", &format!("{}{cause}", row.reason));
    }
    let mut fact = |name: &str, value: Option<String>| line(&mut text, name, value.as_deref().unwrap_or("?"));
    fact("since", row.since.map(|at| time(at, now)));
    fact("proved", row.proof_at.map(|at| time(at, now)));
    fact("seen", row.observed_at.map(|at| time(at, now)));
    fact("org", row.org.as_ref().map(ToString::to_string));
    fact("user", row.user.as_ref().map(ToString::to_string));
    fact("slot", Some(slot(row)));
    fact("refresh token", Some(expiry(&row.refresh_token, now)));
    fact("access token", Some(expiry(&row.access_token, now)));
    fact("use count", row.use_count.map(|count| count.to_string()));
    fact("object type", row.object_type.as_ref().map(ToString::to_string));
    fact("segment type", row.segment_type.as_ref().map(ToString::to_string));
    fact("plugin", detail.status.as_ref().map(|seen| plugin(&seen.value.plugin)));
    if let Some(Err(failure)) = detail.reach.as_ref().map(|reach| &reach.value) {
        fact("last look", Some(failure.to_string()));
    }
    for found in &detail.findings {
        text.push_str(&finding(found, now));
    }
    if let Some(log) = &detail.log
        && !log.value.rows.is_empty()
    {
        text.push_str("\nlog\n");
        for row in &log.value.rows {
            let level = if row.level >= 500 { "error" } else { "warning" };
            let _ = writeln!(text, "  {}  {level}  {}", stamp(row.at), row.message);
        }
    }
    text
}

fn finding(found: &Finding, now: DateTime<Utc>) -> String {
    let mut text = format!("\n{}  {}  ({} confidence)\n", found.severity, found.cause, found.confidence);
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
    let distance = if at > now { format!("in {}", age(at - now)) } else { format!("{} ago", age(now - at)) };
    format!("{}  {distance}", stamp(at))
}

fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
