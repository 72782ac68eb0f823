//! The verbs that write, as the agent and WP Fusion carry them out: what is stored was judged before, all of it or none.

use super::errand::{Errand, Stopped};
use super::frame::{Refused, Told};
use super::request::Request;
use super::verbs::{TEST_PATH, connection};
use crate::sim::digest::{fingerprint, hex};
use crate::sim::state::Inner;
use crate::sim::world::connect::Completion;
use crate::sim::world::plugin::{List, Made, NotMade, Options, made};
use crate::sim::world::site::Connection;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The names that stand for lists, whose rows are not told after a change.
const LISTS: [&str; 4] =
    ["wpf_available_tags", "wpf_crm_fields", "wpf_salesforce_objects", "wpf_salesforce_record_types"];

/// The steps of a refresh after the test.
const STEPS: [(List, &str); 4] = [
    (List::Objects, "objects"),
    (List::Segments, "segments"),
    (List::Fields, "fields"),
    (List::RecordTypes, "record_types"),
];

/// What was stored of the connection before a verb began.
type Before = (String, String);

pub(super) fn refresh_fields(
    inner: &mut Inner,
    site: usize,
    request: &Request,
    now: DateTime<Utc>,
) -> Result<Told, Refused> {
    let before = stored(inner, site)?;
    let mut errand = Errand::new(inner, site, request, now);
    let mut steps = vec![connect(&mut errand)];
    for (list, name) in STEPS {
        let options = &errand.inner.world.sites[site].options;
        let rows = options.count(list.option());
        let last = steps.last().map_or("", |step| step["outcome"].as_str().unwrap_or_default()).to_owned();
        if steps[0]["outcome"] != "done" || matches!(last.as_str(), "withheld" | "refused" | "skipped") {
            steps.push(step(name, "skipped", "", None, None));
            continue;
        }
        let options = options.clone();
        steps.push(match ask(&mut errand, list, &options) {
            Ok(made) => {
                made.store(list, &mut errand.inner.world.sites[site].options);
                step(name, "done", "", rows, Some(made.rows.len()))
            }
            Err(stopped) => step(name, stopped.outcome, &stopped.text, rows, rows),
        });
    }
    let all = steps.iter().all(|step| step["outcome"] == "done");
    let outcome = if steps[0]["outcome"] == "done" {
        json!(if all { "done" } else { "partly" })
    } else {
        steps[0]["outcome"].clone()
    };
    let (requests, spent) = (errand.made, errand.spent);
    let mut result = json!({ "outcome": outcome, "steps": steps });
    connected(&mut result, inner, site, &request.key(), &before, spent);
    Ok(Told { requests, result })
}

pub(super) fn set_object_type(
    inner: &mut Inner,
    site: usize,
    request: &Request,
    now: DateTime<Utc>,
) -> Result<Told, Refused> {
    let before = stored(inner, site)?;
    let options = inner.world.sites[site].options.clone();
    let wanted = request.arguments.object_type.clone().unwrap_or_default();
    if options.value(List::Objects.option()).is_none_or(|offered| offered.get(&wanted).is_none()) {
        let message = format!(
            "WP Fusion does not offer {wanted} on this site: it was not among the org's objects at the last refresh."
        );
        return Err(Refused::new("not_offered", message));
    }
    if let Some(filter) = options.filter.as_ref().filter(|filter| **filter != wanted) {
        let message = format!("Code on this site sets the object type to {filter}: the setting would change nothing.");
        return Err(Refused::new("overridden", message));
    }
    if wanted == options.chosen_object_type() {
        return Ok(unchanged(inner, site, request, &before));
    }
    let mut next = options.clone();
    next.put("sf_object_type", Some(json!(wanted).to_string()));
    let mut lists = vec![(List::Fields, "fields"), (List::RecordTypes, "record_types")];
    if options.segment_type() == "Picklist" {
        lists.push((List::Segments, "segments"));
    }
    let mut errand = Errand::new(inner, site, request, now);
    let (steps, good) = apply(&mut errand, &lists, &options, &mut next);
    let chosen = next.word("sf_record_type");
    if chosen
        .is_some_and(|chosen| next.value(List::RecordTypes.option()).is_none_or(|types| types.get(&chosen).is_none()))
    {
        next.put("sf_record_type", None);
    }
    let told = (errand.made, errand.spent, steps);
    Ok(change(inner, site, request, &before, told, good.then_some(next)))
}

