//! What an object is made of, as fusebox's own user sees it: asked for on the condition that it changed since it was known.
//! Uses `model` alone.

use crate::model::fields::{Choice, Description, Field, FieldMore};
use crate::model::{Clean, OrgId, UserId};
use crate::salesforce::api::Api;
use crate::salesforce::error::{Error, Kind};
use crate::salesforce::http::header_text;
use crate::salesforce::redact::Redactor;
use crate::salesforce::{API_VERSION, refusals};
use oauth2::http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};

/// An object with what it takes to ask for it again only where it changed. May be kept in a file: it holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Described {
    /// The object.
    pub description: Description,
    /// `Last-Modified`, word for word as it came; none where the org told none.
    pub last_modified: Option<String>,
    /// Who saw it so, where the sign-in told: another user may see other fields, and a refreshed sandbox is another org.
    pub identity: Option<(OrgId, UserId)>,
    /// The version of the REST API that told it.
    pub api_version: String,
}

impl Described {
    /// The condition for asking again: none where what is known is of another object, user, org or version of the API.
    fn since(&self, object: &str, identity: Option<&(OrgId, UserId)>) -> Option<HeaderValue> {
        let same = self.description.object.as_str().eq_ignore_ascii_case(object)
            && identity.is_some()
            && self.identity.as_ref() == identity
            && self.api_version == API_VERSION;
        // What no header may hold was never one's value.
        HeaderValue::from_str(self.last_modified.as_deref().filter(|_| same)?).ok()
    }
}

/// Asks; none where nothing changed since it was `known`.
pub(super) async fn describe(
    api: &mut Api<'_>,
    object: &str,
    known: Option<&Described>,
) -> Result<Option<Described>, Error> {
    let identity = api.session.identity.clone();
    let since = known.and_then(|known| known.since(object, identity.as_ref()));
    let path = format!("/services/data/{API_VERSION}/sobjects/{object}/describe");
    let answer = api.changed_since(&path, since.as_ref()).await;
    let answer = answer.map_err(|error| named(error, object, api.redactor))?;
    if answer.status() == StatusCode::NOT_MODIFIED {
        return Ok(None);
    }
    let last_modified = header_text(answer.headers(), &header::LAST_MODIFIED).map(str::to_owned);
    let description = read(answer.body(), object, api.redactor)?;
    Ok(Some(Described { description, last_modified, identity, api_version: API_VERSION.to_owned() }))
}

/// The same error with the object's name, where it is about the object.
fn named(error: Error, object: &str, redactor: &Redactor) -> Error {
    let text = error.text();
    match error.kind() {
        // A page of somebody else's with 404 tells of the address, and nothing of the object.
        Kind::NotFound if text.as_str().starts_with("NOT_FOUND") => {
            Error::new(Kind::NoObject, redactor.redact(format!("there is no object {object} ({text})")))
        }
        kind @ (Kind::TooLarge | Kind::InsufficientAccess | Kind::InvalidType) => {
            Error::new(kind, redactor.redact(format!("object {object}: {text}")))
        }
        _ => error,
    }
}

/// Reads an answer as `object`.
pub(super) fn read(body: &[u8], object: &str, redactor: &Redactor) -> Result<Description, Error> {
    let told: ObjectTold = serde_json::from_slice(body)
        .map_err(|_| refusals::no_answer(&format!("the fields of {object} were expected"), body, redactor))?;
    if !told.name.as_str().eq_ignore_ascii_case(object) {
        return Err(refusals::no_answer(&format!("{object} was asked for, and another answers"), body, redactor));
    }
    Ok(Description { object: told.name, fields: told.fields.into_iter().map(Field::from).collect() })
}

#[derive(Deserialize)]
struct ObjectTold {
    name: Clean,
    fields: Vec<FieldTold>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "as Salesforce tells them")]
struct FieldTold {
    name: Clean,
    label: Clean,
    #[serde(rename = "type")]
    kind: Clean,
    #[serde(default)]
    length: u32,
    #[serde(default)]
    custom: bool,
    createable: bool,
    updateable: bool,
    nillable: bool,
    defaulted_on_create: bool,
    #[serde(default)]
    picklist_values: Option<Vec<ChoiceTold>>,
}

#[derive(Deserialize)]
struct ChoiceTold {
    value: Clean,
    label: Option<Clean>,
    active: bool,
}

impl From<FieldTold> for Field {
    fn from(told: FieldTold) -> Self {
        let choices = told.picklist_values.unwrap_or_default().into_iter().map(Choice::from).collect();
        Self {
            name: told.name,
            label: told.label,
            kind: told.kind,
            createable: told.createable,
            updateable: told.updateable,
            required: told.createable && !told.nillable && !told.defaulted_on_create,
            more: Some(FieldMore {
                length: told.length,
                custom: told.custom,
                nillable: told.nillable,
                defaulted_on_create: told.defaulted_on_create,
                choices,
            }),
        }
    }
}

impl From<ChoiceTold> for Choice {
    /// A value without a label is read as it is written.
    fn from(told: ChoiceTold) -> Self {
        Self { label: told.label.unwrap_or_else(|| told.value.clone()), value: told.value, active: told.active }
    }
}
