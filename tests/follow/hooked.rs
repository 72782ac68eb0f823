//! The hook: who is told what, once, whatever the hook and the program do.

use crate::fleet::{Answer, Fleet, answer, checked};
use crate::{PATIENCE, advance, assert_no_panic, configure, gauges, received};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::net::unix::pipe;
use tokio::process::Child;
use tokio::sync::Mutex;

/// Writes down what it reads, one document a line. While the file `hang` is there, it says so on a pipe and waits for
/// word on another; while `fail` is there, it fails.
const SCRIPT: &str = r#"#!/bin/sh
cd "$(dirname "$0")" || exit 9
cat >> documents
env > environment
if [ -e hang ]; then echo "$$" > begun; read -r word < release; fi
if [ -e fail ]; then echo "the pager is out" >&2; exit 3; fi
"#;

/// A fleet whose hook is the script.
struct Hooked {
    fleet: Fleet,
    dir: PathBuf,
    /// Both are held open at both ends: nobody waits for the other side to come, and when this is dropped, scripts that
    /// wait see the end.
    begun: Mutex<Lines<BufReader<pipe::Receiver>>>,
    release: pipe::Sender,
}

impl Hooked {
    async fn start(scenario: &str, seed: u64, sites: usize, more: &str) -> Self {
        let fleet = Fleet::of(scenario, seed, Some(sites)).await;
        let dir = fleet.dir.path().join("hook");
        fs::create_dir(&dir).expect("a folder");
        let script = dir.join("page-us");
        fs::write(&script, SCRIPT).expect("the script");
        fs::set_permissions(&script, Permissions::from_mode(0o700)).expect("its mode");
        for pipe in ["begun", "release"] {
            assert!(std::process::Command::new("mkfifo").arg(dir.join(pipe)).status().expect("mkfifo").success());
        }
        let hook = format!("\n[hook]\ncommand = [\"{}\"]\n{more}\n", script.display());
        let config = fleet.config_dir().join("config.toml");
        let text = fs::read_to_string(&config).expect("the configuration");
        fs::write(config, text + &hook).expect("written");
        let mut open = pipe::OpenOptions::new();
        let begun = open.read_write(true).open_receiver(dir.join("begun")).expect("a pipe");
        let release = open.open_sender(dir.join("release")).expect("a pipe");
        Self { fleet, dir, begun: Mutex::new(BufReader::new(begun).lines()), release }
    }

    fn set(&self, flag: &str) {
        fs::write(self.dir.join(flag), "").expect("set");
    }

    fn unset(&self, flag: &str) {
        fs::remove_file(self.dir.join(flag)).expect("unset");
    }

    async fn poll(&self) -> Answer {
        let answer = self.fleet.run(&["poll"]).await;
        assert_no_panic(&answer);
        answer
    }

