//! What one look at a Salesforce org answers.

use crate::model::{Approval, Clean, Fact, HistoryRead, OrgId, OrgState, UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The REST version that is spoken (Spring '24). Salesforce supports a version for at least three years and answers 410
/// to a retired one. Everything that is asked for exists since 41.0; a fixed version keeps answers the same when an org
/// is upgraded in the night, which "the newest on offer" would not.
pub const API_VERSION: &str = "v60.0";

/// Something that the monitoring user may or may not be allowed to see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permitted<T> {
    /// Seen.
    Yes(T),
    /// Refused.
    No(Refused),
}

/// A refusal, with what would lift it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The permission that Salesforce's documentation asks for ("Customize Application").
    pub permission: String,
    /// The verbatim words of the refusal.
    pub text: Clean,
}

impl<T> Permitted<T> {
    /// What was seen, if it was.
    pub fn seen(&self) -> Option<&T> {
        match self {
            Self::Yes(value) => Some(value),
            Self::No(_) => None,
        }
    }

    /// The refusal, if it was one.
    pub fn refused(&self) -> Option<&Refused> {
        match self {
            Self::Yes(_) => None,
            Self::No(refused) => Some(refused),
        }
    }
}

/// `Organization`: the org itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// Its id. Changes when a sandbox is refreshed.
    pub id: OrgId,
    /// Its name.
    pub name: Clean,
    /// `OrganizationType` ("Enterprise Edition").
    pub edition: Clean,
    /// Whether it is a sandbox.
    pub sandbox: bool,
    /// `InstanceName` ("EU42").
    pub instance: Option<Clean>,
    /// `TrialExpirationDate`, by the org's clock.
    pub trial_ends_at: Option<DateTime<Utc>>,
}

/// `ConnectedApplication`: the app as this org sets it up. A row means that the app is installed here; Salesforce's own
/// sources disagree about rows of apps that are not, so "no row" is read together with what lives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectedApp {
    /// The label that `OauthToken.AppName` repeats.
    pub name: Clean,
    /// `OptionsAllowAdminApprovedUsersOnly`.
    pub admin_approved_only: bool,
    /// The refresh token policy.
    pub policy: RefreshPolicy,
}

/// The refresh token policy. Its numbers come without a unit (hours, days or months): Salesforce exposes none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefreshPolicy {
    /// Valid until revoked (`RefreshTokenValidityPeriod` null).
    UntilRevoked,
    /// Expires at once (period 0).
    Immediately,
    /// Expires when unused for N (`OptionsRefreshTokenValidityMetric` true).
    Idle(u32),
    /// Expires N after it was issued (metric false).
    Lifetime(u32),
}

/// One Salesforce user that holds, or is said by a site to hold, an approval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// `Username` ("ops1@acme.example").
    pub username: Clean,
    /// `IsActive`.
    pub active: bool,
    /// `UserLogin.IsFrozen`; unknown without the permission "Manage Users".
    pub frozen: Option<bool>,
}

/// `DailyApiRequests`: how much of the allocation is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiUsage {
    /// Requests allowed in 24 hours.
    pub max: u64,
    /// Requests made in the last 24 hours.
    pub used: u64,
}

impl ApiUsage {
    /// The used part in per cent, rounded down. An allocation of 0 is used up.
    pub fn percent(self) -> u64 {
        (self.used * 100).checked_div(self.max).unwrap_or(100)
    }

    /// The same usage in steps of one per cent of the allocation, so that a counter which moves with every call is not
    /// a new fact each time.
    #[must_use]
    pub fn coarse(self) -> Self {
        let step = (self.max / 100).max(1);
        Self { max: self.max, used: self.used / step * step }
    }
}

/// All that one look at an org brought. Parts that were refused say so; the rest stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrgPicture {
    /// The org; none where this look did not ask for it.
    pub organization: Option<Permitted<Organization>>,
    /// The app's row, or none.
    pub app: Permitted<Option<ConnectedApp>>,
    /// Approvals of the app, oldest first.
    pub approvals: Permitted<Vec<Approval>>,
    /// What is known about how complete `approvals` is.
    pub coverage: Coverage,
    /// Users that hold approvals or were asked for.
    pub users: Permitted<Vec<User>>,
    /// The allocation.
    pub api_usage: Permitted<ApiUsage>,
    /// Seconds that the org's clock is ahead of ours (its `Date` header against the middle of the request).
    pub clock_offset_s: i64,
    /// What the org wrote down of itself, where that was asked for: it has a cadence of its own.
    pub history: Option<HistoryRead>,
}

/// How much of the truth a list of approvals is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Whether every page that Salesforce offered was read.
    pub complete: bool,
    /// `COUNT()` of the app's approvals, where it was asked for.
    pub counted: Option<u32>,
}

impl OrgPicture {
    /// The facts to keep, one for each thing that can change by itself. Users whose approvals are all gone get an empty
    /// list, so that their leaving is a fact too.
    pub fn into_facts(self, known: Option<&OrgState>) -> Vec<Fact> {
        let mut facts =
            vec![Fact::Answered { clock_offset_s: steady_offset(self.clock_offset_s) }, Fact::App(self.app)];
        facts.extend(self.organization.map(Fact::Organization));
        match self.approvals {
            Permitted::Yes(rows) => {
                let mut by_user: BTreeMap<UserId, Vec<Approval>> = BTreeMap::new();
                // A list that is not complete says nothing about rows that are missing from it.
                if self.coverage.complete {
                    by_user.extend(known.iter().flat_map(|org| org.holders()).map(|user| (user.clone(), Vec::new())));
                }
                for row in rows {
                    by_user.entry(row.user.clone()).or_default().push(row);
                }
                facts.push(Fact::Coverage(Permitted::Yes(self.coverage)));
                facts.extend(by_user.into_iter().map(|(user, rows)| Fact::Approvals { user, rows }));
            }
            Permitted::No(refused) => facts.push(Fact::Coverage(Permitted::No(refused))),
        }
        match self.users {
            Permitted::Yes(users) => facts.extend(users.into_iter().map(Fact::User)),
            Permitted::No(refused) => facts.push(Fact::UsersRefused(refused)),
        }
        facts.push(Fact::ApiUsage(match self.api_usage {
            Permitted::Yes(usage) => Permitted::Yes(usage.coarse()),
            refused @ Permitted::No(_) => refused,
        }));
        facts.extend(self.history.into_iter().flat_map(HistoryRead::into_facts));
        facts
    }
}

/// A clock offset below two seconds is the network's noise, and above it the last digits are: 0, or steps of five
/// seconds, so that the same clock is the same fact at every look.
pub fn steady_offset(seconds: i64) -> i64 {
    if seconds.abs() < 3 { 0 } else { (seconds + 2 * seconds.signum()) / 5 * 5 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_moves_in_steps() {
        let usage = ApiUsage { max: 15_000, used: 14_987 };
        assert_eq!(usage.percent(), 99);
        assert_eq!(usage.coarse().used, 14_850);
        assert_eq!(ApiUsage { max: 0, used: 0 }.percent(), 100);
    }

    #[test]
    fn offsets_are_steady() {
        assert_eq!([0, 2, -2, 3, 7, 8, 299, -61].map(steady_offset), [0, 0, 0, 5, 5, 10, 300, -60]);
    }
}
