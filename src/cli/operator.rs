//! Who runs fusebox, and the audit that tells of them.

use super::report::Failure;
use crate::model::Clean;
use crate::secrets::audit_key;
use crate::store::{Audit, Operator};
use std::path::{Path, PathBuf};

/// Where the audit's heads are told, in the place of the system's log; empty: nowhere.
const LOG: &str = "FUSEBOX_AUDIT_LOG";

/// What `/proc/self/loginuid` holds where nobody logged in.
const UNSET: u32 = u32::MAX;

/// The audit in the state's folder, for who runs this. Its key is made where there is none.
pub(super) fn audit(state: &Path) -> Result<Audit, Failure> {
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
