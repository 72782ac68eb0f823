//! When a call is made again within a look: as Salesforce's own JavaScript library does it, and only while there is time.
//! Pure but for the dice. Uses nothing of ours.
//!
//! jsforce retries 420 twice, and 429, 500, 502, 503 and 504 five times, after 500 ms and then twice as long each time. A
//! refused token is never among them: asking again with it can only do harm.

use std::time::Duration;

/// Before the first repetition.
pub(super) const FIRST: Duration = Duration::from_millis(500);

/// Repetitions of one call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Retries {
    first: Duration,
    made: u32,
}

impl Retries {
    /// None made yet; the first after about `first`.
    pub(super) fn new(first: Duration) -> Self {
        Self { first, made: 0 }
    }

    /// How long to wait before the call is made again after this status; none where it is not. The other side may ask for
    /// a longer pause. What would not be over in time `left` is left to the next look.
    pub(super) fn pause(&mut self, status: u16, asked_s: Option<u64>, left: Duration) -> Option<Duration> {
        let most = match status {
            420 => 2,
            429 | 500 | 502 | 503 | 504 => 5,
            _ => return None,
        };
        if self.made >= most {
            return None;
        }
        let ours = self.first.saturating_mul(1 << self.made).mul_f64(0.75 + fastrand::f64() / 2.0);
        let pause = ours.max(Duration::from_secs(asked_s.unwrap_or(0)));
        self.made += 1;
        (pause < left).then_some(pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(3600);

    #[test]
    fn pauses_double_within_a_quarter() {
        let mut retries = Retries::new(FIRST);
        for n in 0..5 {
            let pause = retries.pause(503, None, LONG).expect("five times");
            let middle = FIRST * (1 << n);
            assert!(pause >= middle.mul_f64(0.75) && pause <= middle.mul_f64(1.25), "{n}: {pause:?}");
        }
        assert_eq!(retries.pause(503, None, LONG), None);
    }

    #[test]
    fn what_asking_again_does_not_cure_is_not_asked_again() {
        for status in [200, 301, 400, 401, 403, 404, 410, 501] {
            assert_eq!(Retries::new(FIRST).pause(status, None, LONG), None, "{status}");
        }
        let mut gone = Retries::new(FIRST);
        assert!(gone.pause(420, None, LONG).is_some() && gone.pause(420, None, LONG).is_some());
        assert_eq!(gone.pause(420, None, LONG), None);
    }

    #[test]
    fn a_pause_that_is_too_long_is_none() {
        assert_eq!(Retries::new(FIRST).pause(503, Some(30), Duration::from_secs(10)), None);
        assert_eq!(Retries::new(FIRST).pause(503, Some(3), Duration::from_secs(10)), Some(Duration::from_secs(3)));
    }
}
