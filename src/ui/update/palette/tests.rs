//! Lines that are typed into the palette, and what follows.

use super::*;
use crate::model::{Health, SiteName, Target};
use crate::protocol::{Command, Picture, Poll, Poller};
use crate::ui::action::{Context, TABLE};
use crate::ui::glyphs::Glyphs;
use crate::ui::message::Message;
use crate::ui::state::Order;
use crate::ui::state::palette::commands;
use crate::ui::theme::{Depth, Ground, Theme};
use crate::ui::update::update;
use chrono::TimeDelta;
use proptest::prelude::*;
use ratatui::layout::Size;
use std::collections::BTreeSet;
use std::sync::Arc;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).expect("a time")
}

fn picture(names: &[&str]) -> Picture {
    let row = |name: &&str| {
        let health = if name.starts_with("shop") { Health::Fail } else { Health::Ok };
        let seen = Some(now());
        let unseen = SiteRow::unseen(SiteName::new(name), format!("https://{name}").into());
        Arc::new(SiteRow { health, cause: None, observed_at: seen, ..unseen })
    };
    let poll = Poll { by: Poller::Us, ..Poll::default() };
    Picture { rows: Arc::new(names.iter().map(row).collect()), poll, ..Picture::default() }
}

const FLEET: &[&str] =
    &["eu.example.shop", "lms.example.edu", "news.example.org", "newsroom.example.org", "shop.example.org"];

fn state() -> State {
    let theme = Theme::new(Depth::Mono, Ground::Dark);
    let mut state = State::new("demo".into(), false, theme, Glyphs::new(true), Size::new(80, 24));
    update(&mut state, Message::Picture(picture(FLEET)), now());
    state
}

fn press(state: &mut State, keys: &[Key]) -> Vec<Effect> {
    keys.iter().flat_map(|key| update(state, Message::Key(*key), now())).collect()
}

fn typed(state: &mut State, text: &str) -> Vec<Effect> {
    text.chars().flat_map(|c| update(state, Message::Key(Key::Char(c)), now())).collect()
}

/// Types a line into a palette of its own and runs it.
fn run(state: &mut State, line: &str) -> Vec<Effect> {
    typed(state, &format!(":{line}"));
    press(state, &[Key::Enter])
}

fn palette(state: &State) -> &Palette {
    match state.overlays.last() {
        Some(Overlay::Palette(palette)) => palette,
        other => panic!("no palette but {other:?}"),
    }
}

fn line(state: &State) -> &str {
    palette(state).input.value()
}

fn items(state: &State) -> Vec<String> {
    palette(state).items.iter().map(Item::text).collect()
}

/// What is said of a line that stays.
fn refused(state: &mut State, line: &str) -> [String; 2] {
    run(state, line);
    let wrong = palette(state).wrong.clone().unwrap_or_else(|| panic!("{line} is right"));
    press(state, &[Key::Esc]);
    [wrong.what, wrong.advice]
}

fn page(state: &State) -> Option<&str> {
    state.site_page().map(|page| page.name.as_str())
}

#[test]
fn a_command_has_one_name_in_one_place() {
    for place in [Context::Sites, Context::Site] {
        let mut seen = BTreeSet::new();
        for name in commands(place).flat_map(Entry::names) {
            assert!(seen.insert(name), "{name} twice in {place:?}");
        }
        for needed in ["open", "look", "copy", "link", "o", "sites", "pause", "help", "quit", "q"] {
            assert!(seen.contains(needed), "{needed} in {place:?}");
        }
    }
    let only_keys = ["command", "filter", "down", "up", "match-up", "keep-filter", "complete", "close"];
    assert!(commands(Context::Sites).all(|entry| !only_keys.contains(&entry.id)));
}

#[test]
fn every_command_without_an_argument_does_what_its_key_does() {
    for entry in TABLE.iter().filter(|entry| entry.command.contains(&Context::Sites)) {
        let Some(key) = entry.keys.first().filter(|_| entry.contexts.contains(&Context::Sites)) else { continue };
        let (mut by_key, mut by_line) = (state(), state());
        let pressed = press(&mut by_key, &[*key]);
        typed(&mut by_line, &format!(":{}", entry.id));
        let effects = press(&mut by_line, &[Key::Enter]);
        if entry.enabled(by_key.facts()).is_err() && matches!(by_line.overlays.last(), Some(Overlay::Palette(_))) {
            assert!(palette(&by_line).wrong.is_some(), "{}", entry.id);
            continue;
        }
        assert_eq!(effects, pressed, "{}", entry.id);
        assert_eq!(by_line.context(), by_key.context(), "{}", entry.id);
        assert_eq!(by_line.sites().marked, by_key.sites().marked, "{}", entry.id);
        assert_eq!(by_line.sites().wide, by_key.sites().wide, "{}", entry.id);
    }
}

