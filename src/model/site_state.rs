//! Everything known of one site: the fold of its observations.

use crate::model::figure::{AHEAD, is_ahead};
use crate::model::refusal::{self, read_call};
use crate::model::site::{Connection, LogRow};
use crate::model::trace::Sight;
use crate::model::{
    Clean, Dated, Fact, Failure, Fingerprint, Observation, ProveOutcome, SiteLog, SiteName, SiteStatus, Target, Trace,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// How many changes of a token are remembered for each site; attribution needs a few, not all.
const CHANGES_KEPT: usize = 32;

/// The level of an error in the plugin's log; below are warnings.
pub(crate) const ERROR: u16 = 500;

/// What is known of one site, whatever else happened since. Failed looks never erase anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteState {
    /// Whose state this is.
    pub name: SiteName,
    /// The last look: an answer with the clock's offset in seconds, or the failure.
    pub reach: Option<Dated<Result<i64, Failure>>>,
    /// When the site last answered anything.
    pub answered_at: Option<DateTime<Utc>>,
    /// Seconds that the site's clock is ahead of ours, from its last answer.
    pub clock_offset_s: i64,
    /// Plugin and settings.
    pub status: Option<Dated<SiteStatus>>,
    /// The plugin's log.
    pub log: Option<Dated<SiteLog>>,
    /// The last call made by the site for us.
    pub prove: Option<Dated<ProveOutcome>>,
    /// The last call that was refused, kept through later calls that show nothing; gone with the next good one.
    #[serde(default)]
    pub refused: Option<Dated<Clean>>,
    /// The newest evidence that the site itself reached Salesforce.
    pub proof: Option<Proof>,
    /// The last stored connection that was seen, kept when it is gone.
    pub last_connection: Option<Dated<Connection>>,
    /// The first look that showed the refresh token of `last_connection`, by the host's clock.
    #[serde(default)]
    pub refresh_since: Option<DateTime<Utc>>,
    /// Changes of the access token: refreshes and authorizations that succeeded. Oldest first.
    pub access_changes: Vec<TokenChange>,
    /// Changes of the refresh token: authorizations, or rotation. Oldest first.
    pub refresh_changes: Vec<TokenChange>,
    /// The last day, for the wire.
    #[serde(default)]
    pub trace: Trace,
}

/// Evidence that the site itself reached Salesforce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// It reached Salesforce at this time or later, by the host's clock: the time of the call, or, for a token that
    /// changed between two looks, of the earlier look. The earlier bound is kept, so that an error logged in between
    /// counts as newer than the proof and a dead site is never OK.
    pub at: DateTime<Utc>,
    /// How it is known.
    pub how: ProofKind,
}

/// The two kinds of proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProofKind {
    /// A call that the site made.
    Called,
    /// The access token changed since the look before: a refresh or an authorization succeeded in between.
    Refreshed,
}

/// A token that was one at one look and another at the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenChange {
    /// The last look at the former token.
    pub after: DateTime<Utc>,
    /// The first look at the new one.
    pub by: DateTime<Utc>,
    /// The former token.
    pub from: Fingerprint,
    /// The new one.
    pub to: Fingerprint,
}

impl SiteState {
    /// A site of which nothing is known.
    pub fn unknown(name: SiteName) -> Self {
        Self {
            name,
            reach: None,
            answered_at: None,
            clock_offset_s: 0,
            status: None,
            log: None,
            prove: None,
            refused: None,
            proof: None,
            last_connection: None,
            refresh_since: None,
            access_changes: Vec::new(),
            refresh_changes: Vec::new(),
            trace: Trace::default(),
        }
    }

