//! What an operator starts. Uses `wordpress`, `salesforce`, `store`, `diagnosis` and `model`, and never the collector.

mod asked;
mod audited;
pub mod authorize;
pub mod change;
pub mod fields;
pub mod identify;
pub mod prove;
pub mod revoke;
