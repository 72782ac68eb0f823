//! A walk through the demo inside tmux and inside GNU screen, as people reach it over ssh: what they draw outside is right,
//! a copy gets through both, and the shell has its terminal back.

use crate::pty::{CONSOLE, End, Session, Start};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// What stands between the console and the terminal, with its files in a folder of its own.
struct Multiplexer {
    folder: tempfile::TempDir,
    program: &'static str,
    /// What goes before an order to the running one.
    to: Vec<String>,
    end: &'static [&'static str],
}

impl Multiplexer {
    fn tmux() -> Option<Self> {
        // Programs inside may set the clipboard.
        let settings = "set -g set-clipboard on\nset -g status off\nset -sg escape-time 0\n";
        let (folder, settings) = folder("tmux", settings)?;
        let socket = folder.path().join("socket").display().to_string();
        let to = ["-f", &settings, "-S", &socket].map(str::to_owned).to_vec();
        Some(Self { folder, program: "tmux", to, end: &["kill-server"] })
    }

    fn screen() -> Option<Self> {
        let (folder, settings) = folder("screen", "startup_message off\naltscreen on\ndefutf8 on\nvbell off\n")?;
        let to = ["-c", &settings, "-S", "fusebox"].map(str::to_owned).to_vec();
        Some(Self { folder, program: "screen", to, end: &["-X", "quit"] })
    }

    /// A shell inside that runs the demo, tells how it ended, and waits for a line.
    fn start(&self) -> Session {
        let inside = format!("{} demo --seed 7; echo \"left: $?\"; read line", env!("CARGO_BIN_EXE_fusebox"));
        let mut arguments: Vec<&str> = self.to.iter().map(String::as_str).collect();
        arguments.extend((self.program == "tmux").then_some("new-session"));
        arguments.extend(["sh", "-c", &inside]);
        let folder = self.folder.path().display().to_string();
        let environment = [("SCREENDIR", folder.as_str())];
        Session::start(Start { program: self.program, arguments: &arguments, environment: &environment, ..CONSOLE })
    }
}

impl Drop for Multiplexer {
    /// Its server outlives its terminal; after a test that failed it would go on.
    fn drop(&mut self) {
        let mut order = Command::new(self.program);
        order.args(&self.to).args(self.end).env("SCREENDIR", self.folder.path());
        drop(order.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status());
    }
}

/// A folder with the settings of `program`; nothing where the program is missing, which no gate may pass over.
#[expect(clippy::print_stderr, reason = "a test that does not run must say so")]
fn folder(program: &str, settings: &str) -> Option<(tempfile::TempDir, String)> {
    let found = Command::new(program).arg(if program == "tmux" { "-V" } else { "-v" }).stdout(Stdio::null()).status();
    if found.is_err() {
        assert!(std::env::var_os("CI").is_none(), "{program} is missing: .ci/packages installs it");
        eprintln!("\n*** NOT TESTED: {program} is missing (see .ci/packages)\n");
        return None;
    }
    let folder = tempfile::tempdir().expect("a folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).expect("ours alone");
    let file = folder.path().join("settings");
    fs::write(&file, settings).expect("written");
    Some((folder, file.display().to_string()))
}

/// The names in the list, from top to bottom, each with whether it is selected.
fn names(screen: &vt100::Screen) -> Vec<(String, bool)> {
    const LIST: std::ops::Range<usize> = 3..17;
    const NAME: std::ops::Range<usize> = 11..30;
    let rows = screen.rows(0, 80).skip(LIST.start).take(LIST.len());
    let name = |row: &str| row.chars().skip(NAME.start).take(NAME.len()).collect::<String>().trim().to_owned();
    rows.map(|row| (name(&row), row.starts_with('▌'))).collect()
}

fn walk(multiplexer: &Multiplexer) {
    let mut session = multiplexer.start();
    session.wait_until("the fleet", |screen| screen.contents().contains("15 FAIL"));
    session.send("j");
    session.wait_until("the next row", |screen| names(screen).first().is_some_and(|(_, selected)| !selected));
    session.send("s");
    session.wait_for("sort by");
    session.send("n");
    session.wait_until("the order of names", |screen| {
        !screen.contents().contains("sort by") && names(screen).is_sorted_by_key(|(name, _)| name.clone())
    });
    session.send("/example");
    session.wait_for("/example");
    session.send("\r");
    session.wait_until("the kept filter", |screen| screen.contents().contains("? help"));
    session.send("?");
    session.wait_for("Esc close");
    session.send("\u{1b}");
    session
        .wait_until("the list", |screen| screen.contents().contains("? help") && names(screen).iter().any(|row| row.1));
    let (name, _) = names(session.screen()).into_iter().find(|(_, selected)| *selected).expect("a selection");
    session.send("y");
    session.wait_for("n name");
    session.send("n");
    session.wait_for("copied name");
    let copied = copies(session.written());
    let shown = name.trim_end_matches('…');
    assert!(copied.iter().all(|text| text.starts_with(shown)) && !copied.is_empty(), "{copied:?} and not {name:?}");
    session.send("q");
    session.wait_for("left: 0");
    assert!(!session.screen().contents().contains("1 Sites"), "the page was left on the shell's screen");
    session.send("\r");
    assert_eq!(session.wait_for_end(), End::Exit(0));
    session.assert_given_back();
}

/// What the terminal was asked to put into the clipboard: the texts of each OSC 52, whichever clipboard it names.
pub(crate) fn copies(written: &[u8]) -> Vec<String> {
    let written = String::from_utf8_lossy(written);
    let asked = written.split("\u{1b}]52;").skip(1).filter_map(|rest| {
        let (_, rest) = rest.split_once(';')?;
        let end = rest.find(['\u{7}', '\u{1b}'])?;
        STANDARD.decode(&rest[..end]).ok().and_then(|text| String::from_utf8(text).ok())
    });
    asked.collect()
}

#[test]
fn a_walk_inside_tmux() {
    if let Some(tmux) = Multiplexer::tmux() {
        walk(&tmux);
    }
}

#[test]
fn a_walk_inside_screen() {
    if let Some(screen) = Multiplexer::screen() {
        walk(&screen);
    }
}

#[test]
fn the_running_demo_survives_two_hundred_sizes() {
    let mut session = Session::start(Start { arguments: &["demo", "--seed", "7"], ..CONSOLE });
    session.wait_for("FAIL");
    let mut chance = fastrand::Rng::with_seed(7);
    for _ in 0..200 {
        session.resize(chance.u16(1..=500), chance.u16(1..=200));
    }
    session.resize(80, 24);
    // What was written for other sizes is off the screen once all of it is drawn anew.
    session.send("\u{c}?");
    session.wait_for("Keys here");
    session.send("\u{1b}");
    session.wait_until("the list", |screen| !screen.contents().contains("Keys here"));
    session.send("q");
    assert_eq!(session.wait_for_end(), End::Exit(0));
    session.assert_given_back();
    assert!(fs::read_dir(Path::new(&session.temporary())).expect("the folder").next().is_none());
}
