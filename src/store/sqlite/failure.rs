//! `SQLite`'s errors in the words of [`StoreError`].

use crate::store::StoreError;
use rusqlite::{Error, ErrorCode};
use std::time::Duration;

/// How long one process waits for another. A write holds the lock for a few milliseconds, so that this is plenty.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// What `error` means for the store that lies at `place`.
pub(super) fn failure(place: &str, error: &Error) -> StoreError {
    let store = place.to_owned();
    let why = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::Full { store },
        Some(ErrorCode::ReadOnly) => StoreError::ReadOnly { store },
        Some(ErrorCode::DatabaseCorrupt) => StoreError::Corrupt { store, why },
        Some(ErrorCode::NotADatabase) => StoreError::Foreign { store, why },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed) => {
            StoreError::Busy { store, waited_s: PATIENCE.as_secs() }
        }
        Some(ErrorCode::SystemIoFailure) => {
            // The text is the same for all of them; the code tells reading from writing from locking.
            let code = error.sqlite_error().map_or(0, |error| error.extended_code);
            StoreError::Disk { store, why: format!("{why}, SQLite's code {code}") }
        }
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => StoreError::Open { store, why },
        _ => StoreError::Internal { store, why },
    }
}
