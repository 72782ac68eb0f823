//! The audit's lines as they can be read by anybody: what they say, not whether they are as they were written.

use super::{Audit, AuditError, AuditTarget, Operator, Phase};
use crate::model::{ActionClass, Clean, OrgName, UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// Its number.
    pub number: u64,
    /// When, by the host's clock.
    pub at: DateTime<Utc>,
    /// Names the operation: the same in all its lines.
    pub id: Clean,
    /// Which ("identify").
    pub operation: Clean,
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
    /// Who ordered it.
    pub operator: Operator,
    /// What is to be done, in words.
    pub what: Clean,
    /// How it ended, or why it was refused.
    pub outcome: Option<Clean>,
    /// Its own code.
    pub code: Clean,
}

impl Audit {
    /// The lines, oldest first; of one that can not be read, its place in the file. An audit that does not exist has none.
    pub fn records(&self) -> Result<Vec<Result<AuditRecord, usize>>, AuditError> {
        let mut records = Vec::new();
        let read = self.each_line(u64::MAX, |place, line, _| {
            records.push(std::str::from_utf8(line).ok().and_then(|line| serde_json::from_str(line).ok()).ok_or(place));
        });
        read.map_err(|source| AuditError::reading(&self.path, source))?;
        Ok(records)
    }

    /// Gives each line of the first `bytes` with its place, from 1, and whether it has an end. Reads without a lock, so that
    /// nobody waits for it who has something to write.
    pub(super) fn each_line(&self, bytes: u64, mut take: impl FnMut(usize, &[u8], bool)) -> io::Result<()> {
        let file = match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            file => file?,
        };
        let (mut reader, mut line) = (BufReader::with_capacity(1 << 16, file.take(bytes)), Vec::new());
        for place in 1.. {
            line.clear();
            if reader.read_until(b'\n', &mut line)? == 0 {
                break;
            }
            let whole = line.last() == Some(&b'\n');
            take(place, line.strip_suffix(b"\n").unwrap_or(&line), whole);
        }
        Ok(())
    }
}