pub(super) fn set_segment_type(
    inner: &mut Inner,
    site: usize,
    request: &Request,
    now: DateTime<Utc>,
) -> Result<Told, Refused> {
    let before = stored(inner, site)?;
    let options = inner.world.sites[site].options.clone();
    let wanted = request.arguments.segment_type.clone().unwrap_or_default();
    let field = request.arguments.picklist_field.clone();
    if wanted == options.segment_type() && (field.is_none() || field == options.word("sf_tag_picklist")) {
        return Ok(unchanged(inner, site, request, &before));
    }
    let mut next = options.clone();
    next.put("sf_tag_type", Some(json!(wanted).to_string()));
    if let Some(field) = field {
        next.put("sf_tag_picklist", Some(json!(field).to_string()));
    }
    let mut errand = Errand::new(inner, site, request, now);
    let (steps, good) = apply(&mut errand, &[(List::Segments, "segments")], &options, &mut next);
    let told = (errand.made, errand.spent, steps);
    Ok(change(inner, site, request, &before, told, good.then_some(next)))
}

pub(super) fn configure(
    inner: &mut Inner,
    site: usize,
    request: &Request,
    now: DateTime<Utc>,
) -> Result<Told, Refused> {
    let before = stored(inner, site)?;
    let options = inner.world.sites[site].options.clone();
    if options.json("connection_configured") == Some("true") {
        return Ok(unchanged(inner, site, request, &before));
    }
    let mut errand = Errand::new(inner, site, request, now);
    let tested = connect(&mut errand);
    let mut next = options.clone();
    next.put("connection_configured", Some("true".to_owned()));
    let good = tested["outcome"] == "done";
    let told = (errand.made, errand.spent, vec![tested]);
    Ok(change(inner, site, request, &before, told, good.then_some(next)))
}

pub(super) fn restore(inner: &mut Inner, site: usize, request: &Request) -> Result<Told, Refused> {
    let values = request.arguments.values.clone().unwrap_or_default();
    let options = inner.world.sites[site].options.clone();
    let before = stored(inner, site)?;
    let changed: Vec<&str> = values
        .iter()
        .filter(|value| hash(options.json(&value.name)) != value.expect)
        .map(|value| value.name.as_str())
        .collect();
    if !changed.is_empty() {
        let message = format!("Changed since: {}. Nothing was put back.", changed.join(", "));
        return Err(Refused::new("changed", message));
    }
    let mut next = options;
    for value in values {
        next.put(&value.name, value.value);
    }
    Ok(change(inner, site, request, &before, (0, false, Vec::new()), Some(next)))
}

pub(super) fn complete_authorization(
    inner: &mut Inner,
    site: usize,
    request: &Request,
    now: DateTime<Utc>,
) -> Result<Told, Refused> {
    super::verbs::active(&inner.world.sites[site])?;
    let arguments = request.arguments.clone();
    let mut errand = Errand::new(inner, site, request, now);
    let leaves = errand.step("token:authorization_code", "POST", "/services/oauth2/token");
    let completion = leaves.map(|()| {
        let expected = (arguments.expect_org.unwrap_or_default(), arguments.expect_user.unwrap_or_default());
        let code = arguments.code.unwrap_or_default();
        errand.inner.world.complete_expecting(site, &code, (&expected.0, &expected.1), now)
    });
    let requests = errand.made;
    let (outcome, text, org, user) = match completion {
        Err(stopped) => (stopped.outcome, stopped.text, None, None),
        Ok(Completion::Done { org, user }) => ("done", String::new(), Some(org), Some(user)),
        Ok(Completion::WrongOrg { org, user }) => {
            let text = "Somebody of another org has authorized; the site keeps what it had.";
            ("wrong_org", text.to_owned(), Some(org), Some(user))
        }
        Ok(Completion::WrongUser { org, user }) => {
            let text = "Another user has authorized; the site keeps what it had.";
            ("wrong_user", text.to_owned(), Some(org), Some(user))
        }
        Ok(Completion::Refused(refusal)) => {
            ("refused", format!("{} - {}", refusal.error, refusal.description), None, None)
        }
    };
    let key = request.key();
    let stored = inner.world.sites[site].connection.as_ref();
    let print = |token: fn(&Connection) -> &str| stored.map(|stored| fingerprint(&key, token(stored)));
    let result = json!({
        "outcome": outcome, "text": text, "org_id": org, "user_id": user,
        "access_fp": print(|stored| &stored.access), "refresh_fp": print(|stored| &stored.refresh),
    });
    Ok(Told { requests, result })
}

/// The test that the plugin's button makes first.
fn connect(errand: &mut Errand<'_>) -> Value {
    match errand.call("search", TEST_PATH) {
        Ok(()) => step("connect", "done", "", None, None),
        Err(stopped) => step("connect", stopped.outcome, &stopped.text, None, None),
    }
}

/// One list from the org, as the plugin makes it with `options`.
fn ask(errand: &mut Errand<'_>, list: List, options: &Options) -> Result<Made, Stopped> {
    let (kind, path) = match list {
        List::Objects => ("sobjects", "/services/data/v55.0/sobjects/".to_owned()),
        List::Segments if options.segment_type() != "Picklist" => ("query", "/services/data/v55.0/query".to_owned()),
        List::Segments | List::Fields | List::RecordTypes => {
            ("describe", format!("/services/data/v55.0/sobjects/{}/describe/", options.object_type()))
        }
    };
    errand.call(kind, &path)?;
    let site = &errand.inner.world.sites[errand.site];
    let org = site.org.ok_or_else(|| Stopped::new("failed", "There is no such org."))?;
    made(list, &errand.inner.world.orgs[org], options).map_err(|not_made| match not_made {
        NotMade::Nothing(text) => Stopped::new("kept", text),
        NotMade::Wrong(text) => Stopped::new("failed", text),
    })
}

