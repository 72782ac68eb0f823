//! What a site answers to each verb.

use super::frame::{Refused, Told};
use super::request::Request;
use super::{lists, writes};
use crate::sim::digest::fingerprint;
use crate::sim::journal::Entry;
use crate::sim::schema::{self, Field, Mark};
use crate::sim::state::{Inner, Shared};
use crate::sim::story::Story;
use crate::sim::world::play::Called;
use crate::sim::world::plugin::{List, Options, is_required, shows};
use crate::sim::world::site::{Connection, Plugin, Site};
use crate::sim::world::truth::utc;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// WP Fusion Lite as the recordings were made with it.
const PLUGIN_VERSION: &str = "3.47.11";

/// Where WP Fusion asks whether its connection is good.
pub(super) const TEST_PATH: &str = "/services/data/v55.0/search/";

/// Log rows without a limit in the request.
const DEFAULT_LIMIT: usize = 20;

/// What every site maps: WordPress' name, Salesforce's.
const MAPPED: [(&str, &str); 4] =
    [("user_email", "Email"), ("last_name", "LastName"), ("first_name", "FirstName"), ("phone", "Phone")];

pub(super) fn answer(
    inner: &mut Inner,
    shared: &Shared,
    index: usize,
    request: &Request,
    now: DateTime<Utc>,
) -> Result<Told, Refused> {
    let look = |result| Ok(Told { requests: 0, result });
    match request.verb.as_str() {
        "status" => look(status(inner, shared, index, &request.key())),
        "log" => look(log(&inner.world.sites[index], request.arguments.limit.unwrap_or(DEFAULT_LIMIT))),
        "mapping" => look(mapping(&connected(&inner.world.sites[index])?.options)),
        "authorization-url" => {
            active(&inner.world.sites[index])?;
            look(json!({ "url": authorization_url(inner, shared, index) }))
        }
        "prove" => prove(inner, index, request, now),
        "describe" => describe(inner, index, request, now),
        "refresh-token" => refresh_token(inner, index, request, now),
        "choices" => look(lists::choices(&connected(&inner.world.sites[index])?.options)),
        "lists" => look(lists::lists(&connected(&inner.world.sites[index])?.options)),
        "refresh-fields" => writes::refresh_fields(inner, index, request, now),
        "set-object-type" => writes::set_object_type(inner, index, request, now),
        "set-segment-type" => writes::set_segment_type(inner, index, request, now),
        "configure" => writes::configure(inner, index, request, now),
        "restore" => writes::restore(inner, index, request),
        "complete-authorization" => writes::complete_authorization(inner, index, request, now),
        other => Err(Refused::new("unknown_verb", format!("This agent does not know {other:?}."))),
    }
}

fn status(inner: &Inner, shared: &Shared, index: usize, key: &[u8]) -> Value {
    let site = &inner.world.sites[index];
    let home_url = format!("{}/{}", shared.origins.sites, site.name);
    let original = site.copy_of.map(|original| &inner.world.sites[original]);
    let recorded = original.map_or_else(|| home_url.clone(), |site| format!("{}/{}", shared.origins.sites, site.name));
    let connected = site.connection.is_some();
    let options = &site.options;
    let stored = |name: &str| options.count(name).filter(|_| connected);
    let plugin = match site.plugin {
        Plugin::Absent => json!({ "state": "absent" }),
        Plugin::Inactive => json!({ "state": "inactive", "version": PLUGIN_VERSION }),
        Plugin::Active => json!({ "state": "active", "edition": "lite", "version": PLUGIN_VERSION }),
    };
    let cron_dead = site.story == Story::CronDead;
    json!({
        "home_url": home_url, "blog_id": 1, "title": site.title, "wp_version": "6.1.9", "php_version": "8.2.36",
        "plugin": plugin, "crm": site.crm, "connection_configured": options.json("connection_configured") == Some("true") || site.story == Story::OtherCrm,
        "connection": site.connection.as_ref().map(|stored| stored_connection(shared, site, stored, key)),
        "object_type": connected.then(|| options.object_type()),
        "segment_type": connected.then(|| options.segment_type()),
        "tags": stored(List::Segments.option()), "fields": stored(List::Fields.option()),
        "mapped_fields": connected.then_some(MAPPED.len()),
        "staging": {
            "effective": original.is_some(), "duplicate": original.is_some(),
            "recorded_url": connected.then_some(recorded),
        },
        "cron": { "disabled": cron_dead, "stalled": cron_dead },
    })
}

