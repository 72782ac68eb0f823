//! The orders of the list: pure functions from rows to places.
//!
//! Uses `model` and `protocol` alone. They run in `update`, when the picture or the question changes, never in `view`.

use crate::model::{Cause, Health, Query, SiteRow, Target};
use crate::protocol::{Picture, Poll, Poller};
use chrono::{DateTime, Utc};
use std::cmp::Reverse;
use std::collections::HashSet;

/// By what the list is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, strum::EnumIter)]
pub enum Order {
    /// What is broken, then what breaks next.
    #[default]
    Risk,
    /// The site's name.
    Name,
    /// What ends first.
    Expiry,
    /// The most used first.
    Uses,
    /// The oldest proof first.
    Proof,
}

impl Order {
    /// Its name, as in `by risk`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Risk => "risk",
            Self::Name => "name",
            Self::Expiry => "expiry",
            Self::Uses => "uses",
            Self::Proof => "proof",
        }
    }
}

/// Which group a row belongs to where groups stand apart: FAIL, WARN, the undecided, OK, and those still asked.
pub fn band(row: &SiteRow, poll: &Poll) -> u8 {
    if pending(row, poll) {
        return 4;
    }
    match row.health {
        Health::Fail => 0,
        Health::Warn => 1,
        Health::Stag | Health::Old | Health::Unkn | Health::Off => 2,
        Health::Ok => 3,
    }
}

/// Whether nothing is known of a site and its first look is still to come. Without polling none will come, and the row
/// says UNKN.
pub fn pending(row: &SiteRow, poll: &Poll) -> bool {
    unseen(row) && poll.by == Poller::Us && (poll.waiting > 0 || !poll.asked.is_empty())
}

fn unseen(row: &SiteRow) -> bool {
    row.observed_at.is_none() && row.health == Health::Unkn && row.cause == Some(Cause::NeverProved)
}

/// The places in `picture.rows` of the rows that answer `query` at `now`, in order. The sort is stable over rows that come by name, so equal
/// rows never trade places between two pictures.
pub fn arrange(picture: &Picture, order: Order, reversed: bool, query: &Query, now: DateTime<Utc>) -> Vec<usize> {
    let rows = &picture.rows;
    let mut shown: Vec<usize> = (0..rows.len()).filter(|i| query.matches(&rows[*i], now)).collect();
    match order {
        Order::Risk => shown.sort_by_cached_key(|i| rows[*i].risk()),
        Order::Name => shown.sort_by(|a, b| rows[*a].name.cmp(&rows[*b].name)),
        Order::Expiry => shown.sort_by_key(|i| rows[*i].refresh_token.order()),
        Order::Uses => shown.sort_by_key(|i| Reverse(rows[*i].use_count)),
        Order::Proof => shown.sort_by_key(|i| rows[*i].proof_at),
    }
    if reversed {
        shown.reverse();
    }
    // What nobody knows yet stands last in every order: a list that fills from the top can be read while it does.
    let asked: HashSet<&str> = picture.poll.asked.iter().filter_map(|(target, _)| site_of(target)).collect();
    shown.sort_by_key(|i| match pending(&rows[*i], &picture.poll) {
        false => 0,
        true if asked.contains(rows[*i].name.as_str()) => 1,
        true => 2,
    });
    shown
}

