//! What a store holds, and whether it holds all that it held before.

use crate::fleet::Fleet;
use chrono::{DateTime, Utc};
use fusebox::model::{OrgState, SiteRow, SiteState, Target};
use fusebox::store::{StoreError, StoreHandle};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The beginning of a span of one subject: what stays for ever.
type Span = (Target, String, DateTime<Utc>);

/// Everything that was kept.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub(crate) revision: u64,
    pub(crate) rows: BTreeMap<String, SiteRow>,
    pub(crate) sites: BTreeMap<String, SiteState>,
    pub(crate) orgs: BTreeMap<String, OrgState>,
    spans: BTreeSet<Span>,
}

impl Kept {
    /// Opens the store, checks it, and reads it whole. What can not be read, or contradicts itself, fails the test.
    pub(crate) async fn read(fleet: &Fleet) -> Self {
        let store = StoreHandle::open(&fleet.state_dir().join("fusebox.db")).expect("the store opens");
        let kept = store.call(|store| {
            assert_eq!(store.check(), Ok(()));
            let (rows, sites, orgs) = (store.rows()?, store.site_states()?, store.org_states()?);
            assert!(rows.unreadable.is_empty() && sites.unreadable.is_empty() && orgs.unreadable.is_empty());
            let targets = sites.items.iter().map(|site| Target::Site(site.name.clone()));
            let targets: Vec<Target> =
                targets.chain(orgs.items.iter().map(|org| Target::Org(org.name.clone()))).collect();
            let mut spans = BTreeSet::new();
            for target in targets {
                let history = store.history(&target, None, DateTime::UNIX_EPOCH)?;
                assert!(history.unreadable.is_empty());
                spans.extend(history.items.iter().map(|span| (target.clone(), span.value.subject(), span.since)));
            }
            Ok::<_, StoreError>(Self {
                revision: store.revision()?,
                rows: rows.items.into_iter().map(|row| (row.name.to_string(), Arc::unwrap_or_clone(row))).collect(),
                sites: sites.items.into_iter().map(|site| (site.name.to_string(), site)).collect(),
                orgs: orgs.items.into_iter().map(|org| (org.name.to_string(), org)).collect(),
                spans,
            })
        });
        let kept = kept.await.expect("a whole store");
        store.close().await.expect("closed");
        kept
    }

    /// Asserts that nothing of `before` is missing here, and nothing older.
    pub(crate) fn assert_has_all_of(&self, before: &Self) {
        assert!(self.revision >= before.revision);
        for (name, row) in &before.rows {
            let now = &self.rows[name];
            assert!(now.proof_at >= row.proof_at && now.observed_at >= row.observed_at, "{row:#?}\n{now:#?}");
        }
        for (name, site) in &before.sites {
            let now = &self.sites[name];
            assert!(each(&ages(now), &ages(site)), "{site:#?}\n{now:#?}");
            assert!(now.access_changes.starts_with(&site.access_changes), "{name}");
            assert!(now.refresh_changes.starts_with(&site.refresh_changes), "{name}");
        }
        for (name, org) in &before.orgs {
            let (then, now) = (org_ages(org), org_ages(&self.orgs[name]));
            assert!(each(&now, &then), "{name}: {then:?} {now:?}");
        }
        self.assert_has_history_of(before);
    }

    /// Asserts that every span of `before` is here.
    pub(crate) fn assert_has_history_of(&self, before: &Self) {
        let missing: Vec<&Span> = before.spans.difference(&self.spans).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}

/// Each at least as new.
fn each(now: &[Option<DateTime<Utc>>], then: &[Option<DateTime<Utc>>]) -> bool {
    now.iter().zip(then).all(|(now, then)| now >= then)
}

fn ages(site: &SiteState) -> Vec<Option<DateTime<Utc>>> {
    vec![
        site.reach.as_ref().map(|seen| seen.seen_at),
        site.answered_at,
        site.status.as_ref().map(|seen| seen.seen_at),
        site.log.as_ref().map(|seen| seen.seen_at),
        site.prove.as_ref().map(|seen| seen.seen_at),
        site.proof.map(|proof| proof.at),
        site.last_connection.as_ref().map(|seen| seen.seen_at),
    ]
}

fn org_ages(org: &OrgState) -> Vec<Option<DateTime<Utc>>> {
    vec![
        org.reach.as_ref().map(|seen| seen.seen_at),
        org.answered_at,
        org.organization.as_ref().map(|seen| seen.seen_at),
        org.app.as_ref().map(|seen| seen.seen_at),
        org.coverage.as_ref().map(|seen| seen.seen_at),
        org.approvals.values().map(|held| held.seen_at).min(),
        org.api_usage.as_ref().map(|seen| seen.seen_at),
    ]
}
