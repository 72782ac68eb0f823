//! The desktop's keyring, in a fusebox that was built with it (`--features keyring`): Secret Service by D-Bus, or macOS's Keychain.

use super::SecretError;
use crate::model::SecretRef;
use secrecy::SecretString;

/// The entry's secret. Blocks, and may wait for a person who unlocks the keyring.
#[cfg(feature = "keyring")]
pub(super) fn read(place: &SecretRef, service: &str, account: &str) -> Result<SecretString, SecretError> {
    use ::keyring::{Entry, Error};
    match Entry::new(service, account).and_then(|entry| entry.get_password()) {
        Ok(secret) => Ok(secret.into()),
        Err(Error::NoEntry) => Err(SecretError::Missing(place.clone())),
        // Its own words could hold what was found.
        Err(Error::BadEncoding(_)) => Err(failed(place, "what is kept there is no text")),
        Err(Error::NoDefaultStore) => Err(failed(place, "no keyring answers on this machine")),
        Err(error) => Err(failed(place, crate::model::Clean::new(error.to_string()).as_str())),
    }
}

/// There is no keyring in this build.
#[cfg(not(feature = "keyring"))]
pub(super) fn read(place: &SecretRef, _service: &str, _account: &str) -> Result<SecretString, SecretError> {
    Err(failed(place, "this fusebox was built without the keyring; build it with: cargo build --features keyring"))
}

fn failed(place: &SecretRef, what: &str) -> SecretError {
    SecretError::Keyring { place: place.clone(), what: what.to_owned() }
}