#[test]
fn sites_are_opened_and_looked_at_by_name() {
    for line in ["open lms.example.edu", "OPEN LMS.example.EDU", " : open  lms ", "op edu", "open example.edu"] {
        let mut state = state();
        run(&mut state, line);
        assert_eq!(page(&state), Some("lms.example.edu"), "{line}");
        assert_eq!(state.selected().map(|row| row.name.as_str()), Some("lms.example.edu"), "{line}");
    }
    let mut state = state();
    let effects = run(&mut state, "look newsr");
    let asked = Command::Look(vec![Target::Site(SiteName::new("newsroom.example.org"))]);
    assert!(effects.contains(&Effect::Send(asked)), "{effects:?}");
    assert_eq!(state.notice.as_ref().map(|notice| notice.text.as_str()), Some("asking newsroom.example.org now"));
    // From the page of a site another one takes its place, and one step leads back.
    run(&mut state, "open shop.");
    run(&mut state, "open lms");
    assert_eq!(page(&state), Some("lms.example.edu"));
    press(&mut state, &[Key::Esc]);
    assert_eq!(page(&state), None);
}

#[test]
fn a_site_that_a_filter_hides_can_be_named() {
    let mut state = state();
    run(&mut state, "sites state:unkn");
    assert_eq!(state.sites().shown.len(), 0);
    run(&mut state, "open lms");
    assert_eq!(page(&state), Some("lms.example.edu"));
}

#[test]
fn sites_filters_shows_all_and_leads_to_the_list() {
    let mut state = state();
    run(&mut state, "open lms");
    run(&mut state, "sites state:fail");
    assert_eq!((page(&state), state.sites().narrowing.asked()), (None, "state:fail"));
    assert_eq!(state.sites().shown.len(), 1);
    run(&mut state, "sites");
    assert_eq!(state.sites().shown.len(), FLEET.len());
    let [what, advice] = refused(&mut state, "sites stat:fail");
    assert!(what.contains("no field is named \"stat\"") && advice.contains("did you mean state:?"), "{what}: {advice}");
    assert_eq!(state.sites().shown.len(), FLEET.len(), "nothing changed");
    typed(&mut state, ":sites state:fail");
    assert_eq!(palette(&state).told.as_deref(), Some("shows 1 of 5 sites"));
}

#[test]
fn orders_and_copies_are_words() {
    let mut state = state();
    run(&mut state, "sort na");
    assert_eq!((state.sites().order, state.sites().reversed), (Order::Name, false));
    let effects = run(&mut state, "copy name");
    assert!(
        effects.iter().any(
            |effect| matches!(effect, Effect::Copy(text) if text == "shop.example.org" || text == "eu.example.shop")
        )
    );
    run(&mut state, "copy");
    assert_eq!(state.context(), Context::Copy, "without a word it asks");
    press(&mut state, &[Key::Esc]);
    assert_eq!(refused(&mut state, "sort nmae"), ["sort knows no \"nmae\"", "did you mean name?"]);
    let [what, advice] = refused(&mut state, "sort zz");
    assert_eq!((what.as_str(), advice.as_str()), ("sort knows no \"zz\"", "one of risk, name, expiry, uses, proof"));
}

#[test]
fn what_means_nothing_stays_and_says_what_was_meant() {
    let mut state = state();
    assert_eq!(refused(&mut state, "opne"), ["no command is named \"opne\"", "did you mean open?"]);
    assert_eq!(refused(&mut state, "xyzzy 1")[1], "an empty line lists all of them");
}

#[test]
fn what_may_mean_several_things_is_told() {
    let mut state = state();
    assert_eq!(refused(&mut state, "focus"), ["2 commands begin with \"focus\"", "focus-next, focus-previous"]);
    let [what, advice] = refused(&mut state, "open news");
    assert_eq!(
        (what.as_str(), advice.as_str()),
        ("2 sites begin with \"news\"", "news.example.org, newsroom.example.org")
    );
    let [what, advice] = refused(&mut state, "open example");
    assert_eq!(what, "5 sites have \"example\" in their name");
    assert!(advice.ends_with(".."), "{advice}");
    assert_eq!(
        refused(&mut state, "open sohp.example.org"),
        ["no site is named \"sohp.example.org\"", "did you mean shop.example.org?"]
    );
}

#[test]
fn what_is_impossible_says_why() {
    let mut state = state();
    assert_eq!(refused(&mut state, "clear-marks")[0], "clear-marks is not possible now: no site is marked");
    assert_eq!(refused(&mut state, "pause now")[0], "pause takes nothing after its name");
    run(&mut state, "open lms");
    assert_eq!(refused(&mut state, "wide"), ["no command is named \"wide\" here", "wide is one on the list"]);
}

#[test]
fn tab_completes_the_selected_item_step_by_step() {
    let mut state = state();
    typed(&mut state, ":op");
    assert_eq!(items(&state)[0], "open");
    press(&mut state, &[Key::Tab]);
    assert_eq!(line(&state), "open ");
    assert_eq!(items(&state)[0], "shop.example.org", "the worst first");
    typed(&mut state, "ne");
    assert_eq!(items(&state), ["news.example.org", "newsroom.example.org"]);
    press(&mut state, &[Key::Down, Key::Tab]);
    assert_eq!(line(&state), "open newsroom.example.org");
    press(&mut state, &[Key::Enter]);
    assert_eq!(page(&state), Some("newsroom.example.org"));
}