fn stored_connection(shared: &Shared, site: &Site, stored: &Connection, key: &[u8]) -> Value {
    let instance = site.org.map(|org| shared.origins.orgs[org].clone()).unwrap_or_default();
    json!({
        "org_id": stored.org_id, "user_id": stored.user_id, "instance_url": instance,
        "access_fp": fingerprint(key, &stored.access), "refresh_fp": fingerprint(key, &stored.refresh),
    })
}

fn log(site: &Site, limit: usize) -> Value {
    let row = |row: &crate::sim::world::site::LogRow| json!({ "id": row.id, "at": utc(row.at), "level": 500, "source": "salesforce", "message": row.message });
    let rows: Vec<Value> = site.log.iter().rev().take(limit).map(row).collect();
    json!({ "enabled": site.plugin == Plugin::Active, "rows": rows })
}

fn mapping(options: &Options) -> Value {
    let mapped: Vec<Value> =
        MAPPED.iter().map(|(field, crm)| json!({ "field": field, "crm_field": crm, "active": true })).collect();
    let words = |name: &str| options.value(name).unwrap_or_else(|| json!([]));
    let (required, read_only) = (words("required_fields"), words("read_only_fields"));
    json!({ "mapped": mapped, "required": required, "read_only": read_only, "contact_ids": { "003": 412 } })
}

/// The plugin's own link, to the stand-in of the vendor's relay. The real plugin says https whatever the site speaks.
fn authorization_url(inner: &Inner, shared: &Shared, index: usize) -> String {
    let site = &inner.world.sites[index];
    let origin = &shared.origins.sites;
    let back = format!("{origin}/{}/wp-admin/options-general.php?page=wpf-settings&crm=salesforce", site.name);
    let back: String = url::form_urlencoded::byte_serialize(back.as_bytes()).collect();
    let sandbox = site.org.is_some_and(|org| inner.world.orgs[org].sandbox);
    let sandbox = if sandbox { "&sandbox=1" } else { "" };
    format!("{}/oauth/?action=wpf_get_salesforce_token&redirect={back}&l=1{sandbox}", shared.origins.login)
}

fn prove(inner: &mut Inner, index: usize, request: &Request, now: DateTime<Utc>) -> Result<Told, Refused> {
    connection(&inner.world.sites[index])?;
    let told = |requests, outcome: &str, text: &str| {
        Ok(Told { requests, result: json!({ "outcome": outcome, "text": text }) })
    };
    match call(inner, index, request, TEST_PATH, now) {
        None => told(0, "failed", "limit of requests reached"),
        Some(Called::Good) => told(1, "good", ""),
        Some(Called::Withheld) => told(1, "withheld", "Error refreshing access token: refresh withheld"),
        Some(Called::Refused(text)) => told(1, "refused", &text),
    }
}

