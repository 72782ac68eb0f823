//! The view of the audit.

use super::*;
use crate::model::trail::TrailState;
use crate::model::{ActionClass, Trail, TrailLine};
use crate::protocol::OperationId;

fn trail(numbers: std::ops::RangeInclusive<u64>) -> Event {
    let line = |number| TrailLine {
        number,
        at: at(0),
        id: "0badcafe".into(),
        operation: "identify".into(),
        class: ActionClass::Spend,
        phase: "after".into(),
        target: "shop.example.org".into(),
        account: None,
        by: "ops".into(),
        operator: "user id 0".into(),
        what: "one refresh".into(),
        outcome: None,
        code: "00".into(),
    };
    let lines = numbers.rev().map(line).collect();
    Event::Trail(Arc::new(Trail { lines, older: 0, state: TrailState::Good }))
}

fn selected(state: &State) -> Option<u64> {
    state.trail_line().map(|line| line.number)
}

#[test]
fn it_is_read_when_it_is_shown_and_when_an_operation_ended() {
    let mut state = state(fleet());
    assert_eq!(press_all(&mut state, &[Key::Char('7')], at(0)), [Effect::Send(Command::Trail)]);
    assert_eq!(state.context(), Context::Audit);
    assert_eq!(press_all(&mut state, &[Key::Char('7')], at(0)), [], "one question at a time");
    update(&mut state, Message::Event(trail(1..=3)), at(0));
    let ended = Event::ended(OperationId(1), true, "done");
    assert_eq!(update(&mut state, Message::Event(ended.clone()), at(0)), [Effect::Send(Command::Trail)]);
    update(&mut state, Message::Unsent(Command::Trail), at(0));
    press_all(&mut state, &[Key::Esc], at(0));
    assert_eq!(update(&mut state, Message::Event(ended), at(0)), [], "where it is not shown nobody reads it");
}

#[test]
fn the_newest_stays_selected_until_one_chose_another() {
    let mut state = state(fleet());
    press_all(&mut state, &[Key::Char('7')], at(0));
    update(&mut state, Message::Event(trail(1..=40)), at(0));
    assert_eq!(selected(&state), Some(40));
    update(&mut state, Message::Event(trail(1..=41)), at(0));
    assert_eq!(selected(&state), Some(41));
    press_all(&mut state, &[Key::Char('j'), Key::Char('j')], at(0));
    update(&mut state, Message::Event(trail(1..=45)), at(0));
    assert_eq!(selected(&state), Some(39), "the line, not its place");
    press_all(&mut state, &[Key::Char('G')], at(0));
    assert_eq!(selected(&state), Some(1));
    let page = format!("{:?}", crate::ui::gallery::draw(&state, at(0)));
    assert!(page.contains("line 1 ") && page.contains("45 lines, the newest first"), "{page}");
    update(&mut state, Message::Resize(Size::new(60, 15)), at(0));
    press_all(&mut state, &[Key::Char('g')], at(0));
    assert_eq!((selected(&state), state.screens.trail.offset), (Some(45), 0));
}
