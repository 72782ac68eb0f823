//! Whether a site may be sent to a browser to be authorized, as whom and at what cost; and what two looks show of how it went.
//! Pure. Uses `model`, the verdict of the site and the slot check.

use super::{judge, slot_check};
use crate::model::org_state::OrgState;
use crate::model::{
    Approval, Authorization, Cause, Clean, Course, Fingerprint, Fleet, OrgId, OrgName, PluginState, Settings, SiteName,
    SiteStatus, SlotCheck, UserId,
};
use chrono::{DateTime, TimeDelta, Utc};

/// How far the host's clock may be off from the org's when an approval is told to be new.
const SLACK: TimeDelta = TimeDelta::seconds(60);

/// A site that may be authorized.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorizable {
    /// The site.
    pub site: SiteName,
    /// The org.
    pub org: OrgName,
    /// Its id.
    pub org_id: OrgId,
    /// Whether it is a sandbox: then the sign-in is at another host.
    pub sandbox: Option<bool>,
    /// As whom.
    pub user: UserId,
    /// `Username`, or the id where names may not be read.
    pub user_name: Clean,
    /// Whether nobody authorized the site before.
    pub first: bool,
    /// What the site syncs to.
    pub object_type: Option<Clean>,
    /// The refresh token that it holds.
    pub refresh: Option<Fingerprint>,
    /// What the new approval costs.
    pub check: SlotCheck,
    /// What is known to stand in its way and may not: told beside the question.
    pub doubts: Vec<String>,
}

/// Why nobody is sent to a browser.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAuthorizable {
    /// Something is not known that has to be.
    #[error("{0}")]
    Unknown(String),
    /// It can not end well.
    #[error("{0}")]
    Pointless(String),
    /// Salesforce would refuse the user.
    #[error("the app is not installed in org {org}, and Salesforce refuses it to {user}, who holds no approval of it")]
    NotInstalled {
        /// Where.
        org: OrgName,
        /// Who.
        user: Clean,
    },
    /// Salesforce refuses everybody.
    #[error("an administrator of org {org} blocks the app")]
    Blocked {
        /// Where.
        org: OrgName,
    },
}

/// Judges by what is known at `now`; the site and its org are to be looked at before. `in_org` is the org that it is to be in,
/// without one the site's own. `named` is the user name to sign in with, or its part before the @; without one, the user whom the
/// site has now.
pub fn authorizable(
    fleet: &Fleet,
    settings: &Settings,
    name: &SiteName,
    (in_org, named): (Option<&OrgName>, Option<&str>),
    now: DateTime<Utc>,
) -> Result<Authorizable, NotAuthorizable> {
    let unknown = |why: String| Err(NotAuthorizable::Unknown(why));
    let Some(status) = fleet.site(name).and_then(|site| site.status.as_ref()) else {
        return unknown(format!("{name} never answered, so nobody knows what is there to be authorized"));
    };
    let status = &status.value;
    if let Some(why) = without_plugin(name, status) {
        return Err(NotAuthorizable::Pointless(why));
    }
    let last = fleet.site(name).and_then(|site| site.last_connection.as_ref()).map(|seen| &seen.value);
    let told = settings.sites.get(name).and_then(|terms| terms.org.clone());
    let seen = last.and_then(|last| last.org.as_ref()).and_then(|id| fleet.org_by_id(id)).map(|org| org.name.clone());
    let Some(org_name) = in_org.cloned().or(told).or(seen) else {
        return unknown(format!(
            "no org of the configuration is known to be {name}'s: give it one with org in its [[site]]"
        ));
    };
    let Some((org, org_id)) = fleet.org(&org_name).and_then(|org| Some((org, org.id()?.clone()))) else {
        return unknown(format!(
            "org {org_name} never told its id, so the right org could not be told from a wrong one"
        ));
    };
    let here = last.filter(|last| last.org.as_ref() == Some(&org_id)).and_then(|last| last.user.clone());
    let user = match named {
        Some(named) => user_named(org, named).ok_or_else(|| {
            NotAuthorizable::Unknown(format!(
                "no user {named:?} is known in org {org_name}; fusebox users --org {org_name}"
            ))
        })?,
        None => here.ok_or_else(|| {
            let text = format!("{name} was no user's in org {org_name} before: say who signs in with --as USER");
            NotAuthorizable::Unknown(text)
        })?,
    };
    let Some(check) = slot_check(fleet, settings, &org_name, &user, std::slice::from_ref(name), now) else {
        return unknown(format!("org {org_name} is not in the configuration"));
    };
    if is_blocked(fleet, settings, &org_id, now) {
        return Err(NotAuthorizable::Blocked { org: org_name });
    }
    let mut doubts = Vec::new();
    if org.app_installed() == Some(false) {
        if org.lists_all_approvals() && org.approvals_of(&user).is_empty() {
            return Err(NotAuthorizable::NotInstalled { org: org_name, user: check.name });
        }
        doubts.push(format!(
            "the app is not installed in org {org_name}: Salesforce may refuse who holds no approval yet"
        ));
    }
    if let Some(why) = &check.unusable {
        return Err(NotAuthorizable::Pointless(format!("{} can not authorize anything: {why}", check.name)));
    }
    if !org.lists_all_approvals() {
        doubts.push(format!("org {org_name} does not list all approvals: whom a new one removes is not known"));
    }
    Ok(Authorizable {
        site: name.clone(),
        sandbox: org.organization.as_ref().and_then(|seen| seen.value.seen()).map(|seen| seen.sandbox),
        org: org_name,
        org_id,
        user,
        user_name: check.name.clone(),
        first: last.is_none(),
        object_type: status.object_type.clone(),
        refresh: status.connection.as_ref().and_then(|connection| connection.refresh),
        check,
        doubts,
    })
}

