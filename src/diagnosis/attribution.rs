//! Which approval belongs to which site of one Salesforce user, with how it is known. "Unknown" is an answer.
//!
//! Salesforce does not say which site holds an approval, so each site's approval is what is left when all that can not be
//! its own is taken out. Uses `model`, `standing` and `refusal`.

mod address;
mod candidates;
mod matching;
#[cfg(test)]
mod tests;

pub(super) use address::Addresses;
pub(super) use candidates::{refreshes, token_known_by};

use crate::diagnosis::standing::{Standing, standing};
use crate::model::org_state::DEPARTED_KEPT;
use crate::model::refusal::Refusal;
use crate::model::{
    Approval, Basis, Confidence, Departed, Fingerprint, Fleet, Link, OrgId, OrgState, Rotation, SiteName, SiteState,
    UserId, Uses,
};
use chrono::{DateTime, TimeDelta, Utc};

/// How far two clocks may be apart before "made in that moment" stops meaning it.
pub(super) const SLACK: TimeDelta = TimeDelta::seconds(120);

/// One user's approvals and the sites that may hold them.
#[derive(Debug)]
pub(super) struct Ledger<'a> {
    /// Approvals listed now, oldest first, then those that left.
    pub(super) entries: Vec<Entry<'a>>,
    /// The sites of this user, by the refresh token they hold.
    pub(super) holders: Vec<Holder<'a>>,
    /// Whether all approvals of the user are listed.
    pub(super) complete: bool,
    /// Where the user's logins came from.
    pub(super) addresses: Addresses<'a>,
}

/// One approval, its times by the host's clock.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) approval: &'a Approval,
    pub(super) created: DateTime<Utc>,
    /// The last refresh request, or the making.
    pub(super) used: DateTime<Utc>,
    /// The last look that showed it.
    pub(super) seen_at: DateTime<Utc>,
    /// Set when it is not listed any more.
    pub(super) departed: Option<&'a Departed>,
    /// When it was used, as far as that was watched.
    pub(super) uses: Option<&'a Uses>,
    /// Whose it was found to be, where that was found before.
    pub(super) link: Option<&'a Link>,
}

/// Sites that hold one refresh token: one site, or one with its clones.
#[derive(Debug)]
pub(super) struct Holder<'a> {
    pub(super) sites: Vec<&'a SiteState>,
    /// The token's fingerprint, where the sites told it.
    pub(super) token: Option<Fingerprint>,
    pub(super) standing: Standing,
    /// Whether one of the sites still has its connection.
    pub(super) connected: bool,
    /// Whether it has been proved to work lately: then its approval is among the entries.
    pub(super) live: bool,
    /// Entries that can be its own.
    can: Vec<usize>,
    own: Option<(usize, Confidence, Basis)>,
}

/// A site's approval.
#[derive(Clone, Copy, Debug)]
pub(super) struct Own<'a> {
    /// Its position among the listed ones, 0 for the oldest; none when it left.
    pub(super) position: Option<usize>,
    pub(super) entry: &'a Entry<'a>,
    pub(super) confidence: Confidence,
    /// How it is known.
    pub(super) basis: Basis,
}

impl<'a> Ledger<'a> {
    /// Joins the approvals of `user` with the sites that were authorized as this user.
    pub(super) fn new(
        fleet: &'a Fleet,
        org: &'a OrgState,
        org_id: &OrgId,
        user: &'a UserId,
        rotation: Rotation,
        proof_max_age: TimeDelta,
    ) -> Self {
        let complete = org.lists_all_approvals();
        let entries = entries(org, user);
        let mut holders = holders(fleet, org_id, user);
        for holder in &mut holders {
            holder.live = holder.connected
                && holder.standing == Standing::Clear
                && listed_since(org, holder)
                && holder.proved_at().is_some_and(|proof| still_among_entries(org, proof, proof_max_age));
            holder.can =
                (0..entries.len()).filter(|entry| candidates::can_be(holder, &entries[*entry], rotation)).collect();
        }
        let addresses = Addresses::new(org, user);
        elsewhere(addresses, &mut holders, &entries);
        candidates::settle(&mut holders, &entries, complete);
        Self { entries, holders, complete, addresses }
    }

