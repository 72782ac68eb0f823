//! Where a secret lies. The configuration holds these, never a secret itself.

use super::Clean;
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// A place to read one secret from. Written as `KIND:WHERE`, a command as `{ command = ["PROGRAM", "ARGUMENT"] }`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SecretRef {
    /// `file:PATH`, relative to the configuration's folder; the file must be readable by its owner alone.
    File(PathBuf),
    /// `env:NAME`, an environment variable. No program that fusebox starts sees it.
    Env(String),
    /// `store:NAME`, an entry of `secrets.toml` beside the configuration.
    Store(String),
    /// `credential:NAME`, a credential that systemd hands to a service (`LoadCredential=`).
    Credential(String),
    /// `keyring:SERVICE/ACCOUNT`, an entry of the desktop's keyring. An account may hold slashes.
    Keyring {
        /// The service.
        service: String,
        /// The account.
        account: String,
    },
    /// What a program prints: `pass`, `op`, `vault`.
    Command(SecretCommand),
}

/// A program that prints a secret, with its arguments; no shell reads them. Shown, it is the program alone: an argument may
/// say too much, and may be the secret itself, put there by mistake.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SecretCommand(Vec<String>);

impl SecretCommand {
    /// Takes the program and its arguments.
    pub fn new(words: Vec<String>) -> Result<Self, BadSecretRef> {
        let no_program = words.first().is_none_or(|program| program.trim().is_empty());
        if no_program || words.iter().any(|word| word.contains('\0')) {
            return Err(BadSecretRef::Command);
        }
        Ok(Self(words))
    }

    /// The program and its arguments.
    pub fn words(&self) -> &[String] {
        &self.0
    }

    /// The program, fit for a terminal.
    pub fn program(&self) -> Clean {
        self.0.first().map(Clean::new).unwrap_or_default()
    }
}

impl fmt::Debug for SecretCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretCommand({:?})", self.program())
    }
}

/// Why a text names no place of a secret. The text is not repeated: it may be the secret itself, put there by mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSecretRef {
    /// It is no place at all.
    #[error(
        "a secret is named by \"file:PATH\", \"env:NAME\", \"store:NAME\", \"credential:NAME\", \"keyring:SERVICE/ACCOUNT\" \
         or {{ command = [\"PROGRAM\", \"ARGUMENT\"] }}, never written here"
    )]
    NoPlace,
    /// A credential of no possible name.
    #[error("a credential is named as systemd names it: the name of a file, without a slash")]
    Credential,
    /// A keyring entry of which one half is missing.
    #[error("an entry of the keyring is named by its service and its account: \"keyring:SERVICE/ACCOUNT\"")]
    Keyring,
    /// No program.
    #[error("a command is a list that begins with a program: {{ command = [\"pass\", \"show\", \"fusebox/acme\"] }}")]
    Command,
}

impl TryFrom<String> for SecretRef {
    type Error = BadSecretRef;

    fn try_from(text: String) -> Result<Self, BadSecretRef> {
        match text.split_once(':') {
            Some((_, "")) => Err(BadSecretRef::NoPlace),
            Some(("file", path)) => Ok(Self::File(path.into())),
            Some(("env", name)) => variable(name),
            Some(("store", name)) => Ok(Self::Store(name.to_owned())),
            Some(("credential", name)) => credential(name),
            Some(("keyring", entry)) => match entry.split_once('/') {
                Some((service, account)) if !service.is_empty() && !account.is_empty() => {
                    Ok(Self::Keyring { service: service.to_owned(), account: account.to_owned() })
                }
                _ => Err(BadSecretRef::Keyring),
            },
            Some(("command", _)) => Err(BadSecretRef::Command),
            _ => Err(BadSecretRef::NoPlace),
        }
    }
}

/// What is no name of a variable holds nothing, and asking for it or taking it away could fail.
fn variable(name: &str) -> Result<SecretRef, BadSecretRef> {
    if name.contains(['=', '\0']) { Err(BadSecretRef::NoPlace) } else { Ok(SecretRef::Env(name.to_owned())) }
}

