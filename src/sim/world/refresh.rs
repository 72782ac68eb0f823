//! Salesforce's side of approvals: making one, removing one, and what happens when a refresh token is presented. Pure.

use super::consent::REGISTERED_SCOPE;
use super::org::{Approval, IDLE_CAP, Org, OrgTrouble, Policy, Session, Standing, Trouble};
use super::{Token, World};
use crate::sim::mint;
use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;

/// The consumer key and secret that came with a token request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client<'a> {
    /// The consumer key.
    pub(crate) id: &'a str,
    /// The consumer secret.
    pub(crate) secret: &'a str,
}

/// A token request that succeeded.
#[derive(Clone, Debug)]
pub(crate) struct Granted {
    /// The org, by its place.
    pub(crate) org: usize,
    /// The user, by its place.
    pub(crate) user: usize,
    /// The approval, where the flow made one.
    pub(crate) approval: Option<usize>,
    /// The new access token.
    pub(crate) access: String,
    /// The new refresh token; at a refresh only where tokens rotate.
    pub(crate) refresh: Option<String>,
    /// What the session is good for.
    pub(crate) scope: String,
    /// How long the answer takes.
    pub(crate) takes: TimeDelta,
}

/// A token request that was refused: the texts go over the wire, the cause never does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The OAuth error code.
    pub(crate) error: &'static str,
    /// Its description.
    pub(crate) description: &'static str,
    /// What really was the matter.
    pub(crate) cause: &'static str,
}

impl Refusal {
    /// One text for eviction, revocation, policies, rotation: Salesforce does not tell them apart.
    const fn expired(cause: &'static str) -> Self {
        Self { error: "invalid_grant", description: "expired access/refresh token", cause }
    }
}

impl World {
    /// A user approves an app. Beyond the slot limit the oldest approval goes, with its sessions.
    pub(crate) fn approve(
        &mut self,
        org: usize,
        user: usize,
        app: &str,
        at: DateTime<Utc>,
        site: Option<usize>,
        rng: &mut Rng,
    ) -> usize {
        // Salesforce shows it in whole seconds.
        let at = DateTime::from_timestamp(at.timestamp(), 0).unwrap_or(at);
        let place = &mut self.orgs[org];
        let refresh = mint::refresh_token(rng);
        let new = place.approvals.len();
        place.approvals.push(Approval {
            user,
            app: app.to_owned(),
            created_at: at,
            last_used_at: None,
            idle_since: at,
            use_count: 0,
            scope: REGISTERED_SCOPE.to_owned(),
            busy_until: None,
            refresh: refresh.clone(),
            delete_token: mint::delete_token(rng),
            voided: false,
            site,
            removed: None,
        });
        self.tokens.insert(refresh, Token { org, approval: new });
        let mine: Vec<usize> =
            place.listed().filter(|(_, held)| held.user == user && held.app == app).map(|(index, _)| index).collect();
        if mine.len() > place.slot_limit
            && let Some(oldest) = mine.into_iter().min_by_key(|index| (place.approvals[*index].created_at, *index))
        {
            self.remove(org, oldest, "evicted");
        }
        new
    }

    /// Ends an approval and every session that came from it.
    pub(crate) fn remove(&mut self, org: usize, approval: usize, cause: &'static str) {
        let org = &mut self.orgs[org];
        org.approvals[approval].removed = Some(cause);
        org.sessions.retain(|_, session| session.approval != Some(approval));
    }

    /// A refresh token is presented. The order of the checks is Salesforce's: client, in flight, token, org, user, app,
    /// policy; from
    /// "token known" on, the request counts and dates the approval whatever comes of it.
    pub(crate) fn refresh(
        &mut self,
        token: &str,
        client: Client<'_>,
        at: DateTime<Utc>,
        rng: &mut Rng,
    ) -> Result<Granted, Refusal> {
        self.refresh_by(None, token, client, at, rng)
    }

    /// The same by a site that is known.
    pub(crate) fn refresh_by(
        &mut self,
        site: Option<usize>,
        token: &str,
        client: Client<'_>,
        at: DateTime<Utc>,
        rng: &mut Rng,
    ) -> Result<Granted, Refusal> {
        let outcome = self.present(token, client, at, rng);
        self.note_refresh(token, site, at, outcome.as_ref());
        outcome
    }

