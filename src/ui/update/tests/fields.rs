//! Sites by their fields, and the fields of one: what keys, answers and filters do to them.

use super::*;
use crate::model::drift::{Breakage, BrokenMapping};
use crate::model::fields::{Description, Field, MappedField, Mapping};
use crate::model::{
    Dated, Failure, FailureClass, FieldsBoard, FieldsLater, FieldsRead, FieldsRow, SeenBy, SiteFields, Untold,
};
use std::collections::BTreeMap;

fn field(name: &str, required: bool) -> Field {
    let writable = name != "Id";
    let (createable, updateable) = (writable, writable);
    Field {
        name: name.into(),
        label: "Label".into(),
        kind: "string".into(),
        createable,
        updateable,
        required,
        more: None,
    }
}

fn site_fields(pairs: &[(&str, &str, bool)], seconds: i64) -> SiteFields {
    let pair = |&(field, crm_field, active): &(&str, &str, bool)| MappedField {
        field: field.into(),
        crm_field: crm_field.into(),
        active,
    };
    let mapped = pairs.iter().map(pair).collect();
    SiteFields {
        mapping: Mapping { mapped, required: Vec::new(), read_only: Vec::new(), contact_ids: BTreeMap::new() },
        mapping_seen_at: at(seconds),
        description: Description {
            object: "Contact".into(),
            fields: vec![field("LastName", true), field("Email", false), field("Id", false)],
        },
        described_at: at(seconds),
        by: SeenBy::Site,
    }
}

const WELL: [(&str, &str, bool); 2] = [("last_name", "LastName", true), ("user_email", "Email", true)];
const ILL: [(&str, &str, bool); 4] =
    [("user_email", "Email", true), ("id", "Id", true), ("old", "Old__c", false), ("gift", "Gift__c", true)];

/// What c was told later of the object of a.
fn later() -> FieldsLater {
    let broken = BrokenMapping { field: Some("user_email".into()), crm_field: "Email".into(), by: Breakage::Gone };
    let (site, by) = (SiteName::new("c"), SeenBy::Site);
    FieldsLater { site, seen_at: at(0), by, broken: vec![broken], added: vec!["Region__c".into()] }
}

fn board() -> Event {
    let row = |(name, fields): (&str, Option<SiteFields>)| FieldsRow {
        site: SiteName::new(name),
        mapped: Some(Dated::new(at(0), 2)),
        stored: Some(212),
        read: fields.as_ref().map(SiteFields::brief),
        later: None,
    };
    let rows = [("a", Some(site_fields(&WELL, 0))), ("b", None), ("c", Some(site_fields(&ILL, 0))), ("d", None)];
    Event::Fields(Arc::new(FieldsBoard { rows: rows.map(row).to_vec() }))
}

fn kept(site: &str, fields: Option<SiteFields>) -> Message {
    Message::Event(Event::KeptFields(SiteName::new(site), fields.map(Box::new)))
}

fn told(site: &str, read: Result<SiteFields, &str>) -> Message {
    let read = read.map(|fields| Box::new(FieldsRead::earlier(fields)));
    let read = read.map_err(|why| Untold { why: why.into(), advice: "fusebox doctor c".into() });
    Message::Event(Event::ReadFields(SiteName::new(site), read))
}

fn shown(state: &State) -> Vec<&str> {
    let places = 0..state.screens.fields.shown.len();
    places.filter_map(|place| state.fields_at(place)).map(|(row, _)| row.name.as_str()).collect()
}

fn lines(state: &State) -> Vec<&str> {
    let Some(page) = state.fields_page() else { return Vec::new() };
    page.shown.iter().map(|place| page.lines[*place].crm_field.as_str()).collect()
}

fn drawn(state: &State, seconds: i64) -> String {
    let buffer = crate::ui::gallery::draw(state, at(seconds));
    buffer.content().iter().map(ratatui::buffer::Cell::symbol).collect()
}

#[test]
fn what_is_wrong_stands_on_top_and_what_nobody_read_before_what_is_well() {
    let mut state = state(fleet());
    assert_eq!(press_all(&mut state, &[Key::Char('4')], at(0)), [Effect::Send(Command::Fields)]);
    assert_eq!((state.context(), shown(&state)), (Context::Fields, vec!["a", "b", "c", "d"]));
    assert_eq!(press_all(&mut state, &[Key::Char('4')], at(0)), [], "one question at a time");
    assert!(drawn(&state, 0).contains("4 sites"), "{}", drawn(&state, 0));
    update(&mut state, Message::Event(board()), at(0));
    assert_eq!(shown(&state), ["c", "b", "d", "a"]);
    assert_eq!(state.screens.fields.selected, Some(SiteName::new("c")), "nobody chose another");
    assert_eq!(state.subject().map(|row| row.name.as_str()), Some("c"));
    let page = drawn(&state, 0);
    assert!(page.contains("1 maps a missing field") && page.contains("gift to Gift__c"), "{page}");
    press_all(&mut state, &[Key::Char('s')], at(0));
    assert_eq!(shown(&state), ["a", "b", "c", "d"]);
    assert_eq!(state.screens.fields.selected, Some(SiteName::new("c")), "turning the order moves no selection");
    typed(&mut state, "/d");
    assert_eq!(shown(&state), ["d"]);
    press_all(&mut state, &[Key::Enter, Key::Backspace], at(0));
    assert_eq!(shown(&state).len(), 4);
    press_all(&mut state, &[Key::Esc], at(0));
    assert_eq!(state.context(), Context::Sites);
}

