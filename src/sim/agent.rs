//! The REST agents of all sites on one origin, each below a path of its own: `/NAME/?rest_route=/fusebox/v1/VERB`.
//!
//! What `docs/agent.md` says, spoken by a site of the simulated world. Reads and changes the world under its lock.

mod browser;
mod errand;
mod frame;
mod lists;
mod request;
mod verbs;
mod writes;

use super::ask::{Ask, Reply, basic};
use super::journal::Entry;
use super::state::{Inner, Shared};
use super::story::Story;
use super::world::World;
use super::world::site::Site;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use chrono::{DateTime, Utc};
use std::sync::Arc;

/// The WordPress user that every site has for fusebox.
pub(super) const USER: &str = "fusebox";

/// The namespace of the routes.
const NAMESPACE: &str = "/fusebox/v1/";

/// WordPress' page after a fatal error.
const CRITICAL: &str = include_str!("agent/critical.html");

/// The router of the sites' origin.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new().fallback(answer).with_state(shared)
}

async fn answer(State(shared): State<Arc<Shared>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Reply {
    let ask = Ask { method, uri, headers, body };
    shared.with(|inner, now| {
        let Some(index) = site_of_path(&inner.world, ask.path()) else {
            inner.journal.note(Entry::new(now, "unknown", ask.method.as_str(), ask.path()));
            return Reply::text(404, "text/html; charset=UTF-8", "<h1>Not Found</h1>".to_owned(), now);
        };
        let site = &inner.world.sites[index];
        let (route, ahead) = (route(&ask, &site.name), site.clock_ahead);
        let kind = if browser::returns(&ask) { browser::KIND } else { route.as_deref().unwrap_or("page") };
        let mut entry = Entry::new(now, kind, ask.method.as_str(), ask.path());
        entry.client = if knows_password(site, &ask.headers) { "fusebox" } else { "other" };
        entry.site = Some(site.name.clone());
        entry.org = site.org.map(|org| inner.world.orgs[org].name.clone());
        let number = inner.journal.note(entry);
        let before = (site.options.clone(), site.connection.clone());
        let mut reply = match route {
            _ if site.story == Story::PhpFatal => {
                Reply::text(500, "text/html; charset=UTF-8", CRITICAL.to_owned(), now)
            }
            None if browser::returns(&ask) => browser::answer(inner, index, &ask, now),
            Some(verb) => speak(inner, &shared, index, &verb, &ask, now),
            None => Reply::text(200, "text/html; charset=UTF-8", page(site), now),
        };
        let site = &inner.world.sites[index];
        if before != (site.options.clone(), site.connection.clone()) {
            inner.journal.wrote(number);
        }
        reply.at = now + ahead;
        reply
    })
}

/// One call of the agent, from the request to the framed answer.
fn speak(inner: &mut Inner, shared: &Shared, index: usize, verb: &str, ask: &Ask, now: DateTime<Utc>) -> Reply {
    let site = &inner.world.sites[index];
    let noisy = site.noisy;
    let asked = request::read(ask, verb);
    let nonce = asked.as_ref().map_or_else(|refused| refused.nonce.clone(), |request| request.nonce.clone());
    let answer = if !knows_password(site, &ask.headers) {
        Err(frame::Refused::new("not_logged_in", "Nobody is logged in, or the password is wrong."))
    } else if site.story == Story::NoRight {
        let message = "The user fusebox lacks the capability fusebox_read.";
        Err(frame::Refused::new("denied", message))
    } else if request::writes(verb) && !site.lets_write {
        let message = "This site lets fusebox look alone: wp-config.php does not define FUSEBOX_ALLOW_WRITE.";
        Err(frame::Refused::new("denied", message))
    } else {
        match asked {
            Ok(request) => verbs::answer(inner, shared, index, &request, now),
            Err(refused) => Err(refused.why),
        }
    };
    let at = now + inner.world.sites[index].clock_ahead;
    let (status, body) = frame::frame(&nonce, verb, at, answer);
    let body = if noisy { format!("<!-- cache: miss -->\n{body}\n<!-- 0.21 s, 41 queries -->\n") } else { body };
    Reply::text(status, "text/plain; charset=UTF-8", body, at)
}

/// The site that the first part of a path names.
pub(super) fn site_of_path(world: &World, path: &str) -> Option<usize> {
    let name = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    world.site_named(name)
}

/// The verb, where the request is for the agent's namespace, by `rest_route` or below `wp-json`.
fn route(ask: &Ask, site: &str) -> Option<String> {
    let below = ask.path().trim_start_matches('/').strip_prefix(site).unwrap_or_default();
    let route = ask.parameter("rest_route").or_else(|| below.strip_prefix("/wp-json").map(str::to_owned))?;
    Some(route.strip_prefix(NAMESPACE)?.trim_end_matches('/').to_owned())
}

/// Spaces in an Application Password do not matter.
pub(super) fn knows_password(site: &Site, headers: &HeaderMap) -> bool {
    let plain = |password: &str| password.replace(' ', "");
    basic(headers).is_some_and(|(user, password)| user == USER && plain(&password) == plain(&site.password))
}

fn page(site: &Site) -> String {
    format!("<!DOCTYPE html>\n<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>\n", site.title)
}
