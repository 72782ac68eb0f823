//! Two hundred sites read topics and fields again from the screen: how far it is shows throughout, keys are answered throughout, and
//! those that fail are named and done again.
#![expect(clippy::disallowed_methods, reason = "how long a key waits for its answer is what is measured")]

use crate::fleet::Fleet;
use crate::pty::Session;
use serde_json::json;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// What a key may wait for its answer at most: of a debug build on a machine that runs other tests beside it.
const SOON: Duration = Duration::from_secs(5);

/// How many sites the page says are done.
fn done(screen: &vt100::Screen) -> Option<usize> {
    let page = screen.contents();
    let before = page.lines().find_map(|line| line.split_once(" done").map(|(before, _)| before.to_owned()))?;
    before.split_whitespace().last()?.parse().ok()
}

fn runs(screen: &vt100::Screen) -> bool {
    screen.contents().contains(" to come")
}

/// The row of the selected line.
fn selected(screen: &vt100::Screen) -> Option<usize> {
    screen.rows(0, 1).position(|first| first.starts_with('\u{258c}'))
}

/// Presses keys until nothing is to come any more: each has to be answered. Answers how long each waited while it ran, and which
/// figures were seen.
fn press_while_it_runs(session: &mut Session) -> (Vec<Duration>, BTreeSet<usize>) {
    let (mut waited, mut figures) = (Vec::new(), BTreeSet::new());
    loop {
        for key in ["?", "\u{1b}", "j", "k"] {
            figures.extend(done(session.screen()));
            let (from, at) = (selected(session.screen()), Instant::now());
            session.send(key);
            session.wait_until(&format!("an answer to {key:?}"), |screen| {
                let help = screen.contents().contains("Keys here");
                match key {
                    "?" => help,
                    "\u{1b}" => !help && selected(screen).is_some(),
                    "j" => selected(screen) == from.map(|row| row + 1),
                    _ => selected(screen).is_some_and(|row| from == Some(row + 1)),
                }
            });
            if key != "?" && !runs(session.screen()) {
                figures.extend(done(session.screen()));
                return (waited, figures);
            }
            waited.push(at.elapsed());
        }
    }
}

/// Says yes to the question that is open, which asks for a word or for a key.
fn confirm(session: &mut Session, word: Option<&str>) {
    if let Some(word) = word {
        // A dialog takes no key at first: the line is cleared and typed again until it took all of it.
        session.press_until(&format!("\u{15}{word}"), |screen| screen.contents().contains("Enter does it"));
        session.press_until("\r", |screen| !screen.contents().contains("Enter does it"));
    } else {
        session.press_until("y", |screen| !screen.contents().contains("nothing sent yet"));
    }
}

#[test]
fn of_two_hundred_sites_five_fail_and_every_key_is_answered_meanwhile() {
    let fleet = Fleet::of("clean", 3, ("[[org]]\n", "[[org]]\nrotation = \"off\"\n"));
    assert_eq!(fleet.poll(), Some(0));
    let lines = fleet.lines();
    let mut names: Vec<String> = lines.iter().map(|line| line["name"].as_str().expect("a name").to_owned()).collect();
    names.sort();
    let broken: Vec<&String> = names.iter().step_by(40).collect();
    assert_eq!((names.len(), broken.len()), (200, 5));
    let faults = [
        json!({"kind": "503"}),
        json!({"kind": "html"}),
        json!({"kind": "dead"}),
        json!({"kind": "writes", "on": false}),
        json!({"kind": "revoke"}),
    ];
    for (site, mut fault) in broken.iter().zip(faults) {
        fault["site"] = json!(site);
        fleet.ask("fault", Some(fault));
    }
    let mut session = fleet.start((140, 40), &["--no-poll"], &[]);
    session.wait_for("1-20 of 200");
    // While the first page alone is read it marks no more than that.
    session.press_until("*", |screen| screen.contents().contains("200 marked"));
    session.send("f");
    session.wait_for("To read 200 sites again");
    confirm(&mut session, Some("200"));
    session.wait_until("the run", |screen| done(screen).is_some());
    let (mut waited, figures) = press_while_it_runs(&mut session);
    session.wait_for("over");
    assert_eq!(done(session.screen()), Some(195));
    let page = session.screen().contents();
    assert!(page.contains("5 not"), "{page}");
    assert!(broken.iter().all(|site| page.contains(site.as_str())), "those that failed are named: {page}");
    waited.sort();
    let (middle, worst) = (waited[waited.len() / 2], waited[waited.len() - 1]);
    eprintln!(
        "{} keys answered while 200 sites were read: half of them within {middle:?}, the last within {worst:?}; {} figures",
        waited.len(),
        figures.len()
    );
    assert!(worst < SOON, "a key waited {worst:?}");
    assert!(waited.len() >= 8 && figures.len() >= 5, "{} keys, {figures:?}", waited.len());

    // What is left is done from there, once it is healed.
    fleet.heal();
    fleet.ask("fault", Some(json!({"kind": "writes", "on": true, "site": broken[3]})));
    session.send("f");
    session.wait_for("of 5 sites");
    confirm(&mut session, None);
    session.wait_until("its end", |screen| screen.contents().contains("over") && done(screen) == Some(4));
    assert!(session.screen().contents().contains("1 not"));
    fleet.leave(&mut session);
    // And what is left then, a command knows too.
    let again = fleet.json(&["refresh-fields", "--again", "--yes"]);
    let left = again["result"]["sites"].as_array().expect("a list");
    assert_eq!((left.len(), left[0]["name"].as_str()), (1, Some(broken[4].as_str())), "{again:#}");
}
