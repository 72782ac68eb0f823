//! The table of what another object would do: what breaks, what changes, what stays.

use crate::cli::style::Style;
use crate::cli::table;
use crate::model::object_type::{Altered, Break, ObjectTypeCheck};
use crate::model::{Clean, Health};

/// One line: state, WordPress' name, the field now, the field there, what follows.
struct Line {
    health: Health,
    state: &'static str,
    cells: [String; 3],
    so: String,
}

const NONE: &str = "-";

pub(super) fn text(check: &ObjectTypeCheck, style: Style) -> String {
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
