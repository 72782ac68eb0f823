//! A site's object from the screen: chosen, read, typed, written, and taken back.

use crate::asked::{ask, fleet, fusebox};
use crate::pty::{CONSOLE, End, Session, Start};
use fusebox::sim::Sim;
use serde_json::Value;
use std::process::Stdio;
use tokio::runtime::Runtime;

/// What sites were asked to write, in order.
fn wrote(runtime: &Runtime, sim: &Sim) -> Vec<String> {
    let log = ask(runtime, sim, "log", None);
    let requests = log["requests"].as_array().expect("a list");
    let wrote = requests.iter().filter(|request| request["wrote"] == true);
    wrote.map(|request| request["kind"].as_str().expect("a kind").to_owned()).collect()
}

#[test]
fn another_object_is_read_typed_written_and_taken_back() {
    let (runtime, dir) = (Runtime::new().expect("threads"), tempfile::tempdir().expect("a folder"));
    let sim = fleet(&runtime, dir.path());
    let truth = ask(&runtime, &sim, "truth", None);
    let sites = truth["sites"].as_array().expect("a list");
    let name = sites.iter().find(|site| site["story"] == "healthy").expect("the story")["name"].clone();
    let name = name.as_str().expect("a name");
    let told = fusebox(dir.path()).args(["object-type", name, "Lead", "--dry-run", "--json"]).output();
    let told: Value = serde_json::from_slice(&told.expect("the program").stdout).expect("JSON");
    let breaks = told["result"]["breaks"].as_array().expect("what breaks").clone();
    assert!(breaks.iter().any(|one| one["breaks"] == "required" && one["crm_field"] == "Company"), "{told:#}");

    let (config, state) = (dir.path().join("config"), dir.path().join("state"));
    let folders = [config.display().to_string(), state.display().to_string()];
    let arguments = ["--no-poll", "--config-dir", &folders[0], "--state-dir", &folders[1]];
    let environment = [("FUSEBOX_AUDIT_LOG", "")];
    let start = Start { arguments: &arguments, environment: &environment, size: (112, 32), ..CONSOLE };
    let mut session = Session::start(start);
    session.wait_for("FAIL");
    // The first frame knows a page of sites alone.
    session.send(&format!(":open {name}"));
    session.wait_for(&format!("OK     {name}"));
    session.send("\r");
    session.wait_for("next site");
    session.send("O");
    session.wait_for("Enter see what it does");
    session.send("Lead\r");
    session.wait_for("type Lead");
    let page = session.screen().contents();
    assert!(page.contains(&format!("{} break", breaks.len())), "{page}");
    for one in &breaks {
        let shown = match one["breaks"].as_str() {
            Some("contact_ids") => format!("{} users", one["users"]),
            _ => one["crm_field"].as_str().expect("a field").to_owned(),
        };
        assert!(page.contains(&shown), "{shown}: {page}");
    }
    assert_eq!(wrote(&runtime, &sim), Vec::<String>::new(), "a dry run writes nothing");
    // What is typed while it takes no key is typed again, from the beginning.
    session.press_until("\u{15}Lead", |screen| screen.contents().contains("Enter does it"));
    session.press_until("\r", |screen| !screen.contents().contains("type Lead"));
    session.wait_for(&format!("{name} syncs to Lead; z puts it back"));
    assert_eq!(wrote(&runtime, &sim), ["set-object-type"]);
    session.send("z");
    session.wait_for("put it back");
    assert!(session.screen().contents().contains("sf_object_type"), "{}", session.screen().contents());
    session.press_until("y", |screen| !screen.contents().contains("put it back"));
    session.wait_for("gets back what it had before");
    assert_eq!(wrote(&runtime, &sim), ["set-object-type", "restore"]);
    session.send("\u{3}");
    assert_eq!(session.wait_for_end(), End::Exit(0));
    let list = fusebox(dir.path()).args(["list", "--json"]).output().expect("the program");
    let list: Value = serde_json::from_slice(&list.stdout).expect("JSON");
    let lines = list["result"]["sites"].as_array().expect("a list");
    let line = lines.iter().find(|line| line["name"] == name).expect("its line");
    assert_eq!(line["object_type"], "Contact");
    let verified = fusebox(dir.path()).args(["audit", "verify"]).stdout(Stdio::null()).status();
    assert_eq!(verified.expect("the program").code(), Some(0));
    runtime.block_on(sim.stop());
}
