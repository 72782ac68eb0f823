//! What is said before somebody is sent to a browser, and what that person is told.

use crate::cli::ladder::loss_words;
use crate::cli::report::talk;
use crate::diagnosis::Authorizable;
use crate::model::{Removed, SaferStep, SiteName, SlotCheck, Whose};

/// What it would do and cost.
pub(in crate::cli) fn preview(subject: &Authorizable) {
    let Authorizable { site, org, user_name, check, .. } = subject;
    let verb = if subject.first { "authorize" } else { "reauthorize" };
    talk(&format!("{verb} {site}: of the class spend"));
    let used = check.used.map_or_else(|| "?".to_owned(), |used| used.to_string());
    talk(&format!(
        "  a person signs in as {user_name} in org {org}, who holds {used} of {} approvals of the app",
        check.limit
    ));
    for cost in &check.costs {
        let removed = cost.removes.iter().map(|removed| removed_words(check, removed)).collect::<Vec<_>>();
        let removed = match removed.as_slice() {
            [] => String::new(),
            [only] => format!("; the new one pushes out {only}"),
            several => format!("; the new one pushes out one of {}", several.join(" and ")),
        };
        talk(&format!("  {}{removed}", loss_words(&cost.loss)));
    }
    for safer in safer(check) {
        talk(&format!("  safer: {safer}"));
    }
    for doubt in &subject.doubts {
        talk(&format!("  {doubt}"));
    }
}

fn removed_words(check: &SlotCheck, removed: &Removed) -> String {
    match removed {
        Removed::Made { site } => format!("the approval that {site} just got"),
        Removed::Held { approval_id } => {
            let held = check.held.iter().find(|held| held.approval_id == *approval_id);
            let made = held.map_or_else(String::new, |held| {
                let uses = held.use_count;
                let whose = match &held.whose {
                    Whose::Sites { sites, confidence, .. } => {
                        let names: Vec<&str> = sites.iter().map(SiteName::as_str).collect();
                        format!(" of {} (sure: {confidence})", names.join(", "))
                    }
                    Whose::OneOf { .. } => " of one of several sites".to_owned(),
                    Whose::Nobody { reason, .. } => format!(", an orphan ({reason})"),
                };
                format!("{whose}, made {}, {uses} uses", held.created_at.format("%Y-%m-%d"))
            });
            format!("approval {}{made}", approval_id.short())
        }
    }
}

/// What loses less, safest first.
pub(super) fn safer(check: &SlotCheck) -> Vec<String> {
    let told = |step: &SaferStep| match step {
        SaferStep::Revoke { approval_id, reason, loss } => {
            format!("revoke approval {} first: {reason}; {}", approval_id.short(), loss_words(loss))
        }
        SaferStep::As { name, used, limit, .. } => {
            format!("sign in --as {name}, who holds {used} of {limit}: nothing is lost")
        }
    };
    check.safer.iter().map(told).collect()
}

/// The names that have to be typed: of the sites that are lost or may be, or of the approval where no site is known.
pub(super) fn words_to_type(check: &SlotCheck) -> Vec<String> {
    if check.loses_nothing() {
        return Vec::new();
    }
    let sites: Vec<String> = check.lost().into_iter().map(ToString::to_string).collect();
    if !sites.is_empty() {
        return sites;
    }
    let removed = check.costs.iter().flat_map(|cost| &cost.removes);
    let ids: Vec<String> = removed
        .filter_map(|removed| match removed {
            Removed::Held { approval_id } => Some(approval_id.short()),
            Removed::Made { .. } => None,
        })
        .collect();
    // Where not all is listed nobody can name it.
    if ids.is_empty() { vec!["unknown".to_owned()] } else { ids }
}

/// What the person with the browser is told.
pub(in crate::cli) fn guide(subject: &Authorizable) -> Vec<String> {
    let (kind, host) = match subject.sandbox {
        Some(true) => ("SANDBOX", "test.salesforce.com"),
        Some(false) => ("PRODUCTION", "login.salesforce.com"),
        None => ("kind not known", "the org's own sign-in page"),
    };
    vec![
        format!(
            "sign in to Salesforce as {} in org {} ({}), {kind}, {host}",
            subject.user_name, subject.org, subject.org_id
        ),
        format!("in a browser that is signed in to {} as an administrator; any machine will do", subject.site),
    ]
}