/// A name with a slash would lead out of the folder of credentials.
fn credential(name: &str) -> Result<SecretRef, BadSecretRef> {
    if name.contains(['/', '\0']) || name == "." || name == ".." {
        return Err(BadSecretRef::Credential);
    }
    Ok(SecretRef::Credential(name.to_owned()))
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Env(name) => write!(f, "env:{name}"),
            Self::Store(name) => write!(f, "store:{name}"),
            Self::Credential(name) => write!(f, "credential:{name}"),
            Self::Keyring { service, account } => write!(f, "keyring:{service}/{account}"),
            Self::Command(command) => write!(f, "the command {}", command.program()),
        }
    }
}

impl<'de> Deserialize<'de> for SecretRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Written)
    }
}

/// Reads both ways of writing a place. Its errors repeat nothing.
struct Written;

impl<'de> Visitor<'de> for Written {
    type Value = SecretRef;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the place of a secret")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<SecretRef, E> {
        SecretRef::try_from(text.to_owned()).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<SecretRef, A::Error> {
        let mut command = None;
        while let Some(key) = map.next_key::<String>()? {
            if key != "command" || command.is_some() {
                return Err(de::Error::custom(BadSecretRef::Command));
            }
            command = Some(map.next_value::<Vec<String>>()?);
        }
        let words = command.ok_or(BadSecretRef::Command).map_err(de::Error::custom)?;
        SecretCommand::new(words).map(SecretRef::Command).map_err(de::Error::custom)
    }
}

/// The environment variables that hold secrets, by name: no program that fusebox starts may see them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretVariables(Arc<[String]>);

impl SecretVariables {
    /// Their names.
    pub fn names(&self) -> &[String] {
        &self.0
    }
}

impl<'a> FromIterator<&'a SecretRef> for SecretVariables {
    /// Those among these places.
    fn from_iter<I: IntoIterator<Item = &'a SecretRef>>(places: I) -> Self {
        let name = |place: &SecretRef| match place {
            SecretRef::Env(name) => Some(name.clone()),
            _ => None,
        };
        let mut names: Vec<String> = places.into_iter().filter_map(name).collect();
        names.sort();
        names.dedup();
        Self(names.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Line {
        place: SecretRef,
    }

    fn written(value: &str) -> Result<SecretRef, String> {
        toml::from_str::<Line>(&format!("place = {value}\n")).map(|line| line.place).map_err(|error| error.to_string())
    }

    #[test]
    fn places_go_both_ways() {
        for text in [
            "file:keys/acme.pem",
            "env:ACME_SECRET",
            "store:site/shop:8080",
            "credential:acme.pem",
            "keyring:fusebox/acme/eu",
        ] {
            let place = SecretRef::try_from(text.to_owned()).expect("a place");
            assert_eq!(place.to_string(), text);
        }
    }

    #[test]
    fn a_secret_written_by_mistake_is_not_repeated() {
        let error = SecretRef::try_from("hunter2 in clear".to_owned()).expect_err("no place");
        assert!(!error.to_string().contains("hunter2"));
        for bad in
            ["file:", "credential:../hunter2", "credential:..", "keyring:hunter2", "keyring:/x", "command:hunter2"]
        {
            let error = SecretRef::try_from(bad.to_owned()).expect_err(bad);
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_command_is_a_list_and_shows_its_program_alone() {
        let place = written(r#"{ command = ["pass", "show", "hunter2"] }"#).expect("a place");
        let SecretRef::Command(command) = &place else { panic!("no command: {place}") };
        assert_eq!(command.words(), ["pass", "show", "hunter2"]);
        assert_eq!(place.to_string(), "the command pass");
        assert!(!format!("{place:?}").contains("hunter2"));
    }

    #[test]
    fn what_is_no_command_is_refused() {
        for bad in [
            "{ command = [] }",
            "{ command = [\"\"] }",
            "{ command = [\" \", \"x\"] }",
            "{ command = [\"pass\\u0000\"] }",
            "{ comand = [\"pass\"] }",
            "{ command = [\"pass\"], shell = true }",
            "{}",
        ] {
            let error = written(bad).expect_err(bad);
            assert!(error.contains("begins with a program"), "{bad}: {error}");
        }
        assert!(written("{ command = \"pass show\" }").is_err());
    }

    #[test]
    fn variables_are_named_once() {
        let places =
            ["env:B", "file:x", "env:A", "env:B"].map(|text| SecretRef::try_from(text.to_owned()).expect("a place"));
        assert_eq!(places.iter().collect::<SecretVariables>().names(), ["A", "B"]);
    }
}
