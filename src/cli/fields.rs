//! `fields SITE`: what a site maps to what, held to what the object is made of; without a site what is known of all. Of the class
//! look: read-only admits it.

mod all;

use super::context::{Context, known_sites, parts};
use super::report::{Failure, Report};
use super::signals::Signals;
use super::style::Style;
use super::{Exit, table};
use crate::backend::{FieldsOf, Polling};
use crate::model::fields::{Field, is_object};
use crate::model::{FieldLine, FieldsRead, Health, SeenBy, SiteName, age};
use crate::operations::fields::{FieldsError, last};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which site, as the configuration names it; without one, what is known of all of them, with nobody asked
    site: Option<String>,
    /// Another object than the one that the site syncs to, by its API name
    #[arg(long, value_name = "TYPE", requires = "site")]
    object: Option<String>,
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<Report, Failure> {
    let Some(asked) = &args.site else { return all::run(context).await };
    let config = context.config()?;
    let names = known_sites(&config, std::slice::from_ref(asked))?;
    let Some(site) = names.into_iter().next() else { return Err(Failure::usage("no such site")) };
    if let Some(object) = args.object.as_ref().filter(|object| !is_object(object)) {
        let text = format!("--object: {object:?} is no API name of an object");
        return Err(Failure::new(Exit::Usage, text).advise("such names are Contact, Lead, Donation__c"));
    }
    let style = Style::for_stdout(&context.global);
    let state = context.paths()?.state;
    if context.global.no_poll {
        let Some(fields) = last(&state, &site, args.object.as_deref()) else {
            return Err(Failure::new(Exit::Unavailable, format!("nobody has asked {site} for its fields yet")));
        };
        return Ok(report(&site, &FieldsRead::earlier(fields), style, context.clock.now()));
    }
    let mut signals = Signals::catch()?;
    let store = context.store()?;
    let permits = context.permits(&config);
    let parts = parts(config, &state, store.clone(), context.clock.clone(), Polling::Off, permits)?;
    let fields = FieldsOf::new(parts, site.clone(), args.object.clone()).await?;
    let read = tokio::select! {
        read = fields.read() => Ok(read),
        signal = signals.ended() => Err(signal),
    };
    if read.is_err() {
        fields.release().await;
    }
    // What was written is safe whether or not the file could be tidied.
    let _ = store.close().await;
    match read {
        Ok(read) => Ok(report(&site, &read?.map_err(|error| failure(&error))?, style, context.clock.now())),
        Err(signal) => Ok(Report::silent(signal)),
    }
}

fn failure(error: &FieldsError) -> Failure {
    let exit = match error {
        FieldsError::Busy(_) => Exit::TryLater,
        _ => Exit::Unavailable,
    };
    Failure::new(exit, error.to_string()).advise(error.advice())
}

fn report(site: &SiteName, read: &FieldsRead, style: Style, now: DateTime<Utc>) -> Report {
    let fields = &read.fields;
    let (lines, unmapped) = (fields.lines(), fields.unmapped());
    let object = &fields.description.object;
    let mut report = Report::done(result(site, read, &lines, &unmapped), text(&lines, &unmapped, style));
    if let SeenBy::Fusebox(org) = &fields.by {
        let why = read.undescribed.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
        report.warnings.push(format!(
            "{object} is told as fusebox's own user sees it in {org}, for {site} could not ask{why}; its own user may see other fields"
        ));
    }
    if lines.is_empty() {
        report.warnings.push(format!("{site} maps no field"));
    }
    report.warnings.extend(read.unkept.clone());
    if let Some(why) = &read.unmapped {
        report.exit = Exit::PartlyDone;
        let ago = age::since(fields.mapping_seen_at, now);
        report.message = Some(format!("{site} does not tell its mapping ({why}); read {ago} ago"));
    }
    let broken = lines.iter().filter(|line| line.is_broken()).count();
    if broken > 0 {
        report.exit = Exit::Failed;
        let earlier = report.message.take().map(|earlier| format!("; {earlier}")).unwrap_or_default();
        report.message = Some(format!("{broken} of {} mapped fields are missing in {object}{earlier}", lines.len()));
    }
    report
}

