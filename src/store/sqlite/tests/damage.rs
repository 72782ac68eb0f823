//! Full disks and damaged files: said clearly, and nothing half-written.

use super::*;
use crate::store::StoreError;
use std::fs;

/// A store with enough in it that its tables have many pages, closed.
fn filled(path: &std::path::Path) {
    let mut store = open(path);
    for n in 0..60 {
        let name = format!("site{n:03}");
        store.record(&look(&name, n, refused(&"words ".repeat(300)))).expect("recorded");
    }
    close(store);
}

#[test]
fn a_full_disk_undoes_the_whole_record() {
    let (_directory, path) = place();
    let mut store = open(&path);
    store.record(&look("shop", 1, refused("a"))).expect("recorded");
    let pages: i64 = store.connection.query_row("PRAGMA page_count", [], |row| row.get(0)).expect("pages");
    store.connection.query_row(&format!("PRAGMA max_page_count = {}", pages + 6), [], |_| Ok(())).expect("capped");

    let kept = (1..200).find_map(|n| {
        let result = store.record(&look("shop", n + 1, refused(&format!("{n} {}", "words ".repeat(300)))));
        result.err().map(|error| (n, error))
    });
    let (failed_at, error) = kept.expect("the disk was full at some time");
    assert!(matches!(error, StoreError::Full { .. }), "{error:?}");
    assert!(error.to_string().contains("free some space"), "{error}");

    let history = store.history(&site("shop"), None, always()).expect("history").items;
    let state = store.site_state(&SiteName::new("shop")).expect("a state").expect("a state");
    assert_eq!(history.len(), usize::try_from(failed_at).expect("a few"));
    assert_eq!(state.prove.map(|prove| prove.seen_at), history.last().map(|span| span.seen_at));
    assert_eq!(store.revision(), Ok(failed_at.unsigned_abs()));
    assert_eq!(store.check(), Ok(()));

    store.connection.query_row("PRAGMA max_page_count = 100000", [], |_| Ok(())).expect("freed");
    store.record(&look("shop", 500, refused("room again"))).expect("recorded");
}

#[test]
fn a_malformed_page_is_damage_and_never_a_wrong_answer() {
    let (_directory, path) = place();
    filled(&path);
    let whole = fs::read(&path).expect("read");
    let page = 4096;
    let pages = whole.len() / page;
    assert!(pages > 20, "enough to damage");
    let mut damaged = 0;
    for n in 0..pages {
        let mut bytes = whole.clone();
        // The first hundred bytes are the header, by which the file is recognized.
        let from = if n == 0 { 100 } else { n * page };
        bytes[from..(n + 1) * page].fill(0xa5);
        fs::write(&path, &bytes).expect("written");
        match SqliteStore::open(&path) {
            Err(error) => assert!(matches!(error, StoreError::Corrupt { .. }), "page {n}: {error:?}"),
            Ok(mut store) => match store.check() {
                // A page that nothing uses.
                Ok(()) => continue,
                Err(error) => assert!(matches!(error, StoreError::Corrupt { .. }), "page {n}: {error:?}"),
            },
        }
        damaged += 1;
        read_all(&path, n);
    }
    assert!(damaged > pages / 2, "{damaged} of {pages} pages");
}

/// Every function answers or says that the store is damaged; none fails in another way.
fn read_all(path: &std::path::Path, page: usize) {
    let Ok(mut store) = SqliteStore::open(path) else { return };
    let results = [
        store.rows().map(drop),
        store.counts().map(drop),
        store.site_states().map(drop),
        store.history(&site("site003"), None, always()).map(drop),
        store.record(&look("shop", 1, refused("a"))).map(drop),
    ];
    for result in results {
        assert!(matches!(result, Ok(()) | Err(StoreError::Corrupt { .. })), "page {page}: {result:?}");
    }
}

#[test]
fn a_file_that_was_cut_off_is_damage() {
    let (_directory, path) = place();
    filled(&path);
    let whole = fs::read(&path).expect("read");
    fs::write(&path, &whole[..whole.len() / 2]).expect("written");
    let error = SqliteStore::open(&path).and_then(|mut store| store.check()).expect_err("damaged");
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
    assert!(error.to_string().contains("move it away"), "{error}");

    fs::write(&path, &whole[..50]).expect("written");
    let error = SqliteStore::open(&path).err().expect("refused");
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error:?}");
    assert_eq!(fs::read(&path).expect("read"), whole[..50], "what is left of it is left alone");
}

#[test]
fn a_log_that_was_cut_off_or_garbled_leaves_whole_records() {
    let (directory, path) = place();
    let mut store = open(&path);
    for n in 1..=30 {
        store.record(&look("shop", n, refused(&n.to_string()))).expect("recorded");
    }
    let (file, wal) = (fs::read(&path).expect("read"), fs::read(path.with_file_name("fusebox.db-wal")).expect("read"));
    drop(store);
    let whole_up_to = |name: String, wal: &[u8]| {
        let copy = directory.path().join(format!("{name}.db"));
        fs::write(&copy, &file).expect("written");
        fs::write(directory.path().join(format!("{name}.db-wal")), wal).expect("written");
        let mut store = open(&copy);
        assert_eq!(store.check(), Ok(()), "{name}");
        let revision = store.revision().expect("a revision");
        let history = store.history(&site("shop"), None, always()).expect("history").items;
        assert_eq!(history.len() as u64, revision, "{name}: a record is there as a whole or not at all");
        let state = store.site_state(&SiteName::new("shop")).expect("a state");
        let newest = state.and_then(|state| state.prove).map(|prove| prove.seen_at);
        assert_eq!(newest, history.last().map(|span| span.seen_at), "{name}");
        revision
    };
    let mut last = 0;
    for part in 0..=40 {
        let length = wal.len() * part / 40;
        let cut = whole_up_to(format!("cut-{part}"), &wal[..length]);
        assert!(cut >= last, "{part}: a longer log never has less");
        last = cut;
        let mut garbled = wal.clone();
        garbled[length..].iter_mut().take(64).for_each(|byte| *byte ^= 0x5a);
        assert_eq!(whole_up_to(format!("garbled-{part}"), &garbled), cut, "{part}: nothing behind the garble counts");
    }
    assert_eq!(last, 30);
}
