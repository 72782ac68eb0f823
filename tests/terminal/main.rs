//! The real binary in a pseudo-terminal: whatever ends it, the terminal is given back.

mod pty;

use pty::Session;
use rustix::process::Signal;

#[test]
fn quitting_gives_the_terminal_back() {
    let mut session = Session::start(80, 24);
    session.wait_for("1 Sites");
    session.send("q");
    assert_eq!(session.wait_for_end(), Some(0));
    session.assert_given_back();
}

#[test]
fn the_interrupt_key_quits_from_anywhere() {
    let mut session = Session::start(80, 24);
    session.wait_for("1 Sites");
    session.send("?");
    session.wait_for("Keys here");
    session.send("\u{3}");
    assert!(session.wait_for_end().is_some());
    session.assert_given_back();
}

#[test]
fn signals_give_the_terminal_back() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let mut session = Session::start(80, 24);
        session.wait_for("1 Sites");
        session.signal(signal);
        assert!(session.wait_for_end().is_some(), "{signal:?}");
        session.assert_given_back();
    }
}

#[test]
fn a_vanished_terminal_ends_the_program() {
    let mut session = Session::start(80, 24);
    session.wait_for("1 Sites");
    session.hang_up();
    session.wait_for_end();
}

#[test]
fn a_panic_gives_the_terminal_back() {
    let mut session = Session::start_with(80, 24, &[("FUSEBOX_TEST_PANIC_KEY", "P")]);
    session.wait_for("1 Sites");
    session.send("P");
    assert_eq!(session.wait_for_end(), Some(101));
    session.assert_given_back();
}

#[test]
fn every_size_is_survived() {
    let mut session = Session::start(80, 24);
    session.wait_for("1 Sites");
    for (columns, rows) in [(52, 12), (1, 1), (500, 200), (100, 30)] {
        session.resize(columns, rows);
    }
    session.wait_for("1 Sites");
    session.resize(52, 12);
    session.wait_for("52x12");
    session.send("q");
    assert_eq!(session.wait_for_end(), Some(0));
    session.assert_given_back();
}
