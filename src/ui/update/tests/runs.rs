//! Reading topics and fields again: what is meant, the page of the run, and what comes of it.

use super::*;
use crate::model::refreshing::RefreshTold;
use crate::model::{Confirmation, Intent};
use crate::protocol::{OperationId, Question};
use crate::ui::state::Screen;

fn press(state: &mut State, key: Key, seconds: i64) -> Vec<Effect> {
    update(state, Message::Key(key), at(seconds))
}

/// Asks for it, and says yes.
fn begun(state: &mut State) -> (OperationId, Vec<SiteName>) {
    let asked = press(state, Key::Char('f'), 0);
    let [Effect::Send(Command::Preview { id, intent: Intent::RefreshFields(sites) })] = &asked[..] else {
        panic!("{asked:?}")
    };
    let (id, sites) = (*id, sites.clone());
    let preview = super::questions::preview("Refresh", Confirmation::Yes("read them again".into()));
    let command = Command::RefreshFields { id, sites: sites.clone() };
    let question = Box::new(Question { preview, command: command.clone() });
    update(state, Message::Event(Event::Preview(id, Ok(question))), at(1));
    assert_eq!(press(state, Key::Char('y'), 2), [Effect::Send(command)]);
    (id, sites)
}

#[test]
fn the_marked_sites_are_meant_and_without_marks_the_selected_one() {
    let mut state = state(fleet());
    let (_, sites) = begun(&mut state);
    assert_eq!(sites, [SiteName::new("d")]);
    press(&mut state, Key::Esc, 3);
    press(&mut state, Key::Char(' '), 4);
    press(&mut state, Key::Char(' '), 5);
    let marked: Vec<SiteName> = state.sites().marked.iter().cloned().collect();
    assert_eq!(marked.len(), 2, "a mark moves on");
    let (_, sites) = begun(&mut state);
    assert_eq!(sites, marked);
}

#[test]
fn a_run_fills_while_keys_are_answered_and_its_end_is_told_elsewhere() {
    let mut state = state(fleet());
    press(&mut state, Key::Char(' '), 0);
    press(&mut state, Key::Char(' '), 0);
    let (id, sites) = begun(&mut state);
    assert_eq!(state.run().map(|(_, run)| run.counts()), Some([0, 0, 2]));
    let told = RefreshTold { good: true, added: 3, ..RefreshTold::default() };
    update(&mut state, Message::Event(Event::Refreshed(id, sites[0].clone(), Box::new(told))), at(3));
    assert_eq!(state.run().map(|(_, run)| run.counts()), Some([1, 0, 1]));
    press(&mut state, Key::Char('j'), 4);
    assert_eq!(state.run().map(|(page, _)| page.cursor), Some(1), "keys move meanwhile");
    press(&mut state, Key::Esc, 5);
    assert!(state.screens.opened.is_empty());
    let failed = Box::new(RefreshTold { result: "no answer".into(), ..RefreshTold::default() });
    update(&mut state, Message::Event(Event::Refreshed(id, sites[1].clone(), failed)), at(6));
    update(&mut state, Message::Event(Event::Finished(id)), at(7));
    let notice = state.notice.clone().expect("words");
    assert!(notice.warning && notice.text.contains("1 sites done, 1 not"), "{}", notice.text);
    for letter in ":refreshed".chars() {
        press(&mut state, Key::Char(letter), 8);
    }
    press(&mut state, Key::Enter, 8);
    assert!(matches!(state.screens.opened.last(), Some(Screen::Run(page)) if page.id == id));
    assert!(state.run().is_some_and(|(_, run)| run.over));
}

#[test]
fn what_is_not_done_stands_first_and_is_done_again_from_there() {
    let mut state = state(fleet());
    press(&mut state, Key::Char('*'), 0);
    let (id, sites) = begun(&mut state);
    assert!(sites.len() > 2);
    assert_eq!(press(&mut state, Key::Char('f'), 3), [], "it goes on");
    assert!(state.notice.as_ref().is_some_and(|notice| notice.text.contains("nothing is left")), "{:?}", state.notice);
    for site in &sites {
        let told = RefreshTold { good: *site != sites[1], result: "answer was empty".into(), ..RefreshTold::default() };
        update(&mut state, Message::Event(Event::Refreshed(id, site.clone(), Box::new(told))), at(4));
    }
    update(&mut state, Message::Event(Event::Finished(id)), at(5));
    let (_, run) = state.run().expect("its page");
    assert_eq!(run.sites[0].0, sites[1]);
    let asked = press(&mut state, Key::Char('f'), 6);
    let meant = Intent::RefreshFields(vec![sites[1].clone()]);
    assert_eq!(asked, [Effect::Send(Command::Preview { id: OperationId(2), intent: meant })]);
}
