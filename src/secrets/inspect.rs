//! `secrets.toml` read as a whole with everything that is wrong in it, for who wants to know before anything is looked
//! at. Nothing that is said repeats a secret.

use super::{FILE, LARGEST_STORE, SecretError, Secrets, private};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What reading [`FILE`] brought.
pub struct Inspection {
    /// What can be read of it.
    pub secrets: Secrets,
    /// Whether there is a file that could be read as a whole, or none at all.
    pub readable: bool,
    /// The names in it, with the line and the character of each, from 1.
    pub names: Vec<(String, usize, usize)>,
    /// Everything that is wrong, in the file's order.
    pub flaws: Vec<Flaw>,
}

/// Something wrong with [`FILE`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The file.
    pub path: PathBuf,
    /// Line and character, from 1; none where it is about the file as a whole.
    pub at: Option<(usize, usize)>,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub advice: String,
}

impl Secrets {
    /// Reads `secrets.toml` of this folder, if there is one, and goes on after what is wrong.
    pub fn inspect(config_dir: &Path) -> Inspection {
        let path = config_dir.join(FILE);
        let nothing = |readable, flaws| Inspection {
            secrets: Self::with_stored(config_dir, BTreeMap::new()),
            readable,
            names: Vec::new(),
            flaws,
        };
        match private::read(&path, LARGEST_STORE) {
            Ok(text) => {
                let (stored, names, flaws) = entries(&path, &text);
                let secrets = Self::with_stored(config_dir, stored);
                Inspection { secrets, readable: true, names, flaws }
            }
            Err(SecretError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                nothing(true, Vec::new())
            }
            Err(error) => {
                let (what, advice) = error.told();
                nothing(false, vec![Flaw { path, at: None, what, advice }])
            }
        }
    }
}

impl SecretError {
    /// What is wrong and what to do, apart from each other and without the file's name.
    pub fn told(&self) -> (String, String) {
        match self {
            Self::TooOpen { path, mode, meant } => {
                (format!("may be used by others (mode {mode:04o})"), format!("run: chmod {meant:o} {}", path.display()))
            }
            Self::File { path, source } if source.kind() == io::ErrorKind::NotFound => {
                ("is not there".to_owned(), format!("put it into {}, mode 0600", path.display()))
            }
            Self::File { path, source } => {
                (format!("can not be used: {source}"), format!("check who may use {}", path.display()))
            }
            Self::Malformed { what, .. } => (what.clone(), "put one secret into it, mode 0600".to_owned()),
            Self::Missing(place) => (format!("{place} holds no secret"), format!("put the secret into {place}")),
            Self::NoCredentials(_) => (self.to_string(), "add LoadCredential= to the service's unit".to_owned()),
            Self::Command { program, what } => {
                (format!("the command {program} {what}"), "run it by hand to see why".to_owned())
            }
            Self::Keyring { .. } => (self.to_string(), "look at the keyring's entry by hand".to_owned()),
            Self::NoRandomness => (self.to_string(), "check /dev/urandom".to_owned()),
        }
    }
}

type Entries = (BTreeMap<String, SecretString>, Vec<(String, usize, usize)>, Vec<Flaw>);

fn entries(path: &Path, text: &str) -> Entries {
    let place = |byte: usize| {
        let before = text.get(..byte).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    };
    let flaw = |at, what: String, advice: String| Flaw { path: path.to_owned(), at: Some(at), what, advice };
    let (mut stored, mut names, mut flaws) = (BTreeMap::new(), Vec::new(), Vec::new());
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        // The parser's own words may repeat the line.
        let at = place(error.span().map_or(0, |span| span.start));
        if flaws.last().is_none_or(|last: &Flaw| last.at.is_none_or(|(line, _)| line != at.0)) {
            flaws.push(flaw(at, "this line is no TOML".to_owned(), "write NAME = \"secret\", one a line".to_owned()));
        }
    }
    if !flaws.is_empty() {
        return (stored, names, flaws);
    }
    for (key, value) in table.into_inner() {
        let (at, name) = (place(key.span().start), key.into_inner().into_owned());
        match secret(&value) {
            Some(secret) => {
                stored.insert(name.clone(), secret);
                names.push((name, at.0, at.1));
            }
            None => flaws.push(flaw(
                at,
                format!("{name:?} is no text, or an empty one"),
                format!("write {name:?} = \"secret\", the name in quotes where it has dots"),
            )),
        }
    }
    (stored, names, flaws)
}

fn secret(value: &Spanned<DeValue<'_>>) -> Option<SecretString> {
    match value.get_ref() {
        DeValue::String(secret) if !secret.is_empty() => Some(SecretString::from(secret.as_ref().to_owned())),
        _ => None,
    }
}
