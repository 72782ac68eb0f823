//! What can not be a site's approval, and what is left.
//!
//! Each test takes out an approval only for a reason that holds: times of creation and use against what the site showed.
//! Uses `model`.

use super::{Entry, Holder, SLACK, matching};
use crate::diagnosis::horizon::plus;
use crate::diagnosis::standing::Standing;
use crate::model::site_state::TokenChange;
use crate::model::{Basis, Confidence, Rotation, SiteState};
use chrono::{DateTime, Utc};

/// Whether nothing speaks against `entry` being the holder's approval.
pub(super) fn can_be(holder: &Holder, entry: &Entry, rotation: Rotation) -> bool {
    // Whether a rotated token keeps its row, and the row its date, is published nowhere.
    let made_in_time = rotation == Rotation::On
        || holder.sites.iter().all(|site| {
            entry.created <= plus(token_known_by(site), SLACK)
                && token_made_after(site).is_none_or(|after| entry.created >= plus(after, -SLACK))
        });
    made_in_time
        && made_before_break(holder, entry)
        && used_with(holder, entry)
        && (rotation == Rotation::On || used_each_time(holder, entry))
        && !outlived(holder, entry)
}

/// A token that was refused existed before it was.
fn made_before_break(holder: &Holder, entry: &Entry) -> bool {
    match &holder.standing {
        Standing::Broken(found) => entry.created <= plus(found.first, SLACK),
        Standing::Clear | Standing::Doubtful(_) => true,
    }
}

/// A refresh that is known to have succeeded left its date: an approval unused since before it is another's.
fn used_with(holder: &Holder, entry: &Entry) -> bool {
    if entry.departed.is_some_and(|departed| departed.doubtful) {
        return true;
    }
    holder.sites.iter().filter_map(|site| site.access_changes.last()).all(|change| {
        let shown_since = entry.seen_at > change.by;
        !shown_since || entry.used >= plus(change.after, -SLACK)
    })
}

/// Every refresh that succeeded left its date, in the stretch between two looks in which the site's access token changed:
/// an approval that was watched and not used then is another's. Over days this leaves one.
fn used_each_time(holder: &Holder, entry: &Entry) -> bool {
    let Some(uses) = entry.uses else { return true };
    holder
        .sites
        .iter()
        .flat_map(|site| refreshes(site))
        .all(|change| uses.in_between(plus(change.after, -SLACK), plus(change.by, SLACK)) != Some(false))
}

/// Refreshes of the present token: an authorization changes the access token too, and leaves no use.
pub(in crate::diagnosis) fn refreshes(site: &SiteState) -> impl Iterator<Item = &TokenChange> {
    let since = token_since(site);
    site.access_changes.iter().filter(move |change| since.is_none_or(|since| change.after >= since))
}

/// The first look that showed the present token, where another was seen before it.
fn token_since(site: &SiteState) -> Option<DateTime<Utc>> {
    site.refresh_changes.last().map(|change| change.by)
}

/// An approval that left while the same token went on working is another's.
fn outlived(holder: &Holder, entry: &Entry) -> bool {
    entry.departed.is_some_and(|departed| {
        let made = holder.sites.iter().any(|site| token_known_by(site) <= departed.gone_by);
        let worked = holder.sites.iter().any(|site| {
            site.proof.is_some_and(|proof| proof.at > departed.gone_by && token_known_by(site) <= proof.at)
        });
        made && worked
    })
}

