//! Apps and what was approved for them.

use super::super::super::record_id::record_id;
use super::super::super::world::org::{App, Approval, Org, Standing};
use super::{people, time};
use serde_json::{Value, json};

/// The apps of an org, numbered as their rows are.
fn apps(org: &Org) -> [(u64, &App); 2] {
    [(1, &org.app), (2, &org.monitor.app)]
}

/// Whether an app has rows of its own: what is not installed has none.
fn is_listed(app: &App) -> bool {
    app.standing != Standing::Absent
}

fn application_id(org: &Org, n: u64) -> String {
    record_id("0H4", &org.id, n)
}

fn menu_item_id(org: &Org, n: u64) -> String {
    record_id("0DS", &org.id, n)
}

/// `Id` is documented as always null.
pub(super) fn token(org: &Org, held: &Approval) -> Value {
    let item = apps(org).into_iter().find(|(_, app)| app.label == held.app && is_listed(app));
    json!({
        "AppName": held.app, "AppMenuItemId": item.map(|(n, _)| menu_item_id(org, n)), "UserId": org.users[held.user].id,
        "CreatedDate": time(held.created_at), "LastUsedDate": held.last_used_at.map(time), "UseCount": held.use_count,
        "AccessToken": held.refresh, "DeleteToken": held.delete_token,
    })
}

pub(super) fn connected_applications(org: &Org) -> Vec<Value> {
    let row = |(n, app): (u64, &App)| {
        json!({
            "Id": application_id(org, n), "Name": app.label,
            "OptionsAllowAdminApprovedUsersOnly": app.admin_approved_only,
            "RefreshTokenValidityPeriod": app.policy.shown_period(),
            "OptionsRefreshTokenValidityMetric": app.policy.shown_metric(),
            "OptionsHasSessionLevelPolicy": false, "OptionsIsInternal": false,
            "OptionsFullContentPushNotifications": false, "OptionsCodeCredentialGuestEnabled": false,
            "OptionsAppIssueJwtTokenEnabled": false, "OptionsTokenExchangeManageBitEnabled": false,
            "CreatedById": people::admin_id(org),
        })
    };
    apps(org).into_iter().filter(|(_, app)| is_listed(app)).map(row).collect()
}

/// `IsAccessible` is about the user who asks.
pub(super) fn menu_items(org: &Org, user: usize) -> Vec<Value> {
    let row = |(n, app): (u64, &App)| {
        json!({
            "Id": menu_item_id(org, n), "ApplicationId": application_id(org, n), "Name": app.label.replace(' ', "_"),
            "Label": app.label, "Type": "ConnectedApplication", "SortOrder": n,
            "IsAccessible": app.standing == Standing::Installed && org.pre_authorized(app, user),
            "IsUsingAdminAuthorization": app.admin_approved_only, "IsVisible": true,
        })
    };
    apps(org).into_iter().filter(|(_, app)| is_listed(app)).map(row).collect()
}

/// What else an org has that uses external client apps.
pub(super) fn external_applications(org: &Org) -> Vec<Value> {
    let id = record_id("0xI", &org.id, 1);
    vec![json!({ "Id": id, "DeveloperName": "Quarterly_Reports", "MasterLabel": "Quarterly Reports" })]
}

pub(super) fn external_policies(org: &Org) -> Vec<Value> {
    vec![json!({
        "Id": record_id("0xP", &org.id, 1), "DeveloperName": "Quarterly_Reports_plcy",
        "ExternalClientApplicationId": record_id("0xI", &org.id, 1),
        "PermittedUsersPolicyType": "AdminApprovedPreAuthorized",
    })]
}

/// Which permission sets pre-authorize for which app.
pub(super) fn admissions(org: &Org) -> Vec<Value> {
    let sets = [people::Set::Sites, people::Set::Monitor];
    let closed = |((_, app), _): &((u64, &App), people::Set)| is_listed(app) && app.admin_approved_only;
    let row = |((n, _), set): ((u64, &App), people::Set)| {
        json!({
            "Id": record_id("0J0", &org.id, n), "ParentId": set.id(org), "SetupEntityId": application_id(org, n),
            "SetupEntityType": "ConnectedApplication",
        })
    };
    apps(org).into_iter().zip(sets).filter(closed).map(row).collect()
}
