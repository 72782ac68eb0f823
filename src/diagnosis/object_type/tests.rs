//! From one object to another, by hand; `tests/object_type.rs` has the simulator's Contact and Lead.

use super::{Proposed, object_type_check, segment_type_check};
use crate::model::Clean;
use crate::model::fields::{Choice, Description, Field, FieldMore, MappedField, Mapping};
use crate::model::object_type::{Altered, Break, ObjectTypeCheck, SegmentKind};

fn field(name: &str, kind: &str) -> Field {
    let more = FieldMore { length: 0, custom: false, nillable: true, defaulted_on_create: false, choices: Vec::new() };
    Field {
        name: name.into(),
        label: format!("{name}, as people read it").into(),
        kind: kind.into(),
        createable: true,
        updateable: true,
        required: false,
        more: Some(more),
    }
}

fn more(mut field: Field, change: impl FnOnce(&mut FieldMore)) -> Field {
    change(field.more.as_mut().expect("more"));
    field
}

fn choices(values: &[(&str, bool)]) -> Vec<Choice> {
    let choice = |&(value, active): &(&str, bool)| Choice { value: value.into(), label: value.into(), active };
    values.iter().map(choice).collect()
}

fn object(name: &str, fields: Vec<Field>) -> Description {
    Description { object: name.into(), fields }
}

fn mapping(pairs: &[(&str, &str, bool)], ids: &[(&str, u64)]) -> Mapping {
    let pair = |&(field, crm_field, active): &(&str, &str, bool)| MappedField {
        field: field.into(),
        crm_field: crm_field.into(),
        active,
    };
    Mapping {
        mapped: pairs.iter().map(pair).collect(),
        required: Vec::new(),
        read_only: Vec::new(),
        contact_ids: ids.iter().map(|(prefix, users)| ((*prefix).into(), *users)).collect(),
    }
}

/// A site of which everything is told, and that has nothing special.
fn plain<'a>(mapping: &'a Mapping, from: &'a Description, to: &'a Description) -> Proposed<'a> {
    Proposed {
        mapping,
        from: Some(from),
        to,
        segments: Some("Topics"),
        segment_field: None,
        topics_on: Some(true),
        record_type: Some(None),
        code_filter: Some(false),
    }
}

fn same(check: &ObjectTypeCheck) -> Vec<&str> {
    check.same.iter().map(|same| same.field.as_str()).collect()
}

#[test]
fn each_pair_breaks_changes_or_stays() {
    let read_only = |field: Field| Field { createable: false, updateable: false, ..field };
    let picklist = |values: &[(&str, bool)]| more(field("Source", "picklist"), |more| more.choices = choices(values));
    let text = |length| more(field("Title", "string"), |more| more.length = length);
    let from = object(
        "Contact",
        vec![
            field("Birthdate", "date"),
            field("OtherPhone", "phone"),
            field("Score__c", "double"),
            field("Code__c", "string"),
            picklist(&[("Web", true), ("Fax", true), ("Old", false)]),
            text(128),
            field("Email", "email"),
            read_only(field("Id", "id")),
        ],
    );
    let to = object(
        "Lead",
        vec![
            read_only(field("Score__c", "double")),
            field("Code__c", "double"),
            picklist(&[("Web", true), ("Fax", false)]),
            text(80),
            field("email", "email"),
            read_only(field("Id", "id")),
            Field { required: true, ..field("Company", "string") },
        ],
    );
    let pairs = [
        ("dob", "Birthdate", true),
        ("phone_2", "OtherPhone", false),
        ("score", "Score__c", true),
        ("code", "code__c", true),
        ("source", "Source", true),
        ("title", "Title", true),
        ("user_email", "Email", true),
        ("id", "Id", true),
        ("typo", "Emial", true),
    ];
    let check = object_type_check(&plain(&mapping(&pairs, &[]), &from, &to));
    let no_field = |field: &str, crm_field: &str, missing_before| Break::NoField {
        field: field.into(),
        crm_field: crm_field.into(),
        missing_before,
    };
    let company = Break::Required { crm_field: "Company".into(), label: "Company, as people read it".into() };
    assert_eq!(check.breaks, [no_field("dob", "Birthdate", false), no_field("typo", "Emial", true), company]);
    let names = |field: &str, crm_field: &str| (Clean::new(field), Clean::new(crm_field));
    let ((f1, c1), (f2, c2), (f3, c3)) =
        (names("phone_2", "OtherPhone"), names("score", "Score__c"), names("code", "code__c"));
    let ((f4, c4), (f5, c5)) = (names("source", "Source"), names("title", "Title"));
    let expected = [
        Altered::Unsynced { field: f1, crm_field: c1 },
        Altered::ReadOnly { field: f2, crm_field: c2 },
        Altered::Type { field: f3, crm_field: c3, from: "string".into(), to: "double".into() },
        Altered::Choices { field: f4, crm_field: c4, missing: vec!["Fax".into()] },
        Altered::Shorter { field: f5, crm_field: c5, from: 128, to: 80 },
    ];
    assert_eq!(check.changes, expected);
    assert_eq!((same(&check), check.unknown.len()), (vec!["user_email", "id"], 0));
}

