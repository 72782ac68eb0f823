//! Owns the collector and the operations: commands in, pictures and events out.
