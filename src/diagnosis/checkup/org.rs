//! One org: the way to it, what fusebox's own user may see there, clock, allocation, WP Fusion's app.

use super::{Asked, CLOCK_SKEW_S, Check, Group, Sheet, cure, off};
use crate::diagnosis::rotating::forgets;
use crate::model::org::{RefreshPolicy, Refused};
use crate::model::settings::Thresholds;
use crate::model::{
    Dated, FailureClass, Fleet, OrgName, OrgState, OrgTerms, Permission, Permitted, Rotation, SiteStatus,
};
use chrono::{DateTime, TimeDelta, Utc};
use strum::IntoEnumIterator;

/// A trial that ends sooner is told.
const TRIAL_NEAR: TimeDelta = TimeDelta::days(14);

/// An org that was to be looked at.
pub struct OrgAsked<'a> {
    /// Its name.
    pub name: &'a OrgName,
    /// What the operator tells of it.
    pub terms: &'a OrgTerms,
    /// Whether it is reached by TLS; only this machine itself is reached without.
    pub secure: bool,
    /// How fusebox signs in, in the words of the configuration.
    pub flow: &'a str,
    /// The version of the API that is spoken.
    pub api_version: &'a str,
    /// How the look ended.
    pub asked: &'a Asked,
}

/// The lines about one org.
pub fn org(asked: &OrgAsked<'_>, fleet: &Fleet, thresholds: &Thresholds, now: DateTime<Utc>) -> Vec<Check> {
    let mut sheet = Sheet::new(Group::Org, asked.name.as_str());
    let known = fleet.org(asked.name);
    match (asked.asked, known) {
        (Asked::Not(why), _) => sheet.skip("look", format!("not asked: {why}")),
        (Asked::Failed(failure), _) => {
            way(asked, Some(failure.class), failure.text.as_str(), &mut sheet);
            sheet.skip("further", "without an answer neither rights nor clock, allocation and app can be told");
        }
        (Asked::Answered, Some(state)) => {
            way(asked, None, "", &mut sheet);
            rights(state, &mut sheet);
            clock(state, &mut sheet);
            usage(state, thresholds, &mut sheet);
            app(asked, state, &mut sheet);
            rotation(asked, state, fleet, &mut sheet);
            edition(asked, state, now, &mut sheet);
        }
        (Asked::Answered, None) => sheet.skip("look", "it answered, and nothing is known of it"),
    }
    sheet.checks
}

/// The way to an org in the order in which it is gone, up to where it ended.
fn way(asked: &OrgAsked<'_>, ended: Option<FailureClass>, words: &str, sheet: &mut Sheet) {
    let at = ended.map(|class| match class {
        FailureClass::Dns => 0,
        FailureClass::Unreachable | FailureClass::Timeout | FailureClass::ServerError | FailureClass::BadAnswer => 1,
        FailureClass::Tls => 2,
        _ => 3,
    });
    let tls = if asked.secure { "its certificate holds" } else { "none: it is this machine" };
    let steps = [
        ("name", "has an address".to_owned()),
        ("connection", "answers".to_owned()),
        ("tls", tls.to_owned()),
        ("sign-in", format!("signs in by {}", asked.flow)),
    ];
    for (number, (check, well)) in steps.into_iter().enumerate() {
        match (at, ended) {
            (Some(at), Some(class)) if at == number => {
                sheet.fail(check, format!("{class}: {words}"), cure::of_org(class, asked.name));
                return;
            }
            _ => sheet.ok(check, well),
        }
    }
}

/// What fusebox's user may do there, by what the look was given: without a right Salesforce refuses, or is silent.
fn rights(state: &OrgState, sheet: &mut Sheet) {
    for permission in Permission::iter() {
        let check = permission.into();
        match permission {
            Permission::ApiEnabled => sheet.ok(check, "calls are answered"),
            Permission::CustomizeApplication => match state.coverage.as_ref().map(|seen| &seen.value) {
                Some(Permitted::No(no)) => {
                    let (text, advice) = missing(permission, no.text.as_str());
                    sheet.fail(check, text, advice);
                }
                Some(Permitted::Yes(coverage)) if !coverage.complete => sheet.warn(
                    check,
                    "not all approvals could be read: Salesforce stops at some thousands",
                    "nothing here mends that; verdicts that need all of them stay open",
                ),
                Some(Permitted::Yes(_)) => sheet.ok(check, "everybody's approvals are listed"),
                None => sheet.skip(check, "nothing tells"),
            },
            Permission::ViewSetup => {
                let app = state.app.as_ref().and_then(|app| app.value.refused());
                let usage = state.api_usage.as_ref().and_then(|usage| usage.value.refused());
                warn_unless(permission, app.or(usage), "the app's row may be read", sheet);
            }
            Permission::ManageUsers => manage_users(state, sheet),
            // It is one of two that show logins: what the history says of them tells both.
            Permission::MonitorLoginHistory => {}
            Permission::ReadUser => {
                warn_unless(permission, state.users_refused.as_ref(), "users are told by their names", sheet);
            }
        }
    }
    history(state, sheet);
}

