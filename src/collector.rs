//! Schedule, back-off and budget (pure), and the task that drives them.

pub mod backoff;
pub mod budget;
pub mod schedule;
