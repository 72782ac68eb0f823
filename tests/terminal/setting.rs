//! A site's object from the screen: chosen, read, typed, written, and taken back.

use crate::fleet::Fleet;

/// What sites were asked to write, in order.
fn wrote(fleet: &Fleet) -> Vec<String> {
    let log = fleet.ask("log", None);
    let requests = log["requests"].as_array().expect("a list");
    let wrote = requests.iter().filter(|request| request["wrote"] == true);
    wrote.map(|request| request["kind"].as_str().expect("a kind").to_owned()).collect()
}

#[test]
fn another_object_is_read_typed_written_and_taken_back() {
    let fleet = Fleet::agency();
    let (name, ..) = fleet.of_story("healthy");
    let told = fleet.json(&["object-type", &name, "Lead", "--dry-run"]);
    let breaks = told["result"]["breaks"].as_array().expect("what breaks").clone();
    assert!(breaks.iter().any(|one| one["breaks"] == "required" && one["crm_field"] == "Company"), "{told:#}");

    let mut session = fleet.console((112, 32), &[]);
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
    assert_eq!(wrote(&fleet), Vec::<String>::new(), "a dry run writes nothing");
    // What is typed while it takes no key is typed again, from the beginning.
    session.press_until("\u{15}Lead", |screen| screen.contents().contains("Enter does it"));
    session.press_until("\r", |screen| !screen.contents().contains("type Lead"));
    session.wait_for(&format!("{name} syncs to Lead; z puts it back"));
    assert_eq!(wrote(&fleet), ["set-object-type"]);
    session.send("z");
    session.wait_for("put it back");
    assert!(session.screen().contents().contains("sf_object_type"), "{}", session.screen().contents());
    session.press_until("y", |screen| !screen.contents().contains("put it back"));
    session.wait_for("gets back what it had before");
    assert_eq!(wrote(&fleet), ["set-object-type", "restore"]);
    fleet.leave(&mut session);
    let lines = fleet.lines();
    let line = lines.iter().find(|line| line["name"] == name.as_str()).expect("its line");
    assert_eq!(line["object_type"], "Contact");
}
