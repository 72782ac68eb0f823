//! What is asked before a setting is changed: of the class look, refresh withheld; ended by a signal with its leases given back.

use crate::backend::{FieldsOf, Polling};
use crate::cli::Exit;
use crate::cli::context::{Context, parts};
use crate::cli::report::Failure;
use crate::cli::signals::Signals;
use crate::model::SiteName;
use crate::operations::fields::FieldsError;
use crate::secrets::SecretError;

/// Asks the site, and fusebox's own user where it can not tell. The inner error: a signal ended it.
pub(in crate::cli) async fn look<T>(
    context: &Context,
    site: &SiteName,
    signals: &mut Signals,
    ask: impl AsyncFnOnce(&FieldsOf) -> Result<Result<T, FieldsError>, SecretError>,
) -> Result<Result<T, Exit>, Failure> {
    let store = context.store()?;
    let (config, state) = (context.config()?, context.paths()?.state);
    let permits = context.permits(&config);
    let parts = parts(config, &state, store.clone(), context.clock.clone(), Polling::Off, permits)?;
    let fields = FieldsOf::new(parts, site.clone(), None).await?;
    let asked = tokio::select! {
        asked = ask(&fields) => Ok(asked),
        signal = signals.ended() => Err(signal),
    };
    if asked.is_err() {
        fields.release().await;
    }
    // What was written is safe whether or not the file could be tidied.
    let _ = store.close().await;
    match asked {
        Ok(told) => told?.map(Ok).map_err(|error| failure(&error)),
        Err(signal) => Ok(Err(signal)),
    }
}

fn failure(error: &FieldsError) -> Failure {
    let exit = match error {
        FieldsError::Busy(_) => Exit::TryLater,
        _ => Exit::Unavailable,
    };
    Failure::new(exit, error.to_string())
}