    /// Takes one more observation. Observations of another target, and facts of another kind of target, change nothing.
    pub fn apply(&mut self, observation: &Observation) {
        if observation.target != Target::Site(self.name.clone()) {
            return;
        }
        let at = observation.at;
        match &observation.fact {
            Fact::Answered { clock_offset_s } => {
                look(&mut self.reach, at, Ok(*clock_offset_s));
                self.answered_at = self.answered_at.max(Some(at));
                self.clock_offset_s = *clock_offset_s;
            }
            Fact::Failed(failure) => {
                look(&mut self.reach, at, Err(failure.clone()));
                self.trace.see(at, Sight::Silent);
            }
            Fact::Status(status) => {
                self.trace.see(at, if status.uses_connection() { Sight::Stands } else { Sight::Parted });
                if let Some(connection) = &status.connection {
                    self.see_connection(at, connection);
                }
                look(&mut self.status, at, (**status).clone());
            }
            Fact::Log(log) => self.see_log(at, log),
            Fact::Prove(outcome) => {
                match outcome {
                    ProveOutcome::Good => {
                        self.trace.see(at, Sight::Good);
                        self.prove_at(Proof { at, how: ProofKind::Called });
                        self.refused = self.refused.take().filter(|refused| refused.seen_at > at);
                    }
                    ProveOutcome::Refused { text } => {
                        look(&mut self.refused, at, text.clone());
                        let is_final = read_call(text.as_str()).is_final();
                        self.trace.see(at, if is_final { Sight::Refused } else { Sight::Error });
                    }
                    ProveOutcome::Failed { .. } => self.trace.see(at, Sight::Error),
                    ProveOutcome::Withheld => {}
                }
                look(&mut self.prove, at, outcome.clone());
            }
            _ => {}
        }
    }

    /// The host's clock shows `now`. What was seen at a later time was seen while it was wrong, and before `now`; such a
    /// time would make every further look an older one. Proofs and changes are evidence by their time, so those of an
    /// unknown time are given up, and the site is asked anew.
    pub fn set_back(&mut self, now: DateTime<Utc>) {
        let seen = |at: DateTime<Utc>| !is_ahead(at, now);
        self.reach.iter_mut().for_each(|reach| reach.set_back(now));
        self.status.iter_mut().for_each(|status| status.set_back(now));
        self.log.iter_mut().for_each(|log| log.set_back(now));
        self.refused.iter_mut().for_each(|refused| refused.set_back(now));
        self.last_connection.iter_mut().for_each(|connection| connection.set_back(now));
        for at in self.answered_at.iter_mut().chain(&mut self.refresh_since) {
            *at = if seen(*at) { *at } else { now };
        }
        self.prove.take_if(|prove| !seen(prove.seen_at));
        self.proof.take_if(|proof| !seen(proof.at));
        self.access_changes.retain(|change| seen(change.after));
        self.refresh_changes.retain(|change| seen(change.after));
        for change in self.access_changes.iter_mut().chain(&mut self.refresh_changes) {
            change.by = change.by.min(now.max(change.after));
        }
        self.trace.set_back(now, AHEAD);
    }

    /// When a log row was written, by the host's clock. A row can not be younger than the look that first showed it,
    /// whatever its own time says.
    pub fn host_time(&self, row_at: DateTime<Utc>) -> DateTime<Utc> {
        let offset = TimeDelta::try_seconds(self.clock_offset_s).unwrap_or_default();
        let at = row_at.checked_sub_signed(offset).unwrap_or(row_at);
        self.log.as_ref().map_or(at, |log| at.min(log.since))
    }

    /// Takes the log. Only rows that the look before did not show enter the trace: a row's time would move with the
    /// clock's offset otherwise.
    fn see_log(&mut self, at: DateTime<Utc>, log: &SiteLog) {
        if self.log.as_ref().is_some_and(|known| at < known.seen_at || known.value == *log) {
            look(&mut self.log, at, log.clone());
            return;
        }
        let known = |row: &LogRow, log: &Dated<SiteLog>| {
            log.value.rows.iter().any(|known| (known.id, known.at) == (row.id, row.at))
        };
        let fresh = log.rows.iter().filter(|row| !self.log.as_ref().is_some_and(|log| known(row, log)));
        let fresh: Vec<&LogRow> = fresh.collect();
        look(&mut self.log, at, log.clone());
        for row in fresh {
            if let Some(sight) = told_by(row) {
                self.trace.see(self.host_time(row.at), sight);
            }
        }
    }

