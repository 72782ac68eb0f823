//! Opening the file: whose it is, how it is kept, and the migrations that bring it up to date.

use super::failure::{PATIENCE, failure};
use crate::model::sharing;
use crate::store::StoreError;
use rusqlite::{Connection, MAIN_DB, OpenFlags, TransactionBehavior};
use std::fs::{DirBuilder, File, OpenOptions, Permissions, metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// "fuse", in the file's header: tells our files from others' databases.
pub(super) const APPLICATION_ID: i64 = 0x6675_7365;

/// One step each, in order; `user_version` counts the steps that a file has behind it. Steps are never changed once
/// they were released, only added.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("1.sql"),
    include_str!("2.sql"),
    include_str!("3.sql"),
    include_str!("4.sql"),
    include_str!("5.sql"),
    include_str!("6.sql"),
    include_str!("7.sql"),
];

/// The version that the migrations lead to.
pub(super) const NEWEST: u32 = version(MIGRATIONS);

#[expect(clippy::cast_possible_truncation, reason = "a handful of steps")]
const fn version(steps: &[&str]) -> u32 {
    steps.len() as u32
}

/// Statements kept prepared: room for all that the store has.
const STATEMENTS: usize = 64;

/// Opens the store's file, made if it is missing, migrated if it is old.
pub(super) fn open(path: &Path) -> Result<Connection, StoreError> {
    let place = path.display().to_string();
    let unmade = |error: io::Error| match error.kind() {
        io::ErrorKind::ReadOnlyFilesystem => StoreError::ReadOnly { store: place.clone() },
        _ => StoreError::Open { store: place.clone(), why: error.to_string() },
    };
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty()).unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(unmade)?;
    let _turn = turn(directory);
    create(path, directory).map_err(unmade)?;
    let failed = |error: rusqlite::Error| failure(&place, &error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(PATIENCE).map_err(failed)?;
    recognize(&connection, &place)?;
    // SQLite opens a file that may not be written for reading, and says so only here.
    if connection.is_readonly(MAIN_DB).map_err(failed)? {
        return Err(StoreError::ReadOnly { store: place });
    }
    tune(&connection).map_err(failed)?;
    migrate(&mut connection, MIGRATIONS).map_err(failed)?;
    // Another process with a newer fusebox may have been first.
    recognize(&connection, &place)?;
    Ok(connection)
}

/// Lets one at a time open stores in a directory, in this process and in others, until the answer is dropped.
///
/// `SQLite` refuses at once, without waiting, when two switch a new file to WAL together. And closing any descriptor of
/// a file drops all locks that the process holds on it (POSIX), so that the one of [`create`] must be gone before
/// another connection of this process locks the same file.
///
/// A directory that cannot be locked (some network file systems) is no reason to refuse: both are matters of a moment.
fn turn(directory: &Path) -> Option<File> {
    let turn = File::open(directory).ok()?;
    turn.lock().ok()?;
    Some(turn)
}

/// Makes the file, for this user alone, or for the group of a directory that the group shares; `SQLite` gives its
/// companions (`-wal`, `-shm`) the same mode, whatever the umask. A file that is there keeps the mode that the operator
/// gave it.
fn create(path: &Path, directory: &Path) -> io::Result<()> {
    let file = match OpenOptions::new().write(true).create_new(true).mode(sharing::OWN).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(()),
        made => made?,
    };
    let (directory, group) = (metadata(directory)?, file.metadata()?.gid());
    match sharing::file_mode(directory.mode(), directory.gid(), group) {
        sharing::OWN => Ok(()),
        mode => file.set_permissions(Permissions::from_mode(mode)),
    }
}

/// Refuses what is not ours and what is newer than we are, before anything is written.
fn recognize(connection: &Connection, place: &str) -> Result<(), StoreError> {
    let (application, version, objects) = marks(connection).map_err(|error| failure(place, &error))?;
    let empty = (application, version, objects) == (0, 0, 0);
    if application != APPLICATION_ID && !empty {
        let why = "a database of another program".to_owned();
        return Err(StoreError::Foreign { store: place.to_owned(), why });
    }
    if version > i64::from(NEWEST) {
        return Err(StoreError::Newer { store: place.to_owned(), found: version, known: NEWEST });
    }
    Ok(())
}

/// Whose the file is, its version, and how much is in it: all of one moment, since another process may be making it.
fn marks(connection: &Connection) -> rusqlite::Result<(i64, i64, i64)> {
    let moment = connection.unchecked_transaction()?;
    let application = number(&moment, "SELECT application_id FROM pragma_application_id")?;
    let objects = number(&moment, "SELECT count(*) FROM sqlite_schema")?;
    let marks = (application, user_version(&moment)?, objects);
    moment.commit()?;
    Ok(marks)
}

/// How the file is kept.
///
/// WAL: readers go on while another process writes, and a commit that was cut off is not there. `synchronous` FULL: a
/// kill alone would need less, but a commit that was reported must survive the machine too. It costs one `fsync` a commit, so looks that end together are kept together, and leases
/// alone do without (`SqliteStore::write_lightly`).
fn tune(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)
}

/// Takes the steps that are missing, all in one transaction, once: whoever comes second finds them done.
pub(super) fn migrate(connection: &mut Connection, steps: &[&str]) -> rusqlite::Result<()> {
    let missing = |connection: &Connection| -> rusqlite::Result<&[&str]> {
        let done = usize::try_from(user_version(connection)?).unwrap_or(0);
        Ok(steps.get(done..).unwrap_or_default())
    };
    if missing(connection)?.is_empty() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let missing = missing(&transaction)?;
    if !missing.is_empty() {
        for step in missing {
            transaction.execute_batch(step)?;
        }
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", version(steps))?;
    }
    transaction.commit()
}

/// The number of migrations that the file has behind it.
pub(super) fn user_version(connection: &Connection) -> rusqlite::Result<i64> {
    number(connection, "SELECT user_version FROM pragma_user_version")
}

fn number(connection: &Connection, sql: &str) -> rusqlite::Result<i64> {
    connection.query_row(sql, [], |row| row.get(0))
}
