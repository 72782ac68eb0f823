//! Where fusebox's own credentials lie: `secrets.toml`, files of one secret, the environment, systemd's credentials, the
//! keyring, other programs. Uses `model` alone.
//!
//! What others could read is refused, not read with a warning. No error repeats what a file holds or a program prints.

mod certificate;
mod command;
mod inspect;
mod key;
mod keyring;
mod private;
mod write;

pub use certificate::{Certified, certify};
pub use inspect::{Flaw, Inspection};
pub use key::{audit_key, fingerprint_key, known_audit_key};
pub use private::read as read_private;
pub use write::{put, write_private};

use crate::model::{Clean, SecretCommand, SecretRef, SecretVariables};
use secrecy::{ExposeSecret, SecretString};
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;

/// The store's file within the configuration's folder: `NAME = "secret"`, one a line, mode 0600.
pub const FILE: &str = "secrets.toml";

/// The largest secret that is read from a file of its own; a private key is a tenth of it.
pub const LARGEST: u64 = 256 * 1024;

/// The largest [`FILE`] that is read: a hundred bytes for each of more than a hundred thousand sites.
const LARGEST_STORE: u64 = 16 * 1024 * 1024;

/// How long a program or the keyring may take.
const LIMIT: Duration = Duration::from_secs(30);

/// Names the folder of the credentials that systemd hands to a service.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// What a credential's mode may give others: systemd lets the service's user read it by an access list, whose mask shows as
/// the group's part.
const CREDENTIAL_MODE: u32 = 0o440;

/// What is wanted of a text with several lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The first line: a password or another secret of one line. What programs such as `pass` keep below it is about it.
    Line,
    /// All of it: a key in PEM.
    Document,
}

