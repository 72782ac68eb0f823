//! Everything known of one org: the fold of its observations.

mod twins;

use crate::model::figure::{AHEAD, is_ahead};
use crate::model::org::{Coverage, Refused};
use crate::model::site_state::look;
use crate::model::{
    ApiUsage, AppKind, Approval, ApprovalId, ConnectedApp, Dated, Fact, Failure, History, Link, Observation, OrgId,
    OrgName, Organization, Permitted, Target, User, UserId, Uses,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How long an approval that left stays in the ledger.
pub const DEPARTED_KEPT: TimeDelta = TimeDelta::days(30);

/// How far a clock may run off between two looks.
const SLACK: TimeDelta = TimeDelta::seconds(60);

/// What is known of one org.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrgState {
    /// Whose state this is.
    pub name: OrgName,
    /// The last look: an answer with the clock's offset in seconds, or the failure.
    pub reach: Option<Dated<Result<i64, Failure>>>,
    /// When the org last answered anything.
    pub answered_at: Option<DateTime<Utc>>,
    /// Seconds that the org's clock is ahead of ours, from its last answer.
    pub clock_offset_s: i64,
    /// The org itself.
    pub organization: Option<Dated<Permitted<Organization>>>,
    /// The id that the org had before it was refreshed, if that was seen.
    pub former_id: Option<OrgId>,
    /// The app's row.
    pub app: Option<Dated<Permitted<Option<ConnectedApp>>>>,
    /// When the app's row was last seen, if it is gone now.
    pub app_last_seen: Option<DateTime<Utc>>,
    /// Whether approvals may be listed, and how completely.
    pub coverage: Option<Dated<Permitted<Coverage>>>,
    /// Approvals by user, oldest first.
    pub approvals: BTreeMap<UserId, Dated<Vec<Approval>>>,
    /// When approvals were used, for those that are listed or left lately.
    #[serde(default)]
    pub uses: BTreeMap<ApprovalId, Uses>,
    /// Approvals whose site was found, for those that are listed or left lately.
    #[serde(default)]
    pub links: BTreeMap<ApprovalId, Link>,
    /// Approvals that left, in the order in which that was seen.
    pub departed: Vec<Departed>,
    /// Users.
    pub users: BTreeMap<UserId, Dated<User>>,
    /// Why users may not be read, if so.
    pub users_refused: Option<Refused>,
    /// The API allocation.
    pub api_usage: Option<Dated<Permitted<ApiUsage>>>,
    /// What the org wrote down of itself.
    #[serde(default)]
    pub history: History,
}

/// An approval that was seen and is not there now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Departed {
    /// The approval, as it was last seen.
    pub approval: Approval,
    /// The last look that showed it.
    pub last_seen: DateTime<Utc>,
    /// The first look that did not.
    pub gone_by: DateTime<Utc>,
    /// Whether it may have been another of those made in its second that left: then its counts and its last use may be the
    /// other's.
    #[serde(default)]
    pub doubtful: bool,
}

impl OrgState {
    /// An org of which nothing is known.
    pub fn unknown(name: OrgName) -> Self {
        Self {
            name,
            reach: None,
            answered_at: None,
            clock_offset_s: 0,
            organization: None,
            former_id: None,
            app: None,
            app_last_seen: None,
            coverage: None,
            approvals: BTreeMap::new(),
            uses: BTreeMap::new(),
            links: BTreeMap::new(),
            departed: Vec::new(),
            users: BTreeMap::new(),
            users_refused: None,
            api_usage: None,
            history: History::default(),
        }
    }

    /// The org's id, where it is known.
    pub fn id(&self) -> Option<&OrgId> {
        self.organization.as_ref()?.value.seen().map(|organization| &organization.id)
    }

    /// Users that hold an approval, as last seen.
    pub fn holders(&self) -> impl Iterator<Item = &UserId> {
        self.approvals.iter().filter(|(_, rows)| !rows.value.is_empty()).map(|(user, _)| user)
    }

    /// The approvals of `user`, oldest first; empty when none was seen.
    pub fn approvals_of(&self, user: &UserId) -> &[Approval] {
        self.approvals.get(user).map_or(&[], |rows| &rows.value)
    }

    /// Whether the list of approvals may be leaned on: permitted and complete.
    pub fn lists_all_approvals(&self) -> bool {
        self.coverage.as_ref().and_then(|seen| seen.value.seen()).is_some_and(|coverage| coverage.complete)
    }

    /// Whether the app has a row, of either kind: `None` when that is not known.
    pub fn app_installed(&self) -> Option<bool> {
        self.app.as_ref()?.value.seen().map(|row| row.is_some() || self.app_is_external())
    }

    /// Whether the app is known to be an external client app here.
    pub fn app_is_external(&self) -> bool {
        let kind = self.history.app_kind.as_ref().and_then(|kind| kind.value.seen());
        matches!(kind, Some(AppKind::External { .. }))
    }

