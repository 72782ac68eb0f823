//! Where a secret lies. The configuration holds these, never a secret itself.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;

/// A place to read one secret from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum SecretRef {
    /// `file:PATH`, relative to the configuration's folder; the file must be readable by its owner alone.
    File(PathBuf),
    /// `env:NAME`, an environment variable.
    Env(String),
    /// `store:NAME`, an entry of `secrets.toml` beside the configuration.
    Store(String),
}

/// Why a text names no place of a secret. The text is not repeated: it may be the secret itself, put there by mistake.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a secret is named by \"file:PATH\", \"env:NAME\" or \"store:NAME\", never written here")]
pub struct BadSecretRef;

impl TryFrom<String> for SecretRef {
    type Error = BadSecretRef;

    fn try_from(text: String) -> Result<Self, BadSecretRef> {
        match text.split_once(':') {
            Some((_, "")) => Err(BadSecretRef),
            Some(("file", path)) => Ok(Self::File(path.into())),
            Some(("env", name)) => Ok(Self::Env(name.to_owned())),
            Some(("store", name)) => Ok(Self::Store(name.to_owned())),
            _ => Err(BadSecretRef),
        }
    }
}

impl From<SecretRef> for String {
    fn from(place: SecretRef) -> Self {
        place.to_string()
    }
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Env(name) => write!(f, "env:{name}"),
            Self::Store(name) => write!(f, "store:{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_go_both_ways() {
        for text in ["file:keys/acme.pem", "env:ACME_SECRET", "store:site/shop:8080"] {
            let place = SecretRef::try_from(text.to_owned()).expect("a place");
            assert_eq!(place.to_string(), text);
        }
    }

    #[test]
    fn a_secret_written_by_mistake_is_not_repeated() {
        let error = SecretRef::try_from("hunter2 in clear".to_owned()).expect_err("no place");
        assert!(!error.to_string().contains("hunter2"));
        assert!(SecretRef::try_from("file:".to_owned()).is_err());
    }
}