fn site_of(target: &Target) -> Option<&str> {
    match target {
        Target::Site(name) => Some(name.as_str()),
        Target::Org(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::row::Counts;
    use crate::model::{Expiry, OrgName, Origin, SiteName};
    use chrono::TimeDelta;
    use std::sync::Arc;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000, 0).expect("a time")
    }

    fn row(name: &str, health: Health) -> SiteRow {
        SiteRow {
            health,
            cause: None,
            observed_at: Some(now()),
            why: crate::model::Why::default(),
            org: Some(OrgName::new("acme")),
            user: Some("ops1".into()),
            ..SiteRow::unseen(SiteName::new(name), name.into())
        }
    }

    fn picture(mut rows: Vec<SiteRow>) -> Picture {
        rows.sort_by(|a, b| a.name.cmp(&b.name));
        let counts: Counts = rows.iter().collect();
        Picture { rows: Arc::new(rows.into_iter().map(Arc::new).collect()), counts, ..Picture::default() }
    }

    fn names(picture: &Picture, order: Order, reversed: bool, query: &str) -> Vec<String> {
        let query = Query::parse(query).expect("a question");
        arrange(picture, order, reversed, &query, now()).into_iter().map(|i| picture.rows[i].name.to_string()).collect()
    }

    fn at_days(days: i64) -> Expiry {
        Expiry::At { at: now() + TimeDelta::days(days), origin: Origin::Policy }
    }

    #[test]
    fn risk_puts_the_freshly_broken_first_and_then_what_ends_next() {
        let picture = picture(vec![
            row("calm", Health::Ok),
            SiteRow { refresh_token: at_days(30), ..row("later", Health::Warn) },
            SiteRow { refresh_token: at_days(2), ..row("soon", Health::Warn) },
            SiteRow { since: Some(now() - TimeDelta::days(1)), ..row("yesterday", Health::Fail) },
            SiteRow { since: Some(now()), ..row("today", Health::Fail) },
            row("test", Health::Stag),
        ]);
        assert_eq!(names(&picture, Order::Risk, false, ""), ["today", "yesterday", "soon", "later", "test", "calm"]);
        assert_eq!(names(&picture, Order::Risk, true, "").first().map(String::as_str), Some("calm"));
    }

    #[test]
    fn each_order_puts_first_what_it_is_asked_for() {
        let picture = picture(vec![
            SiteRow { use_count: Some(9), refresh_token: Expiry::Dead, ..row("a", Health::Fail) },
            SiteRow { use_count: Some(800), proof_at: Some(now()), refresh_token: at_days(3), ..row("b", Health::Ok) },
            SiteRow { proof_at: Some(now() - TimeDelta::hours(1)), ..row("c", Health::Unkn) },
        ]);
        assert_eq!(names(&picture, Order::Name, true, ""), ["c", "b", "a"]);
        assert_eq!(names(&picture, Order::Expiry, false, ""), ["a", "b", "c"]);
        assert_eq!(names(&picture, Order::Uses, false, ""), ["b", "a", "c"]);
        assert_eq!(names(&picture, Order::Proof, false, ""), ["a", "c", "b"]);
    }

    #[test]
    fn what_does_not_answer_is_left_out_of_every_order() {
        let picture = picture(vec![
            SiteRow { used_at: Some(now() - TimeDelta::days(30)), ..row("a", Health::Ok) },
            SiteRow { used_at: Some(now() - TimeDelta::days(21)), ..row("b", Health::Fail) },
            row("c", Health::Fail),
        ]);
        for order in [Order::Risk, Order::Name, Order::Expiry, Order::Uses, Order::Proof] {
            assert_eq!(names(&picture, order, false, "idle>20d fail"), ["b"], "{order:?}");
        }
    }

    #[test]
    fn what_is_still_asked_stands_last_in_every_order() {
        let mut picture = picture(vec![
            row("z", Health::Ok),
            SiteRow::unseen(SiteName::new("a"), "a".into()),
            SiteRow::unseen(SiteName::new("b"), "b".into()),
        ]);
        picture.poll = Poll {
            by: Poller::Us,
            waiting: 2,
            asked: vec![(Target::Site(SiteName::new("b")), now())],
            ..Poll::default()
        };
        for order in [Order::Risk, Order::Name, Order::Expiry, Order::Uses, Order::Proof] {
            for reversed in [false, true] {
                assert_eq!(names(&picture, order, reversed, ""), ["z", "b", "a"], "{order:?}");
            }
        }
        picture.poll.by = Poller::Nobody;
        assert_eq!(names(&picture, Order::Risk, false, ""), ["a", "b", "z"], "nobody will ask: it is unknown");
    }
}
