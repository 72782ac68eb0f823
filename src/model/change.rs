//! A change of a site's health, as whoever is paged is told of it, and which changes are told.

use crate::model::{Cause, Clean, Confidence, Health, OrgName, SiteName, SiteRow};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What a verdict comes down to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// The health.
    pub health: Health,
    /// What decided it; none where a site is OK.
    pub cause: Option<Cause>,
}

impl Judged {
    /// That of a line.
    pub fn of(row: &SiteRow) -> Self {
        Self { health: row.health, cause: row.cause }
    }

    /// That of a line which others may be compared with. A site that never answered has none, unless it is FAIL without
    /// an answer of its own: "not looked at yet" and "no answer yet" are no health that a first answer changes.
    pub fn settled(row: &SiteRow) -> Option<Self> {
        (row.observed_at.is_some() || row.health == Health::Fail).then(|| Self::of(row))
    }
}

/// One site went from one health, or one cause, to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// When the later verdict was made, by the host's clock.
    pub at: DateTime<Utc>,
    /// Which site.
    pub site: SiteName,
    /// Its address.
    pub url: Clean,
    /// Its org, where that is known.
    pub org: Option<OrgName>,
    /// The Salesforce user it was authorized as.
    pub user: Option<Clean>,
    /// What was told before; none where the first thing to tell of a site is that it is FAIL.
    pub from: Option<Judged>,
    /// What is so now.
    pub to: Judged,
    /// The cause in one sentence.
    pub reason: String,
    /// How sure the cause is.
    pub confidence: Option<Confidence>,
    /// Since when the site is in this health, where that is known.
    pub since: Option<DateTime<Utc>>,
    /// The last answer of the site.
    pub observed_at: Option<DateTime<Utc>>,
}

impl Change {
    /// What there is to tell of a site of which `from` was told last. Where nothing was, FAIL alone is news: the first
    /// poll of a fleet would page for every site otherwise, and one that is broken when it is first seen is broken.
    pub fn between(from: Option<Judged>, row: &SiteRow, at: DateTime<Utc>) -> Option<Self> {
        let to = Judged::of(row);
        let is_news = from.map_or(to.health == Health::Fail, |from| from != to);
        is_news.then(|| Self {
            at,
            site: row.name.clone(),
            url: row.url.clone(),
            org: row.org.clone(),
            user: row.user.clone(),
            from,
            to,
            reason: row.reason.clone(),
            confidence: row.confidence,
            since: row.since,
            observed_at: row.observed_at,
        })
    }

    /// Whether it leads to or from one of these healths; none of them named: all.
    pub fn concerns(&self, healths: &[Health]) -> bool {
        let from = self.from.map(|from| from.health);
        healths.is_empty() || healths.iter().any(|health| self.to.health == *health || from == Some(*health))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use strum::IntoEnumIterator;

    fn row(health: Health, cause: Option<Cause>) -> SiteRow {
        let row = SiteRow::unseen(SiteName::new("shop"), "https://shop.example.org".into());
        SiteRow { health, cause, observed_at: Some(DateTime::UNIX_EPOCH), ..row }
    }

    fn told(from: Option<(Health, Option<Cause>)>, to: &SiteRow) -> Option<Change> {
        let from = from.map(|(health, cause)| Judged { health, cause });
        Change::between(from, to, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn another_health_and_another_cause_are_changes_and_the_same_is_none() {
        let dead = row(Health::Fail, Some(Cause::Evicted));
        let change = told(Some((Health::Ok, None)), &dead).expect("a change");
        assert_eq!(change.from, Some(Judged { health: Health::Ok, cause: None }));
        assert_eq!(change.to, Judged { health: Health::Fail, cause: Some(Cause::Evicted) });
        assert!(told(Some((Health::Fail, Some(Cause::Revoked))), &dead).is_some());
        assert_eq!(told(Some((Health::Fail, Some(Cause::Evicted))), &dead), None);
        let worded = SiteRow { reason: "In other words.".to_owned(), ..dead };
        assert_eq!(told(Some((Health::Fail, Some(Cause::Evicted))), &worded), None, "words alone are no change");
    }

    #[test]
    fn of_first_verdicts_fail_alone_is_told() {
        for health in Health::iter() {
            assert_eq!(told(None, &row(health, None)).is_some(), health == Health::Fail, "{health}");
        }
    }

    #[test]
    fn a_site_that_never_answered_has_nothing_to_be_compared_with() {
        let unseen = SiteRow::unseen(SiteName::new("shop"), "".into());
        assert_eq!(Judged::settled(&unseen), None);
        assert!(Judged::settled(&SiteRow { health: Health::Fail, ..unseen }).is_some());
        assert!(Judged::settled(&row(Health::Unkn, Some(Cause::NeverProved))).is_some());
    }

    #[test]
    fn a_change_concerns_where_it_comes_from_and_where_it_goes() {
        let change = told(Some((Health::Warn, None)), &row(Health::Ok, None)).expect("a change");
        assert!(change.concerns(&[]));
        assert!(change.concerns(&[Health::Fail, Health::Warn]) && change.concerns(&[Health::Ok]));
        assert!(!change.concerns(&[Health::Fail, Health::Old]));
    }
}
