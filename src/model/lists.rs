//! The lists that WP Fusion stored at its last refresh, and how two of them differ: the agent's `lists`. Plain data.
//!
//! A list that was never stored is none, which is not an empty one.

use crate::model::Clean;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the plugin stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredLists {
    /// The object type in effect.
    pub object_type: Clean,
    /// The segment type; `Topics` where none is stored.
    pub segment_type: Clean,
    /// Topics, tags, or the values of the picklist.
    pub segments: Option<Vec<Segment>>,
    /// The object's fields, by the plugin's order.
    pub fields: Option<Vec<StoredField>>,
    /// Record types that may be chosen.
    pub record_types: Option<Vec<RecordType>>,
    /// Objects that may be chosen.
    pub object_types: Option<Vec<ObjectType>>,
    /// How many of each did not fit into the answer.
    pub left_out: LeftOut,
}

/// One topic, tag or value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Salesforce's id; of a picklist the label.
    pub id: Clean,
    /// What people read.
    pub label: Clean,
}

/// One field as the plugin stored it. It stores no types.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredField {
    /// API name.
    pub name: Clean,
    /// What people read, with the plugin's "(read only)" behind it.
    pub label: Clean,
    /// Whether the org added it.
    pub custom: bool,
    /// Whether the plugin holds it for read-only.
    pub read_only: bool,
    /// Whether the plugin holds it for required.
    pub required: bool,
}

/// One record type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordType {
    /// Salesforce's id.
    pub id: Clean,
    /// What people read.
    pub name: Clean,
}

/// One object that the plugin offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectType {
    /// API name.
    pub name: Clean,
    /// What people read of several.
    pub label: Clean,
}

/// Rows that an answer had no room for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LeftOut {
    /// Of the segments.
    pub segments: u32,
    /// Of the fields.
    pub fields: u32,
    /// Of the record types.
    pub record_types: u32,
    /// Of the object types.
    pub object_types: u32,
}

impl LeftOut {
    /// Whether anything was.
    pub fn is_any(self) -> bool {
        self.segments + self.fields + self.record_types + self.object_types > 0
    }
}

/// What one list has gained, lost and renamed, by id or API name. Where it lay before, or lies now, is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Only in the later one: id and label.
    pub added: Vec<(Clean, Clean)>,
    /// Only in the earlier one.
    pub removed: Vec<(Clean, Clean)>,
    /// In both under another label: id, the earlier label, the later one.
    pub renamed: Vec<(Clean, Clean, Clean)>,
}

impl Difference {
    /// Whether the lists are the same.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.renamed.is_empty()
    }

    fn between<'a, T: 'a>(
        before: &'a [T],
        after: &'a [T],
        key: impl Fn(&'a T) -> (&'a Clean, &'a Clean),
        same: impl Fn(&'a T, &'a T) -> bool,
    ) -> Self {
        let index = |rows: &'a [T]| rows.iter().map(|row| (key(row).0.as_str(), row)).collect::<BTreeMap<_, _>>();
        let (old, new) = (index(before), index(after));
        let pair = |row: &'a T| (key(row).0.clone(), key(row).1.clone());
        let only = |rows: &'a [T], other: &BTreeMap<&str, &T>| -> Vec<_> {
            rows.iter().filter(|row| !other.contains_key(key(row).0.as_str())).map(pair).collect()
        };
        let renamed = after.iter().filter_map(|row| {
            let earlier = old.get(key(row).0.as_str())?;
            let (was, is) = (key(earlier).1, key(row).1);
            (was != is && same(earlier, row)).then(|| (key(row).0.clone(), was.clone(), is.clone()))
        });
        Self { added: only(after, &old), removed: only(before, &new), renamed: renamed.collect() }
    }
}

/// What a refresh has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListChanges {
    /// Topics, tags, values.
    pub segments: Difference,
    /// Fields by API name.
    pub fields: Difference,
    /// Fields in both lists that had to be given only later, by API name.
    pub newly_required: Vec<Clean>,
    /// Fields that need not be given any more.
    pub no_longer_required: Vec<Clean>,
    /// Fields in both lists that can not be written any more.
    pub newly_read_only: Vec<Clean>,
    /// Fields that can be written now.
    pub newly_writable: Vec<Clean>,
    /// Record types.
    pub record_types: Difference,
    /// Object types.
    pub object_types: Difference,
    /// Whether one of the answers left rows out, so that more may differ.
    pub incomplete: bool,
}

