//! `users`: one line for each Salesforce user of an org: slots in use, sites, orphans, who leaves next.

use super::context::Context;
use super::known::{self, Known};
use super::report::{Failure, Report};
use super::style::Style;
use super::table;
use crate::model::{ApprovalId, Clean, LedgerEntry, OrgLedger, OrgName, SiteName, UserId, UserLedger};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeSet;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only users of this org
    #[arg(long, value_name = "ORG")]
    org: Option<String>,
}

/// One of `result.users[]`.
#[derive(Debug, Serialize)]
struct UserLine<'a> {
    org: &'a OrgName,
    user: &'a Clean,
    user_id: &'a UserId,
    /// Slots in use; null where not all approvals are listed.
    used: Option<u32>,
    limit: u32,
    /// Whether the next approval removes one.
    full: Option<bool>,
    seen_over_limit: Option<u32>,
    active: Option<bool>,
    frozen: Option<bool>,
    /// Sites whose approval is known.
    sites: BTreeSet<&'a SiteName>,
    /// Sites whose approval is not known.
    unplaced: &'a [SiteName],
    orphans: Vec<ApprovalId>,
    /// What the user approved of other apps, which takes no slot; null where that is not told.
    other_apps: Option<OtherLine<'a>>,
    /// What the next approval removes: one, or one of those that were made in the same second.
    next_out: Vec<NextOut<'a>>,
    observed_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize)]
struct OtherLine<'a> {
    apps: Vec<AppLine<'a>>,
    /// Whether there are no more.
    complete: bool,
}

#[derive(Debug, Serialize)]
struct AppLine<'a> {
    app: &'a Clean,
    approvals: u32,
    /// By the org's clock.
    last_used_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Serialize)]
struct NextOut<'a> {
    approval_id: ApprovalId,
    site: Option<&'a SiteName>,
    orphan: bool,
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<Report, Failure> {
    let known = Known::read(context, args.org.as_deref()).await?;
    let ledgers = known.ledgers();
    let lines: Vec<UserLine> =
        ledgers.iter().flat_map(|org| org.users.iter().map(move |user| line(org, user))).collect();
    let text = text(&lines, Style::for_stdout(&context.global));
    let mut report = Report::done(json!({ "users": lines }), text);
    report.warnings = known.warnings();
    report.warnings.extend(ledgers.iter().filter_map(known::short));
    report.warnings.extend(lines.iter().filter_map(|line| {
        let held = line.seen_over_limit?;
        let who = known::owner(line.org, line.user.as_str());
        Some(format!("{who} holds {held} approvals: slot_limit = {} of {} is too low", line.limit, line.org))
    }));
    Ok(report)
}

fn line<'a>(org: &'a OrgLedger, user: &'a UserLedger) -> UserLine<'a> {
    let held = |entry: &'a LedgerEntry| entry.attribution.site.iter().chain(&entry.attribution.shared_with);
    let leaving = user.entries.iter().filter(|entry| entry.next_out);
    UserLine {
        org: &org.org,
        user: &user.name,
        user_id: &user.id,
        used: user.used,
        limit: user.limit,
        full: user.used.map(|used| used >= user.limit),
        seen_over_limit: user.seen_over_limit,
        active: user.active,
        frozen: user.frozen,
        sites: user.entries.iter().flat_map(held).collect(),
        unplaced: &user.unplaced,
        orphans: user.entries.iter().filter(|entry| entry.orphan.is_some()).map(|entry| entry.approval.id).collect(),
        other_apps: user.other_apps.as_ref().map(|others| OtherLine {
            apps: others
                .apps
                .iter()
                .map(|other| AppLine { app: &other.app, approvals: other.approvals, last_used_at: other.used_at })
                .collect(),
            complete: others.complete,
        }),
        next_out: leaving
            .map(|entry| NextOut {
                approval_id: entry.approval.id,
                site: entry.attribution.site.as_ref(),
                orphan: entry.orphan.is_some(),
            })
            .collect(),
        observed_at: user.entries.iter().map(|entry| entry.observed_at).max().or(org.seen_at),
    }
}

const HEADER: [&str; 6] = ["USER", "SLOTS", "STATE", "SITES", "ORPHANS", "LEAVES NEXT"];

fn text(lines: &[UserLine], style: Style) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let mut cells = vec![HEADER.map(str::to_owned).to_vec()];
    cells.extend(lines.iter().map(row));
    table::lay_out(&cells, style.room(), |_, _, cell| cell)
}

fn row(line: &UserLine) -> Vec<String> {
    let used = line.used.map_or_else(|| "?".to_owned(), |used| used.to_string());
    let sites = match (line.sites.len(), line.unplaced.len()) {
        (placed, 0) => placed.to_string(),
        (0, unplaced) => format!("{unplaced}?"),
        (placed, unplaced) => format!("{placed}+{unplaced}?"),
    };
    vec![
        known::owner(line.org, line.user.as_str()),
        format!("{used}/{}", line.limit),
        state(line.active, line.frozen).to_owned(),
        sites,
        line.orphans.len().to_string(),
        leaves(line),
    ]
}

fn state(active: Option<bool>, frozen: Option<bool>) -> &'static str {
    match (active, frozen) {
        (Some(false), _) => "inactive",
        (_, Some(true)) => "frozen",
        (Some(true), Some(false)) => "active",
        // Active, and who is frozen may not be seen.
        (Some(true), None) => "active?",
        (None, _) => "?",
    }
}

fn leaves(line: &UserLine) -> String {
    let told = |next: &NextOut| match next.site {
        Some(site) => site.to_string(),
        None if next.orphan => format!("orphan {}", next.approval_id.short()),
        None => format!("{}, whose is not known", next.approval_id.short()),
    };
    match (line.full, &line.next_out[..]) {
        (None, _) => "?".to_owned(),
        (Some(false), _) => "-".to_owned(),
        (Some(true), [only]) => told(only),
        (Some(true), several) => {
            let names: Vec<String> = several.iter().map(told).collect();
            format!("one of {}", names.join(" and "))
        }
    }
}