/// Why a secret can not be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Others than those it is for may use the file.
    #[error("{} may be used by others (mode {mode:04o}); run: chmod {meant:o} {}", path.display(), path.display())]
    TooOpen {
        /// Which file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
        /// The mode that it should have.
        meant: u32,
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
    /// No service manager gave this process any credentials.
    #[error("{0}: CREDENTIALS_DIRECTORY is not set; only a service of systemd has credentials (LoadCredential=)")]
    NoCredentials(SecretRef),
    /// A program gave no secret. What it printed is not told.
    #[error("the command {program} {what}; run it by hand to see why")]
    Command {
        /// The program, without its arguments.
        program: Clean,
        /// What it did.
        what: String,
    },
    /// The keyring gave no secret.
    #[error("{place}: {what}")]
    Keyring {
        /// Which entry.
        place: SecretRef,
        /// What is wrong.
        what: String,
    },
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

/// The places that secrets are read from. Clones share what was fetched.
#[derive(Clone)]
pub struct Secrets(Arc<Places>);

struct Places {
    dir: PathBuf,
    stored: BTreeMap<String, SecretString>,
    /// The folder of systemd's credentials.
    credentials: Option<PathBuf>,
    /// What programs printed: each is asked once in a process, so that it asks its own user for nothing twice.
    printed: Mutex<HashMap<SecretCommand, Arc<OnceCell<SecretString>>>>,
}

impl Secrets {
    /// Reads `secrets.toml`, if there is one. All else is read when it is asked for.
    pub fn open(config_dir: &Path) -> Result<Self, SecretError> {
        Self::open_with(config_dir, credentials())
    }

    /// With these in the place of what `secrets.toml` holds.
    fn with_stored(config_dir: &Path, stored: BTreeMap<String, SecretString>) -> Self {
        Self::of(config_dir, stored, credentials())
    }

    fn of(dir: &Path, stored: BTreeMap<String, SecretString>, credentials: Option<PathBuf>) -> Self {
        Self(Arc::new(Places { dir: dir.to_owned(), stored, credentials, printed: Mutex::default() }))
    }

    fn open_with(config_dir: &Path, credentials: Option<PathBuf>) -> Result<Self, SecretError> {
        let path = config_dir.join(FILE);
        let stored = match private::read(&path, LARGEST_STORE) {
            Ok(text) => parse(&path, &text)?,
            Err(SecretError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error),
        };
        Ok(Self::of(config_dir, stored, credentials))
    }

    /// The secret that lies at `place`, where no program and no keyring has to be waited for; else none. Line ends at the
    /// end of a file are no part of it.
    pub fn at_hand(&self, place: &SecretRef) -> Option<Result<SecretString, SecretError>> {
        let secret = match place {
            SecretRef::Store(name) => {
                self.0.stored.get(name).cloned().ok_or_else(|| SecretError::Missing(place.clone()))
            }
            SecretRef::Env(name) => {
                std::env::var(name).map(SecretString::from).map_err(|_| SecretError::Missing(place.clone()))
            }
            SecretRef::File(path) => private::read(&self.0.dir.join(path), LARGEST).map(SecretString::from),
            SecretRef::Credential(name) => self.credential(place, name),
            SecretRef::Keyring { .. } | SecretRef::Command(_) => return None,
        };
        Some(secret.and_then(|secret| filled(place, secret.expose_secret().trim_end_matches(['\r', '\n']))))
    }

    /// The secret that lies at `place`, whatever it takes: for a program or the keyring at most half a minute. `hidden`
    /// are the variables that a program must not see. What failed is tried again when it is asked for again.
    pub async fn fetch(
        &self,
        place: &SecretRef,
        form: Form,
        hidden: &SecretVariables,
    ) -> Result<SecretString, SecretError> {
        let whole = match place {
            SecretRef::Command(command) => {
                let printed = self.printed(command);
                printed.get_or_try_init(|| command::run(command, hidden)).await?.clone()
            }
            SecretRef::Keyring { service, account } => unlocked(place, service, account).await?,
            here => return self.at_hand(here).unwrap_or_else(|| Err(SecretError::Missing(here.clone()))),
        };
        let text = whole.expose_secret();
        match form {
            Form::Line => filled(place, text.lines().next().unwrap_or_default()),
            Form::Document => filled(place, text.trim_end_matches(['\r', '\n'])),
        }
    }

    fn printed(&self, command: &SecretCommand) -> Arc<OnceCell<SecretString>> {
        let mut printed = self.0.printed.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(printed.entry(command.clone()).or_default())
    }

    fn credential(&self, place: &SecretRef, name: &str) -> Result<SecretString, SecretError> {
        let Some(dir) = &self.0.credentials else { return Err(SecretError::NoCredentials(place.clone())) };
        private::read_within(&dir.join(name), LARGEST, |_| CREDENTIAL_MODE).map(SecretString::from)
    }
}

/// The folder in which systemd hands credentials to a service.
fn credentials() -> Option<PathBuf> {
    std::env::var_os(CREDENTIALS).filter(|dir| !dir.is_empty()).map(PathBuf::from)
}

fn filled(place: &SecretRef, secret: &str) -> Result<SecretString, SecretError> {
    if secret.is_empty() { Err(SecretError::Missing(place.clone())) } else { Ok(secret.into()) }
}

/// Asks the keyring on a thread of its own: it may wait for a person.
async fn unlocked(place: &SecretRef, service: &str, account: &str) -> Result<SecretString, SecretError> {
    let (asked, service, account) = (place.clone(), service.to_owned(), account.to_owned());
    let read = tokio::task::spawn_blocking(move || keyring::read(&asked, &service, &account));
    let failed = |what: String| SecretError::Keyring { place: place.clone(), what };
    match tokio::time::timeout(LIMIT, read).await {
        Ok(Ok(secret)) => secret,
        Ok(Err(_)) => Err(failed("the keyring's library failed".to_owned())),
        Err(_) => Err(failed(format!("no answer within {} s; is the keyring locked?", LIMIT.as_secs()))),
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