#[test]
fn what_another_site_was_told_later_comes_before_what_nobody_knows() {
    let mut state = state(fleet());
    press_all(&mut state, &[Key::Char('4')], at(0));
    let Event::Fields(told) = board() else { panic!("another event") };
    let mut rows = told.rows.clone();
    rows[0].later = Some(later());
    update(&mut state, Message::Event(Event::Fields(Arc::new(FieldsBoard { rows }))), at(0));
    assert_eq!(shown(&state), ["c", "a", "b", "d"]);
    press_all(&mut state, &[Key::Char('j')], at(0));
    let page = drawn(&state, 120);
    assert!(page.contains("1 drifted") && page.contains("gone since: "), "{page}");
    assert!(page.contains("Since then") && page.contains("as the same user saw it for c 2m ago"), "{page}");
    assert!(page.contains("user_email to Email: the field is gone: values go nowhere"), "{page}");
    assert!(page.contains("new, and not known here: Region__c"), "{page}");
}

#[test]
fn a_page_that_something_lies_over_takes_its_answer() {
    let mut state = state(fleet());
    press_all(&mut state, &[Key::Char('4'), Key::Enter], at(0));
    press_all(&mut state, &[Key::Char('@')], at(1));
    let asks = [Effect::Send(Command::ReadFields(SiteName::new("a")))];
    assert_eq!(update(&mut state, kept("a", None), at(1)), asks);
    update(&mut state, told("a", Ok(site_fields(&ILL, 2))), at(2));
    assert!(state.notice.is_none(), "{:?}", state.notice);
    press_all(&mut state, &[Key::Esc], at(3));
    assert_eq!((state.context(), lines(&state).len()), (Context::SiteFields, 5));
    assert!(state.fields_page().is_some_and(|page| page.asked_at.is_none()));
    assert_eq!(press_all(&mut state, &[Key::Char('R')], at(4)), asks);
    assert_eq!(press_all(&mut state, &[Key::Char('R')], at(5)), [], "it waits for the answer");
    assert_eq!(press_all(&mut state, &[Key::Char('R')], at(300)), asks, "and not for ever");
    update(&mut state, Message::Unsent(Command::KeptFields(SiteName::new("a"))), at(301));
    assert!(drawn(&state, 301).contains("busy or gone"), "{}", drawn(&state, 301));
}

#[test]
fn what_somebody_meant_stays_selected_and_an_answer_that_is_late_is_asked_for_again() {
    let mut state = state(fleet());
    typed(&mut state, ":open a");
    press_all(&mut state, &[Key::Enter], at(0));
    assert_eq!(press_all(&mut state, &[Key::Char('4')], at(0)), [Effect::Send(Command::Fields)]);
    press_all(&mut state, &[Key::Char('4')], at(1));
    let again = update(&mut state, Message::Event(board()), at(2));
    assert_eq!(again, [Effect::Send(Command::Fields)], "what came meanwhile may not be in it");
    assert_eq!(state.screens.fields.selected, Some(SiteName::new("a")));
    assert_eq!(update(&mut state, Message::Event(board()), at(3)), []);
}

#[test]
fn a_site_is_asked_where_nothing_recent_is_known_of_it() {
    let fresh = [(None, true), (Some(0), false), (Some(-3_600), true)];
    for (seconds, asks) in fresh {
        let mut state = state(fleet());
        press_all(&mut state, &[Key::Char('4')], at(0));
        let opened = press_all(&mut state, &[Key::Enter], at(0));
        assert_eq!(opened, [Effect::Send(Command::KeptFields(SiteName::new("a")))]);
        let known = seconds.map(|seconds| site_fields(&ILL, seconds));
        let effects = update(&mut state, kept("a", known), at(5));
        let expected = asks.then(|| Effect::Send(Command::ReadFields(SiteName::new("a"))));
        assert_eq!(effects, expected.into_iter().collect::<Vec<_>>(), "{seconds:?}");
        assert_eq!(lines(&state).is_empty(), seconds.is_none(), "what is known is shown meanwhile");
        assert_eq!(drawn(&state, 8).contains("asking 3s"), asks);
        let next = crate::ui::view::next_change(&state, at(8));
        assert_eq!(next <= at(9), asks, "seconds are counted while it is asked");
    }
}