    /// A time of this org's clock (a `CreatedDate`, a `LastUsedDate`) by the clock of the host.
    pub fn to_host_time(&self, org_time: DateTime<Utc>) -> DateTime<Utc> {
        org_time - TimeDelta::seconds(self.clock_offset_s)
    }

    /// A time of the host's clock by the clock of this org.
    pub fn to_org_time(&self, host_time: DateTime<Utc>) -> DateTime<Utc> {
        host_time.checked_add_signed(TimeDelta::seconds(self.clock_offset_s)).unwrap_or(host_time)
    }

    /// The host's clock shows `now`: what was seen at a later time was seen while it was wrong, and before `now`.
    pub fn set_back(&mut self, now: DateTime<Utc>) {
        let at_most = |at: DateTime<Utc>| if is_ahead(at, now) { now } else { at };
        self.reach.iter_mut().for_each(|reach| reach.set_back(now));
        self.organization.iter_mut().for_each(|organization| organization.set_back(now));
        self.app.iter_mut().for_each(|app| app.set_back(now));
        self.coverage.iter_mut().for_each(|coverage| coverage.set_back(now));
        self.api_usage.iter_mut().for_each(|usage| usage.set_back(now));
        self.approvals.values_mut().for_each(|rows| rows.set_back(now));
        self.users.values_mut().for_each(|user| user.set_back(now));
        self.answered_at = self.answered_at.map(at_most);
        self.app_last_seen = self.app_last_seen.map(at_most);
        self.uses.values_mut().for_each(|uses| uses.set_back(now, AHEAD));
        self.history.set_back(now);
        for departed in &mut self.departed {
            departed.last_seen = at_most(departed.last_seen);
            departed.gone_by = at_most(departed.gone_by);
        }
    }

    /// Takes one more observation. Observations of another target, and facts of another kind of target, change nothing.
    pub fn apply(&mut self, observation: &Observation) {
        if observation.target != Target::Org(self.name.clone()) {
            return;
        }
        let at = observation.at;
        match &observation.fact {
            Fact::Answered { clock_offset_s } => {
                look(&mut self.reach, at, Ok(*clock_offset_s));
                self.answered_at = self.answered_at.max(Some(at));
                self.clock_offset_s = *clock_offset_s;
            }
            Fact::Failed(failure) => look(&mut self.reach, at, Err(failure.clone())),
            Fact::Organization(organization) => self.see_organization(at, organization),
            Fact::App(app) => {
                let before = self.app.as_ref().map(|seen| (seen.seen_at, seen.value.clone()));
                if let (Some((seen_at, Permitted::Yes(Some(_)))), Permitted::Yes(None)) = (before, app) {
                    self.app_last_seen = Some(seen_at);
                }
                look(&mut self.app, at, app.clone());
            }
            Fact::Coverage(coverage) => look(&mut self.coverage, at, coverage.clone()),
            Fact::Approvals { user, rows } => self.see_approvals(at, user, rows),
            Fact::Linked { approval, link } => drop(self.links.insert(*approval, link.clone())),
            Fact::User(user) => {
                self.users_refused = None;
                match self.users.get_mut(&user.id) {
                    Some(dated) => {
                        dated.look(at, user.clone());
                    }
                    None => {
                        self.users.insert(user.id.clone(), Dated::new(at, user.clone()));
                    }
                }
            }
            Fact::UsersRefused(refused) => self.users_refused = Some(refused.clone()),
            Fact::ApiUsage(usage) => look(&mut self.api_usage, at, usage.clone()),
            Fact::Logins { users, read } => self.history.see_logins(at, self.to_org_time(at), users, read),
            Fact::Sessions(sessions) => self.history.see_sessions(at, sessions),
            Fact::SetupChanges(read) => self.history.see_changes(at, self.to_org_time(at), read),
            Fact::AppKind(kind) => self.history.see_app_kind(at, kind),
            Fact::OtherApps(apps) => self.history.see_other_apps(at, apps),
            Fact::Status(_) | Fact::Log(_) | Fact::Prove(_) => {}
        }
    }

    /// An org whose id changed is another org (a refreshed sandbox): nothing known of the former one holds for it.
    fn see_organization(&mut self, at: DateTime<Utc>, organization: &Permitted<Organization>) {
        let former = self.id().cloned();
        look(&mut self.organization, at, organization.clone());
        if former.is_some() && self.id().is_some() && former.as_ref() != self.id() {
            self.former_id = former;
            self.approvals.clear();
            self.uses.clear();
            self.links.clear();
            self.departed.clear();
            self.users.clear();
            self.history = History::default();
            self.app = None;
            self.app_last_seen = None;
        }
    }

    /// Forgets what was known of approvals that left long ago.
    fn forget(&mut self) {
        let listed = self.approvals.values().flat_map(|rows| rows.value.iter().map(|row| row.id));
        let kept: BTreeSet<ApprovalId> = listed.chain(self.departed.iter().map(|gone| gone.approval.id)).collect();
        self.uses.retain(|id, _| kept.contains(id));
        self.links.retain(|id, _| kept.contains(id));
    }

