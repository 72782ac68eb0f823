//! How long a target that failed is left alone. Pure.

use crate::model::{Failure, FailureClass};
use chrono::TimeDelta;

/// What passes by itself is tried again after this, doubling.
const SOON: TimeDelta = TimeDelta::minutes(1);

/// The longest pause that is our own choice, unless the interval itself is longer.
const LONGEST: TimeDelta = TimeDelta::hours(1);

/// The longest pause that the other side may ask for; a header that says more is taken for this.
const LONGEST_ASKED: TimeDelta = TimeDelta::hours(24);

/// Failures in a row of one target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Counts one more failure and answers how long to stay away: doubling with each failure, at most an hour or the
    /// interval, and never less than the other side asked for.
    pub fn failed(&mut self, failure: &Failure, interval: TimeDelta) -> TimeDelta {
        let first = if passes_by_itself(failure.class) { SOON.min(interval) } else { interval };
        let doubled = 2_i32.checked_pow(self.failures).and_then(|factor| first.checked_mul(factor));
        self.failures = self.failures.saturating_add(1);
        let ours = doubled.unwrap_or(TimeDelta::MAX).min(LONGEST.max(interval));
        let asked = failure.retry_after_s.map_or(TimeDelta::zero(), |seconds| {
            let seconds = i64::try_from(seconds).unwrap_or(i64::MAX).min(LONGEST_ASKED.num_seconds());
            TimeDelta::seconds(seconds)
        });
        ours.max(asked)
    }

    /// An answer came: the next failure is a first one.
    pub fn answered(&mut self) {
        self.failures = 0;
    }
}

/// Whether trying again soon can help and can not harm. A refused login is not of these: doors that count refusals
/// lock themselves.
fn passes_by_itself(class: FailureClass) -> bool {
    match class {
        FailureClass::Dns
        | FailureClass::Unreachable
        | FailureClass::Timeout
        | FailureClass::Tls
        | FailureClass::PhpFatal
        | FailureClass::ServerError
        | FailureClass::BadAnswer => true,
        FailureClass::SshRefused
        | FailureClass::Unauthorized
        | FailureClass::NotPermitted
        | FailureClass::NoAgent
        | FailureClass::WrongSite
        | FailureClass::Throttled
        | FailureClass::ApiDisabled
        | FailureClass::OrgLocked
        | FailureClass::BadRequest => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn failure(class: FailureClass, retry_after_s: Option<u64>) -> Failure {
        Failure { class, text: "x".into(), retry_after_s }
    }

    #[test]
    fn a_blip_is_looked_at_again_soon_and_a_refused_login_is_not() {
        let quarter = TimeDelta::minutes(15);
        let mut backoff = Backoff::default();
        let minutes: Vec<i64> =
            std::iter::repeat_with(|| backoff.failed(&failure(FailureClass::Timeout, None), quarter).num_minutes())
                .take(8)
                .collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 60, 60]);
        backoff.answered();
        assert_eq!(backoff.failed(&failure(FailureClass::Unauthorized, None), quarter), quarter);
    }

    proptest! {
        #[test]
        fn pauses_grow_until_the_cap_and_are_bounded(
            interval in 1_i64..200_000,
            rounds in 1_usize..80,
            soon in any::<bool>(),
        ) {
            let class = if soon { FailureClass::Dns } else { FailureClass::NotPermitted };
            let interval = TimeDelta::seconds(interval);
            let mut backoff = Backoff::default();
            let mut last = TimeDelta::zero();
            for _ in 0..rounds {
                let pause = backoff.failed(&failure(class, None), interval);
                prop_assert!(pause >= last && pause <= LONGEST.max(interval) && pause > TimeDelta::zero());
                last = pause;
            }
            backoff.answered();
            prop_assert!(backoff.failed(&failure(class, None), interval) <= interval);
        }

        #[test]
        fn what_was_asked_for_is_granted(asked in any::<u64>(), before in 0_usize..40) {
            let interval = TimeDelta::seconds(60);
            let mut backoff = Backoff::default();
            for _ in 0..before {
                backoff.failed(&failure(FailureClass::Throttled, None), interval);
            }
            let pause = backoff.failed(&failure(FailureClass::Throttled, Some(asked)), interval);
            prop_assert!(pause.num_seconds() >= i64::try_from(asked.min(24 * 3600)).expect("a day"));
            prop_assert!(pause <= LONGEST_ASKED);
        }
    }
}
