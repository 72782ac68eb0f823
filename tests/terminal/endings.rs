//! How an authorization can end other than well, from the screen: each in its own words.

use crate::asked::{WIDE, link};
use crate::fleet::Fleet;
use crate::pty::Session;
use serde_json::{Value, json};

/// A code that no file and no screen may ever tell.
const PLANTED: &str = "aPrxPLANTEDcode123456789";

/// Has somebody sent to the browser for a site.
fn begin(session: &mut Session, site: &str) {
    ask(session, site);
    session.wait_for("send somebody to the browser");
    session.press_until("y", |screen| !screen.contents().contains("send somebody to the browser"));
    session.wait_for("/oauth/?action=");
}

fn ask(session: &mut Session, site: &str) {
    // Behind an Esc that is still on its way it would be another key.
    session.press_until(":", |screen| screen.contents().contains("Esc close"));
    session.send(&format!("\u{15}reauthorize {site}\r"));
}

/// Pastes, as a terminal does.
fn paste(session: &mut Session, text: &str) {
    session.send(&format!("\u{1b}[200~{text}\u{1b}[201~"));
}

fn ends(session: &mut Session, words: &str, site: &str) -> String {
    session.wait_for(&format!("{words}    {site}"));
    let page = session.screen().contents();
    session.press_until("\u{1b}", |screen| !screen.contents().contains(&format!("{words}    {site}")));
    page
}

/// A user of an org that is not this one.
fn another_user(fleet: &Fleet, org: &str, not: &str) -> String {
    let users = fleet.json(&["users", "--org", org]);
    let users = users["result"]["users"].as_array().expect("a list");
    let mut names = users.iter().map(|user| user["user"].as_str().expect("a name"));
    names.find(|name| *name != not).expect("another user").to_owned()
}

#[test]
fn a_no_the_wrong_user_and_the_wrong_org_each_have_their_own_words() {
    let fleet = Fleet::agency();
    let (site, org, user) = fleet.of_story("policy_lifetime");
    let consent = |answer: Value| fleet.ask("consent", Some(answer));
    let mut session = fleet.console(WIDE, &[]);

    // Nobody who may sign in to the site is there: what the browser ended at is pasted.
    consent(json!({"answer": "deny"}));
    begin(&mut session, &site);
    paste(&mut session, "that is no address");
    session.wait_for("that is no address that a browser ends at");
    paste(&mut session, &format!("https://{site}/wp-admin/options-general.php?crm=salesforce&code={PLANTED}"));
    session.wait_for("the address   ");
    let ended = fleet.browse(&link(&session));
    assert!(ended.contains("error=access_denied"), "{ended}");
    paste(&mut session, &ended);
    ends(&mut session, "denied", &site);

    let other = another_user(&fleet, &org, &user);
    consent(json!({"answer": "allow", "user": other}));
    begin(&mut session, &site);
    fleet.browse(&link(&session));
    let page = ends(&mut session, "wrong user", &site);
    assert!(page.contains(&other) && page.contains("What to do"), "{page}");

    consent(json!({"answer": "allow", "user": another_user(&fleet, "delta", "")}));
    begin(&mut session, &site);
    fleet.browse(&link(&session));
    let page = ends(&mut session, "wrong org", &site);
    assert!(page.contains("delta"), "{page}");

    // Where it can not end well nobody is sent to a browser.
    for (story, words) in [("app_blocked", "blocks the app"), ("app_uninstalled", "not installed in org")] {
        let (site, ..) = fleet.of_story(story);
        ask(&mut session, &site);
        session.wait_for(words);
        assert!(!session.screen().contents().contains("send somebody to the browser"));
    }
    fleet.leave(&mut session);
    let phases = std::fs::read_to_string(fleet.state().join("audit.jsonl")).expect("the audit");
    let ends: Vec<Value> = phases.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(ends.iter().filter(|line| line["phase"] == "after").count(), 3, "{ends:#?}");

    let files = std::fs::read_dir(fleet.state()).expect("the folder");
    let files = files.filter_map(|file| std::fs::read(file.expect("a file").path()).ok());
    for told in files.chain([session.written().to_vec()]) {
        assert!(!String::from_utf8_lossy(&told).contains(PLANTED), "a code is told");
    }
}

#[test]
#[ignore = "takes nine looks of ten seconds: cargo test --test terminal leaked -- --ignored"]
fn an_approval_that_the_site_never_got_is_a_slot_that_leaked() {
    let fleet = Fleet::agency();
    let (site, _, user) = fleet.of_story("policy_lifetime");
    let mut session = fleet.console(WIDE, &[]);
    begin(&mut session, &site);
    // The person allowed the app, and the browser never came back to the site.
    fleet.ask("fault", Some(json!({"kind": "authorize", "user": user})));
    session.wait_for("was made, and the site does not hold it yet");
    // Longer than one wait may take: as long as it is watched the page counts on.
    for past in ["0:30", "0:50", "1:10", "1:20"] {
        session.wait_for(&format!("{past} of 15:00"));
    }
    let page = ends(&mut session, "abandoned half way", &site);
    assert!(page.contains("What to do"), "{page}");
    fleet.leave(&mut session);
}
