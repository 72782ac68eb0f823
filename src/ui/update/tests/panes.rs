//! Marks, ranges, focus and zoom; and a fleet that arrives in parts.

use super::*;
use crate::model::OrgBoard;
use crate::model::org::Refused;
use crate::ui::page::Zoom;
use crate::ui::state::Pane;

fn wide(picture: Picture) -> State {
    let theme = Theme::new(Depth::Mono, Ground::Dark);
    let mut state = State::new("demo".into(), false, theme, Glyphs::new(true), Size::new(160, 50));
    update(&mut state, Message::Picture(picture), at(0));
    state
}

fn marked(state: &State) -> String {
    state.sites().marked.iter().map(SiteName::as_str).collect()
}

#[test]
fn marks_go_on_to_the_next_row_and_come_off_again() {
    let mut state = state(fleet());
    // In the order d b a c.
    for (typed_keys, expected, on) in
        [(" ", "d", "b"), (" ", "bd", "a"), ("k ", "d", "a"), ("G ", "cd", "c"), ("*", "abcd", "c")]
    {
        typed(&mut state, typed_keys);
        assert_eq!((marked(&state).as_str(), selected(&state)), (expected, Some(on)), "{typed_keys}");
    }
    press_all(&mut state, &[Key::Backspace], at(0));
    assert_eq!(marked(&state), "");
    press_all(&mut state, &[Key::Backspace], at(0));
    assert!(state.notice.as_ref().is_some_and(|notice| notice.text.ends_with("no site is marked")));
}

#[test]
fn a_range_goes_from_here_to_there_in_either_direction() {
    for keys in ["vjjv", "jjvggv"] {
        let mut state = state(fleet());
        typed(&mut state, keys);
        assert_eq!(marked(&state), "abd", "{keys}");
        assert_eq!(state.sites().range_from, None);
    }
    let mut state = state(fleet());
    typed(&mut state, " vj");
    press_all(&mut state, &[Key::Backspace], at(0));
    assert_eq!((marked(&state).as_str(), &state.sites().range_from), ("d", &None), "the range is left, marks stay");
}

#[test]
fn marks_survive_a_picture_a_filter_and_an_order_and_go_with_their_site() {
    let mut state = state(fleet());
    typed(&mut state, "*");
    typed(&mut state, "/d");
    press_all(&mut state, &[Key::Enter], at(0));
    typed(&mut state, "sn");
    assert_eq!((shown(&state), marked(&state).as_str()), (vec!["d"], "abcd"));
    typed(&mut state, " ");
    assert_eq!(marked(&state), "abc");
    let newer = || picture(vec![row("a", Health::Fail), row("b", Health::Ok), row("e", Health::Ok)]);
    update(&mut state, Message::Picture(Picture { partial: true, ..newer() }), at(60));
    assert_eq!(marked(&state), "abc", "of a fleet read in part nobody knows who is gone");
    update(&mut state, Message::Picture(newer()), at(61));
    assert_eq!(marked(&state), "ab");
    assert!(state.notice.as_ref().is_some_and(|notice| notice.text.starts_with("1 marked site is")));
}

#[test]
fn all_marked_sites_are_asked_or_the_selected_one() {
    let mut state = state(fleet());
    let look = |names: &[&str]| {
        Effect::Send(Command::Look(names.iter().map(|name| Target::Site(SiteName::new(*name))).collect()))
    };
    assert!(press_all(&mut state, &[Key::Char('R')], at(0)).contains(&look(&["d"])));
    typed(&mut state, "j  ");
    assert!(press_all(&mut state, &[Key::Char('R')], at(0)).contains(&look(&["a", "b"])));
    assert_eq!(state.notice.as_ref().map(|n| n.text.as_str()), Some("asking 2 sites now"));
}

