//! What an org writes down of what happens in it: logins, sessions, what administrators changed; and what kind of app WP
//! Fusion's is there. Read on a slower cadence than the rest, folded here, capped. Uses `model` alone.
//!
//! All times are by the org's clock, see [`crate::model::OrgState::to_host_time`].

use crate::model::org::Refused;
use crate::model::site_state::look;
use crate::model::{Clean, Dated, Fact, Permitted, UserId};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How far back logins are read where none were read before, and the longest gap that is read up.
pub const LOGINS_BACK: TimeDelta = TimeDelta::days(1);
/// The same for what administrators changed.
pub const CHANGES_BACK: TimeDelta = TimeDelta::days(30);
/// Logins kept of one user, the newest: some days of four sites that refresh several times a day.
const LOGINS_OF_USER: usize = 32;
/// Users whose logins are kept.
const USERS: usize = 500;
/// Sessions kept of one org.
const SESSIONS: usize = 1_000;
/// Changes kept of one org, the newest.
const CHANGES: usize = 300;
/// What was written in the last moments is asked for again: rows may come late.
const LATE: TimeDelta = TimeDelta::minutes(5);

/// One login of a user with WP Fusion's app (`LoginHistory`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// Its record id.
    pub id: Clean,
    /// Whose.
    pub user: UserId,
    /// `LoginTime`.
    pub at: DateTime<Utc>,
    /// How.
    pub how: LoginKind,
    /// `SourceIp`; none where Salesforce does not tell it.
    pub from: Option<Clean>,
    /// `Status` where it is not "Success".
    pub refused: Option<Clean>,
}

/// `LoginSubType`, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginKind {
    /// A refresh token was presented.
    Refresh,
    /// An authorization code was exchanged.
    Code,
    /// Anything else.
    Other,
}

/// One session that lives (`AuthSession`), begun by OAuth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Whose.
    pub user: UserId,
    /// When it began.
    pub began_at: DateTime<Utc>,
    /// `LastModifiedDate`: its last use that Salesforce wrote down.
    pub used_at: DateTime<Utc>,
    /// For how many seconds it lives from its last use.
    pub valid_s: u32,
    /// `SourceIp`.
    pub from: Option<Clean>,
    /// The login that it began with.
    pub login: Option<Clean>,
}

impl Session {
    /// When it ends unless it is used again.
    pub fn ends_at(&self) -> DateTime<Utc> {
        self.used_at.checked_add_signed(TimeDelta::seconds(i64::from(self.valid_s))).unwrap_or(self.used_at)
    }
}

/// One change by an administrator (`SetupAuditTrail`) about apps or users.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetupChange {
    /// Its record id.
    pub id: Clean,
    /// When.
    pub at: DateTime<Utc>,
    /// `Action` ("deleteConnectedApplication").
    pub action: Clean,
    /// `Display`: what it is, in Salesforce's words.
    pub what: Clean,
    /// Who did it, by user name where that may be read.
    pub by: Option<Clean>,
}

/// What kind of app WP Fusion's is in an org.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppKind {
    /// A connected app: no external client app here has its label.
    Connected,
    /// An external client app.
    External {
        /// Whether it admits only users whom an administrator approved; none where its policy is not to be seen.
        admin_approved_only: Option<bool>,
    },
}

/// What a user approved of another app than WP Fusion's: it takes none of its slots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherApp {
    /// The user.
    pub user: UserId,
    /// The app's label (`OauthToken.AppName`).
    pub app: Clean,
    /// How many approvals.
    pub approvals: u32,
    /// The last refresh request of any of them, by the org's clock.
    pub used_at: Option<DateTime<Utc>>,
}

/// What users of a fleet approved of other apps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherApps {
    /// By user and label.
    pub rows: Vec<OtherApp>,
    /// Whose are told in full: of others there may be more, or any.
    pub complete: BTreeSet<UserId>,
}

/// Rows of a list that goes on, read from where the last look ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch<T> {
    /// The rows, oldest first. Some may have been read before.
    pub rows: Vec<T>,
    /// Up to when it was read; none where that is the time of the look, as nothing was left out.
    pub until: Option<DateTime<Utc>>,
}

/// All that one such look brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryRead {
    /// Whose logins and sessions were asked for.
    pub users: BTreeSet<UserId>,
    /// Logins.
    pub logins: Permitted<Stretch<Login>>,
    /// Sessions.
    pub sessions: Permitted<Vec<Session>>,
    /// Changes.
    pub changes: Permitted<Stretch<SetupChange>>,
    /// The kind of app.
    pub app_kind: Permitted<AppKind>,
    /// Approvals of other apps; none where no call was left to ask for them.
    pub other_apps: Option<Permitted<OtherApps>>,
}

impl HistoryRead {
    /// The facts to keep.
    pub fn into_facts(self) -> impl Iterator<Item = Fact> {
        let facts = [
            Fact::Logins { users: self.users, read: self.logins },
            Fact::Sessions(self.sessions),
            Fact::SetupChanges(self.changes),
            Fact::AppKind(self.app_kind),
        ];
        facts.into_iter().chain(self.other_apps.map(Fact::OtherApps))
    }
}

