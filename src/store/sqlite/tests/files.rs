//! The file itself: made, recognized, refused.

use super::super::open::{MIGRATIONS, NEWEST, migrate, user_version};
use super::*;
use crate::store::StoreError;
use rusqlite::Connection;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::sync::Barrier;

#[test]
fn the_file_and_its_directory_are_for_this_user_alone() {
    let (_directory, path) = place();
    let mut store = open(&path);
    store.record(&look("shop", 1, refused("a"))).expect("recorded");
    let mode = |path: &std::path::Path| fs::metadata(path).expect("metadata").mode() & 0o777;
    assert_eq!(mode(path.parent().expect("a directory")), 0o700);
    for suffix in ["", "-wal", "-shm"] {
        let file = path.with_file_name(format!("fusebox.db{suffix}"));
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    close(store);
    assert!(!path.with_file_name("fusebox.db-wal").exists(), "a closed store is one file");

    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("mode set");
    close(open(&path));
    assert_eq!(mode(&path), 0o640, "the operator's own choice stays");
}

#[test]
fn a_new_store_is_up_to_date_and_durable() {
    let (_directory, path) = place();
    let mut store = open(&path);
    assert_eq!(store.schema_version(), Ok(NEWEST));
    assert_eq!(store.check(), Ok(()));
    let pragma = |name: &str| -> String {
        let sql = format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}");
        store.connection.query_row(&sql, [], |row| row.get(0)).expect("a pragma")
    };
    assert_eq!(pragma("journal_mode"), "wal");
    assert_eq!(pragma("synchronous"), "2");
    assert_eq!(pragma("foreign_keys"), "1");
}

#[test]
fn an_empty_file_becomes_a_store() {
    let (directory, _) = place();
    let path = directory.path().join("empty.db");
    fs::write(&path, "").expect("written");
    assert_eq!(open(&path).revision(), Ok(0));
}

#[test]
fn other_files_are_refused_and_left_as_they_are() {
    let (directory, _) = place();
    let path = directory.path().join("notes.txt");
    for lines in [1, 200] {
        fs::write(&path, "Dear diary,\n".repeat(lines)).expect("written");
        let before = fs::read(&path).expect("read");
        let error = SqliteStore::open(&path).err().expect("refused");
        assert!(matches!(error, StoreError::Foreign { .. }), "{lines}: {error:?}");
        assert!(error.to_string().contains("notes.txt is not a store of fusebox"), "{error}");
        assert_eq!(fs::read(&path).expect("read"), before);
    }

    let path = directory.path().join("other.db");
    Connection::open(&path).expect("a database").execute_batch("CREATE TABLE recipe (name TEXT)").expect("made");
    let before = fs::read(&path).expect("read");
    let error = SqliteStore::open(&path).err().expect("refused");
    assert!(matches!(error, StoreError::Foreign { .. }), "{error:?}");
    assert_eq!(fs::read(&path).expect("read"), before);

    // Another program's mark on a database without tables.
    let path = directory.path().join("marked.db");
    Connection::open(&path).expect("a database").execute_batch("PRAGMA application_id = 7").expect("made");
    assert!(matches!(SqliteStore::open(&path), Err(StoreError::Foreign { .. })));
}

#[test]
fn a_newer_store_is_refused_and_left_as_it_is() {
    let (_directory, path) = place();
    let store = open(&path);
    store.connection.pragma_update(None, "user_version", 99).expect("set");
    close(store);
    let before = fs::read(&path).expect("read");
    let error = SqliteStore::open(&path).err().expect("refused");
    assert!(matches!(error, StoreError::Newer { found: 99, known: NEWEST, .. }), "{error:?}");
    assert!(error.to_string().contains("update fusebox"), "{error}");
    assert_eq!(fs::read(&path).expect("read"), before);
}

#[test]
fn a_place_where_no_file_can_be_is_named() {
    let (directory, _) = place();
    let file = directory.path().join("file");
    fs::write(&file, "").expect("written");
    for path in [file.join("fusebox.db"), directory.path().to_owned()] {
        let error = SqliteStore::open(&path).err().expect("refused");
        assert!(matches!(error, StoreError::Open { .. }), "{error:?}");
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    }
}

#[test]
fn a_store_that_may_not_be_written_says_so() {
    let (_directory, path) = place();
    let mut store = open(&path);
    store.record(&look("shop", 1, refused("a"))).expect("recorded");
    // What the database itself answers on a read-only file; permissions would not stop a test that runs as root.
    store.connection.pragma_update(None, "query_only", true).expect("set");
    let error = store.record(&look("shop", 2, refused("b"))).expect_err("refused");
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error:?}");
    assert_eq!(store.rows().expect("lines").items.len(), 1, "it can be read all the same");
    close(store);

    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).expect("mode set");
    let bound_by_permissions = fs::OpenOptions::new().write(true).open(&path).is_err();
    let opened = SqliteStore::open(&path);
    assert_eq!(matches!(opened, Err(StoreError::ReadOnly { .. })), bound_by_permissions);
}

#[test]
fn a_store_that_another_holds_is_busy() {
    let (_directory, path) = place();
    let mut store = open(&path);
    store.connection.busy_timeout(std::time::Duration::ZERO).expect("set");
    let other = open(&path);
    other.connection.execute_batch("BEGIN IMMEDIATE").expect("locked");
    let error = store.record(&look("shop", 1, refused("a"))).expect_err("refused");
    assert!(matches!(error, StoreError::Busy { .. }), "{error:?}");
    assert_eq!(store.revision(), Ok(0), "reading goes on");
    other.connection.execute_batch("COMMIT").expect("released");
    store.record(&look("shop", 1, refused("a"))).expect("recorded");
}

#[test]
fn many_may_make_the_same_store_at_once() {
    for _ in 0..20 {
        let (_directory, path) = place();
        let start = Barrier::new(4);
        std::thread::scope(|scope| {
            for n in 0..4 {
                let (path, start) = (&path, &start);
                scope.spawn(move || {
                    start.wait();
                    let mut store = open(path);
                    store.record(&look(&format!("site{n}"), 1, refused("a"))).expect("recorded");
                });
            }
        });
        let mut store = open(&path);
        assert_eq!((store.revision(), store.counts().expect("counts").total()), (Ok(4), 4));
    }
}

#[test]
fn a_migration_keeps_what_is_there_and_happens_as_a_whole() {
    let (_directory, path) = place();
    let mut store = open(&path);
    store.record(&look("shop", 1, refused("a"))).expect("recorded");
    let good = "ALTER TABLE verdict ADD COLUMN note TEXT";
    let mut steps = [MIGRATIONS, &[good, "CREATE TABLE half (way TEXT); INSERT INTO nowhere VALUES (1)"]].concat();
    assert!(migrate(&mut store.connection, &steps).is_err());
    assert_eq!(user_version(&store.connection).expect("a version"), i64::from(NEWEST));
    let left = "SELECT count(*) FROM sqlite_schema WHERE name = 'half' OR sql LIKE '%note%'";
    let left: i64 = store.connection.query_row(left, [], |row| row.get(0)).expect("a count");
    assert_eq!(left, 0, "a step that failed leaves nothing, nor do those before it");

    steps.pop();
    migrate(&mut store.connection, &steps).expect("migrated");
    migrate(&mut store.connection, &steps).expect("nothing left to do");
    assert_eq!(user_version(&store.connection).expect("a version"), i64::from(NEWEST) + 1);
    assert_eq!(names(&store.rows().expect("lines").items), ["shop"]);
}
