//! The audit: what was spent or written, or refused, one line of JSON each in a file of its own beside the store. A line
//! is on the disk before the step that it tells of; where it can not be written, the step is not taken.
//!
//! Each line holds its number, the code of the line before, and a code (HMAC-SHA256) over itself by a key of this
//! installation, so that a line that was changed, taken out or put in shows. That the end was cut off no chain can show:
//! the head, number and code of the last line, lies in a file beside it (`head`) and goes to the system's log (`syslog`).
//! `verify` reads it all. Uses `model` alone.

mod head;
mod reading;
mod syslog;
mod verify;

pub use reading::AuditRecord;
pub use verify::{Damage, HeadSeen, Verdict};

use crate::model::{ActionClass, Clean, OrgName, SiteName, Target, UserId, sharing};
use aws_lc_rs::hmac;
use chrono::{DateTime, SecondsFormat, Utc};
use head::{Head, HeadFile};
use rustix::fs::{FlockOperation, flock};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt::{self, Write as _};
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
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

/// Who ordered it. The user ids are the system's; the rest is what the environment says, and proves nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operator {
    /// The user id that fusebox runs as.
    pub uid: u32,
    /// The user id that logged in, which `su` and `sudo` do not change; none where the system keeps none (a service, a
    /// container).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub login_uid: Option<u32>,
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

impl Operator {
    /// `ops`, `root (anna)` after a sudo, `1000` where no name was told.
    pub fn name(&self) -> String {
        let uid = self.uid.to_string();
        let name = self.login.as_ref().map_or(uid.as_str(), Clean::as_str);
        match &self.sudo_user {
            Some(before) => format!("{name} ({before})"),
            None => name.to_owned(),
        }
    }
}

/// On what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "name", rename_all = "snake_case")]
pub enum AuditTarget {
    /// A WordPress site.
    Site(SiteName),
    /// A Salesforce org.
    Org(OrgName),
    /// All of them.
    Fleet(Clean),
}

impl From<Target> for AuditTarget {
    fn from(target: Target) -> Self {
        match target {
            Target::Site(name) => Self::Site(name),
            Target::Org(name) => Self::Org(name),
        }
    }
}

impl fmt::Display for AuditTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Site(name) => write!(f, "site {name}"),
            Self::Org(name) => write!(f, "org {name}"),
            Self::Fleet(name) => write!(f, "fleet {name}"),
        }
    }
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
    pub target: AuditTarget,
    /// In which org, where that is known.
    pub org: Option<OrgName>,
    /// As which Salesforce user, where that is known.
    pub user: Option<UserId>,
    /// What is to be done, in words.
    pub what: Clean,
    /// How it ended, or why it was refused.
    pub outcome: Option<Clean>,
}

/// The audit can not be written, or not be read.
#[derive(Debug, thiserror::Error)]
#[error("the audit {} can not be {way}: {source}", path.display())]
pub struct AuditError {
    path: PathBuf,
    way: &'static str,
    source: io::Error,
}

impl AuditError {
    fn reading(path: &Path, source: io::Error) -> Self {
        Self { path: path.to_owned(), way: "read", source }
    }
}

/// Something that was found wrong before a line was written, and stands in it: so it is told for good, although the chain
/// goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Found {
    /// The last line had no end: the machine went down in the middle of it.
    Torn,
    /// The last line is not the one that the head names, and not one after it.
    CutOff,
    /// There are lines, and no head.
    NoHead,
    /// The head is not as it was written.
    ForeignHead,
}

/// The audit of one installation, for one operator.
#[derive(Clone, Debug)]
pub struct Audit {
    path: PathBuf,
    key: SecretString,
    operator: Operator,
    /// Where the system's log listens, the first that is there.
    sockets: Vec<PathBuf>,
}

/// What the chain goes on from.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Last {
    number: u64,
    code: String,
}

impl Audit {
    /// The audit in the state's folder. Nothing is opened before the first line. `key` is of this installation, and of the
    /// audit alone.
    pub fn new(state_dir: &Path, key: SecretString, operator: Operator) -> Self {
        let sockets = syslog::SOCKETS.iter().map(PathBuf::from).collect();
        Self { path: state_dir.join(AUDIT_FILE), key, operator, sockets }
    }