/// The lists of a change into `next`, up to the first that is not good.
fn apply(
    errand: &mut Errand<'_>,
    lists: &[(List, &'static str)],
    before: &Options,
    next: &mut Options,
) -> (Vec<Value>, bool) {
    let mut steps = Vec::new();
    for (list, name) in lists {
        let rows = before.count(list.option());
        match ask(errand, *list, next) {
            Ok(made) => {
                made.store(*list, next);
                steps.push(step(name, "done", "", rows, Some(made.rows.len())));
            }
            Err(stopped) => {
                steps.push(step(name, stopped.outcome, &stopped.text, rows, rows));
                return (steps, false);
            }
        }
    }
    (steps, true)
}

fn step(name: &str, outcome: &str, text: &str, before: Option<usize>, after: Option<usize>) -> Value {
    json!({ "step": name, "outcome": outcome, "text": text, "before": before, "after": after })
}

fn unchanged(inner: &Inner, site: usize, request: &Request, before: &Before) -> Told {
    let mut result = json!({ "outcome": "unchanged", "text": "", "steps": [], "saved": [], "left_out": [] });
    connected(&mut result, inner, site, &request.key(), before, false);
    Told { requests: 0, result }
}

/// Stores `next` where there is one, and tells what takes it back.
fn change(
    inner: &mut Inner,
    site: usize,
    request: &Request,
    before: &Before,
    (requests, spent, steps): (u32, bool, Vec<Value>),
    next: Option<Options>,
) -> Told {
    let is_done = next.is_some();
    let mut saved = Vec::new();
    if let Some(next) = next {
        let stored = std::mem::replace(&mut inner.world.sites[site].options, next);
        let now = &inner.world.sites[site].options;
        for name in names(request) {
            let mut value = json!({ "name": name, "before": stored.json(&name), "now": hash(now.json(&name)) });
            if !LISTS.contains(&name.as_str()) {
                value["after"] = json!(now.json(&name));
            }
            saved.push(value);
        }
    }
    let last = steps.iter().find(|step| step["outcome"] != "done");
    let (outcome, text) = match last {
        _ if is_done => (json!("done"), json!("")),
        Some(step) if step["outcome"] == "kept" => (json!("failed"), step["text"].clone()),
        Some(step) => (step["outcome"].clone(), step["text"].clone()),
        None => (json!("failed"), json!("")),
    };
    let mut result = json!({ "outcome": outcome, "text": text, "steps": steps, "saved": saved, "left_out": [] });
    connected(&mut result, inner, site, &request.key(), before, spent);
    Told { requests, result }
}

/// The names that a verb may change.
fn names(request: &Request) -> Vec<String> {
    let arguments = &request.arguments;
    let fixed: &[&str] = match request.verb.as_str() {
        "set-object-type" => &[
            "sf_object_type",
            "sf_record_type",
            "read_only_fields",
            "required_fields",
            "wpf_crm_fields",
            "wpf_salesforce_record_types",
        ],
        "set-segment-type" if arguments.picklist_field.is_some() => {
            &["sf_tag_type", "sf_tag_picklist", "wpf_available_tags"]
        }
        "set-segment-type" => &["sf_tag_type", "wpf_available_tags"],
        "configure" => &["connection_configured"],
        _ => &[],
    };
    let named = arguments.values.iter().flatten().map(|value| value.name.clone());
    fixed.iter().map(|name| (*name).to_owned()).chain(named).collect()
}

/// Of a value's JSON, so that a value that is not stored differs from every one that is.
fn hash(json: Option<&str>) -> String {
    let text = json.map_or_else(|| "absent".to_owned(), |json| format!("is {json}"));
    hex(&Sha256::digest(text.as_bytes()))
}

fn stored(inner: &Inner, site: usize) -> Result<Before, Refused> {
    let stored = connection(&inner.world.sites[site])?;
    Ok((stored.access.clone(), stored.refresh.clone()))
}

/// Adds what the connection is now, and whether it is another than before.
fn connected(result: &mut Value, inner: &Inner, site: usize, key: &[u8], before: &Before, spent: bool) {
    let Some(now) = inner.world.sites[site].connection.as_ref() else { return };
    let tokens = match (now.access == before.0, now.refresh == before.1) {
        (true, true) => "kept",
        (_, true) if spent => "refreshed",
        _ => "changed",
    };
    result["tokens"] = json!(tokens);
    result["access_fp"] = json!(fingerprint(key, &now.access));
    result["refresh_fp"] = json!(fingerprint(key, &now.refresh));
}
