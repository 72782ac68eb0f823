//! What an org writes down of what happens in it: who logged in or was refused, and what administrators changed. Pure.
//!
//! Whatever changes the world calls one of a few methods; what comes of it are the rows of `LoginHistory` and
//! `SetupAuditTrail`, and what `AuthSession` knows of a session's beginning.

mod deed;
mod login;

pub(crate) use deed::{Change, Deed};
pub(crate) use login::{How, Status};

use super::World;
use super::org::Org;
use super::refresh::{Granted, Refusal};
use super::server::{MONITOR_ADDRESS, server_of};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::VecDeque;
use std::net::Ipv4Addr;

/// How long logins are kept (from memory: six months), and changes (at least 180 days, as published).
const KEPT: TimeDelta = TimeDelta::days(180);

/// The most that is kept of either; the oldest go.
const MOST: usize = 20_000;

/// One org's history, oldest first within what was written at one time.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    logins: VecDeque<Login>,
    changes: VecDeque<Change>,
    written: u64,
}

/// One attempt to log in that could be put down to a user.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    /// Its number.
    pub(crate) n: u64,
    /// When.
    pub(crate) at: DateTime<Utc>,
    /// Whose, by its place.
    pub(crate) user: usize,
    /// The approval that was used or made.
    pub(crate) approval: Option<usize>,
    /// The app's label.
    pub(crate) app: String,
    /// How.
    pub(crate) how: How,
    /// What came of it.
    pub(crate) status: Status,
    /// From where.
    pub(crate) from: Ipv4Addr,
}

impl History {
    /// Writes down one login.
    pub(crate) fn login(&mut self, at: DateTime<Utc>, who: Who<'_>, how: How, status: Status, from: Ipv4Addr) {
        let Who { user, approval, app } = who;
        self.written += 1;
        if self.logins.len() == MOST {
            self.logins.pop_front();
        }
        let app = app.to_owned();
        self.logins.push_back(Login { n: self.written, at, user, approval, app, how, status, from });
    }

    /// Writes down what an administrator did to an app or a user of this name.
    pub(crate) fn change(&mut self, at: DateTime<Utc>, deed: Deed, name: &str) {
        self.written += 1;
        if self.changes.len() == MOST {
            self.changes.pop_front();
        }
        let (action, section, display) = deed.told(name);
        self.changes.push_back(Change { n: self.written, at, action, section, display });
    }

    /// The logins that are kept at `now`.
    pub(crate) fn logins(&self, now: DateTime<Utc>) -> impl DoubleEndedIterator<Item = &Login> {
        self.logins.iter().filter(move |login| login.at > now - KEPT)
    }

    /// The changes that are kept at `now`.
    pub(crate) fn changes(&self, now: DateTime<Utc>) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |change| change.at > now - KEPT)
    }

    /// The login that a session began with: the newest good one of this user and approval, not after `last_used`.
    pub(crate) fn beginning(&self, user: usize, approval: Option<usize>, last_used: DateTime<Utc>) -> Option<&Login> {
        self.logins.iter().rev().find(|login| {
            (login.user, login.approval) == (user, approval) && login.status == Status::Success && login.at <= last_used
        })
    }
}

/// Whom a login is put down to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Who<'a> {
    /// The user, by its place.
    pub(crate) user: usize,
    /// The approval, by its place.
    pub(crate) approval: Option<usize>,
    /// The app's label.
    pub(crate) app: &'a str,
}

impl Org {
    /// Writes down a login of the app by which fusebox looks on.
    pub(crate) fn monitor_logged_in(&mut self, at: DateTime<Utc>, how: How) {
        let who = Who { user: super::org::MONITOR, approval: None, app: &self.monitor.app.label };
        self.data.history.login(at, who, how, Status::Success, MONITOR_ADDRESS);
    }

    /// Writes down what an administrator did to a user.
    pub(crate) fn user_changed(&mut self, at: DateTime<Utc>, deed: Deed, user: usize) {
        if deed == Deed::Profile {
            // A profile says what its users may see, so describe changes with it.
            self.data.described_at = DateTime::from_timestamp(at.timestamp(), 0).unwrap_or(at);
        }
        self.data.history.change(at, deed, &self.users[user].username);
    }

    /// Writes down what an administrator did to WP Fusion's app.
    pub(crate) fn app_changed(&mut self, at: DateTime<Utc>, deed: Deed) {
        self.data.history.change(at, deed, &self.app.label);
    }
}

impl World {
    /// Writes down what came of presenting a refresh token. A token that is not known, or whose approval is gone, has
    /// nobody to be put down to. `site`: who presented it, where that is known.
    pub(super) fn note_refresh(
        &mut self,
        token: &str,
        site: Option<usize>,
        at: DateTime<Utc>,
        outcome: Result<&Granted, &Refusal>,
    ) {
        let status = match outcome {
            Ok(_) => Some(Status::Success),
            Err(refusal) => Status::of_refusal(refusal),
        };
        let Some(((org, approval), status)) = self.approval_of_token(token).zip(status) else { return };
        if self.orgs[org].approvals[approval].removed.is_none() {
            self.note_login(org, approval, site, at, How::Refresh, status);
        }
    }

    /// Writes down a login by which an approval was made or used: from the server of the site that is known to have done
    /// it, or of the one that the approval was made for, or of somebody else's.
    pub(crate) fn note_login(
        &mut self,
        org: usize,
        approval: usize,
        site: Option<usize>,
        at: DateTime<Utc>,
        how: How,
        status: Status,
    ) {
        let place = &mut self.orgs[org];
        let held = &place.approvals[approval];
        let from = match site.or(held.site) {
            Some(site) => server_of(&self.sites[site].name),
            None => server_of(&format!("{} {approval}", place.name)),
        };
        let who = Who { user: held.user, approval: Some(approval), app: &held.app };
        place.data.history.login(at, who, how, status, from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    const WHO: Who<'_> = Who { user: 1, approval: Some(2), app: "WP Fusion (OAuth)" };

    #[test]
    fn it_keeps_half_a_year_and_no_more_than_so_many() {
        let mut history = History::default();
        for minute in 0..21_000 {
            history.login(at(minute), WHO, How::Refresh, Status::Success, MONITOR_ADDRESS);
            history.change(at(minute), Deed::Freeze, "ops1");
        }
        assert_eq!(history.logins(at(21_000)).count(), MOST);
        assert_eq!(history.changes(at(21_000)).count(), MOST);
        assert_eq!(history.logins(at(21_000)).next().map(|login| login.at), Some(at(1_000)));
        assert_eq!(history.logins(at(180 * 1_440 + 2_999)).count(), 18_000);
        assert_eq!(history.changes(at(400 * 1_440)).count(), 0);
    }

    #[test]
    fn a_session_began_with_the_newest_login_before_its_use() {
        let mut history = History::default();
        for (minute, status) in
            [(1, Status::Success), (5, Status::Success), (7, Status::InvalidToken), (9, Status::Success)]
        {
            history.login(at(minute), WHO, How::Refresh, status, MONITOR_ADDRESS);
        }
        let began = |used| history.beginning(1, Some(2), at(used)).map(|login| login.at);
        assert_eq!((began(8), began(4), began(0)), (Some(at(5)), Some(at(1)), None));
        assert!(history.beginning(1, None, at(8)).is_none() && history.beginning(2, Some(2), at(8)).is_none());
    }
}
