//! Who runs fusebox, and the audit that tells of them.

use super::Exit;
use super::report::Failure;
use crate::model::Clean;
use crate::secrets::{audit_key, known_audit_key};
use crate::store::{AUDIT_FILE, Audit, Operator};
use std::path::{Path, PathBuf};

/// Where the audit's heads are told, in the place of the system's log; empty: nowhere.
const LOG: &str = "FUSEBOX_AUDIT_LOG";

/// What `/proc/self/loginuid` holds where nobody logged in.
const UNSET: u32 = u32::MAX;

/// The audit in the state's folder, for who runs this. Its key is made where there is none; where there are lines, another key
/// would make all of them look forged.
pub(super) fn audit(state: &Path) -> Result<Audit, Failure> {
    let lines = std::fs::metadata(state.join(AUDIT_FILE)).is_ok_and(|file| file.is_file() && file.len() > 0);
    if lines && known_audit_key(state)?.is_none() {
        let what = format!("audit.key is not in {}, where {AUDIT_FILE} is", state.display());
        return Err(Failure::new(Exit::Failed, what).advise("put it back from a backup, or move the audit away"));
    }
    Ok(logging(Audit::new(state, audit_key(state)?, operator())))
}

/// The same audit, told where the environment says.
pub(super) fn logging(audit: Audit) -> Audit {
    match std::env::var_os(LOG) {
        Some(place) if place.is_empty() => audit.logging_to(None),
        Some(place) => audit.logging_to(Some(PathBuf::from(place))),
        None => audit,
    }
}

/// What is known of who runs this. What the environment says of them proves nothing.
pub(super) fn operator() -> Operator {
    let told = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty()).map(Clean::new);
    Operator {
        uid: rustix::process::getuid().as_raw(),
        login_uid: std::fs::read_to_string("/proc/self/loginuid").ok().and_then(|text| login_uid(&text)),
        login: told("LOGNAME").or_else(|| told("USER")),
        sudo_user: told("SUDO_USER"),
        ssh_connection: told("SSH_CONNECTION"),
    }
}

fn login_uid(text: &str) -> Option<u32> {
    text.trim().parse().ok().filter(|uid| *uid != UNSET)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_logged_in_where_the_system_keeps_none() {
        let told = ["1000\n", "0", "4294967295", "", "x"].map(login_uid);
        assert_eq!(told, [Some(1000), Some(0), None, None, None]);
    }
}
