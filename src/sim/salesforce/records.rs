//! One record: read, made, changed, taken away. Every user here may write what the schema lets be written.

use super::super::ask::parameter;
use super::super::schema::{self, Field, Mark, Object, Verb};
use super::super::soql::{self, Row, Tables};
use super::super::world::records::{self, MOST};
use super::answer::{Answer, Call, Request};
use super::tables::events::session_id;
use super::values;
use serde_json::{Map, Value, json};

/// `GET /sobjects/X/ID`, with `fields=A,B` or all.
pub(super) fn retrieve(call: &Call<'_>, request: &Request<'_>, name: &str, id: &str) -> Answer {
    let view = call.view();
    let Some(object) = view.object(name).filter(|object| object.can(Verb::Retrieve)) else {
        return Answer::not_found();
    };
    let Some(row) = view.row(object, id) else { return missing(call, object, id) };
    let wanted = parameter(request.query.as_bytes(), "fields");
    let mut record = Map::new();
    record.insert("attributes".to_owned(), soql::attributes(object, &row, request.version));
    let mut put = |field: &Field| {
        record.insert(field.name.clone(), row.get(&field.name).cloned().unwrap_or_default());
    };
    match wanted {
        None => object.fields.iter().filter(|field| view.sees(field)).for_each(put),
        Some(names) => {
            for name in names.split(',') {
                match object.field(name.trim()).filter(|field| view.sees(field)) {
                    Some(field) => put(field),
                    None => return unknown_field(object, name.trim()),
                }
            }
        }
    }
    Answer::new(200, Value::Object(record))
}

/// `POST /sobjects/X/`.
pub(super) fn create(call: &mut Call<'_>, request: &Request<'_>, name: &str) -> Answer {
    let Some(object) = seen(call, name) else { return Answer::not_found() };
    if !object.can(Verb::Create) {
        let message = format!("entity type cannot be inserted: {}", object.label);
        return Answer::refused(400, "INVALID_TYPE_FOR_OPERATION", &message);
    }
    let mut record = match read(call, object, request.body, Mark::Create) {
        Ok(record) => record,
        Err(refusal) => return refusal,
    };
    record.retain(|_, value| !value.is_null());
    if let Err(refusal) = complete(call, object, &mut record) {
        return refusal;
    }
    if call.org().data.records.of(object).len() >= MOST {
        return Answer::refused(400, "STORAGE_LIMIT_EXCEEDED", "storage limit exceeded");
    }
    let id = add(call, object, record);
    let location = format!("/services/data/{}/sobjects/{}/{id}", request.version, object.name);
    let answer = Answer::new(201, json!({ "id": id, "success": true, "errors": [] }));
    Answer { location: Some(location), ..answer }
}

/// `PATCH /sobjects/X/ID`.
pub(super) fn update(call: &mut Call<'_>, request: &Request<'_>, name: &str, id: &str) -> Answer {
    let Some(object) = seen(call, name) else { return Answer::not_found() };
    if !object.can(Verb::Update) {
        let message = format!("entity type cannot be updated: {}", object.label);
        return Answer::refused(400, "INVALID_TYPE_FOR_OPERATION", &message);
    }
    if call.org().data.records.find(object, id).is_none() {
        return missing(call, object, id);
    }
    let changes = match read(call, object, request.body, Mark::Update) {
        Ok(changes) => changes,
        Err(refusal) => return refusal,
    };
    let emptied: Vec<&str> = object
        .fields
        .iter()
        .filter(|field| is_required(field) && changes.get(&field.name).is_some_and(values::is_empty))
        .map(|field| field.name.as_str())
        .collect();
    if !emptied.is_empty() {
        return required(&emptied);
    }
    let now = call.now;
    if let Some(record) = call.org_mut().data.records.find_mut(object, id) {
        record.extend(changes);
        if object.field("LastModifiedDate").is_some() {
            record.insert("LastModifiedDate".to_owned(), json!(records::time(now)));
        }
        records::name_it(object, record);
    }
    Answer::empty(204)
}

