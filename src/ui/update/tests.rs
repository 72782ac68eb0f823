//! Tables of `update`: a state, a message, what follows.

mod fields;
mod log;
mod narrowing;
mod panes;
mod permits;
mod planning;
mod questions;
mod revoking;
mod rosters;
mod runs;
mod setting;
mod trail;

use super::*;
use crate::model::row::Counts;
use crate::model::{Cause, Expiry, Health, Origin, SiteName, SiteRow, Target};
use crate::protocol::{Picture, Poll};
use crate::ui::glyphs::Glyphs;
use crate::ui::state::Order;
use crate::ui::theme::{Depth, Ground, Theme};
use chrono::TimeDelta;
use ratatui::layout::Size;
use std::sync::Arc;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000 + seconds, 0).expect("a time")
}

fn row(name: &str, health: Health) -> SiteRow {
    SiteRow {
        health,
        cause: (health != Health::Ok).then_some(Cause::NotRecorded),
        observed_at: Some(at(0)),
        proof_at: Some(at(-60)),
        why: crate::model::Why::default(),
        ..SiteRow::unseen(SiteName::new(name), name.into())
    }
}

fn picture(mut rows: Vec<SiteRow>) -> Picture {
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    let counts: Counts = rows.iter().collect();
    let poll = Poll { by: Poller::Us, ..Poll::default() };
    Picture { rows: Arc::new(rows.into_iter().map(Arc::new).collect()), counts, poll, ..Picture::default() }
}

fn fleet() -> Picture {
    picture(vec![row("a", Health::Ok), row("b", Health::Warn), row("c", Health::Ok), row("d", Health::Fail)])
}

fn state(picture: Picture) -> State {
    let theme = Theme::new(Depth::Mono, Ground::Dark);
    let mut state = State::new("demo".into(), false, theme, Glyphs::new(true), Size::new(80, 24));
    update(&mut state, Message::Picture(picture), at(0));
    state
}

fn press_all(state: &mut State, keys: &[Key], now: DateTime<Utc>) -> Vec<Effect> {
    keys.iter().flat_map(|key| update(state, Message::Key(*key), now)).collect()
}

fn typed(state: &mut State, text: &str) {
    for c in text.chars() {
        update(state, Message::Key(Key::Char(c)), at(0));
    }
}

fn shown(state: &State) -> Vec<&str> {
    state.sites().shown.iter().map(|i| state.picture.rows[*i].name.as_str()).collect()
}

fn selected(state: &State) -> Option<&str> {
    state.selected().map(|row| row.name.as_str())
}

#[test]
fn the_worst_is_selected_first_and_asked_about() {
    let theme = Theme::new(Depth::Mono, Ground::Dark);
    let mut state = State::new("demo".into(), false, theme, Glyphs::new(true), Size::new(80, 24));
    let effects = update(&mut state, Message::Picture(fleet()), at(0));
    assert_eq!(shown(&state), ["d", "b", "a", "c"]);
    assert_eq!(effects, [Effect::Send(Command::Describe(SiteName::new("d")))]);
}

#[test]
fn keys_move_the_selection_and_stop_at_the_ends() {
    let mut state = state(fleet());
    for (key, expected) in [
        (Key::Char('k'), "d"),
        (Key::Char('j'), "b"),
        (Key::Down, "a"),
        (Key::Char('G'), "c"),
        (Key::PageDown, "c"),
        (Key::Up, "a"),
        (Key::Char('g'), "d"),
        (Key::End, "c"),
        (Key::PageUp, "d"),
        (Key::Home, "d"),
    ] {
        press_all(&mut state, &[key], at(0));
        assert_eq!(selected(&state), Some(expected), "{key}");
    }
}

