//! The web server flow: a browser asks, a user consents, a code is exchanged once. Pure.
//!
//! Refusals are those of the published error table: some stay on a page of Salesforce's, so that the app never hears of
//! them, the others go back to the app.

use super::World;
use super::consumer::Consumer;
use super::history::{How, Status, Who};
use super::org::{Approval, MONITOR, Org, Session, Standing, Trouble};
use super::refresh::{Client, Granted, Refusal};
use super::server::MONITOR_ADDRESS;
use crate::sim::mint;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use fastrand::Rng;
use sha2::{Digest, Sha256};

/// How long a code may be exchanged (from memory; Salesforce's documents name 15 minutes).
const CODE_LIFE: TimeDelta = TimeDelta::minutes(15);

/// What an app gets that asks for no scope: the scopes it was registered with.
pub(crate) const REGISTERED_SCOPE: &str = "refresh_token api id";

/// Scopes that the apps here were registered with.
const SCOPES: [&str; 7] = ["api", "id", "openid", "refresh_token", "offline_access", "web", "full"];

/// What a browser brings to the authorize page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// `client_id`.
    pub(crate) client_id: String,
    /// `redirect_uri`.
    pub(crate) redirect_uri: String,
    /// `response_type`.
    pub(crate) response_type: String,
    /// `scope`; empty for the registered ones.
    pub(crate) scope: String,
    /// `code_challenge`, if PKCE is used.
    pub(crate) challenge: Option<String>,
    /// `code_challenge_method`.
    pub(crate) challenge_method: Option<String>,
}

/// Why nobody gets a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoCode {
    /// Told on a page of Salesforce's: there is no address, or none that is trusted, to tell it to.
    OnPage(Told),
    /// Told to the app's callback.
    ToApp(Told),
}

/// `error` and `error_description`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// The code.
    pub(crate) error: &'static str,
    /// The sentence.
    pub(crate) description: &'static str,
}

const fn told(error: &'static str, description: &'static str) -> Told {
    Told { error, description }
}

/// A code that was given out.
#[derive(Clone, Debug)]
pub(super) struct Code {
    consumer: Consumer,
    redirect_uri: String,
    org: usize,
    user: usize,
    /// The approval that was made with the consent; none where only the exchange makes one.
    approval: Option<usize>,
    scope: String,
    challenge: Option<String>,
    at: DateTime<Utc>,
    used: bool,
}

impl World {
    /// Judges a request before anybody is asked who they are.
    pub(crate) fn judge_request(&self, asked: &Asked) -> Result<Consumer, NoCode> {
        let consumer = self
            .consumer(&asked.client_id)
            .ok_or(NoCode::OnPage(told("invalid_client_id", "client identifier invalid")))?;
        if !self.calls_back(consumer, &asked.redirect_uri) {
            return Err(NoCode::OnPage(told("redirect_uri_mismatch", "redirect_uri must match configuration")));
        }
        if asked.response_type != "code" {
            return Err(NoCode::ToApp(told("unsupported_response_type", "response type not supported")));
        }
        // jsforce names no method and is understood: there is but one.
        let is_s256 = asked.challenge_method.as_deref().is_none_or(|method| method == "S256");
        let challenge = asked.challenge.as_deref();
        // A SHA-256 in base64url has 43 signs.
        let is_bad =
            challenge.is_some_and(|text| !is_s256 || text.len() != 43 || URL_SAFE_NO_PAD.decode(text).is_err());
        if is_bad || (challenge.is_none() && asked.challenge_method.is_some()) {
            return Err(NoCode::ToApp(told("invalid_request", "invalid code challenge")));
        }
        Ok(consumer)
    }

    /// A user of `org` says yes. Answers the code.
    pub(crate) fn consent(
        &mut self,
        asked: &Asked,
        org: usize,
        user: usize,
        at: DateTime<Utc>,
        rng: &mut Rng,
    ) -> Result<String, NoCode> {
        let consumer = self.judge_request(asked)?;
        let place = &self.orgs[org];
        if place.trouble.is_some() {
            return Err(NoCode::OnPage(told("inactive_org", "organization is not active")));
        }
        if place.users[user].is(Trouble::Inactive) || place.users[user].is(Trouble::Frozen) {
            return Err(NoCode::OnPage(told("invalid_grant", "authentication failure")));
        }
        let Some(app) = self.app_in(consumer, org) else {
            return Err(NoCode::ToApp(told(
                "OAUTH_EC_APP_NOT_FOUND",
                "External client app is not installed in this org",
            )));
        };
        if app.pkce_required && asked.challenge.is_none() {
            return Err(NoCode::ToApp(told("invalid_request", "missing required code challenge")));
        }
        let scope = if asked.scope.is_empty() { REGISTERED_SCOPE } else { &asked.scope };
        if scope.split_whitespace().any(|scope| !SCOPES.contains(&scope)) {
            let text = "An unexpected error has occurred during authentication. Please try again.";
            return Err(NoCode::ToApp(told("OAUTH_APPROVAL_ERROR_GENERIC", text)));
        }
        app_admits(place, &app.label, user).map_err(|told| match told.error {
            // The page that says this never sends the browser back.
            "invalid_client" => NoCode::OnPage(told),
            _ => NoCode::ToApp(told),
        })?;
        let (label, scope) = (app.label.clone(), scope.to_owned());
        // An authorization that is never completed fills a slot all the same (Customer.io's FAQ), unless told otherwise.
        let early = self.consent_fills_slot && refreshes(&scope);
        let approval = early.then(|| self.approve(org, user, &label, at, None, rng));
        if let Some(approval) = approval {
            self.orgs[org].approvals[approval].scope.clone_from(&scope);
        }
        let code = mint::authorization_code(rng);
        let (redirect_uri, challenge) = (asked.redirect_uri.clone(), asked.challenge.clone());
        let given = Code { consumer, redirect_uri, org, user, approval, scope, challenge, at, used: false };
        self.codes.insert(code.clone(), given);
        Ok(code)
    }