/// What is known of it: the fold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// The last look at logins: none, or the refusal.
    pub logins_read: Option<Dated<Option<Refused>>>,
    /// Up to when logins were read.
    pub logins_until: Option<DateTime<Utc>>,
    /// Logins by user.
    pub logins: BTreeMap<UserId, Logins>,
    /// Sessions that lived at the last look.
    pub sessions: Option<Dated<Permitted<Vec<Session>>>>,
    /// The last look at changes: none, or the refusal.
    pub changes_read: Option<Dated<Option<Refused>>>,
    /// Up to when changes were read.
    pub changes_until: Option<DateTime<Utc>>,
    /// Changes, oldest first.
    pub changes: Vec<SetupChange>,
    /// The kind of app.
    pub app_kind: Option<Dated<Permitted<AppKind>>>,
    /// Approvals of other apps.
    #[serde(default)]
    pub other_apps: Option<Dated<Permitted<OtherApps>>>,
}

/// One user's logins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logins {
    /// From when on none is missing.
    pub since: DateTime<Utc>,
    /// They, oldest first.
    pub rows: Vec<Login>,
}

/// From when on logins are to be asked for at `now` that are known up to `until`, all by the org's clock.
pub fn logins_from(until: Option<DateTime<Utc>>, now: DateTime<Utc>) -> DateTime<Utc> {
    until.map_or(now - LOGINS_BACK, |until| (until - LATE).max(now - LOGINS_BACK))
}

/// The same for changes.
pub fn changes_from(until: Option<DateTime<Utc>>, now: DateTime<Utc>) -> DateTime<Utc> {
    until.map_or(now - CHANGES_BACK, |until| (until - LATE).max(now - CHANGES_BACK))
}

impl History {
    /// When it was last asked for, by the host's clock.
    pub fn seen_at(&self) -> Option<DateTime<Utc>> {
        self.logins_read.as_ref().map(|read| read.seen_at)
    }

