//! What another object, or another kind of segments, would do to a site, before anything is written. Uses `model`.
//!
//! WP Fusion checks nothing when its setting changes: mappings that lead nowhere are sent nowhere, a required field that is not
//! given keeps every new record from being made, and a stored id of another object finds nothing.

mod lines;

pub use lines::dry_lines;

use crate::diagnosis::words::count;
use crate::model::Clean;
use crate::model::fields::{Description, Field, MappedField, Mapping};
use crate::model::object_type::{Altered, Break, ObjectTypeCheck, SameField, SegmentKind, SegmentTypeCheck};
use std::collections::BTreeMap;

/// The type of a field that takes several values.
const MULTI_SELECT: &str = "multipicklist";

/// What the ids of these objects begin with, everywhere. Custom objects have what their org gave them.
const PREFIXES: [(&str, &str); 8] = [
    ("Account", "001"),
    ("Contact", "003"),
    ("User", "005"),
    ("Opportunity", "006"),
    ("Lead", "00Q"),
    ("CampaignMember", "00v"),
    ("Case", "500"),
    ("Campaign", "701"),
];

/// What is known of the site, the object that it syncs to and the one that it would.
#[derive(Clone, Copy, Debug)]
pub struct Proposed<'a> {
    /// What it maps.
    pub mapping: &'a Mapping,
    /// The present object, where somebody described it.
    pub from: Option<&'a Description>,
    /// The other object.
    pub to: &'a Description,
    /// Where its segments are, by the words of its setting.
    pub segments: Option<&'a str>,
    /// The field of its segments, where they are the values of one.
    pub segment_field: Option<&'a str>,
    /// Whether topics are on for the other object; none where nobody told.
    pub topics_on: Option<bool>,
    /// The record type that it gives new records: none where nobody told, and within that none where it gives none.
    pub record_type: Option<Option<&'a Clean>>,
    /// Whether code of the site chooses the object; none where nobody told.
    pub code_filter: Option<bool>,
}

/// What the other object does to the site.
pub fn object_type_check(proposed: &Proposed) -> ObjectTypeCheck {
    let Proposed { mapping, from, to, .. } = *proposed;
    let mut check = ObjectTypeCheck {
        from: from.map(|from| from.object.clone()),
        to: to.object.clone(),
        breaks: Vec::new(),
        changes: Vec::new(),
        same: Vec::new(),
        unknown: Vec::new(),
    };
    for pair in &mapping.mapped {
        judge_pair(pair, from, to, &mut check);
    }
    let given = |field: &Field| mapping.mapped.iter().any(|pair| pair.active && is_named(&pair.crm_field, &field.name));
    let wanted = to.fields.iter().filter(|field| field.required && !given(field));
    let required = |field: &Field| Break::Required { crm_field: field.name.clone(), label: field.label.clone() };
    check.breaks.extend(wanted.map(required));
    contact_ids(mapping, from, to, &mut check);
    segments(proposed, &mut check);
    if !from.is_some_and(|from| is_named(&from.object, &to.object)) {
        match proposed.record_type {
            Some(Some(name)) => check.changes.push(Altered::RecordType { name: name.clone() }),
            Some(None) => {}
            None => check.unknown.push("whether a record type is set, which would be dropped, is not told".to_owned()),
        }
    }
    match proposed.code_filter {
        Some(true) => check.changes.push(Altered::CodeFilter),
        Some(false) => {}
        None => check.unknown.push("whether code of the site overrules the setting is not told".to_owned()),
    }
    if from.is_none() {
        check.unknown.push("the present object is described by nobody, so nothing is compared with it".to_owned());
    }
    check
}

fn is_named(one: &Clean, other: &Clean) -> bool {
    one.as_str().eq_ignore_ascii_case(other.as_str())
}

fn judge_pair(pair: &MappedField, from: Option<&Description>, to: &Description, check: &mut ObjectTypeCheck) {
    let (field, crm_field) = (pair.field.clone(), pair.crm_field.clone());
    let present = from.and_then(|from| from.field(crm_field.as_str()));
    let Some(there) = to.field(crm_field.as_str()) else {
        if pair.active {
            let missing_before = from.is_some() && present.is_none();
            check.breaks.push(Break::NoField { field, crm_field, missing_before });
        } else {
            check.changes.push(Altered::Unsynced { field, crm_field });
        }
        return;
    };
    let before = check.changes.len();
    let (named, called) = (|| field.clone(), || crm_field.clone());
    if there.is_read_only() && !present.is_some_and(Field::is_read_only) {
        check.changes.push(Altered::ReadOnly { field: named(), crm_field: called() });
    } else if let Some(present) = present {
        if !is_named(&present.kind, &there.kind) {
            let (from, to) = (present.kind.clone(), there.kind.clone());
            check.changes.push(Altered::Type { field: named(), crm_field: called(), from, to });
        } else if let (Some(now), Some(then)) = (&present.more, &there.more) {
            let taken = |value: &Clean| then.choices.iter().any(|choice| choice.active && choice.value == *value);
            let missing = now.choices.iter().filter(|choice| choice.active && !taken(&choice.value));
            let missing: Vec<Clean> = missing.map(|choice| choice.value.clone()).collect();
            if !missing.is_empty() {
                check.changes.push(Altered::Choices { field: named(), crm_field: called(), missing });
            } else if then.length > 0 && then.length < now.length {
                let (from, to) = (now.length, then.length);
                check.changes.push(Altered::Shorter { field: named(), crm_field: called(), from, to });
            }
        }
    }
    if check.changes.len() == before {
        check.same.push(SameField { field, crm_field });
    }
}

