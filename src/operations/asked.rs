//! What every operation wants of what it asks: an end in time, and whether a refusal came before anything was done.

use crate::model::{Failure, FailureClass};
use std::time::Duration;

/// The answer, or that none came within `timeout`. What is asked has a limit of its own, which tells more and comes first.
pub(super) async fn bounded<T>(
    timeout: Duration,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::time::timeout(timeout + Duration::from_millis(500), work).await.unwrap_or_else(|_| {
        let text = format!("no answer within {}", humantime::format_duration(timeout));
        Err(Failure::new(FailureClass::Timeout, text))
    })
}

/// Whether the site's agent refused before anything was done at the site, or was not reached at all.
pub(super) fn was_not_let(class: FailureClass) -> bool {
    matches!(
        class,
        FailureClass::NotPermitted
            | FailureClass::Unauthorized
            | FailureClass::BadRequest
            | FailureClass::NoAgent
            | FailureClass::Dns
            | FailureClass::Tls
            | FailureClass::SshRefused
    )
}
