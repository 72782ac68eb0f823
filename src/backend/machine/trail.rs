//! The audit read for a screen. Blocks.

use crate::model::trail::TrailState;
use crate::model::{Clean, Trail, TrailLine};
use crate::store::{Audit, AuditRecord, AuditTarget, Operator};
use std::fmt::Write;

/// Lines that a screen gets.
const NEWEST: usize = 1000;

/// Reads and verifies it.
pub(in crate::backend) fn read(audit: Result<Audit, String>) -> Trail {
    let unread = |why: &str| Trail { lines: Vec::new(), older: 0, state: TrailState::Unread(why.into()) };
    let audit = match audit {
        Ok(audit) => audit,
        Err(why) => return unread(&why),
    };
    let (records, verdict) = match (audit.records(), audit.verify(&[])) {
        (Ok(records), Ok(verdict)) => (records, verdict),
        (Err(error), _) | (_, Err(error)) => return unread(&error.to_string()),
    };
    let state = match verdict.damages.into_iter().next() {
        None => TrailState::Good,
        Some(damage) => TrailState::Damaged { line: damage.line, what: damage.what.into() },
    };
    let older = records.len().saturating_sub(NEWEST);
    let lines = records.into_iter().rev().take(NEWEST).filter_map(Result::ok).map(line).collect();
    Trail { lines, older, state }
}

fn line(record: AuditRecord) -> TrailLine {
    let target = match &record.target {
        AuditTarget::Site(name) => name.to_string(),
        AuditTarget::Org(name) => format!("org {name}"),
        AuditTarget::Fleet(_) => "the fleet".to_owned(),
    };
    let account = match (&record.org, &record.user) {
        (Some(org), Some(user)) => Some(format!("{org}/{user}")),
        (Some(org), None) => Some(org.to_string()),
        (None, user) => user.as_ref().map(ToString::to_string),
    };
    TrailLine {
        number: record.number,
        at: record.at,
        id: record.id,
        operation: record.operation,
        class: record.class,
        phase: record.phase.to_string().into(),
        target: target.into(),
        account: account.map(Clean::from),
        by: record.operator.name().into(),
        operator: told(&record.operator).into(),
        what: record.what,
        outcome: record.outcome,
        code: record.code,
    }
}

/// What the system says of who it was, then what the environment said.
fn told(operator: &Operator) -> String {
    let login = operator.login_uid.map(|uid| format!(", logged in as {uid}"));
    let mut told = format!("user id {}{}", operator.uid, login.unwrap_or_default());
    let hints = [("login", &operator.login), ("sudo from", &operator.sudo_user), ("ssh", &operator.ssh_connection)];
    for (what, hint) in hints {
        if let Some(hint) = hint {
            // Writing to a string does not fail.
            let _ = write!(told, "; {what} {hint}");
        }
    }
    told
}
