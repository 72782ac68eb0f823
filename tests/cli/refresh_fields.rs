//! `refresh-fields`: sites read topics and fields again, many at once; who fails stops nobody, and is left for the next run.

use crate::fleet::{Fleet, answer, by_name, checked};
use crate::identify::{at_a_terminal, audit, let_spend, refreshes};
use chrono::{DateTime, TimeDelta};
use fusebox::model::{SiteName, Target};
use fusebox::store::{LeaseKey, StoreHandle};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use tokio::io::{AsyncBufReadExt, BufReader};

/// Says of every org that tokens do not rotate there.
fn let_all_refresh(fleet: &Fleet) {
    let file = fleet.config_dir().join("config.toml");
    let text = fs::read_to_string(&file).expect("the configuration");
    assert!(!text.contains("\nrotation ="), "{text}");
    fs::write(&file, text.replace("[[org]]\n", "[[org]]\nrotation = \"off\"\n")).expect("written");
}

async fn requests(fleet: &Fleet) -> Vec<Value> {
    fleet.admin("log", None).await["requests"].as_array().expect("a list").clone()
}

/// Requests to sites that changed what they store, by verb.
pub(crate) async fn wrote(fleet: &Fleet) -> Vec<String> {
    let requests = requests(fleet).await;
    let wrote = requests.iter().filter(|request| request["wrote"] == true);
    wrote.map(|request| request["kind"].as_str().expect("a kind").to_owned()).collect()
}

/// A site with this story.
pub(crate) async fn story(fleet: &Fleet, story: &str) -> String {
    let truth = fleet.truth().await;
    truth.iter().find(|(_, site)| site["story"] == story).expect("a site of the story").0.clone()
}

fn names(list: &Value) -> BTreeSet<String> {
    list.as_array().expect("a list").iter().map(|name| name.as_str().expect("a name").to_owned()).collect()
}

