//! What a refresh changed in a site's lists, and which of its mappings that breaks. Uses `model` alone.
//!
//! Salesforce does not tell capitals of API names apart, so they are compared without; ids of topics are compared as they are.

use crate::model::Clean;
use crate::model::drift::{Breakage, BrokenMapping, Counted, Drift, FieldChange, ListDrift};
use crate::model::fields::{MappedField, Mapping};
use crate::model::stored_lists::{Listed, StoredField, StoredLists};
use std::collections::BTreeMap;

/// What is different in `after`, and what that does to what is mapped.
pub fn drift(before: &StoredLists, after: &StoredLists, mapping: &Mapping) -> Drift {
    let (former, present) = (by_name(&before.fields), by_name(&after.fields));
    let pairs = former.iter().filter_map(|(key, field)| Some((*field, *present.get(key)?)));
    let mut drift = Drift {
        fields: Counted { before: before.fields.len(), after: after.fields.len() },
        added: beyond(&present, &former).cloned().collect(),
        removed: beyond(&former, &present).cloned().collect(),
        changed: pairs.filter_map(|(before, after)| change(before, after)).collect(),
        newly_required: names_beyond(&after.required, &before.required),
        no_longer_required: names_beyond(&before.required, &after.required),
        newly_read_only: names_beyond(&after.read_only, &before.read_only),
        no_longer_read_only: names_beyond(&before.read_only, &after.read_only),
        topics: list_drift(&before.topics, &after.topics),
        record_types: list_drift(&before.record_types, &after.record_types),
        broken: Vec::new(),
    };
    drift.broken = broken(&drift, mapping);
    drift
}

fn key(name: &Clean) -> String {
    name.as_str().to_ascii_lowercase()
}

fn by_name(fields: &[StoredField]) -> BTreeMap<String, &StoredField> {
    fields.iter().map(|field| (key(&field.name), field)).collect()
}

fn beyond<'a>(
    one: &'a BTreeMap<String, &'a StoredField>,
    other: &'a BTreeMap<String, &'a StoredField>,
) -> impl Iterator<Item = &'a StoredField> {
    one.iter().filter(|(key, _)| !other.contains_key(*key)).map(|(_, field)| *field)
}

fn names_beyond(one: &[Clean], other: &[Clean]) -> Vec<Clean> {
    let mut names: Vec<Clean> = one.iter().filter(|name| !has(other, name)).cloned().collect();
    names.sort();
    names.dedup();
    names
}

fn has(names: &[Clean], name: &Clean) -> bool {
    names.iter().any(|known| known.as_str().eq_ignore_ascii_case(name.as_str()))
}

fn change(before: &StoredField, after: &StoredField) -> Option<FieldChange> {
    let label = (before.plain_label() != after.plain_label())
        .then(|| (before.plain_label().into(), after.plain_label().into()));
    let kinds = before.kind.clone().zip(after.kind.clone());
    let kind = kinds.filter(|(before, after)| before != after);
    (label.is_some() || kind.is_some()).then(|| FieldChange { name: after.name.clone(), label, kind })
}

fn list_drift(before: &[Listed], after: &[Listed]) -> ListDrift {
    let find = |list: &'_ [Listed], one: &Listed| list.iter().position(|other| other.id == one.id);
    let renamed = before.iter().filter_map(|one| {
        let now = &after[find(after, one)?];
        (now.label != one.label).then(|| (one.clone(), now.label.clone()))
    });
    ListDrift {
        count: Counted { before: before.len(), after: after.len() },
        added: after.iter().filter(|one| find(before, one).is_none()).cloned().collect(),
        removed: before.iter().filter(|one| find(after, one).is_none()).cloned().collect(),
        renamed: renamed.collect(),
    }
}