fn prefix_of(object: &Clean) -> Option<&'static str> {
    PREFIXES.iter().find(|(name, _)| name.eq_ignore_ascii_case(object.as_str())).map(|(_, prefix)| *prefix)
}

/// Stored ids that find nothing: those that begin otherwise than the other object's do. Where those are not known, what begins as the
/// ids of a known object, or is all that the present object can have, is another's.
fn contact_ids(mapping: &Mapping, from: Option<&Description>, to: &Description, check: &mut ObjectTypeCheck) {
    if from.is_some_and(|from| is_named(&from.object, &to.object)) {
        return;
    }
    let known = prefix_of(&to.object);
    let (mut stranded, mut doubtful): (BTreeMap<Clean, u64>, u64) = (BTreeMap::new(), 0);
    for (prefix, users) in mapping.contact_ids.iter().filter(|(_, users)| **users > 0) {
        let standard = PREFIXES.iter().any(|(_, known)| *known == prefix.as_str());
        match known {
            Some(own) if own == prefix.as_str() => {}
            Some(_) => drop(stranded.insert(prefix.clone(), *users)),
            None if standard => drop(stranded.insert(prefix.clone(), *users)),
            None => doubtful += users,
        }
    }
    let users = stranded.values().sum();
    if users > 0 {
        check.breaks.push(Break::ContactIds { by_prefix: stranded, users });
    }
    if doubtful > 0 {
        check
            .unknown
            .push(format!("whether {} is found by the ids that {doubtful} users hold is not known", to.object));
    }
}

fn segments(proposed: &Proposed, check: &mut ObjectTypeCheck) {
    let object = &proposed.to.object;
    match proposed.segments.map(str::parse::<SegmentKind>) {
        Some(Ok(SegmentKind::Picklist)) => match proposed.segment_field {
            Some(name) => {
                let there = proposed.to.field(name);
                if !there.is_some_and(is_multi_select) {
                    let kind = there.map(|field| field.kind.clone());
                    check.breaks.push(Break::SegmentField { crm_field: name.into(), kind });
                }
            }
            None => check.unknown.push(format!(
                "segments are the values of a field that is not told: {object} needs it as a multi-select"
            )),
        },
        Some(Ok(SegmentKind::Topics)) => match proposed.topics_on {
            Some(false) => check.changes.push(Altered::TopicsOff),
            Some(true) => {}
            None => check.unknown.push(format!("whether topics are on for {object} is not told")),
        },
        Some(Ok(SegmentKind::Personal | SegmentKind::Public)) => {}
        Some(Err(_)) | None => check.unknown.push("where segments are kept is not told".to_owned()),
    }
}

pub(super) fn is_multi_select(field: &Field) -> bool {
    field.kind.as_str().eq_ignore_ascii_case(MULTI_SELECT)
}

/// What another kind of segments does to a site that syncs to `object`: `field` is the one whose values they would be, `stored` how
/// many segments the site has now.
pub fn segment_type_check(
    from: Option<&Clean>,
    to: SegmentKind,
    field: Option<&str>,
    object: &Description,
    stored: Option<u32>,
) -> SegmentTypeCheck {
    let mut check = SegmentTypeCheck { from: from.cloned(), to, refused: None, changes: Vec::new() };
    let now = from.and_then(|from| from.as_str().parse::<SegmentKind>().ok());
    let found = field.and_then(|name| object.field(name));
    let name = &object.object;
    match (to, field, found) {
        (SegmentKind::Picklist, None, _) => {
            check.refused = Some(format!("Picklist needs a field of {name} that is a multi-select"));
        }
        (SegmentKind::Picklist, Some(field), None) => {
            check.refused = Some(format!("{name} has no field {:?}", Clean::new(field).as_str()));
        }
        (SegmentKind::Picklist, Some(_), Some(found)) if !is_multi_select(found) => {
            check.refused = Some(format!("{} of {name} is {}, and no multi-select", found.name, found.kind));
        }
        (SegmentKind::Picklist, Some(_), Some(found)) if found.is_read_only() => {
            check.refused = Some(format!("{} of {name} can not be written", found.name));
        }
        _ => {}
    }
    if check.refused.is_some() {
        return check;
    }
    if now == Some(to) && to != SegmentKind::Picklist {
        check.changes.push(format!("nothing: segments are {to} already"));
        return check;
    }
    let many = match stored {
        Some(1) => "the 1 segment that the site has".to_owned(),
        Some(count) => format!("the {count} segments that the site has"),
        None => "the segments that the site has".to_owned(),
    };
    let then = match found.filter(|_| to == SegmentKind::Picklist) {
        Some(found) => match &found.more {
            Some(more) => {
                let active = more.choices.iter().filter(|choice| choice.active).count();
                format!("the {} of {}", count(active, "value"), found.name)
            }
            None => format!("the values of {}", found.name),
        },
        None if to == SegmentKind::Topics => "the org's topics".to_owned(),
        None => "the org's tags".to_owned(),
    };
    check.changes.push(format!("{many} give way to {then}"));
    let by = |kind| if kind == SegmentKind::Picklist { "labels" } else { "ids" };
    if now.is_none_or(|now| by(now) != by(to) || now != to) {
        check.changes.push(format!(
            "what the site set up with the former ones names none of the new: they are known by their {}",
            by(to)
        ));
    }
    check
        .changes
        .push(format!("users keep the segments that WordPress stored until each is synced; nothing changes in {name}"));
    check
}

#[cfg(test)]
mod tests;
