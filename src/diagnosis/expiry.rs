//! When a site's tokens end, with who says so. Uses `model` and `context`.

mod session;

use crate::diagnosis::attribution::Entry;
use crate::diagnosis::context::{Context, Link};
use crate::diagnosis::horizon::plus;
use crate::model::org::RefreshPolicy;
use crate::model::{Cause, Expiry, Finding, OrgState, OrgTerms, Origin, ProveOutcome, Severity};
use chrono::{DateTime, Utc};

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
    let own = context.own().filter(|own| own.position.is_some()).map(|own| own.entry);
    by_terms(org, &context.org_terms, own)
}

/// When the refresh token of one listed approval ends, by the policy of its app.
pub(super) fn of_approval(org: &OrgState, terms: &OrgTerms, entry: &Entry) -> Expiry {
    by_terms(org, terms, Some(entry))
}

/// The policy's word about an approval, where it is known which one.
fn by_terms(org: &OrgState, terms: &OrgTerms, own: Option<&Entry>) -> Expiry {
    let Some(app) = &org.app else { return Expiry::unknown("its org was not looked at yet") };
    if let Some(refused) = app.value.refused() {
        return Expiry::unknown(format!("needs {}", refused.permission));
    }
    let Some(app) = app.value.seen().and_then(Option::as_ref) else {
        if org.app_is_external() {
            return Expiry::unknown("an external client app shows no refresh token policy");
        }
        return Expiry::unknown("app not installed: no policy to read");
    };
    let (number, base): (_, fn(&Entry) -> DateTime<Utc>) = match app.policy {
        RefreshPolicy::UntilRevoked => return Expiry::Never { origin: Origin::Policy },
        RefreshPolicy::Immediately => return Expiry::unknown("the policy lets no refresh succeed"),
        RefreshPolicy::Idle(number) => (number, |entry| entry.used),
        RefreshPolicy::Lifetime(number) => (number, |entry| entry.created),
    };
    if let Some(refused) = org.coverage.as_ref().and_then(|coverage| coverage.value.refused()) {
        return Expiry::unknown(format!("needs {}", refused.permission));
    }
    let Some(span) = terms.policy_unit.map(|unit| unit.times(number)) else {
        return Expiry::unknown(format!("the policy says {number} without a unit"));
    };
    match own {
        // The number is the policy's; without the unit, which the operator told, there would be no date.
        Some(entry) => Expiry::At { at: plus(base(entry), span), origin: Origin::Operator },
        None => Expiry::unknown("which approval is its own is not known"),
    }
}

/// When the access token ends: it is the site's session. That it has ended, a call shows; no site's token is ever sent
/// anywhere to find out.
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
    session::end(context)
}