    /// What the hook was told so far, each held to the schema.
    fn told(&self) -> Vec<Value> {
        let schema: Value =
            serde_json::from_str(include_str!("../../docs/schema/hook.schema.json")).expect("the schema is JSON");
        let validator = jsonschema::validator_for(&schema).expect("a schema");
        let text = fs::read_to_string(self.dir.join("documents")).unwrap_or_default();
        let document = |line: &str| {
            let document: Value = serde_json::from_str(line).expect("one JSON document a line");
            let errors: Vec<String> = validator.iter_errors(&document).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{errors:#?}\n{document:#}");
            document
        };
        text.lines().map(document).collect()
    }

    async fn healthy(&self) -> Vec<String> {
        let list = self.fleet.list().await;
        list.into_iter().filter(|(_, site)| site["health"] == "OK").map(|(name, _)| name).collect()
    }

    async fn kill_connection(&self, site: &str) {
        self.fleet.admin("fault", Some(json!({"kind": "disconnect", "site": site}))).await;
    }

    /// Waits for a hook that hangs.
    async fn begun(&self) {
        let mut begun = self.begun.lock().await;
        let line = tokio::time::timeout(PATIENCE, begun.next_line()).await.expect("the hook never began");
        line.expect("a line").expect("it stays open");
    }

    /// Lets one that hangs go on.
    fn release(&self) {
        assert_eq!(self.release.try_write(b"go\n").expect("written"), 3);
    }
}

fn signal(child: &Child, signal: Signal) {
    let pid = i32::try_from(child.id().expect("it runs")).expect("a pid");
    kill_process(Pid::from_raw(pid).expect("a pid"), signal).expect("sent");
}

/// The secret of the first site that has one in `secrets.toml`, moved to the variable `FIRST_SECRET`.
fn move_a_secret(config: &Path) -> String {
    let stored: toml::Table = fs::read_to_string(config.join("secrets.toml")).expect("stored").parse().expect("TOML");
    let file = config.join("config.toml");
    let text = fs::read_to_string(&file).expect("the configuration");
    let (name, secret) = stored
        .iter()
        .find(|(name, _)| text.contains(&format!("\"store:{name}\"")))
        .map(|(name, secret)| (name.clone(), secret.as_str().expect("a text").to_owned()))
        .expect("a secret that is used");
    fs::write(file, text.replace(&format!("\"store:{name}\""), "\"env:FIRST_SECRET\"")).expect("written");
    secret
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_dies_is_told_once_and_no_secret_with_it() {
    let hooked = Hooked::start("clean", 51, 6, "").await;
    let secret = move_a_secret(&hooked.fleet.config_dir());
    let poll = async || {
        let out = hooked.fleet.command(&["poll"]).env("FIRST_SECRET", &secret).output().await.expect("the program");
        let answer = answer(out);
        assert_eq!(answer.code, Some(0), "{}", answer.err);
        assert_eq!(answer.err, "", "a hook that works says nothing");
    };
    poll().await;
    assert_eq!(hooked.told(), Vec::<Value>::new(), "a first poll changes nothing");
    let healthy = hooked.healthy().await;
    assert_eq!(healthy.len(), 6);
    hooked.kill_connection(&healthy[2]).await;
    poll().await;
    let told = hooked.told();
    assert_eq!(told.len(), 1, "{told:#?}");
    let row = &hooked.fleet.list().await[&healthy[2]];
    for key in ["name", "url", "org", "user"] {
        assert_eq!(told[0]["site"][key], row[key], "{key}");
    }
    for key in ["health", "cause", "reason", "confidence"] {
        assert_eq!(told[0]["to"][key], row[key], "{key}");
    }
    assert_eq!((&told[0]["from"], &told[0]["to"]["health"]), (&json!({"health": "OK", "cause": null}), &json!("FAIL")));
    poll().await;
    assert_eq!(hooked.told().len(), 1, "and once is enough");
    let environment = fs::read_to_string(hooked.dir.join("environment")).expect("its environment");
    assert!(environment.contains("PATH=") && !environment.contains("FIRST_SECRET"), "{environment}");
    assert!(!environment.contains(&secret) && !told[0].to_string().contains(&secret));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_first_poll_what_is_broken_is_told_and_with_no_poll_nothing() {
    let hooked = Hooked::start("agency", 52, 40, "on = [\"fail\"]").await;
    hooked.poll().await;
    let list = hooked.fleet.list().await;
    let broken: Vec<&String> = list.iter().filter(|(_, site)| site["health"] == "FAIL").map(|(name, _)| name).collect();
    let told = hooked.told();
    let mut names: Vec<&str> = told.iter().filter_map(|told| told["site"]["name"].as_str()).collect();
    names.sort_unstable();
    assert!(!broken.is_empty());
    assert_eq!(names, broken);
    assert!(told.iter().all(|told| told["from"].is_null()));

    let site = hooked.healthy().await.swap_remove(0);
    hooked.kill_connection(&site).await;
    // A proof is a look of its own, and finds out; who polls tells.
    hooked.fleet.run(&["prove", &site]).await;
    hooked.fleet.run(&["list", "--no-poll"]).await;
    assert_eq!(hooked.told().len(), told.len());
    hooked.poll().await;
    assert_eq!(hooked.told().last().expect("a document")["site"]["name"], json!(site));
    assert_eq!(hooked.told().len(), told.len() + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_fails_is_told_once_and_tried_again() {
    let mut hooked = Hooked::start("clean", 53, 6, "").await;
    hooked.poll().await;
    let healthy = hooked.healthy().await;
    for site in &healthy[..3] {
        hooked.kill_connection(site).await;
    }
    hooked.set("fail");
    let document = hooked.fleet.json(&["poll"], "poll").await;
    assert_eq!(document["status"], 0, "the poll itself was well");
    let warnings: Vec<&str> =
        document["warnings"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("the hook failed") && warnings[0].ends_with("exit status: 3: the pager is out"));
    assert_eq!(hooked.told().len(), 3);
    let answer = hooked.poll().await;
    assert_eq!((answer.err.as_str(), hooked.told().len()), ("", 3), "not tried again at once");

    // One recovers by being none of ours any more: nothing is told of it.
    assert_eq!(hooked.fleet.run(&["remove", &healthy[0]]).await.code, Some(0));
    hooked.unset("fail");
    advance(&mut hooked.fleet, 31).await;
    hooked.poll().await;
    let told = hooked.told();
    let ids = |told: &[Value]| {
        let mut ids: Vec<(String, String)> =
            told.iter().map(|told| (told["site"]["name"].to_string(), told["id"].to_string())).collect();
        ids.sort();
        ids
    };
    let (first, again) = (ids(&told[..3]), ids(&told[3..]));
    let removed = json!(healthy[0]).to_string();
    let kept: Vec<_> = first.into_iter().filter(|(site, _)| *site != removed).collect();
    assert_eq!(again, kept, "the same under the same ids");
    advance(&mut hooked.fleet, 100).await;
    hooked.poll().await;
    assert_eq!(hooked.told().len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poll_waits_for_its_hook_until_that_is_killed() {
    let hooked = Hooked::start("clean", 54, 4, "timeout = \"1s\"").await;
    hooked.poll().await;
    hooked.kill_connection(&hooked.healthy().await[0]).await;
    hooked.set("hang");
    let (answer, ()) = tokio::join!(hooked.poll(), hooked.begun());
    assert_eq!(answer.code, Some(0));
    assert!(answer.err.contains("took longer than 1s and was ended"), "{}", answer.err);
    assert_eq!(hooked.told().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_poll_did_not_get_told_is_told_by_the_next() {
    let mut hooked = Hooked::start("clean", 55, 6, "").await;
    hooked.poll().await;
    let healthy = hooked.healthy().await;
    for site in &healthy {
        hooked.kill_connection(site).await;
    }
    hooked.set("hang");
    let mut poll = hooked.fleet.spawn(&["poll"]);
    hooked.begun().await;
    poll.kill().await.expect("killed");
    hooked.unset("hang");
    let begun = hooked.told();
    assert!(!begun.is_empty());
    advance(&mut hooked.fleet, 90).await;
    hooked.poll().await;
    let told = hooked.told();
    let of = |site: &str| told.iter().filter(|told| told["site"]["name"] == site).collect::<Vec<_>>();
    for site in &healthy {
        let told = of(site);
        let ids: std::collections::BTreeSet<String> = told.iter().map(|told| told["id"].to_string()).collect();
        assert_eq!(ids.len(), 1, "{site}: one change, whether heard once or twice: {told:#?}");
    }
    assert!(told.len() > begun.len());
    let before = told.len();
    hooked.poll().await;
    assert_eq!(hooked.told().len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_that_hangs_delays_no_look_and_no_end() {
    let hooked = Hooked::start("clean", 56, 6, "timeout = \"1h\"").await;
    configure(&hooked.fleet, "org_interval = \"1s\"\nsite_interval = \"1s\"\nproof_interval = \"2s\"");
    hooked.poll().await;
    let healthy = hooked.healthy().await;
    hooked.set("hang");
    let mut follower = hooked.fleet.spawn(&["poll", "--follow"]);
    hooked.kill_connection(&healthy[0]).await;
    hooked.begun().await;
    assert_eq!(hooked.told().len(), 1);
    let before = received(&hooked.fleet).await;
    let many = async { while received(&hooked.fleet).await < before + 60 {} };
    tokio::time::timeout(PATIENCE, many).await.expect("it looks no more");
    assert!(gauges(&hooked.fleet.admin("traffic", None).await).iter().all(|(_, gauge)| gauge["most"] == 1));
    // Another site is told beside the one that hangs.
    hooked.unset("hang");
    hooked.kill_connection(&healthy[1]).await;
    let both = async { while hooked.told().len() < 2 {} };
    tokio::time::timeout(PATIENCE, both).await.expect("the second is never told");
    signal(&follower, Signal::TERM);
    let status = tokio::time::timeout(PATIENCE, follower.wait()).await.expect("it ends").expect("its status");
    assert_eq!(status.code(), Some(0));

    // The first was cut off, so whoever polls next tells it again.
    let document = checked(&hooked.fleet.run(&["poll", "--json"]).await.out, "poll");
    assert_eq!(document["warnings"], json!([]));
    let told = hooked.told();
    assert_eq!((told.len(), &told[0]), (3, &told[2]));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_released_in_time_is_told_once() {
    let hooked = Hooked::start("clean", 57, 4, "").await;
    hooked.poll().await;
    hooked.kill_connection(&hooked.healthy().await[0]).await;
    hooked.set("hang");
    let poll = hooked.fleet.spawn(&["poll"]);
    hooked.begun().await;
    hooked.release();
    let ended = answer(poll.wait_with_output().await.expect("its end"));
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    hooked.unset("hang");
    hooked.poll().await;
    assert_eq!(hooked.told().len(), 1);
}