#[test]
fn the_worst_of_a_site_stands_first_and_the_selection_stays_on_its_line() {
    let mut state = state(fleet());
    press_all(&mut state, &[Key::Char('4'), Key::Enter], at(0));
    update(&mut state, kept("a", Some(site_fields(&ILL, -3_600))), at(0));
    assert_eq!(lines(&state), ["Gift__c", "LastName", "Id", "Old__c", "Email"]);
    press_all(&mut state, &[Key::Char('j'), Key::Char('j')], at(0));
    // Keys are answered while it is asked, and what it tells is shown when it comes.
    update(&mut state, told("a", Ok(site_fields(&ILL[..3], 2))), at(2));
    let page = state.fields_page().expect("the page");
    assert_eq!((page.line().map(|line| line.crm_field.as_str()), page.asked_at), (Some("Id"), None));
    assert_eq!(lines(&state), ["LastName", "Id", "Old__c", "Email"]);
    typed(&mut state, "/mail");
    assert_eq!(lines(&state), ["Email"]);
    press_all(&mut state, &[Key::Enter], at(2));
    assert_eq!(press_all(&mut state, &[Key::Esc], at(2)), [], "the list was asked for and did not come yet");
    assert_eq!(state.context(), Context::Fields);
}

#[test]
fn why_a_site_does_not_tell_stays_on_its_page_with_what_to_do() {
    let mut state = state(fleet());
    press_all(&mut state, &[Key::Char('4'), Key::Enter], at(0));
    update(&mut state, kept("a", None), at(0));
    update(&mut state, told("a", Err("a has told no mapping")), at(1));
    press_all(&mut state, &[Key::Char('j')], at(1));
    let page = drawn(&state, 1);
    assert!(page.contains("a has told no mapping") && page.contains("fusebox doctor c. R asks again."), "{page}");
    assert_eq!(
        press_all(&mut state, &[Key::Char('R')], at(2)),
        [Effect::Send(Command::ReadFields(SiteName::new("a")))]
    );
    assert_eq!(press_all(&mut state, &[Key::Char('R')], at(2)), [], "once at a time");
    update(&mut state, Message::Unsent(Command::ReadFields(SiteName::new("a"))), at(3));
    assert!(state.fields_page().is_some_and(|page| page.asked_at.is_none()));
    let mut fields = FieldsRead::earlier(site_fields(&WELL, 3));
    fields.undescribed = Some(Failure::new(FailureClass::Timeout, "no answer"));
    update(&mut state, Message::Event(Event::ReadFields(SiteName::new("a"), Ok(Box::new(fields)))), at(3));
    let page = drawn(&state, 3);
    assert!(page.contains("could not describe it itself") && !page.contains("R asks again"), "{page}");
}

#[test]
fn who_left_the_page_is_told_and_an_answer_for_another_page_changes_nothing() {
    let mut state = state(fleet());
    press_all(&mut state, &[Key::Char('4')], at(0));
    update(&mut state, Message::Event(board()), at(0));
    let asked = press_all(&mut state, &[Key::Char('g'), Key::Char('R')], at(0));
    assert_eq!(asked, [Effect::Send(Command::ReadFields(SiteName::new("c")))]);
    let again = update(&mut state, told("c", Ok(site_fields(&ILL, 0))), at(1));
    assert_eq!(again, [Effect::Send(Command::Fields)], "the list shows it");
    let notice = state.notice.clone().expect("a notice");
    assert_eq!((notice.text.as_str(), notice.warning), ("c: 4 fields mapped to Contact, 1 missing", true));
    press_all(&mut state, &[Key::Enter], at(1));
    update(&mut state, told("d", Ok(site_fields(&WELL, 0))), at(1));
    assert!(lines(&state).is_empty());
}

#[test]
fn the_way_from_a_site_and_by_a_command() {
    let mut state = state(fleet());
    press_all(&mut state, &[Key::Enter, Key::Char('d')], at(0));
    assert_eq!(state.fields_page().map(|page| page.site.as_str()), Some("d"), "the worst site is open");
    press_all(&mut state, &[Key::Esc, Key::Char('4')], at(0));
    assert_eq!((state.context(), state.screens.fields.selected.clone()), (Context::Fields, Some(SiteName::new("d"))));
    typed(&mut state, ":fields b");
    let effects = press_all(&mut state, &[Key::Enter], at(0));
    assert!(effects.contains(&Effect::Send(Command::KeptFields(SiteName::new("b")))), "{effects:?}");
    press_all(&mut state, &[Key::Esc], at(0));
    assert_eq!(state.screens.fields.selected, Some(SiteName::new("b")));
    typed(&mut state, "f");
    let of_b = crate::model::Intent::RefreshFields(vec![SiteName::new("b")]);
    assert!(matches!(state.overlays.last(), Some(Overlay::Confirm(_))), "{of_b:?} is asked before it is done");
}
