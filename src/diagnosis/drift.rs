//! What became different of an object between two looks, and which of a site's mappings that breaks. Uses `model` alone.
//!
//! Salesforce does not tell capitals of API names apart, so they are compared without.

use crate::model::drift::{Breakage, BrokenMapping, FieldChange, FieldDrift, MovedFields};
use crate::model::fields::{Description, Field, FieldMore, MappedField, Mapping};
use crate::model::{Clean, FieldsLater, SiteFields, SiteName};
use std::collections::BTreeMap;

/// What is different in `after`. What only one of the looks told (lengths, values) is not compared.
pub fn field_drift(before: &Description, after: &Description) -> FieldDrift {
    let (former, present) = (by_name(before), by_name(after));
    let beyond = |one: &BTreeMap<String, &Field>, other: &BTreeMap<String, &Field>| -> Vec<Field> {
        one.iter().filter(|(key, _)| !other.contains_key(*key)).map(|(_, field)| (*field).clone()).collect()
    };
    let pairs: Vec<(&Field, &Field)> =
        former.iter().filter_map(|(key, field)| Some((*field, *present.get(key)?))).collect();
    let turned = |holds: fn(&Field, &Field) -> bool| {
        pairs.iter().filter(move |(was, is)| holds(was, is)).map(|(_, is)| is.name.clone())
    };
    let added = beyond(&present, &former);
    let new_and_required = added.iter().filter(|field| field.required).map(|field| field.name.clone());
    let mut newly_required: Vec<Clean> =
        turned(|was, is| is.required && !was.required).chain(new_and_required).collect();
    newly_required.sort_by_key(key);
    FieldDrift {
        removed: beyond(&former, &present),
        changed: pairs.iter().filter_map(|(was, is)| change(was, is)).collect(),
        newly_required,
        no_longer_required: turned(|was, is| was.required && !is.required).collect(),
        newly_read_only: turned(|was, is| is.is_read_only() && !was.is_read_only()).collect(),
        newly_writable: turned(|was, is| was.is_read_only() && !is.is_read_only()).collect(),
        added,
    }
}

fn key(name: &Clean) -> String {
    name.as_str().to_ascii_lowercase()
}

fn by_name(description: &Description) -> BTreeMap<String, &Field> {
    description.fields.iter().map(|field| (key(&field.name), field)).collect()
}

fn change(was: &Field, is: &Field) -> Option<FieldChange> {
    let both = |one: &Clean, other: &Clean| (one != other).then(|| (one.clone(), other.clone()));
    let more = was.more.as_ref().zip(is.more.as_ref());
    let values = |one: &FieldMore, other: &FieldMore| -> Vec<Clean> {
        let offered = |value: &Clean| other.choices.iter().any(|choice| choice.active && choice.value == *value);
        let beyond = one.choices.iter().filter(|choice| choice.active && !offered(&choice.value));
        beyond.map(|choice| choice.value.clone()).collect()
    };
    let change = FieldChange {
        name: is.name.clone(),
        label: both(&was.label, &is.label),
        kind: both(&was.kind, &is.kind),
        length: more.filter(|(was, is)| was.length != is.length).map(|(was, is)| (was.length, is.length)),
        choices_added: more.map(|(was, is)| values(is, was)).unwrap_or_default(),
        choices_removed: more.map(|(was, is)| values(was, is)).unwrap_or_default(),
    };
    let FieldChange { label, kind, length, choices_added, choices_removed, .. } = &change;
    let same =
        label.is_none() && kind.is_none() && length.is_none() && choices_added.is_empty() && choices_removed.is_empty();
    (!same).then_some(change)
}

/// The mappings that do not do any more what they did, in the order of the mapping; then what must be given and nothing is mapped
/// to. What is not synced breaks nothing, and a field that is gone is not told as read-only, too.
pub fn broken_mappings(mapping: &Mapping, moved: &MovedFields) -> Vec<BrokenMapping> {
    let active = || mapping.mapped.iter().filter(|pair| pair.active);
    let same = |name: &Clean, pair: &MappedField| name.as_str().eq_ignore_ascii_case(pair.crm_field.as_str());
    let by = |pair: &MappedField| {
        let reasons = [
            (&moved.gone, Breakage::Gone),
            (&moved.read_only, Breakage::ReadOnly),
            (&moved.retyped, Breakage::TypeChanged),
        ];
        reasons.into_iter().find(|(names, _)| names.iter().any(|name| same(name, pair))).map(|(_, by)| by)
    };
    let mapped = active().filter_map(|pair| {
        let (field, crm_field) = (Some(pair.field.clone()), pair.crm_field.clone());
        Some(BrokenMapping { field, crm_field, by: by(pair)? })
    });
    let unmapped = moved.required.iter().filter(|name| !active().any(|pair| same(name, pair)));
    let unmapped = unmapped.map(|name| BrokenMapping { field: None, crm_field: name.clone(), by: Breakage::Unmapped });
    mapped.chain(unmapped).collect()
}

