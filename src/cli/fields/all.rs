//! `fields` without a site: what is known of every site's fields, the worst first. Nobody is asked.

use crate::backend::Reading;
use crate::cli::Exit;
use crate::cli::context::Context;
use crate::cli::report::{Failure, Report};
use crate::cli::style::Style;
use crate::cli::table;
use crate::model::{Clean, FieldsBrief, FieldsLater, FieldsRow, Health, OrgName, SiteName, age};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const HEADER: [&str; 9] = ["SITE", "ORG", "OBJECT", "MAPPED", "MISSING", "REQUIRED", "READ ONLY", "READ", "WHAT"];

pub(super) async fn run(context: &Context) -> Result<Report, Failure> {
    let (config, state) = (context.config()?, context.paths()?.state);
    let now = context.clock.now();
    let mut reading = Reading::load(&config, &context.store()?, now).await?;
    let (lines, _) = reading.rows();
    let orgs: BTreeMap<SiteName, OrgName> =
        lines.iter().filter_map(|row| Some((row.name.clone(), row.org.clone()?))).collect();
    let mut rows = reading.fields(&state).rows;
    // By name where they are alike: the sort is stable.
    rows.sort_by_key(FieldsRow::rank);
    let mut report = report(&rows, &orgs, Style::for_stdout(&context.global), now);
    report.warnings = reading.unreadable.iter().map(ToString::to_string).collect();
    Ok(report)
}

fn report(rows: &[FieldsRow], orgs: &BTreeMap<SiteName, OrgName>, style: Style, now: DateTime<Utc>) -> Report {
    let told: Vec<Value> = rows.iter().map(|row| result(row, orgs.get(&row.site))).collect();
    let mut report = Report::done(json!({ "sites": told }), text(rows, orgs, style, now));
    let missing = |row: &&FieldsRow| row.read.as_ref().is_some_and(|read| !read.missing.is_empty());
    let broken = rows.iter().filter(missing).count();
    if broken > 0 {
        let words = if broken == 1 { "site maps fields" } else { "sites map fields" };
        report.exit = Exit::Failed;
        report.message = Some(format!("{broken} {words} that are missing; fusebox fields SITE asks one again"));
    }
    report
}

fn result(row: &FieldsRow, org: Option<&OrgName>) -> Value {
    let pairs = |pairs: &[(Clean, Clean)]| -> Vec<Value> {
        pairs.iter().map(|(field, crm_field)| json!({ "field": field, "crm_field": crm_field })).collect()
    };
    let read = |read: &FieldsBrief| {
        json!({
            "object": read.object, "fields": read.fields, "mapped": read.mapped, "missing": pairs(&read.missing),
            "read_only": pairs(&read.read_only), "required": read.unmapped, "mapping_seen_at": read.mapping_seen_at,
            "seen_at": read.described_at, "seen_by": read.by.told().0,
        })
    };
    let later = |later: &FieldsLater| {
        json!({
            "site": later.site, "seen_at": later.seen_at, "seen_by": later.by.told().0, "broken": later.broken,
            "added": later.added,
        })
    };
    json!({
        "name": row.site, "org": org, "mapped": row.mapped.as_ref().map(|mapped| mapped.value), "stored": row.stored,
        "read": row.read.as_ref().map(read), "later": row.later.as_ref().map(later),
    })
}

fn text(rows: &[FieldsRow], orgs: &BTreeMap<SiteName, OrgName>, style: Style, now: DateTime<Utc>) -> String {
    let mut cells = vec![HEADER.map(str::to_owned).to_vec()];
    cells.extend(rows.iter().map(|row| line(row, orgs.get(&row.site), now)));
    let health = |row: &FieldsRow| match row.rank() {
        0 => Some(Health::Fail),
        _ if row.is_amiss() => Some(Health::Warn),
        _ => None,
    };
    table::lay_out(&cells, style.room(), |number, column, cell| {
        match number.checked_sub(1).and_then(|place| health(rows.get(place)?)) {
            Some(health) if column == HEADER.len() - 1 => style.health(health, &cell),
            _ => cell,
        }
    })
}

fn line(row: &FieldsRow, org: Option<&OrgName>, now: DateTime<Utc>) -> Vec<String> {
    let unknown = || "?".to_owned();
    let read = row.read.as_ref();
    let count = |of: fn(&FieldsBrief) -> usize| read.map_or_else(unknown, |read| of(read).to_string());
    let mapped = row.mapped.as_ref().map(|mapped| mapped.value.to_string());
    vec![
        row.site.to_string(),
        org.map_or_else(unknown, ToString::to_string),
        read.map_or_else(unknown, |read| read.object.to_string()),
        mapped.or_else(|| Some(read?.mapped.to_string())).unwrap_or_else(unknown),
        count(|read| read.missing.len()),
        count(|read| read.unmapped.len()),
        count(|read| read.read_only.len()),
        read.map_or_else(|| "never".to_owned(), |read| age::since(read.seen_at(), now)),
        row.worst().unwrap_or_default(),
    ]
}
