//! The console on a fleet where everything that can be wrong with an answer is wrong somewhere, and every name gives orders:
//! it shows what it knows, obeys nobody, and gives the terminal back. What it can not read it says before it takes it.

use crate::pty::{CONSOLE, End, Session, Start};
use fusebox::sim::{self, Options, Sim};
use serde_json::{Value, json};
use std::fs;
use tempfile::TempDir;
use tokio::runtime::Runtime;

const FAULTS: [&str; 12] =
    ["dead", "hanging", "half", "html", "empty", "401", "403", "503", "huge", "gzip_bomb", "garbage", "redirect"];

/// What the names of the fleet order: the title, the clipboard, blinking red, a scroll region, an escape in one byte, another
/// direction of writing.
const ORDERS: [&str; 6] = ["\u{1b}]0;", "\u{1b}]52;", "\u{1b}[31;5m", "\u{1b}[1;2r", "\u{9b}", "\u{202e}"];

/// A simulator beside the console.
struct Fleet {
    runtime: Runtime,
    sim: Sim,
    dir: TempDir,
}

impl Fleet {
    fn start() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let dir = tempfile::tempdir().expect("a folder");
        let options =
            Options { sites: Some(30), write_config: Some(dir.path().to_owned()), ..Options::new("clean", 48) };
        let sim = runtime.block_on(sim::start(options)).expect("a simulator");
        Self { runtime, sim, dir }
    }

    fn order(&self, order: &Value) -> Value {
        self.runtime.block_on(async {
            let address = format!("{}/fault", self.sim.ready.admin);
            let asked =
                reqwest::Client::new().post(address).bearer_auth(&self.sim.ready.admin_token).json(order).send();
            let answer = asked.await.expect("the simulator");
            assert!(answer.status().is_success(), "{order}: {}", answer.status());
            answer.json().await.expect("JSON")
        })
    }

    /// The names of all sites.
    fn sites(&self) -> Vec<String> {
        let touched = self.order(&json!({"kind": "none", "site": 1_000}));
        let names = touched["touched"].as_array().expect("a list").iter();
        names.map(|name| name.as_str().expect("a name").to_owned()).collect()
    }
}

#[test]
fn a_fleet_of_faults_and_orders_is_shown_and_not_obeyed() {
    let fleet = Fleet::start();
    let sites = fleet.sites();
    let orgs: Vec<&String> = fleet.sim.ready.orgs.keys().collect();
    for site in &sites {
        fleet.order(&json!({"kind": "escapes", "site": site}));
    }
    for org in &orgs {
        fleet.order(&json!({"kind": "escapes", "org": org}));
    }
    for (kind, site) in FAULTS.iter().zip(&sites) {
        fleet.order(&json!({"kind": kind, "site": site}));
    }
    for (kind, org) in FAULTS.iter().skip(4).zip(&orgs) {
        fleet.order(&json!({"kind": kind, "org": org}));
    }
    let folder = fleet.dir.path().to_str().expect("a name").to_owned();
    let mut session = Session::start(Start {
        arguments: &[],
        environment: &[("FUSEBOX_CONFIG_DIR", &folder)],
        size: (140, 40),
        ..CONSOLE
    });
    // The time that one which hangs is given, and the first look at all others.
    session.wait_until("every fault and every answer", |screen| {
        screen.contents().contains("12 UNKN") && screen.contents().contains("18 OK")
    });
    session.assert_taken();
    // A site that answers, with all its words: what is harmless of them is shown.
    session.send("G\r");
    session.wait_until("its own page", |screen| {
        let page = screen.contents();
        page.contains("Esc back") && page.contains("pwned")
    });
    session.send("\u{1b}");
    session.wait_for("Enter open");
    session.send("?");
    session.wait_for("Keys here");
    session.send("\u{1b}");
    session.wait_until("the page", |screen| !screen.contents().contains("Keys here"));
    session.send("\u{3}");
    assert_eq!(session.wait_for_end(), End::Exit(0));
    session.assert_given_back();
    let written = String::from_utf8_lossy(session.written()).into_owned();
    for order in ORDERS {
        assert!(!written.contains(order), "{order:?} came through");
    }
}

const LINE_7: &str = "[fleet]\nname = \"agency\"\n\n[[site]]\nname = \"shop.example\"\nurl = \"https://shop.example\"\nreach = \"resst\"\n";

#[test]
fn a_configuration_that_is_wrong_is_told_before_the_terminal_is_taken() {
    let hostile = LINE_7.replace("resst", "\\u001b]0;pwned\\u0007\\u001b[2J");
    for (text, place) in [(LINE_7, "config.toml:7:9: "), (hostile.as_str(), "config.toml:7:9: ")] {
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(dir.path().join("config.toml"), text).expect("written");
        let folder = dir.path().to_str().expect("a name").to_owned();
        for arguments in [&[][..], &["--no-poll"], &["list"], &["poll"]] {
            let environment = [("FUSEBOX_CONFIG_DIR", folder.as_str())];
            let mut session =
                Session::start(Start { arguments, environment: &environment, size: (240, 24), ..CONSOLE });
            assert_eq!(session.wait_for_end(), End::Exit(78), "{arguments:?}");
            let written = String::from_utf8_lossy(session.written()).into_owned();
            assert!(written.contains(place), "{arguments:?}: {written}");
            // A sequence of ours would be as wrong here as one of the file's.
            assert!(!written.contains('\u{1b}'), "{arguments:?}: {written:?}");
            session.assert_given_back();
        }
    }
}
