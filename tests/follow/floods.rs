//! Answers without end, old certificates, names that give orders to a terminal: each is named, and costs neither memory nor
//! anybody else.

use crate::fleet::{Answer, Fleet, answer};
use crate::hostile::failed;
use crate::kept::Kept;
use crate::{PATIENCE, configure};
use fusebox::model::FailureClass;
use fusebox::sim::{self, Options};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use tokio::process::Child;
use tokio::time::Instant;

/// The most that a poll may hold, in KiB, of a debug build: sixteen looks under way, of which each may have read 8 MiB of
/// an org or 4 MiB of a site, and their buffers, beside what the program needs for itself.
const MOST_KIB: u64 = 200 * 1024;

/// Answers without end, as they come and when they are unpacked.
const FLOODS: [&str; 2] = ["huge", "gzip_bomb"];

/// The most that a running process ever held, in KiB, where the system tells.
fn peak_kib(child: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id()?)).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn floods_are_cut_off_and_cost_no_memory() {
    let fleet = Fleet::of("clean", 45, Some(40)).await;
    configure(&fleet, "org_interval = \"5s\"\nsite_interval = \"5s\"\ntimeout = \"20s\"");
    let names: Vec<String> = fleet.list().await.into_keys().collect();
    let orgs: Vec<String> = fleet.sim.ready.orgs.keys().cloned().collect();
    let (floods, dry) = names.split_at(24);
    for (i, name) in floods.iter().enumerate() {
        fleet.admin("fault", Some(json!({"kind": FLOODS[i % 2], "site": name}))).await;
    }
    for (i, name) in orgs.iter().take(8).enumerate() {
        fleet.admin("fault", Some(json!({"kind": FLOODS[i % 2], "org": name}))).await;
    }
    let mut poll = fleet.spawn(&["poll", "--follow"]);
    let deadline = Instant::now() + PATIENCE;
    loop {
        assert!(Instant::now() < deadline, "it never came true");
        let kept = Kept::read(&fleet).await;
        let cut = |name: &String| {
            let reach = kept.sites.get(name).and_then(|site| site.reach.as_ref());
            reach.is_some_and(|reach| {
                reach.value.as_ref().is_err_and(|failure| failure.class == FailureClass::BadAnswer)
            })
        };
        let cut_org = |name: &String| {
            let reach = kept.orgs.get(name).and_then(|org| org.reach.as_ref());
            reach.is_some_and(|reach| {
                reach.value.as_ref().is_err_and(|failure| failure.class == FailureClass::BadAnswer)
            })
        };
        let fresh = |name: &String| kept.rows.get(name).is_some_and(|row| row.observed_at.is_some());
        if floods.iter().all(cut) && orgs.iter().take(8).all(cut_org) && dry.iter().all(fresh) {
            break;
        }
    }
    let peak = peak_kib(&poll);
    println!("peak: {peak:?} KiB");
    assert!(!cfg!(target_os = "linux") || peak.is_some_and(|kib| kib < MOST_KIB), "{peak:?} KiB");
    let pid = Pid::from_raw(i32::try_from(poll.id().expect("it runs")).expect("a pid")).expect("a pid");
    kill_process(pid, Signal::TERM).expect("sent");
    let ended = tokio::time::timeout(PATIENCE, poll.wait()).await.expect("it ends").expect("its status");
    assert_eq!(ended.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_certificate_is_named_and_costs_its_owner_alone() {
    let dir = tempfile::tempdir().expect("a folder");
    let write_config = Some(dir.path().join("config"));
    let options = Options { sites: Some(20), write_config, tls: true, ..Options::new("clean", 46) };
    let fleet = Fleet { sim: sim::start(options).await.expect("a simulator"), dir, ahead: None };
    let file = fleet.config_dir().join("config.toml");
    let config = fs::read_to_string(&file).expect("the configuration");
    let (good, old) = (&fleet.sim.ready.sites, fleet.sim.ready.expired.as_ref().expect("an origin"));
    let (site, rest) =
        config.split_once("[[site]]").and_then(|(_, sites)| sites.split_once("[[site]]")).expect("sites");
    let name = site.split('"').nth(1).expect("a name").to_owned();
    let moved = site.replace(good.as_str(), old);
    assert_ne!(moved, site, "{site}");
    fs::write(&file, format!("{}[[site]]{moved}[[site]]{rest}", config.split_once("[[site]]").expect("sites").0))
        .expect("written");
    let org = fleet.sim.ready.orgs.keys().next().expect("an org").clone();
    let told = ask_tls(&fleet, json!({"kind": "expired", "org": org})).await;
    assert_eq!(told, 200);
    assert_eq!(ask_tls(&fleet, json!({"kind": "expired", "site": name})).await, 409, "sites greet at one address");

    let ca = fleet.config_dir().join("ca.pem");
    let poll = fleet.command(&["poll", "--json"]).env("SSL_CERT_FILE", &ca).output().await.expect("the program");
    let poll = crate::fleet::checked(&answer(poll).out, "poll");
    assert_eq!(failed(&poll), BTreeMap::from([(name.clone(), "tls".to_owned()), (org, "tls".to_owned())]), "{poll:#}");
    let texts = poll["result"]["failed"].as_array().expect("a list").iter();
    assert!(texts.clone().all(|one| one["text"].as_str().is_some_and(|text| text.contains("expired"))), "{poll:#}");
    let list = fleet.list().await;
    assert_eq!(list[&name]["cause"], "tls");
    assert!(list.iter().all(|(other, site)| *other == name || !site["observed_at"].is_null()));
    assert_eq!(list.values().filter(|site| site["observed_at"].is_null()).count(), 1);
}

/// The admin interface of a simulator that speaks TLS.
async fn ask_tls(fleet: &Fleet, order: serde_json::Value) -> u16 {
    let ready = &fleet.sim.ready;
    let ca = reqwest::Certificate::from_pem(ready.ca.as_ref().expect("an authority").as_bytes()).expect("PEM");
    let client = reqwest::Client::builder().tls_certs_only([ca]).build().expect("a client");
    let asked = client.post(format!("{}/fault", ready.admin)).bearer_auth(&ready.admin_token).json(&order).send();
    asked.await.expect("the simulator").status().as_u16()
}

/// WP-CLI goes through a program, here and over ssh alike: whatever that does, it is bounded too.
#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_floods_or_never_ends_costs_its_site_alone() {
    let fleet = Fleet::of("clean", 49, Some(12)).await;
    let file = fleet.config_dir().join("config.toml");
    let mut config = fs::read_to_string(&file).expect("the configuration");
    let programs = [
        ("prints.example", "head -c 200000000 /dev/zero", "bad_answer"),
        ("never.example", "exec sleep 1000", "timeout"),
        ("complains.example", "yes >&2", "timeout"),
        ("leaves.example", "sleep 1000 & exit 1", "bad_answer"),
        ("escapes.example", "printf '\\033]0;pwned\\007\\033[2J' >&2; exit 3", "bad_answer"),
    ];
    for (name, script, _) in programs {
        let program = fleet.dir.path().join(name);
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).expect("written");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).expect("runs");
        let (wp, site) = (program.display(), "reach = \"local\"\npath = \"/tmp\"");
        writeln!(config, "\n[[site]]\nname = \"{name}\"\nurl = \"https://{name}\"\n{site}\nwp = \"{wp}\"")
            .expect("a text");
    }
    fs::write(&file, config).expect("written");
    configure(&fleet, "timeout = \"5s\"");
    let told: BTreeMap<String, String> =
        programs.iter().map(|(name, _, class)| ((*name).to_owned(), (*class).to_owned())).collect();
    let poll = fleet.json(&["poll"], "poll").await;
    assert_eq!(failed(&poll), told, "{poll:#}");
    let list = fleet.list().await;
    assert_eq!(list.values().filter(|site| site["health"] == "OK").count(), 12);
    for (name, ..) in programs {
        assert_gives_no_orders(&fleet.run(&["show", name]).await);
    }
}

