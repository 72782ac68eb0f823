//! `identify`: one refresh shows one approval, nothing is spent where it may not be, and the audit tells both.

use crate::fleet::Fleet;
use fusebox::model::{OrgName, Target};
use fusebox::store::{LeaseKey, StoreHandle};
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;

/// Says of these orgs that tokens do not rotate there.
pub(crate) fn let_spend(fleet: &Fleet, orgs: &[&str]) {
    let file = fleet.config_dir().join("config.toml");
    let mut text = fs::read_to_string(&file).expect("the configuration");
    for org in orgs {
        let name = format!("[[org]]\nname = \"{org}\"\n");
        assert!(text.contains(&name), "{text}");
        text = text.replace(&name, &format!("{name}rotation = \"off\"\n"));
    }
    fs::write(&file, text).expect("written");
}

pub(crate) fn audit(fleet: &Fleet) -> Vec<Value> {
    let text = fs::read_to_string(fleet.state_dir().join("audit.jsonl")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

async fn requests(fleet: &Fleet) -> Vec<Value> {
    fleet.admin("log", None).await["requests"].as_array().expect("a list").clone()
}

pub(crate) async fn refreshes(fleet: &Fleet) -> Vec<Value> {
    requests(fleet).await.into_iter().filter(|request| request["kind"] == "refresh_token").collect()
}

/// The site with this story.
async fn story(fleet: &Fleet, story: &str) -> String {
    let truth = fleet.truth().await;
    truth.iter().find(|(_, site)| site["story"] == story).expect("a site of the story").0.clone()
}

/// Approvals of the user in beta who holds several, each held by a site: which they are can not be told by looking.
pub(crate) async fn several(fleet: &Fleet) -> Vec<Value> {
    let truth = fleet.admin("truth", None).await;
    let mut users: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for approval in truth["approvals"].as_array().expect("a list") {
        if approval["org"] == "beta" && approval["listed"] == true && approval["held"] == true {
            users.entry(approval["user"].to_string()).or_default().push(approval.clone());
        }
    }
    users.into_values().max_by_key(Vec::len).filter(|held| held.len() > 1).expect("a user of several sites")
}

pub(crate) fn text(approval: &Value, name: &str) -> String {
    approval[name].as_str().expect("a text").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_refresh_of_one_of_four_shows_its_approval_and_it_stays_known() {
    let fleet = Fleet::start("agency", 7).await;
    let_spend(&fleet, &["beta"]);
    let user = text(&several(&fleet).await[0], "user");
    let fourth = story(&fleet, "idle_near").await;
    fleet.admin("fault", Some(json!({"kind": "authorize", "user": user, "site": fourth}))).await;
    fleet.json(&["poll"], "poll").await;
    let held = several(&fleet).await;
    assert_eq!(held.len(), 4);
    let (site, approval) = (text(&held[1], "site"), text(&held[1], "approval_id"));
    assert_eq!(fleet.list().await[&site]["slot"]["approval_id"], Value::Null, "looking does not tell");
    let before = requests(&fleet).await.len();
    let done = fleet.json(&["identify", &site, "--yes"], "identify").await;
    assert_eq!((&done["status"], &done["result"]["outcome"]), (&json!(0), &json!("identified")), "{done:#}");
    assert_eq!(done["result"]["approval_id"], json!(approval));
    let made = &requests(&fleet).await[before..];
    let spent: Vec<&Value> = made.iter().filter(|request| request["kind"] == "refresh_token").collect();
    assert_eq!(spent.len(), 1, "{spent:#?}");
    assert_eq!((&spent[0]["client"], &spent[0]["site"]), (&json!("site"), &json!(site)));
    let calls = made.iter().filter(|request| request["client"] == "fusebox" && request["counted"] == true).count();
    assert_eq!(calls, 3, "one look before the question, one before the refresh, one after it");

    let lines = audit(&fleet);
    let phases: Vec<&Value> = lines.iter().map(|line| &line["phase"]).collect();
    assert_eq!(phases, ["before", "after"]);
    assert!(
        lines.iter().all(|line| line["id"] == done["result"]["operation"] && line["class"] == "spend"),
        "{lines:#?}"
    );
    assert_eq!(lines[1]["before"], lines[0]["code"]);
    let line = fleet.list().await.remove(&site).expect("the site");
    assert_eq!(line["slot"]["approval_id"], json!(approval), "it is kept: {line:#}");
    let again = fleet.json(&["show", &site], "show").await;
    assert!(again.to_string().contains(&approval[..8]), "{again:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_says_read_only_nothing_is_spent_and_nobody_is_asked() {
    let fleet = Fleet::of("clean", 3, Some(8)).await;
    let file = fleet.config_dir().join("config.toml");
    let whole = fs::read_to_string(&file).expect("the configuration");
    let site = fleet.list().await.keys().next().cloned().expect("a site");
    let of_site = format!("[[site]]\nname = \"{site}\"\n");
    let of_org = "[[org]]\n";
    assert!(whole.contains(&of_site) && whole.contains(of_org) && whole.contains("mode = \"read-write\""), "{whole}");
    let said = |from: &str, to: String| whole.replacen(from, &to, 1);
    let grouped = format!("{}\n[group.vip]\nread_only = true\n", said(&of_site, format!("{of_site}group = \"vip\"\n")));
    let org = whole.split_once(of_org).expect("an org").1.lines().next().expect("a name").to_owned();
    let org = org.trim_start_matches("name = ").trim_matches('"').to_owned();
    let owned = said(&of_site, format!("{of_site}org = \"{org}\"\n"));
    for (text, words) in [
        (said("mode = \"read-write\"", String::new()), "no mode is set"),
        (said("read-write", "read-only".to_owned()), "mode in [fleet]"),
        (said(&of_site, format!("{of_site}read_only = true\n")), "says that site"),
        (grouped, "group vip"),
        (owned.replacen(of_org, &format!("{of_org}read_only = true\n"), 1), "says that org"),
    ] {
        fs::write(&file, text).expect("written");
        refused_for(&fleet, fleet.command(&["identify", &site, "--yes", "--json"]), words).await;
    }
    fs::write(&file, &whole).expect("written");
    refused_for(&fleet, fleet.command(&["identify", &site, "--yes", "--json", "--read-only"]), "--read-only").await;
    for (name, value) in [("FUSEBOX_READ_ONLY", "1"), ("FUSEBOX_FLEET_MODE", "read-only")] {
        let mut command = fleet.command(&["identify", &site, "--yes", "--json"]);
        command.env(name, value);
        refused_for(&fleet, command, name).await;
    }
    assert_eq!(requests(&fleet).await, Vec::<Value>::new(), "nobody was asked for anything");
    assert_eq!(audit(&fleet).len(), 8);
}

/// The command is refused for this reason, and the audit has it.
async fn refused_for(fleet: &Fleet, mut command: tokio::process::Command, words: &str) {
    let answer = crate::answer(command.output().await.expect("the program"));
    let told = crate::checked(&answer.out, "failure");
    assert_eq!((&told["status"], &told["name"]), (&json!(77), &json!("not_permitted")), "{told}");
    assert!(told["message"].as_str().expect("why").contains(words), "{words}: {told}");
    let last = audit(fleet).pop().expect("a line");
    assert_eq!(last["phase"], "refused");
    assert!(last["outcome"].as_str().expect("why").contains(words), "{words}: {last:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_rotate_what_is_shared_and_what_nobody_confirmed_is_not_spent() {
    let fleet = Fleet::start("agency", 7).await;
    let_spend(&fleet, &["acme"]);
    fleet.json(&["poll"], "poll").await;
    let known = audit(&fleet).len();
    let healthy = text(&several(&fleet).await[0], "site");
    let unasked = fleet.json(&["identify", &healthy], "failure").await;
    assert_eq!(unasked["status"], 64, "without a terminal nobody can be asked: {unasked}");
    assert_eq!(audit(&fleet).len(), known);
    let original = story(&fleet, "shared_token").await;
    let copy = story(&fleet, "clone").await;
    let rotating = story(&fleet, "rotation_risk").await;
    let user = text(&fleet.list().await[&rotating], "user");
    fleet.admin("fault", Some(json!({"kind": "authorize", "user": user}))).await;
    for (site, words) in [
        (&healthy, vec!["whether refresh tokens rotate in its org is not known"]),
        (&rotating, vec!["rotation is on"]),
        (&original, vec!["hold one token", &original, &copy]),
        (&copy, vec!["left alone"]),
        (&story(&fleet, "staging").await, vec!["left alone"]),
    ] {
        let refused = fleet.json(&["identify", site, "--yes"], "failure").await;
        assert_eq!(refused["status"], 77, "{refused}");
        let told = refused["message"].as_str().expect("words");
        assert!(words.iter().all(|word| told.contains(word)), "{words:?}: {told}");
        let last = audit(&fleet).pop().expect("a line");
        assert_eq!((&last["phase"], &last["outcome"]), (&json!("refused"), &json!(told)));
    }
    assert_eq!(refreshes(&fleet).await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_token_is_told_in_salesforces_words_and_links_nothing() {
    let fleet = Fleet::start("agency", 7).await;
    let_spend(&fleet, &["beta"]);
    fleet.json(&["poll"], "poll").await;
    let site = text(&several(&fleet).await[0], "site");
    fleet.admin("fault", Some(json!({"kind": "revoke", "site": site}))).await;
    let refused = fleet.json(&["identify", &site, "--yes"], "identify").await;
    assert_eq!((&refused["status"], &refused["result"]["outcome"]), (&json!(1), &json!("refused")), "{refused:#}");
    let words = refused["result"]["text"].as_str().expect("words");
    assert!(words.contains("expired access/refresh token"), "{words}");
    assert_eq!(refused["result"]["approval_id"], Value::Null);
    assert_eq!(refreshes(&fleet).await.len(), 1);
    let after = audit(&fleet).pop().expect("a line");
    assert!(after["outcome"].as_str().expect("words").starts_with("refused by Salesforce"), "{after:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_busy_is_left_alone_and_without_an_audit_nothing_begins() {
    let fleet = Fleet::start("agency", 7).await;
    let_spend(&fleet, &["beta"]);
    fleet.json(&["poll"], "poll").await;
    let site = text(&several(&fleet).await[0], "site");
    let store = StoreHandle::open(&fleet.state_dir().join("fusebox.db")).expect("the store");
    for target in [Target::Org(OrgName::new("beta")), Target::Site(fusebox::model::SiteName::new(&site))] {
        let key = LeaseKey::Target(target);
        let taken = key.clone();
        let (now, until) = (chrono::DateTime::UNIX_EPOCH, chrono::DateTime::<chrono::Utc>::MAX_UTC);
        let until = until.min(now + chrono::TimeDelta::days(100_000));
        assert!(store.call(move |store| store.lease(&taken, "another", now, until)).await.expect("a lease"));
        let busy = fleet.json(&["identify", &site, "--yes"], "failure").await;
        assert_eq!(busy["status"], 75, "{busy}");
        store.call(move |store| store.release(&[key], "another")).await.expect("released");
    }
    let file = fleet.state_dir().join("audit.jsonl");
    // Lines of refusals may be there; what can not be appended to is no audit.
    let _ = fs::remove_file(&file);
    fs::create_dir(&file).expect("a folder in its place");
    for full in [false, true] {
        if full {
            fs::remove_dir(&file).expect("removed");
            std::os::unix::fs::symlink("/dev/full", &file).expect("a disk that is full");
        }
        let stopped = fleet.json(&["identify", &site, "--yes"], "failure").await;
        assert_eq!(stopped["status"], 1, "{stopped}");
        assert!(stopped["message"].as_str().expect("words").contains("nothing was spent"), "{stopped}");
    }
    assert_eq!(refreshes(&fleet).await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_only_approval_that_is_known_costs_nothing() {
    let fleet = Fleet::start("agency", 7).await;
    let_spend(&fleet, &["beta"]);
    fleet.json(&["poll"], "poll").await;
    let site = story(&fleet, "idle_near").await;
    let known = fleet.json(&["identify", &site, "--yes"], "identify").await;
    assert_eq!((&known["status"], &known["result"]["outcome"]), (&json!(0), &json!("known")), "{known:#}");
    assert_eq!(known["result"]["approval_id"], fleet.truth().await[&site]["approval_id"]);
    assert_eq!((refreshes(&fleet).await, audit(&fleet)), (Vec::new(), Vec::new()));
}

/// How a question begins.
const ASKS: [&str; 3] = ["Type yes", "Type 1", ", type "];

/// Runs a command at a terminal and types an answer when it asks: how it ended, and what it said.
pub(crate) fn at_a_terminal(config: &Path, state: &Path, arguments: &[&str], answer: &str) -> (u32, String) {
    let pair = native_pty_system().openpty(PtySize { cols: 200, ..PtySize::default() }).expect("a pseudo-terminal");
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_fusebox"));
    command.args(arguments);
    command.args(["--config-dir".as_ref(), config.as_os_str()]);
    command.args(["--state-dir".as_ref(), state.as_os_str()]);
    command.env("FUSEBOX_AUDIT_LOG", "");
    let mut child = pair.slave.spawn_command(command).expect("the program");
    drop(pair.slave);
    let (mut screen, mut keys) =
        (pair.master.try_clone_reader().expect("a reader"), pair.master.take_writer().expect("a writer"));
    let (mut said, mut answered) = (String::new(), false);
    let mut bytes = [0; 4096];
    // A terminal that nobody holds any more ends in an error.
    while let Ok(read @ 1..) = screen.read(&mut bytes) {
        said.push_str(&String::from_utf8_lossy(&bytes[..read]));
        if !answered && ASKS.iter().any(|words| said.contains(words)) {
            answered = true;
            writeln!(keys, "{answer}").expect("typed");
        }
    }
    (child.wait().expect("an end").exit_code(), said)
}

#[tokio::test(flavor = "multi_thread")]
async fn at_a_terminal_it_says_what_it_will_do_and_takes_yes_alone() {
    let fleet = Fleet::start("agency", 7).await;
    let_spend(&fleet, &["beta"]);
    fleet.json(&["poll"], "poll").await;
    let site = text(&several(&fleet).await[0], "site");
    for (answer, code, spent) in [("y", 20, 0), ("yes", 0, 1)] {
        let (config, state, asked) = (fleet.config_dir(), fleet.state_dir(), site.clone());
        let run = tokio::task::spawn_blocking(move || at_a_terminal(&config, &state, &["identify", &asked], answer));
        let (ended, said) = run.await.expect("a run");
        assert_eq!(ended, code, "{answer}: {said}");
        for word in ["class spend", "refreshes its own token once", "two API calls", "beta"] {
            assert!(said.contains(word), "{word}: {said}");
        }
        assert_eq!(refreshes(&fleet).await.len(), spent, "{answer}: {said}");
    }
}
