//! What an operator starts. Uses `wordpress`, `salesforce`, `store` and `model`, and never the collector.

pub mod fields;
pub mod prove;