fn without_plugin(name: &SiteName, status: &SiteStatus) -> Option<String> {
    match &status.plugin {
        PluginState::Absent => Some(format!("WP Fusion is not installed on {name}")),
        PluginState::Inactive { .. } => Some(format!("WP Fusion is installed on {name} and not active")),
        PluginState::Active { .. } => {
            let other = status.crm.as_ref().filter(|crm| crm.as_str() != "salesforce")?;
            Some(format!("WP Fusion on {name} is set to {other}: choose Salesforce in its settings first"))
        }
    }
}

/// A user by its whole name or the part before the @, of an org that is looked at; where two have the part, none.
fn user_named(org: &OrgState, named: &str) -> Option<UserId> {
    let users = || org.users.values().map(|seen| &seen.value);
    let whole = users().find(|user| user.username.as_str().eq_ignore_ascii_case(named) || user.id.as_str() == named);
    let mut parts = users()
        .filter(|user| user.username.as_str().split('@').next().is_some_and(|part| part.eq_ignore_ascii_case(named)));
    let user = whole.or_else(|| Some(parts.next()?).filter(|_| parts.next().is_none()))?;
    Some(user.id.clone())
}

/// Whether a site of the org was refused because of a block, and none has worked since.
pub(super) fn is_blocked(fleet: &Fleet, settings: &Settings, org: &OrgId, now: DateTime<Utc>) -> bool {
    let causes = fleet.sites_in(org).map(|site| judge(fleet, settings, &site.name, now).row.cause);
    causes.flatten().any(|cause| cause == Cause::AppBlocked)
}

/// What a look at the site shows, and one at its org, where that answered: its approvals, with the seconds that its clock is
/// ahead.
pub fn course(authorization: &Authorization, status: &SiteStatus, org: Option<(&[Approval], i64)>) -> Course {
    let mut made: Vec<&Approval> = Vec::new();
    if let Some((rows, ahead_s)) = org {
        let since = authorization.began_at + TimeDelta::seconds(ahead_s) - SLACK;
        let new = |row: &&Approval| !authorization.approvals.contains(&row.id) && row.created_at >= since;
        made = rows.iter().filter(|row| row.user == authorization.user).filter(new).collect();
    }
    let held =
        status.connection.as_ref().filter(|held| held.refresh.is_some() && held.refresh != authorization.refresh);
    let Some(held) = held else {
        return made.last().map_or(Course::Waiting, |row| Course::Approved { approval: row.id });
    };
    if held.org.as_ref() != Some(&authorization.org_id) {
        return Course::WrongOrg { org: held.org.clone() };
    }
    if held.user.as_ref() != Some(&authorization.user) {
        return Course::WrongUser { user: held.user.clone() };
    }
    let approval = if let [only] = made[..] { Some(only.id) } else { None };
    match held.refresh {
        Some(refresh) => Course::Connected { refresh, approval },
        None => Course::Waiting,
    }
}
