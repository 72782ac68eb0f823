//! Objects as they are written, read.

use super::{Feature, Field, Kind, Mark, Object, Permission, RecordType, Schema, Verb};
use serde::Deserialize;

/// Why a text holds no schema.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// It is no TOML of the form.
    #[error("the objects: {0}")]
    Form(#[from] toml::de::Error),
    /// A field is not understood.
    #[error("the objects: {object}: {row:?} is no field: {why}")]
    Field {
        /// The object.
        object: String,
        /// The field as written.
        row: Vec<String>,
        /// What is wrong.
        why: &'static str,
    },
    /// A reference leads nowhere.
    #[error("the objects: {0} refers to an object that is not there")]
    Dangling(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    object: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    label: Option<String>,
    plural: Option<String>,
    prefix: Option<String>,
    #[serde(default)]
    can: Vec<Verb>,
    #[serde(default)]
    needs: Vec<Permission>,
    feature: Option<Feature>,
    #[serde(default)]
    record_types: Vec<RecordType>,
    fields: Vec<Vec<String>>,
}

impl Schema {
    /// Reads objects. A field is a row of texts: its name, its label, its type with what belongs to it, and its marks.
    ///
    /// Types are written `string 80`, `reference User`, `picklist A|B`, `multipicklist value=Label|Other` and so on. The
    /// marks are those of [`Mark`] in lower case; `edit` is `create update`. What cannot be filtered or sorted by its
    /// type needs no mark.
    pub fn parse(text: &str) -> Result<Self, SchemaError> {
        let file: File = toml::from_str(text)?;
        let mut objects = Vec::with_capacity(file.object.len());
        for entry in file.object {
            let mut fields = Vec::with_capacity(entry.fields.len());
            for row in entry.fields {
                fields.push(field(&row).map_err(|why| {
                    let object = entry.name.clone();
                    SchemaError::Field { object, row, why }
                })?);
            }
            let label = entry.label.unwrap_or_else(|| entry.name.clone());
            objects.push(Object {
                plural: entry.plural.unwrap_or_else(|| format!("{label}s")),
                label,
                name: entry.name,
                prefix: entry.prefix,
                can: entry.can,
                needs: entry.needs,
                feature: entry.feature,
                record_types: entry.record_types,
                fields,
            });
        }
        let places = objects.iter().enumerate().map(|(at, object)| (object.name.to_lowercase(), at)).collect();
        let schema = Self { objects, places };
        schema.check_references()?;
        Ok(schema)
    }

    fn check_references(&self) -> Result<(), SchemaError> {
        for object in &self.objects {
            for field in &object.fields {
                if field.kind.targets().iter().any(|target| self.object(target).is_none()) {
                    return Err(SchemaError::Dangling(format!("{}.{}", object.name, field.name)));
                }
            }
        }
        Ok(())
    }
}

fn field(row: &[String]) -> Result<Field, &'static str> {
    let (name, label, kind, marks) = match row {
        [name, label, kind] => (name, label, kind, ""),
        [name, label, kind, marks] => (name, label, kind, marks.as_str()),
        _ => return Err("a name, a label, a type and maybe marks are wanted"),
    };
    let (kind, length) = Kind::parse(kind)?;
    let mut all = Vec::new();
    for mark in marks.split_whitespace() {
        if mark == "edit" {
            all.extend([Mark::Create, Mark::Update]);
        } else {
            all.push(mark.parse().map_err(|_| "there is no such mark")?);
        }
    }
    Ok(Field { name: name.clone(), label: label.clone(), kind, length, marks: all })
}
