//! The language as it is written in the manual, and that nothing typed breaks it.

use super::{Field, Figure, Query};
use crate::model::{Cause, Expiry, Health, OrgName, Origin, SiteName, SiteRow};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use strum::IntoEnumIterator;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).expect("a time")
}

fn row() -> SiteRow {
    SiteRow {
        org: Some(OrgName::new("acme")),
        user: Some("Ops1".into()),
        health: Health::Fail,
        cause: Some(Cause::Evicted),
        why: "evicted by give".into(),
        proof_at: Some(now() - TimeDelta::hours(2)),
        used_at: Some(now() - TimeDelta::days(21)),
        refresh_token: Expiry::At { at: now() + TimeDelta::days(3), origin: Origin::Policy },
        use_count: Some(101),
        ..SiteRow::unseen(SiteName::new("shop.example.org"), "https://shop.example.org".into())
    }
}

fn matches(query: &str, row: &SiteRow) -> bool {
    Query::parse(query).expect("a question").matches(row, now())
}

#[test]
fn each_kind_of_term_finds_what_it_names() {
    for query in [
        "state:fail org:acme user:ops1 cause:evicted !stag idle>20d life<7d proof>1h uses>100",
        "/^shop\\.[a-z]+/ \"evicted by\"",
        "SHOP acme",
        "fail",
        "-f shpxmpl",
        "life<=3d uses>=101",
        "site:\"shop.ex\"",
        "",
        "!",
    ] {
        assert!(matches(query, &row()), "{query}");
        assert_eq!(Query::parse(query).map(|query| query.to_string().parse_again()), Query::parse(query).map(Ok));
    }
    for query in ["state:ok", "!fail", "idle>3w", "life>7d", "shpxmpl", "/^example/", "orgacme", "!\"evicted by\""] {
        assert!(!matches(query, &row()), "{query}");
    }
}

#[test]
fn every_word_must_be_found_and_inverted_words_must_not() {
    let of = |name: &str, org: &str, health, why: &str| SiteRow {
        org: Some(OrgName::new(org)),
        user: Some("ops1".into()),
        health,
        why: why.into(),
        ..SiteRow::unseen(SiteName::new(name), name.into())
    };
    let rows = [
        of("brook.example.org", "beta", Health::Fail, ""),
        of("give.example.net", "acme", Health::Ok, "token renewed"),
        of("news.example.org", "acme", Health::Warn, "next out of OPS1"),
    ];
    for (query, names) in [
        ("acme", &["give", "news"][..]),
        ("ACME next", &["news"]),
        ("example !acme", &["brook"]),
        ("fail", &["brook"]),
        ("!ok", &["brook", "news"]),
        ("\"ok\"", &["brook", "give"]),
        ("! ", &["brook", "give", "news"]),
        ("orgops1", &[]),
        ("/org\\s*acme/", &[]),
        ("/^ops1$/ /net$/", &["give"]),
    ] {
        let found: Vec<_> = rows.iter().filter(|row| matches(query, row)).map(|row| row.name.as_str()).collect();
        let found: Vec<_> = found.iter().filter_map(|name| name.split('.').next()).collect();
        assert_eq!(found, names, "{query}");
    }
}

#[test]
fn letters_outside_ascii_are_found_in_either_case() {
    let row = SiteRow { user: Some("ÄRZTE İzmir".into()), why: "Σίσυφος".into(), ..row() };
    for query in ["ärzte", "ÄRZ", "σίσυφος", "-f äzmr", "shop", "SHOP -f"] {
        assert!(matches(query, &row), "{query}");
    }
    for query in ["arzte", "-f åzmr", "shöp"] {
        assert!(!matches(query, &row), "{query}");
    }
}

trait ParseAgain {
    fn parse_again(&self) -> Result<Query, super::QueryError>;
}

impl ParseAgain for String {
    fn parse_again(&self) -> Result<Query, super::QueryError> {
        Query::parse(self)
    }
}

#[test]
fn unknown_is_neither_more_nor_less() {
    let unseen = SiteRow::unseen(SiteName::new("a"), "a".into());
    for figure in ["idle", "life", "proof", "seen"] {
        for sign in ["<", ">", "<=", ">="] {
            assert!(!matches(&format!("{figure}{sign}0d"), &unseen), "{figure}{sign}");
        }
    }
    assert!(!matches("uses<1", &unseen));
    assert!(matches("!uses<1", &unseen), "what a term leaves out is what its inverse shows");
}

#[test]
fn a_mistake_has_a_place_and_an_advice() {
    for (query, at, advice) in [
        ("acme stte:fail", 5, "state:"),
        ("state:fial", 6, "fail"),
        ("cause:evictd", 6, "evicted"),
        ("idel>3d", 0, "idle"),
        ("life<7", 5, "life<7d"),
        ("uses>many", 5, "uses>100"),
        ("\"two", 0, "\""),
        ("!/a", 1, "/"),
        ("/(/", 0, "quotes"),
    ] {
        let error = Query::parse(query).expect_err(query);
        assert_eq!(error.at, at, "{query}");
        assert!(error.advice.contains(advice), "{query}: {}", error.advice);
    }
}

#[test]
fn the_manual_has_every_term_and_none_that_is_wrong() {
    let manual = include_str!("../../../docs/usage.md").split("\n## Filters\n").nth(1).expect("a section");
    let section = manual.split("\n## ").next().expect("its text");
    let terms: Vec<&str> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` |"))
        .flat_map(|(terms, _)| terms.split("` `"))
        .collect();
    for term in &terms {
        assert!(Query::parse(term).is_ok(), "{term}");
    }
    let begins = |with: String| terms.iter().any(|term| term.starts_with(&with));
    for field in Field::iter() {
        assert!(begins(format!("{field}:")), "{field}");
    }
    for figure in Figure::iter() {
        assert!(begins(format!("{figure}<")) || begins(format!("{figure}>")), "{figure}");
    }
    for health in Health::iter() {
        assert!(section.contains(&health.to_string().to_lowercase()), "{health}");
    }
}

proptest! {
    #[test]
    fn whatever_is_typed_is_read_or_refused_and_printed_as_it_was_meant(
        text in "([!\"/:<>\\\\a-zÄİß0-9 ]|state:fail|idle>3d|-f |org:|/){0,12}"
    ) {
        if let Ok(query) = Query::parse(&text) {
            query.matches(&row(), now());
            prop_assert_eq!(Query::parse(&query.to_string()), Ok(query));
        }
    }

    #[test]
    fn nothing_panics(text in "\\PC{0,60}") {
        let _ = Query::parse(&text).map(|query| query.matches(&row(), now()));
    }
}
