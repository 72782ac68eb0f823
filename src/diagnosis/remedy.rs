//! What an operator can do, with what each step leads to or loses. Uses `model` and `context`.

use crate::diagnosis::attribution::Own;
use crate::diagnosis::context::Context;
use crate::diagnosis::words::{count, list};
use crate::model::{ActionClass, Confidence, Remedy, User};

/// Another user's name is offered at most so often.
const OTHERS: usize = 2;

/// A step that only looks.
pub(super) fn look(what: impl Into<String>, effect: impl Into<String>) -> Remedy {
    Remedy { class: ActionClass::Look, what: what.into(), effect: effect.into() }
}

/// A step that changes something.
pub(super) fn write(what: impl Into<String>, effect: impl Into<String>) -> Remedy {
    Remedy { class: ActionClass::Write, what: what.into(), effect: effect.into() }
}

/// A step that spends a refresh or a slot.
pub(super) fn spend(what: impl Into<String>, effect: impl Into<String>) -> Remedy {
    Remedy { class: ActionClass::Spend, what: what.into(), effect: effect.into() }
}

/// How to bring a dead site back, safest first: free a slot, use a user with a free one, and last of all the
/// authorization that may cost another site.
pub(super) fn authorize_anew(context: &Context) -> Vec<Remedy> {
    let mut remedies = Vec::new();
    if context.account.is_some() && context.org.is_some_and(|org| org.app_installed() == Some(false)) {
        remedies.push(install(context));
    }
    if context.full() {
        remedies.extend(revoke_orphan(context));
        remedies.extend(other_users(context));
    }
    remedies.push(spend(format!("reauthorize as {}", context.who()), cost(context)));
    remedies
}

/// Frees a slot of the site's user.
pub(super) fn revoke_orphan(context: &Context) -> Option<Remedy> {
    let ledger = &context.account.as_ref()?.ledger;
    let orphan = ledger.orphans().min_by_key(|entry| entry.used)?;
    let what = format!("revoke orphan {} of {}", orphan.approval.id.short(), context.who());
    Some(write(what, "frees a slot; no known site holds it, and one that is not known here would be cut off"))
}

/// The step that only an administrator of the org can take.
pub(super) fn install(context: &Context) -> Remedy {
    let what =
        format!("install {} in {}: Setup, Connected Apps OAuth Usage", context.org_terms.app, context.org_name());
    write(what, "approvals of it outlive their session, and new ones are admitted")
}

/// Users of the org that have a slot free, the emptiest first.
pub(super) fn other_users(context: &Context) -> Vec<Remedy> {
    let (Some(org), Some(account)) = (context.org, &context.account) else { return Vec::new() };
    let limit = context.org_terms.slot_limit;
    let held = |user: &User| u32::try_from(org.approvals_of(&user.id).len()).unwrap_or(u32::MAX);
    let fit = |user: &&User| user.active && user.frozen != Some(true) && user.id != *account.id && held(user) < limit;
    let mut free: Vec<&User> = org.users.values().map(|user| &user.value).filter(fit).collect();
    // By name among equals: ids say nothing, and what is offered must not change from one look to the next.
    free.sort_by_key(|user| (held(user), &user.username));
    let offered = free.into_iter().take(OTHERS);
    offered
        .map(|user| {
            let effect = format!("{} of {limit} slots used; nobody loses one", held(user));
            spend(format!("reauthorize as {}", user.username), effect)
        })
        .collect()
}

/// What one more approval of the site's user costs.
pub(super) fn cost(context: &Context) -> String {
    let limit = context.org_terms.slot_limit;
    let Some(used) = context.used() else {
        return "takes a slot; how many are in use is not known, so it may cut off another site".to_owned();
    };
    if used < limit {
        return format!("takes slot {} of {limit}; nobody loses one", used + 1);
    }
    let who = context.who();
    match &oldest_holders(context)[..] {
        [] => format!("removes the oldest approval of {who}, which no known site can hold"),
        [only] if only.1 => format!("cuts off {}: it holds the oldest approval of {who}", only.0),
        [only] => format!("may cut off {}: the oldest approval of {who} leaves", only.0),
        several => {
            let names: Vec<String> = several.iter().map(|(name, _)| name.clone()).collect();
            format!("may cut off {}: the oldest approval of {who} leaves", list(&names, "or"))
        }
    }
}

/// The sites that may hold the user's oldest approval, each with whether that is sure.
fn oldest_holders(context: &Context) -> Vec<(String, bool)> {
    let Some(account) = &context.account else { return Vec::new() };
    let ledger = &account.ledger;
    let sure = |own: Option<Own>| own.is_some_and(|own| own.confidence == Confidence::High);
    let tied = ledger.oldest().len() > 1;
    let holders = ledger.may_leave_first();
    holders
        .iter()
        .map(|holder| {
            let name = holder.sites.first().map_or_else(String::new, |site| site.name.to_string());
            let clones = holder.sites.len().saturating_sub(1);
            let name = if clones == 0 { name } else { format!("{name} and {}", count(clones, "clone")) };
            (name, !tied && sure(ledger.own(holder)))
        })
        .collect()
}

/// Lets the site make one call.
pub(super) fn prove(context: &Context) -> Remedy {
    look(format!("prove {}", context.site.name), "one API call by the site, its refresh withheld")
}
