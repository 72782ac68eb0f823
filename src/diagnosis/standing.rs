//! What a site's own words say about its connection: the break, if there is one.
//!
//! A break is the first refusal of the newest run of final refusals that are newer than the proof and newer than the
//! present refresh token. Needs no clock and no org. Uses `model` and `refusal`.

use crate::diagnosis::horizon::plus;
use crate::model::refusal::{self, Refusal};
use crate::model::{Clean, SiteState};
use chrono::{DateTime, TimeDelta, Utc};

/// How far a log row's time may lie after what it says: rows are written in whole seconds, and offsets come in steps of
/// five.
const ROW_SLACK: TimeDelta = TimeDelta::seconds(5);

/// A log of so many rows may have lost its beginning: the agent sends at most 50, and may be asked for fewer.
const FULL_LOG: usize = 20;

/// What the newest final refusal means now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// No final refusal is newer than the proof.
    Clear,
    /// The present token was refused for good, and nothing worked since.
    Broken(Break),
    /// A final refusal is newer than the proof, and may be about a former token: neither dead nor well.
    Doubtful(Break),
}

/// A run of final refusals of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Break {
    /// The first refusal, by the host's clock.
    pub(super) first: DateTime<Utc>,
    /// The last one seen.
    pub(super) last: DateTime<Utc>,
    /// What was refused.
    pub(super) refusal: Refusal,
    /// The words of the first.
    pub(super) text: Clean,
    /// Who showed it.
    pub(super) shown_by: ShownBy,
    /// Whether the log that was read begins with this run: then it may have begun earlier.
    pub(super) cut: bool,
}

/// Who showed a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ShownBy {
    /// The plugin's log.
    Log,
    /// A call that fusebox asked for.
    Call,
}

/// One log row that tells of a refusal.
struct Refused<'a> {
    /// When it was, by the host's clock.
    at: DateTime<Utc>,
    /// The latest that it can have been.
    latest: DateTime<Utc>,
    refusal: Refusal,
    text: &'a Clean,
}

/// Reads a site's log and calls.
pub(super) fn standing(site: &SiteState) -> Standing {
    let found = match (from_log(site), from_call(site)) {
        (Some(log), Some(call)) => Some(merge(log, call)),
        (log, call) => log.or(call),
    };
    match (found, site.refresh_changes.last()) {
        (None, _) => Standing::Clear,
        (Some(found), Some(change)) if found.last <= change.by => Standing::Doubtful(found),
        (Some(found), _) => Standing::Broken(found),
    }
}

/// The newest run in the log.
fn from_log(site: &SiteState) -> Option<Break> {
    let log = site.log.as_ref()?;
    let mut rows: Vec<Refused> = refusals(site)
        .filter(|row| row.refusal.is_final() && site.proof.is_none_or(|proof| row.latest >= proof.at))
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.at));
    let newest = rows.first()?;
    let (refusal, last) = (newest.refusal, newest.at);
    // Refusals of a former token are not of this run.
    let token_since = site.refresh_changes.last().map(|change| change.by).filter(|by| last > *by);
    let first = rows
        .iter()
        .take_while(|row| row.refusal == refusal && token_since.is_none_or(|since| row.at > since))
        .last()
        .unwrap_or(newest);
    let oldest_row = log.value.rows.iter().map(|row| site.host_time(row.at)).min();
    Some(Break {
        first: first.at,
        last,
        refusal,
        text: first.text.clone(),
        shown_by: ShownBy::Log,
        cut: log.value.rows.len() >= FULL_LOG && oldest_row.is_some_and(|oldest| oldest >= first.at),
    })
}

/// The call that was refused, if nothing worked since.
fn from_call(site: &SiteState) -> Option<Break> {
    let call = site.refused.as_ref().filter(|call| site.proof.is_none_or(|proof| call.seen_at >= proof.at))?;
    let refusal = refusal::read_call(call.value.as_str());
    refusal.is_final().then(|| Break {
        first: if site.proof.is_none_or(|proof| call.since >= proof.at) { call.since } else { call.seen_at },
        last: call.seen_at,
        refusal,
        text: call.value.clone(),
        shown_by: ShownBy::Call,
        cut: false,
    })
}

