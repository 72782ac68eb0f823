//! The command line as scripts and people meet it: codes, documents, streams, signals; and the whole way from a look to
//! a line, scored against what the simulator knows.

#[path = "cli/audit.rs"]
mod audit;
#[path = "cli/authorize.rs"]
mod authorize;
#[path = "cli/crowd.rs"]
mod crowd;
#[path = "cli/doctor.rs"]
mod doctor;
#[path = "cli/evidence.rs"]
mod evidence;
#[path = "cli/fields.rs"]
mod fields;
#[path = "cli/filter.rs"]
mod filter;
#[path = "cli/fleet.rs"]
mod fleet;
#[path = "cli/identify.rs"]
mod identify;
#[path = "cli/import.rs"]
mod import;
#[path = "cli/interrupted.rs"]
mod interrupted;
#[path = "cli/keep_warm.rs"]
mod keep_warm;
#[path = "cli/login.rs"]
mod login;
#[path = "cli/object_type.rs"]
mod object_type;
#[path = "cli/org_setup.rs"]
mod org_setup;
#[path = "cli/plan.rs"]
mod plan;
#[path = "cli/plan_apply.rs"]
mod plan_apply;
#[path = "cli/planted.rs"]
mod planted;
#[path = "cli/read_only.rs"]
mod read_only;
#[path = "cli/refresh_fields.rs"]
mod refresh_fields;
#[path = "cli/revoke.rs"]
mod revoke;
#[path = "cli/setting.rs"]
mod setting;
#[path = "cli/shared.rs"]
mod shared;
#[path = "cli/slots.rs"]
mod slots;
#[path = "cli/words.rs"]
mod words;

use fleet::{Fleet, answer, checked, program};
use fusebox::model::{SiteName, Target};
use fusebox::store::{LeaseKey, StoreHandle};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::process::Child;
use tokio::time::Instant;

/// What a child may take before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(60);

fn signal(child: &Child, signal: rustix::process::Signal) {
    let pid = i32::try_from(child.id().expect("it runs")).expect("a pid");
    rustix::process::kill_process(rustix::process::Pid::from_raw(pid).expect("a pid"), signal).expect("sent");
}

/// Asks again and again until `list` says so. The child that is watched does the waiting's work meanwhile.
async fn until(fleet: &Fleet, holds: impl Fn(&BTreeMap<String, Value>) -> bool) -> BTreeMap<String, Value> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let list = fleet.list().await;
        if holds(&list) {
            return list;
        }
        assert!(Instant::now() < deadline, "it never came true");
    }
}

fn some_site_is(list: &BTreeMap<String, Value>, health: &str) -> bool {
    list.values().any(|site| site["health"] == health)
}

