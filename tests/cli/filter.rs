//! `list --filter`: the right lines in both forms, and a mistake that is told with its place.

use super::fleet::{Fleet, checked};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The names of the sites that answer `filter`.
async fn found(fleet: &Fleet, filter: &str) -> BTreeSet<String> {
    let document = fleet.json(&["list", "--filter", filter], "list").await;
    let sites = document["result"]["sites"].as_array().expect("a list");
    let names: BTreeSet<String> = sites.iter().map(|site| site["name"].as_str().expect("a name").to_owned()).collect();
    // The same lines for people, under one head.
    let text = fleet.run(&["list", "--filter", filter]).await;
    assert_eq!(text.code, Some(0), "{filter}: {}", text.err);
    let lines = text.out.lines().skip(1).filter_map(|line| line.split_whitespace().nth(1).map(str::to_owned));
    assert_eq!(lines.collect::<BTreeSet<_>>(), names, "{filter}");
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_shows_the_sites_that_answer_all_its_terms() {
    let fleet = Fleet::start("agency", 1).await;
    fleet.run(&["poll"]).await;
    let list = fleet.list().await;
    let text = |site: &Value, key: &str| site[key].as_str().unwrap_or_default().to_owned();
    let those = |holds: &dyn Fn(&Value) -> bool| -> BTreeSet<String> {
        list.iter().filter(|(_, site)| holds(site)).map(|(name, _)| name.clone()).collect()
    };
    let an_org = list.values().find(|site| site["health"] == "FAIL").map(|site| text(site, "org")).expect("one");
    let few = format!("state:fail org:{an_org}");
    for (filter, expected) in [
        ("state:fail", those(&|site| site["health"] == "FAIL")),
        ("FAIL", those(&|site| site["health"] == "FAIL")),
        ("!ok", those(&|site| site["health"] != "OK")),
        (&few, those(&|site| site["health"] == "FAIL" && text(site, "org") == an_org)),
        ("cause:evicted", those(&|site| site["cause"] == "evicted")),
        ("uses>=0", those(&|site| site["use_count"].is_u64())),
        ("!uses>=0", those(&|site| site["use_count"].is_null())),
        ("/^news\\b/", those(&|site| text(site, "name").split(|c: char| !c.is_alphanumeric()).next() == Some("news"))),
        ("seen<1d !seen<1d", BTreeSet::new()),
        ("", list.keys().cloned().collect()),
    ] {
        assert_eq!(found(&fleet, filter).await, expected, "{filter}");
    }
    assert!(found(&fleet, &few).await.len() < list.len());
    let none = fleet.run(&["list", "--filter", "\"no such words\""]).await;
    assert_eq!((none.code, none.out.as_str()), (Some(0), ""));
}

#[tokio::test]
async fn a_mistake_in_a_filter_is_told_with_its_place() {
    let fleet = Fleet::of("clean", 1, Some(2)).await;
    for (filter, told, advice) in [
        ("acme stte:fail", "no field is named \"stte\", at character 6", "did you mean state:?"),
        ("life<7", "life is compared with a time, at character 6", "as in life<7d"),
        ("\"two words", "a quote is not closed, at character 1", "end it with \""),
        ("-f /(/", "unclosed group, at character 4", "put the text in quotes"),
    ] {
        let answer = fleet.run(&["list", "--filter", filter]).await;
        assert_eq!((answer.code, answer.out.as_str()), (Some(64), ""), "{filter}");
        assert!(answer.err.contains(&format!("--filter: {told}")), "{}", answer.err);
        assert!(answer.err.contains(advice), "{}", answer.err);
        let answer = fleet.run(&["list", "--json", "--filter", filter]).await;
        let document = checked(&answer.out, "failure");
        assert_eq!((answer.code, &document["status"]), (Some(64), &json!(64)), "{filter}");
        assert_eq!(document["message"], format!("--filter: {told}"));
        assert!(document["actions"][0].as_str().is_some_and(|action| action.contains(advice)), "{document}");
    }
}
