//! `orgs`: one line for each Salesforce org: what it is, the app and its policy in it, its users, its quota, and what fusebox may
//! not see there.

use super::context::Context;
use super::known::{self, Known};
use super::report::{Failure, Report};
use super::style::Style;
use super::table;
use crate::diagnosis::{missing_permissions, other_apps};
use crate::model::org::{RefreshPolicy, Refused};
use crate::model::{
    AppUse, Clean, Failure as LookFailure, FailureClass, OrgId, OrgLedger, OrgName, OrgState, OrgTerms, Permission,
    PolicyUnit, Rotation, age,
};
use crate::ui::glyphs::{Glyph, Glyphs};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use std::fmt::Write;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only this org
    #[arg(long, value_name = "ORG")]
    org: Option<String>,
}

/// One of `result.orgs[]`. What may not be read, or was not looked at yet, is null.
#[derive(Debug, Serialize)]
struct OrgLine {
    name: OrgName,
    id: Option<OrgId>,
    title: Option<Clean>,
    kind: Option<&'static str>,
    edition: Option<Clean>,
    trial_ends_at: Option<DateTime<Utc>>,
    /// Whether it answers API calls.
    api_access: Option<bool>,
    app: AppLine,
    policy: Option<PolicyLine>,
    /// As the configuration says; Salesforce exposes it nowhere.
    rotation: Rotation,
    slot_limit: u32,
    users: usize,
    full_users: usize,
    /// Whether all approvals are listed.
    complete: bool,
    api_usage: Option<UsageLine>,
    clock_offset_s: Option<i64>,
    /// Other apps that users of WP Fusion's approved; null where that is not told.
    other_apps: Option<Vec<AppUse>>,
    missing_permissions: Vec<MissingLine>,
    observed_at: Option<DateTime<Utc>>,
    failure: Option<LookFailure>,
}

#[derive(Debug, Serialize)]
struct AppLine {
    name: Clean,
    installed: Option<bool>,
    admin_approved_only: Option<bool>,
}

