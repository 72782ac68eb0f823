//! fusebox: a terminal console for the OAuth connections that WordPress sites hold to Salesforce through WP Fusion.
//!
//! A functional core in a thin imperative shell. `docs/architecture.md` tells the parts, the data path, and who may use
//! whom; `tests/architecture.rs` holds it.

pub mod backend;
pub mod cli;
pub mod collector;
pub mod config;
pub mod diagnosis;
pub mod model;
pub mod operations;
pub mod protocol;
pub mod salesforce;
pub mod secrets;
pub mod sim;
pub mod store;
pub mod ui;
pub mod wordpress;
