//! What is wrong with a configuration: where, what, and what to do.

use crate::model::Clean;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Why the configuration can not be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is there and can not be read.
    #[error("{} can not be read: {source}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file can not be written.
    #[error("{} can not be written: {source}", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Something in the file is wrong.
    #[error("{place}: {what}")]
    Invalid {
        /// Where.
        place: Place,
        /// What.
        what: String,
        /// What to do.
        advice: Option<String>,
    },
    /// Something that the environment says is wrong.
    #[error("{name}: {what}")]
    Variable {
        /// The variable.
        name: String,
        /// What.
        what: String,
        /// What to do.
        advice: Option<String>,
    },
    /// No folder for the configuration or the state could be told.
    #[error("no home folder is known, so there is no place for the {what}")]
    NoHome {
        /// `configuration` or `state`.
        what: &'static str,
    },
    /// A site of that name is there already.
    #[error("a site named {0:?} is in the configuration already")]
    SiteExists(String),
    /// An org of that name is there already.
    #[error("an org named {0:?} is in the configuration already")]
    OrgExists(String),
    /// No site has that name.
    #[error("no site named {name:?} is in the configuration")]
    NoSuchSite {
        /// The name.
        name: String,
        /// One that is nearly the same.
        nearest: Option<String>,
    },
}

impl ConfigError {
    /// What to do, as one order.
    pub fn advice(&self) -> Option<String> {
        match self {
            Self::Read { path, .. } | Self::Write { path, .. } => Some(format!("check who may use {}", path.display())),
            Self::Invalid { advice, .. } | Self::Variable { advice, .. } => advice.clone(),
            Self::NoHome { .. } => Some("give --config-dir and --state-dir".to_owned()),
            Self::SiteExists(_) => Some("choose another --name, or remove the other site first".to_owned()),
            Self::OrgExists(_) => Some("choose another name, or change its table in the file".to_owned()),
            Self::NoSuchSite { nearest, .. } => Some(match nearest {
                Some(name) => format!("did you mean {name:?}?"),
                None => "fusebox list shows the names".to_owned(),
            }),
        }
    }
}

/// A place in a file, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// The line.
    pub line: usize,
    /// The character of the line.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.path.display(), self.line, self.column)
    }
}

/// Something wrong at a span of bytes, before it is placed in its file.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) span: Range<usize>,
    pub(super) what: String,
    pub(super) advice: Option<String>,
    pub(super) key: Option<KeyOf>,
}

/// A key that a fault is about, where another fault may be no more than what follows from it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum KeyOf {
    /// It is there, and what stands there is wrong.
    Wrong(String),
    /// It is not there, as far as could be read.
    Missing(String),
}

impl Fault {
    pub(super) fn new(span: Range<usize>, what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { span, what: what.into(), advice: Some(advice.into()), key: None }
    }

    /// The same fault, about this key.
    pub(super) fn about(self, key: KeyOf) -> Self {
        Self { key: Some(key), ..self }
    }

    /// Whether a key seems to be missing only because what stands there was not read: `other` says that, of the same table.
    fn follows_from(&self, other: &Self, text: &str) -> bool {
        let (Some(KeyOf::Missing(missing)), Some(KeyOf::Wrong(wrong))) = (&self.key, &other.key) else { return false };
        let (from, to) = (self.span.start.min(other.span.start), self.span.start.max(other.span.start));
        missing == wrong && text.get(from..to).is_some_and(|between| !between.contains("\n["))
    }

    pub(super) fn placed(self, path: &Path, text: &str) -> ConfigError {
        let (line, column) = line_and_column(text, self.span.start);
        let place = Place { path: path.to_owned(), line, column };
        // Both go to the terminal as they are, and both may quote the file.
        let clean = |text: String| Clean::new(text).as_str().to_owned();
        ConfigError::Invalid { place, what: clean(self.what), advice: self.advice.map(clean) }
    }
}

/// Everything that was found wrong so far: one fault keeps nobody from finding the next.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    /// The value; none where it is wrong, which is noted.
    pub(super) fn note<T>(&mut self, checked: Result<T, Fault>) -> Option<T> {
        checked.map_err(|fault| self.0.push(fault)).ok()
    }

    pub(super) fn push(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them in the file's order.
    pub(super) fn in_order(mut self) -> Vec<Fault> {
        self.0.sort_by_key(|fault| (fault.span.start, fault.span.end));
        self.0
    }

    /// The same without those that follow from another.
    pub(super) fn causes(self, text: &str) -> Vec<Fault> {
        let all = self.in_order();
        let follows: Vec<bool> =
            all.iter().map(|fault| all.iter().any(|other| fault.follows_from(other, text))).collect();
        all.into_iter().zip(follows).filter(|(_, follows)| !follows).map(|(fault, _)| fault).collect()
    }
}

impl From<toml::de::Error> for Fault {
    fn from(error: toml::de::Error) -> Self {
        Self {
            span: error.span().unwrap_or(0..0),
            what: without_values(error.message()),
            advice: Some("docs/config.example.toml shows every key".to_owned()),
            key: None,
        }
    }
}

/// Messages about a wrong type repeat the value, which may be a secret in the wrong place: it is taken out.
fn without_values(message: &str) -> String {
    let Some((before, rest)) = message.split_once("invalid type: ") else { return message.to_owned() };
    let Some((found, expected)) = rest.rsplit_once(", expected ") else { return message.to_owned() };
    let kind = found.split([' ', '`', '"']).next().unwrap_or("another");
    format!("{before}a value of type {kind} stands where {expected} is expected")
}

/// Line and column of a byte, both from 1; the column counts characters.
pub(super) fn line_and_column(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
