//! `object-type SITE TYPE --dry-run`: what another Salesforce object would do to a site's mapping, before anything is written. Of the
//! class look: the site tells its mapping and describes both objects with the session it has, refresh withheld.

use super::context::{Context, known_sites, parts};
use super::known::Known;
use super::report::{Failure, Report};
use super::signals::Signals;
use super::style::Style;
use super::{Exit, table};
use crate::backend::{FieldsOf, Polling};
use crate::diagnosis::{Proposed, object_type_check};
use crate::model::fields::is_object;
use crate::model::object_type::{Altered, Break, ObjectTypeCheck};
use crate::model::{Clean, Health, SiteName};
use crate::operations::fields::{By, FieldsError, Read};
use crate::store::StoreHandle;
use serde_json::{Value, json};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which site, as the configuration names it
    site: String,
    /// The object that it would sync to, by its API name
    #[arg(value_name = "TYPE")]
    object: String,
    /// Say what would break and change; nothing is written
    #[arg(long, required = true)]
    dry_run: bool,
}

/// What was asked, in the order in which it was.
struct Asked {
    there: Result<Read, FieldsError>,
    here: Result<Read, FieldsError>,
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<Report, Failure> {
    let config = context.config()?;
    let names = known_sites(&config, std::slice::from_ref(&args.site))?;
    let Some(site) = names.into_iter().next() else { return Err(Failure::usage("no such site")) };
    if !is_object(&args.object) {
        let text = format!("{:?} is no API name of an object", Clean::new(&args.object).as_str());
        return Err(Failure::new(Exit::Usage, text).advise("such names are Contact, Lead, Donation__c"));
    }
    if context.global.no_poll {
        let text = "the site and its org are asked what the objects are made of, which --no-poll forbids";
        return Err(Failure::new(Exit::Usage, text));
    }
    let known = Known::read(context, None).await?;
    let detail = known.reading.detail(&site, known.now);
    let segments = detail.and_then(|detail| detail.status).and_then(|status| status.value.segment_type);
    let mut signals = Signals::catch()?;
    let store = context.store()?;
    // The other object first: what is kept of the site at the end is the present one.
    let other = fields_of(context, &store, &site, Some(args.object.clone())).await?;
    let present = fields_of(context, &store, &site, None).await?;
    let read = async { Ok::<_, Failure>(Asked { there: other.read().await?, here: present.read().await? }) };
    let asked = tokio::select! {
        asked = read => Ok(asked),
        signal = signals.ended() => Err(signal),
    };
    if asked.is_err() {
        // Both take the same leases, and one of them has them.
        present.release().await;
        other.release().await;
    }
    // What was written is safe whether or not the file could be tidied.
    let _ = store.close().await;
    let asked = match asked {
        Ok(asked) => asked?,
        Err(signal) => return Ok(Report::silent(signal)),
    };
    let there = asked.there.map_err(|error| failure(&error))?;
    let (here, silent) = match asked.here {
        Ok(here) => (Some(here), None),
        Err(error) => (None, Some(error.to_string())),
    };
    let proposed = Proposed {
        mapping: &there.fields.mapping,
        from: here.as_ref().map(|here| &here.fields.description),
        to: &there.fields.description,
        segments: segments.as_ref().map(Clean::as_str),
        segment_field: None,
        topics_on: None,
        record_type: None,
        code_filter: None,
    };
    let check = object_type_check(&proposed);
    let mut report = Report::done(result(&site, &there, &check), text(&check, Style::for_stdout(&context.global)));
    report.warnings.extend(silent.map(|why| format!("nothing is compared with the present object: {why}")));
    report.warnings.extend(seen_by(&site, &there));
    report.warnings.extend(there.unkept.clone());
    if let Some(why) = &there.unmapped {
        report.exit = Exit::PartlyDone;
        report.message = Some(format!("{site} does not tell its mapping now ({why}); an earlier one was judged"));
    }
    if !check.breaks.is_empty() {
        report.exit = Exit::Failed;
        let breaks = check.breaks.len();
        let earlier = report.message.take().map(|earlier| format!("; {earlier}")).unwrap_or_default();
        let (verb, things) = if breaks == 1 { ("breaks", "1 thing") } else { ("break", &*format!("{breaks} things")) };
        report.message = Some(format!("{things} {verb} with {}; nothing was written{earlier}", check.to));
    }
    Ok(report)
}

async fn fields_of(
    context: &Context,
    store: &StoreHandle,
    site: &SiteName,
    object: Option<String>,
) -> Result<FieldsOf, Failure> {
    let (config, state) = (context.config()?, context.paths()?.state);
    let permits = context.permits(&config);
    let parts = parts(config, &state, store.clone(), context.clock.clone(), Polling::Off, permits)?;
    Ok(FieldsOf::new(parts, site.clone(), object, state).await?)
}

fn failure(error: &FieldsError) -> Failure {
    let exit = match error {
        FieldsError::Busy(_) => Exit::TryLater,
        _ => Exit::Unavailable,
    };
    Failure::new(exit, error.to_string())
}

/// Whose eyes it was seen with, where they are not the site's.
fn seen_by(site: &SiteName, read: &Read) -> Option<String> {
    let By::Fusebox(org) = &read.fields.by else { return None };
    let why = read.undescribed.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
    let object = &read.fields.description.object;
    Some(format!(
        "{object} is told as fusebox's own user sees it in {org}, for {site} could not ask{why}; its own user may see other fields"
    ))
}

fn result(site: &SiteName, there: &Read, check: &ObjectTypeCheck) -> Value {
    let (by, org) = match &there.fields.by {
        By::Site => ("site", None),
        By::Fusebox(org) => ("fusebox", Some(org)),
    };
    json!({
        "name": site, "dry_run": true, "seen_by": by, "org": org, "seen_at": there.fields.described_at,
        "mapping_seen_at": there.fields.mapping_seen_at, "from": check.from, "to": check.to,
        "breaks": check.breaks, "changes": check.changes, "same": check.same, "unknown": check.unknown,
        "stranded_users": check.stranded_users(),
    })
}

/// One line: state, WordPress' name, the field now, the field there, what follows.
struct Line {
    health: Health,
    state: &'static str,
    cells: [String; 3],
    so: String,
}

const NONE: &str = "-";

fn text(check: &ObjectTypeCheck, style: Style) -> String {
    let mut lines: Vec<Line> = check.breaks.iter().map(|broken| of_break(broken, &check.to)).collect();
    lines.extend(check.changes.iter().map(of_change));
    lines.extend(check.same.iter().map(|same| {
        let crm_field = same.crm_field.to_string();
        line(Health::Ok, "same", [same.field.to_string(), crm_field.clone(), crm_field], String::new())
    }));
    lines.extend(
        check
            .unknown
            .iter()
            .map(|said| line(Health::Unkn, "?", [NONE.to_owned(), NONE.to_owned(), NONE.to_owned()], said.clone())),
    );
    let upper =
        |object: Option<&Clean>| object.map_or_else(|| "NOW".to_owned(), |object| object.as_str().to_uppercase());
    let mut rows = vec![vec![
        "STATE".to_owned(),
        "WORDPRESS".to_owned(),
        upper(check.from.as_ref()),
        upper(Some(&check.to)),
        "SO".to_owned(),
    ]];
    rows.extend(lines.iter().map(|line| {
        let mut row = vec![line.state.to_owned()];
        row.extend(line.cells.iter().cloned());
        row.push(line.so.clone());
        row
    }));
    table::lay_out(&rows, style.room(), |number, column, cell| match (number.checked_sub(1), column) {
        (Some(row), 0) => style.health(lines.get(row).map_or(Health::Ok, |line| line.health), &cell),
        _ => cell,
    })
}

fn line(health: Health, state: &'static str, cells: [String; 3], so: impl Into<String>) -> Line {
    Line { health, state, cells, so: so.into() }
}

fn of_break(broken: &Break, to: &Clean) -> Line {
    let breaks = |cells, so: String| line(Health::Fail, "breaks", cells, so);
    let none = || NONE.to_owned();
    match broken {
        Break::NoField { field, crm_field, missing_before } => {
            let before = if *missing_before { ", as now" } else { "" };
            let so = format!("no such field, value not sent{before}");
            breaks([field.to_string(), crm_field.to_string(), none()], so)
        }
        Break::Required { crm_field, .. } => {
            breaks([none(), none(), crm_field.to_string()], format!("required, nothing mapped: no {to} is made"))
        }
        Break::ContactIds { by_prefix, users } => {
            let prefixes: Vec<String> = by_prefix.keys().map(|prefix| format!("{prefix}..")).collect();
            let held = format!("id {}", prefixes.join(" "));
            let who = if *users == 1 { "1 user".to_owned() } else { format!("{users} users") };
            breaks([who, held, none()], format!("no {to} is found by it"))
        }
        Break::SegmentField { crm_field, kind } => {
            let so = match kind {
                Some(kind) => format!("segments need a multi-select, and it is {kind}"),
                None => "segments need it, and there is no such field".to_owned(),
            };
            breaks(["segments".to_owned(), crm_field.to_string(), none()], so)
        }
    }
}

fn of_change(change: &Altered) -> Line {
    let changes = |cells, so: String| line(Health::Warn, "changes", cells, so);
    let both = |field: &Clean, crm: &Clean| [field.to_string(), crm.to_string(), crm.to_string()];
    let none = || NONE.to_owned();
    match change {
        Altered::Unsynced { field, crm_field } => {
            changes([field.to_string(), crm_field.to_string(), none()], "no such field; not synced now".to_owned())
        }
        Altered::ReadOnly { field, crm_field } => {
            changes(both(field, crm_field), "read only there: value not sent".to_owned())
        }
        Altered::Type { field, crm_field, from, to } => {
            changes(both(field, crm_field), format!("{from} becomes {to}: values may not fit"))
        }
        Altered::Choices { field, crm_field, missing } => {
            let values: Vec<&str> = missing.iter().map(Clean::as_str).collect();
            changes(both(field, crm_field), format!("does not take {}", values.join(", ")))
        }
        Altered::Shorter { field, crm_field, from, to } => {
            changes(both(field, crm_field), format!("takes {to} characters, not {from}"))
        }
        Altered::RecordType { name } => changes(
            [none(), format!("record type {name}"), none()],
            "dropped: it is one of the present object".to_owned(),
        ),
        Altered::CodeFilter => {
            changes(["code filter".to_owned(), none(), none()], "active: it overrules this setting".to_owned())
        }
        Altered::TopicsOff => {
            changes(["segments".to_owned(), "Topics".to_owned(), none()], "topics are switched off there".to_owned())
        }
    }
}
