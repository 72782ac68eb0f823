//! What an operator starts. Never uses the collector.
