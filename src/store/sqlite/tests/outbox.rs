//! Changes that are still to be told: which are noted, that they come with their verdicts, and that each is told once.

use super::*;
use crate::model::{Cause, Judged};

fn seen_line(name: &str, health: Health) -> SiteRow {
    let cause = (health == Health::Fail).then_some(Cause::Evicted);
    SiteRow { cause, observed_at: Some(at(1)), ..line(name, health) }
}

fn keep(store: &mut SqliteStore, seconds: i64, rows: Vec<SiteRow>) {
    store.record(&Record { rows, tell: Some(at(seconds)), ..Record::default() }).expect("recorded");
}

fn change(store: &mut SqliteStore, seconds: i64, health: Health) {
    keep(store, seconds, vec![seen_line("shop", health)]);
}

fn only(store: &mut SqliteStore) -> i64 {
    let untold = store.untold().expect("changes");
    assert_eq!(untold.len(), 1, "{untold:?}");
    untold[0].number
}

/// Tells the one change there is: where from, where to, and its id.
fn tell(store: &mut SqliteStore) -> (Option<Health>, Health, String) {
    let number = only(store);
    let telling = store.begin_telling(number).expect("begun").expect("it is there");
    store.end_telling(number).expect("ended");
    let change = telling.change.expect("a change");
    (change.from.map(|from| from.health), change.to.health, telling.id)
}

fn none(store: &mut SqliteStore) -> bool {
    store.untold().expect("changes").is_empty()
}

#[test]
fn a_first_verdict_is_no_change_and_the_next_one_is() {
    let (_directory, path) = place();
    let mut store = open(&path);
    keep(&mut store, 0, vec![SiteRow { cause: Some(Cause::NeverProved), ..line("shop", Health::Unkn) }]);
    keep(&mut store, 1, vec![SiteRow { cause: Some(Cause::Timeout), ..line("shop", Health::Unkn) }]);
    change(&mut store, 2, Health::Ok);
    assert!(none(&mut store), "before it answered it had no health");
    change(&mut store, 3, Health::Fail);
    let (from, to, id) = tell(&mut store);
    assert_eq!((from, to, id.len()), (Some(Health::Ok), Health::Fail, 32));
    assert!(none(&mut store));
    change(&mut store, 4, Health::Fail);
    assert!(none(&mut store), "told once");
    change(&mut store, 5, Health::Ok);
    assert_ne!(tell(&mut store).2, id);
}

#[test]
fn a_site_that_is_broken_when_it_is_first_seen_is_told_unless_it_recovers_before() {
    let (_directory, path) = place();
    let mut store = open(&path);
    change(&mut store, 1, Health::Fail);
    change(&mut store, 2, Health::Fail);
    let number = only(&mut store);
    change(&mut store, 3, Health::Ok);
    assert!(none(&mut store));
    assert_eq!(store.begin_telling(number), Ok(None), "who was about to tell it is told");
    change(&mut store, 4, Health::Fail);
    assert_eq!(tell(&mut store).0, Some(Health::Ok), "it was seen to work");

    keep(&mut store, 5, vec![seen_line("news", Health::Fail)]);
    assert_eq!(tell(&mut store).0, None);
}

#[test]
fn a_store_of_before_begins_with_what_it_has() {
    let (_directory, path) = place();
    let mut store = open(&path);
    store.record(&Record { rows: vec![seen_line("shop", Health::Fail)], ..Record::default() }).expect("recorded");
    change(&mut store, 2, Health::Fail);
    assert!(none(&mut store), "it was FAIL before anybody was to be told");
    change(&mut store, 3, Health::Warn);
    assert_eq!(tell(&mut store).0, Some(Health::Fail));
}

#[test]
fn to_and_fro_is_no_change_and_a_way_with_stops_is_one() {
    let (_directory, path) = place();
    let mut store = open(&path);
    change(&mut store, 1, Health::Ok);
    change(&mut store, 2, Health::Fail);
    change(&mut store, 3, Health::Ok);
    assert!(none(&mut store));
    change(&mut store, 4, Health::Old);
    change(&mut store, 5, Health::Warn);
    let reworded = SiteRow { reason: "In other words.".to_owned(), ..seen_line("shop", Health::Warn) };
    keep(&mut store, 6, vec![reworded]);
    let untold = store.untold().expect("changes").remove(0);
    assert_eq!((untold.at, untold.begun, untold.retry_at), (at(5), false, None));
    let telling = store.begin_telling(untold.number).expect("begun").expect("it is there").change.expect("a change");
    assert_eq!((telling.from.map(|from| from.health), telling.to.health), (Some(Health::Ok), Health::Warn));
    assert_eq!((telling.at, telling.reason.as_str()), (at(5), "In other words."));
}

