//! When one approval was used, as far as looks at its org could tell: the memory that attribution by elimination needs.
//!
//! Salesforce shows of each approval the last refresh request and a count. A look that finds them moved knows when the last
//! one was, and that the others, if the count moved by more than one, lie between the look before and that.

use crate::model::{Approval, Days};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// How many moves are remembered for each approval: some days of a site that refreshes several times a day.
const KEPT: usize = 16;

/// What was seen of one approval's use. Times are the host's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uses {
    /// From when on no use can have been missed.
    pub watched_since: DateTime<Utc>,
    /// The last look that showed the approval.
    pub seen_at: DateTime<Utc>,
    /// The moves, oldest first.
    pub moves: Vec<Move>,
    /// Uses by the day, as far back as anybody looked.
    #[serde(default)]
    pub days: Days,
}

/// The last use and the count were others at one look than at the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// The look before, which showed no use later than this.
    pub after: DateTime<Utc>,
    /// The last use.
    pub at: DateTime<Utc>,
    /// By how much the count moved; more than one hides further uses between `after` and `at`.
    pub count: u32,
}

impl Uses {
    /// An approval that is seen for the first time, in a look at `at`.
    pub fn new(at: DateTime<Utc>) -> Self {
        Self { watched_since: at, seen_at: at, moves: Vec::new(), days: Days::default() }
    }

    /// Takes a look at `at`: the approval as it was and as it is, and its last use by the host's clock. An earlier look
    /// than the last one changes nothing.
    pub fn see(&mut self, at: DateTime<Utc>, was: &Approval, is: &Approval, last_use: Option<DateTime<Utc>>) {
        if at < self.seen_at {
            return;
        }
        let after = std::mem::replace(&mut self.seen_at, at);
        let count = is.use_count.saturating_sub(was.use_count);
        self.days.look(at);
        match last_use {
            Some(used) if count > 0 || is.last_used_at != was.last_used_at => {
                // After a longer gap nobody knows which days the uses before the last one fell on.
                let gap = used.signed_duration_since(after) > TimeDelta::days(1);
                self.days.add(used, if gap { 1 } else { count.max(1) });
                if self.moves.len() == KEPT {
                    self.moves.remove(0);
                    // What lies before the oldest move that is kept is forgotten.
                    self.watched_since = self.moves.first().map_or(at, |oldest| oldest.after);
                }
                self.moves.push(Move { after, at: used, count: count.max(1) });
            }
            _ => {}
        }
    }

    /// Whether a use between `from` and `to` was seen, or may be hidden behind a later one; none where that stretch was not
    /// watched.
    pub fn in_between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Option<bool> {
        let used = self
            .moves
            .iter()
            .any(|step| (from..=to).contains(&step.at) || (step.count > 1 && step.after <= to && step.at >= from));
        let watched = self.watched_since <= from && self.seen_at >= to;
        (used || watched).then_some(used)
    }

    /// Moves whose use is known to the second: nothing is hidden behind them.
    pub fn exact(&self) -> impl DoubleEndedIterator<Item = DateTime<Utc>> {
        self.moves.iter().filter(|step| step.count == 1).map(|step| step.at)
    }

    /// The host's clock was set back to `now`: what was seen later was seen by then.
    pub(crate) fn set_back(&mut self, now: DateTime<Utc>, slack: TimeDelta) {
        let ahead = |at: DateTime<Utc>| at - now > slack;
        self.moves.retain(|step| !ahead(step.at));
        self.days.set_back(now);
        if ahead(self.seen_at) {
            self.seen_at = now;
            self.watched_since = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::approval::approval_id;
    use crate::model::{OrgId, UserId};

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn approval(count: u32, last: i64) -> Approval {
        let user = UserId::parse("0055g000000USER").expect("a user id");
        let org = OrgId::parse("00D5g000000ORGE").expect("an org id");
        Approval {
            id: approval_id(&org, &user, "app", at(0), 0),
            user,
            app: "app".into(),
            created_at: at(0),
            last_used_at: Some(at(last)),
            use_count: count,
        }
    }

    fn seen(looks: &[(i64, u32, i64)]) -> Uses {
        let mut uses = Uses::new(at(looks[0].0));
        for pair in looks.windows(2) {
            let (was, is) = (approval(pair[0].1, pair[0].2), approval(pair[1].1, pair[1].2));
            uses.see(at(pair[1].0), &was, &is, is.last_used_at);
        }
        uses
    }

    #[test]
    fn a_move_tells_when_and_what_it_hides() {
        let uses = seen(&[(0, 5, -60), (15, 5, -60), (30, 6, 20), (45, 8, 44), (60, 8, 44)]);
        assert_eq!(uses.in_between(at(0), at(15)), Some(false));
        assert_eq!(uses.in_between(at(16), at(29)), Some(true));
        assert_eq!(uses.in_between(at(31), at(40)), Some(true), "one of two may lie here");
        assert_eq!(uses.in_between(at(45), at(60)), Some(false));
        assert_eq!(uses.in_between(at(50), at(61)), None, "not watched to the end");
        assert_eq!(uses.in_between(at(-90), at(-30)), None, "not watched yet");
        assert_eq!(uses.exact().collect::<Vec<_>>(), [at(20)]);
    }

    #[test]
    fn uses_are_counted_by_the_day_and_what_nobody_saw_is_put_on_none() {
        let day = 24 * 60;
        let uses = seen(&[(0, 5, -60), (60, 7, 50), (day + 60, 8, day + 50), (5 * day, 14, 5 * day - 10)]);
        let figures = uses.days.until(at(5 * day));
        assert_eq!(figures[22..], [Some(2), Some(1), None, None, Some(1), Some(0)]);
    }

    #[test]
    fn what_is_forgotten_is_not_taken_for_nothing() {
        let looks: Vec<(i64, u32, i64)> = (0..=20u32).map(|n| (i64::from(n) * 60, n, i64::from(n) * 60 - 5)).collect();
        let uses = seen(&looks);
        assert_eq!((uses.moves.len(), uses.watched_since), (KEPT, at(4 * 60)));
        assert_eq!(uses.in_between(at(0), at(30)), None);
        assert_eq!(uses.in_between(at(290), at(299)), Some(true));
    }
}
