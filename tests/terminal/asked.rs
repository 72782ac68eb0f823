//! A site shows its approval from the screen: asked before, done, told, and in the audit.

use crate::fleet::Fleet;
use crate::pty::{End, Session};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Wide enough that a link stands in one row.
pub(crate) const WIDE: (u16, u16) = (240, 40);

/// A site of beta whose user holds several approvals, and its own.
fn site(fleet: &Fleet) -> (String, String) {
    let truth = fleet.ask("truth", None);
    let mut users: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for approval in truth["approvals"].as_array().expect("a list") {
        if approval["org"] == "beta" && approval["listed"] == true && approval["held"] == true {
            users.entry(approval["user"].to_string()).or_default().push(approval);
        }
    }
    let held = users.into_values().max_by_key(Vec::len).expect("a user of several sites");
    let text = |name: &str| held[0][name].as_str().expect("a text").to_owned();
    (text("site"), text("approval_id"))
}

#[test]
fn a_site_shows_its_approval_when_the_dialog_is_answered() {
    let fleet = Fleet::agency();
    let (name, approval) = site(&fleet);
    let mut session = fleet.console((140, 40), &[]);
    session.send(&format!(":identify {name}\r"));
    session.wait_for("let it refresh");
    // Enter says no.
    session.press_until("\r", |screen| !screen.contents().contains("let it refresh"));
    session.send("\u{1b}\u{1b}");
    session.send(&format!(":identify {name}\r"));
    session.wait_for("let it refresh");
    session.press_until("y", |screen| !screen.contents().contains("let it refresh"));
    session.wait_for(&format!("{name} holds approval {}", &approval[..8]));
    session.send("7");
    session.wait_for("as it was written");
    session.wait_for("identified: the site refreshed");
    fleet.leave(&mut session);
}

#[test]
fn a_site_tells_its_fields_and_the_command_log_has_the_command_that_does_the_same() {
    let fleet = Fleet::agency();
    let (name, ..) = fleet.of_story("healthy");
    let mut session = fleet.console((140, 40), &["--read-only"]);
    session.send("4");
    session.wait_for("0 read");
    session.send(&format!("/{name}"));
    session.wait_for("1-1 of 1");
    // Enter keeps what is typed, and the next one opens the only line.
    session.press_until("\r", |screen| screen.contents().contains("WORDPRESS"));
    session.wait_for("Business Phone");
    session.wait_for("by the site.");
    session.send("@");
    session.wait_for(&format!(" fields {name}"));
    session.wait_for("mapped to Contact");
    session.send("y");
    session.wait_for("copied the command");
    let copied = crate::journeys::copies(session.written()).pop().expect("a line");
    assert_eq!(copied, fleet.line(&["fields", &name]), "of this fleet, wherever it is pasted");
    session.send("\u{1b}");
    session.wait_for("WORDPRESS");
    session.send("\u{3}");
    assert_eq!(session.wait_for_end(), End::Exit(0));
    let told = fleet.program().args(["fields", &name, "--no-poll"]).output().expect("the program");
    assert!(String::from_utf8_lossy(&told.stdout).contains("Business Phone"), "it is kept for the command too");
}

#[test]
fn a_person_signs_in_and_the_screen_says_how_it_went() {
    let fleet = Fleet::agency();
    let (name, _, user) = fleet.of_story("policy_lifetime");
    fleet.ask("consent", Some(json!({"answer": "allow", "user": user})));
    let mut session = fleet.console(WIDE, &[]);
    session.send(&format!(":reauthorize {name}\r"));
    session.wait_for("send somebody to the browser");
    session.press_until("y", |screen| !screen.contents().contains("send somebody to the browser"));
    session.wait_for("/oauth/?action=");
    session.wait_for(&user);
    let link = link(&session);
    let told = format!("\u{1b}]8;id=fusebox;{link}\u{1b}\\");
    assert!(String::from_utf8_lossy(session.written()).contains(&told), "it is a link in the terminal too");
    // A camera reads it from the screen, and after two more presses the code is gone.
    session.send("Q");
    session.wait_until("a code", |screen| scanned(screen).is_some());
    assert_eq!(scanned(session.screen()).as_deref(), Some(link.as_str()));
    session.send("QQ");
    session.wait_until("no code", |screen| !screen.contents().contains('\u{2580}'));
    fleet.browse(&link);
    session.wait_for("connected again");
    session.wait_for("the site asked for itself");
    session.wait_for("was down for");
    session.wait_for("in the plugin's log since");
    session.press_until("l", |screen| screen.contents().contains("errors only"));
    session.press_until("\u{1b}", |screen| screen.contents().contains("the site asked for itself"));
    session.send("7");
    session.wait_for("connected again, by approval");
    session.send("\u{3}");
    assert_eq!(session.wait_for_end(), End::Exit(0));
    let truth = fleet.ask("truth", None);
    let site = truth["sites"].as_array().expect("a list").iter().find(|site| site["name"] == name.as_str());
    assert_eq!(site.expect("the site")["health"], "OK");
}