fn assert_gives_no_orders(answer: &Answer) {
    for text in [&answer.out, &answer.err] {
        let order = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!text.contains(order), "{text:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_give_orders_reach_no_terminal() {
    let fleet = Fleet::of("clean", 47, Some(12)).await;
    let names: Vec<String> = fleet.list().await.into_keys().collect();
    for name in &names {
        fleet.admin("fault", Some(json!({"kind": "escapes", "site": name}))).await;
    }
    for org in fleet.sim.ready.orgs.keys() {
        fleet.admin("fault", Some(json!({"kind": "escapes", "org": org}))).await;
    }
    let mut heard = 0;
    let asked = ["show", "logs", "prove"].map(|verb| vec![verb, &names[0]]);
    for arguments in [vec!["poll"], vec!["list"]].into_iter().chain(asked) {
        for json in [false, true] {
            let mut arguments = arguments.clone();
            arguments.extend(json.then_some("--json"));
            let answer = fleet.run(&arguments).await;
            assert!(matches!(answer.code, Some(0 | 2)), "{arguments:?}: {:?} {}", answer.code, answer.err);
            assert_gives_no_orders(&answer);
            heard += answer.out.matches("pwned").count();
        }
    }
    assert!(heard > 0, "what is harmless of the names is shown");
}
