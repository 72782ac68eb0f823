//! Schedule, back-off and budget (pure), and the task that drives them.