#[test]
fn what_somebody_began_to_tell_is_told_again_as_it_was_and_what_follows_waits() {
    let (_directory, path) = place();
    let mut store = open(&path);
    change(&mut store, 1, Health::Ok);
    change(&mut store, 2, Health::Fail);
    let number = only(&mut store);
    let first = store.begin_telling(number).expect("begun").expect("it is there");
    // The process that told it is gone: nobody knows whether anybody heard.
    close(store);
    let mut store = open(&path);
    change(&mut store, 3, Health::Ok);
    let untold = store.untold().expect("changes");
    assert_eq!(untold.iter().map(|untold| (untold.number, untold.begun)).collect::<Vec<_>>(), [(number, true)]);
    let again = store.begin_telling(number).expect("begun").expect("it is there");
    assert_eq!((again.id, again.change, again.tries), (first.id, first.change, 2));
    store.postpone_telling(number, at(90)).expect("postponed");
    assert_eq!(store.untold().expect("changes")[0].retry_at, Some(at(90)));
    let next = store.end_telling(number).expect("ended").expect("the way back");
    assert_eq!((next.begun, only(&mut store)), (false, next.number));
    let (from, to, _) = tell(&mut store);
    assert_eq!((from, to), (Some(Health::Fail), Health::Ok));
}

#[test]
fn nothing_is_noted_where_nobody_is_told() {
    let (_directory, path) = place();
    let mut store = open(&path);
    for health in [Health::Ok, Health::Fail] {
        store.record(&Record { rows: vec![seen_line("shop", health)], ..Record::default() }).expect("recorded");
    }
    let noted = "SELECT (SELECT count(*) FROM told) + (SELECT count(*) FROM change)";
    let noted: i64 = store.connection.query_row(noted, [], |row| row.get(0)).expect("a count");
    assert_eq!(noted, 0);
}

#[test]
fn a_change_is_there_with_its_verdict_or_not_at_all() {
    let (_directory, path) = place();
    let mut store = open(&path);
    change(&mut store, 1, Health::Ok);
    let fail = "CREATE TRIGGER broken BEFORE UPDATE ON verdict BEGIN SELECT RAISE(ABORT, 'broken'); END";
    store.connection.execute_batch(fail).expect("made");
    let record = Record { rows: vec![seen_line("shop", Health::Fail)], tell: Some(at(2)), ..Record::default() };
    assert!(store.record(&record).is_err());
    assert!(none(&mut store));
    store.connection.execute_batch("DROP TRIGGER broken").expect("dropped");
    store.record(&record).expect("recorded");
    assert_eq!(tell(&mut store).1, Health::Fail);
}

#[test]
fn nothing_is_told_of_a_site_that_is_gone() {
    let (_directory, path) = place();
    let mut store = open(&path);
    change(&mut store, 1, Health::Ok);
    change(&mut store, 2, Health::Fail);
    let number = only(&mut store);
    store.begin_telling(number).expect("begun");
    store.forget(&site("shop")).expect("forgotten");
    assert!(none(&mut store));
    assert_eq!(store.end_telling(number), Ok(None));

    change(&mut store, 3, Health::Ok);
    change(&mut store, 4, Health::Fail);
    store.remember(&crate::store::Memo::default(), &[], &Record::default()).expect("remembered");
    assert!(none(&mut store), "the configuration does not name it any more");
    change(&mut store, 5, Health::Fail);
    assert_eq!(tell(&mut store).0, None, "who comes back is new");
}

#[test]
fn one_that_cannot_be_read_is_named_and_hides_no_other() {
    let (_directory, path) = place();
    let mut store = open(&path);
    change(&mut store, 1, Health::Fail);
    keep(&mut store, 1, vec![seen_line("news", Health::Fail)]);
    store.connection.execute("UPDATE change SET change = '{}' WHERE site = 'shop'", []).expect("broken");
    let untold = store.untold().expect("changes");
    assert_eq!(untold.len(), 2);
    let telling = store.begin_telling(untold[0].number).expect("begun").expect("it is there");
    assert!(telling.change.expect_err("unreadable").to_string().contains("change of site shop"));
    store.end_telling(untold[0].number).expect("ended");
    assert_eq!(tell(&mut store).1, Health::Fail);
    // One that nobody began to tell is replaced by what is so now.
    keep(&mut store, 2, vec![seen_line("news", Health::Ok)]);
    store.connection.execute("UPDATE change SET change = '{}'", []).expect("broken");
    keep(&mut store, 3, vec![seen_line("news", Health::Warn)]);
    assert_eq!(tell(&mut store).1, Health::Warn);
}

#[test]
fn what_is_told_is_a_verdict_in_few_words() {
    let judged = Judged { health: Health::Fail, cause: Some(Cause::NextOut) };
    let text = serde_json::to_string(&judged).expect("JSON");
    assert_eq!(text, r#"{"health":"FAIL","cause":"next_out"}"#, "as it lies in the store");
}
