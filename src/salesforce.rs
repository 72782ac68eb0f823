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
mod http;
mod look;
mod mapping;
mod pages;
mod redact;
mod refusals;
mod retry;
mod sign_in;
mod soql;
#[cfg(test)]
mod tests;
mod wire;

pub use authorize::Authorization;
pub use callback::Callback;
pub use changes::KnownApprovals;
pub use client::{Asked, Client, Looked, Told};
pub use describe::Described;
pub use http::Connections;
pub use look::Ask;
pub use sign_in::{Credentials, Grant, TokenFile, is_private_key};

/// The REST version that is spoken (Spring '24). Salesforce supports a version for at least three years and answers 410
/// to a retired one. Everything that is asked for exists since 41.0; a fixed version keeps answers the same when an org
/// is upgraded in the night, which "the newest on offer" would not.
pub const API_VERSION: &str = "v60.0";
