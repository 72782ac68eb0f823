//! Whoever says read-only, nothing is spent or written by any command: one table of all of them, by everybody who may say it.

use crate::authorize::Waiting;
use crate::fleet::Fleet;
use crate::identify::{audit, text};
use crate::refresh_fields::story;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

/// What a command does.
#[derive(Clone, Copy)]
enum Does {
    /// Nothing but look.
    Look,
    /// Things of this machine: the configuration, files, a simulator.
    Own,
    /// Spends or writes with these arguments, in which SITE, DEAD, APPROVAL and PLAN stand for what the fleet has.
    More(&'static [&'static str]),
}

/// Who says it, the configuration then, the flags and the environment.
type Way<'a> = (&'a str, String, &'a [&'a str], Option<(&'a str, &'a str)>);

/// Every command.
const COMMANDS: &[(&str, Does)] = &[
    ("add", Does::Own),
    ("agent", Does::Own),
    ("audit", Does::Look),
    ("audit verify", Does::Look),
    ("authorize", Does::More(&["authorize", "DEAD", "--yes"])),
    ("completions", Does::Own),
    ("config", Does::Own),
    ("config check", Does::Own),
    ("config path", Does::Own),
    ("demo", Does::Own),
    ("demo score", Does::Own),
    ("doctor", Does::Look),
    ("fields", Does::Look),
    ("forecast", Does::Look),
    ("identify", Does::More(&["identify", "SITE", "--yes"])),
    ("import", Does::Own),
    ("keep-warm", Does::More(&["keep-warm", "SITE", "--yes"])),
    ("list", Does::Look),
    ("login", Does::Own),
    ("logs", Does::Look),
    ("man", Does::Own),
    ("object-type", Does::More(&["object-type", "SITE", "Lead", "--confirm", "Lead"])),
    ("operations", Does::More(&["operations", "--watch"])),
    ("org-setup", Does::Look),
    ("orgs", Does::Look),
    ("plan", Does::Look),
    ("plan apply", Does::More(&["plan", "apply", "PLAN", "--yes"])),
    ("plan check", Does::Look),
    ("poll", Does::Look),
    ("prove", Does::Look),
    ("reauthorize", Does::More(&["reauthorize", "DEAD", "--yes"])),
    ("refresh-fields", Does::More(&["refresh-fields", "SITE", "--yes"])),
    ("remove", Does::Own),
    ("revoke", Does::More(&["revoke", "APPROVAL", "--yes", "--lose", "SITE"])),
    ("screenshots", Does::Own),
    ("segment-type", Does::More(&["segment-type", "SITE", "Personal", "--confirm", "Personal"])),
    ("show", Does::Look),
    ("sim", Does::Own),
    ("tokens", Does::Look),
    ("undo", Does::More(&["undo", "--yes"])),
    ("users", Does::Look),
    ("why", Does::Look),
];

/// The commands below `parents`, as the program itself names them.
fn below(parents: &[&str]) -> Vec<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fusebox"));
    let help = command.args(parents).arg("--help").output().expect("the program").stdout;
    let help = String::from_utf8(help).expect("UTF-8");
    let Some((_, listed)) = help.split_once("Commands:\n") else { return Vec::new() };
    let lines = listed.lines().take_while(|line| !line.is_empty());
    // What goes on from the line before stands further in.
    let names = lines.filter_map(|line| line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')));
    names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").map(str::to_owned).collect()
}

#[test]
fn every_command_stands_in_the_table() {
    let mut named = BTreeSet::new();
    for command in below(&[]) {
        for inner in below(&[&command]) {
            named.insert(format!("{command} {inner}"));
        }
        named.insert(command);
    }
    assert!(named.len() > 40, "{named:?}");
    let classed: BTreeSet<String> = COMMANDS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(named, classed, "whether it spends or writes is to be said of each");
}

