//! A site gets a connection, as when its administrator presses Authorize: what WP Fusion stores, and that nothing is
//! revoked by it. Pure.

use super::World;
use super::consumer::RELAY_CALLBACK;
use super::history::{How, Status};
use super::org::Session;
use super::refresh::{Client, Granted, Refusal};
use super::schedule::Schedule;
use super::site::{Connection, Plugin};
use crate::sim::mint;
use chrono::{DateTime, TimeDelta, Utc};

/// How often a site calls that got its connection while the simulator runs.
const EVERY: TimeDelta = TimeDelta::minutes(10);

/// What came of a pasted code, and who authorized.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Completion {
    /// The site has the new connection.
    Done { org: String, user: String },
    /// Somebody of another org.
    WrongOrg { org: String, user: String },
    /// Another user of the org.
    WrongUser { org: String, user: String },
    /// The code was refused.
    Refused(Refusal),
}

impl World {
    /// The browser came back with a code: the site exchanges it, and on success stores five options and no more. A
    /// refusal becomes a row of the log and changes nothing.
    pub(crate) fn complete_authorization(&mut self, site: usize, code: &str, at: DateTime<Utc>) -> Result<(), Refusal> {
        if self.sites[site].plugin != Plugin::Active {
            return Ok(());
        }
        let (id, secret) = (self.app_client_id.clone(), self.app_client_secret.clone());
        let client = Client { id: &id, secret: &secret };
        let mut rng = self.sites[site].rng.clone();
        let granted = self.exchange(code, RELAY_CALLBACK, None, client, at, &mut rng);
        self.sites[site].rng = rng;
        match granted {
            Ok(granted) => {
                if let Some(approval) = granted.approval {
                    self.note_login(granted.org, approval, Some(site), at, How::Code, Status::Success);
                }
                self.connect(site, granted, at);
            }
            Err(refusal) => {
                let text = format!("Error requesting authorization code: {} - {}", refusal.error, refusal.description);
                self.sites[site].log_row(at, text);
                return Err(refusal);
            }
        }
        Ok(())
    }

    /// A pasted code: exchanged as when a browser comes back, and stored only if this user of this org has authorized, known
    /// by the first fifteen characters of their ids. Where somebody else has, the approval was made all the same.
    pub(crate) fn complete_expecting(
        &mut self,
        site: usize,
        code: &str,
        (org, user): (&str, &str),
        at: DateTime<Utc>,
    ) -> Completion {
        let (id, secret) = (self.app_client_id.clone(), self.app_client_secret.clone());
        let client = Client { id: &id, secret: &secret };
        let mut rng = self.sites[site].rng.clone();
        let granted = self.exchange(code, RELAY_CALLBACK, None, client, at, &mut rng);
        self.sites[site].rng = rng;
        let granted = match granted {
            Ok(granted) => granted,
            Err(refusal) => return Completion::Refused(refusal),
        };
        let place = &self.orgs[granted.org];
        let found = (place.id.to_string(), place.users[granted.user].id.to_string());
        let same = |one: &str, other: &str| one.get(..15) == other.get(..15);
        let (is_org, is_user) = (same(&found.0, org), same(&found.1, user));
        let holder = (is_org && is_user).then_some(site);
        if let Some(approval) = granted.approval {
            self.note_login(granted.org, approval, holder, at, How::Code, Status::Success);
        }
        if !is_org {
            return Completion::WrongOrg { org: found.0, user: found.1 };
        }
        if !is_user {
            return Completion::WrongUser { org: found.0, user: found.1 };
        }
        self.connect(site, granted, at);
        Completion::Done { org: found.0, user: found.1 }
    }

    /// A user approves the app for a site, without a browser.
    pub(crate) fn authorize_site(&mut self, site: usize, org: usize, user: usize, at: DateTime<Utc>) {
        let label = self.orgs[org].app.label.clone();
        let mut rng = self.sites[site].rng.clone();
        let approval = self.approve(org, user, &label, at, Some(site), &mut rng);
        self.note_login(org, approval, Some(site), at, How::Code, Status::Success);
        let place = &mut self.orgs[org];
        let access = mint::access_token(&mut rng, &place.id);
        place.sessions.insert(access.clone(), Session { approval: Some(approval), user, last_used: at });
        let held = &place.approvals[approval];
        let (refresh, scope) = (Some(held.refresh.clone()), held.scope.clone());
        self.sites[site].rng = rng;
        let takes = TimeDelta::zero();
        self.connect(site, Granted { org, user, approval: Some(approval), access, refresh, scope, takes }, at);
    }

    fn connect(&mut self, index: usize, granted: Granted, at: DateTime<Utc>) {
        let Granted { org, user, approval, access, refresh, .. } = granted;
        if let Some(approval) = approval {
            self.orgs[org].approvals[approval].site = Some(index);
        }
        let place = &self.orgs[org];
        let connection = Connection {
            org_id: place.id.to_string(),
            user_id: place.users[user].id.to_string(),
            access,
            // The plugin stores what is missing as nothing, and then has nothing to refresh with.
            refresh: refresh.unwrap_or_default(),
            old_secret: false,
        };
        let site = &mut self.sites[index];
        site.org = Some(org);
        site.approval = approval;
        site.crm = Some("salesforce");
        site.connection = Some(connection);
        site.authorized_at = Some(at);
        site.died = None;
        site.schedule = Some(Schedule { origin: at, every: EVERY, pause: None, jitter: TimeDelta::zero() });
        site.played_to = site.played_to.max(at);
        site.next_due = Some(at + EVERY);
        self.next_due = self.next_due.min(at + EVERY);
    }
}
