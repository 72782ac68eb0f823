//! `/.well-known/openid-configuration` and `/id/keys`.

use super::super::super::ask::Reply;
use super::Desk;
use serde_json::json;

pub(super) fn configuration(desk: &mut Desk<'_>) -> Reply {
    "discovery".clone_into(&mut desk.entry.kind);
    let issuer = desk.origin();
    let at = |path: &str| format!("{issuer}/services/oauth2/{path}");
    let body = json!({
        "issuer": issuer, "authorization_endpoint": at("authorize"), "token_endpoint": at("token"),
        "revocation_endpoint": at("revoke"), "userinfo_endpoint": at("userinfo"), "introspection_endpoint": at("introspect"),
        "jwks_uri": format!("{issuer}/id/keys"),
        "scopes_supported": ["api", "id", "openid", "refresh_token", "offline_access", "web", "full"],
        "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"], "display_values_supported": ["page", "popup", "touch"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic", "private_key_jwt"],
        "claims_supported": ["active", "email", "is_app_installed", "name", "organization_id", "preferred_username", "sub",
            "updated_at", "urls", "user_id"],
        "code_challenge_methods_supported": ["S256"],
    });
    Reply::json(200, &body, desk.now)
}

/// No id token is ever signed here, so there is no key to check one with.
pub(super) fn keys(desk: &mut Desk<'_>) -> Reply {
    "discovery".clone_into(&mut desk.entry.kind);
    Reply::json(200, &json!({ "keys": [] }), desk.now)
}
