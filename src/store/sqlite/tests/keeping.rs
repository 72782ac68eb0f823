//! What is put in comes out: observations, states, lines.

use super::*;
use crate::model::{OrgName, OrgState, SiteState, User, UserId};
use crate::store::StoreError;

#[test]
fn a_repeated_observation_moves_its_end_and_another_begins_anew() {
    let (_directory, path) = place();
    let mut store = open(&path);
    for (seconds, text) in [(10, "a"), (20, "a"), (30, "b"), (40, "a")] {
        store.record(&look("shop", seconds, refused(text))).expect("recorded");
    }
    let history = store.history(&site("shop"), Some("prove"), always()).expect("history");
    let spans: Vec<_> = history.items.iter().map(|span| (span.since, span.seen_at, span.value.clone())).collect();
    assert_eq!(spans, [(at(10), at(20), refused("a")), (at(30), at(30), refused("b")), (at(40), at(40), refused("a"))]);
    let late = store.history(&site("shop"), None, at(20)).expect("history");
    assert_eq!(late.items.len(), 3, "a span that reaches into the time asked for is there");
    assert_eq!(store.history(&site("shop"), None, at(21)).expect("history").items.len(), 2);
    assert!(store.history(&site("shop"), Some("status"), always()).expect("history").items.is_empty());
    assert!(store.history(&site("other"), None, always()).expect("history").items.is_empty());
}

#[test]
fn a_clock_that_was_set_back_moves_no_end_backwards() {
    let (_directory, path) = place();
    let mut store = open(&path);
    for (seconds, text) in [(100, "a"), (10, "a"), (20, "b"), (30, "b")] {
        store.record(&look("shop", seconds, refused(text))).expect("recorded");
    }
    let history = store.history(&site("shop"), None, always()).expect("history");
    let spans: Vec<_> = history.items.iter().map(|span| (span.since, span.seen_at)).collect();
    assert_eq!(spans, [(at(100), at(100)), (at(20), at(30))]);
}

#[test]
fn times_keep_their_nanoseconds_and_far_ones_are_capped() {
    let (_directory, path) = place();
    let mut store = open(&path);
    let exact = DateTime::from_timestamp(1_795_000_000, 123_456_789).expect("a time");
    for time in [exact, DateTime::<Utc>::MAX_UTC] {
        let mut record = look("shop", 0, refused(&time.to_rfc3339()));
        record.observations[0].at = time;
        store.record(&record).expect("recorded");
    }
    let history = store.history(&site("shop"), None, always()).expect("history");
    assert_eq!(history.items[0].since, exact);
    assert_eq!(history.items[1].since, DateTime::from_timestamp_nanos(i64::MAX));
}

#[test]
fn an_observation_without_its_state_is_refused_and_nothing_is_kept() {
    let (_directory, path) = place();
    let mut store = open(&path);
    let mut record = look("shop", 1, refused("a"));
    record.observations.push(seen(&site("news"), 1, refused("a")));
    assert_eq!(store.record(&record), Err(StoreError::Stray { target: site("news") }));
    record.site = None;
    assert_eq!(store.record(&record), Err(StoreError::Stray { target: site("shop") }));
    assert_eq!(store.revision(), Ok(0));
    assert!(store.history(&site("shop"), None, always()).expect("history").items.is_empty());
    assert!(store.rows().expect("lines").items.is_empty());
}

#[test]
fn states_come_back_by_name() {
    let (_directory, path) = place();
    let mut store = open(&path);
    let records = [look("shop", 1, refused("a")), look("news", 2, refused("b"))];
    let acme = OrgState::unknown(OrgName::new("acme"));
    for record in &records {
        store.record(record).expect("recorded");
    }
    store.record(&Record { org: Some(acme.clone()), ..Record::default() }).expect("recorded");
    // A site may have an org's name.
    store.record(&look("acme", 3, refused("c"))).expect("recorded");
    close(store);

    let mut store = open(&path);
    let sites = store.site_states().expect("states").items;
    assert_eq!(sites.iter().map(|state| state.name.as_str()).collect::<Vec<_>>(), ["acme", "news", "shop"]);
    assert_eq!(store.site_state(&SiteName::new("shop")).expect("a state"), records[0].site);
    assert_eq!(store.org_states().expect("states").items, std::slice::from_ref(&acme));
    assert_eq!(store.org_state(&OrgName::new("acme")), Ok(Some(acme)));
    assert_eq!(store.org_state(&OrgName::new("shop")), Ok(None));
}

