//! Files that only those may read whom they are for.

use crate::secrets::SecretError;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Bits of a mode that give others than the owner anything.
const OTHERS: u32 = 0o077;

/// Reads a file whose mode is 0600 or narrower, and that has `largest` bytes or less.
pub fn read(path: &Path, largest: u64) -> Result<String, SecretError> {
    read_within(path, largest, |_| crate::model::sharing::OWN)
}

/// The same for a file that may give others what the mode of `meant` gives them.
pub(super) fn read_within(
    path: &Path,
    largest: u64,
    meant: impl FnOnce(&Metadata) -> u32,
) -> Result<String, SecretError> {
    let failed = |source: io::Error| SecretError::File { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    // The mode of what was opened, not of what the name means a moment later.
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(SecretError::Malformed { path: path.to_owned(), what: "not a file".to_owned() });
    }
    let (mode, meant) = (metadata.permissions().mode() & 0o7777, meant(&metadata));
    if mode & OTHERS & !meant != 0 {
        return Err(SecretError::TooOpen { path: path.to_owned(), mode, meant });
    }
    let mut text = String::new();
    file.take(largest + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > largest {
        return Err(SecretError::Malformed {
            path: path.to_owned(),
            what: format!("larger than {} KiB", largest / 1024),
        });
    }
    Ok(text)
}