    /// Approvals that are listed now, oldest first.
    pub(super) fn listed(&self) -> &[Entry<'a>] {
        let listed = self.entries.iter().take_while(|entry| entry.departed.is_none()).count();
        &self.entries[..listed]
    }

    /// Of these the user's next approval removes one when the user is full: the oldest, with those that were made in the same
    /// second, since Salesforce tells no order within one.
    pub(super) fn oldest(&self) -> &[Entry<'a>] {
        let listed = self.listed();
        let made = listed.first().map(|first| first.approval.created_at);
        let count = listed.iter().take_while(|entry| Some(entry.approval.created_at) == made).count();
        &listed[..count]
    }

    /// Holders of which one of the oldest may be the approval ([`Ledger::may_hold`]).
    pub(super) fn may_leave_first(&self) -> Vec<&Holder<'a>> {
        let mut holders: Vec<&Holder> = Vec::new();
        for holder in (0..self.oldest().len()).flat_map(|index| self.may_hold(index)) {
            if !holders.iter().any(|known| std::ptr::eq(*known, holder)) {
                holders.push(holder);
            }
        }
        holders
    }

    /// The token that `site` holds, with all its sites.
    pub(super) fn holder_of(&self, site: &SiteName) -> Option<&Holder<'a>> {
        self.holders.iter().find(|holder| holder.sites.iter().any(|held| held.name == *site))
    }

    /// The approval of a token, where it is known.
    pub(super) fn own(&'a self, holder: &Holder<'a>) -> Option<Own<'a>> {
        let (index, confidence, basis) = holder.own?;
        let entry = self.entries.get(index)?;
        Some(Own { position: entry.departed.is_none().then_some(index), entry, confidence, basis })
    }

    /// The holder that is known to own an entry, however surely.
    pub(super) fn owner_of(&self, index: usize) -> Option<&Holder<'a>> {
        self.holders.iter().find(|holder| holder.own.is_some_and(|(own, ..)| own == index))
    }

    /// Holders of which an entry may be the approval, and which have a use for it: not the ones whose token is dead or
    /// disconnected.
    pub(super) fn may_hold(&self, index: usize) -> Vec<&Holder<'a>> {
        match self.owner_of(index) {
            Some(owner) => vec![owner],
            None => self
                .holders
                .iter()
                .filter(|holder| holder.own.is_none() && holder.uses_its_token() && holder.can.contains(&index))
                .collect(),
        }
    }

    /// Listed approvals that may be the holder's: its own where it is known.
    pub(super) fn candidates<'s>(&'s self, holder: &'s Holder<'a>) -> impl Iterator<Item = &'s Entry<'a>> {
        holder.can.iter().map(|index| &self.entries[*index]).filter(|entry| entry.departed.is_none())
    }

    /// Whether any of the listed approvals may be the holder's.
    pub(super) fn may_be_listed(&self, holder: &Holder<'a>) -> bool {
        self.candidates(holder).next().is_some()
    }

    /// Listed approvals that no known site can hold: the ones to revoke first.
    pub(super) fn orphans(&self) -> impl Iterator<Item = &Entry<'a>> {
        let listed = self.listed();
        listed.iter().enumerate().filter(|(index, _)| self.may_hold(*index).is_empty()).map(|(_, entry)| entry)
    }
}

impl Holder<'_> {
    fn proved_at(&self) -> Option<DateTime<Utc>> {
        self.sites.iter().filter_map(|site| site.proof).map(|proof| proof.at).max()
    }

    fn uses_its_token(&self) -> bool {
        self.connected
            && match &self.standing {
                Standing::Broken(found) => found.refusal != Refusal::TokenDead,
                _ => true,
            }
    }
}