/// The refresh token policy. Its number comes without a unit; the operator may tell one.
#[derive(Clone, Copy, Debug, Serialize)]
struct PolicyLine {
    kind: &'static str,
    number: Option<u32>,
    unit: Option<PolicyUnit>,
    /// Who tells kind and number.
    origin: &'static str,
    /// Who tells the unit.
    unit_origin: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct UsageLine {
    used: u64,
    max: u64,
    percent: u64,
}

/// A permission that fusebox's user lacks, with what is not seen for want of it.
#[derive(Debug, Serialize)]
struct MissingLine {
    permission: String,
    lost: String,
    text: Option<Clean>,
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<Report, Failure> {
    let known = Known::read(context, args.org.as_deref()).await?;
    let ledgers = known.ledgers();
    let lines: Vec<OrgLine> = ledgers.iter().map(|ledger| line(&known, ledger)).collect();
    let text = text(&lines, Style::for_stdout(&context.global), known.now);
    let mut report = Report::done(json!({ "orgs": lines }), text);
    report.warnings = known.warnings();
    report.warnings.extend(ledgers.iter().filter_map(known::short));
    Ok(report)
}

fn line(known: &Known, ledger: &OrgLedger) -> OrgLine {
    let unknown = OrgState::unknown(ledger.org.clone());
    let state = known.reading.fleet().org(&ledger.org).unwrap_or(&unknown);
    let terms = known.reading.settings().orgs.get(&ledger.org).cloned().unwrap_or_default();
    let organization = state.organization.as_ref().and_then(|seen| seen.value.seen());
    let app = state.app.as_ref().and_then(|seen| seen.value.seen()).and_then(Option::as_ref);
    let failure = state.reach.as_ref().and_then(|reach| reach.value.as_ref().err()).cloned();
    OrgLine {
        name: ledger.org.clone(),
        id: organization.map(|organization| organization.id.clone()),
        title: organization.map(|organization| organization.name.clone()),
        kind: organization.map(|organization| if organization.sandbox { "sandbox" } else { "production" }),
        edition: organization.map(|organization| organization.edition.clone()),
        trial_ends_at: organization
            .and_then(|organization| organization.trial_ends_at)
            .map(|at| state.to_host_time(at)),
        api_access: api_access(state, failure.as_ref()),
        app: AppLine {
            name: terms.app.clone(),
            installed: state.app_installed(),
            admin_approved_only: app.map(|app| app.admin_approved_only),
        },
        policy: app.map(|app| policy(app.policy, &terms)),
        rotation: terms.rotation,
        slot_limit: terms.slot_limit,
        users: ledger.users.len(),
        full_users: ledger.users.iter().filter(|user| user.used.is_some_and(|used| used >= user.limit)).count(),
        complete: ledger.complete,
        api_usage: state.api_usage.as_ref().and_then(|seen| seen.value.seen()).map(|usage| UsageLine {
            used: usage.used,
            max: usage.max,
            percent: usage.percent(),
        }),
        clock_offset_s: state.answered_at.map(|_| state.clock_offset_s),
        other_apps: other_apps(state),
        missing_permissions: missing(state),
        observed_at: state.answered_at,
        failure,
    }
}

/// Whoever answered a look has API access, until a refusal says otherwise.
fn api_access(state: &OrgState, failure: Option<&LookFailure>) -> Option<bool> {
    match failure.map(|failure| failure.class) {
        Some(FailureClass::ApiDisabled) => Some(false),
        _ => state.answered_at.map(|_| true),
    }
}

fn policy(policy: RefreshPolicy, terms: &OrgTerms) -> PolicyLine {
    let (kind, number) = match policy {
        RefreshPolicy::UntilRevoked => ("until_revoked", None),
        RefreshPolicy::Immediately => ("immediately", None),
        RefreshPolicy::Idle(number) => ("idle", Some(number)),
        RefreshPolicy::Lifetime(number) => ("lifetime", Some(number)),
    };
    let unit = terms.policy_unit.filter(|_| number.is_some());
    PolicyLine { kind, number, unit, origin: "policy", unit_origin: unit.map(|_| "operator") }
}

/// What the last looks were refused, by permission.
fn missing(state: &OrgState) -> Vec<MissingLine> {
    let told = |refused: Refused| MissingLine {
        lost: Permission::lost_without(&refused.permission).to_owned(),
        permission: refused.permission,
        text: Some(refused.text).filter(|text| !text.as_str().is_empty()),
    };
    missing_permissions(state).into_iter().map(told).collect()
}

const HEADER: [&str; 10] = ["ORG", "KIND", "EDITION", "APP", "POLICY", "ROT", "FULL", "API", "SEEN", "NOTE"];

fn text(lines: &[OrgLine], style: Style, now: DateTime<Utc>) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let mut cells = vec![HEADER.map(str::to_owned).to_vec()];
    cells.extend(lines.iter().map(|line| row(line, style.glyphs(), now)));
    let mut text = table::lay_out(&cells, style.room(), |_, _, cell| cell);
    let lost = lines.iter().flat_map(|line| line.missing_permissions.iter().map(move |missing| (line, missing)));
    for (number, (line, missing)) in lost.enumerate() {
        if number == 0 {
            text.push('\n');
        }
        let _ = writeln!(text, "{}  without {}: {}", line.name, missing.permission, missing.lost);
    }
    text
}

fn row(line: &OrgLine, glyphs: Glyphs, now: DateTime<Utc>) -> Vec<String> {
    let unknown = || "?".to_owned();
    vec![
        line.name.to_string(),
        line.kind.map_or_else(unknown, |kind| if kind == "production" { "prod" } else { kind }.to_owned()),
        line.edition.as_ref().map_or_else(unknown, |edition| edition.as_str().trim_end_matches(" Edition").to_owned()),
        word(line.app.installed).to_owned(),
        line.policy.map_or_else(unknown, |policy| policy_words(policy, glyphs)),
        match line.rotation {
            Rotation::On => "on",
            Rotation::Off => "off",
            Rotation::Unknown => "?",
        }
        .to_owned(),
        if line.complete { format!("{}/{}", line.full_users, line.users) } else { unknown() },
        line.api_usage.map_or_else(unknown, |usage| format!("{}%", usage.percent)),
        line.observed_at.map_or_else(unknown, |at| age::since(at, now)),
        note(line),
    ]
}

/// `idle 30d†`: the unit as the configuration tells it, `?` where nobody does.
fn policy_words(policy: PolicyLine, glyphs: Glyphs) -> String {
    let unit = match policy.unit {
        Some(PolicyUnit::Hours) => "h",
        Some(PolicyUnit::Days) => "d",
        Some(PolicyUnit::Months) => "mo",
        None => "",
    };
    let mark = glyphs.get(if policy.unit.is_some() { Glyph::Told } else { Glyph::Unknown });
    match (policy.kind, policy.number) {
        ("until_revoked", _) => "no end".to_owned(),
        ("immediately", _) => "at once".to_owned(),
        (kind, Some(number)) => format!("{} {number}{unit}{mark}", if kind == "idle" { "idle" } else { "life" }),
        (kind, None) => kind.to_owned(),
    }
}

fn note(line: &OrgLine) -> String {
    if let Some(failure) = &line.failure {
        return failure.to_string();
    }
    if line.observed_at.is_none() {
        return "not looked at yet".to_owned();
    }
    if !line.missing_permissions.is_empty() {
        let names: Vec<&str> = line.missing_permissions.iter().map(|missing| missing.permission.as_str()).collect();
        return format!("without {}", names.join(", "));
    }
    line.title.as_ref().map(ToString::to_string).unwrap_or_default()
}

fn word(known: Option<bool>) -> &'static str {
    match known {
        Some(true) => "yes",
        Some(false) => "no",
        None => "?",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_without_a_unit_says_so() {
        let told = |policy_unit, number| {
            let terms = OrgTerms { policy_unit, ..OrgTerms::default() };
            policy_words(policy(number, &terms), Glyphs::new(false))
        };
        assert_eq!(told(None, RefreshPolicy::Idle(30)), "idle 30?");
        assert_eq!(told(Some(PolicyUnit::Days), RefreshPolicy::Idle(30)), "idle 30d†");
        assert_eq!(told(Some(PolicyUnit::Months), RefreshPolicy::Lifetime(12)), "life 12mo†");
        assert_eq!(told(Some(PolicyUnit::Days), RefreshPolicy::UntilRevoked), "no end");
    }
}
