//! `POST /sim/fault` with what people do: not a broken answer, but a changed world.

use super::Refused;
use crate::sim::scenario::PolicyEntry;
use crate::sim::state::Inner;
use crate::sim::world::World;
use crate::sim::world::history::{Deed, How, Status};
use crate::sim::world::org::{MONITOR, OrgTrouble, Rights, Standing, Trouble};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// Orders to a terminal, in a name: a title, the clipboard, the whole screen, a colour, a scroll region; by one byte
/// too; and an override of the direction of writing.
const ESCAPES: &str =
    "\u{1b}]0;pwned\u{7}\u{1b}]52;c;cHduZWQ=\u{1b}\\\u{1b}[2J\u{1b}[H\u{1b}[31;5mpwned\u{1b}[1;2r\u{9b}2J\u{202e}";

/// Whom it happens to, and what.
#[derive(Deserialize)]
struct Order {
    org: Option<String>,
    site: Option<String>,
    user: Option<String>,
    #[serde(flatten)]
    what: Map<String, Value>,
}

/// What happens to an org; `docs/simulator.md` says what each does.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum OfOrg {
    RevokeAll,
    Install,
    /// What fusebox's user may see; what is not named it may.
    Rights {
        rights: Rights,
    },
    Uninstall,
    Block,
    AdminApproved {
        on: bool,
    },
    Policy {
        policy: PolicyEntry,
    },
    IdleCap {
        on: bool,
    },
    Rotation {
        on: bool,
    },
    Pkce {
        on: bool,
    },
    PasswordFlow {
        on: bool,
    },
    Callback {
        url: String,
    },
    /// Somebody uploads a certificate (PEM) for fusebox's own app, which signs in by JWT from then on.
    Certificate {
        pem: String,
    },
    RefreshTakes {
        seconds: u32,
    },
    Lock,
    TrialOver,
    WithoutApi,
    Restore,
    RefreshSandbox,
    MoveInstance,
    LeaveCalls {
        calls: u64,
    },
    Escapes,
}

/// What happens to a user.
#[derive(Clone, Copy, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum OfUser {
    Authorize,
    Deactivate,
    Freeze,
    NotPreauthorized,
    RefuseAddress,
    WithoutApi,
    Restore,
    ApproveUninstalled { on: bool },
}

/// What happens to a site.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum OfSite {
    Revoke,
    Disconnect,
    Escapes,
    /// Whether it lets fusebox spend and write over REST.
    Writes {
        on: bool,
    },
    /// Code that sets the object type, whatever the settings say; none takes it away.
    CodeFilter {
        object_type: Option<String>,
    },
    /// Somebody changes one of the plugin's settings by hand.
    Setting {
        name: String,
        value: Value,
    },
}

/// What happens to all.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum OfAll {
    RotateCredentials { client_id: Option<String>, client_secret: Option<String> },
    ConsentFillsSlot { on: bool },
}

/// Carries an incident out and tells whom it touched.
pub(super) fn order(inner: &mut Inner, body: &[u8], now: DateTime<Utc>) -> Result<Value, Refused> {
    let Order { org, site, user, what } = serde_json::from_slice(body).map_err(|error| (400, error.to_string()))?;
    let touched = match (org, user, site) {
        (None, Some(user), site) => {
            let (place, holder) = user_named(&inner.world, &user)?;
            let site = site.map(|name| site_named(&inner.world, &name)).transpose()?;
            to_user(inner, place, holder, site, read(what)?, now);
            user
        }
        (None, None, Some(name)) => {
            let site = site_named(&inner.world, &name)?;
            to_site(&mut inner.world, site, &read(what)?, now)?;
            name
        }
        (Some(name), None, None) => {
            let org = inner.world.org_named(&name).ok_or_else(|| (404, format!("there is no org {name:?}")))?;
            to_org(inner, org, read(what)?, now);
            name
        }
        (None, None, None) => {
            match read(what)? {
                OfAll::RotateCredentials { client_id, client_secret } => {
                    inner.world.rotate_credentials(client_id.zip(client_secret), &mut inner.rng);
                    inner.world.orgs.iter_mut().for_each(|org| org.app_changed(now, Deed::StagedCredential));
                }
                OfAll::ConsentFillsSlot { on } => inner.world.consent_fills_slot = on,
            }
            "all".to_owned()
        }
        _ => return Err((400, "an org, a site, or a user (with a site to authorize) is wanted".to_owned())),
    };
    Ok(json!({ "touched": [touched] }))
}

fn read<T: DeserializeOwned>(what: Map<String, Value>) -> Result<T, Refused> {
    serde_json::from_value(Value::Object(what)).map_err(|error| (400, error.to_string()))
}

