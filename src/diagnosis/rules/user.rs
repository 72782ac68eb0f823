//! The Salesforce user is deactivated or frozen.

use crate::diagnosis::context::{Context, Link};
use crate::diagnosis::remedy::{spend, write};
use crate::diagnosis::words::{Source, supports, why};
use crate::model::org::RefreshPolicy;
use crate::model::refusal::Refusal;
use crate::model::{Cause, Confidence, Finding, Severity, User};

/// Deactivated, where the refusal itself does not say so.
pub(super) fn inactive(context: &Context) -> Option<Finding> {
    let named = context.refusal() == Some(Refusal::UserInactive);
    stopped(context, Cause::UserInactive, ("deactivated", "inactive"), |user| !user.active && !named)
}

/// Frozen: the account stays active and may not log in.
pub(super) fn frozen(context: &Context) -> Option<Finding> {
    stopped(context, Cause::UserFrozen, ("frozen", "frozen"), |user| user.frozen == Some(true))
}

fn stopped(
    context: &Context,
    cause: Cause,
    (state, short): (&str, &str),
    holds: impl Fn(&User) -> bool,
) -> Option<Finding> {
    let account = context.account.as_ref()?;
    account.user.filter(|user| holds(user))?;
    let (who, org) = (context.who(), context.org_name());
    let explains = matches!(context.refusal(), Some(Refusal::TokenDead | Refusal::AuthenticationFailure));
    let found = context.broken().filter(|_| explains);
    let severity = match found {
        Some(_) => Severity::Fail,
        None if context.broken().is_none() && context.link() == Link::Connected => Severity::Warn,
        None => return None,
    };
    // A full user or an expiring policy would have ended the token as well.
    let alone = !context.full() && context.policy() == Some(RefreshPolicy::UntilRevoked);
    let mut evidence = vec![supports(Source::Org, account.user_since, format!("{who} is {state}"))];
    evidence.extend(found.map(super::refused::words_of));
    let then = match found {
        Some(found) => format!("refused since {}.", super::refused::since(context, found)),
        None => "the site's next refresh will be refused.".to_owned(),
    };
    Some(Finding {
        cause,
        severity,
        confidence: if alone { Confidence::High } else { Confidence::Medium },
        reason: format!("{who} is {state} in {org}; {then}"),
        why: why(format!("{who} is {short}")),
        since: found.map(|found| found.first),
        evidence,
        remedies: vec![
            write(format!("make {who} active again in {org}"), "its approvals may work again; nothing is lost"),
            spend("reauthorize as an active user", "takes a slot of that user"),
        ],
    })
}
