//! Answers that are none, a clock that jumps, a disk that is full.

use crate::fleet::{Answer, Fleet, answer};
use crate::kept::Kept;
use crate::{advance, assert_no_panic, configure};
use chrono::{DateTime, TimeDelta, Utc};
use fusebox::model::Health;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What may go wrong with an answer, and what it is called of a site and of an org.
const FAULTS: [(&str, &str, &str); 12] = [
    ("dead", "unreachable", "unreachable"),
    ("hanging", "timeout", "timeout"),
    ("half", "unreachable", "unreachable"),
    ("html", "bad_answer", "bad_answer"),
    ("empty", "bad_answer", "bad_answer"),
    ("401", "unauthorized", "server_error"),
    ("403", "not_permitted", "server_error"),
    ("503", "server_error", "server_error"),
    ("huge", "bad_answer", "bad_answer"),
    ("gzip_bomb", "bad_answer", "bad_answer"),
    ("garbage", "bad_answer", "bad_answer"),
    ("redirect", "no_agent", "bad_answer"),
];

/// What a poll says of those that failed: name to class.
pub(crate) fn failed(poll: &Value) -> BTreeMap<String, String> {
    let failed = poll["result"]["failed"].as_array().expect("a list").iter();
    let word = |value: &Value| value.as_str().expect("a word").to_owned();
    failed.map(|one| (word(&one["name"]), word(&one["class"]))).collect()
}