#[test]
fn lines_come_by_risk_by_name_and_by_change() {
    let (_directory, path) = place();
    let mut store = open(&path);
    // Another process that reads along.
    let mut reader = open(&path);
    let rows = [("a", Health::Ok), ("b", Health::Fail), ("c", Health::Warn), ("d", Health::Fail), ("e", Health::Off)];
    let rows = rows.map(|(name, health)| line(name, health)).to_vec();
    assert_eq!(store.record(&Record { rows: rows.clone(), ..Record::default() }), Ok(1));
    assert_eq!(names(&store.rows().expect("lines").items), ["a", "b", "c", "d", "e"]);
    assert_eq!(names(&store.rows_page(0, 3).expect("lines").items), ["b", "d", "c"]);
    assert_eq!(names(&store.rows_page(3, 50).expect("lines").items), ["e", "a"]);
    assert_eq!(names(&store.rows_page(5, usize::MAX).expect("lines").items), Vec::<&str>::new());
    let counts = store.counts().expect("counts");
    assert_eq!(counts, rows.iter().collect());
    assert_eq!((counts.fail, counts.total()), (2, 5));

    let mut next = rows.clone();
    next[0] = line("a", Health::Old);
    assert_eq!(store.record(&Record { rows: next, ..Record::default() }), Ok(2));
    let changes = reader.changes_since(1).expect("changes");
    assert_eq!((changes.revision, names(&changes.rows.items)), (2, vec!["a"]), "equal lines are no change");
    store.forget(&site("b")).expect("forgotten");
    let changes = reader.changes_since(2).expect("changes");
    assert_eq!((changes.revision, changes.forgotten), (3, vec![SiteName::new("b")]));
    assert!(changes.rows.items.is_empty());
    assert_eq!(store.record(&Record { rows: vec![line("b", Health::Ok)], ..Record::default() }), Ok(4));
    let changes = reader.changes_since(0).expect("changes");
    assert_eq!((changes.rows.items.len(), changes.forgotten.len()), (5, 0), "a site that came back is not forgotten");
}

#[test]
fn a_state_is_a_change_although_its_line_is_not() {
    let (_directory, path) = place();
    let mut store = SqliteStore::open(&path).expect("a store");
    let name = SiteName::new("a");
    let (mut site, org) = (SiteState::unknown(name.clone()), OrgState::unknown(OrgName::new("acme")));
    let rows = vec![line("a", Health::Ok)];
    let record = Record { site: Some(site.clone()), rows: rows.clone(), ..Record::default() };
    assert_eq!(store.record(&record), Ok(1));
    site.clock_offset_s = 7;
    assert_eq!(store.record(&Record { site: Some(site.clone()), rows, ..Record::default() }), Ok(2));
    assert_eq!(store.record(&Record { org: Some(org.clone()), ..Record::default() }), Ok(3));
    let changes = store.changes_since(1).expect("changes");
    assert!(changes.rows.items.is_empty());
    assert_eq!((changes.sites.items, changes.orgs.items), (vec![site], vec![org.clone()]));
    let changes = store.changes_since(2).expect("changes");
    assert_eq!((changes.sites.items, changes.orgs.items), (vec![], vec![org]));
}

#[test]
fn ranks_in_the_file_are_the_ranks_of_the_model() {
    // The schema keeps ranks: another order of the healths needs a migration.
    let ranks = [Health::Fail, Health::Warn, Health::Stag, Health::Old, Health::Unkn, Health::Off, Health::Ok];
    assert_eq!(ranks.map(Health::rank), [0, 1, 2, 3, 4, 5, 6]);
}

