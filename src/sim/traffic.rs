//! How many requests are under way at each org and site, and how many there ever were at once: what tells whether two
//! looked at one thing together. Requests are received ones, whoever sent them.

use super::switchboard::Part;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One part's requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Gauge {
    /// All that were received.
    pub(super) received: u64,
    /// Those that are not answered yet.
    pub(super) now: u64,
    /// The most that were under way at once.
    pub(super) most: u64,
}

/// All parts' gauges. Clones count together.
#[derive(Clone, Debug, Default)]
pub(super) struct Traffic {
    gauges: Arc<Mutex<HashMap<Part, Gauge>>>,
}

impl Traffic {
    /// A request has arrived at a part.
    pub(super) fn begin(&self, part: Part) -> UnderWay {
        let mut gauges = self.gauges();
        let gauge = gauges.entry(part).or_default();
        gauge.received += 1;
        gauge.now += 1;
        gauge.most = gauge.most.max(gauge.now);
        UnderWay { traffic: self.clone(), part }
    }

    /// One part's gauge.
    pub(super) fn of(&self, part: Part) -> Gauge {
        self.gauges().get(&part).copied().unwrap_or_default()
    }

    fn gauges(&self) -> MutexGuard<'_, HashMap<Part, Gauge>> {
        // Counting does not panic half way.
        self.gauges.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request, until it is dropped: answered, or its client gone.
#[derive(Debug)]
pub(super) struct UnderWay {
    traffic: Traffic,
    part: Part,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if let Some(gauge) = self.traffic.gauges().get_mut(&self.part) {
            gauge.now -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_at_once_is_kept() {
        let traffic = Traffic::default();
        let (one, other) = (traffic.begin(Part::Site(0)), traffic.begin(Part::Org(0)));
        let second = traffic.begin(Part::Site(0));
        drop(one);
        drop(second);
        let third = traffic.begin(Part::Site(0));
        assert_eq!(traffic.of(Part::Site(0)), Gauge { received: 3, now: 1, most: 2 });
        drop((other, third));
        assert_eq!(traffic.of(Part::Org(0)), Gauge { received: 1, now: 0, most: 1 });
        assert_eq!(traffic.of(Part::Site(1)), Gauge::default());
    }
}