/// No request, and so no credential, came to where a redirect leads.
async fn assert_nobody_went_elsewhere(fleet: &Fleet) {
    let log = fleet.admin("log", None).await;
    let requests = log["requests"].as_array().expect("a list");
    assert!(requests.iter().any(|request| request["kind"] == "fault"), "what is looked for is noted");
    assert!(requests.iter().all(|request| request["kind"] != "elsewhere"), "{log:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_site_costs_itself_alone() {
    let mut fleet = Fleet::of("clean", 41, Some(24)).await;
    configure(&fleet, "timeout = \"5s\"");
    assert_eq!(fleet.run(&["poll"]).await.code, Some(0));
    let before = Kept::read(&fleet).await;
    let names: Vec<&String> = before.rows.keys().collect();
    let mut broken = BTreeMap::new();
    for (i, (kind, class, _)) in FAULTS.iter().enumerate() {
        fleet.admin("fault", Some(json!({"kind": kind, "site": names[i * 2]}))).await;
        broken.insert(names[i * 2].clone(), (*kind, (*class).to_owned()));
    }
    advance(&mut fleet, 60).await;
    let poll = fleet.json(&["poll"], "poll").await;
    assert_eq!(poll["status"], 2);
    let failed = failed(&poll);
    let told: BTreeMap<_, _> = broken.iter().map(|(name, (_, class))| (name.clone(), class.clone())).collect();
    assert_eq!(failed, told, "{broken:?}");
    assert_nobody_went_elsewhere(&fleet).await;

    let after = Kept::read(&fleet).await;
    after.assert_has_all_of(&before);
    for (name, row) in &after.rows {
        let former = &before.rows[name];
        if let Some((kind, _)) = broken.get(name) {
            assert_eq!((row.observed_at, row.proof_at), (former.observed_at, former.proof_at), "{kind}");
            assert_eq!((&row.user, &row.slot, &row.org), (&former.user, &former.slot, &former.org), "{kind}");
            assert_eq!(after.sites[name].status, before.sites[name].status, "{kind}");
            assert_eq!(row.health, former.health, "what was seen a minute ago still holds: {kind}: {row:?}");
        } else {
            assert!(row.health == Health::Ok && row.observed_at > former.observed_at, "{row:?}");
        }
    }
    // When what was known is old, that is said, of them alone.
    advance(&mut fleet, 7_200).await;
    assert_eq!(fleet.json(&["poll"], "poll").await["status"], 2);
    for (name, site) in fleet.list().await {
        let expected = if broken.contains_key(&name) { "OLD" } else { "OK" };
        assert_eq!(site["health"], expected, "{site}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_org_leaves_the_others_and_its_sites_fresh() {
    let mut fleet = Fleet::of("clean", 42, Some(30)).await;
    configure(&fleet, "timeout = \"5s\"");
    assert_eq!(fleet.run(&["poll"]).await.code, Some(0));
    let orgs: Vec<String> = fleet.sim.ready.orgs.keys().cloned().collect();
    for faults in FAULTS.chunks(orgs.len() - 2) {
        let before = Kept::read(&fleet).await;
        let mut told = BTreeMap::new();
        for ((kind, _, class), org) in faults.iter().zip(&orgs) {
            fleet.admin("fault", Some(json!({"kind": kind, "org": org}))).await;
            told.insert(org.clone(), (*class).to_owned());
        }
        advance(&mut fleet, 60).await;
        let poll = fleet.json(&["poll"], "poll").await;
        assert_eq!(poll["status"], 2);
        assert_eq!(failed(&poll), told, "{faults:?}");
        assert_nobody_went_elsewhere(&fleet).await;
        let after = Kept::read(&fleet).await;
        after.assert_has_all_of(&before);
        for (name, row) in &after.rows {
            let former = &before.rows[name];
            assert!(row.observed_at > former.observed_at && row.health == Health::Ok, "{row:?}");
            assert_eq!((&row.user, &row.slot, &row.org), (&former.user, &former.slot, &former.org));
        }
        fleet.admin("fault", Some(json!({"kind": "none"}))).await;
        advance(&mut fleet, 60).await;
        assert_eq!(fleet.run(&["poll"]).await.code, Some(0));
    }
    assert_eq!(fleet.differences().await, Vec::<String>::new());
}

fn time(site: &Value, key: &str) -> Option<DateTime<Utc>> {
    site[key].as_str().map(|text| DateTime::parse_from_rfc3339(text).expect("a time").to_utc())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_costs_nothing_that_was_known() {
    let mut fleet = Fleet::start("agency", 43).await;
    let first = fleet.run(&["poll"]).await;
    let before = Kept::read(&fleet).await;
    for wrong in ["40d", "-40d"] {
        fleet.ahead = Some(wrong.to_owned());
        for arguments in [&["list"][..], &["poll"], &["list"], &["poll"]] {
            let answer = fleet.run(arguments).await;
            assert_no_panic(&answer);
            assert!(matches!(answer.code, Some(0 | 2)), "{wrong}: {:?} {}", answer.code, answer.err);
        }
        for name in before.rows.keys() {
            assert_no_panic(&fleet.run(&["show", name]).await);
        }
        fleet.ahead = None;
        assert_eq!(fleet.run(&["poll"]).await.code, first.code, "{wrong}");
        let after = Kept::read(&fleet).await;
        after.assert_has_history_of(&before);
        let host = DateTime::parse_from_rfc3339(fleet.admin("truth", None).await["now"].as_str().expect("a time"));
        let soon = host.expect("a time").to_utc() + TimeDelta::minutes(10);
        for (name, site) in fleet.list().await {
            for key in ["observed_at", "proof_at", "since"] {
                assert!(time(&site, key).is_none_or(|at| at <= soon), "{wrong}: {name} {key}: {site:#}");
            }
        }
        if wrong.starts_with('-') {
            // A refusal seen while the clock was behind is dated too early for ever, so its cause may not be recorded.
            let (list, truth) = (fleet.list().await, fleet.truth().await);
            assert!(truth.iter().all(|(name, site)| list[name]["health"] == site["health"]));
        } else {
            assert_eq!(fleet.differences().await, Vec::<String>::new());
        }
    }
    // What dies after the jump is told.
    advance(&mut fleet, 7_200).await;
    assert_eq!(fleet.run(&["poll"]).await.code, Some(2));
    let (list, truth) = (fleet.list().await, fleet.truth().await);
    assert!(truth.iter().all(|(name, site)| list[name]["health"] == site["health"]));
}

/// A run that may write so many blocks of 512 bytes into one file.
async fn limited(fleet: &Fleet, blocks: u32, arguments: &[&str]) -> Answer {
    let inner = fleet.command(arguments);
    let inner = inner.as_std();
    let mut command = tokio::process::Command::new("sh");
    command.args(["-c", &format!("ulimit -f {blocks}; exec \"$0\" \"$@\"")]).arg(inner.get_program());
    for (name, value) in inner.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    answer(command.args(inner.get_args()).output().await.expect("the program"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_and_what_was_kept_is_whole() {
    let mut fleet = Fleet::of("clean", 44, Some(30)).await;
    let mut before = Kept::default();
    for blocks in [0, 8, 40, 150, 250, 400] {
        let told = limited(&fleet, blocks, &["poll"]).await;
        assert_no_panic(&told);
        println!("{blocks}: {:?} {}", told.code, told.err);
        assert!(told.code.is_some_and(|code| code != 0), "{blocks}: {:?} {}", told.code, told.err);
        assert!(told.err.contains("fusebox.db"), "{blocks}: {}", told.err);
        let document = limited(&fleet, blocks, &["poll", "--json"]).await;
        crate::fleet::checked(&document.out, "failure");
        let after = Kept::read(&fleet).await;
        after.assert_has_all_of(&before);
        before = after;
        advance(&mut fleet, 90).await;
    }
    let ended = fleet.run(&["poll"]).await;
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    let after = Kept::read(&fleet).await;
    after.assert_has_all_of(&before);
    assert_eq!(fleet.differences().await, Vec::<String>::new());
    // A store that is there and can not grow.
    let told = limited(&fleet, 16, &["poll"]).await;
    assert!(told.code.is_some_and(|code| code != 0) && told.err.contains("fusebox.db"), "{:?} {}", told.code, told.err);
    Kept::read(&fleet).await.assert_has_all_of(&after);
}
