//! What can be taken back, for how long; what is left of an operation over many.

use super::*;
use crate::model::Undoable;
use crate::model::site_change::SavedValue;
use crate::model::undo::KEPT;
use chrono::TimeDelta;

fn change(id: &str, day: i64) -> Undoable {
    let saved = SavedValue {
        name: "sf_object_type".into(),
        before: Some("\"Contact\"".to_owned()),
        now: "0".repeat(64),
        after: Some("\"Lead\"".to_owned()),
    };
    Undoable {
        id: id.to_owned(),
        site: SiteName::new("shop"),
        operation: "object-type".to_owned(),
        at: DateTime::UNIX_EPOCH + TimeDelta::days(day),
        what: "Lead".into(),
        saved: vec![saved],
        left_out: vec!["wpf_crm_fields".into()],
    }
}

#[test]
fn a_change_is_kept_for_thirty_days_and_then_goes() {
    let (_directory, path) = place();
    let mut store = open(&path);
    for (id, day) in [("b", 2), ("a", 1), ("c", 3)] {
        store.keep_undo(&change(id, day)).expect("kept");
    }
    let mut ids = |now: DateTime<Utc>| -> Vec<String> {
        store.undoable(now).expect("changes").items.into_iter().map(|change| change.id).collect()
    };
    assert_eq!(ids(change("c", 3).at), ["c", "b", "a"]);
    assert_eq!(ids(change("b", 2).at + KEPT), ["c", "b"]);
    store.end_undo("c").expect("taken back");
    store.keep_undo(&change("d", 32)).expect("kept");
    let left = store.undoable(DateTime::UNIX_EPOCH).expect("changes").items;
    assert_eq!(left, [change("d", 32), change("b", 2)], "the first is gone for good, and nothing is lost on the way");
}

#[test]
fn what_is_not_done_is_left_until_the_next_run_begins() {
    let (_directory, path) = place();
    let mut store = open(&path);
    let sites = ["b", "a", "c"].map(SiteName::new);
    store.begin_batch("refresh-fields", &sites).expect("begun");
    store.begin_batch("other", &sites[..1]).expect("begun");
    store.done_in_batch("refresh-fields", &sites[0]).expect("done");
    drop(store);
    let mut store = open(&path);
    assert_eq!(store.left_in_batch("refresh-fields"), Ok(vec![sites[1].clone(), sites[2].clone()]));
    store.begin_batch("refresh-fields", &sites[2..]).expect("begun");
    assert_eq!(store.left_in_batch("refresh-fields"), Ok(vec![sites[2].clone()]));
    assert_eq!(store.left_in_batch("other"), Ok(vec![sites[0].clone()]));
}