fn first_that_is(list: &BTreeMap<String, Value>, health: &str) -> String {
    list.iter().find(|(_, site)| site["health"] == health).map(|(name, _)| name.clone()).expect("one")
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_fleets_are_told_as_they_are() {
    for seed in 1..=10 {
        let fleet = Fleet::start("agency", seed).await;
        let poll = fleet.json(&["poll"], "poll").await;
        assert_eq!(poll["status"], 2, "some stories do not answer");
        assert_eq!(fleet.differences().await, Vec::<String>::new(), "seed {seed}");
        fleet.sim.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_later_is_told_too() {
    let mut fleet = Fleet::start("agency", 11).await;
    fleet.run(&["poll"]).await;
    assert_eq!(fleet.differences().await, Vec::<String>::new());
    // Far enough for the stories that have a second step, near enough that no proof is too old.
    fleet.admin("clock", Some(json!({"advance": "2h"}))).await;
    fleet.ahead = Some("2h".to_owned());
    fleet.run(&["poll"]).await;
    assert_eq!(fleet.differences().await, Vec::<String>::new());
}

/// What is promised until the first lines are there is a second, of a release build that has the machine to itself. A debug
/// build beside other tests gets five, still half of what one that hangs takes.
const FIRST_LINES: Duration = Duration::from_secs(if cfg!(debug_assertions) { 5 } else { 1 });

#[tokio::test(flavor = "multi_thread")]
async fn three_that_hang_cost_themselves_alone() {
    let fleet = Fleet::start("clean", 3).await;
    let touched = fleet.admin("fault", Some(json!({"kind": "hanging", "site": 3, "seed": 3}))).await;
    let hanging: Vec<&str> = touched["touched"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    assert_eq!(hanging.len(), 3);

    let started = Instant::now();
    let poll = fleet.spawn(&["poll"]);
    let list = until(&fleet, |list| list.values().any(|site| !site["observed_at"].is_null())).await;
    assert!(started.elapsed() < FIRST_LINES, "first lines after {:?}", started.elapsed());
    assert_eq!(list.len(), 200, "those not seen yet have their lines too");

    let list = until(&fleet, |list| list.values().filter(|site| site["health"] == "OK").count() == 197).await;
    assert!(started.elapsed() < Duration::from_secs(15), "the others after {:?}", started.elapsed());
    assert!(hanging.iter().all(|name| list[*name]["health"] == "UNKN"));

    let ended = answer(poll.wait_with_output().await.expect("its end"));
    assert_eq!(ended.code, Some(2));
    assert_eq!(ended.out, "", "nothing was asked for on standard output");
    for name in &hanging {
        let told = format!("site {name}: timeout: ");
        assert_eq!(ended.err.lines().filter(|line| line.starts_with(&told)).count(), 1, "{}", ended.err);
    }
    let list = fleet.list().await;
    assert!(hanging.iter().all(|name| list[*name]["cause"] == "timeout"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_poll_costs_one_call_an_org_and_nothing_else() {
    let fleet = Fleet::start("clean", 5).await;
    assert_eq!(fleet.run(&["poll"]).await.code, Some(0));
    let before = requests(&fleet).await.len();
    assert_eq!(fleet.run(&["poll"]).await.code, Some(0));
    let mut counts: BTreeMap<(String, String, bool), usize> = BTreeMap::new();
    for request in requests(&fleet).await.split_off(before) {
        let word = |key: &str| request[key].as_str().expect("a word").to_owned();
        *counts.entry((word("client"), word("kind"), request["counted"] == true)).or_default() += 1;
    }
    let (orgs, sites) = (fleet.sim.ready.orgs.len(), 200);
    let sign_ins: usize = counts.iter().filter(|((_, kind, _), _)| kind.starts_with("token:")).map(|(_, n)| n).sum();
    assert_eq!(sign_ins, orgs, "a process signs in once: {counts:?}");
    counts.retain(|(_, kind, _), _| !kind.starts_with("token:"));
    let expected = [("composite", true, orgs), ("log", false, sites), ("status", false, sites)];
    let expected = expected.map(|(kind, counted, n)| (("fusebox".to_owned(), kind.to_owned(), counted), n));
    assert_eq!(counts, BTreeMap::from(expected));
}

/// The simulator's log without its own business.
async fn requests(fleet: &Fleet) -> Vec<Value> {
    fleet.admin("log", None).await["requests"].as_array().expect("a list").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_is_spent_and_no_slot_is_filled() {
    let fleet = Fleet::start("agency", 7).await;
    let approvals = fleet.admin("truth", None).await["approvals"].clone();
    fleet.run(&["poll"]).await;
    let site = first_that_is(&fleet.list().await, "FAIL");
    fleet.run(&["prove", &site]).await;
    assert_eq!(fleet.admin("truth", None).await["approvals"], approvals);
    let spent = requests(&fleet).await.into_iter().filter(|request| {
        request["client"] == "site" && request["kind"].as_str().is_some_and(|kind| kind.contains("refresh"))
    });
    assert_eq!(spent.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_document_has_its_shape() {
    let fleet = Fleet::start("agency", 7).await;
    let before = fleet.list().await;
    let unseen = |site: &Value| site["cause"] == "never_proved" || site["cause"] == "staging";
    assert!(before.values().all(|site| unseen(site) && site["observed_at"].is_null()), "{before:#?}");
    fleet.json(&["poll"], "poll").await;
    let list = fleet.list().await;
    for health in ["FAIL", "WARN", "UNKN", "STAG", "OFF", "OK"] {
        let name = first_that_is(&list, health);
        let shown = fleet.json(&["show", &name], "show").await;
        assert_eq!(shown["result"]["site"], list[&name], "show and list say the same");
    }
    let good = fleet.json(&["prove", &first_that_is(&list, "OK")], "prove").await;
    assert_eq!(good["result"]["sites"][0]["outcome"], "good");
    let quiet = list.values().find(|site| site["cause"] == "never_proved").expect("a quiet site");
    let withheld = fleet.json(&["prove", quiet["name"].as_str().expect("a name")], "prove").await;
    assert_eq!((&withheld["status"], &withheld["name"]), (&json!(27), &json!("not_verified")));

    let added = fleet.json(&["add", "https://new.example", "--user", "fusebox"], "add").await;
    assert_eq!(added["result"]["added"], json!(["new.example"]));
    let again = fleet.json(&["add", "https://new.example", "--user", "fusebox"], "failure").await;
    assert_eq!(again["status"], 64);
    fleet.json(&["remove", "new.example"], "remove").await;
    let gone = fleet.json(&["show", "new.example"], "failure").await;
    assert_eq!(gone["name"], "usage");
    fleet.json(&["prove"], "failure").await;
    fleet.json(&["no-such-command"], "failure").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_and_its_sites_out_of_reach_are_unavailable() {
    let fleet = Fleet::start("clean", 1).await;
    for org in fleet.sim.ready.orgs.keys() {
        fleet.admin("fault", Some(json!({"kind": "dead", "org": org}))).await;
    }
    fleet.admin("fault", Some(json!({"kind": "dead", "site": 200}))).await;
    let poll = fleet.json(&["poll"], "poll").await;
    assert_eq!((&poll["status"], &poll["name"]), (&json!(69), &json!("unavailable")));
    assert_eq!(poll["result"]["failed"].as_array().map(Vec::len), Some(210));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_reaches_an_output_or_the_store() {
    let fleet = Fleet::start("agency", 7).await;
    let mut secrets = secrets(&fleet.config_dir());
    let planted = "planted-secret-4711";
    secrets.push(planted.to_owned());
    let config = fs::read_to_string(fleet.config_dir().join("config.toml")).expect("the configuration");
    let mut outputs = Vec::new();
    for arguments in [&["poll", "--json"][..], &["poll"], &["list"], &["list", "--json"]] {
        outputs.push(fleet.run(arguments).await);
    }
    for name in fleet.list().await.keys().take(20) {
        outputs.push(fleet.run(&["show", name, "--json"]).await);
        outputs.push(fleet.run(&["prove", name]).await);
    }
    // Where a hand may put one by mistake: an argument, a key of the wrong type, a place that is none.
    outputs.push(fleet.run(&["add", "https://a.example", "--user", "u", "--password", planted, "--json"]).await);
    outputs.push(fleet.run(&["add", &format!("https://u:{planted}@a.example"), "--user", "u"]).await);
    for wrong in [format!("\"{planted}\""), format!("[\"{planted}\"]"), format!("\"{planted}")] {
        let site = format!(
            "\n[[site]]\nname = \"x\"\nurl = \"https://x\"\nreach = \"rest\"\nuser = \"u\"\npassword = {wrong}\n"
        );
        fs::write(fleet.config_dir().join("config.toml"), config.clone() + &site).expect("written");
        let refused = fleet.run(&["list", "--json"]).await;
        assert_eq!(refused.code, Some(78), "{}", refused.out);
        outputs.push(refused);
    }
    for output in outputs {
        for secret in &secrets {
            assert!(!output.out.contains(secret) && !output.err.contains(secret), "{}{}", output.out, output.err);
        }
    }
    for file in fs::read_dir(fleet.state_dir()).expect("the state") {
        let path = file.expect("a file").path();
        if path.is_file() {
            let bytes = fs::read(&path).expect("its bytes");
            for secret in &secrets {
                let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                assert!(!found, "{} holds a secret", path.display());
            }
        }
    }
}

/// Every secret of a configuration, and the middle of its key.
fn secrets(dir: &Path) -> Vec<String> {
    let stored: toml::Table = fs::read_to_string(dir.join("secrets.toml")).expect("stored").parse().expect("TOML");
    let mut secrets: Vec<String> = stored.values().filter_map(|value| value.as_str().map(str::to_owned)).collect();
    let pem = fs::read_to_string(dir.join("fusebox.pem")).expect("the key");
    secrets.push(pem.lines().nth(3).expect("its middle").to_owned());
    assert!(secrets.len() > 40);
    secrets
}

#[tokio::test(flavor = "multi_thread")]
async fn one_polls_and_the_others_read_along() {
    let fleet = Fleet::start("agency", 7).await;
    let mut follower = fleet.spawn(&["poll", "--follow"]);
    until(&fleet, |list| some_site_is(list, "OK")).await;
    let second = fleet.json(&["poll"], "failure").await;
    assert_eq!((&second["status"], &second["name"]), (&json!(75), &json!("try_later")));
    // A signal is how a service ends: all is well, and the lease is free at once.
    signal(&follower, rustix::process::Signal::TERM);
    let status = tokio::time::timeout(PATIENCE, follower.wait()).await.expect("it ends").expect("its status");
    assert_eq!(status.code(), Some(0));
    fleet.json(&["poll"], "poll").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_a_poll_and_frees_what_it_held() {
    for (kind, code) in [(rustix::process::Signal::INT, 130), (rustix::process::Signal::HUP, 129)] {
        let fleet = Fleet::start("clean", 9).await;
        fleet.admin("fault", Some(json!({"kind": "hanging", "site": 20, "seed": 1}))).await;
        let mut poll = fleet.spawn(&["poll"]);
        until(&fleet, |list| some_site_is(list, "OK")).await;
        let at = Instant::now();
        signal(&poll, kind);
        let status = tokio::time::timeout(PATIENCE, poll.wait()).await.expect("it ends").expect("its status");
        assert_eq!(status.code(), Some(code));
        assert!(at.elapsed() < Duration::from_secs(3), "it waits for nobody");
        fleet.admin("fault", Some(json!({"kind": "none"}))).await;
        assert_eq!(fleet.run(&["poll"]).await.code, Some(0), "no lease is left over");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_another_process_is_at_is_left_alone() {
    let fleet = Fleet::start("clean", 2).await;
    fleet.run(&["list"]).await;
    let site = fleet.list().await.keys().next().cloned().expect("a site");
    let store = StoreHandle::open(&fleet.state_dir().join("fusebox.db")).expect("the store");
    let key = LeaseKey::Target(Target::Site(SiteName::new(&site)));
    let leased = store.call(move |store| {
        let now = chrono::DateTime::parse_from_rfc3339("2000-01-01T00:00:00Z").expect("a time").to_utc();
        store.lease(&key, "another", now, now + chrono::TimeDelta::days(36_500))
    });
    assert!(leased.await.expect("a lease"));
    let before = requests(&fleet).await.len();
    let refused = fleet.json(&["prove", &site], "prove").await;
    assert_eq!((&refused["status"], &refused["name"]), (&json!(75), &json!("try_later")));
    assert_eq!(refused["result"]["sites"][0]["outcome"], "busy");
    assert_eq!(requests(&fleet).await.len(), before, "nothing was sent");
    let poll = fleet.json(&["poll"], "poll").await;
    assert_eq!(poll["result"]["postponed"][0]["name"], json!(site));
}

#[tokio::test(flavor = "multi_thread")]
async fn data_and_talk_keep_to_their_streams() {
    let fleet = Fleet::start("agency", 7).await;
    fleet.run(&["poll"]).await;
    let list = fleet.run(&["list"]).await;
    assert_eq!((list.code, list.err.as_str()), (Some(0), ""));
    assert!(!list.out.contains('\u{1b}'), "no colour where nobody sees it");
    let words = ["STATE", "FAIL", "WARN", "STAG", "OLD", "UNKN", "OFF", "OK"];
    assert!(list.out.lines().all(|line| words.contains(&line.split_whitespace().next().unwrap_or_default())));
    let coloured = fleet.run(&["list", "--color", "always"]).await;
    assert!(coloured.out.contains("\u{1b}[1;7mFAIL\u{1b}[0m"), "{}", coloured.out);
    let help = fleet.run(&["--help"]).await;
    assert_eq!((help.code, help.err.as_str()), (Some(0), ""));
    let console = fleet.run(&[]).await;
    assert_eq!((console.code, console.out.as_str()), (Some(64), ""), "no terminal, no console");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_leaves_is_no_error() {
    let fleet = Fleet::start("clean", 2).await;
    let mut child =
        fleet.command(&["list"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program");
    drop(child.stdout.take());
    let mut err = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut err).await.expect("its words");
    assert_eq!(child.wait().await.expect("its status").code(), Some(0));
    assert_eq!(err, "");
}

#[tokio::test]
async fn secrets_that_others_may_read_stop_everything() {
    let fleet = Fleet::start("clean", 2).await;
    let file = fleet.config_dir().join("secrets.toml");
    fs::set_permissions(&file, Permissions::from_mode(0o640)).expect("a mode");
    let refused = fleet.json(&["poll"], "failure").await;
    assert_eq!((&refused["status"], &refused["name"]), (&json!(78), &json!("configuration")));
    assert!(refused["message"].as_str().is_some_and(|message| message.contains("chmod 600")), "{refused}");
}

#[tokio::test]
async fn a_wrong_configuration_is_told_with_its_place() {
    let dir = tempfile::tempdir().expect("a folder");
    let (config, state) = (dir.path().join("config"), dir.path().join("state"));
    fs::create_dir(&config).expect("a folder");
    fs::write(config.join("config.toml"), "[poll]\nsite_intervall = \"15min\"\n").expect("written");
    let told = answer(program(&config, &state, &["list"]).output().await.expect("the program"));
    assert_eq!((told.code, told.out.as_str()), (Some(78), ""));
    assert!(told.err.contains("config.toml:2:1: [poll] has no key \"site_intervall\""), "{}", told.err);
    assert!(told.err.contains("did you mean \"site_interval\"?"), "{}", told.err);
    let told = answer(program(&config, &state, &["list", "--json"]).output().await.expect("the program"));
    assert_eq!(checked(&told.out, "failure")["status"], 78);
}

#[tokio::test]
async fn a_first_start_has_nothing_and_says_what_to_do() {
    let dir = tempfile::tempdir().expect("a folder");
    let (config, state) = (dir.path().join("config"), dir.path().join("state"));
    for arguments in [&["list"][..], &["poll"]] {
        let told = answer(program(&config, &state, arguments).output().await.expect("the program"));
        assert_eq!((told.code, told.out.as_str()), (Some(0), ""));
        assert!(told.err.contains("fusebox add"), "{}", told.err);
    }
    let document = answer(program(&config, &state, &["list", "--json"]).output().await.expect("the program"));
    assert_eq!(checked(&document.out, "list")["result"]["sites"], json!([]));
    let mode = fs::metadata(&state).expect("the state's folder").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[tokio::test]
async fn the_simulator_says_when_it_is_ready_and_ends_with_a_signal() {
    let dir = tempfile::tempdir().expect("a folder");
    let arguments = ["sim", "--scenario", "agency", "--seed", "3"];
    let mut sim = program(dir.path(), dir.path(), &arguments).stdout(Stdio::piped()).spawn().expect("the program");
    let mut out = sim.stdout.take().expect("a pipe");
    let mut line = Vec::new();
    while line.last() != Some(&b'\n') {
        line.push(out.read_u8().await.expect("a byte"));
    }
    let ready: Value = serde_json::from_slice(&line).expect("JSON");
    assert!(ready["admin_token"].is_string() && ready["orgs"]["acme"].is_string(), "{ready}");
    signal(&sim, rustix::process::Signal::TERM);
    let status = tokio::time::timeout(PATIENCE, sim.wait()).await.expect("it ends").expect("its status");
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn a_key_for_two_things_is_refused_with_its_line() {
    let fleet = Fleet::start("agency", 3).await;
    let path = fleet.config_dir().join("config.toml");
    let config = fs::read_to_string(&path).expect("a configuration");
    let line = config.lines().count() + 3;
    fs::write(&path, format!("{config}\n[keys]\nlook = \"p\"\n")).expect("written");
    for arguments in [&[][..], &["--no-poll"]] {
        let refused = fleet.run(arguments).await;
        assert_eq!(refused.code, Some(78), "{}", refused.err);
        let told = format!("config.toml:{line}:1: p would be look and pause in one place");
        assert!(refused.err.contains(&told), "{}", refused.err);
    }
    assert_eq!(fleet.run(&["list"]).await.code, Some(0), "what draws no console asks for no keys");
}
