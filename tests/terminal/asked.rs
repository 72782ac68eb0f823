//! A site shows its approval from the screen: asked before, done, told, and in the audit.

use crate::pty::{CONSOLE, End, Session, Start};
use fusebox::sim::{self, Options, Sim};
use rustix::process::Signal;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use tokio::runtime::Runtime;

/// A simulated fleet in which tokens are known not to rotate in beta, looked at once.
pub(crate) fn fleet(runtime: &Runtime, dir: &Path) -> Sim {
    let options = Options { write_config: Some(dir.join("config")), ..Options::new("agency", 7) };
    let sim = runtime.block_on(sim::start(options)).expect("a simulator");
    let file = dir.join("config/config.toml");
    let text = std::fs::read_to_string(&file).expect("the configuration");
    let beta = "[[org]]\nname = \"beta\"\n";
    assert!(text.contains(beta), "{text}");
    std::fs::write(&file, text.replace(beta, &format!("{beta}rotation = \"off\"\n"))).expect("written");
    let mut poll = fusebox(dir);
    let polled = poll.arg("poll").stdout(Stdio::null()).stderr(Stdio::null()).status().expect("the program");
    assert_eq!(polled.code(), Some(2), "some stories do not answer");
    sim
}

pub(crate) fn fusebox(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fusebox"));
    command.arg("--config-dir").arg(dir.join("config")).arg("--state-dir").arg(dir.join("state"));
    command
}

/// A site of beta whose user holds several approvals, and its own.
fn site(runtime: &Runtime, sim: &Sim) -> (String, String) {
    let truth: Value = runtime.block_on(async {
        let asked =
            reqwest::Client::new().get(format!("{}/truth", sim.ready.admin)).bearer_auth(&sim.ready.admin_token);
        asked.send().await.expect("the simulator").json().await.expect("JSON")
    });
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
    let (runtime, dir) = (Runtime::new().expect("threads"), tempfile::tempdir().expect("a folder"));
    let sim = fleet(&runtime, dir.path());
    let (name, approval) = site(&runtime, &sim);
    let (config, state) = (dir.path().join("config"), dir.path().join("state"));
    let folders = [config.display().to_string(), state.display().to_string()];
    let arguments = ["--no-poll", "--config-dir", &folders[0], "--state-dir", &folders[1]];
    let environment = [("FUSEBOX_AUDIT_LOG", "")];
    let start = Start { arguments: &arguments, environment: &environment, size: (140, 40), ..CONSOLE };
    let mut session = Session::start(start);
    session.wait_for("FAIL");
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
    session.send("\u{3}");
    assert_eq!(session.wait_for_end(), End::Exit(0));
    let verified = fusebox(dir.path()).args(["audit", "verify"]).stdout(Stdio::null()).status();
    assert_eq!(verified.expect("the program").code(), Some(0));
    runtime.block_on(sim.stop());
}

#[test]
fn a_site_tells_its_fields_and_the_command_log_has_the_command_that_does_the_same() {
    let (runtime, dir) = (Runtime::new().expect("threads"), tempfile::tempdir().expect("a folder"));
    let sim = fleet(&runtime, dir.path());
    let truth = ask(&runtime, &sim, "truth", None);
    let sites = truth["sites"].as_array().expect("a list");
    let name = sites.iter().find(|site| site["story"] == "healthy").expect("the story")["name"].as_str();
    let name = name.expect("a name");
    let (config, state) = (dir.path().join("config"), dir.path().join("state"));
    let folders = [config.display().to_string(), state.display().to_string()];
    let arguments = ["--no-poll", "--read-only", "--config-dir", &folders[0], "--state-dir", &folders[1]];
    let mut session = Session::start(Start { arguments: &arguments, size: (140, 40), ..CONSOLE });
    session.wait_for("FAIL");
    session.send("4");
    session.wait_for("0 read");
    session.send(&format!("/{name}"));
    session.wait_for("1-1 of 1");
    // Enter keeps what is typed, and the next one opens the only line.
    session.press_until("\r", |screen| screen.contents().contains("WORDPRESS"));
    session.wait_for("Business Phone");
    session.wait_for("by the site.");
    session.send("@");
    let line = format!("fusebox fields {name}");
    session.wait_for(&line);
    session.wait_for("mapped to Contact");
    session.send("y");
    session.wait_for("copied the command");
    assert_eq!(crate::journeys::copies(session.written()).last(), Some(&line));
    session.send("\u{1b}");
    session.wait_for("WORDPRESS");
    session.send("\u{3}");
    assert_eq!(session.wait_for_end(), End::Exit(0));
    let told = fusebox(dir.path()).args(["fields", name, "--no-poll"]).output().expect("the program");
    assert!(String::from_utf8_lossy(&told.stdout).contains("Business Phone"), "it is kept for the command too");
    runtime.block_on(sim.stop());
}

/// A site whose token is over by its policy, with its user.
fn over(runtime: &Runtime, sim: &Sim, dir: &Path) -> (String, String) {
    let truth = ask(runtime, sim, "truth", None);
    let sites = truth["sites"].as_array().expect("a list");
    let site = sites.iter().find(|site| site["story"] == "policy_lifetime").expect("the story");
    let name = site["name"].as_str().expect("a name").to_owned();
    let listed = fusebox(dir).args(["list", "--json"]).output().expect("the program");
    let list: Value = serde_json::from_slice(&listed.stdout).expect("JSON");
    let lines = list["result"]["sites"].as_array().expect("a list");
    let line = lines.iter().find(|line| line["name"] == name.as_str()).expect("its line");
    (name, line["user"].as_str().expect("a user").to_owned())
}

