//! How many API calls of one org fusebox may cause. Pure.
//!
//! A bucket that fills evenly: what it admits in any 24 hours is at most the configured share of the org's daily
//! allocation. Nearly used up allocations are left to those who need them.

use crate::model::ApiUsage;
use chrono::{DateTime, TimeDelta, Utc};

/// Used to this per cent, what is already known is not asked again.
const STOP_REPEATS: u64 = 95;

/// Used to this per cent, nothing at all is asked.
const STOP_ALL: u64 = 99;

/// How often a nearly used up org is looked at all the same: else its recovery would never be seen.
const PROBE_EVERY: TimeDelta = TimeDelta::hours(1);

/// Milliseconds of a day: the bucket counts in this part of a call, so that it fills exactly.
const DAY_MS: u64 = 24 * 3600 * 1000;

/// What calls are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To look at the org.
    Look,
    /// To read what the org wrote down of itself.
    History,
    /// To prove a site that was proved before.
    Proof,
    /// To prove a site of which nothing is proved yet.
    FirstProof,
}

/// One org's budget.
#[derive(Clone, Debug)]
pub struct Budget {
    share_percent: u8,
    usage: Option<ApiUsage>,
    /// In calls times [`DAY_MS`]. Below zero after a call that was dearer than admitted.
    credit: i128,
    filled_at: Option<DateTime<Utc>>,
    probed_at: Option<DateTime<Utc>>,
}

impl Budget {
    /// A budget of `share_percent` of an allocation that is not known yet. Until it is, everything is admitted: the
    /// first look is what tells it.
    pub fn new(share_percent: u8) -> Self {
        Self { share_percent, usage: None, credit: 0, filled_at: None, probed_at: None }
    }

    /// Takes the allocation and how much of it is used by anybody.
    pub fn learn(&mut self, usage: ApiUsage, now: DateTime<Utc>) {
        let first = self.usage.is_none_or(|known| known.max != usage.max);
        self.usage = Some(usage);
        if first {
            self.credit = self.credit.min(0) + self.burst();
            self.filled_at = Some(now);
        }
    }

    /// Admits `calls`, or says when to ask again. What is admitted is spent.
    pub fn admit(&mut self, purpose: Purpose, calls: u32, now: DateTime<Utc>) -> Result<(), DateTime<Utc>> {
        let Some(usage) = self.usage else {
            self.credit -= cost(calls);
            return Ok(());
        };
        self.fill(now);
        let used = usage.percent();
        let stopped = used >= STOP_ALL || (used >= STOP_REPEATS && purpose != Purpose::FirstProof);
        if stopped {
            let next = self.probed_at.map_or(now, |at| at + PROBE_EVERY);
            // A clock that went back does not silence an org until it has caught up.
            if purpose != Purpose::Look || (now < next && next - now <= PROBE_EVERY) {
                return Err(next.max(now + TimeDelta::minutes(1)));
            }
        }
        if self.credit < cost(calls) {
            return Err(now + self.time_until(cost(calls)));
        }
        self.credit -= cost(calls);
        if purpose == Purpose::Look {
            self.probed_at = Some(now);
        }
        Ok(())
    }

    /// Corrects what was admitted by what was spent: calls that were not made come back, calls more than admitted are
    /// owed.
    pub fn settle(&mut self, admitted: u32, spent: u32) {
        self.credit += cost(admitted) - cost(spent);
        if self.usage.is_some() {
            self.credit = self.credit.min(self.burst());
        }
    }

    /// Calls for 24 hours.
    fn allowance(&self) -> u64 {
        self.usage.map_or(0, |usage| usage.max.saturating_mul(u64::from(self.share_percent)) / 100)
    }

    /// What may be spent at once: a quarter of a day's calls. The rest of them fills up over the day, so that a
    /// morning of many looks does not leave a blind afternoon.
    fn burst(&self) -> i128 {
        i128::from(self.allowance().div_ceil(4)) * i128::from(DAY_MS)
    }

    /// Parts of a call that a millisecond adds.
    fn rate(&self) -> i128 {
        let allowance = self.allowance();
        i128::from(allowance - allowance.div_ceil(4))
    }

