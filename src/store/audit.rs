//! The audit: what was spent or written, or refused, one line of JSON each in a file of its own beside the store. A line
//! is on the disk before the step that it tells of; where it can not be written, the step is not taken.
//!
//! Each line holds the code of the line before, and a code (HMAC-SHA256) over itself by a key of this installation, so that
//! a line that was changed, taken out or put in shows. Uses `model` alone.

use crate::model::{ActionClass, Clean, OrgName, Target, UserId, sharing};
use aws_lc_rs::hmac;
use chrono::{DateTime, SecondsFormat, Utc};
use rustix::fs::{FlockOperation, flock};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Map, Value};
use std::fmt::Write as _;
use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The file within the state's folder.
pub const AUDIT_FILE: &str = "audit.jsonl";

/// The code that the first line holds as the one before.
const FIRST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// No line is longer: its texts are [`Clean`], and there are few of them.
const LONGEST: u64 = 64 * 1024;

/// How long another process may write its line.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often the file is asked for while another process has it.
const TRIES: u32 = 250;

/// When a line was written, as seen from the step that it tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, strum::Display)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Phase {
    /// The step is about to be taken. Without a line `after` of the same operation nobody knows how it ended.
    Before,
    /// The step is over.
    After,
    /// The step is not taken.
    Refused,
}

/// Who ordered it. The user id is the system's; the rest is what the environment says, and proves nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Operator {
    /// The user id that fusebox runs as.
    pub uid: u32,
    /// `LOGNAME` or `USER`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login: Option<Clean>,
    /// `SUDO_USER`: who became this user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sudo_user: Option<Clean>,
    /// `SSH_CONNECTION`: from where, to where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ssh_connection: Option<Clean>,
}

/// What one line tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLine {
    /// When, by the host's clock.
    pub at: DateTime<Utc>,
    /// Names the operation: the same in all its lines.
    pub id: String,
    /// Which ("identify").
    pub operation: &'static str,
    /// What it may cost.
    pub class: ActionClass,
    /// Before, after, or not at all.
    pub phase: Phase,
    /// On what.
    pub target: Target,
    /// In which org, where that is known.
    pub org: Option<OrgName>,
    /// As which Salesforce user, where that is known.
    pub user: Option<UserId>,
    /// What is to be done, in words.
    pub what: Clean,
    /// How it ended, or why it was refused.
    pub outcome: Option<Clean>,
}

/// The audit can not be written.
#[derive(Debug, thiserror::Error)]
#[error("the audit {} can not be written: {source}", path.display())]
pub struct AuditError {
    path: PathBuf,
    source: io::Error,
}

/// The audit of one installation, for one operator.
#[derive(Clone, Debug)]
pub struct Audit {
    path: PathBuf,
    key: SecretString,
    operator: Operator,
}

impl Audit {
    /// The audit in the state's folder. Nothing is opened before the first line. `key` is of this installation, and of the
    /// audit alone.
    pub fn new(state_dir: &Path, key: SecretString, operator: Operator) -> Self {
        Self { path: state_dir.join(AUDIT_FILE), key, operator }
    }

    /// Writes one line; when this returns, it survives the end of the process and of the machine. Blocks, for five seconds at
    /// most while other processes write theirs.
    pub fn write(&self, line: &AuditLine) -> Result<(), AuditError> {
        self.append(line).map_err(|source| AuditError { path: self.path.clone(), source })
    }

    fn append(&self, line: &AuditLine) -> io::Result<()> {
        let mut file = self.open()?;
        lock(&file)?;
        let end = file.seek(SeekFrom::End(0))?;
        let tail = tail(&mut file, end)?;
        let mut text = String::new();
        if !tail.is_empty() && !tail.ends_with('\n') {
            // The machine went down in the middle of a line: it stays as it is, and ends here.
            text.push('\n');
        }
        text.push_str(&self.line(line, &code_of_last(&tail).unwrap_or_else(|| FIRST.to_owned())));
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
        if written.is_err() {
            // A full disk takes half a line; what was not written as a whole was not written. Where even that fails, the
            // next line ends it.
            let _ = file.set_len(end);
        }
        written
    }

    /// The file, made if it is missing: for this user alone, or for the group of a folder that the group shares. One that is
    /// there keeps the mode that the operator gave it, as the store's does.
    fn open(&self) -> io::Result<File> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let options = || OpenOptions::new().read(true).append(true).clone();
        match options().mode(sharing::OWN).create_new(true).open(&self.path) {
            Ok(file) => {
                let (shared, group) = (folder.metadata()?, file.metadata()?.gid());
                match sharing::file_mode(shared.mode(), shared.gid(), group) {
                    sharing::OWN => {}
                    mode => file.set_permissions(Permissions::from_mode(mode))?,
                }
                // Its name is to survive as well.
                File::open(folder)?.sync_all()?;
                Ok(file)
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => options().open(&self.path),
            Err(error) => Err(error),
        }
    }

    /// The line, ending in its line break. The code comes last and is over everything before it.
    fn line(&self, line: &AuditLine, before: &str) -> String {
        let mut fields = Map::new();
        let mut put = |name: &str, value: Value| drop(fields.insert(name.to_owned(), value));
        put("at", line.at.to_rfc3339_opts(SecondsFormat::Millis, true).into());
        put("id", line.id.as_str().into());
        put("operation", line.operation.into());
        put("class", line.class.to_string().into());
        put("phase", line.phase.to_string().into());
        put("target", serde_json::json!(line.target));
        put("org", serde_json::json!(line.org));
        put("user", serde_json::json!(line.user));
        put("operator", serde_json::json!(self.operator));
        put("what", line.what.as_str().into());
        put("outcome", serde_json::json!(line.outcome));
        put("before", before.into());
        let body = Value::Object(fields).to_string();
        let code = self.code(&body);
        // An object without its last brace, so that what the code is over stands in the line as it was.
        let open = body.strip_suffix('}').unwrap_or(&body);
        format!("{open},\"code\":\"{code}\"}}\n")
    }

    fn code(&self, body: &str) -> String {
        // The key's digits as they stand in its file.
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.key.expose_secret().as_bytes());
        let code = hmac::sign(&key, body.as_bytes());
        code.as_ref().iter().fold(String::with_capacity(64), |mut text, byte| {
            // Writing to a string does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// Has the file for this process alone until it is closed.
#[expect(clippy::disallowed_methods, reason = "a lock that may be given up has no event to wait for")]
fn lock(file: &File) -> io::Result<()> {
    for _ in 0..TRIES {
        match flock(file, FlockOperation::NonBlockingLockExclusive) {
            Err(rustix::io::Errno::WOULDBLOCK) => std::thread::sleep(PATIENCE / TRIES),
            taken => return Ok(taken?),
        }
    }
    Err(io::Error::new(io::ErrorKind::TimedOut, "another process keeps it locked"))
}

/// The end of the file, from the beginning of some line before the last whole one.
fn tail(file: &mut File, end: u64) -> io::Result<String> {
    let from = end.saturating_sub(2 * LONGEST);
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(2 * LONGEST).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The code of the last line that is whole.
fn code_of_last(tail: &str) -> Option<String> {
    let code = |line: &str| Some(serde_json::from_str::<Value>(line).ok()?.get("code")?.as_str()?.to_owned());
    tail.lines().rev().find_map(code)
}

#[cfg(test)]
mod tests;