fn to_org(inner: &mut Inner, org: usize, what: OfOrg, now: DateTime<Utc>) {
    let world = &mut inner.world;
    let place = &mut world.orgs[org];
    if let Some(deed) = deed(&what, place.app.standing) {
        place.app_changed(now, deed);
    }
    match what {
        OfOrg::RevokeAll => world.revoke_all(org, "revoked"),
        OfOrg::Install => place.app.standing = Standing::Installed,
        OfOrg::Rights { rights } => place.users[MONITOR].rights = rights,
        OfOrg::Uninstall => world.uninstall(org),
        OfOrg::Block => place.app.standing = Standing::Blocked,
        OfOrg::AdminApproved { on } => place.app.admin_approved_only = on,
        OfOrg::Policy { policy } => place.app.policy = policy.into(),
        OfOrg::IdleCap { on } => place.app.idle_cap = on,
        OfOrg::Rotation { on } => (place.app.rotation, place.monitor.app.rotation) = (on, on),
        OfOrg::Pkce { on } => place.app.pkce_required = on,
        OfOrg::PasswordFlow { on } => place.password_flow = on,
        OfOrg::Callback { url } => place.monitor.callbacks.push(url),
        OfOrg::Certificate { pem } => (place.monitor.certificate, place.monitor.jwt) = (Some(pem), true),
        OfOrg::RefreshTakes { seconds } => place.refresh_takes = TimeDelta::seconds(i64::from(seconds.min(600))),
        OfOrg::Lock => place.trouble = Some(OrgTrouble::Locked),
        OfOrg::TrialOver => place.trouble = Some(OrgTrouble::TrialOver),
        OfOrg::WithoutApi => place.trouble = Some(OrgTrouble::NoApi),
        OfOrg::Restore => place.trouble = None,
        OfOrg::RefreshSandbox => world.refresh_sandbox(org, &mut inner.rng),
        OfOrg::MoveInstance => place.moved = true,
        OfOrg::LeaveCalls { calls } => world.leave_calls(org, calls),
        OfOrg::Escapes => {
            place.title.push_str(ESCAPES);
            let others = place.users.iter_mut().enumerate().filter(|(user, _)| *user != MONITOR);
            others.for_each(|(_, user)| user.username.push_str(ESCAPES));
        }
    }
}

/// What the audit trail says of it. For the block and for what the publisher does no action is known.
fn deed(what: &OfOrg, before: Standing) -> Option<Deed> {
    match what {
        OfOrg::Install if before == Standing::Blocked => Some(Deed::Unblock),
        OfOrg::Install => Some(Deed::Install),
        OfOrg::Uninstall => Some(Deed::Uninstall),
        OfOrg::AdminApproved { .. } => Some(Deed::PermittedUsers),
        OfOrg::Policy { .. } => Some(Deed::RefreshPolicy),
        OfOrg::Pkce { .. } => Some(Deed::Pkce),
        _ => None,
    }
}

/// The same of what is done to a user. Its address is refused by the app's terms.
fn deed_to_user(what: OfUser, before: Option<Trouble>) -> Option<Deed> {
    match what {
        OfUser::Deactivate => Some(Deed::Deactivate),
        OfUser::Freeze => Some(Deed::Freeze),
        OfUser::WithoutApi => Some(Deed::Profile),
        OfUser::Restore if before == Some(Trouble::Inactive) => Some(Deed::Activate),
        OfUser::Restore if before == Some(Trouble::Frozen) => Some(Deed::Unfreeze),
        OfUser::Restore if before == Some(Trouble::NoApi) => Some(Deed::Profile),
        _ => None,
    }
}

fn to_user(inner: &mut Inner, org: usize, user: usize, site: Option<usize>, what: OfUser, now: DateTime<Utc>) {
    let place = &mut inner.world.orgs[org];
    if let Some(deed) = deed_to_user(what, place.users[user].trouble) {
        place.user_changed(now, deed, user);
    } else if matches!(what, OfUser::RefuseAddress) {
        place.app_changed(now, Deed::IpRelaxation);
    }
    let holder = &mut place.users[user];
    match what {
        OfUser::Authorize => {
            if let Some(site) = site {
                inner.world.authorize_site(site, org, user, now);
            } else {
                let label = inner.world.orgs[org].app.label.clone();
                let approval = inner.world.approve(org, user, &label, now, None, &mut inner.rng);
                inner.world.note_login(org, approval, None, now, How::Code, Status::Success);
            }
        }
        OfUser::Deactivate => holder.trouble = Some(Trouble::Inactive),
        OfUser::Freeze => holder.trouble = Some(Trouble::Frozen),
        OfUser::NotPreauthorized => holder.trouble = Some(Trouble::NotPreauthorized),
        OfUser::RefuseAddress => holder.trouble = Some(Trouble::AddressRefused),
        OfUser::WithoutApi => holder.trouble = Some(Trouble::NoApi),
        OfUser::Restore => holder.trouble = None,
        OfUser::ApproveUninstalled { on } => holder.approves_uninstalled = on,
    }
}

fn to_site(world: &mut World, site: usize, what: &OfSite, now: DateTime<Utc>) -> Result<(), Refused> {
    match what {
        OfSite::Revoke => {
            let held = world.sites[site].org.zip(world.sites[site].approval);
            let (org, approval) = held.ok_or_else(|| (409, "this site holds no approval".to_owned()))?;
            world.remove(org, approval, "revoked");
        }
        OfSite::Disconnect => world.sites[site].disconnect(),
        OfSite::Writes { on } => world.sites[site].lets_write = *on,
        OfSite::CodeFilter { object_type } => world.sites[site].options.filter.clone_from(object_type),
        OfSite::Setting { name, value } => world.sites[site].options.put(name, Some(value.to_string())),
        OfSite::Escapes => {
            let site = &mut world.sites[site];
            site.title.push_str(ESCAPES);
            site.log_row(now, format!("Error adding contact: {ESCAPES}"));
        }
    }
    Ok(())
}

fn site_named(world: &World, name: &str) -> Result<usize, Refused> {
    world.site_named(name).ok_or_else(|| (404, format!("there is no site {name:?}")))
}

/// A user by its user name, which no two orgs share.
fn user_named(world: &World, username: &str) -> Result<(usize, usize), Refused> {
    let found = world.orgs.iter().enumerate().find_map(|(place, org)| {
        let user = org.users.iter().position(|user| user.username == username)?;
        Some((place, user))
    });
    found.ok_or_else(|| (404, format!("there is no user {username:?}")))
}
