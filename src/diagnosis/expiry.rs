//! When a site's tokens end, with who says so. Uses `model` and `context`.

use crate::diagnosis::attribution::Entry;
use crate::diagnosis::context::{Context, Link};
use crate::diagnosis::horizon::plus;
use crate::model::org::RefreshPolicy;
use crate::model::{Cause, Expiry, Finding, Origin, ProveOutcome, Severity};
use chrono::{DateTime, TimeDelta, Utc};

/// When the refresh token ends.
pub(super) fn refresh_token(context: &Context, findings: &[Finding]) -> Expiry {
    match context.link() {
        Link::Unseen => return Expiry::unknown("not looked at yet"),
        Link::Never(_) => return Expiry::unknown("no connection"),
        Link::Lost(_) => return Expiry::Dead,
        Link::Connected => {}
    }
    let cause = findings.iter().find(|finding| finding.severity == Severity::Fail).map(|finding| finding.cause);
    match cause {
        // These two refuse the call, and leave the token as it is.
        None | Some(Cause::IpRestricted | Cause::ApiDisabled) => {}
        // These end with what caused them, and the token may work again.
        Some(
            Cause::UserInactive
            | Cause::UserFrozen
            | Cause::AppBlocked
            | Cause::NotPreauthorized
            | Cause::AppNotInstalled
            | Cause::OrgLocked,
        ) => return Expiry::unknown("refused while its cause lasts"),
        Some(_) => return Expiry::Dead,
    }
    by_policy(context)
}

fn by_policy(context: &Context) -> Expiry {
    let Some(org) = context.org else { return Expiry::unknown("its org is not in this fleet") };
    if context.account.is_none() {
        return Expiry::unknown("the site names another org or no user");
    }
    let Some(app) = &org.app else { return Expiry::unknown("its org was not looked at yet") };
    if let Some(refused) = app.value.refused() {
        return Expiry::unknown(format!("needs {}", refused.permission));
    }
    match context.policy() {
        None => Expiry::unknown("app not installed: no policy to read"),
        Some(RefreshPolicy::UntilRevoked) => Expiry::Never { origin: Origin::Policy },
        Some(RefreshPolicy::Immediately) => Expiry::unknown("the policy lets no refresh succeed"),
        Some(RefreshPolicy::Idle(number)) => dated(context, number, |entry| entry.used),
        Some(RefreshPolicy::Lifetime(number)) => dated(context, number, |entry| entry.created),
    }
}

fn dated(context: &Context, number: u32, base: impl Fn(&Entry) -> DateTime<Utc>) -> Expiry {
    let refused = context.org.and_then(|org| org.coverage.as_ref()).and_then(|coverage| coverage.value.refused());
    if let Some(refused) = refused {
        return Expiry::unknown(format!("needs {}", refused.permission));
    }
    let Some(span): Option<TimeDelta> = context.span(number) else {
        return Expiry::unknown(format!("the policy says {number} without a unit"));
    };
    match context.own().filter(|own| own.position.is_some()) {
        Some(own) => Expiry::At { at: plus(base(own.entry), span), origin: Origin::Policy },
        None => Expiry::unknown("which approval is its own is not known"),
    }
}

/// When the access token ends. Salesforce tells no end of it; that it has ended, a call shows.
pub(super) fn access_token(context: &Context) -> Expiry {
    match context.link() {
        Link::Unseen => return Expiry::unknown("not looked at yet"),
        Link::Never(_) => return Expiry::unknown("no connection"),
        Link::Lost(_) => return Expiry::Dead,
        Link::Connected => {}
    }
    let changed = context.site.access_changes.last().map(|change| change.by);
    let expired = context.site.prove.as_ref().is_some_and(|prove| {
        prove.value == ProveOutcome::Withheld && changed.is_none_or(|changed| changed <= prove.seen_at)
    });
    if expired || context.death().is_some() {
        return Expiry::Dead;
    }
    Expiry::unknown("sessions are not read yet")
}
