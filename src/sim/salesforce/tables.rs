//! The objects of one org as rows, with what the asking user may see of them.

mod apps;
pub(super) mod events;
mod people;

use super::super::schema::{self, Field, Mark, Object, Permission};
use super::super::soql::{Row, Tables};
use super::super::world::call::Caller;
use super::super::world::org::{Approval, Org, OrgTrouble, Rights};
use super::super::world::records::{self, time};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

/// One org, seen by one caller.
pub(super) struct View<'a> {
    pub(super) org: &'a Org,
    pub(super) caller: Caller,
    pub(super) now: DateTime<Utc>,
    /// The version that is asked.
    pub(super) version: &'a str,
    /// Whether deleted records are there too (`queryAll`).
    pub(super) with_deleted: bool,
}

impl View<'_> {
    fn rights(&self) -> Rights {
        self.org.users[self.caller.user].rights
    }

    /// Whether the object exists for the caller. What is switched off, and what the caller lacks a permission for, does
    /// not.
    fn shows(&self, object: &Object) -> bool {
        let rights = self.rights();
        let holds = |permission: &Permission| match permission {
            Permission::CustomizeApplication => rights.customize_application,
            Permission::ManageUsers => rights.manage_users,
            Permission::ViewSetup => rights.view_setup,
        };
        object.feature.is_none_or(|feature| self.org.data.features.has(feature))
            && (object.needs.is_empty() || object.needs.iter().any(holds))
    }

    /// The objects that the caller sees.
    pub(super) fn objects(&self) -> impl Iterator<Item = &'static Object> {
        schema::of_orgs().objects().iter().filter(|object| self.shows(object))
    }

    /// One row by its id, of 15 or 18 characters.
    pub(super) fn row(&self, object: &Object, id: &str) -> Option<Row> {
        let id = id.get(..15).filter(|_| matches!(id.len(), 15 | 18))?;
        let is_it = |row: &Row| row.get("Id").and_then(Value::as_str).and_then(|own| own.get(..15)) == Some(id);
        self.rows(object).into_iter().find(is_it)
    }
}

impl Tables for View<'_> {
    fn object(&self, name: &str) -> Option<&Object> {
        schema::of_orgs().object(name).filter(|object| self.shows(object))
    }

    fn sees(&self, field: &Field) -> bool {
        !field.is(Mark::ManageUsers) || self.rights().manage_users
    }

    fn version(&self) -> &str {
        self.version
    }

    fn rows(&self, object: &Object) -> Vec<Row> {
        let org = self.org;
        let rights = self.rights();
        let rows: Vec<Value> = match object.name.as_str() {
            "Organization" => vec![organization(org, self.now)],
            "OauthToken" => {
                // Without the right one sees one's own, which looks just like a small org.
                let visible = |held: &&Approval| rights.customize_application || self.caller.user == held.user;
                org.listed().map(|(_, held)| held).filter(visible).map(|held| apps::token(org, held)).collect()
            }
            "ConnectedApplication" => apps::connected_applications(org),
            "AppMenuItem" => apps::menu_items(org, self.caller.user),
            "ExternalClientApplication" => apps::external_applications(org),
            "ExtlClntAppOauthPlcyCnfg" => apps::external_policies(org),
            "SetupEntityAccess" => apps::admissions(org),
            "User" => people::users(self),
            "Profile" => people::profiles(org),
            "UserLogin" => people::logins(org),
            "PermissionSet" => people::permission_sets(org),
            "PermissionSetAssignment" => people::assignments(org),
            "UserPermissionAccess" => vec![people::own_permissions(rights)],
            "LoginHistory" => events::logins(self),
            "SetupAuditTrail" => events::changes(self),
            "AuthSession" => events::sessions(self),
            "RecordType" => record_types(),
            _ => return self.records(object),
        };
        rows.into_iter().filter_map(|row| if let Value::Object(row) = row { Some(row) } else { None }).collect()
    }
}

impl View<'_> {
    fn records(&self, object: &Object) -> Vec<Row> {
        let all = self.org.data.records.of(object).iter();
        all.filter(|record| self.with_deleted || !records::is_deleted(record)).cloned().collect()
    }
}

fn organization(org: &Org, now: DateTime<Utc>) -> Value {
    let over = (org.trouble == Some(OrgTrouble::TrialOver)).then(|| time(now - TimeDelta::days(1)));
    json!({
        "Id": org.id, "Name": org.title, "OrganizationType": org.edition, "IsSandbox": org.sandbox,
        "InstanceName": org.instance, "NamespacePrefix": null, "LanguageLocaleKey": "en_US", "TrialExpirationDate": over,
        "CreatedDate": "2019-03-05T09:00:00.000+0000",
    })
}

fn record_types() -> Vec<Value> {
    let of_object = |object: &'static Object| {
        object.record_types.iter().map(move |kind| {
            let (id, name) = (&kind.id, &kind.name);
            json!({ "Id": id, "Name": name, "DeveloperName": name, "SobjectType": object.name, "IsActive": true })
        })
    };
    schema::of_orgs().objects().iter().flat_map(of_object).collect()
}