    fn present(
        &mut self,
        token: &str,
        client: Client<'_>,
        at: DateTime<Utc>,
        rng: &mut Rng,
    ) -> Result<Granted, Refusal> {
        let consumer = self.admit(client)?;
        let &Token { org, approval } = self.tokens.get(token).ok_or(Refusal::expired("revoked"))?;
        // Another app's token is nobody's.
        if self.app_in(consumer, org).is_none_or(|app| app.label != self.orgs[org].approvals[approval].app) {
            return Err(Refusal::expired("revoked"));
        }
        let place = &mut self.orgs[org];
        let held = &mut place.approvals[approval];
        if held.busy_until.is_some_and(|until| at < until) {
            let description = "token request is already being processed";
            return Err(Refusal { error: "invalid_grant", description, cause: "rotation_risk" });
        }
        if let Some(cause) = held.removed {
            return Err(Refusal::expired(cause));
        }
        if held.voided {
            return Err(Refusal::expired("rotated_out"));
        }
        held.use_count += 1;
        held.last_used_at = Some(at);
        if held.refresh != token {
            held.voided = true;
            place.sessions.retain(|_, session| session.approval != Some(approval));
            return Err(Refusal::expired("rotated_out"));
        }
        usable(place, approval, at)?;
        let place = &mut self.orgs[org];
        let renews = place.app(&place.approvals[approval].app).is_some_and(|app| app.rotation);
        let rotated = renews.then(|| mint::refresh_token(rng));
        let held = &mut place.approvals[approval];
        held.idle_since = at;
        if let Some(new) = &rotated {
            held.refresh.clone_from(new);
            self.tokens.insert(new.clone(), Token { org, approval });
        }
        let (user, scope) = (held.user, held.scope.clone());
        let takes = place.refresh_takes;
        held.busy_until = (takes > TimeDelta::zero()).then_some(at + takes);
        let access = mint::access_token(rng, &place.id);
        place.sessions.insert(access.clone(), Session { approval: Some(approval), user, last_used: at });
        Ok(Granted { org, user, approval: Some(approval), access, refresh: rotated, scope, takes })
    }

    /// The org and the approval that a refresh token was given for, ended or not.
    pub(crate) fn approval_of_token(&self, token: &str) -> Option<(usize, usize)> {
        self.tokens.get(token).map(|known| (known.org, known.approval))
    }

    /// Whether a refresh token of this approval would be accepted at `at`.
    pub(crate) fn is_alive(&self, org: usize, approval: usize, at: DateTime<Utc>) -> bool {
        let held = &self.orgs[org].approvals[approval];
        held.removed.is_none() && !held.voided && usable(&self.orgs[org], approval, at).is_ok()
    }
}

/// The checks after "token known", in Salesforce's order.
fn usable(org: &Org, approval: usize, at: DateTime<Utc>) -> Result<(), Refusal> {
    let held = &org.approvals[approval];
    let user = &org.users[held.user];
    if org.trouble == Some(OrgTrouble::Locked) || org.trouble == Some(OrgTrouble::TrialOver) {
        return Err(Refusal { error: "inactive_org", description: "organization is not active", cause: "org_locked" });
    }
    if user.is(Trouble::Inactive) {
        return Err(Refusal { error: "invalid_grant", description: "inactive user", cause: "user_inactive" });
    }
    if user.is(Trouble::Frozen) {
        return Err(Refusal::expired("user_frozen"));
    }
    let Some(app) = org.app(&held.app) else { return Ok(()) };
    if app.standing == Standing::Blocked {
        let description = "this app is blocked by admin";
        return Err(Refusal { error: "OAUTH_APP_BLOCKED", description, cause: "app_blocked" });
    }
    if !org.pre_authorized(app, held.user) {
        let description = "user is not admin approved to access this app";
        return Err(Refusal { error: "invalid_app_access", description, cause: "not_preauthorized" });
    }
    if app.idle_cap && app.policy != Policy::Immediately && held.idle_since + IDLE_CAP <= at {
        return Err(Refusal::expired("idle_cap"));
    }
    match app.policy {
        Policy::Immediately => Err(Refusal::expired("policy_immediate")),
        Policy::Lifetime(period) if held.created_at + period.length() <= at => Err(Refusal::expired("policy_lifetime")),
        Policy::Idle(period) if held.idle_since + period.length() <= at => Err(Refusal::expired("policy_idle")),
        Policy::UntilRevoked | Policy::Lifetime(_) | Policy::Idle(_) => Ok(()),
    }
}