/// The newer of two breaks, reaching back to the first refusal of both where they are of one kind.
fn merge(log: Break, call: Break) -> Break {
    let (mut newer, older) = if call.last >= log.last { (call, log) } else { (log, call) };
    if newer.refusal == older.refusal && older.first < newer.first {
        newer.first = older.first;
        newer.cut = older.cut;
    }
    newer
}

fn refusals(site: &SiteState) -> impl Iterator<Item = Refused<'_>> {
    site.log.iter().flat_map(|log| &log.value.rows).filter_map(|row| {
        let refusal = refusal::read(row.message.as_str())?;
        let at = site.host_time(row.at);
        Some(Refused { at, latest: at_most(site, plus(at, ROW_SLACK)), refusal, text: &row.message })
    })
}

fn at_most(site: &SiteState, at: DateTime<Utc>) -> DateTime<Utc> {
    site.log.as_ref().map_or(at, |log| at.min(log.since))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::fixture::{at, site};

    const DEAD: &str = "Error refreshing access token: expired access/refresh token";
    const INACTIVE: &str = "Error refreshing access token: inactive user";

    fn broken(state: &SiteState) -> Break {
        match standing(state) {
            Standing::Broken(found) => found,
            other => panic!("broken was expected: {other:?}"),
        }
    }

    #[test]
    fn a_run_begins_with_its_first_refusal_and_has_one_kind() {
        let state = site("shop").row(-50, INACTIVE).row(-40, DEAD).row(-30, DEAD).row(-20, DEAD).looked(0).build();
        let found = broken(&state);
        assert_eq!((found.first, found.last, found.refusal), (at(-40), at(-20), Refusal::TokenDead));
        assert!(!found.cut);
    }

    #[test]
    fn a_full_log_that_begins_with_the_run_is_cut() {
        let rows = |count| (0..count).fold(site("shop"), |site, row| site.row(row - 100, DEAD)).looked(0).build();
        assert!(broken(&rows(20)).cut);
        assert!(!broken(&rows(3)).cut);
    }

    #[test]
    fn a_proof_ends_a_run() {
        let state = site("shop").row(-40, DEAD).looked(0).good(0).build();
        assert_eq!(standing(&state), Standing::Clear);
        let state = site("shop").row(-40, DEAD).looked(0).good(0).row(3, DEAD).row(4, DEAD).looked(5).build();
        assert_eq!(broken(&state).first, at(3));
    }

    #[test]
    fn what_passes_breaks_nothing() {
        let state = site("shop").row(-1, "Error refreshing access token: token request is already being processed");
        assert_eq!(standing(&state.looked(0).build()), Standing::Clear);
    }

    #[test]
    fn a_refusal_older_than_the_present_token_is_doubtful() {
        let state = site("shop").token(1).looked(0).good(0).row(5, DEAD).token(2).looked(15).build();
        assert!(matches!(standing(&state), Standing::Doubtful(_)));
        let state = site("shop").token(1).looked(0).row(5, DEAD).token(2).looked(15).row(20, DEAD).looked(30).build();
        assert_eq!(broken(&state).first, at(20));
    }

    #[test]
    fn a_refused_call_outlives_calls_that_show_nothing() {
        let state = site("shop").looked(0).good(0).refused(10, "Unauthorized").withheld(20).build();
        assert_eq!(broken(&state).shown_by, ShownBy::Call);
        let limit = site("shop").looked(0).good(0).refused(10, "Forbidden - TotalRequests Limit exceeded.").build();
        assert_eq!(standing(&limit), Standing::Clear);
    }

    #[test]
    fn a_row_is_never_younger_than_the_look_that_shows_it() {
        let state = site("shop").row(1_000_000, DEAD).looked(0).good(1).build();
        assert_eq!(standing(&state), Standing::Clear, "the call worked after the row was read");
        let state = site("shop").good(-1).row(1_000_000, DEAD).looked(0).build();
        assert_eq!(broken(&state).first, at(0));
    }

    #[test]
    fn a_skewed_clock_shifts_nothing() {
        let state = site("shop").clock(300).row(-40, DEAD).looked(0).build();
        assert_eq!(broken(&state).first, at(-40));
        // Five minutes ahead, a refusal of before the proof is written with a time after it.
        let state = site("shop").clock(300).row(-1, DEAD).looked(0).good(1).build();
        assert_eq!(standing(&state), Standing::Clear);
    }
}
