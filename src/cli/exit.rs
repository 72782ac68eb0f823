//! Exit codes: what a script may lean on.

use std::process::ExitCode;
use strum::Display;

/// How a command ended. The names stand in `--json` too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Display)]
#[strum(serialize_all = "snake_case")]
pub enum Exit {
    /// 0: all of it.
    Done,
    /// 1: it failed.
    Failed,
    /// 2: some of it.
    PartlyDone,
    /// 20: a person denied it.
    Denied,
    /// 21: another user signed in.
    WrongUser,
    /// 22: it was another org.
    WrongOrg,
    /// 23: nobody came to the end of it.
    Abandoned,
    /// 24: the app has to be installed in the org first.
    AppNotInstalled,
    /// 25: an administrator blocks the app.
    AppBlocked,
    /// 26: a live site would lose its connection.
    WouldEvict,
    /// 27: done, and nothing tells whether it helped.
    NotVerified,
    /// 64: the arguments are wrong.
    Usage,
    /// 69: nothing answers.
    Unavailable,
    /// 75: somebody else is at it; try later.
    TryLater,
    /// 77: refused.
    NotPermitted,
    /// 78: the configuration is wrong.
    Configuration,
    /// 101: fusebox itself is broken; Rust's own number for a panic.
    Broken,
    /// 128 and the signal's number.
    Signal(u8),
    /// What the console says of itself.
    Console(u8),
}

impl Exit {
    /// The number.
    pub fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::PartlyDone => 2,
            Self::Denied => 20,
            Self::WrongUser => 21,
            Self::WrongOrg => 22,
            Self::Abandoned => 23,
            Self::AppNotInstalled => 24,
            Self::AppBlocked => 25,
            Self::WouldEvict => 26,
            Self::NotVerified => 27,
            Self::Usage => 64,
            Self::Unavailable => 69,
            Self::TryLater => 75,
            Self::NotPermitted => 77,
            Self::Configuration => 78,
            Self::Broken => 101,
            Self::Signal(number) => number.saturating_add(128),
            Self::Console(status) => status,
        }
    }

    /// The number, for the process to end with.
    pub fn code(self) -> ExitCode {
        ExitCode::from(self.number())
    }
}