/// What is said of a permission that is not there, and what to do.
fn missing(permission: Permission, words: &str) -> (String, String) {
    let text = format!("missing: without it not {} ({words})", permission.lost());
    (text, format!("give fusebox's user \"{permission}\", in a permission set"))
}

fn warn_unless(permission: Permission, refused: Option<&Refused>, well: &str, sheet: &mut Sheet) {
    match refused {
        Some(no) => {
            let (text, advice) = missing(permission, no.text.as_str());
            sheet.warn(permission.into(), text, advice);
        }
        None => sheet.ok(permission.into(), well),
    }
}

/// Who is frozen comes with the users of the newest look. It is not asked where nobody holds an approval.
fn manage_users(state: &OrgState, sheet: &mut Sheet) {
    let check = Permission::ManageUsers.into();
    let advice = format!("give fusebox's user \"{}\", in a permission set", Permission::ManageUsers);
    let sessions = state.history.sessions.as_ref().map(|sessions| &sessions.value);
    // A look that may list nobody's approvals does not ask who is frozen; sessions need the same right.
    if state.coverage.as_ref().is_some_and(|coverage| coverage.value.refused().is_some()) {
        return match sessions {
            Some(Permitted::Yes(_)) => sheet.ok(check, "sessions are told"),
            Some(Permitted::No(no)) => {
                sheet.warn(check, format!("missing: not the sessions and their end ({})", no.text), advice);
            }
            None => sheet.skip(check, "not asked without approvals"),
        };
    }
    let newest = state.users.values().map(|user| user.seen_at).max();
    let mut told = state.users.values().filter(|user| Some(user.seen_at) == newest);
    if state.holders().next().is_none() || newest.is_none() {
        sheet.skip(check, "not asked: nobody here holds an approval, so nobody's being frozen would stop a site");
    } else if told.any(|user| user.value.frozen.is_some()) {
        match sessions.and_then(Permitted::refused) {
            Some(no) => sheet.warn(check, format!("missing: not the sessions and their end ({})", no.text), advice),
            None => sheet.ok(check, "who is frozen is told, and whose session ends when"),
        }
    } else {
        let (text, advice) = missing(Permission::ManageUsers, "Salesforce does not tell who is frozen");
        sheet.warn(check, text, advice);
    }
}

/// What the org writes down of itself, as it was read last.
fn history(state: &OrgState, sheet: &mut Sheet) {
    let advice = |refused: &Refused| format!("give fusebox's user \"{}\", in a permission set", refused.permission);
    let history = &state.history;
    let logins = history.logins_read.as_ref().map(|read| read.value.as_ref());
    match logins {
        Some(Some(no)) => {
            sheet.warn(
                "login history",
                format!("missing: not from where approvals are used ({})", no.text),
                advice(no),
            );
        }
        Some(None) => sheet.ok("login history", "logins of others are told"),
        None => sheet.skip("login history", "not read yet"),
    }
    match history.changes_read.as_ref().map(|read| read.value.as_ref()) {
        Some(Some(no)) => {
            sheet.warn("audit trail", format!("missing: not what administrators changed ({})", no.text), advice(no));
        }
        Some(None) => sheet.ok("audit trail", "what administrators change is told"),
        None => sheet.skip("audit trail", "not read yet"),
    }
}

fn clock(state: &OrgState, sheet: &mut Sheet) {
    match state.clock_offset_s {
        0 => sheet.ok("clock", "agrees with this machine's"),
        seconds if seconds.abs() <= CLOCK_SKEW_S => sheet.ok("clock", format!("{} this machine's", off(seconds))),
        seconds => sheet.warn(
            "clock",
            format!("{} this machine's, by its Date header", off(seconds)),
            "set this machine's clock; Salesforce keeps its own",
        ),
    }
}

fn unread() -> String {
    format!("may not be read, see {}", Permission::ViewSetup)
}

fn usage(state: &OrgState, thresholds: &Thresholds, sheet: &mut Sheet) {
    match state.api_usage.as_ref().map(|usage| &usage.value) {
        Some(Permitted::Yes(usage)) => {
            let (percent, max) = (usage.percent(), usage.max);
            let text = format!("{percent} % of {max} calls in 24 hours are used");
            let advice =
                "find what calls it so often: Setup, System Overview; at 100 % every call is refused, the sites' too";
            match percent {
                100.. => sheet.fail("API calls", text, advice),
                percent if percent >= thresholds.api_usage_percent => sheet.warn("API calls", text, advice),
                _ => sheet.ok("API calls", text),
            }
        }
        Some(Permitted::No(_)) => sheet.skip("API calls", unread()),
        None => sheet.skip("API calls", "nothing tells"),
    }
}