    /// The same, with the system's log at another place; nowhere, if none is named.
    #[must_use]
    pub fn logging_to(self, socket: Option<PathBuf>) -> Self {
        Self { sockets: socket.into_iter().collect(), ..self }
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes one line; when this returns, it survives the end of the process and of the machine. Blocks, for five seconds at
    /// most while other processes write theirs.
    pub fn write(&self, line: &AuditLine) -> Result<(), AuditError> {
        self.append(line).map_err(|source| AuditError { path: self.path.clone(), way: "written", source })
    }

    /// The line first, then the head in its file, then word to the system's log. What dies in between leaves a line that the
    /// head does not name yet, which is said as that; the other way round it would leave what a line that was cut off leaves.
    fn append(&self, line: &AuditLine) -> io::Result<()> {
        let mut file = self.open()?;
        lock(&file)?;
        let end = file.seek(SeekFrom::End(0))?;
        let tail = tail(&mut file, end)?;
        let head_file = self.head_file();
        let (last, found) = self.goes_on(&tail, end, &head_file.read(&self.hmac())?);
        let number = last.number + 1;
        let (written, code) = self.line(line, number, &last.code, &found);
        // What the machine went down in the middle of stays as it is, and ends here.
        let text = if found.contains(&Found::Torn) { format!("\n{written}") } else { written };
        let head = Last { number, code };
        let kept = file
            .write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            .and_then(|()| head_file.write(&self.hmac(), &head));
        if kept.is_err() {
            // A full disk takes half a line; what was not written as a whole was not written. Where even that fails, the
            // next line ends it.
            let _ = file.set_len(end);
            return kept;
        }
        syslog::tell(&self.sockets, &syslog::word(&self.installation(), &head, line));
        Ok(())
    }

    /// What the next line goes on from, and what is wrong with what is there.
    fn goes_on(&self, tail: &str, end: u64, head: &Head) -> (Last, Vec<Found>) {
        let last = self.last_whole(tail);
        let mut found = Vec::new();
        if !tail.is_empty() && !tail.ends_with('\n') {
            found.push(Found::Torn);
        }
        let from = match (head, last) {
            // The machine may have gone down before the head was written.
            (Head::Is(head), Some(last)) if last == *head || last.number > head.number => last,
            (Head::Is(head), _) => {
                found.push(Found::CutOff);
                head.clone()
            }
            (Head::Missing, last) => {
                if last.as_ref().map_or(end > 0, |last| last.number > 1) {
                    found.push(Found::NoHead);
                }
                last.unwrap_or_else(Last::none)
            }
            (Head::Foreign, last) => {
                found.push(Found::ForeignHead);
                last.unwrap_or_else(Last::none)
            }
        };
        (from, found)
    }

    /// The last line that is as it was written.
    fn last_whole(&self, tail: &str) -> Option<Last> {
        let key = self.hmac();
        tail.lines().rev().find_map(|line| {
            let sealed = verify::sealed(&key, line)?;
            sealed.good.then_some(Last { number: sealed.number, code: sealed.code.to_owned() })
        })
    }

    fn head_file(&self) -> HeadFile {
        HeadFile::beside(&self.path)
    }

    /// Names this installation among those that tell one system's log: not the key, and nothing that leads to it.
    fn installation(&self) -> String {
        hex(hmac::sign(&self.hmac(), b"installation").as_ref()).split_off(56)
    }

    /// The file, made if it is missing: for this user alone, or for the group of a folder that the group shares. One that is
    /// there keeps the mode that the operator gave it, as the store's does.
    fn open(&self) -> io::Result<File> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let options = || OpenOptions::new().read(true).append(true).clone();
        match options().mode(sharing::OWN).create_new(true).open(&self.path) {
            Ok(file) => {
                share(&file, folder)?;
                // Its name is to survive as well.
                File::open(folder)?.sync_all()?;
                Ok(file)
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => options().open(&self.path),
            Err(error) => Err(error),
        }
    }

    /// The line, ending in its line break, and its code. The code comes last and is over everything before it.
    fn line(&self, line: &AuditLine, number: u64, before: &str, found: &[Found]) -> (String, String) {
        let mut fields = Map::new();
        let mut put = |name: &str, value: Value| drop(fields.insert(name.to_owned(), value));
        put("number", number.into());
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
        if !found.is_empty() {
            put("found", serde_json::json!(found));
        }
        let body = Value::Object(fields).to_string();
        let code = code(&self.hmac(), &body);
        // An object without its last brace, so that what the code is over stands in the line as it was.
        let open = body.strip_suffix('}').unwrap_or(&body);
        (format!("{open},\"code\":\"{code}\"}}\n"), code)
    }

    fn hmac(&self) -> hmac::Key {
        // The key's digits as they stand in its file.
        hmac::Key::new(hmac::HMAC_SHA256, self.key.expose_secret().as_bytes())
    }
}

impl Last {
    /// Before the first line.
    fn none() -> Self {
        Self { number: 0, code: FIRST.to_owned() }
    }
}

fn code(key: &hmac::Key, body: &str) -> String {
    hex(hmac::sign(key, body.as_bytes()).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Gives a new file the mode that its folder asks for.
fn share(file: &File, folder: &Path) -> io::Result<()> {
    let (shared, group) = (folder.metadata()?, file.metadata()?.gid());
    match sharing::file_mode(shared.mode(), shared.gid(), group) {
        sharing::OWN => Ok(()),
        mode => file.set_permissions(Permissions::from_mode(mode)),
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

#[cfg(test)]
mod tests;
