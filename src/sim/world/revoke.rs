//! Ending what a token stands for: a session by its access token, an approval by its refresh or its delete token. Pure.

use super::World;

impl World {
    /// Ends what `token` stands for: an access token its session alone, any other its approval with all sessions. Says
    /// where it was, or nothing where no such token lives. `org`: the org that is asked; none for the login host.
    pub(crate) fn revoke(&mut self, token: &str, org: Option<usize>) -> Option<Revoked> {
        let here = |place: usize| org.is_none_or(|org| org == place);
        if let Some(known) = self.tokens.get(token).copied().filter(|known| here(known.org)) {
            let held = &self.orgs[known.org].approvals[known.approval];
            if held.removed.is_some() || held.refresh != token {
                return None;
            }
            self.remove(known.org, known.approval, "revoked");
            return Some(Revoked { org: known.org, approval: Some(known.approval) });
        }
        for place in (0..self.orgs.len()).filter(|place| here(*place)) {
            if let Some(session) = self.orgs[place].sessions.remove(token) {
                return Some(Revoked { org: place, approval: session.approval });
            }
            let held = self.orgs[place].listed().find(|(_, held)| held.delete_token == token).map(|(index, _)| index);
            if let Some(approval) = held {
                self.remove(place, approval, "revoked");
                return Some(Revoked { org: place, approval: Some(approval) });
            }
        }
        None
    }

    /// Ends every approval of WP Fusion's app in an org, as an administrator does who revokes all, or as it happens when
    /// the app is uninstalled or its credentials are rotated.
    pub(crate) fn revoke_all(&mut self, org: usize, cause: &'static str) {
        let label = self.orgs[org].app.label.clone();
        let held: Vec<usize> =
            self.orgs[org].listed().filter(|(_, held)| held.app == label).map(|(index, _)| index).collect();
        for approval in held {
            self.remove(org, approval, cause);
        }
    }
}

/// What was ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Revoked {
    /// The org, by its place.
    pub(crate) org: usize,
    /// The approval that it was, or came from.
    pub(crate) approval: Option<usize>,
}
