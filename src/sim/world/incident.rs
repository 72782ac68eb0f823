//! What befalls an org while sites go on calling, where it is more than a switch. Pure.

use super::World;
use super::history::History;
use super::org::Standing;
use crate::sim::mint;
use fastrand::Rng;

impl World {
    /// The org takes the app away: its row goes, and every approval with it.
    pub(crate) fn uninstall(&mut self, org: usize) {
        self.orgs[org].app.standing = Standing::Absent;
        self.revoke_all(org, "app_uninstalled");
    }

    /// The publisher applies new credentials: every token of the app dies, and what sites hold of the old secret is
    /// refused. Without `given` they are made up.
    pub(crate) fn rotate_credentials(&mut self, given: Option<(String, String)>, rng: &mut Rng) {
        match given {
            Some(given) => (self.app_client_id, self.app_client_secret) = given,
            None => self.app_client_secret = mint::client_secret(rng),
        }
        for org in 0..self.orgs.len() {
            self.revoke_all(org, "credentials_rotated");
        }
        for connection in self.sites.iter_mut().filter_map(|site| site.connection.as_mut()) {
            connection.old_secret = true;
        }
    }

    /// A sandbox is made anew from production: another org id, other ids of the same users, no approval left.
    pub(crate) fn refresh_sandbox(&mut self, org: usize, rng: &mut Rng) {
        let held: Vec<usize> = self.orgs[org].listed().map(|(index, _)| index).collect();
        for approval in held {
            self.remove(org, approval, "sandbox_refreshed");
        }
        let place = &mut self.orgs[org];
        place.id = mint::org_id(rng);
        place.sessions.clear();
        place.data.history = History::default();
        place.monitor.access = None;
        place.users.iter_mut().for_each(|user| user.id = mint::user_id(rng));
    }

    /// Leaves `left` calls of the org's allocation.
    pub(crate) fn leave_calls(&mut self, org: usize, left: u64) {
        let api = &mut self.orgs[org].api;
        let counted = api.used(self.now) - api.background;
        api.background = api.max.saturating_sub(left + counted);
    }
}
