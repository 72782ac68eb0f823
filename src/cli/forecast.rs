//! `forecast`: what dies next, and when: by eviction, idleness, lifetime, rotation, a user that is off, an app that is not installed.

use super::Exit;
use super::context::Context;
use super::known::{self, Known};
use super::report::{Failure, Report};
use super::style::Style;
use super::table;
use crate::model::{Origin, Prospect, age};
use crate::ui::glyphs::{Glyph, Glyphs};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only what has a date within this time: "30d", "12h"
    #[arg(long, value_name = "SPAN")]
    within: Option<String>,
    /// Only sites of this org
    #[arg(long, value_name = "ORG")]
    org: Option<String>,
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<Report, Failure> {
    let within = args.within.as_deref().map(span).transpose()?;
    let known = Known::read(context, args.org.as_deref()).await?;
    let now = known.now;
    let end = within.and_then(|within| now.checked_add_signed(within));
    let mut items = known.reading.forecast(now).items;
    items.retain(|item| args.org.is_none() || item.org.as_ref().is_some_and(|org| known.orgs.contains(org)));
    let undated = items.iter().filter(|item| item.at.is_none()).count();
    if let Some(end) = end {
        items.retain(|item| item.at.is_some_and(|at| at <= end));
    }
    for item in &mut items {
        item.why = item.why.settled(now);
    }
    let text = text(&items, Style::for_stdout(&context.global), now);
    let mut report = Report::done(json!({ "items": items }), text);
    report.warnings = known.warnings();
    report.warnings.extend(known.ledgers().iter().filter_map(known::short));
    if end.is_some() && undated > 0 {
        report.warnings.push(format!("{undated} without a date left out: fusebox forecast shows them"));
    }
    Ok(report)
}

fn span(text: &str) -> Result<TimeDelta, Failure> {
    let parsed = humantime::parse_duration(text).ok().and_then(|span| TimeDelta::from_std(span).ok());
    parsed.ok_or_else(|| {
        Failure::new(Exit::Usage, "--within is no span of time").advise("write it as \"30d\" or \"12h\"")
    })
}

const HEADER: [&str; 6] = ["WHEN", "BY", "SITE", "ORG/USER", "SURE", "WHY"];

fn text(items: &[Prospect], style: Style, now: DateTime<Utc>) -> String {
    if items.is_empty() {
        return String::new();
    }
    let mut cells = vec![HEADER.map(str::to_owned).to_vec()];
    cells.extend(items.iter().map(|item| row(item, style.glyphs(), now)));
    table::lay_out(&cells, style.room(), |_, _, cell| cell)
}

fn row(item: &Prospect, glyphs: Glyphs, now: DateTime<Utc>) -> Vec<String> {
    let site = item.sites.first().map(ToString::to_string).unwrap_or_default();
    let more = item.sites.len().saturating_sub(1);
    let owner = match (&item.org, &item.user) {
        (Some(org), Some(user)) => known::owner(org, user.as_str()),
        (Some(org), None) => org.to_string(),
        (None, _) => "?".to_owned(),
    };
    vec![
        when(item, glyphs, now),
        item.by.to_string(),
        if more == 0 { site } else { format!("{site} +{more}") },
        owner,
        item.confidence.to_string(),
        item.why.at(now).into_owned(),
    ]
}

/// `~30d` by the policy, `30d†` where the configuration tells its unit, `3h` by the rate that was measured, `due` where that is past, `?` without a date.
fn when(item: &Prospect, glyphs: Glyphs, now: DateTime<Utc>) -> String {
    let [before, after] = match item.origin {
        Some(Origin::Policy) => [glyphs.get(Glyph::Policy), ""],
        Some(Origin::Operator) => ["", glyphs.get(Glyph::Told)],
        Some(Origin::Measured) | None => ["", ""],
    };
    match item.at {
        None => "?".to_owned(),
        Some(at) if at <= now => "due".to_owned(),
        Some(at) => format!("{before}{}{after}", age::span(at - now)),
    }
}