#[test]
fn rows_keep_their_places_until_the_selection_has_rested() {
    let mut state = state(fleet());
    press_all(&mut state, &[Key::Char('j')], at(10));
    let newer = picture(vec![
        row("a", Health::Fail),
        row("b", Health::Ok),
        row("c", Health::Ok),
        row("d", Health::Ok),
        row("e", Health::Fail),
    ]);
    let effects = update(&mut state, Message::Picture(newer), at(11));
    assert!(effects.contains(&Effect::WakeAt(at(13))));
    assert_eq!(shown(&state), ["d", "b", "a", "c", "e"], "new rows in old places, a new site at the end");
    assert_eq!(state.selected().map(|row| row.health), Some(Health::Ok), "the figures are new at once");
    assert_eq!(selected(&state), Some("b"));

    // A further move puts the end of the rest off, and asks to be woken then.
    let effects = press_all(&mut state, &[Key::Char('k'), Key::Char('j')], at(12));
    assert!(effects.contains(&Effect::WakeAt(at(15))));
    update(&mut state, Message::Woke, at(13));
    assert_eq!(shown(&state), ["d", "b", "a", "c", "e"]);
    update(&mut state, Message::Woke, at(15));
    assert_eq!(shown(&state), ["a", "e", "b", "c", "d"]);
    assert_eq!(selected(&state), Some("b"), "kept by name, not by row");
    assert!(!state.sites().stale);
}

#[test]
fn a_clock_set_back_does_not_hold_the_order_up() {
    let mut state = state(fleet());
    press_all(&mut state, &[Key::Char('j')], at(3_600));
    update(&mut state, Message::Picture(picture(vec![row("a", Health::Fail), row("b", Health::Ok)])), at(0));
    assert_eq!(shown(&state), ["a", "b"]);
}

#[test]
fn a_selected_site_that_goes_leaves_the_selection_in_its_place() {
    let mut state = state(fleet());
    press_all(&mut state, &[Key::Char('j')], at(0));
    update(
        &mut state,
        Message::Picture(picture(vec![row("a", Health::Ok), row("c", Health::Ok), row("d", Health::Fail)])),
        at(60),
    );
    assert_eq!(selected(&state), Some("a"));
    update(&mut state, Message::Picture(picture(vec![])), at(120));
    assert_eq!(selected(&state), None);
    assert_eq!(state.sites().selected, None);
}

#[test]
fn until_it_is_moved_the_selection_stays_on_top() {
    let loading = |rows: Vec<SiteRow>| {
        let mut picture = picture(rows);
        picture.poll.waiting = 2;
        picture
    };
    let unseen = |name: &str| SiteRow::unseen(SiteName::new(name), name.into());
    let mut state = state(loading(vec![unseen("a"), unseen("b"), unseen("c")]));
    assert_eq!(selected(&state), Some("a"));
    update(&mut state, Message::Picture(loading(vec![unseen("a"), row("b", Health::Fail), unseen("c")])), at(1));
    assert_eq!(selected(&state), Some("b"));
    let all_seen = vec![row("a", Health::Fail), row("b", Health::Fail), unseen("c")];
    update(&mut state, Message::Picture(picture(all_seen)), at(1));
    assert_eq!(selected(&state), Some("a"), "the first look's end is no choice of the operator's");
    update(&mut state, Message::Picture(loading(vec![unseen("a"), row("b", Health::Fail), unseen("c")])), at(1));
    press_all(&mut state, &[Key::Char('j')], at(2));
    assert_eq!(selected(&state), Some("a"));
    update(
        &mut state,
        Message::Picture(loading(vec![row("a", Health::Ok), row("b", Health::Fail), row("c", Health::Fail)])),
        at(60),
    );
    assert_eq!((selected(&state), state.sites().cursor), (Some("a"), 2));
}

#[test]
fn a_filter_follows_every_letter_and_escape_brings_all_back() {
    let mut state = state(fleet());
    press_all(&mut state, &[Key::Char('j')], at(0));
    typed(&mut state, "/d");
    assert_eq!((shown(&state), selected(&state)), (vec!["d"], Some("d")));
    press_all(&mut state, &[Key::Backspace], at(0));
    assert_eq!((shown(&state).len(), selected(&state)), (4, Some("b")), "what was selected comes back when it matches");
    typed(&mut state, "zzz");
    assert_eq!((shown(&state).len(), selected(&state)), (0, None));
    press_all(&mut state, &[Key::Esc], at(0));
    assert_eq!((shown(&state).len(), selected(&state)), (4, Some("b")));
    assert!(state.overlays.is_empty());
}

