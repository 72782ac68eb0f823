//! Commands that print what others read: the log of a site, a verdict for monitoring, completions, the manual.

use crate::fleet::Fleet;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn the_list_fails_on_what_it_is_told_to_fail_on() {
    let fleet = Fleet::start("agency", 7).await;
    fleet.run(&["poll"]).await;
    let all = fleet.json(&["list"], "list").await;
    let count = |health: &str| {
        let sites = all["result"]["sites"].as_array().expect("sites");
        sites.iter().filter(|site| site["health"] == health).count()
    };
    let failed = fleet.json(&["list", "--fail-on", "fail"], "list").await;
    assert_eq!((&failed["status"], &failed["result"]), (&json!(1), &all["result"]), "the list is the same");
    let total = all["result"]["sites"].as_array().expect("sites").len();
    assert_eq!(failed["message"], format!("{} FAIL of {total} listed", count("FAIL")));
    let warned = fleet.run(&["list", "--fail-on", "warn", "--filter", "state:warn"]).await;
    assert_eq!(warned.code, Some(1));
    assert!(warned.err.contains(&format!("0 FAIL, {} WARN of", count("WARN"))), "{}", warned.err);
    for quiet in [["--fail-on", "fail", "--filter", "state:warn"], ["--fail-on", "warn", "--filter", "state:unkn"]] {
        let arguments = [&["list"][..], &quiet[..]].concat();
        assert_eq!(fleet.run(&arguments).await.code, Some(0), "{quiet:?}");
    }
    fleet.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_asked_for_now_and_from_the_store_when_nobody_answers() {
    let fleet = Fleet::start("agency", 7).await;
    let truth = fleet.truth().await;
    let living = |story: &str| truth.iter().find(|(_, site)| site["story"] == story).expect("a site").0.clone();
    let site = living("evicted");
    let never = fleet.json(&["logs", &site, "--no-poll"], "failure").await;
    assert_eq!(never["status"], 69, "nobody has looked yet");
    let log = fleet.json(&["logs", &site], "logs").await;
    let rows = log["result"]["rows"].as_array().expect("rows");
    assert!(rows.len() > 2 && rows[0]["message"].as_str().expect("a text").contains("expired access/refresh token"));
    let two = fleet.run(&["logs", &site, "--limit", "2", "--no-poll"]).await;
    assert_eq!((two.code, two.out.lines().count()), (Some(0), 2), "{}", two.out);
    fleet.admin("fault", Some(json!({ "kind": "503", "site": site }))).await;
    let kept = fleet.json(&["logs", &site], "logs").await;
    assert_eq!((&kept["status"], &kept["result"]["rows"]), (&json!(2), &log["result"]["rows"]));
    assert!(kept["message"].as_str().expect("a message").contains("does not answer"), "{kept}");
    let quiet = fleet.json(&["logs", &living("healthy")], "logs").await;
    assert_eq!((&quiet["status"], quiet["warnings"].as_array().map(Vec::len)), (&json!(0), Some(1)));
    let wrong = fleet.json(&["logs", "no-such-site"], "failure").await;
    assert_eq!(wrong["status"], 64);
    fleet.sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shells_and_manuals_are_served() {
    let fleet = Fleet::of("clean", 1, Some(1)).await;
    for shell in ["bash", "zsh", "fish"] {
        let answer = fleet.run(&["completions", shell]).await;
        assert_eq!(answer.code, Some(0));
        assert!(answer.out.contains("fusebox") && answer.out.contains("fail-on"), "{shell}");
    }
    let agent = fleet.run(&["agent"]).await;
    assert!(agent.out.starts_with("<?php\n/**\n * Plugin Name: fusebox agent"), "{}", agent.out);
    let told = fleet.json(&["agent"], "agent").await;
    assert_eq!(told["result"]["program"].as_str(), Some(agent.out.as_str()));
    let page = fleet.run(&["man"]).await;
    assert!(page.out.contains(".TH fusebox 1") && page.out.contains("logs"), "{}", page.out);
    let dir = fleet.dir.path().join("man1");
    let told = fleet.json(&["man", dir.to_str().expect("a path")], "man").await;
    assert_eq!(told["status"], 0);
    for name in ["fusebox.1", "fusebox-logs.1", "fusebox-list.1"] {
        let text = std::fs::read_to_string(dir.join(name)).expect(name);
        assert!(text.contains(".TH"), "{name}");
    }
    let nowhere = fleet.json(&["man", "/proc/nowhere"], "failure").await;
    assert_eq!(nowhere["status"], 1);
    fleet.sim.stop().await;
}