    fn see_approvals(&mut self, at: DateTime<Utc>, user: &UserId, rows: &[Approval]) {
        self.departed.retain(|departed| at - departed.gone_by < DEPARTED_KEPT);
        let Some(known) = self.approvals.get_mut(user) else {
            self.uses.extend(rows.iter().map(|row| (row.id, Uses::new(at))));
            self.approvals.insert(user.clone(), Dated::new(at, rows.to_vec()));
            return;
        };
        let last_seen = known.seen_at;
        if at < last_seen {
            return;
        }
        let org_last_seen = last_seen + TimeDelta::seconds(self.clock_offset_s) - SLACK;
        let twins::Told { rows, doubtful } = twins::told_apart(&known.value, rows, org_last_seen);
        for id in &doubtful {
            // It may be the other's.
            self.links.remove(id);
            self.uses.insert(*id, Uses::new(at));
        }
        for is in &rows {
            let was = known.value.iter().find(|was| was.id == is.id).unwrap_or(is);
            let last_use = is.last_used_at.map(|used| used - TimeDelta::seconds(self.clock_offset_s));
            self.uses.entry(is.id).or_insert_with(|| Uses::new(at)).see(at, was, is, last_use);
        }
        if let Some(former) = known.look(at, rows.clone()) {
            let left = former.into_iter().filter(|was| !rows.iter().any(|is| is.id == was.id));
            self.departed.extend(left.map(|approval| {
                let doubtful = doubtful.contains(&approval.id);
                Departed { approval, last_seen, gone_by: at, doubtful }
            }));
            self.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::approval::approval_id;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn org_id(last: &str) -> OrgId {
        OrgId::parse(&format!("00D5g000000ORG{last}")).expect("an org id")
    }

    fn user() -> UserId {
        UserId::parse("0055g000000USER").expect("a user id")
    }

    fn approval(created: i64, uses: u32) -> Approval {
        let app = "WP Fusion (OAuth)";
        Approval {
            id: approval_id(&org_id("E"), &user(), app, at(created), 0),
            user: user(),
            app: app.into(),
            created_at: at(created),
            last_used_at: None,
            use_count: uses,
        }
    }

    fn fold(facts: Vec<(i64, Fact)>) -> OrgState {
        let name = OrgName::new("acme");
        let mut state = OrgState::unknown(name.clone());
        for (minutes, fact) in facts {
            state.apply(&Observation { target: Target::Org(name.clone()), at: at(minutes), fact });
        }
        state
    }

    fn approvals(rows: Vec<Approval>) -> Fact {
        Fact::Approvals { user: user(), rows }
    }

    #[test]
    fn an_approval_that_leaves_is_remembered_with_both_looks() {
        let state = fold(vec![
            (10, approvals(vec![approval(1, 5), approval(2, 7)])),
            (11, approvals(vec![approval(1, 6), approval(2, 7)])),
            (12, approvals(vec![approval(2, 7), approval(11, 0)])),
        ]);
        assert_eq!(
            state.departed,
            [Departed { approval: approval(1, 6), last_seen: at(11), gone_by: at(12), doubtful: false }]
        );
        assert_eq!(state.approvals_of(&user()).len(), 2);
    }

    #[test]
    fn a_moved_use_count_is_no_departure() {
        let state = fold(vec![(1, approvals(vec![approval(1, 5)])), (2, approvals(vec![approval(1, 6)]))]);
        assert!(state.departed.is_empty());
    }

    #[test]
    fn a_refreshed_sandbox_starts_anew() {
        let organization = |id| {
            Fact::Organization(Permitted::Yes(Organization {
                id,
                name: "Acme".into(),
                edition: "Enterprise Edition".into(),
                sandbox: true,
                instance: None,
                trial_ends_at: None,
            }))
        };
        let state = fold(vec![
            (1, organization(org_id("E"))),
            (1, approvals(vec![approval(1, 5)])),
            (2, organization(org_id("F"))),
        ]);
        assert_eq!(state.former_id, Some(org_id("E")));
        assert!(state.approvals.is_empty());
        assert!(state.departed.is_empty(), "approvals of another org did not leave this one");
    }

    #[test]
    fn an_uninstalled_app_keeps_the_time_it_was_last_seen() {
        let app = ConnectedApp {
            name: "WP Fusion (OAuth)".into(),
            admin_approved_only: false,
            policy: crate::model::org::RefreshPolicy::UntilRevoked,
        };
        let state = fold(vec![
            (1, Fact::App(Permitted::Yes(Some(app.clone())))),
            (2, Fact::App(Permitted::Yes(Some(app)))),
            (3, Fact::App(Permitted::Yes(None))),
        ]);
        assert_eq!(state.app_last_seen, Some(at(2)));
        assert_eq!(state.app_installed(), Some(false));
    }
}
