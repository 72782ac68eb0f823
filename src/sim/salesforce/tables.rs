//! The objects of one org as rows, with what the asking user may see of them.

use super::super::soql::Tables;
use super::super::world::call::Caller;
use super::super::world::org::{Approval, Org, Rights, Standing, Trouble, User};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

/// One org, seen by one caller.
pub(super) struct View<'a> {
    pub(super) org: &'a Org,
    pub(super) caller: Caller,
}

impl View<'_> {
    fn rights(&self) -> Rights {
        self.org.users[self.caller.user].rights
    }
}

/// The objects that an org has here.
const OBJECTS: [&str; 6] =
    ["Organization", "OauthToken", "ConnectedApplication", "User", "UserLogin", "UserPermissionAccess"];

impl Tables for View<'_> {
    fn spelling(&self, object: &str) -> String {
        let known = OBJECTS.iter().find(|known| known.eq_ignore_ascii_case(object));
        (*known.unwrap_or(&object)).to_owned()
    }

    fn rows(&self, object: &str) -> Option<Vec<Map<String, Value>>> {
        let org = self.org;
        let rights = self.rights();
        let rows: Vec<Value> = match self.spelling(object).as_str() {
            "Organization" => vec![organization(org)],
            "OauthToken" => {
                // Without the right one sees one's own, which looks just like a small org.
                let visible = |held: &&Approval| rights.customize_application || self.caller.user == held.user;
                org.listed().map(|(_, held)| held).filter(visible).map(|held| token(org, held)).collect()
            }
            "ConnectedApplication" if rights.customize_application || rights.view_setup => {
                connected_application(org).into_iter().collect()
            }
            "User" => users(org),
            "UserLogin" if rights.manage_users => org.users.iter().map(user_login).collect(),
            "UserPermissionAccess" => vec![own_permissions(rights)],
            _ => return None,
        };
        Some(rows.into_iter().filter_map(|row| if let Value::Object(row) = row { Some(row) } else { None }).collect())
    }
}

fn organization(org: &Org) -> Value {
    json!({
        "Id": org.id, "Name": org.title, "OrganizationType": org.edition, "IsSandbox": org.sandbox,
        "InstanceName": org.instance, "NamespacePrefix": null, "LanguageLocaleKey": "en_US", "TrialExpirationDate": null,
    })
}

/// `Id` is documented as always null. The three token columns exist, so that a client which asks for them is seen to.
fn token(org: &Org, held: &Approval) -> Value {
    let holder = &org.users[held.user];
    json!({
        "Id": null, "AppName": held.app, "AppMenuItemId": null, "UserId": holder.id, "User": user_row(holder),
        "CreatedDate": time(held.created_at), "LastUsedDate": held.last_used_at.map(time), "UseCount": held.use_count,
        "AccessToken": held.refresh, "RequestToken": null, "DeleteToken": held.delete_token,
    })
}

fn connected_application(org: &Org) -> Option<Value> {
    let app = &org.app;
    let id = format!("0H4{}", &org.id.as_str()[3..]);
    (app.standing != Standing::Absent).then(|| {
        json!({
            "Id": id, "Name": app.label, "OptionsAllowAdminApprovedUsersOnly": app.admin_approved_only,
            "RefreshTokenValidityPeriod": app.policy.shown_period(),
            "OptionsRefreshTokenValidityMetric": app.policy.shown_metric(),
            "OptionsHasSessionLevelPolicy": false, "OptionsIsInternal": false, "StartUrl": null, "MobileStartUrl": null,
        })
    })
}

fn users(org: &Org) -> Vec<Value> {
    org.users.iter().map(user_row).collect()
}

fn user_row(user: &User) -> Value {
    json!({ "Id": user.id, "Username": user.username, "Name": user.key, "IsActive": !user.is(Trouble::Inactive) })
}

fn user_login(user: &User) -> Value {
    let id = format!("0Yw{}", &user.id.as_str()[3..]);
    json!({ "Id": id, "UserId": user.id, "IsFrozen": user.is(Trouble::Frozen), "IsPasswordLocked": false })
}

/// What the asking user itself may do.
fn own_permissions(rights: Rights) -> Value {
    json!({
        "PermissionsApiEnabled": true, "PermissionsCustomizeApplication": rights.customize_application,
        "PermissionsManageUsers": rights.manage_users, "PermissionsViewSetup": rights.view_setup,
    })
}

/// Salesforce's way to write a time: milliseconds and `+0000`.
fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true).replace('Z', "+0000")
}
