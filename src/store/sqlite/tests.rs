//! Tests of the store in a file, by what they do to it, and what they share.

mod boards;
mod damage;
mod files;
mod folding;
mod keeping;
mod leases;
mod outbox;
mod size;
mod undo;

use super::SqliteStore;
use crate::model::{
    Clean, Fact, Health, Observation, OrgId, Organization, Permitted, ProveOutcome, SiteName, SiteRow, SiteState,
    Target,
};
use crate::store::{Record, Store};
use chrono::{DateTime, TimeDelta, Utc};
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

/// A directory of its own, with the path of a store in it.
fn place() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("state/fusebox.db");
    (directory, path)
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
}

fn always() -> DateTime<Utc> {
    DateTime::<Utc>::MIN_UTC
}

fn site(name: &str) -> Target {
    Target::Site(SiteName::new(name))
}

fn seen(target: &Target, seconds: i64, fact: Fact) -> Observation {
    Observation { target: target.clone(), at: at(seconds), fact }
}

fn refused(text: &str) -> Fact {
    Fact::Prove(ProveOutcome::Refused { text: Clean::new(text) })
}

fn organization(id: &OrgId) -> Fact {
    Fact::Organization(Permitted::Yes(Organization {
        id: id.clone(),
        name: "Acme".into(),
        edition: "Enterprise Edition".into(),
        sandbox: true,
        instance: None,
        trial_ends_at: None,
    }))
}

fn org_id(last: char) -> OrgId {
    OrgId::parse(&format!("00D5g000000ORG{last}")).expect("an org id")
}

fn line(name: &str, health: Health) -> SiteRow {
    SiteRow { health, ..SiteRow::unseen(SiteName::new(name), "https://example.org".into()) }
}

/// What one look at a site brings: one fact, its state, its line.
fn look(name: &str, seconds: i64, fact: Fact) -> Record {
    let observation = seen(&site(name), seconds, fact);
    let mut state = SiteState::unknown(SiteName::new(name));
    state.apply(&observation);
    let rows = vec![line(name, Health::Ok)];
    Record { observations: vec![observation], site: Some(state), rows, ..Record::default() }
}

fn names(rows: &[Arc<SiteRow>]) -> Vec<&str> {
    rows.iter().map(|row| row.name.as_str()).collect()
}

fn open(path: &std::path::Path) -> SqliteStore {
    SqliteStore::open(path).expect("a store")
}

fn close(store: SqliteStore) {
    Box::new(store).close().expect("closed");
}