fn describe(inner: &mut Inner, index: usize, request: &Request, now: DateTime<Utc>) -> Result<Told, Refused> {
    connection(&inner.world.sites[index])?;
    let refused = |code, requests, message: &str| Err(Refused { code, message: message.to_owned(), requests });
    let object = request.arguments.object.clone().unwrap_or_default();
    let path = format!("/services/data/v55.0/sobjects/{object}/describe/");
    match call(inner, index, request, &path, now) {
        None => return refused("failed", 0, "limit of requests reached"),
        Some(Called::Good) => {}
        Some(Called::Withheld) => return refused("withheld", 1, "Error refreshing access token: refresh withheld"),
        Some(Called::Refused(text)) => return refused("refused", 1, &text),
    }
    let features = inner.world.sites[index].org.map(|org| inner.world.orgs[org].data.features).unwrap_or_default();
    let Some(shown) = schema::of_orgs().object(&object).filter(|object| shows(object, features)) else {
        return refused("failed", 1, "Not Found - The requested resource does not exist");
    };
    let field = |field: &Field| {
        json!({
            "name": field.name, "label": field.label, "type": field.kind.name(), "createable": field.is(Mark::Create),
            "updateable": field.is(Mark::Update), "required": is_required(field),
        })
    };
    let fields: Vec<Value> = shown.fields.iter().map(field).collect();
    Ok(Told { requests: 1, result: json!({ "object": object, "fields": fields }) })
}

/// The plugin's own refresh, once, noted as the site's.
fn refresh_token(inner: &mut Inner, index: usize, request: &Request, now: DateTime<Utc>) -> Result<Told, Refused> {
    connection(&inner.world.sites[index])?;
    if request.max_requests == 0 {
        return Err(Refused::new("failed", "More than 0 requests: stopped."));
    }
    let renewed = inner.world.renew(index, now);
    let site = &inner.world.sites[index];
    let mut entry = Entry::new(now, "refresh_token", "POST", "/services/oauth2/token");
    entry.client = "site";
    entry.site = Some(site.name.clone());
    entry.org = site.org.map(|org| inner.world.orgs[org].name.clone());
    inner.journal.note(entry);
    match renewed {
        Ok(()) => {
            let (stored, key) = (connection(&inner.world.sites[index])?, request.key());
            let (access, refresh) = (fingerprint(&key, &stored.access), fingerprint(&key, &stored.refresh));
            Ok(Told { requests: 1, result: json!({ "access_fp": access, "refresh_fp": refresh }) })
        }
        Err(unrenewed) => {
            let code = if unrenewed.refused { "refused" } else { "failed" };
            Err(Refused { code, message: unrenewed.text, requests: 1 })
        }
    }
}

/// One call by the site with the session it has, within the request's limit, and noted as the site's own.
fn call(inner: &mut Inner, index: usize, request: &Request, path: &str, now: DateTime<Utc>) -> Option<Called> {
    if request.max_requests == 0 {
        return None;
    }
    let called = inner.world.prove(index, now);
    let site = &inner.world.sites[index];
    let mut entry = Entry::new(now, if path == TEST_PATH { "search" } else { "describe" }, "GET", path);
    entry.client = "site";
    entry.site = Some(site.name.clone());
    entry.org = site.org.map(|org| inner.world.orgs[org].name.clone());
    entry.counted = called == Called::Good;
    inner.journal.note(entry);
    Some(called)
}

pub(super) fn active(site: &Site) -> Result<(), Refused> {
    match site.plugin {
        Plugin::Absent => Err(Refused::new("plugin_absent", "WP Fusion is not installed.")),
        Plugin::Inactive => {
            Err(Refused::new("plugin_inactive", format!("WP Fusion {PLUGIN_VERSION} is installed and not active.")))
        }
        Plugin::Active => match site.crm {
            Some(crm) if crm != "salesforce" => Err(Refused::new("other_crm", format!("WP Fusion is set to {crm}."))),
            _ => Ok(()),
        },
    }
}

/// A site with a connection to work with.
fn connected(site: &Site) -> Result<&Site, Refused> {
    connection(site).map(|_| site)
}

pub(super) fn connection(site: &Site) -> Result<&Connection, Refused> {
    active(site)?;
    site.connection.as_ref().ok_or_else(|| Refused::new("not_authorized", "Nobody has authorized Salesforce here."))
}
