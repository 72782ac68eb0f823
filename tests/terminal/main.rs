//! The real binary in a pseudo-terminal: whatever ends or stops it, the terminal is given back.

mod asked;
mod bulk;
#[cfg(test)]
mod endings;
#[cfg(test)]
mod fleet;
mod hostile;
mod journeys;
mod pty;
#[cfg(test)]
mod revoked;
#[cfg(test)]
mod setting;

use pty::{CONSOLE, End, Session, Start};
use rustix::process::Signal;
use std::fs;

/// The console with its page drawn.
fn console() -> Session {
    open(CONSOLE)
}

fn open(start: Start<'_>) -> Session {
    let mut session = Session::start(start);
    session.wait_for("1 Sites");
    session.assert_taken();
    session
}

fn wait_for_the_page_again(session: &mut Session) {
    session.wait_until("the page again", |screen| {
        screen.alternate_screen() && screen.hide_cursor() && screen.contents().contains("1 Sites")
    });
    session.assert_taken();
}

#[test]
fn quitting_gives_the_terminal_back() {
    let mut session = console();
    session.send("q");
    assert_eq!(session.wait_for_end(), End::Exit(0));
    session.assert_given_back();
}

#[test]
fn the_interrupt_key_quits_from_anywhere() {
    let mut session = console();
    session.send("?");
    session.wait_for("Keys here");
    session.send("\u{3}");
    assert_eq!(session.wait_for_end(), End::Exit(0));
    session.assert_given_back();
}

#[test]
fn signals_give_the_terminal_back() {
    for (signal, status) in [(Signal::HUP, 129), (Signal::INT, 130), (Signal::TERM, 143)] {
        let mut session = console();
        session.signal(signal);
        assert_eq!(session.wait_for_end(), End::Exit(status), "{signal:?}");
        session.assert_given_back();
    }
}

#[test]
fn a_vanished_terminal_ends_the_program() {
    let mut session = console();
    session.hang_up();
    assert_eq!(session.wait_for_end(), End::Exit(129));
}

#[test]
fn a_terminal_that_vanishes_without_a_signal_ends_the_program() {
    let mut session = open(Start { controlled: false, ..CONSOLE });
    session.hang_up();
    assert_eq!(session.wait_for_end(), End::Exit(129));
}

#[test]
fn a_stopped_program_lends_the_terminal_and_takes_it_again() {
    let mut session = console();
    for stop in 0..3 {
        if stop == 1 {
            session.send("\u{1a}");
        } else {
            session.signal(Signal::TSTP);
        }
        session.wait_for_stop();
        // What it wrote before may still be on its way.
        session.wait_until("the shell's screen", |screen| !screen.alternate_screen());
        session.assert_given_back();
        session.signal(Signal::CONT);
        wait_for_the_page_again(&mut session);
    }
    session.send("q");
    assert_eq!(session.wait_for_end(), End::Exit(0));
    session.assert_given_back();
}

#[test]
fn a_stop_that_cannot_be_caught_is_recovered_from() {
    let mut session = console();
    session.signal(Signal::STOP);
    session.wait_for_stop();
    session.draw_over("\x1b[?1049l\x1b[?25h\x1b[?2004l$ ");
    session.signal(Signal::CONT);
    wait_for_the_page_again(&mut session);
    session.send("q");
    assert_eq!(session.wait_for_end(), End::Exit(0));
    session.assert_given_back();
}

#[cfg(debug_assertions)]
#[test]
fn a_panic_gives_the_terminal_back() {
    let mut session = open(Start { environment: &[("FUSEBOX_TEST_PANIC_KEY", "P")], ..CONSOLE });
    session.send("P");
    assert_eq!(session.wait_for_end(), End::Exit(101));
    session.assert_given_back();
    let told = session.screen().contents();
    assert!(told.contains("panicked at") && told.contains("FUSEBOX_TEST_PANIC_KEY"), "{told}");
}

#[test]
fn every_size_is_survived() {
    let mut session = console();
    for (columns, rows) in [(52, 12), (1, 1), (500, 200), (100, 30)] {
        session.resize(columns, rows);
    }
    session.wait_for("1 Sites");
    session.resize(52, 12);
    session.wait_for("52x12");
    session.send("q");
    assert_eq!(session.wait_for_end(), End::Exit(0));
    session.assert_given_back();
}

#[test]
fn the_demo_is_alive_and_leaves_nothing_behind() {
    let mut session = Session::start(Start { arguments: &["demo", "--seed", "7"], size: (140, 40), ..CONSOLE });
    session.wait_until("what is wrong in the agency", |screen| {
        let page = screen.contents();
        page.contains("15 FAIL") && page.contains("10 WARN")
    });
    session.send("q");
    assert_eq!(session.wait_for_end(), End::Exit(0));
    session.assert_given_back();
    let left: Vec<_> = fs::read_dir(session.temporary()).expect("the folder").collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_first_start_leads_into_the_demo() {
    let mut session = open(Start { size: (140, 40), ..CONSOLE });
    session.wait_for("No sites yet");
    session.send("d");
    session.wait_for("FAIL");
    session.send("q");
    assert_eq!(session.wait_for_end(), End::Exit(0));
    session.assert_given_back();
}

#[test]
fn a_demo_whose_terminal_vanishes_leaves_nothing_behind() {
    let mut session = Session::start(Start { arguments: &["demo", "--seed", "7"], size: (140, 40), ..CONSOLE });
    session.wait_for("FAIL");
    session.hang_up();
    assert_eq!(session.wait_for_end(), End::Exit(129));
    let left: Vec<_> = fs::read_dir(session.temporary()).expect("the folder").collect();
    assert!(left.is_empty(), "{left:?}");
}

const LOGIN: [&str; 7] = [
    "login",
    "acme",
    "--flow=client-credentials",
    "--login-url=http://127.0.0.1:9",
    "--client-id=3MVG9",
    "--color",
    "never",
];

fn asked_for_a_secret() -> Session {
    let mut session = Session::start(Start { arguments: &LOGIN, ..CONSOLE });
    session.wait_for("consumer secret (not shown)");
    session
}

#[test]
fn a_secret_that_is_typed_is_not_shown() {
    let mut session = asked_for_a_secret();
    session.send("hunter2-typed\r");
    session.wait_for("q ends");
    session.send("q\r");
    assert_eq!(session.wait_for_end(), End::Exit(69), "nothing listens there");
    assert!(!String::from_utf8_lossy(session.written()).contains("hunter2"));
    session.assert_given_back();
}

#[test]
fn a_question_that_is_given_up_gives_the_terminal_back() {
    for (signal, status) in [(Signal::HUP, 129), (Signal::INT, 130), (Signal::TERM, 143)] {
        let mut session = asked_for_a_secret();
        session.signal(signal);
        assert_eq!(session.wait_for_end(), End::Exit(status), "{signal:?}");
        session.assert_given_back();
    }
}
