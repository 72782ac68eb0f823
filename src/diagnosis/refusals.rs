//! What a site shows that logs Salesforce's words, for every row of the published table of refusals; and the symptoms of
//! the on-call table, each with its health, its cause and the first thing to do.

use crate::diagnosis::fixture::{DAY, acme};
use crate::diagnosis::stories::{one, refused_with, stories};
use serde::Deserialize;

#[derive(Deserialize)]
struct Table {
    token: Vec<Row>,
    symptom: Vec<Symptom>,
}

#[derive(Deserialize)]
struct Row {
    text: String,
    site: String,
}

#[derive(Deserialize)]
struct Symptom {
    seen: String,
    story: String,
    health: String,
    cure: String,
}

fn table() -> Table {
    toml::from_str(include_str!("../../tests/fixtures/salesforce/refusals.toml")).expect("rows")
}

/// Health and cause of a site that logs this, its approval still listed.
fn verdict(text: &str) -> String {
    let org = acme().approval(1, -20 * DAY, -60, 9);
    let row = one(org, refused_with(text)).judge("shop", 1).row;
    row.cause.map_or(row.health.to_string(), |cause| format!("{} {cause}", row.health))
}

#[test]
fn every_published_refusal_has_its_verdict() {
    for row in table().token {
        let text = format!("Error refreshing access token: {}", row.text);
        assert_eq!(verdict(&text), row.site, "{text}");
    }
}

#[test]
fn every_symptom_has_its_cause_and_its_cure() {
    let stories = stories();
    for Symptom { seen, story, health, cure } in table().symptom {
        let (_, scene, site, ..) = stories.iter().find(|(name, ..)| **name == story).expect("the story");
        let judged = scene.judge(site, 1);
        let cause = judged.row.cause.map(|cause| cause.to_string());
        assert_eq!((judged.row.health.to_string(), cause), (health, Some(story)), "{seen}");
        let first = &judged.findings[0].remedies[0].what;
        assert!(first.contains(&cure), "{seen}: {first}");
    }
}
