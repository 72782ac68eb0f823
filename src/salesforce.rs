//! The Salesforce client: signs in as fusebox's own user through fusebox's own app, and looks at one org at a time.
//!
//! One [`Client`] is one org. [`Client::look`] costs one API call (one composite request): `client` holds the session that
//! `sign_in` gets, `look` and `describe` ask, `http` alone opens connections, `wire` and `mapping` turn answers into `model`.
//! Uses `model` alone. `docs/salesforce-client.md` tells operators what it asks and what it needs.

mod api;
mod authorize;
mod callback;
mod changes;
mod client;
mod composite;
mod describe;
pub mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod history;
mod http;
mod look;
mod mapping;
mod pages;
mod redact;
mod refusals;
mod retry;
mod revoke;
mod sign_in;
mod soql;
#[cfg(test)]
mod tests;
mod wire;

pub use authorize::Authorization;
pub use callback::Callback;
pub use changes::KnownApprovals;
pub use client::{Asked, Client, Looked, ReadHistory, Told};
pub use describe::Described;
pub use history::AskHistory;
pub use http::Connections;
pub use look::Ask;
pub use revoke::{NotRevocable, Revocation, Revoked};
pub use sign_in::{Credentials, Grant, TokenFile, is_private_key};

/// Users that one request asks for by their ids.
pub const USERS_IN_ONE_REQUEST: usize = soql::MOST_IDS;

pub use crate::model::org::API_VERSION;
