//! Whether an org is asked for what it wrote down of itself, and for which part of it. Pure.
//!
//! It comes with a look at the org, on a cadence of its own. An attempt counts, whether or not it was answered: what an org
//! does not answer is not asked for with every look.

use crate::model::history::{changes_from, logins_from};
use crate::model::org::steady_offset;
use crate::model::{Clean, Fleet, History, OrgName, OrgPicture, UserId};
use crate::salesforce::AskHistory;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// Users that one request asks for.
const ONE_REQUEST: usize = crate::salesforce::USERS_IN_ONE_REQUEST;

/// When each org was last asked by this process.
#[derive(Debug, Default)]
pub struct Asked(BTreeMap<OrgName, DateTime<Utc>>);

/// That it is time, and up to when the history is known, by the org's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Due {
    logins_until: Option<DateTime<Utc>>,
    changes_until: Option<DateTime<Utc>>,
}

impl Asked {
    /// Whether it is time to ask `org`, which is asked with that.
    pub fn next(&mut self, fleet: &Fleet, org: &OrgName, interval: TimeDelta, now: DateTime<Utc>) -> Option<Due> {
        let history = fleet.org(org).map(|state| &state.history);
        let last = self.0.get(org).copied().max(history.and_then(History::seen_at));
        // A time ahead of the clock tells that the clock went back.
        if last.is_some_and(|last| last <= now && now - last < interval) {
            return None;
        }
        self.0.insert(org.clone(), now);
        Some(history.map_or_else(Due::default, |history| Due {
            logins_until: history.logins_until,
            changes_until: history.changes_until,
        }))
    }
}

impl Due {
    /// What to ask for after a look that brought `picture`: the logins of those whom sites name, and of all who hold an
    /// approval, where that is no more than one request asks for. Whom no site names, no verdict rests on.
    pub fn ask(self, app: &Clean, named: &BTreeSet<UserId>, picture: &OrgPicture, now: DateTime<Utc>) -> AskHistory {
        let org_now = now + TimeDelta::seconds(steady_offset(picture.clock_offset_s));
        let holders = picture.approvals.seen().into_iter().flatten().map(|approval| &approval.user);
        let all: BTreeSet<UserId> = named.iter().chain(holders).cloned().collect();
        AskHistory {
            app: app.clone(),
            users: if all.len() > ONE_REQUEST { named.clone() } else { all },
            logins_from: logins_from(self.logins_until, org_now),
            changes_from: changes_from(self.changes_until, org_now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Fact, Observation, Permitted, Target};

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(365) + TimeDelta::minutes(minutes)
    }

    fn asks(asked: &mut Asked, fleet: &Fleet, minutes: i64) -> Option<Due> {
        asked.next(fleet, &OrgName::new("acme"), TimeDelta::minutes(15), at(minutes))
    }

    #[test]
    fn it_has_a_cadence_of_its_own_and_an_attempt_counts() {
        let (mut asked, mut fleet) = (Asked::default(), Fleet::default());
        assert_eq!(asks(&mut asked, &fleet, 1), Some(Due::default()), "with the first look");
        assert_eq!(asks(&mut asked, &fleet, 2), None);
        assert_eq!(asks(&mut asked, &fleet, 15), None, "unanswered, and not asked again for that");
        assert!(asks(&mut asked, &fleet, 16).is_some());
        assert!(asks(&mut asked, &fleet, 3).is_some(), "a clock that went back");
        let read = Permitted::Yes(crate::model::Stretch { rows: Vec::new(), until: None });
        let fact = Fact::Logins { users: BTreeSet::new(), read };
        fleet.apply(&Observation { target: Target::Org(OrgName::new("acme")), at: at(20), fact });
        let mut another = Asked::default();
        assert_eq!(asks(&mut another, &fleet, 30), None, "another process asked");
        assert_eq!(asks(&mut another, &fleet, 35).and_then(|due| due.logins_until), Some(at(20)));
    }
}
