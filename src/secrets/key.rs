//! This installation's keys: what sites make fingerprints of their tokens with, and what the audit is chained by.

use super::{SecretError, private};
use crate::model::sharing;
use aws_lc_rs::rand;
use secrecy::SecretString;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// The fingerprints' key within the state's folder.
const FINGERPRINTS: &str = "fingerprint.key";

/// The audit's.
const AUDIT: &str = "audit.key";

/// The key, 64 hexadecimal digits. Made on first use; two processes that make it at once end with the same one. In a folder
/// that its group shares, the group shares the key.
///
/// Losing it loses nothing but the memory of which tokens were the same: every fingerprint is new then.
pub fn fingerprint_key(state_dir: &Path) -> Result<SecretString, SecretError> {
    key(state_dir, FINGERPRINTS)
}

/// The key of the audit's chain, of the same form and made in the same way. Losing it loses the means to tell whether the
/// lines before are as they were written.
pub fn audit_key(state_dir: &Path) -> Result<SecretString, SecretError> {
    key(state_dir, AUDIT)
}

/// The key of the audit's chain where there is one: for who reads and must make none.
pub fn known_audit_key(state_dir: &Path) -> Result<Option<SecretString>, SecretError> {
    match read(state_dir, &state_dir.join(AUDIT)) {
        Err(SecretError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => Ok(None),
        known => known.map(Some),
    }
}

fn key(state_dir: &Path, file: &str) -> Result<SecretString, SecretError> {
    let path = state_dir.join(file);
    match read(state_dir, &path) {
        Err(SecretError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            make(state_dir, &path)?;
            read(state_dir, &path)
        }
        known => known,
    }
}

fn read(state_dir: &Path, path: &Path) -> Result<SecretString, SecretError> {
    let folder = fs::metadata(state_dir);
    let meant = |file: &fs::Metadata| match folder {
        Ok(folder) => sharing::file_mode(folder.mode(), folder.gid(), file.gid()),
        Err(_) => sharing::OWN,
    };
    let text = private::read_within(path, super::LARGEST, meant)?;
    let digits = text.trim_end();
    if digits.len() != 64 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        let what = "64 hexadecimal digits are expected; restore the file, or remove it to begin anew".to_owned();
        return Err(SecretError::Malformed { path: path.to_owned(), what });
    }
    Ok(digits.to_owned().into())
}

fn make(state_dir: &Path, path: &Path) -> Result<(), SecretError> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| SecretError::NoRandomness)?;
    let halves = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    let digits: String = halves.filter_map(|half| char::from_digit(half.into(), 16)).collect();
    let temporary = path.with_extension(format!("{}.new", std::process::id()));
    let written = DirBuilder::new().recursive(true).mode(0o700).create(state_dir).and_then(|()| {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(sharing::OWN).open(&temporary)?;
        share(&file, state_dir)?;
        file.write_all(digits.as_bytes())?;
        file.sync_all()?;
        // A link is made or refused as a whole, and never replaces the key of a process that was faster.
        match fs::hard_link(&temporary, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            done => done,
        }
    });
    // Not there, or named by the error above.
    let _ = fs::remove_file(&temporary);
    written.map_err(|source| SecretError::File { path: path.to_owned(), source })
}

/// Gives a new file the mode that its folder asks for, whatever the umask.
fn share(file: &File, folder: &Path) -> io::Result<()> {
    let (folder, group) = (fs::metadata(folder)?, file.metadata()?.gid());
    match sharing::file_mode(folder.mode(), folder.gid(), group) {
        sharing::OWN => Ok(()),
        mode => file.set_permissions(Permissions::from_mode(mode)),
    }
}