#[test]
fn what_cannot_be_read_is_named_and_hides_nothing() {
    let (_directory, path) = place();
    let mut store = open(&path);
    for name in ["news", "shop"] {
        store.record(&look(name, 1, refused("a"))).expect("recorded");
        store.record(&look(name, 2, refused("b"))).expect("recorded");
    }
    let newer = "UPDATE verdict SET line = '{\"name\":7}' WHERE site = 'shop';
        UPDATE latest SET state = 'no JSON' WHERE target = (SELECT id FROM target WHERE name = 'shop');
        UPDATE observation SET fact = '{\"fact\":\"weather\"}' WHERE seen_at = 1000000000";
    store.connection.execute_batch(newer).expect("changed");

    let rows = store.rows().expect("lines");
    assert_eq!((names(&rows.items), rows.unreadable.len()), (vec!["news"], 1));
    assert_eq!(rows.unreadable[0].what.as_str(), "line of site shop");
    assert_eq!(store.counts().expect("counts").total(), 2, "the index knows it");
    let states = store.site_states().expect("states");
    assert_eq!((states.items.len(), states.unreadable.len()), (1, 1));
    let history = store.history(&site("shop"), None, always()).expect("history");
    assert_eq!((history.items.len(), history.unreadable.len()), (1, 1));
    let error = store.site_state(&SiteName::new("shop")).expect_err("unreadable");
    assert!(error.to_string().starts_with("the stored state of site shop cannot be read (expected "), "{error}");

    store.record(&look("shop", 3, refused("c"))).expect("recorded");
    assert!(store.site_state(&SiteName::new("shop")).expect("a state").is_some(), "the next look writes it anew");
}

#[test]
fn a_refreshed_sandbox_begins_new_spans() {
    let (_directory, path) = place();
    let mut store = open(&path);
    let acme = Target::Org(OrgName::new("acme"));
    let user = || {
        let id = UserId::parse("0055g000000USER").expect("a user id");
        Fact::User(User { id, username: "ops@acme.example".into(), active: true, frozen: None })
    };
    for (seconds, id) in [(1, 'E'), (2, 'E'), (3, 'F'), (4, 'F')] {
        let observations = vec![seen(&acme, seconds, organization(&org_id(id))), seen(&acme, seconds, user())];
        let org = Some(OrgState::unknown(OrgName::new("acme")));
        store.record(&Record { observations, org, ..Record::default() }).expect("recorded");
    }
    let users = store.history(&acme, Some(&user().subject()), always()).expect("history").items;
    let spans: Vec<_> = users.iter().map(|span| (span.since, span.seen_at)).collect();
    assert_eq!(spans, [(at(1), at(2)), (at(3), at(4))], "a user of another org is another user");
}

#[test]
fn forgetting_keeps_history_until_retention_takes_it() {
    let (_directory, path) = place();
    let mut store = open(&path);
    for (seconds, text) in [(1, "a"), (2, "b"), (50, "c")] {
        store.record(&look("shop", seconds, refused(text))).expect("recorded");
    }
    store.record(&look("news", 1, refused("a"))).expect("recorded");
    assert_eq!(store.prune(at(10)).expect("pruned").deleted, 2);
    assert_eq!(store.history(&site("news"), None, always()).expect("history").items.len(), 1, "the newest stays");

    store.forget(&site("shop")).expect("forgotten");
    store.forget(&site("unknown")).expect("nothing to forget");
    assert_eq!(store.site_state(&SiteName::new("shop")), Ok(None));
    assert_eq!(names(&store.rows().expect("lines").items), ["news"]);
    assert_eq!(store.history(&site("shop"), None, always()).expect("history").items.len(), 1);
    assert_eq!(store.prune(at(51)).expect("pruned").deleted, 1, "nothing holds the last one any more");
}

#[test]
fn retention_works_in_batches() {
    let (_directory, path) = place();
    let mut store = open(&path);
    let batch = super::super::observations::PRUNE_BATCH;
    let many = i64::try_from(batch + 10).expect("a few");
    let observations = (0..many).map(|n| seen(&site("shop"), n, refused(&n.to_string()))).collect();
    let state = Some(SiteState::unknown(SiteName::new("shop")));
    store.record(&Record { observations, site: state, ..Record::default() }).expect("recorded");
    let first = store.prune(at(many + 1)).expect("pruned");
    assert_eq!((first.deleted, first.more), (batch, true));
    let second = store.prune(at(many + 1)).expect("pruned");
    assert_eq!((second.deleted, second.more), (9, false));
    let left = store.history(&site("shop"), None, always()).expect("history").items;
    assert_eq!(left.iter().map(|span| span.since).collect::<Vec<_>>(), [at(many - 1)]);
}
