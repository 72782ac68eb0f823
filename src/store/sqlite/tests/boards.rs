//! Boards: kept by org, read in the order of what claims attention.

use super::super::open::{MIGRATIONS, migrate};
use super::*;
use crate::model::{OrgBoard, Rotation};
use rusqlite::Connection;

fn keep(store: &mut SqliteStore, boards: Vec<OrgBoard>) {
    store.record(&Record { boards, ..Record::default() }).expect("recorded");
}

fn board(name: &str, rotation: Rotation) -> OrgBoard {
    OrgBoard { rotation, ..OrgBoard::unknown(name, "https://example.my.salesforce.com") }
}

fn page(store: &mut SqliteStore, limit: usize) -> Vec<String> {
    let page = store.boards_page(limit).expect("a page");
    page.items.iter().map(|board| board.name.to_string()).collect()
}

#[test]
fn what_claims_attention_most_is_on_the_first_page() {
    let (_directory, path) = place();
    let mut store = open(&path);
    keep(&mut store, vec![board("beta", Rotation::Off), board("acme", Rotation::Off), board("zeta", Rotation::On)]);
    assert_eq!(page(&mut store, 2), ["zeta", "acme"]);
    assert_eq!(page(&mut store, usize::MAX), ["zeta", "acme", "beta"]);
    keep(&mut store, vec![board("zeta", Rotation::Off), board("beta", Rotation::On)]);
    assert_eq!(page(&mut store, 2), ["beta", "acme"], "the order follows what is known");
}

#[test]
fn a_board_of_before_comes_first_until_it_is_kept_again() {
    let (_directory, path) = place();
    std::fs::create_dir_all(path.parent().expect("a directory")).expect("made");
    let mut old = Connection::open(&path).expect("a database");
    migrate(&mut old, &MIGRATIONS[..2]).expect("the second version");
    let line = serde_json::to_string(&board("zeta", Rotation::Off)).expect("JSON");
    old.execute("INSERT INTO board (org, revision, board) VALUES ('zeta', 0, ?1)", [line]).expect("kept");
    drop(old);
    let mut store = open(&path);
    keep(&mut store, vec![board("acme", Rotation::On)]);
    assert_eq!(page(&mut store, 9), ["zeta", "acme"]);
    keep(&mut store, vec![board("zeta", Rotation::Off)]);
    assert_eq!(page(&mut store, 9), ["acme", "zeta"]);
}