#[test]
fn enter_takes_the_item_that_one_moved_to() {
    let mut state = state();
    typed(&mut state, ":open ne");
    press(&mut state, &[Key::Down, Key::Enter]);
    assert_eq!(page(&state), Some("newsroom.example.org"));
    press(&mut state, &[Key::Esc]);
    typed(&mut state, ":");
    assert!(palette(&state).selected().is_none(), "with nothing typed nothing is chosen");
    press(&mut state, &[Key::Enter]);
    assert_eq!(state.context(), Context::Sites, "an empty line runs nothing");
}

#[test]
fn a_new_picture_keeps_the_item_that_one_moved_to() {
    let mut state = state();
    typed(&mut state, ":open ne");
    press(&mut state, &[Key::Down]);
    let newer = picture(&["neon.example.org", "news.example.org", "newsroom.example.org"]);
    update(&mut state, Message::Picture(newer), now());
    assert_eq!(palette(&state).selected().map(Item::text).as_deref(), Some("newsroom.example.org"));
    update(&mut state, Message::Picture(picture(&["neon.example.org"])), now());
    assert!(!palette(&state).picked);
    assert_eq!(items(&state), ["neon.example.org"]);
}

#[test]
fn earlier_commands_come_back_newest_first_and_none_twice() {
    let mut state = state();
    for (minute, line) in (0..).zip(["wide", "sort name", "wide"]) {
        typed(&mut state, &format!(":{line}"));
        update(&mut state, Message::Key(Key::Enter), now() + TimeDelta::minutes(minute));
    }
    let lately: Vec<_> = state.lately.iter().map(|given| (given.line.as_str(), given.at)).collect();
    assert_eq!(lately, [("wide", now() + TimeDelta::minutes(2)), ("sort name", now() + TimeDelta::minutes(1))]);
    typed(&mut state, ":");
    for (key, expected) in [
        (Key::Up, "wide"),
        (Key::Up, "sort name"),
        (Key::Up, "sort name"),
        (Key::Down, "wide"),
        (Key::Down, ""),
        (Key::Up, "wide"),
    ] {
        press(&mut state, &[key]);
        assert_eq!(line(&state), expected, "{key}");
    }
    // A changed line is a line of its own: the arrows choose from its list.
    press(&mut state, &[Key::Ctrl('u')]);
    typed(&mut state, "open ");
    press(&mut state, &[Key::Down]);
    assert_eq!((line(&state), palette(&state).place), ("open ", 1));
    press(&mut state, &[Key::Up, Key::Up]);
    assert_eq!((line(&state), palette(&state).place), ("open ", 0));
}

#[test]
fn a_line_that_was_not_run_is_no_earlier_command() {
    let mut state = state();
    refused(&mut state, "opne");
    assert!(state.lately.is_empty());
}

#[test]
fn one_leaves_by_esc_and_by_deleting_nothing() {
    for keys in [&[Key::Esc][..], &[Key::Backspace], &[Key::Char('x'), Key::Backspace, Key::Backspace]] {
        let mut state = state();
        typed(&mut state, ":");
        assert_eq!(state.context(), Context::Palette);
        press(&mut state, keys);
        assert_eq!(state.context(), Context::Sites, "{keys:?}");
    }
}

#[test]
fn a_paste_is_text() {
    let mut state = state();
    typed(&mut state, ":open ");
    update(&mut state, Message::Paste("shop.example.org\nq\u{1b}[A".into()), now());
    assert!(line(&state).starts_with("open shop.example.org") && !line(&state).contains(['\n', '\u{1b}']));
    assert_eq!(state.context(), Context::Palette);
}

proptest! {
    #[test]
    fn no_sequence_of_keys_panics_and_esc_leaves(
        keys in proptest::collection::vec(prop_oneof![
            4 => proptest::char::any().prop_map(Key::Char),
            8 => proptest::sample::select("oplkse :/!xnw.".chars().collect::<Vec<_>>()).prop_map(Key::Char),
            8 => proptest::sample::select(vec![
                Key::Tab, Key::BackTab, Key::Up, Key::Down, Key::Left, Key::Right, Key::Home, Key::End, Key::Backspace,
                Key::Delete, Key::PageDown, Key::Ctrl('u'), Key::Ctrl('w'), Key::Ctrl('e'),
            ]),
            1 => Just(Key::Enter),
        ], 0..60),
        size in (0u16..120, 0u16..40),
    ) {
        let mut state = state();
        update(&mut state, Message::Resize(Size::new(size.0, size.1)), now());
        typed(&mut state, ":");
        for key in keys {
            press(&mut state, &[key]);
            crate::ui::gallery::draw(&state, now());
            if state.context() != Context::Palette {
                state.overlays.clear();
                state.screens.opened.clear();
                typed(&mut state, ":");
            }
        }
        let below = state.overlays.len();
        press(&mut state, &[Key::Esc]);
        prop_assert_eq!(state.overlays.len(), below - 1);
        prop_assert!(state.context() != Context::Palette);
    }
}