/// Takes out what was used from another address than the holder's own.
fn elsewhere<'a>(addresses: Addresses<'a>, holders: &mut [Holder<'a>], entries: &[Entry<'a>]) {
    let own = address::of_holders(addresses, holders);
    for (holder, own) in holders.iter_mut().zip(own) {
        if let Some(own) = own {
            let found_before = |entry: &Entry| entry.link.is_some_and(|link| Some(link.refresh) == holder.token);
            holder.can.retain(|index| {
                let entry = &entries[*index];
                found_before(entry) || !address::used_elsewhere(addresses, own, entry)
            });
        }
    }
}

fn entries<'a>(org: &'a OrgState, holder: &UserId) -> Vec<Entry<'a>> {
    let entry = |approval: &'a Approval, seen_at, departed| {
        let created = org.to_host_time(approval.created_at);
        let used = approval.last_used_at.map_or(created, |at| org.to_host_time(at).max(created));
        Entry {
            approval,
            created,
            used,
            seen_at,
            departed,
            uses: org.uses.get(&approval.id),
            link: org.links.get(&approval.id),
        }
    };
    let listed_at = org.approvals.get(holder).map(|rows| rows.seen_at);
    let listed = org.approvals_of(holder).iter().filter_map(|approval| Some(entry(approval, listed_at?, None)));
    let mut entries: Vec<Entry> = listed.collect();
    entries.sort_by_key(|entry| entry.created);
    let departed = org.departed.iter().filter(|departed| departed.approval.user == *holder);
    entries.extend(departed.map(|departed| entry(&departed.approval, departed.last_seen, Some(departed))));
    entries
}

/// Whether an approval that lived at `proof` is listed now or known to have left: nothing leaves unseen while the list is
/// watched, and what left is remembered. Where the list was not watched yet, a young proof has to do.
fn still_among_entries(org: &OrgState, proof: DateTime<Utc>, proof_max_age: TimeDelta) -> bool {
    let Some(coverage) = &org.coverage else { return true };
    let age = coverage.seen_at.signed_duration_since(proof);
    let watched = org.lists_all_approvals() && proof >= coverage.since;
    age <= proof_max_age || (watched && age < DEPARTED_KEPT)
}

/// Whether approvals were listed since the token was first seen: one that was made after the last list is on none.
fn listed_since(org: &OrgState, holder: &Holder) -> bool {
    let listed_at = org.coverage.as_ref().map(|coverage| coverage.seen_at);
    listed_at.is_none_or(|listed| holder.sites.iter().any(|site| token_known_by(site) <= listed))
}

fn holders<'a>(fleet: &'a Fleet, org: &OrgId, user: &UserId) -> Vec<Holder<'a>> {
    let mut holders: Vec<Holder> = Vec::new();
    for site in fleet.authorized_as(org, user) {
        let token = site.last_connection.as_ref().and_then(|seen| seen.value.refresh);
        let known = holders.iter_mut().find(|holder| holder.token.is_some() && holder.token == token);
        let connected = is_connected(site);
        let standing = standing(site);
        if let Some(holder) = known {
            holder.sites.push(site);
            holder.connected |= connected;
            holder.standing = newer(std::mem::replace(&mut holder.standing, Standing::Clear), standing);
        } else {
            let can = Vec::new();
            holders.push(Holder { sites: vec![site], token, standing, connected, live: false, can, own: None });
        }
    }
    holders
}

/// One token's standing as two sites tell it: the one that says more.
fn newer(one: Standing, other: Standing) -> Standing {
    match (&one, &other) {
        (Standing::Broken(a), Standing::Broken(b)) if b.first < a.first => other,
        (Standing::Broken(_), _) | (_, Standing::Clear) => one,
        _ => other,
    }
}

/// Whether the site's last status showed a stored connection that the plugin uses.
pub(super) fn is_connected(site: &SiteState) -> bool {
    site.status.as_ref().is_none_or(|status| status.value.connection.is_some())
}
