//! `why SITE`: why a site is in the state it is in, with what speaks for and against it and what to do.

use super::context::Context;
use super::report::{Failure, Report};
use super::show;
use super::style::Style;
use crate::model::SiteDetail;
use chrono::{DateTime, Utc};
use serde_json::json;
use std::fmt::Write;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which site, as the configuration names it
    site: String,
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<Report, Failure> {
    let now = context.clock.now();
    let (detail, warnings) = show::known(context, &args.site, now).await?;
    let row = &detail.row;
    let result = json!({
        "site": row.name,
        "health": row.health,
        "cause": row.cause,
        "reason": row.reason,
        "confidence": row.confidence,
        "since": row.since,
        "proof_at": row.proof_at,
        "observed_at": row.observed_at,
        "findings": show::findings(&detail, now),
    });
    let mut report = Report::done(result, text(&detail, Style::for_stdout(&context.global), now));
    report.warnings = warnings;
    Ok(report)
}

fn text(detail: &SiteDetail, style: Style, now: DateTime<Utc>) -> String {
    let row = &detail.row;
    let mut text = format!("{}  {}", style.health(row.health, &row.health.to_string()), row.name);
    if detail.findings.is_empty() {
        let reason = if row.reason.is_empty() { "nothing was found that is worth knowing" } else { &row.reason };
        let _ = write!(text, "  {reason}");
    }
    text.push('\n');
    for found in &detail.findings {
        text.push_str(&show::finding(found, now));
    }
    text
}
