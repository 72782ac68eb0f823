//! What WP Fusion stores on a site besides its connection, and the lists that it makes of an org's answers. Pure.

use super::data::Features;
use super::org::Org;
use super::records::is_deleted;
use crate::sim::schema::{self, Field, Kind, Mark, Object, Verb};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The plugin's options and settings by name, each as JSON, letter by letter: what is put back must be what it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    values: BTreeMap<String, Arc<str>>,
    /// The object type that code on the site puts in the setting's place.
    pub(crate) filter: Option<String>,
}

impl Options {
    /// One as JSON.
    pub(crate) fn json(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|json| &**json)
    }

    /// Stores one, or takes it out.
    pub(crate) fn put(&mut self, name: &str, json: Option<String>) {
        match json {
            Some(json) => self.values.insert(name.to_owned(), json.into()),
            None => self.values.remove(name),
        };
    }

    /// One as a value.
    pub(crate) fn value(&self, name: &str) -> Option<Value> {
        serde_json::from_str(self.json(name)?).ok()
    }

    /// One that is a word.
    pub(crate) fn word(&self, name: &str) -> Option<String> {
        self.value(name)?.as_str().filter(|word| !word.is_empty()).map(str::to_owned)
    }

    /// The object type in effect.
    pub(crate) fn object_type(&self) -> String {
        self.filter.clone().unwrap_or_else(|| self.chosen_object_type())
    }

    /// The object type as the settings have it.
    pub(crate) fn chosen_object_type(&self) -> String {
        self.word("sf_object_type").unwrap_or_else(|| "Contact".to_owned())
    }

    /// The segment type in effect.
    pub(crate) fn segment_type(&self) -> String {
        self.word("sf_tag_type").unwrap_or_else(|| "Topics".to_owned())
    }

    /// The rows of a list, or of a list of lists; none for a list that was never stored.
    pub(crate) fn count(&self, name: &str) -> Option<usize> {
        let stored = self.value(name)?;
        let len = |value: &Value| {
            value.as_object().map_or_else(|| value.as_array().map_or(0, Vec::len), serde_json::Map::len)
        };
        let nested = |value: &Value| value.is_object() || value.is_array();
        let rows = stored.as_object().filter(|rows| !rows.is_empty() && rows.values().all(nested));
        Some(rows.map_or_else(|| len(&stored), |rows| rows.values().map(len).sum()))
    }

    /// What a site has that was set up a while ago: since then its org has gained a field and a topic, lost one of each, given
    /// others another label, and made one field read-only.
    pub(crate) fn of_old_times(org: &Org) -> Self {
        let mut options = Self::default();
        options.put("connection_configured", Some("true".to_owned()));
        for list in [List::Objects, List::Segments, List::Fields, List::RecordTypes] {
            let mut made = made(list, org, &options).unwrap_or_default();
            match list {
                List::Fields => made.forget_what_is_new_of_fields(),
                List::Segments => made.forget_what_is_new_of_topics(),
                List::Objects | List::RecordTypes => {}
            }
            made.store(list, &mut options);
        }
        options
    }
}

/// One of the plugin's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum List {
    /// Objects that can be chosen.
    Objects,
    /// Topics, tags, the values of a picklist.
    Segments,
    /// The object's fields.
    Fields,
    /// The object's record types.
    RecordTypes,
}

impl List {
    /// The option that it is stored in.
    pub(crate) fn option(self) -> &'static str {
        match self {
            Self::Objects => "wpf_salesforce_objects",
            Self::Segments => "wpf_available_tags",
            Self::Fields => "wpf_crm_fields",
            Self::RecordTypes => "wpf_salesforce_record_types",
        }
    }
}

/// What the plugin makes of an answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Made {
    /// Ids or API names, and labels.
    pub(crate) rows: Vec<(String, String)>,
    read_only: Vec<String>,
    required: Vec<String>,
}

impl Made {
    fn forget_what_is_new_of_fields(&mut self) {
        self.rows.retain(|(name, _)| name != "Points__c");
        self.rows.push(("Fax".to_owned(), "Fax".to_owned()));
        self.relabel("MobilePhone", "Mobile Phone");
        self.relabel("MailingAddress", "Mailing Address (compound field)");
        self.read_only.retain(|name| name != "MailingAddress");
    }

    fn forget_what_is_new_of_topics(&mut self) {
        let Some((newest, _)) = self.rows.pop() else { return };
        if let Some(renamed) = self.rows.iter_mut().find(|(_, label)| label == "Newsletter (old)") {
            "Newsletter 2019".clone_into(&mut renamed.1);
        }
        // An id of the same org that no topic has any more.
        let gone: String = newest.chars().take(10).chain("0000zzOB".chars()).collect();
        self.rows.push((gone, "Volunteers".to_owned()));
    }

    fn relabel(&mut self, name: &str, former: &str) {
        if let Some(row) = self.rows.iter_mut().find(|(found, _)| found == name) {
            former.clone_into(&mut row.1);
        }
    }