#[test]
fn keys_move_in_the_pane_that_has_the_focus() {
    let mut state = wide(fleet());
    // Low enough that the pane has more lines than rows: what is all there does not scroll.
    update(&mut state, Message::Resize(Size::new(160, 16)), at(0));
    press_all(&mut state, &[Key::Tab, Key::Char('j'), Key::Char('j'), Key::Up], at(0));
    assert_eq!((state.sites().focus, state.sites().detail_offset, selected(&state)), (Pane::Detail, 1, Some("d")));
    press_all(&mut state, &[Key::BackTab, Key::Char('j')], at(0));
    assert_eq!((state.sites().focus, state.sites().detail_offset, selected(&state)), (Pane::List, 0, Some("b")));
    press_all(&mut state, &[Key::Tab], at(0));
    update(&mut state, Message::Resize(Size::new(100, 30)), at(0));
    assert_eq!(state.sites().focus, Pane::List, "a pane that has no place has no focus");
    press_all(&mut state, &[Key::Tab], at(0));
    assert!(state.notice.as_ref().is_some_and(|notice| notice.text.contains("one pane at this width")));
}

#[test]
fn zoom_gives_the_page_to_the_pane_that_has_the_focus() {
    for mut state in [state(fleet()), wide(fleet())] {
        typed(&mut state, "+");
        assert_eq!(state.sites().zoom, Zoom::List);
        assert_eq!(state.page().list.width, state.size.width);
        press_all(&mut state, &[Key::Tab], at(0));
        assert_eq!((state.sites().zoom, state.sites().focus), (Zoom::Detail, Pane::Detail));
        press_all(&mut state, &[Key::Tab], at(0));
        assert_eq!(state.sites().zoom, Zoom::List);
        typed(&mut state, "_");
        assert_eq!(state.sites().zoom, Zoom::None);
        assert!(state.sites().window(usize::from(state.page().list.height)).count() == 4);
    }
}

#[test]
fn the_rest_of_a_fleet_moves_no_selection() {
    let first = Picture { partial: true, ..picture(vec![row("d", Health::Fail), row("b", Health::Warn)]) };
    let mut state = state(first);
    press_all(&mut state, &[Key::Char('j')], at(0));
    assert_eq!(selected(&state), Some("b"));
    for now in [1, 60] {
        let rest =
            picture(vec![row("a", Health::Fail), row("b", Health::Warn), row("c", Health::Ok), row("d", Health::Fail)]);
        update(&mut state, Message::Picture(rest), at(now));
        assert_eq!(selected(&state), Some("b"), "after {now} s");
    }
}

#[test]
fn whoever_marks_all_before_the_rest_is_read_is_told() {
    let first = Picture { partial: true, ..picture(vec![row("d", Health::Fail), row("b", Health::Warn)]) };
    let mut state = state(first);
    press_all(&mut state, &[Key::Char('*')], at(0));
    let told = state.notice.as_ref().map(|notice| notice.text.as_str());
    assert_eq!(told, Some("not every site was read yet: 2 are marked"));
    update(&mut state, Message::Picture(fleet()), at(1));
    press_all(&mut state, &[Key::Char('*')], at(2));
    assert!(state.notice.is_none() && state.sites().marked.len() == 4, "{:?}", state.notice);
}

#[test]
fn a_refusal_is_told_until_it_is_acknowledged() {
    let board = OrgBoard {
        refused: Some(Refused { permission: "Customize Application".into(), text: "INSUFFICIENT_ACCESS".into() }),
        answered_at: Some(at(0)),
        ..OrgBoard::unknown("acme", "https://acme.example")
    };
    let with_board = || Picture { boards: Arc::new(vec![Arc::new(board.clone())]), ..fleet() };
    let mut state = state(with_board());
    assert_eq!(state.page().banner.height, 3);
    typed(&mut state, "A");
    assert!(state.page().banner.is_empty());
    update(&mut state, Message::Picture(with_board()), at(60));
    assert!(state.page().banner.is_empty(), "for this run");
    typed(&mut state, "A");
    assert!(state.notice.as_ref().is_some_and(|notice| notice.warning), "nothing is left to acknowledge");
}
