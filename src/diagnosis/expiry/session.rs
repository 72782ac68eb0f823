//! When a site's session ends: read off Salesforce's list of sessions where one is told to be the site's, reckoned from what
//! sessions of its user last where none is. Uses `model` and `context`.

use crate::diagnosis::attribution::Own;
use crate::diagnosis::context::{Account, Context};
use crate::diagnosis::horizon::plus;
use crate::model::{Clean, Confidence, Expiry, OrgState, Origin, Session};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// A session and the refresh that it began with are written down within this time.
const SAME_MOMENT: TimeDelta = TimeDelta::seconds(2);

/// When the session of a connected site ends.
pub(super) fn end(context: &Context) -> Expiry {
    let Some(org) = context.org else { return Expiry::unknown("its org is not in this fleet") };
    let Some(account) = &context.account else {
        return Expiry::unknown("the site names another org or no user");
    };
    let Some(read) = &org.history.sessions else { return Expiry::unknown("sessions are not read yet") };
    if let Some(refused) = read.value.refused() {
        return Expiry::unknown(format!("needs {}", refused.permission));
    }
    let listed = read.value.seen().map(Vec::as_slice).unwrap_or_default();
    let sessions: Vec<&Session> = listed.iter().filter(|session| session.user == *account.id).collect();
    let (at, origin) = match own(context, org, account, &sessions, read.seen_at) {
        Some(session) => (org.to_host_time(session.ends_at()), Origin::Measured),
        None => match reckoned(context, &sessions) {
            Some(at) => (at, Origin::Policy),
            None if sessions.is_empty() => return Expiry::unknown("no session of its user is listed"),
            None => return Expiry::unknown("which session is its own is not known"),
        },
    };
    // It goes on with every call, so that a passed end means that nobody looked since.
    if context.horizon.reached(at) {
        return Expiry::unknown("not looked at since its session was to end");
    }
    Expiry::At { at, origin }
}

/// The site's own session: the one that began with the last use of its approval, or between the two looks between which its
/// access token changed last; from its own address where that is known, and the only one that fits.
fn own<'a>(
    context: &Context,
    org: &OrgState,
    account: &Account,
    sessions: &[&'a Session],
    read_at: DateTime<Utc>,
) -> Option<&'a Session> {
    let address = account.ledger.addresses.of_site(context.site).map(|own| own.address);
    let used = context.own().filter(is_sure).map(|own| (own.entry.used, own.entry.used));
    let changed = context.site.access_changes.last().map(|change| (change.after, change.by));
    // A refresh after the sessions were read began one that is not among them.
    let stretches = [used, changed].into_iter().flatten().filter(|(_, by)| *by <= read_at);
    stretches.into_iter().find_map(|(after, by)| {
        let stretch = plus(after, -SAME_MOMENT)..=plus(by, SAME_MOMENT);
        let fits = |session: &&Session| {
            stretch.contains(&org.to_host_time(session.began_at)) && may_come_from(session, address)
        };
        let mut fitting = sessions.iter().copied().filter(fits);
        match (fitting.next(), fitting.next()) {
            (Some(session), None) => Some(session),
            _ => None,
        }
    })
}

fn is_sure(own: &Own) -> bool {
    own.confidence == Confidence::High && own.position.is_some()
}

fn may_come_from(session: &Session, address: Option<&Clean>) -> bool {
    address.is_none_or(|address| session.from.as_ref() == Some(address))
}

/// The last call that is known to have worked, and what sessions of the user last: most of them, and of two the shorter.
fn reckoned(context: &Context, sessions: &[&Session]) -> Option<DateTime<Utc>> {
    let mut spans: BTreeMap<u32, usize> = BTreeMap::new();
    for session in sessions {
        *spans.entry(session.valid_s).or_default() += 1;
    }
    let (seconds, _) = spans.into_iter().rev().max_by_key(|(_, count)| *count)?;
    Some(plus(context.site.proof?.at, TimeDelta::seconds(i64::from(seconds))))
}