    fn see_connection(&mut self, at: DateTime<Utc>, connection: &Connection) {
        let before = self.last_connection.as_ref().map(|seen| (seen.seen_at, seen.value.clone()));
        let (known, former) = before.as_ref().map(|(at, former)| (*at, former.refresh)).unzip();
        let another = self.refresh_since.is_none() || former.flatten() != connection.refresh;
        if another && known.is_none_or(|known| known < at) {
            self.refresh_since = connection.refresh.map(|_| at);
        }
        if let Some((after, former)) = before
            && after < at
        {
            let refreshed = changed(after, at, former.access, connection.access);
            let authorized = changed(after, at, former.refresh, connection.refresh);
            // A refresh is dated like the proof that it is. A new token is dated by the look that shows it: what was
            // refused until then may have been the former one.
            match (refreshed, authorized) {
                (_, Some(_)) => self.trace.see(at, Sight::Good),
                (Some(_), None) => self.trace.see(after, Sight::Good),
                (None, None) => {}
            }
            if let Some(change) = refreshed {
                push_capped(&mut self.access_changes, change);
                self.prove_at(Proof { at: after, how: ProofKind::Refreshed });
            }
            if let Some(change) = authorized {
                push_capped(&mut self.refresh_changes, change);
            }
        }
        look(&mut self.last_connection, at, connection.clone());
    }

    fn prove_at(&mut self, proof: Proof) {
        if self.proof.is_none_or(|known| known.at < proof.at) {
            self.proof = Some(proof);
        }
    }
}

/// What a row of the log tells of the connection.
fn told_by(row: &LogRow) -> Option<Sight> {
    match refusal::read(row.message.as_str()) {
        Some(refusal) if refusal.is_final() => Some(Sight::Refused),
        Some(_) => Some(Sight::Error),
        None => row.is_error().then_some(Sight::Error),
    }
}

/// Takes a look into an optional dated value.
pub(crate) fn look<T: PartialEq>(slot: &mut Option<Dated<T>>, at: DateTime<Utc>, value: T) {
    match slot {
        Some(dated) => {
            dated.look(at, value);
        }
        None => *slot = Some(Dated::new(at, value)),
    }
}

fn changed(
    after: DateTime<Utc>,
    by: DateTime<Utc>,
    from: Option<Fingerprint>,
    to: Option<Fingerprint>,
) -> Option<TokenChange> {
    match (from, to) {
        (Some(from), Some(to)) if from != to => Some(TokenChange { after, by, from, to }),
        _ => None,
    }
}

