//! What fusebox's user may not read of an org, as its looks were refused. Uses `model` alone.

use crate::model::org::Refused;
use crate::model::{Clean, OrgState, Permission};

/// One refusal for each permission that is missing, in the order in which they matter.
pub fn missing(org: &OrgState) -> Vec<Refused> {
    let history = &org.history;
    let asked = [
        org.organization.as_ref().and_then(|seen| seen.value.refused()),
        org.coverage.as_ref().and_then(|seen| seen.value.refused()),
        org.app.as_ref().and_then(|seen| seen.value.refused()),
        org.api_usage.as_ref().and_then(|seen| seen.value.refused()),
        org.users_refused.as_ref(),
        history.sessions.as_ref().and_then(|seen| seen.value.refused()),
        history.logins_read.as_ref().and_then(|read| read.value.as_ref()),
        history.changes_read.as_ref().and_then(|read| read.value.as_ref()),
        history.app_kind.as_ref().and_then(|seen| seen.value.refused()),
    ];
    let mut missing: Vec<Refused> = Vec::new();
    let mut add = |refused: Refused| {
        if missing.iter().all(|named| named.permission != refused.permission) {
            missing.push(refused);
        }
    };
    asked.into_iter().flatten().cloned().for_each(&mut add);
    // Who is frozen is asked of each look that reads users; without the permission it is told of none of them, and nobody
    // refuses.
    if !org.users.is_empty() && org.users.values().all(|user| user.value.frozen.is_none()) {
        add(Refused { permission: Permission::ManageUsers.to_string(), text: Clean::default() });
    }
    missing
}
