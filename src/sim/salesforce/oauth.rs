//! OAuth, on the login origin and on each org's own: authorize, token, revoke, introspect, userinfo, the identity
//! address, discovery, and the SOAP login that older clients sign in by.
//!
//! Reads and changes the world under its lock; waits for nothing.

mod authorize;
mod discovery;
mod identity;
mod introspect;
mod pages;
pub(in crate::sim) mod relay;
mod revoke;
mod soap;
mod token;

use super::super::ask::{Ask, Reply};
use super::super::journal::Entry;
use super::super::state::{Inner, Shared};
use chrono::{DateTime, Utc};

/// What one request is answered with, and where it was asked.
pub(super) struct Desk<'a> {
    pub(super) inner: &'a mut Inner,
    pub(super) shared: &'a Shared,
    /// The org whose origin was asked; none on the login origin.
    pub(super) org: Option<usize>,
    pub(super) ask: &'a Ask,
    pub(super) now: DateTime<Utc>,
    pub(super) entry: &'a mut Entry,
}

/// The answer, where the path is one of OAuth's.
pub(super) fn answer(desk: &mut Desk<'_>) -> Option<Reply> {
    let path = desk.ask.path().trim_end_matches('/').to_owned();
    Some(match path.as_str() {
        "/services/oauth2/authorize" => authorize::answer(desk),
        "/services/oauth2/token" => token::answer(desk),
        "/services/oauth2/revoke" => revoke::answer(desk),
        "/services/oauth2/introspect" => introspect::answer(desk),
        "/services/oauth2/userinfo" => identity::userinfo(desk),
        "/services/oauth2/singleaccess" => identity::single_access(desk),
        "/.well-known/openid-configuration" => discovery::configuration(desk),
        "/id/keys" => discovery::keys(desk),
        "/setup/secur/RemoteAccessErrorPage.apexp" => authorize::error_page(desk),
        "/oauth" if desk.org.is_none() => relay::answer(desk),
        _ if path.starts_with("/id/") => identity::answer(desk, &path),
        _ if path.starts_with("/services/Soap/") => soap::answer(desk, &path),
        _ => return None,
    })
}

impl Desk<'_> {
    /// The origin that was asked.
    fn origin(&self) -> &str {
        self.org.map_or(&self.shared.origins.login, |org| &self.shared.origins.orgs[org])
    }

    /// The orgs that this origin speaks for.
    fn orgs(&self) -> std::ops::Range<usize> {
        self.org.map_or(0..self.inner.world.orgs.len(), |org| org..org + 1)
    }

    /// Notes whose request it was.
    fn note_org(&mut self, org: usize) {
        self.entry.org = Some(self.inner.world.orgs[org].name.clone());
    }
}
