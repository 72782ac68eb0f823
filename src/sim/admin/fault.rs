//! `POST /sim/fault`: breaks or heals an org, a site, or a number of sites that a seed picks.

use super::Refused;
use crate::sim::faults::Fault;
use crate::sim::state::{Inner, Origins};
use crate::sim::switchboard::Part;
use crate::sim::world::World;
use fastrand::Rng;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// Seconds that `slow` takes when the order names none.
const SLOW: f64 = 5.0;

/// The longest that `slow` may take.
const SLOWEST: f64 = 600.0;

/// Which kind, for which part.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    kind: String,
    org: Option<String>,
    site: Option<Sites>,
    #[serde(default)]
    seed: u64,
    seconds: Option<f64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Sites {
    Named(String),
    Count(usize),
}

/// The kinds of broken answers; any other kind is an incident.
const KINDS: [&str; 15] = [
    "none",
    "dead",
    "hanging",
    "slow",
    "half",
    "html",
    "empty",
    "huge",
    "gzip_bomb",
    "garbage",
    "redirect",
    "expired",
    "401",
    "403",
    "503",
];

/// The order, if it asks for a broken answer.
pub(super) fn read(body: &[u8]) -> Option<Result<Order, Refused>> {
    #[derive(Deserialize)]
    struct Kind {
        kind: String,
    }
    let kind = serde_json::from_slice::<Kind>(body).ok()?.kind;
    KINDS.contains(&kind.as_str()).then(|| serde_json::from_slice(body).map_err(|error| (400, error.to_string())))
}

/// Carries an order out and tells which parts it touched.
pub(super) fn order(inner: &mut Inner, order: &Order, origins: &Origins) -> Result<Value, Refused> {
    let fault = kind(order, origins)?;
    let parts = parts(order, &inner.world)?;
    if parts.is_empty() {
        if fault != Fault::None {
            return Err((400, "an org or a site is wanted".to_owned()));
        }
        inner.switchboard.heal_all();
    }
    let mut touched = Vec::new();
    for part in parts {
        inner.switchboard.set(part, fault.clone());
        touched.push(match part {
            Part::Org(org) => inner.world.orgs[org].name.clone(),
            Part::Site(site) => inner.world.sites[site].name.clone(),
        });
    }
    Ok(json!({ "kind": order.kind, "touched": touched }))
}

fn kind(order: &Order, origins: &Origins) -> Result<Fault, Refused> {
    let seconds = order.seconds.unwrap_or(SLOW);
    Ok(match order.kind.as_str() {
        "none" => Fault::None,
        "dead" => Fault::Dead,
        "hanging" => Fault::Hanging,
        "slow" if (0.0..=SLOWEST).contains(&seconds) => Fault::Slow(Duration::from_secs_f64(seconds)),
        "slow" => return Err((400, format!("seconds: 0 to {SLOWEST}"))),
        "half" => Fault::Half,
        "html" => Fault::Html,
        "empty" => Fault::Empty,
        "huge" => Fault::Huge,
        "gzip_bomb" => Fault::GzipBomb,
        "garbage" => Fault::Garbage,
        "redirect" => Fault::Redirect(origins.elsewhere.as_str().into()),
        "expired" if origins.expired.is_none() => return Err((409, "nothing here speaks TLS".to_owned())),
        "expired" if order.site.is_some() => {
            let text = "all sites greet at one address; `expired` of the ready line has them under an old certificate";
            return Err((409, text.to_owned()));
        }
        "expired" => Fault::Expired,
        "401" => Fault::Status(401),
        "403" => Fault::Status(403),
        "503" => Fault::Status(503),
        other => return Err((400, format!("there is no kind {other:?}"))),
    })
}

fn parts(order: &Order, world: &World) -> Result<Vec<Part>, Refused> {
    let unknown = |what: &str, name: &str| (404, format!("there is no {what} {name:?}"));
    let mut parts = Vec::new();
    if let Some(name) = &order.org {
        parts.push(Part::Org(world.org_named(name).ok_or_else(|| unknown("org", name))?));
    }
    match &order.site {
        Some(Sites::Named(name)) => {
            parts.push(Part::Site(world.site_named(name).ok_or_else(|| unknown("site", name))?));
        }
        Some(Sites::Count(count)) => {
            let mut all: Vec<usize> = (0..world.sites.len()).collect();
            Rng::with_seed(order.seed).shuffle(&mut all);
            parts.extend(all.into_iter().take(*count).map(Part::Site));
        }
        None => {}
    }
    Ok(parts)
}
