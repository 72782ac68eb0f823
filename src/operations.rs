//! What an operator starts. Uses `wordpress`, `store` and `model`, and never the collector.

pub mod prove;
