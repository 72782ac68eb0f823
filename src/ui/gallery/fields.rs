//! The fields that the gallery's sites map, as they were read; of the others what their last look told alone.

use super::fleet::Stage;
use super::{BadData, read};
use crate::model::drift::BrokenMapping;
use crate::model::fields::{Description, Field, MappedField, Mapping};
use crate::model::{Clean, Dated, FieldsBoard, FieldsLater, FieldsRow, OrgName, SeenBy, SiteFields, SiteName};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use std::collections::BTreeMap;

const FILE: &str = "fields.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    object: Vec<ObjectData>,
    site: Vec<SiteData>,
    later: Vec<LaterData>,
}

/// What an object became since a site's fields were read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LaterData {
    site: String,
    /// Another site, for which it was described so long ago.
    by: String,
    ago: String,
    broken: Vec<BrokenMapping>,
    added: Vec<Clean>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ObjectData {
    name: Clean,
    /// API name, label, type, and `required` or `read only` where it is.
    fields: Vec<Vec<Clean>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SiteData {
    name: String,
    object: Clean,
    ago: String,
    /// The org whose user of fusebox's described it, in the place of the site's.
    by: Option<OrgName>,
    /// WordPress' name, Salesforce's, and `off` where it is not synced.
    pairs: Vec<Vec<Clean>>,
}

/// What is known of sites' fields, by their names.
pub(super) struct Known {
    /// What was read.
    pub(super) read: BTreeMap<SiteName, SiteFields>,
    /// What the objects became since.
    pub(super) later: BTreeMap<SiteName, FieldsLater>,
}

/// What was read, under the names that sites have in a fleet.
pub(super) fn of(now: DateTime<Utc>, names: &BTreeMap<String, String>) -> Result<Known, BadData> {
    let data: Data = read(FILE, include_str!("fields.toml"))?;
    let bad = |what: String| BadData { file: FILE, what };
    let as_there = |name: &String| SiteName::new(names.get(name).unwrap_or(name));
    let mut all = BTreeMap::new();
    for site in data.site {
        let object = data.object.iter().find(|object| object.name == site.object);
        let object = object.ok_or_else(|| bad(format!("{} is no object of it", site.object)))?;
        let fields = object.fields.iter().map(|words| field(words)).collect::<Option<Vec<_>>>();
        let mapped = site.pairs.iter().map(|words| pair(words)).collect::<Option<Vec<_>>>();
        let (fields, mapped) = fields.zip(mapped).ok_or_else(|| bad(format!("{}: a word is missing", site.name)))?;
        let at = before(now, &site.ago)?;
        let name = as_there(&site.name);
        let mapping = Mapping { mapped, required: Vec::new(), read_only: Vec::new(), contact_ids: BTreeMap::new() };
        let description = Description { object: site.object, fields };
        let by = site.by.map_or(SeenBy::Site, SeenBy::Fusebox);
        all.insert(name, SiteFields { mapping, mapping_seen_at: at, description, described_at: at, by });
    }
    let mut later = BTreeMap::new();
    for LaterData { site, by, ago, broken, added } in data.later {
        let told = FieldsLater { site: as_there(&by), seen_at: before(now, &ago)?, by: SeenBy::Site, broken, added };
        later.insert(as_there(&site), told);
    }
    Ok(Known { read: all, later })
}

fn before(now: DateTime<Utc>, ago: &str) -> Result<DateTime<Utc>, BadData> {
    let span = humantime::parse_duration(ago).ok().and_then(|span| TimeDelta::from_std(span).ok());
    let span = span.ok_or_else(|| BadData { file: FILE, what: format!("{ago} is no span of time") })?;
    Ok(now - span)
}

fn field(words: &[Clean]) -> Option<Field> {
    let [name, label, kind, rest @ ..] = words else { return None };
    let is = |word: &str| rest.iter().any(|one| one.as_str() == word);
    let writable = !is("read only");
    Some(Field {
        name: name.clone(),
        label: label.clone(),
        kind: kind.clone(),
        createable: writable,
        updateable: writable,
        required: is("required"),
        more: None,
    })
}

fn pair(words: &[Clean]) -> Option<MappedField> {
    let [field, crm_field, rest @ ..] = words else { return None };
    Some(MappedField { field: field.clone(), crm_field: crm_field.clone(), active: rest.is_empty() })
}

/// What is known of all.
pub(super) fn board(stage: &Stage) -> FieldsBoard {
    let row = |row: &std::sync::Arc<crate::model::SiteRow>| {
        let read = stage.fields.get(&row.name).map(SiteFields::brief);
        let mapped = read.as_ref().map_or(14, |read| read.mapped);
        let mapped = row.observed_at.map(|at| Dated::new(at, u32::try_from(mapped).unwrap_or(u32::MAX)));
        FieldsRow {
            site: row.name.clone(),
            stored: mapped.as_ref().map(|_| 212),
            mapped,
            read,
            later: stage.later.get(&row.name).cloned(),
        }
    };
    FieldsBoard { rows: stage.picture.rows.iter().map(row).collect() }
}
