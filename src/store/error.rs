//! Why a store did not do what it was asked. Names the store and what to do; nothing is ever half-written.

use super::kept::Unreadable;
use crate::model::Target;

/// Why a store did not do what it was asked. `store` is where it lies: the path of a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// It cannot be opened or made.
    #[error("the store {store} cannot be opened: {why}; check the directory and its permissions")]
    Open {
        /// Where.
        store: String,
        /// What the system says.
        why: String,
    },
    /// Something else lies there. It was not changed.
    #[error("{store} is not a store of fusebox ({why}); move it away, or choose another directory with --state-dir")]
    Foreign {
        /// Where.
        store: String,
        /// What it is.
        why: String,
    },
    /// A newer fusebox wrote it. It was not changed.
    #[error(
        "the store {store} was written by a newer fusebox (schema {found}, this one knows {known}); \
         update fusebox, or choose another directory with --state-dir"
    )]
    Newer {
        /// Where.
        store: String,
        /// The version it has.
        found: i64,
        /// The newest version known here.
        known: u32,
    },
    /// It may not be written.
    #[error("the store {store} is read-only; make the file and its directory writable for this user")]
    ReadOnly {
        /// Where.
        store: String,
    },
    /// No room is left.
    #[error("no room is left for the store {store}; free some space on its disk: what was kept before is whole")]
    Full {
        /// Where.
        store: String,
    },
    /// It is damaged.
    #[error(
        "the store {store} is damaged ({why}); move it away and start again, or put a backup in its place: \
         a new store fills itself with the next looks, history and audit are in the old file"
    )]
    Corrupt {
        /// Where.
        store: String,
        /// What is wrong with it.
        why: String,
    },
    /// Another process did not let go of it in time.
    #[error("the store {store} has been locked by another process for {waited_s} s; try again, or end that process")]
    Busy {
        /// Where.
        store: String,
        /// How long was waited, in seconds.
        waited_s: u64,
    },
    /// The disk does not do what it should.
    #[error("the disk failed under the store {store}: {why}; check the disk")]
    Disk {
        /// Where.
        store: String,
        /// What the system says.
        why: String,
    },
    /// The one thing that was asked for is there and cannot be read.
    #[error("{0}")]
    Unreadable(Unreadable),
    /// A record's observation belongs to none of its states. A bug of fusebox.
    #[error(
        "an observation of {target} came without the state of {target}; nothing was recorded (a bug: please report it)"
    )]
    Stray {
        /// What was observed.
        target: Target,
    },
    /// The work handed to the store's thread panicked. A bug of fusebox; the thread goes on.
    #[error("work on the store panicked: {what} (a bug: please report it)")]
    Panicked {
        /// The panic's words.
        what: String,
    },
    /// The store's thread has ended.
    #[error("the store is closed")]
    Closed,
    /// Something that should not happen. A bug of fusebox.
    #[error("the store {store} failed: {why} (a bug: please report it)")]
    Internal {
        /// Where.
        store: String,
        /// What the database says.
        why: String,
    },
}