/// What is not synced breaks nothing. A field that is gone is not told as read-only, too.
fn broken(drift: &Drift, mapping: &Mapping) -> Vec<BrokenMapping> {
    let active = || mapping.mapped.iter().filter(|pair| pair.active);
    let same = |name: &Clean, pair: &MappedField| name.as_str().eq_ignore_ascii_case(pair.crm_field.as_str());
    let by = |pair: &MappedField| {
        if drift.removed.iter().any(|field| same(&field.name, pair)) {
            Some(Breakage::Gone)
        } else if drift.newly_read_only.iter().any(|name| same(name, pair)) {
            Some(Breakage::ReadOnly)
        } else if drift.changed.iter().any(|change| change.kind.is_some() && same(&change.name, pair)) {
            Some(Breakage::TypeChanged)
        } else {
            None
        }
    };
    let mapped = active().filter_map(|pair| {
        let (field, crm_field) = (Some(pair.field.clone()), pair.crm_field.clone());
        Some(BrokenMapping { field, crm_field, by: by(pair)? })
    });
    let unmapped = drift.newly_required.iter().filter(|name| !active().any(|pair| same(name, pair)));
    let unmapped = unmapped.map(|name| BrokenMapping { field: None, crm_field: name.clone(), by: Breakage::Unmapped });
    mapped.chain(unmapped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn field(name: &str, label: &str) -> StoredField {
        StoredField { name: name.into(), label: label.into(), custom: name.ends_with("__c"), kind: None }
    }

    fn typed(name: &str, kind: &str) -> StoredField {
        StoredField { kind: Some(kind.into()), ..field(name, "Label") }
    }

    fn listed(pairs: &[(&str, &str)]) -> Vec<Listed> {
        pairs.iter().map(|(id, label)| Listed { id: (*id).into(), label: (*label).into() }).collect()
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

    fn before() -> StoredLists {
        StoredLists {
            topics: listed(&[("0TO1", "News"), ("0TO2", "Donors")]),
            fields: vec![
                field("LastName", "Last Name"),
                field("Email", "Email"),
                field("OldCode__c", "Old code"),
                field("Score__c", "Score"),
                typed("Points__c", "double"),
            ],
            required: names(&["LastName"]),
            read_only: names(&["Id"]),
            record_types: listed(&[("0121", "Member")]),
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
        let after = StoredLists {
            topics: listed(&[("0TO2", "Big donors"), ("0TO3", "Partners")]),
            fields: vec![
                field("LastName", "Surname"),
                field("email", "Email"),
                field("Score__c", "Score (read only)"),
                field("Region__c", "Region"),
                typed("Points__c", "string"),
            ],
            required: names(&["LastName", "Region__c"]),
            read_only: names(&["Id", "Score__c"]),
            record_types: listed(&[("0121", "Member"), ("0122", "Donor")]),
        };
        let pairs = [
            ("old_code", "oldcode__c", true),
            ("score", "Score__c", true),
            ("points", "Points__c", true),
            ("user_email", "Email", true),
            ("former", "OldCode__c", false),
        ];
        let drift = drift(&before(), &after, &mapping(&pairs));
        let of = |fields: &[StoredField]| fields.iter().map(|field| field.name.to_string()).collect::<Vec<_>>();
        assert_eq!((of(&drift.added), of(&drift.removed)), (vec!["Region__c".into()], vec!["OldCode__c".into()]));
        let changed: Vec<_> =
            drift.changed.iter().map(|one| (one.name.as_str(), one.label.is_some(), one.kind.is_some())).collect();
        assert_eq!(changed, [("LastName", true, false), ("Points__c", false, true)]);
        assert_eq!((drift.newly_required, drift.newly_read_only), (names(&["Region__c"]), names(&["Score__c"])));
        assert_eq!(drift.topics.renamed, [(listed(&[("0TO2", "Donors")])[0].clone(), "Big donors".into())]);
        assert_eq!((drift.topics.added.len(), drift.topics.removed.len()), (1, 1));
        assert_eq!((drift.record_types.added.len(), drift.record_types.removed.len()), (1, 0));
        let expected = [
            ("old_code", "oldcode__c", Breakage::Gone),
            ("score", "Score__c", Breakage::ReadOnly),
            ("points", "Points__c", Breakage::TypeChanged),
            ("-", "Region__c", Breakage::Unmapped),
        ];
        assert_eq!(told(&drift.broken), expected);
    }

    #[test]
    fn a_required_field_that_is_mapped_breaks_nothing() {
        let after = StoredLists { required: names(&["LastName", "Email"]), ..before() };
        assert!(drift(&before(), &after, &mapping(&[("user_email", "email", true)])).broken.is_empty());
        let unsynced = drift(&before(), &after, &mapping(&[("user_email", "Email", false)]));
        assert_eq!(told(&unsynced.broken), [("-", "Email", Breakage::Unmapped)]);
    }

    #[test]
    fn an_answer_of_nothing_is_told_from_a_change() {
        let empty = drift(&before(), &StoredLists::default(), &mapping(&[]));
        assert!(empty.is_emptied() && !empty.is_nothing());
        let topics = StoredLists { topics: Vec::new(), ..before() };
        assert!(drift(&before(), &topics, &mapping(&[])).is_emptied());
        assert!(!drift(&StoredLists::default(), &before(), &mapping(&[])).is_emptied());
    }

    fn lists() -> impl Strategy<Value = StoredLists> {
        let name = || proptest::sample::select(vec!["A", "B__c", "C", "D__c", "E"]);
        let fields = proptest::collection::btree_map(name(), "[xy]", 0..5);
        let marks = || proptest::collection::btree_set(name(), 0..4);
        let topics = proptest::collection::btree_map("[123]", "[xy]", 0..3);
        (fields, marks(), marks(), topics).prop_map(|(fields, required, read_only, topics)| StoredLists {
            fields: fields.iter().map(|(name, label)| field(name, label)).collect(),
            required: required.into_iter().map(Into::into).collect(),
            read_only: read_only.into_iter().map(Into::into).collect(),
            topics: topics
                .iter()
                .map(|(id, label)| Listed { id: id.as_str().into(), label: label.as_str().into() })
                .collect(),
            record_types: Vec::new(),
        })
    }

    proptest! {
        /// There and back: what one way adds the other removes, and nothing differs from itself.
        #[test]
        fn the_way_back_is_the_way_turned_round(one in lists(), other in lists()) {
            let nothing = mapping(&[]);
            let (there, back) = (drift(&one, &other, &nothing), drift(&other, &one, &nothing));
            prop_assert_eq!(&there.added, &back.removed);
            prop_assert_eq!(&there.newly_required, &back.no_longer_required);
            prop_assert_eq!(&there.newly_read_only, &back.no_longer_read_only);
            prop_assert_eq!(&there.topics.added, &back.topics.removed);
            prop_assert_eq!(there.changed.len(), back.changed.len());
            prop_assert_eq!(there.is_nothing(), one == other);
            prop_assert!(drift(&one, &one, &nothing).is_nothing());
        }
    }
}