#[test]
fn a_filter_that_is_kept_stands_until_escape() {
    let mut state = state(fleet());
    typed(&mut state, "/!ok");
    press_all(&mut state, &[Key::Enter], at(0));
    assert_eq!(shown(&state), ["d", "b"]);
    assert_eq!(state.context(), Context::Sites);
    update(
        &mut state,
        Message::Picture(picture(vec![row("a", Health::Warn), row("b", Health::Ok), row("x", Health::Fail)])),
        at(60),
    );
    assert_eq!(shown(&state), ["x", "a"], "a new picture goes through the same filter");
    press_all(&mut state, &[Key::Esc], at(61));
    assert_eq!(shown(&state).len(), 3);
    assert_eq!(press_all(&mut state, &[Key::Esc], at(61)), [], "nothing left to leave, and no reproach");
    assert_eq!(state.notice, None);
}

#[test]
fn letters_are_text_while_one_types() {
    let mut state = state(fleet());
    typed(&mut state, "/qjs?");
    assert_eq!(state.sites().narrowing.text(), "qjs?");
    assert_eq!(press_all(&mut state, &[Key::Ctrl('c')], at(0)), [Effect::Quit], "and one can still leave");
}

#[test]
fn a_paste_is_text_and_never_keys() {
    let mut state = state(fleet());
    assert_eq!(update(&mut state, Message::Paste("q".into()), at(0)), []);
    typed(&mut state, "/");
    update(&mut state, Message::Paste(format!("b\n\u{1b}[2J{}", "x".repeat(5_000))), at(0));
    let query = state.sites().narrowing.text();
    assert!(query.starts_with("b  [2Jxx") && query.chars().count() <= 200, "{query}");
}

#[test]
fn the_same_order_again_turns_it_round() {
    let mut state = state(fleet());
    typed(&mut state, "sn");
    assert_eq!((state.sites().order, state.sites().reversed), (Order::Name, false));
    assert_eq!(shown(&state), ["a", "b", "c", "d"]);
    assert_eq!(selected(&state), Some("d"));
    typed(&mut state, "sn");
    assert_eq!(shown(&state), ["d", "c", "b", "a"]);
    typed(&mut state, "sr");
    assert_eq!((state.sites().order, state.sites().reversed), (Order::Risk, false));
    typed(&mut state, "sx");
    assert_eq!(state.context(), Context::Sort, "a modal choice swallows what it does not know");
}

#[test]
fn at_most_one_question_is_under_way() {
    let mut state = state(fleet());
    let effects = press_all(&mut state, &[Key::Char('j'), Key::Char('j'), Key::Char('j')], at(0));
    assert_eq!(effects, [], "the first question has no answer yet");
    let effects = update(&mut state, Message::Event(Event::Detail(SiteName::new("d"), None)), at(0));
    let rest = at(0) + TimeDelta::milliseconds(150);
    assert_eq!(effects, [Effect::WakeAt(rest)], "a held key passes sites that nobody reads");
    let effects = update(&mut state, Message::Woke, rest);
    assert_eq!(effects, [Effect::Send(Command::Describe(SiteName::new("c")))], "then only the site one stopped at");
    let effects = update(&mut state, Message::Unsent(Command::Describe(SiteName::new("c"))), at(0));
    assert_eq!(effects, [], "an order that is not taken is not repeated at once");
    let again = SiteRow { use_count: Some(7), ..row("c", Health::Ok) };
    let newer = picture(vec![row("a", Health::Ok), row("b", Health::Warn), again, row("d", Health::Fail)]);
    let effects = update(&mut state, Message::Picture(newer), at(60));
    assert_eq!(effects, [Effect::Send(Command::Describe(SiteName::new("c")))], "a newer line is a reason to ask");
}

