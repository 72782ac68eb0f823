//! What objects there are and what they are made of, from the schema; unchanged since a moment that the client names,
//! it is 304 without a body.

use super::super::schema::{Choice, Field, Kind, Mark, Object, Verb};
use super::super::soql::Tables;
use super::answer::{Answer, Call, Request};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

/// The record type that everybody has.
const MASTER: &str = "012000000000000AAA";

/// `/sobjects/`.
pub(super) fn global(call: &Call<'_>, request: &Request<'_>) -> Answer {
    conditional(call, request, || {
        let objects: Vec<Value> = call.view().objects().map(|object| told(object, request.version)).collect();
        json!({ "encoding": "UTF-8", "maxBatchSize": 200, "sobjects": objects })
    })
}

/// `/sobjects/X/`.
pub(super) fn basic(call: &Call<'_>, request: &Request<'_>, name: &str) -> Answer {
    let view = call.view();
    let Some(object) = view.object(name) else { return Answer::not_found() };
    Answer::new(200, json!({ "objectDescribe": told(object, request.version), "recentItems": [] }))
}

/// `/sobjects/X/describe/`.
pub(super) fn object(call: &Call<'_>, request: &Request<'_>, name: &str) -> Answer {
    let view = call.view();
    let Some(object) = view.object(name) else { return Answer::not_found() };
    conditional(call, request, || {
        let mut whole = told(object, request.version);
        whole["fields"] = object.fields.iter().filter(|field| view.sees(field)).map(field).collect();
        whole["recordTypeInfos"] = record_types(object, request.version);
        whole["childRelationships"] = view.objects().flat_map(|child| children(object, child)).collect();
        for empty in ["actionOverrides", "namedLayoutInfos"] {
            whole[empty] = json!([]);
        }
        whole["supportedScopes"] = json!([{ "label": format!("All {}", object.plural), "name": "everything" }]);
        for absent in ["defaultImplementation", "extendedBy", "extendsInterfaces", "implementedBy"] {
            whole[absent] = Value::Null;
        }
        for absent in ["implementsInterfaces", "listviewable", "lookupLayoutable", "networkScopeFieldName"] {
            whole[absent] = Value::Null;
        }
        whole["compactLayoutable"] = json!(object.can(Verb::Search));
        whole["searchLayoutable"] = json!(object.can(Verb::Search));
        whole["sobjectDescribeOption"] = json!("FULL");
        whole
    })
}

/// Nothing, where nothing changed since the moment that the client names.
fn conditional(call: &Call<'_>, request: &Request<'_>, body: impl FnOnce() -> Value) -> Answer {
    let changed = call.org().data.described_at;
    let since = request.since.and_then(|text| DateTime::parse_from_rfc2822(text.trim()).ok());
    let answer = match since {
        Some(since) if changed <= since.with_timezone(&Utc) => Answer::empty(304),
        _ => Answer::new(200, body()),
    };
    Answer { last_modified: Some(changed), ..answer }
}

/// What describe global says of an object.
fn told(object: &Object, version: &str) -> Value {
    let path = format!("/services/data/{version}/sobjects/{}", object.name);
    let changes = object.can(Verb::Create);
    let mut urls =
        json!({ "sobject": path, "describe": format!("{path}/describe"), "rowTemplate": format!("{path}/{{ID}}") });
    if object.can(Verb::Search) {
        urls["layouts"] = json!(format!("{path}/describe/layouts"));
    }
    json!({
        "activateable": false, "associateEntityType": null, "associateParentEntity": null, "createable": changes,
        "custom": object.is_custom(), "customSetting": false, "deepCloneable": false, "deletable": object.can(Verb::Delete),
        "deprecatedAndHidden": false, "feedEnabled": false, "hasSubtypes": false, "isInterface": false, "isSubtype": false,
        "keyPrefix": object.prefix, "label": object.label, "labelPlural": object.plural, "layoutable": object.can(Verb::Search),
        "mergeable": matches!(object.name.as_str(), "Account" | "Contact" | "Lead"), "mruEnabled": object.can(Verb::Search),
        "name": object.name, "queryable": true, "replicateable": changes, "retrieveable": object.can(Verb::Retrieve),
        "searchable": object.can(Verb::Search), "triggerable": changes, "undeletable": object.field("IsDeleted").is_some(),
        "updateable": object.can(Verb::Update), "urls": urls,
    })
}

