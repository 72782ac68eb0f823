//! From which address a site refreshes, and from which an approval is used, by the org's login history.
//!
//! An address is learnt from logins alone, and only where it is the one that fits: names are not resolved, and what several
//! sites use decides nothing. Uses `model`.

use super::candidates::refreshes;
use super::{Entry, Holder, SLACK};
use crate::diagnosis::horizon::plus;
use crate::model::site_state::TokenChange;
use crate::model::{Clean, LoginKind, OrgState, SiteState, UserId};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeSet;

/// A login and the use that it wrote down are of one second; one more, as each is cut to whole ones.
const SAME_MOMENT: TimeDelta = TimeDelta::seconds(1);

/// Where one user's logins came from.
#[derive(Clone, Copy, Debug)]
pub(in crate::diagnosis) struct Addresses<'a> {
    org: &'a OrgState,
    user: &'a UserId,
}

/// The address that a site refreshed from, and the stretch in which that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::diagnosis) struct Own<'a> {
    pub(in crate::diagnosis) address: &'a Clean,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

impl<'a> Addresses<'a> {
    pub(in crate::diagnosis) fn new(org: &'a OrgState, user: &'a UserId) -> Self {
        Self { org, user }
    }

    /// The one address that refreshed each time the site did. Each of its refreshes left a login between the two looks
    /// between which its access token changed; what is common to all these stretches is its own, if it is one.
    pub(in crate::diagnosis) fn of_site(&self, site: &SiteState) -> Option<Own<'a>> {
        let mut common: Option<BTreeSet<&'a Clean>> = None;
        let mut seen: Option<(DateTime<Utc>, DateTime<Utc>)> = None;
        for change in refreshes(site) {
            let Some(addresses) = self.in_window(change) else { continue };
            seen =
                Some(seen.map_or((change.after, change.by), |(from, to)| (from.min(change.after), to.max(change.by))));
            common = Some(match common {
                Some(known) => known.intersection(&addresses).copied().collect(),
                None => addresses,
            });
        }
        let (common, (from, to)) = common.zip(seen)?;
        let mut common = common.into_iter();
        match (common.next(), common.next()) {
            (Some(address), None) => Some(Own { address, from, to }),
            _ => None,
        }
    }

    /// Addresses of the refreshes that succeeded in a window; none where the logins of then were not read, or one of them
    /// does not tell its address.
    fn in_window(&self, change: &TokenChange) -> Option<BTreeSet<&'a Clean>> {
        let (from, to) = (plus(change.after, -SLACK), plus(change.by, SLACK));
        let logins = self.between(from, to)?;
        logins
            .filter(|(_, login)| login.how == LoginKind::Refresh && login.refused.is_none())
            .map(|(from, _)| from)
            .collect()
    }

    /// The address that an approval was used from at a moment, where one login alone fits.
    pub(in crate::diagnosis) fn of_use(&self, at: DateTime<Utc>) -> Option<&'a Clean> {
        let mut addresses = self.between(plus(at, -SAME_MOMENT), plus(at, SAME_MOMENT))?.map(|(from, _)| from);
        let first = addresses.next()??;
        addresses.all(|other| other == Some(first)).then_some(first)
    }

    fn between(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Option<impl Iterator<Item = (Option<&'a Clean>, &'a crate::model::Login)> + use<'a>> {
        let (from, to) = (self.org.to_org_time(from), self.org.to_org_time(to));
        let logins = self.org.history.logins_between(self.user, from, to)?;
        Some(logins.map(|login| (login.from.as_ref(), login)))
    }

    /// Whether others use the address too: another user of the org, that is seen in its logins.
    fn is_shared(&self, address: &Clean) -> bool {
        let others = self.org.history.logins.iter().filter(|(user, _)| *user != self.user);
        others.flat_map(|(_, logins)| &logins.rows).any(|login| login.from.as_ref() == Some(address))
    }
}

/// The address of each holder, where it is its own alone: of a token that one site holds, from an address that no other site
/// and no other user was seen at.
pub(super) fn of_holders<'a>(addresses: Addresses<'a>, holders: &[Holder<'a>]) -> Vec<Option<Own<'a>>> {
    let own = |holder: &Holder<'a>| match holder.sites[..] {
        [site] => addresses.of_site(site),
        // A copy calls from elsewhere with the same token.
        _ => None,
    };
    let known: Vec<Option<Own<'a>>> = holders.iter().map(own).collect();
    let at = |address: &Clean| known.iter().flatten().filter(|own| own.address == address).count();
    known.iter().map(|own| own.filter(|own| at(own.address) == 1 && !addresses.is_shared(own.address))).collect()
}

/// Whether an approval was used from elsewhere, and never from the site's own address, while that was the site's: then it is
/// another's.
pub(super) fn used_elsewhere(addresses: Addresses<'_>, own: Own<'_>, entry: &Entry) -> bool {
    let Some(uses) = entry.uses else { return false };
    let watched = plus(own.from, -SLACK)..=plus(own.to, SLACK);
    let mut elsewhere = false;
    // The last use before a look is known to the second, whatever is hidden behind it.
    let moments = uses.moves.iter().map(|step| step.at).filter(|at| watched.contains(at));
    for address in moments.filter_map(|at| addresses.of_use(at)) {
        if address == own.address {
            return false;
        }
        elsewhere = true;
    }
    elsewhere
}