    /// A code is exchanged, once.
    pub(crate) fn exchange(
        &mut self,
        code: &str,
        redirect_uri: &str,
        verifier: Option<&str>,
        client: Client<'_>,
        at: DateTime<Utc>,
        rng: &mut Rng,
    ) -> Result<Granted, Refusal> {
        let consumer = self.admit(client)?;
        let refused = |error, description| Refusal { error, description, cause: "not_authorized" };
        let Some(given) = self.codes.get_mut(code).filter(|given| !given.used && given.consumer == consumer) else {
            return Err(refused("invalid_grant", "invalid authorization code"));
        };
        given.used = true;
        let given = given.clone();
        if given.at + CODE_LIFE <= at {
            return Err(refused("invalid_grant", "expired authorization code"));
        }
        if given.redirect_uri != redirect_uri {
            return Err(refused("redirect_uri_mismatch", "redirect_uri must match configuration"));
        }
        if given
            .challenge
            .as_deref()
            .is_some_and(|challenge| verifier.is_none_or(|text| challenge_of(text) != challenge))
        {
            let label = self.app_in(consumer, given.org).map(|app| app.label.clone()).unwrap_or_default();
            let who = Who { user: given.user, approval: given.approval, app: &label };
            let history = &mut self.orgs[given.org].data.history;
            history.login(at, who, How::Code, Status::InvalidVerifier, MONITOR_ADDRESS);
            return Err(refused("invalid_grant", "invalid code verifier"));
        }
        // A public client proves itself by PKCE or not at all.
        if client.secret.is_empty() && given.challenge.is_none() {
            return Err(refused("invalid_client", "invalid client credentials"));
        }
        let label = self.app_in(consumer, given.org).map(|app| app.label.clone()).unwrap_or_default();
        app_admits(&self.orgs[given.org], &label, given.user).map_err(|told| refused(told.error, told.description))?;
        let mut approval = given.approval;
        if approval.is_some_and(|approval| self.orgs[given.org].approvals[approval].removed.is_some()) {
            return Err(refused("invalid_grant", "invalid authorization code"));
        }
        if approval.is_none() && refreshes(&given.scope) {
            let made = self.approve(given.org, given.user, &label, at, None, rng);
            self.orgs[given.org].approvals[made].scope.clone_from(&given.scope);
            approval = Some(made);
        }
        let place = &mut self.orgs[given.org];
        let access = mint::access_token(rng, &place.id);
        place.sessions.insert(access.clone(), Session { approval, user: given.user, last_used: at });
        let refresh = approval.map(|approval| place.approvals[approval].refresh.clone());
        let Code { org, user, scope, .. } = given;
        Ok(Granted { org, user, approval, access, refresh, scope, takes: TimeDelta::zero() })
    }
}

/// The checks that an app passes at the consent and again at the exchange.
fn app_admits(org: &Org, label: &str, user: usize) -> Result<(), Told> {
    let Some(app) = org.app(label) else { return Ok(()) };
    let holds_one = |held: &Approval| held.user == user && held.app == label;
    match app.standing {
        Standing::Blocked => return Err(told("OAUTH_APP_BLOCKED", "this app is blocked by admin")),
        // Since September 2025: who holds an approval already goes on, new users need the permission.
        Standing::Absent if !org.users[user].approves_uninstalled && !org.listed().any(|(_, held)| holds_one(held)) => {
            return Err(told("invalid_client", "app must be installed into org"));
        }
        Standing::Absent | Standing::Installed => {}
    }
    if !org.pre_authorized(app, user) {
        return Err(told("OAUTH_APP_ACCESS_DENIED", "user is not admin approved to access this app"));
    }
    Ok(())
}

impl Org {
    /// Whether the app's terms admit the user.
    pub(crate) fn pre_authorized(&self, app: &super::org::App, user: usize) -> bool {
        let own = app.label == self.monitor.app.label;
        !app.admin_approved_only || if own { user == MONITOR } else { !self.users[user].is(Trouble::NotPreauthorized) }
    }
}

/// Whether a refresh token comes with these scopes; `full` does not imply one.
fn refreshes(scope: &str) -> bool {
    scope.split_whitespace().any(|scope| matches!(scope, "refresh_token" | "offline_access"))
}

/// The challenge that fits a verifier (RFC 7636, 4.2).
fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}
