//! What orgs have written down when the clock starts: the logins of sites, and what was done to users and apps.

use super::super::setup::Past;
use super::Builder;
use crate::sim::story::Story;
use crate::sim::world::history::{Deed, How, Status};
use chrono::TimeDelta;

/// Refreshes before the last that are made up, one a day: the last is what the approval shows.
const REFRESHES: u32 = 14;

/// An administrator did it so long before the site noticed.
const NOTICED: TimeDelta = TimeDelta::minutes(7);

impl Builder {
    /// What the org knows of a site's past.
    pub(super) fn write_down(&mut self, index: usize, org: usize, approval: usize) {
        let Past { created: Some(created), last_used, uses: refreshes, from, .. } = self.pasts[index] else { return };
        self.world.note_login(org, approval, None, created, How::Code, Status::Success);
        for back in (0..refreshes.min(REFRESHES)).rev() {
            let at = last_used.map(|last| last - TimeDelta::days(i64::from(back))).filter(|at| *at > created);
            if let Some(at) = at {
                self.world.note_login(org, approval, None, at, How::Refresh, Status::Success);
            }
        }
        let at = from - NOTICED;
        let place = &mut self.world.orgs[org];
        match (self.world.sites[index].story, self.holders[index]) {
            (Story::UserInactive, Some(user)) => place.user_changed(at, Deed::Deactivate, user),
            (Story::UserFrozen, Some(user)) => place.user_changed(at, Deed::Freeze, user),
            (Story::ApiDisabled, Some(user)) => place.user_changed(at, Deed::Profile, user),
            (Story::AppUninstalled, _) => place.app_changed(at, Deed::Uninstall),
            (Story::NotPreauthorized, _) => place.app_changed(at, Deed::PermittedUsers),
            (Story::IpRestricted, _) => place.app_changed(at, Deed::IpRelaxation),
            (Story::CredentialsRotated, _) => place.app_changed(at, Deed::StagedCredential),
            _ => {}
        }
    }
}
