//! Lines of the audit, from code that may not wait.

use crate::store::{Audit, AuditLine};

/// Writes a line on a thread that may wait.
pub async fn write(audit: Audit, line: AuditLine) -> Result<(), String> {
    match tokio::task::spawn_blocking(move || audit.write(&line)).await {
        Ok(written) => written.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    }
}