#[test]
fn a_single_press_asks_at_once() {
    let mut state = state(fleet());
    update(&mut state, Message::Event(Event::Detail(SiteName::new("d"), None)), at(0));
    let ask = |name: &str| Effect::Send(Command::Describe(SiteName::new(name)));
    assert_eq!(press_all(&mut state, &[Key::Char('j')], at(1)), [ask("b")]);
    update(&mut state, Message::Event(Event::Detail(SiteName::new("b"), None)), at(1));
    assert_eq!(press_all(&mut state, &[Key::Char('j')], at(2)), [ask("a")], "the last press was a second ago");
}

#[test]
fn orders_go_to_the_machinery_and_a_refusal_is_told() {
    let mut state = state(fleet());
    let look = Command::Look(vec![Target::Site(SiteName::new("d"))]);
    assert_eq!(press_all(&mut state, &[Key::Char('R')], at(0)), [Effect::Send(look.clone())]);
    assert_eq!(press_all(&mut state, &[Key::Char('p')], at(0)), [Effect::Send(Command::Pause(true))]);
    update(&mut state, Message::Unsent(look), at(0));
    assert!(state.notice.as_ref().is_some_and(|notice| notice.warning));
    state.picture.poll.by = Poller::Another;
    assert_eq!(press_all(&mut state, &[Key::Char('p')], at(0)), []);
    let notice = state.notice.clone().expect("a reason");
    assert_eq!(notice.text, "pause: another process polls this fleet");
    press_all(&mut state, &[Key::Char('j')], at(0));
    assert_eq!(state.notice, None, "the next key has read it");
}

#[test]
fn help_is_closed_by_escape_and_swallows_the_rest() {
    let mut state = state(fleet());
    typed(&mut state, "?");
    assert_eq!(state.context(), Context::Help);
    typed(&mut state, "sR/");
    assert_eq!(state.overlays.len(), 1);
    assert_eq!(selected(&state), Some("d"));
    assert_eq!(press_all(&mut state, &[Key::Char('q')], at(0)), [], "letters are searched for");
    press_all(&mut state, &[Key::Esc, Key::Esc], at(0));
    assert!(state.overlays.is_empty());
    assert_eq!(press_all(&mut state, &[Key::Char('q')], at(0)), [Effect::Quit]);
}

#[test]
fn ten_thousand_sites_are_sorted_and_filtered_within_a_key_press() {
    let rows = (0..10_000).map(|n| SiteRow {
        refresh_token: Expiry::At { at: at(i64::from(n % 977) * 3_600), origin: Origin::Policy },
        why: format!("idle {n}d").into(),
        ..row(&format!("site-{n:05}.example.org"), if n % 7 == 0 { Health::Warn } else { Health::Ok })
    });
    let mut state = state(picture(rows.collect()));
    typed(&mut state, "/site-099 !warn");
    assert_eq!(shown(&state).len(), (9_900..10_000).filter(|n| n % 7 != 0).count());
    let far = at(0) + TimeDelta::days(1);
    press_all(&mut state, &[Key::Esc, Key::Char('G')], far);
    assert_eq!(state.sites().cursor, 9_999);
    assert!(state.sites().window(14).any(|(place, _)| place == 9_999));
}

#[test]
fn a_fleet_without_sites_leads_to_the_demo_and_no_other_does() {
    let mut empty = state(picture(vec![]));
    assert_eq!(press_all(&mut empty, &[Key::Char('d')], at(0)), [Effect::Demo]);
    let mut some = state(fleet());
    assert!(!press_all(&mut some, &[Key::Char('d')], at(0)).contains(&Effect::Demo));
    assert!(some.notice.is_some_and(|notice| notice.text.contains("fusebox demo")));
}

#[test]
fn the_view_s_number_leads_back_to_the_list() {
    let mut state = state(fleet());
    press_all(&mut state, &[Key::Enter], at(0));
    assert_eq!(state.context(), Context::Site);
    press_all(&mut state, &[Key::Char('1'), Key::Char('1')], at(1));
    assert_eq!(state.context(), Context::Sites);
}
