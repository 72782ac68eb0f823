//! The filter's input beyond plain words: mistakes, questions of time, moves among matches, a filter from elsewhere.

use super::*;

/// In the order d b a c.
fn listed() -> State {
    state(fleet())
}

#[test]
fn a_mistake_leaves_the_last_good_list() {
    let mut state = listed();
    typed(&mut state, "/ok state:f");
    assert_eq!(shown(&state), ["a", "c"], "the list of `ok`, though none has the word state");
    let mistake = state.sites().narrowing.mistake().expect("no state is named f");
    assert_eq!(mistake.at, 9);
    typed(&mut state, "ail");
    assert_eq!((shown(&state), state.sites().narrowing.mistake()), (vec![], None), "ok and fail");
    press_all(&mut state, &[Key::Ctrl('u')], at(0));
    typed(&mut state, "!ok \"");
    assert_eq!(shown(&state), ["d", "b"], "the list of `!ok`");
    press_all(&mut state, &[Key::Enter], at(0));
    assert_eq!(state.context(), Context::Filter, "what can not be read can not be kept");
    press_all(&mut state, &[Key::Backspace, Key::Enter], at(0));
    assert_eq!((state.context(), shown(&state)), (Context::Sites, vec!["d", "b"]));
    typed(&mut state, "/ /(/");
    press_all(&mut state, &[Key::Esc], at(0));
    assert_eq!((shown(&state).len(), state.sites().narrowing.mistake()), (4, None));
}

#[test]
fn what_hides_nothing_is_no_filter() {
    let mut state = listed();
    for text in ["/", "-f", " !", " \""] {
        typed(&mut state, text);
        assert!(!state.facts().filtered && shown(&state).len() == 4, "{text}");
    }
    typed(&mut state, "x\"");
    assert!(state.facts().filtered && shown(&state).is_empty());
}

#[test]
fn a_question_of_time_is_asked_again_with_every_picture() {
    let used = |days| SiteRow { used_at: Some(at(0) - TimeDelta::days(days)), ..row("a", Health::Ok) };
    let mut state = state(picture(vec![used(20), row("b", Health::Ok)]));
    typed(&mut state, "/idle>20d");
    assert_eq!(shown(&state), Vec::<&str>::new());
    update(&mut state, Message::Picture(picture(vec![used(20), row("b", Health::Ok)])), at(60));
    assert_eq!(shown(&state), ["a"]);
}

#[test]
fn one_moves_among_the_matches_while_one_types() {
    let mut state = listed();
    typed(&mut state, "/!d");
    assert_eq!((shown(&state), selected(&state)), (vec!["b", "a", "c"], Some("b")));
    press_all(&mut state, &[Key::Down], at(0));
    assert_eq!((state.context(), selected(&state)), (Context::Filter, Some("a")));
    typed(&mut state, " !b");
    assert_eq!((shown(&state), selected(&state)), (vec!["a", "c"], Some("a")), "what was chosen stays chosen");
    press_all(&mut state, &[Key::PageDown], at(0));
    assert_eq!(selected(&state), Some("c"));
    press_all(&mut state, &[Key::PageUp, Key::Up], at(0));
    assert_eq!(selected(&state), Some("a"));
    press_all(&mut state, &[Key::Esc], at(0));
    assert_eq!((shown(&state).len(), selected(&state)), (4, Some("a")));
}

#[test]
fn n_goes_round_the_matches() {
    let mut state = listed();
    typed(&mut state, "n");
    assert_eq!(state.notice.as_ref().map(|notice| notice.text.as_str()), Some("next: no filter"));
    typed(&mut state, "/!b");
    press_all(&mut state, &[Key::Enter], at(0));
    for (key, expected) in [('n', "a"), ('n', "c"), ('n', "d"), ('N', "c"), ('N', "a"), ('N', "d"), ('N', "c")] {
        typed(&mut state, &key.to_string());
        assert_eq!((selected(&state), &state.notice), (Some(expected), &None), "{key}");
    }
    typed(&mut state, "/ zzz");
    press_all(&mut state, &[Key::Enter], at(0));
    typed(&mut state, "N");
    assert_eq!(state.notice.as_ref().map(|notice| notice.text.as_str()), Some("previous: no site is shown"));
}

#[test]
fn a_filter_can_come_from_elsewhere() {
    let mut state = listed();
    typed(&mut state, "j");
    filter::set(&mut state, " !fail \n", at(0)).expect("a filter");
    assert_eq!((shown(&state), selected(&state)), (vec!["b", "a", "c"], Some("b")));
    assert_eq!(state.sites().narrowing.text(), "!fail");
    let mistake = filter::set(&mut state, "state:x", at(0)).expect_err("no state");
    assert_eq!((mistake.at, shown(&state).len(), state.sites().narrowing.mistake()), (6, 3, None), "nothing changes");
    filter::set(&mut state, "", at(0)).expect("all");
    assert_eq!((shown(&state).len(), state.facts().filtered), (4, false));
}