fn result(site: &SiteName, read: &FieldsRead, lines: &[FieldLine<'_>], unmapped: &[&Field]) -> Value {
    let fields = &read.fields;
    let told = |line: &FieldLine<'_>| {
        json!({
            "field": line.pair.field, "crm_field": line.pair.crm_field, "active": line.pair.active,
            "label": line.field.map(|field| &field.label), "type": line.field.map(|field| &field.kind),
            "verdict": line.verdict.to_string(),
        })
    };
    let required = |field: &&Field| json!({ "name": field.name, "label": field.label, "type": field.kind });
    let (by, org) = fields.by.told();
    json!({
        "name": site, "object": fields.description.object, "seen_by": by, "org": org, "seen_at": fields.described_at,
        "mapping_seen_at": fields.mapping_seen_at, "why": read.undescribed.as_ref().map(ToString::to_string),
        "fields": lines.iter().map(told).collect::<Vec<_>>(),
        "required": unmapped.iter().map(required).collect::<Vec<_>>(),
    })
}

const HEADER: [&str; 5] = ["WORDPRESS", "SALESFORCE", "LABEL", "TYPE", "STATE"];

fn text(lines: &[FieldLine<'_>], unmapped: &[&Field], style: Style) -> String {
    if lines.is_empty() && unmapped.is_empty() {
        return String::new();
    }
    let mut cells = vec![HEADER.map(str::to_owned).to_vec()];
    cells.extend(lines.iter().map(|line| {
        let told = |text: fn(&Field) -> String| line.field.map_or_else(|| "?".to_owned(), text);
        let state = line.verdict.words();
        vec![
            line.pair.field.to_string(),
            line.pair.crm_field.to_string(),
            told(|field| field.label.to_string()),
            told(|field| field.kind.to_string()),
            if line.pair.active { state.to_owned() } else { format!("{state}, not synced") },
        ]
    }));
    cells.extend(unmapped.iter().map(|field| {
        let words = "required, nothing is mapped to it".to_owned();
        vec!["-".to_owned(), field.name.to_string(), field.label.to_string(), field.kind.to_string(), words]
    }));
    table::lay_out(&cells, style.room(), |number, column, cell| match (number.checked_sub(1), column) {
        (Some(row), 4) => style.health(lines.get(row).map_or(Health::Warn, |line| line.verdict.health()), &cell),
        _ => cell,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SiteFields;
    use crate::model::fields::{Description, MappedField, Mapping};
    use std::collections::BTreeMap;

    fn field(name: &str, writable: bool, required: bool) -> Field {
        let (name, label, kind) = (name.into(), "Label".into(), "string".into());
        Field { name, label, kind, createable: writable, updateable: writable, required, more: None }
    }

    fn read(pairs: &[(&str, &str, bool)]) -> FieldsRead {
        let pair = |&(field, crm_field, active): &(&str, &str, bool)| MappedField {
            field: field.into(),
            crm_field: crm_field.into(),
            active,
        };
        let mapped = pairs.iter().map(pair).collect();
        let mapping = Mapping { mapped, required: Vec::new(), read_only: Vec::new(), contact_ids: BTreeMap::new() };
        let fields = vec![field("LastName", true, true), field("Email", true, false), field("Id", false, false)];
        let description = Description { object: "Contact".into(), fields };
        let at = DateTime::UNIX_EPOCH;
        let fields = SiteFields { mapping, mapping_seen_at: at, description, described_at: at, by: SeenBy::Site };
        FieldsRead::earlier(fields)
    }

    fn told(pairs: &[(&str, &str, bool)]) -> (u8, String) {
        let report = report(&SiteName::new("shop"), &read(pairs), Style::plain(), DateTime::UNIX_EPOCH);
        (report.exit.number(), report.text)
    }

    #[test]
    fn each_pair_says_what_became_of_it() {
        let (exit, text) = told(&[
            ("user_email", "email", true),
            ("last_name", "LastName", true),
            ("id", "Id", true),
            ("old", "Old__c", false),
        ]);
        assert_eq!(exit, 0, "what is not synced breaks nothing");
        let lines: Vec<_> = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(
            lines[1..],
            [
                "user_email email Label string ok",
                "last_name LastName Label string ok",
                "id Id Label string read only",
                "old Old__c ? ? missing, not synced",
            ]
        );
    }

    #[test]
    fn a_pair_that_leads_nowhere_fails_and_a_required_field_without_one_is_told() {
        let (exit, text) = told(&[("gift", "Gift__c", true), ("last_name", "LastName", false)]);
        assert_eq!(exit, 1);
        assert!(text.contains("LastName    Label  string  required, nothing is mapped to it\n"), "{text}");
    }
}
