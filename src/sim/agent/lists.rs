//! What the plugin offers and what it stored at its last refresh, as the agent tells it.

use crate::sim::world::plugin::{List, Options};
use serde_json::{Value, json};

pub(super) fn choices(options: &Options) -> Value {
    let types =
        [("Topics", "Topics"), ("Picklist", "Picklist"), ("Personal", "Personal tags"), ("Public", "Public tags")];
    let types: Vec<Value> = types.iter().map(|(name, label)| json!({ "name": name, "label": label })).collect();
    json!({
        "object_types": pairs(options, List::Objects, "name", "label"),
        "object_type": {
            "stored": options.word("sf_object_type"), "effective": options.object_type(),
            "overridden": options.object_type() != options.chosen_object_type(),
        },
        "segment_types": types,
        "segment_type": { "stored": options.word("sf_tag_type"), "picklist": options.word("sf_tag_picklist") },
        "record_types": pairs(options, List::RecordTypes, "id", "name"),
        "record_type": options.word("sf_record_type"),
        "left_out": { "object_types": 0, "record_types": 0 },
    })
}

pub(super) fn lists(options: &Options) -> Value {
    json!({
        "object_type": options.object_type(),
        "segment_type": options.segment_type(),
        "segments": pairs(options, List::Segments, "id", "label"),
        "fields": fields(options),
        "record_types": pairs(options, List::RecordTypes, "id", "name"),
        "object_types": pairs(options, List::Objects, "name", "label"),
        "left_out": { "segments": 0, "fields": 0, "record_types": 0, "object_types": 0 },
    })
}

/// A stored list as rows; null where none is stored.
fn pairs(options: &Options, list: List, key: &str, label: &str) -> Option<Vec<Value>> {
    let stored = options.value(list.option())?;
    let rows = stored.as_object().into_iter().flatten();
    Some(rows.map(|(id, text)| json!({ key: id, label: text })).collect())
}

fn fields(options: &Options) -> Option<Vec<Value>> {
    let stored = options.value(List::Fields.option())?;
    let words = |name: &str| options.value(name).and_then(|words| words.as_array().cloned()).unwrap_or_default();
    let (read_only, required) = (words("read_only_fields"), words("required_fields"));
    let groups = stored.as_object().into_iter().flatten();
    let rows = groups.flat_map(|(group, fields)| {
        let (read_only, required) = (&read_only, &required);
        fields.as_object().into_iter().flatten().map(move |(name, label)| {
            let name = json!(name);
            json!({
                "label": label, "custom": group == "Custom Fields", "read_only": read_only.contains(&name),
                "required": required.contains(&name), "name": name,
            })
        })
    });
    Some(rows.collect())
}
