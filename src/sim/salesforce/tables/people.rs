//! Users, their profiles and permission sets.

use super::super::super::record_id::record_id;
use super::super::super::world::history::Status;
use super::super::super::world::org::{MONITOR, Org, Rights, Trouble, User};
use super::{View, time};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// The permission sets of an org. A profile has one of its own, in the shadow.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Set {
    /// Of the profile of administrators.
    Admin,
    /// Of the profile of users that machines use.
    Integration,
    /// Of the profile of users without API access.
    ReadOnly,
    /// What fusebox's user is given.
    Monitor,
    /// What pre-authorizes users for WP Fusion's app.
    Sites,
}

impl Set {
    const ALL: [Self; 5] = [Self::Admin, Self::Integration, Self::ReadOnly, Self::Monitor, Self::Sites];
    const PROFILES: [Self; 3] = [Self::Admin, Self::Integration, Self::ReadOnly];

    fn number(self) -> u64 {
        match self {
            Self::Admin => 1,
            Self::Integration => 2,
            Self::ReadOnly => 3,
            Self::Monitor => 4,
            Self::Sites => 5,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Admin => "System Administrator",
            Self::Integration => "Integration",
            Self::ReadOnly => "Read Only",
            Self::Monitor => "Fusebox",
            Self::Sites => "WP Fusion",
        }
    }

    fn rights(self, org: &Org) -> Rights {
        match self {
            Self::Admin => Rights::default(),
            Self::Monitor => org.users[MONITOR].rights,
            Self::Integration | Self::ReadOnly | Self::Sites => Rights::NONE,
        }
    }

    fn has_api(self) -> bool {
        matches!(self, Self::Admin | Self::Integration | Self::Monitor)
    }

    /// Its id.
    pub(super) fn id(self, org: &Org) -> String {
        record_id("0PS", &org.id, self.number())
    }

    fn profile_id(self, org: &Org) -> String {
        record_id("00e", &org.id, self.number())
    }
}

fn profile(user: &User) -> Set {
    if user.is(Trouble::NoApi) { Set::ReadOnly } else { Set::Integration }
}

/// The administrator, who signs in at no API and is named by what others see of the org alone.
pub(super) fn admin_id(org: &Org) -> String {
    record_id("005", &org.id, 1)
}

pub(super) fn users(view: &View<'_>) -> Vec<Value> {
    let org = view.org;
    let mut last_logins = vec![None; org.users.len()];
    for login in org.data.history.logins(view.now).filter(|login| login.status == Status::Success) {
        last_logins[login.user] = last_logins[login.user].max(Some(login.at));
    }
    let row = |(user, last_login): (&User, Option<DateTime<Utc>>)| {
        json!({
            "Id": user.id, "Username": user.username, "Name": user.key, "LastName": user.key, "Email": user.username,
            "Alias": user.key.chars().take(8).collect::<String>(), "IsActive": !user.is(Trouble::Inactive),
            "ProfileId": profile(user).profile_id(org), "UserType": "Standard", "LanguageLocaleKey": "en_US",
            "LastLoginDate": last_login.map(time), "LastPasswordChangeDate": null, "NumberOfFailedLogins": 0,
        })
    };
    let admin = json!({
        "Id": admin_id(org), "Username": format!("admin@{}.example", org.name), "Name": "Admin", "LastName": "Admin",
        "Email": format!("admin@{}.example", org.name), "Alias": "admin", "IsActive": true,
        "ProfileId": Set::Admin.profile_id(org), "UserType": "Standard", "LanguageLocaleKey": "en_US",
    });
    org.users.iter().zip(last_logins).map(row).chain([admin]).collect()
}

pub(super) fn profiles(org: &Org) -> Vec<Value> {
    let row = |set: Set| json!({ "Id": set.profile_id(org), "Name": set.label(), "UserType": "Standard" });
    Set::PROFILES.into_iter().map(row).collect()
}

pub(super) fn logins(org: &Org) -> Vec<Value> {
    let row = |user: &User| {
        let id = format!("0Yw{}", &user.id.as_str()[3..]);
        json!({ "Id": id, "UserId": user.id, "IsFrozen": user.is(Trouble::Frozen), "IsPasswordLocked": false })
    };
    org.users.iter().map(row).collect()
}

pub(super) fn permission_sets(org: &Org) -> Vec<Value> {
    let row = |set: Set| {
        let owned = Set::PROFILES.contains(&set);
        let mut row = permissions(set.rights(org), set.has_api());
        row["Id"] = json!(set.id(org));
        row["Name"] = json!(if owned { format!("X{}", set.profile_id(org)) } else { set.label().replace(' ', "_") });
        row["Label"] = json!(set.label());
        row["IsOwnedByProfile"] = json!(owned);
        row["ProfileId"] = json!(owned.then(|| set.profile_id(org)));
        row
    };
    Set::ALL.into_iter().map(row).collect()
}

pub(super) fn assignments(org: &Org) -> Vec<Value> {
    let mut pairs: Vec<(Set, String)> = vec![(Set::Admin, admin_id(org))];
    for (place, user) in org.users.iter().enumerate() {
        pairs.push((profile(user), user.id.to_string()));
        if place == MONITOR {
            pairs.push((Set::Monitor, user.id.to_string()));
        } else if !user.is(Trouble::NotPreauthorized) {
            pairs.push((Set::Sites, user.id.to_string()));
        }
    }
    let row = |(n, (set, user)): (u64, (Set, String))| json!({ "Id": record_id("0Pa", &org.id, n), "PermissionSetId": set.id(org), "AssigneeId": user });
    (1..).zip(pairs).map(row).collect()
}

/// What the asking user itself may do.
pub(super) fn own_permissions(rights: Rights) -> Value {
    permissions(rights, true)
}

fn permissions(rights: Rights, api: bool) -> Value {
    json!({
        "PermissionsApiEnabled": api, "PermissionsCustomizeApplication": rights.customize_application,
        "PermissionsManageUsers": rights.manage_users, "PermissionsViewSetup": rights.view_setup,
        "PermissionsMonitorLoginHistory": rights.monitor_login_history,
    })
}
