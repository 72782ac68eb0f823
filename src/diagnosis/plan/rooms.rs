//! The room that users have: how many approvals each can get without one that works being lost, and what that takes. Pure
//! counting over slots; knows no fleet.
//!
//! A user has free slots; then those whose holder nothing works with, which Salesforce removes by itself as long as they are the
//! oldest; then such ones further up, which have to be revoked one by one. Of two approvals made in one second none can be named
//! for a revocation, and either may leave first.

use crate::diagnosis::ledger::UserSlots;
use crate::model::{HeldSlot, SiteName};

/// One user's room.
#[derive(Clone, Debug)]
pub(super) struct Rooms<'a> {
    pub(super) user: &'a UserSlots,
    /// The limit.
    limit: usize,
    /// Slots in use, with what is placed already.
    used: usize,
    /// The oldest, in groups of what was made in one second, as long as nothing works with them. Next one last.
    leaving: Vec<Vec<&'a HeldSlot>>,
    /// How many of the next group left already.
    left: usize,
    /// Others that nothing works with, next one last.
    revocable: Vec<&'a HeldSlot>,
}

/// How a slot is had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Room<'a> {
    /// It is free: this one, counted from 1.
    Free(usize),
    /// Salesforce removes one of these.
    Leaves(Vec<&'a HeldSlot>),
    /// This one has to be revoked before.
    Revoke(&'a HeldSlot),
}

/// Whether nothing works with an approval, for sure.
pub(super) fn is_spare(held: &HeldSlot) -> bool {
    held.whose.loss(|_: &SiteName| false).is_nothing()
}

impl<'a> Rooms<'a> {
    /// The room of a user that may be planned with.
    pub(super) fn new(user: &'a UserSlots, limit: u32) -> Self {
        let groups: Vec<Vec<&HeldSlot>> = user
            .held
            .chunk_by(|one, next| one.created_at == next.created_at)
            .map(|made| made.iter().collect())
            .collect();
        let oldest = groups.iter().take_while(|made| made.iter().all(|held| is_spare(held))).count();
        let mut revocable: Vec<&HeldSlot> =
            groups[oldest..].iter().flatten().copied().filter(|held| !held.tied && is_spare(held)).collect();
        revocable.reverse();
        let leaving = groups.into_iter().take(oldest).rev().collect();
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Self { user, limit, used: user.held.len(), leaving, left: 0, revocable }
    }

    /// Approvals that can be made without a revocation.
    pub(super) fn cheap(&self) -> usize {
        let leaving: usize = self.leaving.iter().map(Vec::len).sum();
        self.limit.saturating_sub(self.used) + leaving.saturating_sub(self.left)
    }

    /// Approvals that can be made.
    pub(super) fn all(&self) -> usize {
        self.cheap() + self.revocable.len()
    }

    /// Takes the next room, the cheapest first.
    pub(super) fn take(&mut self) -> Option<Room<'a>> {
        if self.used < self.limit {
            self.used += 1;
            return Some(Room::Free(self.used));
        }
        if let Some(group) = self.leaving.last().cloned() {
            self.left += 1;
            if self.left == group.len() {
                self.leaving.pop();
                self.left = 0;
            }
            return Some(Room::Leaves(group));
        }
        self.revocable.pop().map(Room::Revoke)
    }
}

/// Who gets which site: for each site an index into `rooms`, or none where no room is left.
///
/// A site stays with its own user where there is room; the others go where nothing has to be revoked, to the user with the most
/// such room. That is the fewest revocations once as many as can be stay with their users: rooms are alike to every site.
pub(super) fn assign(rooms: &[Rooms], own: &[Option<usize>]) -> Vec<Option<usize>> {
    let mut room: Vec<(usize, usize)> = rooms.iter().map(|rooms| (rooms.cheap(), rooms.all())).collect();
    let take = |room: &mut Vec<(usize, usize)>, index: usize| {
        room[index].0 = room[index].0.saturating_sub(1);
        room[index].1 -= 1;
        Some(index)
    };
    let mut placed: Vec<Option<usize>> =
        own.iter().map(|own| own.filter(|index| room[*index].1 > 0).and_then(|index| take(&mut room, index))).collect();
    for site in placed.iter_mut().filter(|site| site.is_none()) {
        let fitting = (0..room.len()).filter(|index| room[*index].1 > 0);
        // The first of equals: they stand by name.
        *site = fitting.rev().max_by_key(|index| room[*index]).and_then(|index| take(&mut room, index));
    }
    placed
}

/// How many further users, each with `limit` slots free, `sites` need.
pub(super) fn missing_users(sites: usize, limit: u32) -> u32 {
    let limit = usize::try_from(limit.max(1)).unwrap_or(usize::MAX);
    u32::try_from(sites.div_ceil(limit)).unwrap_or(u32::MAX)
}