/// The link that the page shows, in one row.
pub(crate) fn link(session: &Session) -> String {
    let screen = session.screen().contents();
    let link = screen.lines().find_map(|line| Some(line.trim()).filter(|line| line.contains("/oauth/?action=")));
    link.expect("the link").to_owned()
}

/// What a camera reads from the black and white cells of the screen.
fn scanned(screen: &vt100::Screen) -> Option<String> {
    const SCALE: usize = 4;
    let white = vt100::Color::Idx(231);
    let (rows, columns) = screen.size();
    let (rows, columns) = (rows.get(), columns.get());
    let places = (0..rows).flat_map(|y| (0..columns).map(move |x| (x, y)));
    let is_code = |(x, y): &(u16, u16)| screen.cell(*y, *x).is_some_and(|cell| cell.bgcolor() == white);
    let cells: Vec<(u16, u16)> = places.filter(is_code).collect();
    let (left, top) = (cells.iter().map(|(x, _)| *x).min()?, cells.first()?.1);
    let (right, bottom) = (cells.iter().map(|(x, _)| *x).max()?, cells.last()?.1);
    let (width, height) = (usize::from(right - left + 1), 2 * usize::from(bottom - top + 1));
    let at = |x: usize, y: usize| {
        let cell = screen.cell(top + u16::try_from(y / SCALE / 2).ok()?, left + u16::try_from(x / SCALE).ok()?)?;
        let halves = match cell.contents() {
            "\u{2588}" => [0, 0],
            "\u{2580}" => [0, 255],
            "\u{2584}" => [255, 0],
            _ => [255, 255],
        };
        Some(halves[y / SCALE % 2])
    };
    let mut picture =
        rqrr::PreparedImage::prepare_from_greyscale(width * SCALE, height * SCALE, |x, y| at(x, y).unwrap_or(255));
    picture.detect_grids().first()?.decode().ok().map(|(_, text)| text)
}

#[test]
fn what_a_killed_console_watched_the_next_one_watches_to_its_end() {
    let fleet = Fleet::agency();
    let (name, _, user) = fleet.of_story("policy_lifetime");
    fleet.ask("consent", Some(json!({"answer": "allow", "user": user})));
    // It polls: who only looks on goes on with nothing.
    let mut session = fleet.start(WIDE, &[], &[]);
    session.wait_for("FAIL");
    session.send(&format!(":reauthorize {name}\r"));
    session.wait_for("send somebody to the browser");
    session.press_until("y", |screen| !screen.contents().contains("send somebody to the browser"));
    session.wait_for("/oauth/?action=");
    session.signal(Signal::KILL);
    assert_eq!(session.wait_for_end(), End::Signal(9));

    // What it held ends by itself: two minutes later.
    fleet.ask("clock", Some(json!({"advance": "2m"})));
    let mut session = fleet.start(WIDE, &[], &[("FUSEBOX_CLOCK_OFFSET", "2m")]);
    session.wait_for(&format!("{name} is still being authorized"));
    session.send(":watching\r");
    session.wait_for("/oauth/?action=");
    let link = link(&session);
    fleet.browse(&link);
    session.wait_for("connected again");
    session.wait_for("the site asked for itself");
    session.send("7");
    session.wait_for("connected again, by approval");
    session.send("\u{3}");
    assert_eq!(session.wait_for_end(), End::Exit(0));

    let truth = fleet.ask("truth", None);
    let site = truth["sites"].as_array().expect("a list").iter().find(|site| site["name"] == name.as_str());
    assert_eq!(site.expect("the site")["health"], "OK");
    let lines = std::fs::read_to_string(fleet.state().join("audit.jsonl")).expect("the audit");
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let told: Vec<(&Value, &Value)> = lines.iter().map(|line| (&line["phase"], &line["id"])).collect();
    let id = &lines[0]["id"];
    assert_eq!(told, [(&Value::from("before"), id), (&Value::from("after"), id)], "one operation, begun once");
}