/// `DELETE /sobjects/X/ID`.
pub(super) fn delete(call: &mut Call<'_>, name: &str, id: &str) -> Answer {
    let Some(object) = seen(call, name) else { return Answer::not_found() };
    if !object.can(Verb::Delete) {
        let message = format!("entity type cannot be deleted: {}", object.label);
        return Answer::refused(400, "INVALID_TYPE_FOR_OPERATION", &message);
    }
    let gone = match object.name.as_str() {
        "AuthSession" => end_session(call, id),
        _ => call.org_mut().data.records.delete(object, id),
    };
    if gone {
        return Answer::empty(204);
    }
    missing(call, object, id)
}

/// Ends a session; the approval that it came from lives on.
fn end_session(call: &mut Call<'_>, id: &str) -> bool {
    let place = call.org();
    let is_it = |access: &&String| session_id(place, access).get(..15) == id.get(..15);
    let Some(access) = place.sessions.keys().find(is_it).cloned() else { return false };
    call.org_mut().sessions.remove(&access).is_some()
}

/// The object, if the caller sees it.
fn seen(call: &Call<'_>, name: &str) -> Option<&'static Object> {
    let is_seen = call.view().object(name).is_some();
    schema::of_orgs().object(name).filter(|_| is_seen)
}

/// Why there is no record with this id.
fn missing(call: &Call<'_>, object: &Object, id: &str) -> Answer {
    let is_id = matches!(id.len(), 15 | 18) && id.bytes().all(|b| b.is_ascii_alphanumeric());
    let own = object.prefix.as_ref().is_some_and(|prefix| id.starts_with(prefix.as_str()));
    if !is_id || !own {
        let message = format!("{} ID: id value of incorrect type: {id}", object.label);
        return Answer::refused_for("MALFORMED_ID", &message, &["Id"]);
    }
    let names_it = |row: &Row| row.get("Id").and_then(Value::as_str).is_some_and(|own| own.get(..15) == id.get(..15));
    if call.org().data.records.of(object).iter().any(names_it) {
        return Answer::refused(404, "ENTITY_IS_DELETED", "entity is deleted");
    }
    Answer::not_found()
}

/// The body of a request as values of the object's fields.
fn read(call: &Call<'_>, object: &Object, body: &[u8], mark: Mark) -> Result<Row, Answer> {
    let given: Map<String, Value> = serde_json::from_slice(body).map_err(|error| {
        Answer::refused(400, "JSON_PARSER_ERROR", &format!("The HTTP entity body is no object: {error}"))
    })?;
    let mut record = Row::new();
    for (name, value) in given {
        if name.eq_ignore_ascii_case("attributes") {
            continue;
        }
        let field = object.field(&name).ok_or_else(|| unknown_field(object, &name))?;
        if !field.is(mark) {
            let message = format!(
                "Unable to create/update fields: {}. Please check the security settings of this field and verify that it \
                 is read/write for your profile or permission set.",
                field.name
            );
            return Err(Answer::refused_for("INVALID_FIELD_FOR_INSERT_UPDATE", &message, &[&field.name]));
        }
        let value = values::taken(field, &value)?;
        refers(call, field, &value)?;
        record.insert(field.name.clone(), value);
    }
    Ok(record)
}

/// Whether a reference leads to a record that is there.
fn refers(call: &Call<'_>, field: &Field, value: &Value) -> Result<(), Answer> {
    let (targets, Some(id)) = (field.kind.targets(), value.as_str()) else { return Ok(()) };
    let view = call.view();
    let found = targets.iter().filter_map(|target| view.object(target)).any(|target| view.row(target, id).is_some());
    if targets.is_empty() || found {
        return Ok(());
    }
    Err(Answer::refused_for("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", &[&field.name]))
}

/// What a new record must have, and what follows from what it has.
fn complete(call: &mut Call<'_>, object: &Object, record: &mut Row) -> Result<(), Answer> {
    let lacks = |field: &&Field| is_required(field) && record.get(&field.name).is_none_or(values::is_empty);
    let missing: Vec<&str> = object.fields.iter().filter(lacks).map(|field| field.name.as_str()).collect();
    if !missing.is_empty() {
        return Err(required(&missing));
    }
    let held = |record: &Row, field: &str| record.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    match object.name.as_str() {
        "TopicAssignment" => {
            let (topic, entity) = (held(record, "TopicId"), held(record, "EntityId"));
            let same = |other: &Row| {
                held(other, "TopicId").get(..15) == topic.get(..15)
                    && held(other, "EntityId").get(..15) == entity.get(..15)
            };
            if let Some(other) = call.org().data.records.of(object).iter().find(|other| same(other)) {
                return Err(duplicate(other));
            }
            let prefix = entity.get(..3).unwrap_or_default();
            let of = schema::of_orgs().objects().iter().find(|object| object.prefix.as_deref() == Some(prefix));
            record.insert("EntityKeyPrefix".to_owned(), json!(prefix));
            record.insert("EntityType".to_owned(), json!(of.map(|object| object.name.clone())));
        }
        "ContactTag" => {
            let (item, name, kind) = (held(record, "ItemId"), held(record, "Name"), held(record, "Type"));
            let definition = definition(call, &name, &kind);
            let same = |other: &Row| {
                !records::is_deleted(other)
                    && held(other, "ItemId").get(..15) == item.get(..15)
                    && held(other, "TagDefinitionId") == definition
            };
            if let Some(other) = call.org().data.records.of(object).iter().find(|other| same(other)) {
                return Err(duplicate(other));
            }
            record.insert("TagDefinitionId".to_owned(), json!(definition));
        }
        "Lead" if !record.contains_key("Status") => {
            record.insert("Status".to_owned(), json!("Open - Not Contacted"));
        }
        _ => {}
    }
    Ok(())
}

/// The tag of this name: a new name makes a new tag.
fn definition(call: &mut Call<'_>, name: &str, kind: &str) -> String {
    let Some(object) = schema::of_orgs().object("TagDefinition") else { return String::new() };
    let text = |row: &Row, field: &str| row.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let is_it = |row: &&Row| text(row, "Name").eq_ignore_ascii_case(name) && text(row, "Type") == kind;
    let known = call.org().data.records.of(object).iter().find(is_it).map(|row| text(row, "Id"));
    known.unwrap_or_else(|| {
        let record = Row::from_iter([("Name".to_owned(), json!(name)), ("Type".to_owned(), json!(kind))]);
        add(call, object, record)
    })
}

fn add(call: &mut Call<'_>, object: &Object, record: Row) -> String {
    let (now, user) = (call.now, call.caller.user);
    let place = call.org_mut();
    let owner = place.users[user].id.to_string();
    let id = place.id.clone();
    place.data.records.add(&id, object, record, &owner, now)
}

fn is_required(field: &Field) -> bool {
    field.is(Mark::Create) && !field.is(Mark::Nil) && !field.is(Mark::Defaulted)
}

fn required(fields: &[&str]) -> Answer {
    let message = format!("Required fields are missing: [{}]", fields.join(", "));
    Answer::refused_for("REQUIRED_FIELD_MISSING", &message, fields)
}

/// The text is (confirmed); that tags and topics given twice are told so is (from memory).
fn duplicate(other: &Row) -> Answer {
    let id = other.get("Id").and_then(Value::as_str).unwrap_or_default();
    let message = format!("duplicate value found: <unknown> duplicates value on record with id: {id}");
    Answer::refused_for("DUPLICATE_VALUE", &message, &[])
}

fn unknown_field(object: &Object, name: &str) -> Answer {
    Answer::refused(400, "INVALID_FIELD", &format!("No such column '{name}' on sobject of type {}", object.name))
}
