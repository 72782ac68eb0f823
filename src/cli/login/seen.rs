//! What the first look at an org saw, and what it could not see for want of a permission.

use crate::cli::report::Report;
use crate::config::OrgConfig;
use crate::model::org::{RefreshPolicy, Refused};
use crate::model::{Clean, ConnectedApp, Permission, Permitted};
use crate::salesforce::Looked;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;

/// A clock that is further off is told. Seconds.
const SKEW_S: i64 = 60;

/// The report. `written`: the file that the org was written to.
pub(super) fn report(org: &OrgConfig, looked: &Looked, written: Option<&Path>, no_sites: bool) -> Report {
    let picture = &looked.picture;
    let organization = picture.organization.as_ref().and_then(Permitted::seen);
    let missing = missing(looked);
    let mut text = format!("{}: signed in\n", org.name);
    let mut line = |name: &str, said: String| {
        let _ = writeln!(text, "  {name:<11} {said}");
    };
    if let Some(organization) = organization {
        let kind = if organization.sandbox { "sandbox" } else { "production" };
        line("org", format!("{}, {}, {kind}, {}", organization.name, organization.id, organization.edition));
    }
    if let Permitted::Yes(app) = &picture.app {
        line("app", app_words(&org.terms.app, app.as_ref()));
    }
    if let Permitted::Yes(approvals) = &picture.approvals {
        let users: std::collections::BTreeSet<_> = approvals.iter().map(|approval| &approval.user).collect();
        let whole = if picture.coverage.complete { "" } else { ", and more that are not listed" };
        line("approvals", format!("{} of {} users{whole}", approvals.len(), users.len()));
    }
    if let Permitted::Yes(usage) = picture.api_usage {
        let spent = format!("{} of {} calls of the day used", usage.used, usage.max);
        line("API", format!("{spent}; this took {}", looked.api_calls));
    }
    line("clock", format!("the org's is {} s from ours", picture.clock_offset_s));
    for (permission, lost, _) in &missing {
        line("missing", format!("{permission}: without it not {lost}"));
    }
    if missing.is_empty() {
        line("missing", "nothing: all that fusebox asks for is permitted".to_owned());
    }
    if let Some(file) = written {
        let _ = writeln!(text, "written to {}", file.display());
    }
    let next = if no_sites {
        "next: fusebox import, or fusebox add https://your-site --ssh HOST --path DIR\n      (fusebox add --help names the other ways in); then fusebox poll"
    } else {
        "next: fusebox poll"
    };
    let _ = writeln!(text, "{next}");

    let refusals: Vec<Value> = missing
        .iter()
        .map(|(permission, lost, said)| json!({ "permission": permission, "lost": lost, "text": said }))
        .collect();
    let result = json!({
        "org": org.name,
        "organization": organization.map(|seen| json!({
            "id": seen.id, "name": seen.name, "edition": seen.edition, "sandbox": seen.sandbox,
        })),
        "user_id": looked.identity.as_ref().map(|(_, user)| user),
        "app_installed": picture.app.seen().map(Option::is_some),
        "approvals": picture.approvals.seen().map(Vec::len),
        "missing": refusals,
        "api_usage": picture.api_usage.seen().map(|usage| json!({ "used": usage.used, "max": usage.max })),
        "api_calls": looked.api_calls,
        "clock_offset_s": picture.clock_offset_s,
        "written": written,
    });
    let mut report = Report::done(result, text);
    if picture.clock_offset_s.abs() > SKEW_S {
        let off = format!("this machine's clock is {} s off the org's: set it by NTP", picture.clock_offset_s.abs());
        report.warnings.push(off);
    }
    report
}

/// The permissions that parts of the look were refused for: each with what is lost, and the words of the refusal.
fn missing(looked: &Looked) -> Vec<(String, &'static str, Clean)> {
    let picture = &looked.picture;
    let refused: [Option<&Refused>; 5] = [
        picture.organization.as_ref().and_then(Permitted::refused),
        picture.app.refused(),
        picture.approvals.refused(),
        picture.users.refused(),
        picture.api_usage.refused(),
    ];
    let mut missing: Vec<(String, &'static str, Clean)> = Vec::new();
    for refused in refused.into_iter().flatten() {
        if missing.iter().all(|(known, ..)| *known != refused.permission) {
            let lost = Permission::lost_without(&refused.permission);
            missing.push((refused.permission.clone(), lost, refused.text.clone()));
        }
    }
    let not_told = |users: &Vec<crate::model::User>| users.iter().any(|user| user.frozen.is_none());
    if picture.users.seen().is_some_and(not_told) {
        let permission = Permission::ManageUsers;
        missing.push((permission.to_string(), permission.lost(), "Salesforce does not tell who is frozen".into()));
    }
    missing
}

fn app_words(label: &Clean, app: Option<&ConnectedApp>) -> String {
    let Some(app) = app else {
        return format!("{label} has no row here: not installed, as far as fusebox may see");
    };
    let policy = match app.policy {
        RefreshPolicy::UntilRevoked => "refresh tokens are valid until revoked".to_owned(),
        RefreshPolicy::Immediately => "refresh tokens expire at once: no site can refresh".to_owned(),
        RefreshPolicy::Idle(n) => format!("refresh tokens expire when unused for {n} (the unit is not told)"),
        RefreshPolicy::Lifetime(n) => format!("refresh tokens expire {n} after they were made (the unit is not told)"),
    };
    let who = if app.admin_approved_only { ", for admin approved users alone" } else { "" };
    format!("{label} is installed{who}; {policy}")
}
