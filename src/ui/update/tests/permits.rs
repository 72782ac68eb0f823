//! What is seen and done where nothing may be spent or written.

use super::questions::{ms, press, preview};
use super::*;
use crate::model::refreshing::RefreshRun;
use crate::model::{ActionClass, Confirmation, Intent, Permits, ReadOnly};
use crate::protocol::{OperationId, Question};
use crate::ui::action::TABLE;
use crate::ui::gallery::draw;
use crate::ui::state::menu::items;
use crate::ui::state::{RunPage, Screen};

#[test]
fn where_nothing_may_be_spent_no_such_action_is_seen_or_done() {
    for by in [ReadOnly::Flag, ReadOnly::Fleet, ReadOnly::Unsaid] {
        let mut state = state(fleet());
        state.permits.fleet = Some(by.clone());
        let more: Vec<_> = TABLE.iter().filter(|entry| entry.class != ActionClass::Look).collect();
        assert!(!more.is_empty());
        for entry in more {
            assert_eq!(entry.enabled(state.facts()), Err(by.reason()));
            assert!(entry.is_hidden(state.facts()));
            for place in [Context::Sites, Context::Site].into_iter().filter(|place| entry.contexts.contains(place)) {
                state.screens.opened.clear();
                if place == Context::Site {
                    press(&mut state, Key::Enter, at(0));
                }
                assert_eq!(state.place(), place);
                assert!(items(&state).iter().all(|item| item.class == ActionClass::Look));
                press(&mut state, Key::Char('x'), at(0));
                let page = format!("{:?}", draw(&state, at(0)));
                assert!(page.contains("prove") && !page.contains(entry.label), "{} is in {page}", entry.label);
                press(&mut state, Key::Esc, at(0));
                press(&mut state, Key::Char(':'), at(0));
                typed(&mut state, entry.id);
                let Some(Overlay::Palette(palette)) = state.overlays.last() else { panic!("no palette") };
                assert!(palette.items.is_empty(), "{:?}", palette.items);
                assert_eq!(press(&mut state, Key::Enter, at(0)), 0);
                let Some(Overlay::Palette(palette)) = state.overlays.last() else { panic!("it ran") };
                assert!(palette.wrong.as_ref().is_some_and(|wrong| wrong.what.contains(by.reason())));
                press(&mut state, Key::Esc, at(0));
            }
        }
    }
}

/// The keys row.
fn keys_row(state: &State) -> String {
    let page = draw(state, at(0));
    let y = page.area.height - 1;
    (0..page.area.width).map(|x| page[(x, y)].symbol()).collect()
}

/// Every place where something is told, the page of a run among them that left something.
fn places() -> Vec<State> {
    let opened = |keys: &[Key]| {
        let mut state = state(fleet());
        for key in keys {
            assert_eq!(press(&mut state, *key, at(0)), 0);
        }
        state
    };
    let mut run = opened(&[]);
    let (site, id) = (SiteName::new("d"), OperationId(7));
    run.begin_run(id, RefreshRun::new(vec![site], at(0)));
    run.take_run(id, None);
    run.screens.opened.push(Screen::Run(RunPage { id, cursor: 0, offset: 0 }));
    vec![
        opened(&[]),
        opened(&[Key::Enter]),
        opened(&[Key::Char('2')]),
        opened(&[Key::Char('2'), Key::Enter]),
        opened(&[Key::Char('3')]),
        opened(&[Key::Char('7')]),
        run,
    ]
}

#[test]
fn where_nothing_may_be_spent_no_keys_row_and_no_menu_has_it_in_any_place() {
    let (mut seen_in_row, mut seen_in_menu) = (0, 0);
    for mut state in places() {
        let place = state.place();
        for by in [None, Some(ReadOnly::Flag), Some(ReadOnly::Fleet), Some(ReadOnly::Unsaid)] {
            state.permits.fleet.clone_from(&by);
            let row = keys_row(&state);
            let more = TABLE.iter().filter(|entry| entry.class != ActionClass::Look);
            for entry in more.filter(|entry| entry.contexts.contains(&place)) {
                let drawn = entry.keys.iter().any(|key| row.contains(&format!("{key} {}", entry.label)));
                let listed = items(&state).iter().any(|item| item.id == entry.id);
                assert!(by.is_none() || !(drawn || listed), "{} in {place:?}: {row}", entry.id);
                seen_in_row += usize::from(drawn);
                seen_in_menu += usize::from(listed);
            }
        }
    }
    assert!(seen_in_row > 0 && seen_in_menu > 3, "where it may they are seen: {seen_in_row}, {seen_in_menu}");
}

#[test]
fn a_site_an_org_or_a_group_that_is_read_only_hides_them_there_alone() {
    let mut state = state(fleet());
    state.permits.sites.insert(SiteName::new("d"), ReadOnly::Group("vip".into()));
    let spends = |state: &State| items(state).iter().any(|item| item.class == ActionClass::Spend);
    assert!(!spends(&state), "d is selected");
    press(&mut state, Key::Char('j'), at(0));
    assert!(spends(&state));
    press(&mut state, Key::Char(':'), at(0));
    typed(&mut state, "identify d");
    assert_eq!(press(&mut state, Key::Enter, at(0)), 0);
    let Some(Overlay::Palette(palette)) = state.overlays.last() else { panic!("it ran") };
    assert!(palette.wrong.as_ref().is_some_and(|wrong| wrong.what.contains("group vip")), "{:?}", palette.wrong);
}

#[test]
fn write_lifts_what_nobody_said_and_asks_first() {
    for (by, lifts) in [(ReadOnly::Unsaid, true), (ReadOnly::Flag, false), (ReadOnly::Fleet, false)] {
        let mut state = state(fleet());
        state.permits.fleet = Some(by);
        press(&mut state, Key::Char(':'), at(0));
        typed(&mut state, "write");
        let effects = update(&mut state, Message::Key(Key::Enter), ms(-10));
        let asks = Effect::Send(Command::Preview { id: OperationId(1), intent: Intent::Write });
        assert_eq!(effects == [asks], lifts, "{effects:?}");
        if !lifts {
            continue;
        }
        let preview = preview("Allow writing", Confirmation::Yes("allow it".into()));
        let question = Question { preview, command: Command::AllowWriting(OperationId(1)) };
        update(&mut state, Message::Event(Event::Preview(OperationId(1), Ok(Box::new(question)))), ms(0));
        assert_eq!(press(&mut state, Key::Enter, ms(400)), 0, "Enter says no");
        assert!(state.read_only());
        update(&mut state, Message::Event(Event::Permits(Permits::default())), ms(500));
        assert!(!state.read_only() && items(&state).iter().any(|item| item.class == ActionClass::Spend));
    }
}