impl ListChanges {
    /// What has changed from `before` to `after`. A new field that is required counts as newly required.
    pub fn between(before: &StoredLists, after: &StoredLists) -> Self {
        let (old, new) = (rows(before.fields.as_ref()), rows(after.fields.as_ref()));
        let known: BTreeMap<&str, &StoredField> = old.iter().map(|field| (field.name.as_str(), field)).collect();
        let turned = |turned: fn(Option<&StoredField>, &StoredField) -> bool| -> Vec<Clean> {
            let turned = new.iter().filter(|field| turned(known.get(field.name.as_str()).copied(), field));
            turned.map(|field| field.name.clone()).collect()
        };
        Self {
            segments: Difference::between(
                rows(before.segments.as_ref()),
                rows(after.segments.as_ref()),
                |row| (&row.id, &row.label),
                |_, _| true,
            ),
            // The plugin writes "(read only)" into the label, so another label may be that and no more.
            fields: Difference::between(
                old,
                new,
                |row| (&row.name, &row.label),
                |one, other| one.read_only == other.read_only,
            ),
            newly_required: turned(|was, is| is.required && was.is_none_or(|was| !was.required)),
            no_longer_required: turned(|was, is| !is.required && was.is_some_and(|was| was.required)),
            newly_read_only: turned(|was, is| is.read_only && was.is_some_and(|was| !was.read_only)),
            newly_writable: turned(|was, is| !is.read_only && was.is_some_and(|was| was.read_only)),
            record_types: Difference::between(
                rows(before.record_types.as_ref()),
                rows(after.record_types.as_ref()),
                |row| (&row.id, &row.name),
                |_, _| true,
            ),
            object_types: Difference::between(
                rows(before.object_types.as_ref()),
                rows(after.object_types.as_ref()),
                |row| (&row.name, &row.label),
                |_, _| true,
            ),
            incomplete: before.left_out.is_any() || after.left_out.is_any(),
        }
    }

    /// Whether nothing has changed, as far as it was told.
    pub fn is_empty(&self) -> bool {
        let fields = [&self.newly_required, &self.no_longer_required, &self.newly_read_only, &self.newly_writable];
        let lists = [&self.segments, &self.fields, &self.record_types, &self.object_types];
        fields.iter().all(|names| names.is_empty()) && lists.iter().all(|list| list.is_empty())
    }
}

fn rows<T>(list: Option<&Vec<T>>) -> &[T] {
    list.map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, label: &str, read_only: bool, required: bool) -> StoredField {
        StoredField { name: name.into(), label: label.into(), custom: false, read_only, required }
    }

    fn lists(fields: Vec<StoredField>, segments: &[(&str, &str)]) -> StoredLists {
        let segments = segments.iter().map(|(id, label)| Segment { id: (*id).into(), label: (*label).into() });
        StoredLists {
            object_type: "Contact".into(),
            segment_type: "Topics".into(),
            segments: Some(segments.collect()),
            fields: Some(fields),
            record_types: None,
            object_types: Some(Vec::new()),
            left_out: LeftOut::default(),
        }
    }

    #[test]
    fn the_same_lists_differ_in_nothing() {
        let same = lists(vec![field("Email", "Email", false, false)], &[("0TO1", "One")]);
        assert!(ListChanges::between(&same, &same).is_empty());
    }

    #[test]
    fn what_was_added_removed_renamed_and_turned_is_told_apart() {
        let before = lists(
            vec![
                field("Email", "Email", false, false),
                field("Fax", "Fax", false, false),
                field("Points__c", "Points", false, false),
                field("Level__c", "Level (read only)", true, true),
            ],
            &[("0TO1", "One"), ("0TO2", "Two")],
        );
        let after = lists(
            vec![
                field("Email", "E-mail", false, true),
                field("Points__c", "Points (read only)", true, false),
                field("Level__c", "Level", false, false),
                field("Company", "Company", false, true),
            ],
            &[("0TO2", "Zwei"), ("0TO3", "Three")],
        );
        let changes = ListChanges::between(&before, &after);
        let names = |names: &[Clean]| names.iter().map(|name| name.as_str().to_owned()).collect::<Vec<_>>();
        assert_eq!(changes.fields.added, [("Company".into(), "Company".into())]);
        assert_eq!(changes.fields.removed, [("Fax".into(), "Fax".into())]);
        assert_eq!(changes.fields.renamed, [("Email".into(), "Email".into(), "E-mail".into())]);
        assert_eq!(names(&changes.newly_required), ["Email", "Company"]);
        assert_eq!(names(&changes.no_longer_required), ["Level__c"]);
        assert_eq!(names(&changes.newly_read_only), ["Points__c"]);
        assert_eq!(names(&changes.newly_writable), ["Level__c"]);
        assert_eq!(changes.segments.added, [("0TO3".into(), "Three".into())]);
        assert_eq!(changes.segments.renamed, [("0TO2".into(), "Two".into(), "Zwei".into())]);
        assert!(!changes.is_empty() && !changes.incomplete);
    }

    #[test]
    fn what_was_left_out_makes_it_incomplete() {
        let mut cut = lists(Vec::new(), &[]);
        cut.left_out.segments = 3;
        assert!(ListChanges::between(&lists(Vec::new(), &[]), &cut).incomplete);
    }
}
