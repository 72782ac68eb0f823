//! What is asked before: the site's mapping, both objects, and what its settings page offers. Of the class look: refresh withheld.

use crate::backend::{FieldsOf, Polling};
use crate::cli::Exit;
use crate::cli::context::{Context, parts};
use crate::cli::known::Known;
use crate::cli::report::Failure;
use crate::cli::signals::Signals;
use crate::diagnosis::{Proposed, object_type_check};
use crate::model::choices::Choices;
use crate::model::object_type::ObjectTypeCheck;
use crate::model::{self, Clean, SiteName};
use crate::operations::fields::{By, FieldsError, Read};
use crate::store::StoreHandle;

/// Segments are topics where nobody chose.
const TOPICS: &str = "Topics";

/// What was told.
pub(in crate::cli) struct Looked {
    pub(in crate::cli) there: Read,
    pub(in crate::cli) choices: Result<Choices, model::Failure>,
    pub(in crate::cli) check: ObjectTypeCheck,
    /// Why the present object is described by nobody, if so.
    pub(in crate::cli) silent: Option<String>,
}

/// What was asked, in the order in which it was.
struct Asked {
    choices: Result<Result<Choices, model::Failure>, FieldsError>,
    there: Result<Read, FieldsError>,
    here: Result<Read, FieldsError>,
}

/// Asks the site, and fusebox's own user where it can not tell. The inner error: a signal ended it.
pub(super) async fn look(
    context: &Context,
    known: &Known,
    site: &SiteName,
    object: &str,
    signals: &mut Signals,
) -> Result<Result<Looked, Exit>, Failure> {
    let store = context.store()?;
    // The other object first: what is kept of the site at the end is the present one.
    let other = fields_of(context, &store, site, Some(object.to_owned())).await?;
    let present = fields_of(context, &store, site, None).await?;
    let read = async {
        let choices = present.choices().await?;
        Ok::<_, Failure>(Asked { choices, there: other.read().await?, here: present.read().await? })
    };
    let asked = tokio::select! {
        asked = read => Ok(asked),
        signal = signals.ended() => Err(signal),
    };
    if asked.is_err() {
        // All take the same leases, and one of them has them.
        present.release().await;
        other.release().await;
    }
    // What was written is safe whether or not the file could be tidied.
    let _ = store.close().await;
    let Asked { choices, there, here } = match asked {
        Ok(asked) => asked?,
        Err(signal) => return Ok(Err(signal)),
    };
    let choices = choices.map_err(|error| failure(&error))?;
    let there = there.map_err(|error| failure(&error))?;
    let (here, silent) = match here {
        Ok(here) => (Some(here), None),
        Err(error) => (None, Some(error.to_string())),
    };
    let detail = known.reading.detail(site, known.now);
    let last = detail.and_then(|detail| detail.status).and_then(|status| status.value.segment_type);
    let told = choices.as_ref().ok();
    let segments = told.map_or(last, |told| Some(told.segment_type.stored.clone().unwrap_or_else(|| TOPICS.into())));
    let record_type = told.map(|told| {
        let chosen = told.record_type.as_ref()?;
        let known = told.record_types.iter().flatten().find(|kind| kind.id == *chosen);
        Some(known.map_or(chosen, |kind| &kind.name))
    });
    let check = object_type_check(&Proposed {
        mapping: &there.fields.mapping,
        from: here.as_ref().map(|here| &here.fields.description),
        to: &there.fields.description,
        segments: segments.as_ref().map(Clean::as_str),
        segment_field: told.and_then(|told| told.segment_type.picklist.as_ref()).map(Clean::as_str),
        topics_on: None,
        record_type,
        code_filter: told.map(|told| told.object_type.overridden),
    });
    Ok(Ok(Looked { there, choices, check, silent }))
}

pub(in crate::cli) async fn fields_of(
    context: &Context,
    store: &StoreHandle,
    site: &SiteName,
    object: Option<String>,
) -> Result<FieldsOf, Failure> {
    let (config, state) = (context.config()?, context.paths()?.state);
    let permits = context.permits(&config);
    let parts = parts(config, &state, store.clone(), context.clock.clone(), Polling::Off, permits)?;
    Ok(FieldsOf::new(parts, site.clone(), object, state).await?)
}

pub(in crate::cli) fn failure(error: &FieldsError) -> Failure {
    let exit = match error {
        FieldsError::Busy(_) => Exit::TryLater,
        _ => Exit::Unavailable,
    };
    Failure::new(exit, error.to_string())
}

/// Whose eyes it was seen with, where they are not the site's.
pub(in crate::cli) fn seen_by(site: &SiteName, read: &Read) -> Option<String> {
    let By::Fusebox(org) = &read.fields.by else { return None };
    let why = read.undescribed.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
    let object = &read.fields.description.object;
    Some(format!(
        "{object} is told as fusebox's own user sees it in {org}, for {site} could not ask{why}; its own user may see other fields"
    ))
}