    /// The logins of `user` between two moments, if all of that stretch was read.
    pub fn logins_between(
        &self,
        user: &UserId,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Option<impl Iterator<Item = &Login>> {
        let logins = self.logins.get(user)?;
        let read = logins.since <= from && self.logins_until.is_some_and(|until| to <= until);
        read.then(|| logins.rows.iter().filter(move |login| (from..=to).contains(&login.at)))
    }

    /// Sessions, where they may be listed.
    pub fn sessions(&self) -> Option<&[Session]> {
        Some(self.sessions.as_ref()?.value.seen()?)
    }

    /// Takes logins read at `at`, when the org's clock showed `now`.
    pub(super) fn see_logins(
        &mut self,
        at: DateTime<Utc>,
        now: DateTime<Utc>,
        users: &BTreeSet<UserId>,
        read: &Permitted<Stretch<Login>>,
    ) {
        look(&mut self.logins_read, at, read.refused().cloned());
        let Permitted::Yes(stretch) = read else { return };
        let before = self.logins_until.unwrap_or(now - LOGINS_BACK).max(now - LOGINS_BACK);
        let gap = self.logins_until.is_some_and(|until| until < before);
        self.logins_until = self.logins_until.max(Some(stretch.until.unwrap_or(now)));
        for user in users {
            let logins = self.logins.entry(user.clone()).or_insert(Logins { since: before, rows: Vec::new() });
            if gap {
                logins.since = before;
            }
        }
        self.logins.retain(|user, _| users.contains(user));
        while self.logins.len() > USERS {
            self.logins.pop_last();
        }
        for row in &stretch.rows {
            let Some(logins) = self.logins.get_mut(&row.user) else { continue };
            if !logins.rows.iter().rev().any(|known| known.id == row.id) {
                logins.rows.push(row.clone());
            }
        }
        for logins in self.logins.values_mut() {
            logins.rows.sort_by_key(|login| login.at);
            let surplus = logins.rows.len().saturating_sub(LOGINS_OF_USER);
            // What goes may have others of its moment among what stays.
            if let Some(gone) = logins.rows.drain(..surplus).next_back() {
                logins.since = logins.since.max(gone.at + TimeDelta::seconds(1));
            }
        }
    }

    /// Takes the sessions that lived at `at`.
    pub(super) fn see_sessions(&mut self, at: DateTime<Utc>, sessions: &Permitted<Vec<Session>>) {
        let mut sessions = sessions.clone();
        if let Permitted::Yes(rows) = &mut sessions {
            rows.sort_by_key(|session| std::cmp::Reverse(session.used_at));
            rows.truncate(SESSIONS);
        }
        look(&mut self.sessions, at, sessions);
    }

    /// Takes changes read at `at`, when the org's clock showed `now`.
    pub(super) fn see_changes(
        &mut self,
        at: DateTime<Utc>,
        now: DateTime<Utc>,
        read: &Permitted<Stretch<SetupChange>>,
    ) {
        look(&mut self.changes_read, at, read.refused().cloned());
        let Permitted::Yes(stretch) = read else { return };
        self.changes_until = self.changes_until.max(Some(stretch.until.unwrap_or(now)));
        for row in &stretch.rows {
            if !self.changes.iter().any(|known| known.id == row.id) {
                self.changes.push(row.clone());
            }
        }
        self.changes.sort_by_key(|change| change.at);
        let surplus = self.changes.len().saturating_sub(CHANGES);
        self.changes.drain(..surplus);
    }

    /// Takes the kind of app seen at `at`.
    pub(super) fn see_app_kind(&mut self, at: DateTime<Utc>, kind: &Permitted<AppKind>) {
        look(&mut self.app_kind, at, kind.clone());
    }

    /// Takes the approvals of other apps seen at `at`.
    pub(super) fn see_other_apps(&mut self, at: DateTime<Utc>, apps: &Permitted<OtherApps>) {
        look(&mut self.other_apps, at, apps.clone());
    }

    /// What `user` approved of other apps, and whether that is all; none where nobody may tell.
    pub fn other_apps_of(&self, user: &UserId) -> Option<(Vec<&OtherApp>, bool)> {
        let apps = self.other_apps.as_ref()?.value.seen()?;
        let rows: Vec<_> = apps.rows.iter().filter(|row| row.user == *user).collect();
        let complete = apps.complete.contains(user);
        (complete || !rows.is_empty()).then_some((rows, complete))
    }

    /// The host's clock was set back to `now`. The org's times are the org's and stay.
    pub(super) fn set_back(&mut self, now: DateTime<Utc>) {
        self.logins_read.iter_mut().for_each(|read| read.set_back(now));
        self.sessions.iter_mut().for_each(|sessions| sessions.set_back(now));
        self.changes_read.iter_mut().for_each(|read| read.set_back(now));
        self.app_kind.iter_mut().for_each(|kind| kind.set_back(now));
        self.other_apps.iter_mut().for_each(|apps| apps.set_back(now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(365) + TimeDelta::minutes(minutes)
    }

    fn user() -> UserId {
        UserId::parse("0055g000000USER").expect("a user id")
    }

    fn login(n: i64, minutes: i64) -> Login {
        let id = Clean::new(format!("0Ya{n}"));
        Login { id, user: user(), at: at(minutes), how: LoginKind::Refresh, from: None, refused: None }
    }

    fn read(history: &mut History, minutes: i64, rows: Vec<Login>, until: Option<i64>) {
        let stretch = Permitted::Yes(Stretch { rows, until: until.map(at) });
        history.see_logins(at(minutes), at(minutes), &BTreeSet::from([user()]), &stretch);
    }

    #[test]
    fn logins_go_on_where_the_last_look_ended() {
        let mut history = History::default();
        assert_eq!(logins_from(None, at(0)), at(0) - LOGINS_BACK);
        read(&mut history, 0, vec![login(1, -10)], None);
        assert_eq!(logins_from(history.logins_until, at(15)), at(0) - LATE);
        read(&mut history, 15, vec![login(1, -10), login(2, 7)], None);
        let between = |from, to| Some(history.logins_between(&user(), at(from), at(to))?.count());
        assert_eq!((between(-20, 10), between(0, 10), between(0, 16)), (Some(2), Some(1), None));
        assert_eq!(between(-1500, 10), None, "nobody asked for what is older");
    }

    #[test]
    fn a_gap_is_none_of_what_was_watched() {
        let mut history = History::default();
        read(&mut history, 0, vec![login(1, -10)], None);
        read(&mut history, 3 * 1440, vec![login(2, 3 * 1440 - 5)], None);
        assert!(history.logins_between(&user(), at(-20), at(0)).is_none());
        assert!(history.logins_between(&user(), at(3 * 1440 - 60), at(3 * 1440)).is_some());
    }

    #[test]
    fn a_list_that_was_cut_was_read_to_its_cut() {
        let mut history = History::default();
        read(&mut history, 0, vec![login(1, -100)], Some(-100));
        assert_eq!(logins_from(history.logins_until, at(15)), at(-100) - LATE);
        assert!(history.logins_between(&user(), at(-110), at(-90)).is_none());
    }

    #[test]
    fn so_many_are_kept_and_what_went_was_not_watched() {
        let mut history = History::default();
        read(&mut history, 0, (0..40).map(|n| login(n, n - 60)).collect(), None);
        assert_eq!(history.logins[&user()].rows.len(), LOGINS_OF_USER);
        assert!(history.logins_between(&user(), at(-55), at(-30)).is_none());
        assert!(history.logins_between(&user(), at(-52), at(-30)).is_some());
    }

    #[test]
    fn a_refusal_keeps_what_was_known() {
        let mut history = History::default();
        read(&mut history, 0, vec![login(1, -10)], None);
        let refused = Refused { permission: "Manage Users".to_owned(), text: "no".into() };
        history.see_logins(at(15), at(15), &BTreeSet::from([user()]), &Permitted::No(refused.clone()));
        assert_eq!(history.logins_read.as_ref().map(|read| read.value.clone()), Some(Some(refused)));
        assert_eq!(history.logins[&user()].rows.len(), 1);
        assert_eq!(history.logins_until, Some(at(0)));
    }
}