fn rows(list: &Value, key: &str) -> Vec<String> {
    list.as_array().expect("rows").iter().map(|row| row[key].as_str().expect("a text").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hundred_five_fail_and_are_left_for_the_next_run() {
    let fleet = Fleet::start("clean", 3).await;
    let_all_refresh(&fleet);
    assert_eq!(fleet.run(&["poll"]).await.code, Some(0));
    let all: Vec<String> = fleet.list().await.into_keys().collect();
    let broken: Vec<&String> = all.iter().step_by(40).collect();
    assert_eq!((all.len(), broken.len()), (200, 5));
    let faults = ["503", "html", "dead"].map(|kind| json!({ "kind": kind }));
    let incidents = [json!({ "kind": "writes", "on": false }), json!({ "kind": "revoke" })];
    for (site, mut fault) in broken.iter().zip(faults.into_iter().chain(incidents)) {
        fault["site"] = json!(site);
        fleet.admin("fault", Some(fault)).await;
    }
    let ran = fleet.run(&["refresh-fields", "--filter", "", "--yes", "--json"]).await;
    let told = checked(&ran.out, "refresh_fields");
    let result = &told["result"];
    assert_eq!((ran.code, &told["status"], &result["done"]), (Some(2), &json!(2), &json!(195)), "{}", told["message"]);
    let expected: BTreeSet<String> = broken.iter().map(|site| (*site).clone()).collect();
    assert_eq!(names(&result["failed"]), expected);
    assert_eq!(result["left"], json!([]));
    let message = told["message"].as_str().expect("a message");
    assert!(expected.iter().all(|site| message.contains(site)) && message.contains("--again"), "{message}");
    let sites = by_name(&result["sites"]);
    let outcomes: Vec<&Value> = broken.iter().map(|site| &sites[*site]["outcome"]).collect();
    assert_eq!(outcomes[3..], [&json!("not_permitted"), &json!("refused")], "{outcomes:?}");
    assert!(outcomes[..3].iter().all(|outcome| **outcome == json!("unavailable")), "{outcomes:?}");
    // A line for each when it was over, counted up.
    let numbers: Vec<usize> =
        ran.err.lines().filter_map(|line| line.split_once("/200  ")?.0.trim().parse().ok()).collect();
    assert_eq!(numbers, (1..=200).collect::<Vec<_>>());
    assert!(ran.err.contains("200 sites") && ran.err.contains("API calls"), "{}", ran.err);

    let lines = audit(&fleet);
    let of = |phase: &str| lines.iter().filter(|line| line["phase"] == phase).count();
    assert_eq!((of("before"), of("after")), (197, 197), "three were not reached at all");
    assert!(lines.iter().all(|line| line["id"] == result["operation"] && line["class"] == "write"));
    assert_eq!(fleet.json(&["audit", "verify"], "audit_verify").await["status"], 0);

    fleet.admin("fault", Some(json!({ "kind": "none" }))).await;
    fleet.admin("fault", Some(json!({ "kind": "writes", "on": true, "site": broken[3] }))).await;
    let again = fleet.json(&["refresh-fields", "--again", "--yes"], "refresh_fields").await;
    let sites = by_name(&again["result"]["sites"]);
    assert_eq!(sites.keys().cloned().collect::<BTreeSet<_>>(), expected, "those and no other");
    assert_eq!((&again["status"], names(&again["result"]["failed"])), (&json!(2), [broken[4].clone()].into()));
    let last = fleet.json(&["refresh-fields", "--again", "--yes"], "refresh_fields").await;
    assert_eq!((&last["status"], &last["result"]["sites"][0]["name"]), (&json!(1), &json!(broken[4])));
    fleet.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_site_tells_what_is_new_and_which_mappings_break_and_keeps_its_tokens() {
    let fleet = Fleet::start("agency", 7).await;
    fleet.run(&["poll"]).await;
    let site = story(&fleet, "healthy").await;
    let from = requests(&fleet).await.len();
    let told = fleet.json(&["refresh-fields", &site, "--yes"], "refresh_fields").await;
    let one = &told["result"]["sites"][0];
    assert_eq!(
        (&told["status"], &one["outcome"], &one["tokens"]),
        (&json!(0), &json!("done"), &json!("kept")),
        "{told:#}"
    );
    let changes = &one["changes"];
    assert_eq!(rows(&changes["fields"]["added"], "id"), ["Points__c"]);
    assert_eq!(rows(&changes["fields"]["removed"], "id"), ["Fax"]);
    assert_eq!(changes["newly_read_only"], json!(["MailingAddress"]));
    assert_eq!(rows(&changes["segments"]["renamed"], "to"), ["Newsletter (old)"]);
    let counts: Vec<(&Value, &Value)> =
        one["steps"].as_array().expect("steps").iter().map(|step| (&step["before"], &step["after"])).collect();
    assert_eq!(counts[2..4], [(&json!(5), &json!(5)), (&json!(28), &json!(28))], "{one:#}");
    let made: Vec<Value> = requests(&fleet).await.split_off(from);
    let wrote: Vec<&Value> = made.iter().filter(|request| request["wrote"] == true).collect();
    assert_eq!((wrote.len(), &wrote[0]["kind"], &wrote[0]["site"]), (1, &json!("refresh-fields"), &json!(site)));
    assert_eq!(refreshes(&fleet).await, Vec::<Value>::new(), "its session was good");
    let phases: Vec<Value> = audit(&fleet).iter().map(|line| line["phase"].clone()).collect();
    assert_eq!(phases, ["before", "after"]);
    assert!(audit(&fleet)[1]["outcome"].as_str().expect("words").contains("tokens kept"));

    let people = fleet.run(&["refresh-fields", &site, "--yes"]).await;
    assert!(people.code == Some(0) && people.out.contains("no change"), "{}{}", people.out, people.err);
    assert!(people.err.contains("of the class write, 1 site"), "{}", people.err);
    fleet.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_over_is_refreshed_where_tokens_do_not_rotate_and_nowhere_else() {
    let fleet = Fleet::start("agency", 7).await;
    fleet.run(&["poll"]).await;
    let site = story(&fleet, "never_proved").await;
    let withheld = fleet.json(&["refresh-fields", &site, "--yes"], "refresh_fields").await;
    let one = &withheld["result"]["sites"][0];
    assert_eq!(
        (&withheld["status"], &one["outcome"], &one["tokens"]),
        (&json!(75), &json!("withheld"), &json!("kept"))
    );
    assert!(one["text"].as_str().expect("why").contains("rotation = \"off\""), "{one:#}");
    assert!(withheld["warnings"].to_string().contains("next traffic"), "{withheld:#}");
    assert_eq!(refreshes(&fleet).await, Vec::<Value>::new());
    let org = one["org"].as_str().expect("its org").to_owned();
    let_spend(&fleet, &[&org]);
    let done = fleet.json(&["refresh-fields", "--again", "--yes"], "refresh_fields").await;
    let one = &done["result"]["sites"][0];
    assert_eq!(
        (&done["status"], &one["outcome"], &one["tokens"]),
        (&json!(0), &json!("done"), &json!("refreshed")),
        "{done:#}"
    );
    let spent = refreshes(&fleet).await;
    assert_eq!((spent.len(), &spent[0]["client"], &spent[0]["site"]), (1, &json!("site"), &json!(site)));
    assert_eq!(fleet.list().await[&site]["health"], "OK", "what it did is a proof");
    let nothing = fleet.json(&["refresh-fields", "--again", "--yes"], "refresh_fields").await;
    assert_eq!((&nothing["status"], &nothing["result"]["sites"]), (&json!(0), &json!([])));
    fleet.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn read_only_writes_nothing_and_nobody_is_asked_without_a_terminal() {
    let fleet = Fleet::of("clean", 3, Some(6)).await;
    fleet.run(&["poll"]).await;
    let sites: Vec<String> = fleet.list().await.into_keys().collect();
    let unasked = fleet.json(&["refresh-fields", &sites[0]], "failure").await;
    assert_eq!(unasked["status"], 64);
    for (arguments, refused) in [
        (vec!["refresh-fields", &sites[0], "--yes", "--read-only"], 1),
        (vec!["refresh-fields", "--filter", "", "--yes", "--read-only"], 1),
    ] {
        let before = audit(&fleet).len();
        let told = fleet.json(&arguments, "failure").await;
        assert_eq!(told["status"], 77, "{told}");
        let lines = audit(&fleet).split_off(before);
        assert_eq!((lines.len(), &lines[0]["phase"]), (refused, &json!("refused")), "{lines:#?}");
    }
    // One of several that is left alone costs itself alone.
    let file = fleet.config_dir().join("config.toml");
    let whole = fs::read_to_string(&file).expect("the configuration");
    let named = format!("[[site]]\nname = \"{}\"\n", sites[1]);
    fs::write(&file, whole.replace(&named, &format!("{named}read_only = true\n"))).expect("written");
    let told = fleet.json(&["refresh-fields", &sites[0], &sites[1], "--yes"], "refresh_fields").await;
    let told_of = by_name(&told["result"]["sites"]);
    assert_eq!((&told["status"], &told_of[&sites[1]]["outcome"]), (&json!(2), &json!("read_only")), "{told:#}");
    assert_eq!(wrote(&fleet).await, ["refresh-fields"]);
    // Where nothing can be written down, nothing begins.
    let audit = fleet.state_dir().join("audit.jsonl");
    fs::remove_file(&audit).expect("removed");
    std::os::unix::fs::symlink("/dev/full", &audit).expect("a disk that is full");
    let stopped = fleet.json(&["refresh-fields", &sites[2], "--yes"], "refresh_fields").await;
    assert_eq!((&stopped["status"], &stopped["result"]["sites"][0]["outcome"]), (&json!(1), &json!("error")));
    assert_eq!(wrote(&fleet).await.len(), 1);
    fleet.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_stopped_is_seen_to_its_end_and_goes_on_later() {
    let fleet = Fleet::of("clean", 5, Some(40)).await;
    let_all_refresh(&fleet);
    fleet.run(&["poll"]).await;
    let mut child = fleet.spawn(&["refresh-fields", "--filter", "", "--yes", "--json"]);
    let mut said = BufReader::new(child.stderr.take().expect("its stderr")).lines();
    let mut seen = 0;
    while let Some(line) = said.next_line().await.expect("a line") {
        seen += usize::from(line.contains("/40  "));
        if seen == 3 {
            crate::signal(&child, rustix::process::Signal::TERM);
            break;
        }
    }
    // What else it says has to have somewhere to go.
    let rest = async { while said.next_line().await.expect("a line").is_some() {} };
    let (ended, ()) = tokio::join!(child.wait_with_output(), rest);
    let ended = answer(ended.expect("its end"));
    let told = checked(&ended.out, "refresh_fields");
    assert_eq!(ended.code, Some(143), "{told}");
    let (done, left) = (told["result"]["done"].as_u64().expect("a number"), names(&told["result"]["left"]));
    assert!(done >= 3 && !left.is_empty(), "{told}");
    let lines = audit(&fleet);
    let of = |phase: &str| lines.iter().filter(|line| line["phase"] == phase).count();
    assert_eq!(of("before"), of("after"), "what had begun was seen to its end");
    let again = fleet.json(&["refresh-fields", "--again", "--yes"], "refresh_fields").await;
    assert_eq!(again["status"], 0, "{again:#}");
    assert_eq!(by_name(&again["result"]["sites"]).into_keys().collect::<BTreeSet<_>>(), left);
    fleet.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_ten_are_confirmed_by_their_number() {
    let fleet = Fleet::of("clean", 3, Some(12)).await;
    fleet.run(&["poll"]).await;
    for (answer, code, written) in [("yes", 20, 0), ("12", 0, 12)] {
        let (config, state) = (fleet.config_dir(), fleet.state_dir());
        let run = tokio::task::spawn_blocking(move || {
            at_a_terminal(&config, &state, &["refresh-fields", "--filter", ""], answer)
        });
        let (ended, said) = run.await.expect("a run");
        assert_eq!((ended, wrote(&fleet).await.len()), (code, written), "{answer}: {said}");
        for word in ["class write, 12 sites", "API calls", "a day are used", "8 at once", "Type 12"] {
            assert!(said.contains(word), "{word}: {said}");
        }
    }
    fleet.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_that_has_no_topics_leaves_nothing_undone() {
    let fleet = Fleet::start("agency", 7).await;
    fleet.run(&["poll"]).await;
    let ran = fleet.run(&["refresh-fields", "--filter", "state:ok", "--yes", "--json"]).await;
    let told = checked(&ran.out, "refresh_fields");
    let (mut with, mut without) = (0, 0);
    for site in told["result"]["sites"].as_array().expect("sites") {
        let segments = site["steps"].as_array().expect("steps").iter().find(|step| step["step"] == "segments");
        match segments.map(|step| step["outcome"].as_str()) {
            Some(Some("kept")) => {
                assert_eq!((&site["outcome"], &site["kept"]), (&json!("done"), &json!([])), "{site:#}");
                assert!(site["text"].as_str().expect("why").contains("no segments of this kind"), "{site:#}");
                without += 1;
            }
            _ => with += 1,
        }
    }
    assert!(with > 0 && without > 0, "{with} and {without}");
    assert!(ran.err.lines().all(|line| line.len() < 400), "{}", ran.err);
    fleet.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_killed_leaves_the_rest_known_and_the_audit_whole() {
    let fleet = Fleet::of("clean", 5, Some(40)).await;
    let_all_refresh(&fleet);
    fleet.run(&["poll"]).await;
    let mut child = fleet.spawn(&["refresh-fields", "--filter", "", "--yes"]);
    let mut said = BufReader::new(child.stderr.take().expect("its stderr")).lines();
    let mut done = BTreeSet::new();
    while done.len() < 3 {
        let line = said.next_line().await.expect("a line").expect("it goes on");
        if let Some((_, told)) = line.split_once("/40  ") {
            done.insert(told.split_whitespace().nth(1).expect("a site").to_owned());
        }
    }
    child.kill().await.expect("killed");
    let lines = audit(&fleet);
    let of = |phase: &str| lines.iter().filter(|line| line["phase"] == phase).count();
    assert!(of("before") >= of("after"), "{lines:#?}");
    assert_eq!(fleet.json(&["audit", "verify"], "audit_verify").await["status"], 0);
    let again = fleet.json(&["refresh-fields", "--again", "--yes"], "refresh_fields").await;
    let sites = by_name(&again["result"]["sites"]);
    assert!(sites.len() < 40 && done.iter().all(|site| !sites.contains_key(site)), "{again:#}");
    // Those that were at it when it was killed are nobody's until their leases end.
    let busy = sites.values().filter(|site| site["outcome"] == "busy").count();
    let well = sites.values().filter(|site| site["outcome"] == "done").count();
    assert_eq!((busy <= 8, busy + well), (true, sites.len()), "{again:#}");
    fleet.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_at_which_another_process_is_is_not_changed_meanwhile() {
    let fleet = Fleet::start("agency", 7).await;
    fleet.run(&["poll"]).await;
    let site = story(&fleet, "healthy").await;
    let store = StoreHandle::open(&fleet.state_dir().join("fusebox.db")).expect("the store");
    let (key, at) = (LeaseKey::Target(Target::Site(SiteName::new(&site))), DateTime::UNIX_EPOCH);
    let lease = store.call(move |store| store.lease(&key, "another", at, at + TimeDelta::days(36_500)));
    assert!(lease.await.expect("a lease"));
    for arguments in [
        &["refresh-fields", &site, "--yes", "--json"][..],
        &["object-type", &site, "Lead", "--confirm", "Lead", "--json"],
        &["segment-type", &site, "Personal", "--confirm", "Personal", "--json"],
    ] {
        let told = fleet.run(arguments).await;
        assert_eq!(told.code, Some(75), "{}{}", told.out, told.err);
        assert!(told.out.contains(&format!("another process is at site {site}")), "{}", told.out);
    }
    assert_eq!((wrote(&fleet).await, audit(&fleet)), (Vec::new(), Vec::new()), "nothing was begun");
    fleet.sim.stop().await;
}
