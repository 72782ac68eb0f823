//! What another object would do, in lines that people read: one source of the words for the command and the screen.

use crate::model::Clean;
use crate::model::dry_run::{DryLine, Impact};
use crate::model::object_type::{Altered, Break, ObjectTypeCheck};

/// The lines of a check: what breaks, what changes, what could not be judged, what stays.
pub fn dry_lines(check: &ObjectTypeCheck) -> Vec<DryLine> {
    let mut lines: Vec<DryLine> = check.breaks.iter().map(|broken| of_break(broken, &check.to)).collect();
    lines.extend(check.changes.iter().map(of_change));
    lines.extend(check.unknown.iter().map(|said| line(Impact::Unknown, ["", "", ""], said)));
    lines.extend(check.same.iter().map(|same| {
        let crm_field = same.crm_field.as_str();
        line(Impact::Same, [same.field.as_str(), crm_field, crm_field], "")
    }));
    lines
}

fn line(impact: Impact, [named, from, to]: [&str; 3], so: impl AsRef<str>) -> DryLine {
    DryLine { impact, named: named.into(), from: from.into(), to: to.into(), so: Clean::new(so) }
}

fn of_break(broken: &Break, to: &Clean) -> DryLine {
    let breaks = |cells, so: &str| line(Impact::Breaks, cells, so);
    match broken {
        Break::NoField { field, crm_field, missing_before } => {
            let before = if *missing_before { ", as now" } else { "" };
            let so = format!("no such field, value not sent{before}");
            breaks([field.as_str(), crm_field.as_str(), ""], &so)
        }
        Break::Required { crm_field, .. } => {
            breaks(["", "", crm_field.as_str()], &format!("required, nothing mapped: no {to} is made"))
        }
        Break::ContactIds { by_prefix, users } => {
            let prefixes: Vec<String> = by_prefix.keys().map(|prefix| format!("{prefix}..")).collect();
            let held = format!("id {}", prefixes.join(" "));
            let who = if *users == 1 { "1 user".to_owned() } else { format!("{users} users") };
            breaks([who.as_str(), held.as_str(), ""], &format!("no {to} is found by it"))
        }
        Break::SegmentField { crm_field, kind } => {
            let so = match kind {
                Some(kind) => format!("segments need a multi-select, and it is {kind}"),
                None => "segments need it, and there is no such field".to_owned(),
            };
            breaks(["segments", crm_field.as_str(), ""], &so)
        }
    }
}

fn both(field: &Clean, crm_field: &Clean, so: &str) -> DryLine {
    line(Impact::Changes, [field.as_str(), crm_field.as_str(), crm_field.as_str()], so)
}

fn of_change(change: &Altered) -> DryLine {
    let changes = |cells, so: &str| line(Impact::Changes, cells, so);
    match change {
        Altered::Unsynced { field, crm_field } => {
            changes([field.as_str(), crm_field.as_str(), ""], "no such field; not synced now")
        }
        Altered::ReadOnly { field, crm_field } => both(field, crm_field, "read only there: value not sent"),
        Altered::Type { field, crm_field, from, to } => {
            both(field, crm_field, &format!("{from} becomes {to}: values may not fit"))
        }
        Altered::Choices { field, crm_field, missing } => {
            let values: Vec<&str> = missing.iter().map(Clean::as_str).collect();
            both(field, crm_field, &format!("does not take {}", values.join(", ")))
        }
        Altered::Shorter { field, crm_field, from, to } => {
            both(field, crm_field, &format!("takes {to} characters, not {from}"))
        }
        Altered::RecordType { name } => {
            let held = format!("record type {name}");
            changes(["", held.as_str(), ""], "dropped: it is one of the present object")
        }
        Altered::CodeFilter => changes(["code filter", "", ""], "active: it overrules this setting"),
        Altered::TopicsOff => changes(["segments", "Topics", ""], "topics are switched off there"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::object_type::SameField;

    #[test]
    fn what_weighs_more_comes_first_and_each_thing_has_one_line() {
        let check = ObjectTypeCheck {
            from: Some("Contact".into()),
            to: "Lead".into(),
            breaks: vec![
                Break::Required { crm_field: "Company".into(), label: "Company".into() },
                Break::ContactIds { by_prefix: [("003".into(), 1)].into(), users: 1 },
            ],
            changes: vec![Altered::CodeFilter],
            same: vec![SameField { field: "user_email".into(), crm_field: "Email".into() }],
            unknown: vec!["something is not told".to_owned()],
        };
        let lines = dry_lines(&check);
        let impacts: Vec<Impact> = lines.iter().map(|line| line.impact).collect();
        assert_eq!(impacts, [Impact::Breaks, Impact::Breaks, Impact::Changes, Impact::Unknown, Impact::Same]);
        assert!(impacts.is_sorted());
        assert_eq!(
            (lines[0].to.as_str(), lines[0].so.as_str()),
            ("Company", "required, nothing mapped: no Lead is made")
        );
        assert_eq!((lines[1].named.as_str(), lines[1].from.as_str()), ("1 user", "id 003.."));
    }
}