/// Requests that spend or write, by whomever.
async fn spent(fleet: &Fleet) -> Vec<Value> {
    let verbs = [
        "refresh_token",
        "refresh-token",
        "refresh-fields",
        "set-object-type",
        "set-segment-type",
        "configure",
        "restore",
        "complete-authorization",
        "revoke",
    ];
    let log = fleet.admin("log", None).await;
    let requests = log["requests"].as_array().expect("a list").clone();
    let is_more = |request: &Value| {
        request["wrote"] == true || request["kind"].as_str().is_some_and(|kind| verbs.contains(&kind))
    };
    requests.into_iter().filter(is_more).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_says_read_only_every_command_that_spends_or_writes_is_refused() {
    let mut fleet = Fleet::start("agency", 7).await;
    for _ in 0..2 {
        fleet.json(&["poll"], "poll").await;
    }
    // Something that each of them could do: a change to take back, a plan, a sign-in that was begun.
    let site = story(&fleet, "healthy").await;
    let changed = fleet.json(&["object-type", &site, "Lead", "--confirm", "Lead"], "object_type").await;
    assert_eq!(changed["status"], 0, "{changed:#}");
    let approval = {
        let list = fleet.list().await;
        let works = |site: &&Value| site["health"] == "OK" && !site["slot"]["approval_id"].is_null();
        let held = list.values().find(works).expect("one that works and is known");
        (text(held, "name"), text(&held["slot"], "approval_id"))
    };
    let dead = story(&fleet, "policy_lifetime").await;
    let plan = fleet.dir.path().join("plan.toml").display().to_string();
    fleet.json(&["plan", &dead, "--out", &plan], "plan").await;
    Waiting::start(&fleet, &["reauthorize", &dead, "--yes"]).await.killed().await;
    // What it held ends by itself, before it would have given up.
    fleet.admin("clock", Some(json!({"advance": "40s"}))).await;
    fleet.ahead = Some("40s".to_owned());

    let file = fleet.config_dir().join("config.toml");
    let whole = fs::read_to_string(&file).expect("the configuration");
    let each = |head: &str, line: &str| whole.replace(head, &format!("{head}{line}"));
    let group = each("[[site]]\n", "group = \"vip\"\n") + "\n[group.vip]\nread_only = true\n";
    let ways: [Way<'_>; 7] = [
        ("the flag", whole.clone(), &["--read-only"], None),
        ("the environment", whole.clone(), &[], Some(("FUSEBOX_READ_ONLY", "1"))),
        ("the environment's mode", whole.clone(), &[], Some(("FUSEBOX_FLEET_MODE", "read-only"))),
        ("the configuration", whole.replace("mode = \"read-write\"", "mode = \"read-only\""), &[], None),
        ("nobody", whole.replace("mode = \"read-write\"", ""), &[], None),
        ("the orgs", each("[[org]]\n", "read_only = true\n"), &[], None),
        ("the group", group, &[], None),
    ];
    let (before, lines) = (spent(&fleet).await, audit(&fleet).len());
    let mut refused = 0;
    for (who, config, flags, environment) in ways {
        assert!(config != whole || !flags.is_empty() || environment.is_some(), "{who} says something");
        fs::write(&file, config).expect("written");
        for (name, does) in COMMANDS {
            let Does::More(arguments) = does else { continue };
            let filled = arguments.iter().map(|argument| match *argument {
                "SITE" if *name == "revoke" => approval.0.as_str(),
                "SITE" => site.as_str(),
                "DEAD" => dead.as_str(),
                "APPROVAL" => approval.1.as_str(),
                "PLAN" => plan.as_str(),
                other => other,
            });
            let filled: Vec<&str> = filled.chain(flags.iter().copied()).chain(["--json"]).collect();
            let mut command = fleet.command(&filled);
            command.envs(environment);
            let answer = crate::fleet::answer(command.output().await.expect("the program"));
            assert_eq!(answer.code, Some(77), "{name}, by {who}: {}{}", answer.out, answer.err);
            refused += 1;
        }
    }
    fs::write(&file, &whole).expect("written");
    assert_eq!(spent(&fleet).await, before, "nothing was spent or written");
    let told = audit(&fleet).split_off(lines);
    assert!(told.iter().all(|line| line["phase"] == "refused"), "{told:#?}");
    assert_eq!(told.len(), refused, "and each was written down");
    assert_eq!(fleet.run(&["audit", "verify"]).await.code, Some(0));
    fleet.sim.stop().await;
}