pub(crate) fn ask(runtime: &Runtime, sim: &Sim, path: &str, order: Option<Value>) -> Value {
    runtime.block_on(async {
        let (client, address) = (reqwest::Client::new(), format!("{}/{path}", sim.ready.admin));
        let request = match order {
            Some(order) => client.post(address).json(&order),
            None => client.get(address),
        };
        request.bearer_auth(&sim.ready.admin_token).send().await.expect("the simulator").json().await.expect("JSON")
    })
}

#[test]
fn a_person_signs_in_and_the_screen_says_how_it_went() {
    let (runtime, dir) = (Runtime::new().expect("threads"), tempfile::tempdir().expect("a folder"));
    let sim = fleet(&runtime, dir.path());
    let (name, user) = over(&runtime, &sim, dir.path());
    ask(&runtime, &sim, "consent", Some(serde_json::json!({"answer": "allow", "user": user})));
    let (config, state) = (dir.path().join("config"), dir.path().join("state"));
    let folders = [config.display().to_string(), state.display().to_string()];
    let arguments = ["--no-poll", "--config-dir", &folders[0], "--state-dir", &folders[1]];
    let environment = [("FUSEBOX_AUDIT_LOG", "")];
    // Wide enough that the link stands in one row.
    let start = Start { arguments: &arguments, environment: &environment, size: (240, 40), ..CONSOLE };
    let mut session = Session::start(start);
    session.wait_for("FAIL");
    session.send(&format!(":reauthorize {name}\r"));
    session.wait_for("send somebody to the browser");
    session.press_until("y", |screen| !screen.contents().contains("send somebody to the browser"));
    session.wait_for("/oauth/?action=");
    session.wait_for(&user);
    let screen = session.screen().contents();
    let link = screen.lines().find_map(|line| Some(line.trim()).filter(|line| line.contains("/oauth/?action=")));
    let link = link.expect("the link").to_owned();
    let told = format!("\u{1b}]8;id=fusebox;{link}\u{1b}\\");
    assert!(String::from_utf8_lossy(session.written()).contains(&told), "it is a link in the terminal too");
    // A camera reads it from the screen, and after two more presses the code is gone.
    session.send("Q");
    session.wait_until("a code", |screen| scanned(screen).is_some());
    assert_eq!(scanned(session.screen()).as_deref(), Some(link.as_str()));
    session.send("QQ");
    session.wait_until("no code", |screen| !screen.contents().contains('\u{2580}'));
    runtime.block_on(async { reqwest::get(&link).await.expect("an answer") });
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
    let truth = ask(&runtime, &sim, "truth", None);
    let site = truth["sites"].as_array().expect("a list").iter().find(|site| site["name"] == name.as_str());
    assert_eq!(site.expect("the site")["health"], "OK");
    runtime.block_on(sim.stop());
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
    let (runtime, dir) = (Runtime::new().expect("threads"), tempfile::tempdir().expect("a folder"));
    let sim = fleet(&runtime, dir.path());
    let (name, user) = over(&runtime, &sim, dir.path());
    ask(&runtime, &sim, "consent", Some(serde_json::json!({"answer": "allow", "user": user})));
    let (config, state) = (dir.path().join("config"), dir.path().join("state"));
    let folders = [config.display().to_string(), state.display().to_string()];
    // It polls: who only looks on goes on with nothing.
    let arguments = ["--config-dir", &folders[0], "--state-dir", &folders[1]];
    let start = Start { arguments: &arguments, environment: &[("FUSEBOX_AUDIT_LOG", "")], size: (240, 40), ..CONSOLE };
    let mut session = Session::start(start);
    session.wait_for("FAIL");
    session.send(&format!(":reauthorize {name}\r"));
    session.wait_for("send somebody to the browser");
    session.press_until("y", |screen| !screen.contents().contains("send somebody to the browser"));
    session.wait_for("/oauth/?action=");
    session.signal(Signal::KILL);
    assert_eq!(session.wait_for_end(), End::Signal(9));

    // What it held ends by itself: two minutes later.
    ask(&runtime, &sim, "clock", Some(serde_json::json!({"advance": "2m"})));
    let environment = [("FUSEBOX_AUDIT_LOG", ""), ("FUSEBOX_CLOCK_OFFSET", "2m")];
    let mut session = Session::start(Start { environment: &environment, ..start });
    session.wait_for(&format!("{name} is still being authorized"));
    session.send(":watching\r");
    session.wait_for("/oauth/?action=");
    let screen = session.screen().contents();
    let link = screen.lines().find_map(|line| Some(line.trim()).filter(|line| line.contains("/oauth/?action=")));
    let link = link.expect("the link").to_owned();
    runtime.block_on(async { reqwest::get(&link).await.expect("an answer") });
    session.wait_for("connected again");
    session.wait_for("the site asked for itself");
    session.send("7");
    session.wait_for("connected again, by approval");
    session.send("\u{3}");
    assert_eq!(session.wait_for_end(), End::Exit(0));

    let truth = ask(&runtime, &sim, "truth", None);
    let site = truth["sites"].as_array().expect("a list").iter().find(|site| site["name"] == name.as_str());
    assert_eq!(site.expect("the site")["health"], "OK");
    let lines = std::fs::read_to_string(state.join("audit.jsonl")).expect("the audit");
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let told: Vec<(&Value, &Value)> = lines.iter().map(|line| (&line["phase"], &line["id"])).collect();
    let id = &lines[0]["id"];
    assert_eq!(told, [(&Value::from("before"), id), (&Value::from("after"), id)], "one operation, begun once");
    let verified = fusebox(dir.path()).args(["audit", "verify"]).stdout(Stdio::null()).status();
    assert_eq!(verified.expect("the program").code(), Some(0));
    runtime.block_on(sim.stop());
}