fn push_capped(changes: &mut Vec<TokenChange>, change: TokenChange) {
    if changes.len() == CHANGES_KEPT {
        changes.remove(0);
    }
    changes.push(change);
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn status(access: u8, refresh: u8) -> Fact {
        Fact::Status(Box::new(SiteStatus::connected(access, refresh)))
    }

    fn fold(facts: Vec<(i64, Fact)>) -> SiteState {
        let name = SiteName::new("shop");
        let mut state = SiteState::unknown(name.clone());
        for (minutes, fact) in facts {
            state.apply(&Observation { target: Target::Site(name.clone()), at: at(minutes), fact });
        }
        state
    }

    #[test]
    fn a_changed_access_token_proves_from_the_look_before() {
        let state = fold(vec![(0, status(1, 9)), (15, status(1, 9)), (30, status(2, 9))]);
        assert_eq!(state.proof, Some(Proof { at: at(15), how: ProofKind::Refreshed }));
        assert_eq!(state.access_changes.len(), 1);
        assert!(state.refresh_changes.is_empty());
    }

    #[test]
    fn a_refresh_token_is_known_since_the_first_look_at_it() {
        let state = fold(vec![(0, status(1, 9)), (15, status(2, 9)), (30, status(3, 9))]);
        assert_eq!(state.refresh_since, Some(at(0)), "whatever else changes");
        let state = fold(vec![(0, status(1, 9)), (15, status(2, 8)), (30, status(3, 8)), (20, status(1, 9))]);
        assert_eq!(state.refresh_since, Some(at(15)), "a look that comes late tells nothing");
    }

    #[test]
    fn a_later_proof_is_not_replaced_by_an_earlier_bound() {
        let state = fold(vec![(0, status(1, 9)), (20, Fact::Prove(ProveOutcome::Good)), (30, status(2, 9))]);
        assert_eq!(state.proof, Some(Proof { at: at(20), how: ProofKind::Called }));
    }

    #[test]
    fn a_withheld_refresh_is_neither_proof_nor_failure() {
        let state = fold(vec![(0, status(1, 9)), (1, Fact::Prove(ProveOutcome::Withheld))]);
        assert_eq!(state.proof, None);
    }

    #[test]
    fn a_refused_call_is_remembered_until_a_good_one() {
        let refused = || Fact::Prove(ProveOutcome::Refused { text: "no".into() });
        let withheld = || Fact::Prove(ProveOutcome::Withheld);
        let state = fold(vec![(0, refused()), (5, refused()), (9, withheld())]);
        assert_eq!(state.refused, Some(Dated { since: at(0), seen_at: at(5), value: "no".into() }));
        assert_eq!(fold(vec![(0, refused()), (5, Fact::Prove(ProveOutcome::Good))]).refused, None);
    }

    #[test]
    fn failing_erases_nothing() {
        let failure = Failure::new(crate::model::FailureClass::Timeout, "no answer within 10 s");
        let state = fold(vec![
            (0, Fact::Answered { clock_offset_s: 0 }),
            (0, status(1, 9)),
            (15, Fact::Failed(failure.clone())),
        ]);
        assert_eq!(state.answered_at, Some(at(0)));
        assert!(state.status.is_some());
        assert_eq!(state.reach.map(|reach| reach.value), Some(Err(failure)));
    }

    #[test]
    fn a_clock_that_was_set_back_blinds_nobody() {
        let answered = || Fact::Answered { clock_offset_s: 0 };
        let good = || Fact::Prove(ProveOutcome::Good);
        let ahead = 40 * 24 * 60;
        let mut state = fold(vec![
            (0, answered()),
            (0, status(1, 9)),
            (ahead, answered()),
            (ahead, status(1, 9)),
            (ahead, good()),
            (ahead + 1, status(2, 9)),
        ]);
        state.set_back(at(15));
        assert_eq!((state.answered_at, state.proof, state.prove.clone()), (Some(at(15)), None, None));
        assert!(state.access_changes.is_empty(), "nobody knows when it changed");
        let status_seen = state.status.as_ref().map(|status| (status.since, status.seen_at));
        assert_eq!(status_seen, Some((at(15), at(15))));
        let target = Target::Site(state.name.clone());
        state.apply(&Observation { target: target.clone(), at: at(16), fact: status(3, 9) });
        assert_eq!(state.status.as_ref().map(|status| status.seen_at), Some(at(16)), "the next look is seen");
        let before = state.clone();
        state.set_back(at(16));
        assert_eq!(state, before, "a clock that did not go back changes nothing");
    }

    #[test]
    fn another_sites_facts_change_nothing() {
        let mut state = SiteState::unknown(SiteName::new("shop"));
        let before = state.clone();
        let target = Target::Site(SiteName::new("news"));
        state.apply(&Observation { target, at: at(0), fact: status(1, 1) });
        assert_eq!(state, before);
    }
}
