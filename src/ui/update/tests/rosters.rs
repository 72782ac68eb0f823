//! The lists of users and orgs: what keys, pictures and filters do to them.

use super::{at, fleet, state, typed};
use crate::model::{Holder, OrgBoard, SiteName, UserBoard, UserFacts, UserId};
use crate::protocol::{Command, Event, Picture};
use crate::ui::action::Context;
use crate::ui::effect::Effect;
use crate::ui::keymap::Key;
use crate::ui::message::Message;
use crate::ui::state::State;
use crate::ui::update::update;
use std::sync::Arc;

fn user(n: u32, name: &str, used: u32) -> UserBoard {
    let slots = (0..used).map(|slot| Holder::Site { name: SiteName::new(format!("{name}{slot}.example")) });
    UserBoard {
        id: UserId::parse(&format!("00500000000{n:04}")).expect("an id"),
        name: name.into(),
        slots: slots.collect(),
        used: Some(used),
        facts: UserFacts::default(),
    }
}

fn boards(seconds: i64) -> Picture {
    let org = |name: &str, users| {
        let answered_at = Some(at(seconds));
        Arc::new(OrgBoard { users, answered_at, ..OrgBoard::unknown(name, "https://acme.example") })
    };
    let boards = vec![
        org("acme", vec![user(1, "anna", 2), user(2, "bert", 4)]),
        org("beta", vec![user(3, "carl", 4), user(4, "dora", 0)]),
    ];
    Picture { boards: Arc::new(boards), ..fleet() }
}

fn shown(state: &State) -> Vec<String> {
    let users = 0..state.screens.users.shown.len();
    users.filter_map(|place| state.user_at(place)).map(|(org, user)| format!("{}/{}", org.name, user.name)).collect()
}

fn ledgers(effects: &[Effect]) -> Vec<String> {
    let asked = effects.iter().filter_map(|effect| match effect {
        Effect::Send(Command::Ledger(org)) => Some(org.to_string()),
        _ => None,
    });
    asked.collect()
}

fn press(state: &mut State, key: Key) -> Vec<Effect> {
    update(state, Message::Key(key), at(100))
}

#[test]
fn full_users_stand_on_top_or_all_by_name() {
    let mut state = state(boards(0));
    typed(&mut state, "2");
    assert_eq!(state.context(), Context::Users);
    assert_eq!(shown(&state), ["acme/bert", "beta/carl", "acme/anna", "beta/dora"]);
    typed(&mut state, "s");
    assert_eq!(shown(&state), ["acme/anna", "acme/bert", "beta/carl", "beta/dora"]);
    assert_eq!(state.user().map(|(_, user)| user.name.to_string()).as_deref(), Some("bert"), "the selection stays");
}

#[test]
fn a_ledger_is_asked_for_once_and_again_when_the_org_answered_anew() {
    let mut state = state(boards(0));
    assert_eq!(ledgers(&press(&mut state, Key::Char('2'))), ["acme"]);
    assert!(ledgers(&press(&mut state, Key::Char('j'))).is_empty(), "one question at a time");
    let answer = |org: &str| Message::Event(Event::Ledger(crate::model::OrgName::new(org), None));
    assert_eq!(ledgers(&update(&mut state, answer("acme"), at(100))), ["beta"], "the one that is selected now");
    assert!(ledgers(&update(&mut state, answer("beta"), at(100))).is_empty());
    assert!(ledgers(&update(&mut state, Message::Picture(boards(0)), at(101))).is_empty(), "nothing is new");
    assert_eq!(ledgers(&update(&mut state, Message::Picture(boards(60)), at(160))), ["beta"]);
    update(&mut state, Message::Unsent(Command::Ledger(crate::model::OrgName::new("beta"))), at(160));
    assert_eq!(state.ledger.asked, None);
}

#[test]
fn a_filter_holds_names_of_orgs_users_and_sites() {
    let mut state = state(boards(0));
    typed(&mut state, "2/");
    for (text, found) in [("CARL", vec!["beta/carl"]), ("anna1", vec!["acme/anna"]), ("zzz", vec![])] {
        typed(&mut state, text);
        assert_eq!(shown(&state), found, "{text}");
        press(&mut state, Key::Ctrl('u'));
    }
    typed(&mut state, "beta/");
    press(&mut state, Key::Enter);
    assert_eq!((state.context(), shown(&state).len()), (Context::Users, 2));
    press(&mut state, Key::Backspace);
    assert_eq!(shown(&state).len(), 4);
}

#[test]
fn esc_leads_back_from_a_user_to_the_list_and_from_there_to_the_sites() {
    let mut state = state(boards(0));
    typed(&mut state, "3j");
    assert_eq!(state.org().map(|board| board.name.as_str()), Some("beta"));
    press(&mut state, Key::Enter);
    assert_eq!(state.user().map(|(_, user)| user.name.to_string()).as_deref(), Some("carl"), "the org's first");
    press(&mut state, Key::Enter);
    assert_eq!(state.context(), Context::User);
    typed(&mut state, "n");
    assert_eq!(state.user().map(|(_, user)| user.name.to_string()).as_deref(), Some("anna"), "the next of the list");
    for place in [Context::Users, Context::Orgs, Context::Sites] {
        press(&mut state, Key::Esc);
        assert_eq!(state.context(), place);
    }
    typed(&mut state, "2");
    press(&mut state, Key::Enter);
    typed(&mut state, "1");
    assert_eq!(state.context(), Context::Sites);
}

#[test]
fn a_user_that_is_gone_closes_its_page_and_says_so() {
    let mut state = state(boards(0));
    typed(&mut state, "2");
    press(&mut state, Key::Enter);
    update(&mut state, Message::Picture(fleet()), at(200));
    assert_eq!(state.context(), Context::Users);
    assert!(state.notice.as_ref().is_some_and(|notice| notice.warning));
}
