//! What a command says in the end: text for people, or one JSON document. Data on standard output, talk on standard
//! error. A reader that leaves early is no error.

use super::Exit;
use crate::backend::BackendError;
use crate::config::ConfigError;
use crate::secrets::SecretError;
use crate::store::StoreError;
use serde::Serialize;
use serde_json::Value;
use std::io::{self, Write};

/// What a command did.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) exit: Exit,
    /// One sentence, where it is not plainly done.
    pub(super) message: Option<String>,
    /// The data, for `--json`.
    pub(super) result: Value,
    /// The data, for people.
    pub(super) text: String,
    /// What should be known beside it.
    pub(super) warnings: Vec<String>,
    /// Whether everything was said already.
    silent: bool,
}

impl Report {
    pub(super) fn done(result: Value, text: String) -> Self {
        Self { exit: Exit::Done, message: None, result, text, warnings: Vec::new(), silent: false }
    }

    /// Everything was said already.
    pub(super) fn silent(exit: Exit) -> Self {
        Self { silent: true, exit, ..Self::done(Value::Null, String::new()) }
    }

    pub(super) fn tell(self, json: bool) -> Exit {
        if self.silent {
            return self.exit;
        }
        if json {
            let done = self.exit == Exit::Done;
            return print_document(&Document {
                name: (!done).then(|| self.exit.to_string()),
                message: (!done).then(|| self.message.unwrap_or_default()),
                actions: (!done).then(Vec::new),
                result: Some(self.result),
                warnings: Some(self.warnings),
                ..Document::new(self.exit)
            });
        }
        let exit = print_or(self.exit, &self.text);
        self.warnings.iter().chain(&self.message).for_each(|line| talk(line));
        exit
    }
}

/// Why a command did nothing.
#[derive(Debug)]
pub(super) struct Failure {
    exit: Exit,
    message: String,
    actions: Vec<String>,
}

impl Failure {
    /// What happened, in one line.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// With what the command ends.
    pub(super) fn exit(&self) -> Exit {
        self.exit
    }

    pub(super) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), actions: Vec::new() }
    }

    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message).advise("fusebox --help shows the commands")
    }

    /// Says first what came of it.
    pub(super) fn after(mut self, what: &str) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }

    /// Adds something to do.
    pub(super) fn advise(mut self, action: impl Into<String>) -> Self {
        self.actions.push(action.into());
        self
    }

    pub(super) fn tell(self, json: bool) -> Exit {
        let Self { exit, message, actions } = self;
        if json {
            return print_document(&Document {
                name: Some(exit.to_string()),
                message: Some(message),
                actions: Some(actions),
                ..Document::new(exit)
            });
        }
        talk(&format!("fusebox: {message}"));
        for action in &actions {
            talk(&format!("  {action}"));
        }
        exit
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let exit = match error {
            ConfigError::SiteExists(_) | ConfigError::OrgExists(_) | ConfigError::NoSuchSite { .. } => Exit::Usage,
            _ => Exit::Configuration,
        };
        let failure = Self::new(exit, error.to_string());
        match error.advice() {
            Some(advice) => failure.advise(advice),
            None => failure,
        }
    }
}

impl From<SecretError> for Failure {
    fn from(error: SecretError) -> Self {
        Self::new(Exit::Configuration, error.to_string())
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let exit = match error {
            StoreError::Busy { .. } => Exit::TryLater,
            _ => Exit::Failed,
        };
        Self::new(exit, error.to_string())
    }
}

impl From<BackendError> for Failure {
    fn from(error: BackendError) -> Self {
        match error {
            BackendError::Store(error) => error.into(),
            BackendError::AnotherPolls => Self::new(Exit::TryLater, error.to_string())
                .advise("fusebox list shows what it sees; end it, or try again when it is over"),
            BackendError::Gone => Self::new(Exit::Failed, error.to_string()),
        }
    }
}

/// What `--json` prints. What was partly done has both a reason and a result.
#[derive(Serialize)]
struct Document {
    #[serde(skip)]
    exit: Exit,
    status: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actions: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    warnings: Option<Vec<String>>,
}

impl Document {
    fn new(exit: Exit) -> Self {
        let status = exit.number();
        Self { exit, status, name: None, message: None, actions: None, result: None, warnings: None }
    }
}

fn print_document(document: &Document) -> Exit {
    match serde_json::to_string(document) {
        Ok(text) => print_or(document.exit, &format!("{text}\n")),
        Err(error) => {
            talk(&format!("fusebox: the answer is no JSON: {error}"));
            Exit::Failed
        }
    }
}

/// Says something to people.
pub(super) fn talk(line: &str) {
    // Nobody is left to be told that nobody listens.
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Prints data.
pub(super) fn print(text: &str) -> Exit {
    print_or(Exit::Done, text)
}

fn print_or(exit: Exit, text: &str) -> Exit {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => exit,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => exit,
        Err(error) => {
            talk(&format!("fusebox: standard output can not be written: {error}"));
            Exit::Failed
        }
    }
}

/// The line of an argument error that says what is wrong.
pub(super) fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}
