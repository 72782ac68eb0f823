//! What a query's columns are, as `columns=true` asks: how Salesforce's own command line heads its tables. Salesforce does not
//! document the parameter; the form is that of the recorded answers in the tests of salesforcecli/plugin-data
//! (`test/test-files/queryFields.exemplars.ts`). Knows the schema and paths.

use super::super::schema::{Field, Kind, Mark, Object};
use super::path::{Path, Step};
use serde_json::{Value, json};

/// The answer to a query of `object` for `fields`; none of them for `COUNT()`.
pub(super) fn metadata(object: &Object, fields: &[Path<'_>]) -> Value {
    let mut columns: Vec<Value> = Vec::new();
    for path in fields {
        add(&mut columns, &path.steps, path.field);
    }
    let has_id = fields.iter().any(|path| path.steps.is_empty() && path.field.name == "Id");
    json!({
        "columnMetadata": columns,
        "entityName": object.name,
        "groupBy": false,
        "idSelected": has_id,
        "keyPrefix": object.prefix,
    })
}

/// A field, or one reached through references: then below the first of them, which several fields may share.
fn add(columns: &mut Vec<Value>, steps: &[Step<'_>], field: &Field) {
    let Some((step, further)) = steps.split_first() else {
        columns.push(column(field));
        return;
    };
    let same =
        |column: &Value| column["columnName"] == step.relationship.as_str() && !column["foreignKeyName"].is_null();
    let place = columns.iter().position(same).unwrap_or_else(|| {
        columns.push(reference(step));
        columns.len() - 1
    });
    if let Value::Array(joined) = &mut columns[place]["joinColumns"] {
        add(joined, further, field);
    }
}

fn column(field: &Field) -> Value {
    let is_text = !matches!(
        field.kind,
        Kind::Id | Kind::Reference(_) | Kind::Boolean | Kind::Int | Kind::Double | Kind::Date | Kind::DateTime
    );
    json!({
        "aggregate": false,
        "apexType": apex_type(&field.kind),
        "booleanType": matches!(field.kind, Kind::Boolean),
        "columnName": field.name,
        "custom": field.is_custom(),
        "displayName": field.name,
        "foreignKeyName": null,
        "insertable": field.is(Mark::Create),
        "joinColumns": [],
        "numberType": matches!(field.kind, Kind::Int | Kind::Double),
        "textType": is_text,
        "updatable": field.is(Mark::Update),
    })
}

fn reference(step: &Step<'_>) -> Value {
    json!({
        "aggregate": false,
        "apexType": null,
        "booleanType": false,
        "columnName": step.relationship,
        "custom": step.by.is_custom(),
        "displayName": step.relationship,
        "foreignKeyName": step.by.name,
        "insertable": false,
        "joinColumns": [],
        "numberType": false,
        "textType": false,
        "updatable": false,
    })
}

/// The type that a program in Apex would give the value.
fn apex_type(kind: &Kind) -> &'static str {
    match kind {
        Kind::Id | Kind::Reference(_) => "Id",
        Kind::Boolean => "Boolean",
        Kind::Int => "Integer",
        Kind::Double => "Double",
        Kind::Date => "Date",
        Kind::DateTime => "Datetime",
        Kind::Address => "Address",
        _ => "String",
    }
}