/// What an object became since a site's fields were read, as it was seen later for another site of the org. None where nothing
/// that matters to this one did.
pub fn fields_later(fields: &SiteFields, site: &SiteName, seen: &SiteFields) -> Option<FieldsLater> {
    if seen.described_at <= fields.described_at {
        return None;
    }
    let drift = field_drift(&fields.description, &seen.description);
    let broken = broken_mappings(&fields.mapping, &drift.moved());
    let added: Vec<Clean> = drift.added.into_iter().map(|field| field.name).collect();
    let matters = !(broken.is_empty() && added.is_empty());
    matters.then(|| FieldsLater { site: site.clone(), seen_at: seen.described_at, by: seen.by.clone(), broken, added })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fields::Choice;
    use proptest::prelude::*;

    fn field(name: &str, kind: &str) -> Field {
        let (name, label, kind) = (name.into(), "Label".into(), kind.into());
        Field { name, label, kind, createable: true, updateable: true, required: false, more: None }
    }

    fn read_only(field: Field) -> Field {
        Field { createable: false, updateable: false, ..field }
    }

    fn picklist(name: &str, length: u32, values: &[&str]) -> Field {
        let choice = |value: &&str| Choice { value: (*value).into(), label: (*value).into(), active: true };
        let choices = values.iter().map(choice).collect();
        let more = FieldMore { length, custom: false, nillable: true, defaulted_on_create: false, choices };
        Field { more: Some(more), ..field(name, "picklist") }
    }

    fn object(fields: Vec<Field>) -> Description {
        Description { object: "Contact".into(), fields }
    }

    fn names(names: &[&str]) -> Vec<Clean> {
        names.iter().map(|name| (*name).into()).collect()
    }

    fn mapping(pairs: &[(&str, &str, bool)]) -> Mapping {
        let pair = |&(field, crm_field, active): &(&str, &str, bool)| MappedField {
            field: field.into(),
            crm_field: crm_field.into(),
            active,
        };
        Mapping {
            mapped: pairs.iter().map(pair).collect(),
            required: Vec::new(),
            read_only: Vec::new(),
            contact_ids: BTreeMap::new(),
        }
    }

    fn told(broken: &[BrokenMapping]) -> Vec<(&str, &str, Breakage)> {
        broken
            .iter()
            .map(|one| (one.field.as_ref().map_or("-", Clean::as_str), one.crm_field.as_str(), one.by))
            .collect()
    }

    #[test]
    fn each_kind_of_change_is_told_and_the_mappings_that_it_breaks_are_named() {
        let before = object(vec![
            field("LastName", "string"),
            field("Email", "email"),
            field("OldCode__c", "string"),
            field("Score__c", "double"),
            field("Points__c", "double"),
            picklist("LeadSource", 20, &["Web", "Fax"]),
        ]);
        let after = object(vec![
            Field { label: "Surname".into(), ..field("LastName", "string") },
            field("email", "email"),
            read_only(field("Score__c", "double")),
            field("Points__c", "string"),
            picklist("LeadSource", 40, &["Web", "Partner", "Event"]),
            Field { required: true, ..field("Region__c", "picklist") },
        ]);
        let drift = field_drift(&before, &after);
        let of = |fields: &[Field]| fields.iter().map(|field| field.name.clone()).collect::<Vec<_>>();
        assert_eq!((of(&drift.added), of(&drift.removed)), (names(&["Region__c"]), names(&["OldCode__c"])));
        let changed: Vec<&str> = drift.changed.iter().map(|change| change.name.as_str()).collect();
        assert_eq!(changed, ["LastName", "LeadSource", "Points__c"]);
        assert_eq!(drift.changed[0].label, Some(("Label".into(), "Surname".into())));
        let source = &drift.changed[1];
        assert_eq!((source.length, &source.choices_removed), (Some((20, 40)), &names(&["Fax"])));
        assert_eq!(source.choices_added, names(&["Partner", "Event"]));
        assert_eq!((&drift.newly_required, &drift.newly_read_only), (&names(&["Region__c"]), &names(&["Score__c"])));
        let pairs = [
            ("old_code", "oldcode__c", true),
            ("score", "Score__c", true),
            ("points", "Points__c", true),
            ("user_email", "Email", true),
            ("former", "OldCode__c", false),
        ];
        let expected = [
            ("old_code", "oldcode__c", Breakage::Gone),
            ("score", "Score__c", Breakage::ReadOnly),
            ("points", "Points__c", Breakage::TypeChanged),
            ("-", "Region__c", Breakage::Unmapped),
        ];
        assert_eq!(told(&broken_mappings(&mapping(&pairs), &drift.moved())), expected);
    }

    #[test]
    fn a_required_field_breaks_where_nothing_that_is_synced_is_mapped_to_it() {
        let moved = MovedFields { required: names(&["Email"]), ..MovedFields::default() };
        assert!(broken_mappings(&mapping(&[("user_email", "email", true)]), &moved).is_empty());
        let unsynced = broken_mappings(&mapping(&[("user_email", "Email", false)]), &moved);
        assert_eq!(told(&unsynced), [("-", "Email", Breakage::Unmapped)]);
        assert!(unsynced[0].by.words().contains("no record is made"));
    }

    #[test]
    fn what_only_one_look_told_is_no_change() {
        let told = object(vec![picklist("LeadSource", 20, &["Web"])]);
        let untold = object(vec![field("LeadSource", "picklist")]);
        assert!(field_drift(&told, &untold).is_nothing() && field_drift(&untold, &told).is_nothing());
    }

    #[test]
    fn what_was_seen_later_matters_where_it_breaks_a_mapping_or_is_new() {
        use chrono::{DateTime, TimeDelta};
        let seen = |minutes, fields| SiteFields {
            mapping: mapping(&[("old_code", "OldCode__c", true), ("score", "Score__c", false)]),
            mapping_seen_at: DateTime::UNIX_EPOCH,
            description: object(fields),
            described_at: DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes),
            by: crate::model::SeenBy::Site,
        };
        let site = SiteName::new("www");
        let own = seen(0, vec![field("OldCode__c", "string"), field("Score__c", "double")]);
        let later = |minutes, fields| fields_later(&own, &site, &seen(minutes, fields));
        assert_eq!(later(0, vec![field("Region__c", "string")]), None, "of the same moment");
        assert_eq!(later(5, own.description.fields.clone()), None);
        let unsynced = later(5, vec![field("OldCode__c", "string")]);
        assert_eq!(unsynced, None, "what is not synced breaks nothing");
        let told = later(5, vec![field("Region__c", "string")]).expect("something to tell");
        assert_eq!(
            (&told.site, told.seen_at, &told.added),
            (&site, own.described_at + TimeDelta::minutes(5), &names(&["Region__c"]))
        );
        assert_eq!(self::told(&told.broken), [("old_code", "OldCode__c", Breakage::Gone)]);
    }

    fn descriptions() -> impl Strategy<Value = Description> {
        let name = proptest::sample::select(vec!["A", "B__c", "C", "D__c"]);
        let of = ("[xy]", "[st]", any::<bool>(), any::<bool>());
        proptest::collection::btree_map(name, of, 0..4).prop_map(|fields| {
            object(
                fields
                    .into_iter()
                    .map(|(name, (label, kind, required, writable))| Field {
                        label: label.into(),
                        createable: writable,
                        updateable: writable,
                        required,
                        ..field(name, &kind)
                    })
                    .collect(),
            )
        })
    }

    proptest! {
        /// There and back: what one way adds the other removes, and nothing differs from itself.
        #[test]
        fn the_way_back_is_the_way_turned_round(one in descriptions(), other in descriptions()) {
            let (there, back) = (field_drift(&one, &other), field_drift(&other, &one));
            prop_assert_eq!(&there.added, &back.removed);
            prop_assert_eq!(&there.newly_read_only, &back.newly_writable);
            prop_assert_eq!(there.changed.len(), back.changed.len());
            prop_assert_eq!(there.is_nothing(), one == other);
            prop_assert!(field_drift(&one, &one).is_nothing());
        }
    }
}