    fn fill(&mut self, now: DateTime<Utc>) {
        let since = self.filled_at.map_or(TimeDelta::zero(), |at| now - at);
        self.filled_at = Some(now);
        let gained = i128::from(since.num_milliseconds().max(0)) * self.rate();
        self.credit = (self.credit + gained).min(self.burst());
    }

    fn time_until(&self, wanted: i128) -> TimeDelta {
        let missing = wanted - self.credit;
        let never = i128::from(DAY_MS);
        let rate = self.rate();
        // A share of nothing, or a call dearer than a burst, is asked for again tomorrow.
        let wait = if rate == 0 { never } else { ((missing + rate - 1) / rate).min(never) };
        TimeDelta::milliseconds(i64::try_from(wait).unwrap_or(i64::MAX).max(1))
    }
}

fn cost(calls: u32) -> i128 {
    i128::from(calls) * i128::from(DAY_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn budget(max: u64, used: u64) -> Budget {
        let mut budget = Budget::new(5);
        budget.learn(ApiUsage { max, used }, at(0));
        budget
    }

    #[test]
    fn an_unknown_allocation_admits_the_look_that_tells_it() {
        let mut budget = Budget::new(5);
        assert_eq!(budget.admit(Purpose::Look, 1, at(0)), Ok(()));
        budget.learn(ApiUsage { max: 0, used: 0 }, at(0));
        assert!(budget.admit(Purpose::Proof, 1, at(1)).is_err(), "an allocation of nothing admits nothing");
    }

    #[test]
    fn an_org_that_is_nearly_used_up_is_probed_by_the_hour() {
        let mut budget = budget(100_000, 96_000);
        assert_eq!(budget.admit(Purpose::Look, 1, at(0)), Ok(()));
        assert_eq!(budget.admit(Purpose::Look, 1, at(60)), Err(at(3600)));
        assert!(budget.admit(Purpose::Proof, 1, at(60)).is_err());
        assert_eq!(budget.admit(Purpose::FirstProof, 1, at(60)), Ok(()), "what is not known is worth a call");
        assert_eq!(budget.admit(Purpose::Look, 1, at(3600)), Ok(()));
        budget.learn(ApiUsage { max: 100_000, used: 99_500 }, at(3600));
        assert!(budget.admit(Purpose::FirstProof, 1, at(3601)).is_err());
        budget.learn(ApiUsage { max: 100_000, used: 10_000 }, at(3700));
        assert_eq!(budget.admit(Purpose::Proof, 1, at(3700)), Ok(()));
    }

    #[test]
    fn a_refusal_names_the_time_at_which_it_is_admitted() {
        let mut budget = budget(15_000, 0);
        let mut now = at(0);
        while budget.admit(Purpose::Look, 1, now).is_ok() {
            now += TimeDelta::milliseconds(1);
        }
        let again = budget.admit(Purpose::Look, 1, now).expect_err("it is empty");
        assert!(again - now < TimeDelta::minutes(3), "750 calls a day come back within minutes");
        assert_eq!(budget.admit(Purpose::Look, 1, again), Ok(()));
    }

    #[test]
    fn calls_that_were_not_made_come_back() {
        let mut budget = budget(15_000, 0);
        budget.admit(Purpose::Proof, 3, at(0)).expect("credit");
        let before = budget.credit;
        budget.settle(3, 1);
        assert_eq!(budget.credit, before + cost(2));
    }

    proptest! {
        #[test]
        fn no_day_sees_more_than_the_share(
            max in 0_u64..300_000,
            share in 1_u8..=100,
            steps in prop::collection::vec((0_i64..7_200, 1_u32..40), 1..300),
        ) {
            let mut budget = Budget::new(share);
            budget.learn(ApiUsage { max, used: 0 }, at(0));
            let mut now = at(0);
            let mut admitted: Vec<(DateTime<Utc>, u64)> = Vec::new();
            for (wait, calls) in steps {
                now += TimeDelta::seconds(wait);
                if budget.admit(Purpose::Proof, calls, now).is_ok() {
                    admitted.push((now, u64::from(calls)));
                }
            }
            for (start, _) in &admitted {
                let end = *start + TimeDelta::hours(24);
                let day: u64 = admitted.iter().filter(|(at, _)| at >= start && *at < end).map(|(_, calls)| calls).sum();
                prop_assert!(day <= max * u64::from(share) / 100);
            }
        }
    }
}