#[test]
fn ids_that_the_other_object_can_not_have_are_counted() {
    let (contact, lead) = (object("Contact", Vec::new()), object("Lead", Vec::new()));
    let own = object("Membership__c", Vec::new());
    let mapping = mapping(&[], &[("003", 1284), ("00Q", 7), ("a01", 3), ("001", 0)]);
    let to_lead = object_type_check(&plain(&mapping, &contact, &lead));
    assert_eq!(to_lead.stranded_users(), 1287);
    let Some(Break::ContactIds { by_prefix, .. }) = to_lead.breaks.first() else { panic!("{to_lead:?}") };
    assert_eq!(
        by_prefix.iter().map(|(prefix, users)| (prefix.as_str(), *users)).collect::<Vec<_>>(),
        [("003", 1284), ("a01", 3)]
    );
    let to_own = object_type_check(&plain(&mapping, &contact, &own));
    assert_eq!(to_own.stranded_users(), 1291, "what a custom object's ids begin with is not known");
    assert!(to_own.unknown.iter().any(|said| said.contains("3 users")), "{:?}", to_own.unknown);
    assert_eq!(object_type_check(&plain(&mapping, &contact, &contact)).stranded_users(), 0);
}

#[test]
fn record_types_segments_and_code_are_told_or_said_to_be_unknown() {
    let (contact, nothing) = (object("Contact", Vec::new()), mapping(&[], &[]));
    let tags = |kind| object("Lead", vec![field("WPF_Tags__c", kind)]);
    let (text, multi) = (tags("string"), tags("multipicklist"));
    let member = Clean::new("Member");
    let with = |to| Proposed {
        record_type: Some(Some(&member)),
        code_filter: Some(true),
        topics_on: Some(false),
        ..plain(&nothing, &contact, to)
    };
    let check = object_type_check(&with(&multi));
    assert_eq!(check.changes, [Altered::TopicsOff, Altered::RecordType { name: member.clone() }, Altered::CodeFilter]);
    let kept =
        |to, segment_field| Proposed { segments: Some("Picklist"), segment_field, ..plain(&nothing, &contact, to) };
    assert!(object_type_check(&kept(&multi, Some("wpf_tags__c"))).breaks.is_empty());
    let broken = Break::SegmentField { crm_field: "WPF_Tags__c".into(), kind: Some("string".into()) };
    assert_eq!(object_type_check(&kept(&text, Some("WPF_Tags__c"))).breaks, [broken]);
    let gone = Break::SegmentField { crm_field: "Other__c".into(), kind: None };
    assert_eq!(object_type_check(&kept(&multi, Some("Other__c"))).breaks, [gone]);
    let silent = Proposed {
        from: None,
        topics_on: None,
        record_type: None,
        code_filter: None,
        ..plain(&nothing, &contact, &multi)
    };
    assert_eq!(object_type_check(&silent).unknown.len(), 4, "{:?}", object_type_check(&silent).unknown);
}

#[test]
fn segments_move_to_a_multi_select_or_not_at_all() {
    let contact = object(
        "Contact",
        vec![
            more(field("WPF_Tags__c", "multipicklist"), |more| {
                more.choices = choices(&[("News", true), ("Old", false)]);
            }),
            field("Source", "picklist"),
        ],
    );
    let topics = Clean::new("Topics");
    let check = |to, field| segment_type_check(Some(&topics), to, field, &contact, Some(87));
    let refused = |field| check(SegmentKind::Picklist, field).refused.expect("refused");
    assert!(refused(None).contains("needs a field of Contact"));
    assert!(refused(Some("Nothing__c")).contains("has no field \"Nothing__c\""));
    assert_eq!(refused(Some("Source")), "Source of Contact is picklist, and no multi-select");
    let moved = check(SegmentKind::Picklist, Some("wpf_tags__c"));
    assert_eq!(moved.refused, None);
    assert_eq!(moved.changes[0], "the 87 segments that the site has give way to the 1 value of WPF_Tags__c");
    assert!(moved.changes[1].ends_with("known by their labels"), "{moved:?}");
    assert!(check(SegmentKind::Topics, None).changes[0].starts_with("nothing"));
    assert!(check(SegmentKind::Public, None).changes[1].ends_with("known by their ids"));
    assert!("personal".parse::<SegmentKind>().is_ok() && "Labels".parse::<SegmentKind>().is_err());
}