fn field(field: &Field) -> Value {
    let reference = !field.kind.targets().is_empty();
    let mut told = json!({
        "aggregatable": field.is_filterable(), "aiPredictionField": false, "autoNumber": false,
        "byteLength": field.length * 3, "calculated": field.is(Mark::Calculated), "calculatedFormula": null,
        "cascadeDelete": false, "caseSensitive": false, "compoundFieldName": null, "controllerName": null,
        "createable": field.is(Mark::Create), "custom": field.is_custom(), "defaultValue": null,
        "defaultValueFormula": null, "defaultedOnCreate": field.is(Mark::Defaulted), "dependentPicklist": false,
        "deprecatedAndHidden": false, "digits": if field.kind == Kind::Int { 9 } else { 0 },
        "displayLocationInDecimal": false, "encrypted": false, "externalId": false, "extraTypeInfo": null,
        "filterable": field.is_filterable(), "filteredLookupInfo": null, "formulaTreatNullNumberAsZero": false,
        "groupable": field.kind.is_groupable(), "highScaleNumber": false, "htmlFormatted": false,
        "idLookup": field.kind == Kind::Id || field.is(Mark::IdLookup), "inlineHelpText": null, "label": field.label,
        "length": field.length, "mask": null, "maskType": null, "name": field.name, "nameField": field.is(Mark::Name),
    });
    let rest = json!({
        "namePointing": field.kind.targets().len() > 1, "nillable": field.is(Mark::Nil),
        "permissionable": field.is(Mark::Nil) && field.is(Mark::Update),
        "picklistValues": field.kind.choices().iter().map(choice).collect::<Vec<_>>(),
        "polymorphicForeignKey": field.kind.targets().len() > 1, "precision": if field.kind == Kind::Double { 18 } else { 0 },
        "queryByDistance": false, "referenceTargetField": null, "referenceTo": field.kind.targets(),
        "relationshipName": field.relationship(), "relationshipOrder": null, "restrictedDelete": false,
        "restrictedPicklist": field.is(Mark::Restricted), "scale": 0, "searchPrefilterable": reference,
        "soapType": field.kind.soap_name(), "sortable": field.is_sortable(), "type": field.kind.name(),
        "unique": field.is(Mark::Unique), "updateable": field.is(Mark::Update), "writeRequiresMasterRead": false,
    });
    if let (Value::Object(told), Value::Object(rest)) = (&mut told, rest) {
        told.extend(rest);
    }
    told
}

fn choice(choice: &Choice) -> Value {
    json!({
        "active": true, "defaultValue": false, "label": choice.label, "validFor": null, "value": choice.value,
    })
}

/// The record types, the master last. Objects that have none have the master alone.
fn record_types(object: &Object, version: &str) -> Value {
    if !object.can(Verb::Search) {
        return json!([]);
    }
    let row = |id: &str, name: &str, available: bool, default: bool| {
        let layout = format!("/services/data/{version}/sobjects/{}/describe/layouts/{id}", object.name);
        json!({
            "active": true, "available": available, "defaultRecordTypeMapping": default, "developerName": name,
            "master": id == MASTER, "name": name, "recordTypeId": id, "urls": { "layout": layout },
        })
    };
    let own = object.record_types.iter().enumerate().map(|(n, kind)| row(&kind.id, &kind.name, kind.available, n == 0));
    own.chain([row(MASTER, "Master", true, object.record_types.is_empty())]).collect()
}

/// The relationships by which records of `child` belong to those of `object`.
fn children<'a>(object: &'a Object, child: &'a Object) -> impl Iterator<Item = Value> + 'a {
    let leads_here = |field: &&Field| field.kind.targets().contains(&object.name);
    child.fields.iter().filter(leads_here).map(|field| {
        let name = field.is(Mark::Create).then(|| child.plural.replace(' ', ""));
        json!({
            "cascadeDelete": false, "childSObject": child.name, "deprecatedAndHidden": false, "field": field.name,
            "junctionIdListNames": [], "junctionReferenceTo": [], "relationshipName": name, "restrictedDelete": false,
        })
    })
}