fn app(asked: &OrgAsked<'_>, state: &OrgState, sheet: &mut Sheet) {
    let label = &asked.terms.app;
    let row = match state.app.as_ref().map(|app| &app.value) {
        Some(Permitted::Yes(row)) => row,
        Some(Permitted::No(_)) => {
            sheet.skip("app", unread());
            return sheet.skip("policy", unread());
        }
        None => return sheet.skip("app", "nothing tells"),
    };
    let install = format!(
        "Setup, Connected Apps OAuth Usage: install {label}; `app` in the configuration where it is named otherwise"
    );
    match row {
        None if state.app_is_external() => {
            sheet.ok("app", format!("{label} is an external client app here"));
            sheet.skip("policy", "an external client app shows no refresh token policy");
        }
        None if state.holders().next().is_some() => {
            sheet.warn(
                "app",
                format!("{label} is not installed, and {} users hold approvals of it", state.holders().count()),
                install,
            );
            sheet.skip("policy", "an app without a row shows no policy");
        }
        None => {
            sheet.fail("app", format!("{label} is not installed, and nobody holds an approval of it"), install);
            sheet.skip("policy", "an app without a row shows no policy");
        }
        Some(row) => {
            let who = if row.admin_approved_only { ", for pre-authorized users alone" } else { "" };
            sheet.ok("app", format!("{label} is installed{who}"));
            policy(row.policy, asked, sheet);
        }
    }
}

fn policy(policy: RefreshPolicy, asked: &OrgAsked<'_>, sheet: &mut Sheet) {
    let (kind, n) = match policy {
        RefreshPolicy::UntilRevoked => return sheet.ok("policy", "refresh tokens live until they are revoked"),
        RefreshPolicy::Immediately => {
            return sheet.fail(
                "policy",
                "refresh tokens expire at once: every site dies with its session",
                "set the app's refresh token policy to \"valid until revoked\"",
            );
        }
        RefreshPolicy::Idle(n) => ("when unused for", n),
        RefreshPolicy::Lifetime(n) => ("after", n),
    };
    match asked.terms.policy_unit {
        Some(unit) => {
            sheet.ok("policy", format!("refresh tokens expire {kind} {n} {}", format!("{unit:?}").to_lowercase()));
        }
        None => sheet.warn(
            "policy",
            format!("refresh tokens expire {kind} {n}, and Salesforce tells no unit"),
            format!(
                "look at the app's policies and write policy_unit = \"days\" (or hours, months) into [[org]] {}",
                asked.name
            ),
        ),
    }
}

/// Whether tokens rotate Salesforce does not expose. It matters where a site forgets them.
fn rotation(asked: &OrgAsked<'_>, state: &OrgState, fleet: &Fleet, sheet: &mut Sheet) {
    let sites = state.id().into_iter().flat_map(|id| fleet.sites_in(id));
    let of_plugin = |seen: &Dated<SiteStatus>| seen.value.uses_connection() && forgets(&seen.value.plugin);
    let forgetful = sites.filter(|site| site.status.as_ref().is_some_and(of_plugin)).count();
    match asked.terms.rotation {
        _ if forgetful == 0 => {}
        Rotation::Off => sheet.ok("rotation", "refresh tokens do not rotate, as the configuration says"),
        Rotation::On => sheet.warn(
            "rotation",
            format!("refresh tokens rotate, and {forgetful} of its sites forget rotated tokens, as far as is known"),
            "switch refresh token rotation off in the app's policies",
        ),
        Rotation::Unknown => sheet.warn(
            "rotation",
            format!("whether refresh tokens rotate is not told, and {forgetful} of its sites forget rotated tokens, as far as is known"),
            format!("look at the app's policies and write rotation = \"off\" (or \"on\") into [[org]] {}", asked.name),
        ),
    }
}

fn edition(asked: &OrgAsked<'_>, state: &OrgState, now: DateTime<Utc>, sheet: &mut Sheet) {
    sheet.ok("API version", format!("{} is answered", asked.api_version));
    let organization = state.organization.as_ref().and_then(|organization| organization.value.seen());
    let Some(organization) = organization else { return sheet.skip("edition", "may not be read") };
    let kind = if organization.sandbox { ", a sandbox" } else { "" };
    let text = format!("{}{kind}, with API", organization.edition);
    match organization.trial_ends_at.map(|end| state.to_host_time(end)) {
        Some(end) if end <= now + TRIAL_NEAR => {
            let when = end.format("%Y-%m-%d");
            sheet.warn(
                "edition",
                format!("{text}; its trial ends on {when}"),
                "buy it or move the sites: all approvals end with it",
            );
        }
        _ => sheet.ok("edition", text),
    }
}