    /// Stores the list, and of fields what goes with them.
    pub(crate) fn store(&self, list: List, options: &mut Options) {
        if list == List::Fields {
            let (custom, standard): (Vec<_>, Vec<_>) = self.rows.iter().partition(|(name, _)| name.ends_with("__c"));
            let groups = format!(
                r#"{{"Standard Fields":{},"Custom Fields":{}}}"#,
                object(standard.into_iter()),
                object(custom.into_iter())
            );
            options.put(list.option(), Some(groups));
            options.put("read_only_fields", Some(json!(self.read_only).to_string()));
            options.put("required_fields", Some(json!(self.required).to_string()));
        } else {
            options.put(list.option(), Some(object(self.rows.iter())));
        }
    }
}

/// Why there is no list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotMade {
    /// There is nothing of the kind: what was stored stays.
    Nothing(String),
    /// Salesforce refused, or the plugin did.
    Wrong(String),
}

/// What the plugin makes of the org's answer, with the settings of `options`.
pub(crate) fn made(list: List, org: &Org, options: &Options) -> Result<Made, NotMade> {
    let object = || {
        let name = options.object_type();
        let shown = schema::of_orgs().object(&name).filter(|object| shows(object, org.data.features));
        let missing = "Not Found - The requested resource does not exist".to_owned();
        shown.filter(|object| object.name == name).ok_or(NotMade::Wrong(missing))
    };
    match list {
        List::Objects => Ok(objects(org)),
        List::Fields => Ok(fields(object()?)),
        List::RecordTypes => {
            let offered = object()?.record_types.iter().filter(|kind| kind.available);
            Ok(plain(offered.map(|kind| (kind.id.clone(), kind.name.clone()))))
        }
        List::Segments => match options.segment_type().as_str() {
            "Picklist" => picklist(object()?, options.word("sf_tag_picklist").as_deref().unwrap_or_default()),
            "Topics" => tags(org, "Topic"),
            _ => tags(org, "TagDefinition"),
        },
    }
}

fn objects(org: &Org) -> Made {
    let offered = schema::of_orgs().objects().iter().filter(|object| shows(object, org.data.features));
    let offered =
        offered.filter(|object| [Verb::Create, Verb::Update, Verb::Search].iter().all(|verb| object.can(*verb)));
    plain(offered.map(|object| (object.name.clone(), object.plural.clone())))
}

fn fields(object: &Object) -> Made {
    let is_read_only = |field: &&Field| !field.is(Mark::Update);
    let label = |field: &Field| {
        let read_only = if field.is(Mark::Update) { "" } else { " (read only)" };
        let compound = if field.kind == Kind::Address { " (compound field)" } else { "" };
        format!("{}{read_only}{compound}", field.label)
    };
    let mut rows: Vec<(String, String)> =
        object.fields.iter().map(|field| (field.name.clone(), label(field))).collect();
    rows.sort_by(|one, other| one.1.cmp(&other.1));
    let names = |fields: Vec<&Field>| fields.into_iter().map(|field| field.name.clone()).collect();
    Made {
        rows,
        read_only: names(object.fields.iter().filter(is_read_only).collect()),
        required: names(object.fields.iter().filter(|field| is_required(field)).collect()),
    }
}

/// Must be given when a record is made.
pub(crate) fn is_required(field: &Field) -> bool {
    field.is(Mark::Create) && !field.is(Mark::Nil) && !field.is(Mark::Defaulted)
}

fn picklist(object: &Object, name: &str) -> Result<Made, NotMade> {
    let Some(field) = object.fields.iter().find(|field| field.name == name) else {
        let why = format!("The object has no field {name}, or the field has no values.");
        return Err(NotMade::Nothing(why));
    };
    let Kind::MultiPicklist(choices) = &field.kind else {
        return Err(NotMade::Wrong(format!("The selected field {name} is not a multipicklist field.")));
    };
    Ok(plain(choices.iter().map(|choice| (choice.label.clone(), choice.label.clone()))))
}

fn tags(org: &Org, name: &str) -> Result<Made, NotMade> {
    let object = schema::of_orgs().object(name).filter(|object| shows(object, org.data.features));
    let Some(object) = object else {
        let why = "The org has no segments of this kind, or they are switched off there.";
        return Err(NotMade::Nothing(why.to_owned()));
    };
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let records = org.data.records.of(object).iter().filter(|record| !is_deleted(record));
    Ok(plain(records.map(|record| (text(record.get("Id")), text(record.get("Name"))))))
}

/// Whether the object exists for a user without permissions of an administrator's.
pub(crate) fn shows(object: &Object, features: Features) -> bool {
    object.needs.is_empty() && object.feature.is_none_or(|feature| features.has(feature))
}

fn plain(rows: impl Iterator<Item = (String, String)>) -> Made {
    Made { rows: rows.collect(), ..Made::default() }
}

/// A JSON object with its keys in this order; PHP writes an empty one as a list.
fn object<'a>(rows: impl Iterator<Item = &'a (String, String)>) -> String {
    let rows: Vec<String> = rows.map(|(key, value)| format!("{}:{}", json!(key), json!(value))).collect();
    if rows.is_empty() { "[]".to_owned() } else { format!("{{{}}}", rows.join(",")) }
}
