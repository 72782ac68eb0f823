//! From wire types to `model`. Pure functions, one for each thing. Uses `model` alone.

use crate::model::approval::approval_id;
use crate::model::org::{RefreshPolicy, Refused};
use crate::model::{ApiUsage, Approval, ConnectedApp, OrgId, Organization, Permission, Permitted, User, UserId};
use crate::salesforce::wire::{ConnectedApplicationRow, Limits, OauthTokenRow, OrganizationRow, People};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// Seconds in a hundred years.
const CENTURY_S: i64 = 100 * 365 * 86_400;

/// The org itself.
pub(super) fn organization(row: OrganizationRow) -> Organization {
    Organization {
        id: row.id,
        name: row.name,
        edition: row.organization_type.unwrap_or_default(),
        sandbox: row.is_sandbox,
        instance: row.instance_name,
        trial_ends_at: row.trial_expiration_date.map(|time| time.0),
    }
}

/// Approvals, oldest first. Ordinals are given in the order of `rows`, which is the order in which the org lists them.
/// A use count of null is that of an approval whose refresh token was never presented.
pub(super) fn approvals(org: &OrgId, rows: &[OauthTokenRow]) -> Vec<Approval> {
    let mut seen: BTreeMap<(&UserId, &str, i64), u32> = BTreeMap::new();
    let mut approvals: Vec<_> = rows
        .iter()
        .map(|row| {
            let created_at = row.created_date.0;
            let ordinal = seen.entry((&row.user_id, row.app_name.as_str(), created_at.timestamp_millis())).or_default();
            let id = approval_id(org, &row.user_id, row.app_name.as_str(), created_at, *ordinal);
            *ordinal += 1;
            Approval {
                id,
                user: row.user_id.clone(),
                app: row.app_name.clone(),
                created_at,
                last_used_at: row.last_used_date.map(|time| time.0),
                use_count: row.use_count.unwrap_or(0),
            }
        })
        .collect();
    approvals.sort_by(|a, b| (a.created_at, &a.user).cmp(&(b.created_at, &b.user)));
    approvals
}

/// The app as the org sets it up. A period of null is taken for "valid until revoked" and 0 for "immediately expire".
pub(super) fn app(row: ConnectedApplicationRow) -> ConnectedApp {
    let policy = match (row.refresh_token_validity_period, row.options_refresh_token_validity_metric) {
        (None, _) => RefreshPolicy::UntilRevoked,
        (Some(0), _) => RefreshPolicy::Immediately,
        (Some(period), true) => RefreshPolicy::Idle(period),
        (Some(period), false) => RefreshPolicy::Lifetime(period),
    };
    ConnectedApp { name: row.name, admin_approved_only: row.options_allow_admin_approved_users_only, policy }
}

/// Everybody who holds an approval or was asked for. Whom a whole list of the frozen leaves out is not frozen; of whom a
/// part of one leaves out, that is not known.
///
/// A refusal of the users asked for stands, unless the approvals tell of every one of them.
pub(super) fn users(holders: &[OauthTokenRow], asked: &BTreeSet<UserId>, people: People) -> Permitted<Vec<User>> {
    let frozen: BTreeSet<_> =
        people.frozen.iter().flat_map(|page| &page.records).filter_map(|row| row.user_id.as_ref()).collect();
    let unlisted = people.frozen.as_ref().filter(|page| page.is_whole()).map(|_| false);
    let mut users: BTreeMap<UserId, User> = BTreeMap::new();
    let mut add = |id: UserId, username, active| {
        let frozen = if frozen.contains(&id) { Some(true) } else { unlisted };
        users.insert(id.clone(), User { id, username, active, frozen });
    };
    for row in holders {
        if let Some(user) = &row.user {
            add(row.user_id.clone(), user.username.clone(), user.is_active);
        }
    }
    people.users.into_iter().for_each(|row| add(row.id, row.username, row.is_active));
    match people.users_refused {
        Some(refused) if asked.iter().any(|id| !users.contains_key(id)) => Permitted::No(refused),
        _ => Permitted::Yes(users.into_values().collect()),
    }
}

/// The allocation. Salesforce lets some orgs run over it: less than nothing remains then.
pub(super) fn api_usage(limits: Limits) -> ApiUsage {
    let Limits { daily_api_requests: daily } = limits;
    let used = i128::from(daily.max) - i128::from(daily.remaining);
    ApiUsage { max: daily.max, used: u64::try_from(used).unwrap_or(0) }
}

/// Reads `Sforce-Limit-Info: api-usage=18/5000; per-app-api-usage=17/250(appName=x)`.
pub(super) fn limit_info(header: &str) -> Option<ApiUsage> {
    let usage = header.split([';', ',']).find_map(|part| part.trim().strip_prefix("api-usage="))?;
    let (used, max) = usage.trim().split_once('/')?;
    Some(ApiUsage { max: max.parse().ok()?, used: used.parse().ok()? })
}

/// Seconds that the org's clock is ahead of ours: its `Date` header against the middle of the request. The header
/// drops the part of a second, so half of one is given back. A clock that is a century away is none.
pub(super) fn clock_offset_s(date: &str, asked: DateTime<Utc>, answered: DateTime<Utc>) -> Option<i64> {
    let date = DateTime::parse_from_rfc2822(date).ok()?.timestamp_millis() + 500;
    let middle = asked.timestamp_millis().midpoint(answered.timestamp_millis());
    Some((date - middle + 500).div_euclid(1000)).filter(|offset| offset.abs() < CENTURY_S)
}

/// What is said where only the signed-in user's own approvals are listed.
pub(super) fn own_approvals_only(permission: Permission) -> Refused {
    let text =
        "Salesforce lists only the approvals of fusebox's own user, and refuses nothing, without this permission";
    Refused { permission: permission.to_string(), text: text.into() }
}
