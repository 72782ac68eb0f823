//! Where fusebox's own credentials lie: `secrets.toml`, files of one secret, the environment. Uses `model` alone.
//!
//! What others could read is refused, not read with a warning. No error repeats what a file holds.

mod certificate;
mod inspect;
mod key;
mod private;
mod write;

pub use certificate::{Certified, certify};
pub use inspect::{Flaw, Inspection};
pub use key::fingerprint_key;
pub use private::read as read_private;
pub use write::{put, write_private};

use crate::model::SecretRef;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// The store's file within the configuration's folder: `NAME = "secret"`, one a line, mode 0600.
pub const FILE: &str = "secrets.toml";

/// The largest secret that is read from a file of its own; a private key is a tenth of it.
pub const LARGEST: u64 = 256 * 1024;

/// The largest [`FILE`] that is read: a hundred bytes for each of more than a hundred thousand sites.
const LARGEST_STORE: u64 = 16 * 1024 * 1024;

/// Why a secret can not be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Others than the owner may use the file.
    #[error("{} may be used by others than its owner (mode {mode:04o}); run: chmod 600 {}", path.display(), path.display())]
    TooOpen {
        /// Which file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The file can not be read or written.
    #[error("{} can not be used: {source}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not what it should be.
    #[error("{}: {what}", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// What is wrong, without a word of what stands there.
        what: String,
    },
    /// The place holds nothing.
    #[error("{0} holds no secret")]
    Missing(SecretRef),
    /// The system gave no random bytes.
    #[error("the system gives no random bytes, so no fingerprint key can be made")]
    NoRandomness,
}

impl SecretError {
    /// Whether it is about what others may read: nothing is done before that is mended.
    pub fn is_exposed(&self) -> bool {
        matches!(self, Self::TooOpen { .. })
    }
}

/// The places that secrets are read from.
pub struct Secrets {
    dir: PathBuf,
    stored: BTreeMap<String, SecretString>,
}

impl Secrets {
    /// Reads `secrets.toml`, if there is one. Files and variables are read when they are asked for.
    pub fn open(config_dir: &Path) -> Result<Self, SecretError> {
        let path = config_dir.join(FILE);
        let stored = match private::read(&path, LARGEST_STORE) {
            Ok(text) => parse(&path, &text)?,
            Err(SecretError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error),
        };
        Ok(Self { dir: config_dir.to_owned(), stored })
    }

    /// The secret that lies at `place`. Line ends at the end of a file are no part of it.
    pub fn get(&self, place: &SecretRef) -> Result<SecretString, SecretError> {
        let missing = || SecretError::Missing(place.clone());
        let secret = match place {
            SecretRef::Store(name) => return self.stored.get(name).cloned().ok_or_else(missing),
            SecretRef::Env(name) => std::env::var(name).map_err(|_| missing())?,
            SecretRef::File(path) => {
                private::read(&self.dir.join(path), LARGEST)?.trim_end_matches(['\r', '\n']).to_owned()
            }
        };
        if secret.is_empty() { Err(missing()) } else { Ok(secret.into()) }
    }
}

fn parse(path: &Path, text: &str) -> Result<BTreeMap<String, SecretString>, SecretError> {
    let malformed = |what: String| SecretError::Malformed { path: path.to_owned(), what };
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        // The parser's own words may repeat the line.
        let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        malformed(format!("line {line} is no TOML"))
    })?;
    let mut secrets = BTreeMap::new();
    for (name, value) in table {
        match value {
            toml::Value::String(secret) if !secret.is_empty() => {
                secrets.insert(name, SecretString::from(secret));
            }
            _ => {
                return Err(malformed(format!(
                    "{name:?} is no text; quote a name that has dots: \"{name}\" = \"...\""
                )));
            }
        }
    }
    Ok(secrets)
}

#[cfg(test)]
mod tests;