/// The first look that showed the present refresh token: it was made by then.
pub(in crate::diagnosis) fn token_known_by(site: &SiteState) -> DateTime<Utc> {
    site.refresh_since.unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// The last look that showed another refresh token: the present one was made after it.
fn token_made_after(site: &SiteState) -> Option<DateTime<Utc>> {
    site.refresh_changes.last().map(|change| change.after)
}

/// Gives each holder its approval where only one is left.
pub(super) fn settle(holders: &mut [Holder], entries: &[Entry], complete: bool) {
    // A site that works and has no approval left: the list and the sites do not tell one story.
    let at_odds = holders.iter().any(|holder| holder.live && holder.can.is_empty());
    for (index, entry) in linked(holders, entries) {
        give(holders, index, entry, Confidence::High, Basis::Found);
    }
    while let Some((index, entry)) = forced(holders).or_else(|| matching::only_way(holders, entries.len())) {
        give(holders, index, entry, Confidence::High, Basis::Remains);
    }
    for index in 0..holders.len() {
        let Some(entry) = alone(holders, index) else { continue };
        let only = holders.len() == 1 && entries.len() == 1;
        let in_window = holders[index].sites.iter().any(|site| token_made_after(site).is_some());
        let (confidence, basis) = match (only, in_window) {
            (true, _) => (Confidence::High, Basis::Only),
            (_, true) => (Confidence::High, Basis::Made),
            _ => (Confidence::Medium, Basis::Remains),
        };
        give(holders, index, entry, confidence, basis);
    }
    for index in 0..holders.len() {
        if let Some(entry) = coincident(holders, entries, index) {
            give(holders, index, entry, Confidence::Medium, Basis::Used);
        }
    }
    if !complete || at_odds {
        for own in holders.iter_mut().filter_map(|holder| holder.own.as_mut()) {
            own.1 = own.1.min(Confidence::Medium);
        }
    }
}

/// What was found before of the tokens that are held now. An approval that was found to be another token's is nobody's here.
fn linked(holders: &mut [Holder], entries: &[Entry]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (entry, link) in entries.iter().enumerate().filter_map(|(index, entry)| Some((index, entry.link?))) {
        let holder = holders.iter().position(|holder| holder.token == Some(link.refresh));
        match holder {
            Some(index) if holders[index].can.contains(&entry) => found.push((index, entry)),
            // It contradicts what was seen since, and is not leaned on.
            Some(_) => {}
            None => holders.iter_mut().for_each(|holder| holder.can.retain(|candidate| *candidate != entry)),
        }
    }
    found
}

/// A token that works has an approval, so the last candidate is its own; unless two tokens say so.
fn forced(holders: &[Holder]) -> Option<(usize, usize)> {
    let last = |holder: &Holder| match holder.can[..] {
        [entry] if holder.live && holder.own.is_none() => Some(entry),
        _ => None,
    };
    holders.iter().enumerate().find_map(|(index, holder)| {
        let entry = last(holder)?;
        (holders.iter().filter(|other| last(other) == Some(entry)).count() == 1).then_some((index, entry))
    })
}

/// The one candidate of a holder that is nobody else's candidate.
fn alone(holders: &[Holder], index: usize) -> Option<usize> {
    let holder = &holders[index];
    let [entry] = holder.can[..] else { return None };
    let wanted = holders.iter().filter(|holder| holder.can.contains(&entry)).count();
    (holder.own.is_none() && wanted == 1).then_some(entry)
}

/// The one candidate that was last used between the two looks between which the site refreshed last, where no other
/// site refreshed then.
fn coincident(holders: &[Holder], entries: &[Entry], index: usize) -> Option<usize> {
    let refreshed = |holder: &Holder, used: DateTime<Utc>| {
        let changes = holder.sites.iter().filter_map(|site| site.access_changes.last());
        changes.into_iter().any(|change| used >= change.after && used <= change.by)
    };
    let holder = &holders[index];
    if holder.own.is_some() || !holder.live {
        return None;
    }
    let mut fitting = holder.can.iter().filter(|entry| refreshed(holder, entries[**entry].used));
    let (entry, None) = (*fitting.next()?, fitting.next()) else { return None };
    let others = holders.iter().filter(|holder| holder.own.is_none() && refreshed(holder, entries[entry].used)).count();
    (others == 1).then_some(entry)
}

fn give(holders: &mut [Holder], index: usize, entry: usize, confidence: Confidence, basis: Basis) {
    for (other, holder) in holders.iter_mut().enumerate() {
        if other != index {
            holder.can.retain(|candidate| *candidate != entry);
        }
    }
    holders[index].can = vec![entry];
    holders[index].own = Some((entry, confidence, basis));
}
