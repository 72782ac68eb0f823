//! `/services/oauth2/revoke`: by POST, by GET, and as JSONP. Whoever has the token may end it.

use super::super::super::ask::{Reply, parameter};
use super::super::of_approval;
use super::Desk;
use serde_json::json;

pub(super) fn answer(desk: &mut Desk<'_>) -> Reply {
    "revoke".clone_into(&mut desk.entry.kind);
    let query = desk.ask.uri.query().unwrap_or_default().as_bytes();
    let field = |name| parameter(&desk.ask.body, name).or_else(|| parameter(query, name));
    let (token, callback) = (field("token").unwrap_or_default(), field("callback"));
    let revoked = desk.inner.world.revoke(&token, desk.org);
    if let Some(revoked) = revoked {
        desk.note_org(revoked.org);
        if let Some(approval) = revoked.approval {
            (desk.entry.client, desk.entry.site) = of_approval(desk.inner, revoked.org, approval);
        }
    }
    let error = json!({ "error": "invalid_token", "error_description": "invalid token" });
    match callback.filter(|name| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.')) {
        // A page that loads it as a script sees the body and not the status (confirmed).
        Some(name) => {
            let body = if revoked.is_some() { json!({}) } else { error };
            Reply::text(200, "text/javascript; charset=UTF-8", format!("{name}({body});"), desk.now)
        }
        None if revoked.is_some() => Reply::text(200, "text/html; charset=UTF-8", String::new(), desk.now),
        None => Reply::json(400, &error, desk.now),
    }
}
