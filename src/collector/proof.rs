//! Whether a site is asked to prove itself. Pure.

use super::budget::Purpose;
use crate::model::{Fingerprint, PluginState, SiteState, SiteStatus};
use chrono::{DateTime, TimeDelta, Utc};

/// What is remembered of a site's proofs before it is looked at again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Before {
    /// Whether it is time for another proof.
    pub due: bool,
    /// What a call would be for.
    pub purpose: Purpose,
    /// The refresh token that it held.
    pub refresh: Option<Fingerprint>,
}

impl Before {
    /// Reads it out of what is known of the site. A proof in passing puts the next call off: it is free.
    pub fn of(state: Option<&SiteState>, interval: TimeDelta, now: DateTime<Utc>) -> Self {
        let asked = state.and_then(|state| state.prove.as_ref()).map(|prove| prove.seen_at);
        let proved = state.and_then(|state| state.proof).map(|proof| proof.at);
        let last = asked.max(proved);
        Self {
            // A time ahead of the clock tells that the clock went back, not that a proof is young.
            due: last.is_none_or(|last| last > now || now - last >= interval),
            purpose: if proved.is_some() { Purpose::Proof } else { Purpose::FirstProof },
            refresh: state.and_then(|state| state.last_connection.as_ref()).and_then(|seen| seen.value.refresh),
        }
    }

    /// Whether the site that says `status` is asked: it has a connection, is no staging site, and it is time, or it was
    /// authorized anew.
    pub fn asks(&self, status: &SiteStatus, marked_staging: bool) -> bool {
        let active = matches!(status.plugin, PluginState::Active { .. });
        let ours = status.crm.as_ref().is_some_and(|crm| crm.as_str() == "salesforce");
        let staging = marked_staging || status.staging.effective || status.staging.duplicate;
        let Some(connection) = &status.connection else { return false };
        let anew = self.refresh.is_some() && connection.refresh.is_some() && connection.refresh != self.refresh;
        active && ours && !staging && (self.due || anew)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::site::Staging;
    use crate::model::{Fact, Observation, ProveOutcome, SiteName, Target};

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(hours)
    }

    fn status(refresh: u8) -> SiteStatus {
        SiteStatus::connected(1, refresh)
    }

    fn state(facts: Vec<(i64, Fact)>) -> SiteState {
        let name = SiteName::new("shop");
        let mut state = SiteState::unknown(name.clone());
        for (hours, fact) in facts {
            state.apply(&Observation { target: Target::Site(name.clone()), at: at(hours), fact });
        }
        state
    }

    #[test]
    fn a_connection_seen_for_the_first_time_is_proved() {
        let before = Before::of(None, TimeDelta::hours(6), at(0));
        assert!(before.asks(&status(1), false));
        assert_eq!(before.purpose, Purpose::FirstProof);
    }

    #[test]
    fn staging_sites_other_crms_and_no_connection_are_not_asked() {
        let before = Before::of(None, TimeDelta::hours(6), at(0));
        assert!(!before.asks(&status(1), true));
        let held = Staging { effective: true, ..Staging::default() };
        assert!(!before.asks(&SiteStatus { staging: held, ..status(1) }, false));
        assert!(!before.asks(&SiteStatus { crm: Some("hubspot".into()), ..status(1) }, false));
        assert!(!before.asks(&SiteStatus { connection: None, ..status(1) }, false));
        let inactive = PluginState::Inactive { version: "3".into() };
        assert!(!before.asks(&SiteStatus { plugin: inactive, ..status(1) }, false));
    }

    #[test]
    fn asked_again_after_the_interval_and_after_a_new_authorization() {
        let known = state(vec![(0, Fact::Status(Box::new(status(1)))), (0, Fact::Prove(ProveOutcome::Good))]);
        let ask =
            |hours, refresh| Before::of(Some(&known), TimeDelta::hours(6), at(hours)).asks(&status(refresh), false);
        assert!(!ask(5, 1));
        assert!(ask(6, 1));
        assert!(ask(1, 2), "another refresh token is another connection");
        assert!(ask(-1, 1), "a clock that went back");
    }

    #[test]
    fn a_withheld_refresh_is_not_asked_for_at_every_look() {
        let known = state(vec![(0, Fact::Status(Box::new(status(1)))), (0, Fact::Prove(ProveOutcome::Withheld))]);
        let before = Before::of(Some(&known), TimeDelta::hours(6), at(1));
        assert!(!before.asks(&status(1), false));
        assert_eq!(before.purpose, Purpose::FirstProof);
    }
}
