//! The simulator's clock: the host's time plus an offset that only grows. The one place here that reads a clock.

use chrono::{DateTime, TimeDelta, Utc};
use std::sync::atomic::{AtomicI64, Ordering};

/// How far the clock may be moved in all: beyond any policy, and far from where times end.
const FARTHEST: TimeDelta = TimeDelta::days(100 * 365);

/// The clock.
#[derive(Debug, Default)]
pub(super) struct SimClock {
    offset_ms: AtomicI64,
}

impl SimClock {
    /// The time now.
    #[expect(clippy::disallowed_methods, reason = "this is the driver: everything else here gets the time handed in")]
    pub(super) fn now(&self) -> DateTime<Utc> {
        Utc::now() + TimeDelta::milliseconds(self.offset_ms.load(Ordering::SeqCst))
    }

    /// Moves the clock ahead. False, and nothing is moved, beyond a hundred years in all.
    pub(super) fn advance(&self, by: TimeDelta) -> bool {
        let step = by.num_milliseconds();
        let moved = |offset: i64| offset.checked_add(step).filter(|sum| *sum <= FARTHEST.num_milliseconds());
        step >= 0 && self.offset_ms.fetch_update(Ordering::SeqCst, Ordering::SeqCst, moved).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_moves_ahead_and_not_beyond_all_bounds() {
        let clock = SimClock::default();
        let before = clock.now();
        assert!(clock.advance(TimeDelta::days(29)));
        assert!(clock.now() - before >= TimeDelta::days(29));
        assert!(!clock.advance(TimeDelta::days(400 * 365)));
        assert!(!clock.advance(TimeDelta::days(-1)));
        assert!(clock.now() - before < TimeDelta::days(30));
    }
}
