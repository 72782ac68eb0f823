//! Arguments, and one file for each command; the only place where parts are wired together.
