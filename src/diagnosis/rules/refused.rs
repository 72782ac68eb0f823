//! Refusals whose words name the cause by themselves.

use crate::diagnosis::context::Context;
use crate::diagnosis::remedy::{authorize_anew, install, spend, write};
use crate::diagnosis::standing::{Break, ShownBy};
use crate::diagnosis::words::{Source, happened, opposes, quote, supports, why};
use crate::model::refusal::{self, Refusal};
use crate::model::{Cause, Clean, Confidence, Evidence, EvidenceKind, Finding, Remedy, Severity};

/// User inactive, app blocked, not pre-authorized, credentials rotated, address or API not allowed, org locked.
pub(super) fn refused(context: &Context) -> Option<Finding> {
    let found = context.broken()?;
    let (who, org) = (context.who(), context.org_name());
    let (cause, what, short) = match found.refusal {
        Refusal::UserInactive => {
            (Cause::UserInactive, format!("{who} is deactivated in {org}"), format!("{who} is inactive"))
        }
        Refusal::IpRestricted => (
            Cause::IpRestricted,
            format!("{org} does not admit calls from this site's address"),
            "address not allowed".to_owned(),
        ),
        Refusal::NotPreauthorized => (
            Cause::NotPreauthorized,
            format!("{org} admits only users pre-authorized for the app, and {who} is not"),
            "not pre-authorized".to_owned(),
        ),
        Refusal::AppBlocked => (
            Cause::AppBlocked,
            format!("an administrator of {org} blocked {}", context.org_terms.app),
            "app blocked by admin".to_owned(),
        ),
        Refusal::AppMissing => missing(context),
        Refusal::ClientRefused => (
            Cause::CredentialsRotated,
            format!("the consumer key or secret of {} was changed", context.org_terms.app),
            "app's secret changed".to_owned(),
        ),
        Refusal::OrgLocked => (Cause::OrgLocked, format!("{org} is locked or inactive"), "org is locked".to_owned()),
        Refusal::ApiDisabled => (
            Cause::ApiDisabled,
            format!("{org} has no API access, or {who} lacks the permission API Enabled"),
            "API is disabled".to_owned(),
        ),
        _ => return None,
    };
    let mut evidence = vec![words_of(found)];
    let user = context.account.as_ref().and_then(|account| Some((account.user?, account.user_since)));
    if let (Cause::UserInactive, Some((user, since))) = (cause, user) {
        evidence.push(if user.active {
            opposes(Source::Org, since, format!("{} is active", user.username))
        } else {
            supports(Source::Org, since, format!("{} is inactive", user.username))
        });
    }
    Some(Finding {
        cause,
        severity: Severity::Fail,
        confidence: Confidence::High,
        reason: format!("{}; refused since {}.", sentence(&what), since(context, found)),
        why: why(short),
        since: Some(found.first),
        evidence,
        remedies: remedies(context, cause),
    })
}

fn missing(context: &Context) -> (Cause, String, String) {
    let (app, org) = (&context.org_terms.app, context.org_name());
    match context.org.and_then(|org| org.app_last_seen) {
        Some(seen) => (
            Cause::AppUninstalled,
            format!("{app} was uninstalled from {org}, where it was last seen {}", context.stamp(seen)),
            "app was uninstalled".to_owned(),
        ),
        None => (Cause::AppNotInstalled, format!("{app} is not installed in {org}"), "app is not installed".to_owned()),
    }
}

/// The refusal itself, as evidence.
pub(super) fn words_of(found: &Break) -> Evidence {
    let source = match found.shown_by {
        ShownBy::Log => Source::SiteLog,
        ShownBy::Call => Source::Site,
    };
    let what = format!("refused: {}", quote(&Clean::new(refusal::words(found.text.as_str()))));
    happened(EvidenceKind::Breaks, source, found.first, what)
}

/// The last refusal of a run, where it has more than one.
pub(super) fn still_refused(found: &Break) -> Option<Evidence> {
    let source = match found.shown_by {
        ShownBy::Log => Source::SiteLog,
        ShownBy::Call => Source::Site,
    };
    let event = || happened(EvidenceKind::StillDead, source, found.last, "refused again, nothing worked since");
    (found.last > found.first).then(event)
}

/// Since when it is refused, as far as the log goes back.
pub(super) fn since(context: &Context, found: &Break) -> String {
    let stamp = context.stamp(found.first);
    if found.cut { format!("{stamp} or earlier") } else { stamp }
}

pub(super) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    // A user's name keeps its case.
    match chars.next() {
        Some(first) if ["a", "an", "the"].contains(&text.split(' ').next().unwrap_or_default()) => {
            first.to_uppercase().chain(chars).collect()
        }
        _ => text.to_owned(),
    }
}

fn remedies(context: &Context, cause: Cause) -> Vec<Remedy> {
    let (who, org, app) = (context.who(), context.org_name(), &context.org_terms.app);
    let another = || spend("reauthorize as an active user", "takes a slot of that user");
    match cause {
        Cause::UserInactive => {
            vec![write(format!("activate {who} in {org}"), "its approvals may work again; nothing is lost"), another()]
        }
        Cause::IpRestricted => vec![write(
            format!("admit the site's address in {org}, or relax the app's IP restrictions"),
            "the next call works with the same token",
        )],
        Cause::NotPreauthorized => vec![write(
            format!("give {who} a profile or permission set of the app in {org}"),
            "the next refresh works with the same token",
        )],
        Cause::AppBlocked => vec![write(
            format!("unblock {app} in {org}: Setup, Connected Apps OAuth Usage"),
            "the next refresh works with the same token",
        )],
        Cause::AppNotInstalled | Cause::AppUninstalled => {
            let mut remedies = vec![install(context)];
            // Already the first of them where the org is known to lack the app.
            remedies.extend(authorize_anew(context).into_iter().filter(|remedy| *remedy != install(context)));
            remedies
        }
        Cause::CredentialsRotated => {
            let mut remedies =
                vec![write(format!("update WP Fusion on {}", context.site.name), "brings the app's new credentials")];
            remedies.extend(authorize_anew(context));
            remedies
        }
        Cause::OrgLocked => vec![write(format!("have {org} unlocked by Salesforce"), "sites go on by themselves")],
        _ => vec![write(
            format!("give {who} the permission API Enabled, or {org} API access"),
            "the next call works with the same token",
        )],
    }
}
