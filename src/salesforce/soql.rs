//! The queries. Names and ids go in as escaped literals, columns are fixed: token columns of `OauthToken`
//! (`AccessToken`, `RequestToken`, `DeleteToken`) are never among them, but for [`delete_token`], which is asked at the moment
//! of a revocation alone. Uses `model` alone.

use crate::model::{Clean, UserId};
use chrono::{DateTime, SecondsFormat, SubsecRound, TimeDelta, Utc};

/// Ids that one query may list. A composite subrequest's address is bounded by 16,384 bytes, an id in it takes 27.
pub(super) const MOST_IDS: usize = 300;

/// The org itself.
pub(super) const ORGANIZATION: &str =
    "SELECT Id, Name, OrganizationType, IsSandbox, InstanceName, TrialExpirationDate FROM Organization";

/// Whether the signed-in user may see everybody's approvals (41.0 and later; everybody may ask it of themselves).
pub(super) const OWN_RIGHTS: &str = "SELECT PermissionsCustomizeApplication FROM UserPermissionAccess";

/// Whether the signed-in user may see everybody's logins without "Manage Users".
pub(super) const OWN_LOGIN_RIGHTS: &str =
    "SELECT PermissionsCustomizeApplication, PermissionsMonitorLoginHistory FROM UserPermissionAccess";

/// Rows that a query of the history asks for: one page, so that it costs no further call. The rest comes next time.
pub(super) const MOST_ROWS: usize = 2_000;

/// Logins of users since a time of the org's clock, oldest first. `Status` and `Application` can be asked for and not
/// filtered.
pub(super) fn logins(ids: &[&UserId], since: DateTime<Utc>) -> String {
    format!(
        "SELECT Id, UserId, LoginTime, LoginSubType, Application, Status, SourceIp FROM LoginHistory \
         WHERE UserId IN ({}) AND LoginTime >= {} ORDER BY LoginTime LIMIT {MOST_ROWS}",
        list(ids),
        time(since)
    )
}

/// Sessions of users that live, those used last first.
pub(super) fn sessions(ids: &[&UserId]) -> String {
    format!(
        "SELECT UsersId, CreatedDate, LastModifiedDate, NumSecondsValid, SessionType, SourceIp, LoginHistoryId \
         FROM AuthSession WHERE UsersId IN ({}) ORDER BY LastModifiedDate DESC LIMIT {MOST_ROWS}",
        list(ids)
    )
}

/// What administrators changed since a time of the org's clock, oldest first. `Display` can not be filtered.
pub(super) fn setup_changes(since: DateTime<Utc>) -> String {
    format!(
        "SELECT Id, Action, CreatedDate, CreatedBy.Username, Display FROM SetupAuditTrail \
         WHERE CreatedDate >= {} ORDER BY CreatedDate LIMIT {MOST_ROWS}",
        time(since)
    )
}

/// External client apps, few in any org.
pub(super) const EXTERNAL_APPS: &str = "SELECT Id, MasterLabel FROM ExternalClientApplication LIMIT 500";

/// Their policies.
pub(super) const EXTERNAL_POLICIES: &str =
    "SELECT ExternalClientApplicationId, PermittedUsersPolicyType FROM ExtlClntAppOauthPlcyCnfg LIMIT 500";

/// Everybody who is frozen: few in any org, so that one page holds them, and nobody has to be named. In order, so that a
/// first page is the same one at every look.
pub(super) const FROZEN: &str = "SELECT UserId FROM UserLogin WHERE IsFrozen = true ORDER BY UserId";

/// What is asked of every approval.
const OF_APPROVALS: &str =
    "SELECT AppName, UserId, User.Username, User.IsActive, CreatedDate, LastUsedDate, UseCount FROM OauthToken";

/// All approvals of the app, with what is known of their users.
pub(super) fn approvals(app: &Clean) -> String {
    format!("{OF_APPROVALS} WHERE AppName = {} ORDER BY UserId, CreatedDate", literal(app.as_str()))
}

/// The same list from row `from` on. `OauthToken` takes offsets beyond the 2,000 that are the end elsewhere.
pub(super) fn approvals_from(app: &Clean, from: usize, most: usize) -> String {
    format!("{} LIMIT {most} OFFSET {from}", approvals(app))
}

/// What was made or used since a time of the org's clock.
pub(super) fn changed_approvals(app: &Clean, since: DateTime<Utc>) -> String {
    let since = time(since);
    format!(
        "{OF_APPROVALS} WHERE AppName = {} AND (CreatedDate >= {since} OR LastUsedDate >= {since}) \
         ORDER BY UserId, CreatedDate",
        literal(app.as_str())
    )
}

/// Rows of other apps that are asked for: the page that a query of approvals brings.
pub(super) const MOST_OTHERS: usize = 500;

/// What users approved of other apps than this one. Grouping would be shorter, and is not known to work here.
pub(super) fn other_approvals(app: &Clean, ids: &[&UserId]) -> String {
    format!(
        "SELECT AppName, UserId, LastUsedDate FROM OauthToken WHERE AppName != {} AND UserId IN ({}) \
         ORDER BY UserId, AppName LIMIT {MOST_OTHERS}",
        literal(app.as_str()),
        list(ids)
    )
}

/// How many approvals of the app there are.
pub(super) fn count_approvals(app: &Clean) -> String {
    format!("SELECT COUNT() FROM OauthToken WHERE AppName = {}", literal(app.as_str()))
}

/// What ends the approval of the app that the user made in the second of `made`, with what tells whether it is the one. Of two made
/// in one second both come.
pub(super) fn delete_token(app: &Clean, user: &UserId, made: DateTime<Utc>) -> String {
    let from = made.trunc_subsecs(0);
    format!(
        "SELECT AppName, UserId, CreatedDate, LastUsedDate, UseCount, DeleteToken FROM OauthToken \
         WHERE AppName = {} AND UserId = {} AND CreatedDate >= {} AND CreatedDate < {} LIMIT 2",
        literal(app.as_str()),
        literal(user.as_str()),
        time(from),
        time(from + TimeDelta::seconds(1))
    )
}

/// The app's row.
pub(super) fn app(app: &Clean) -> String {
    format!(
        "SELECT Name, OptionsAllowAdminApprovedUsersOnly, RefreshTokenValidityPeriod, OptionsRefreshTokenValidityMetric \
         FROM ConnectedApplication WHERE Name = {}",
        literal(app.as_str())
    )
}

/// Users by id.
pub(super) fn users(ids: &[&UserId]) -> String {
    format!("SELECT Id, Username, IsActive FROM User WHERE Id IN ({})", list(ids))
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn list(ids: &[&UserId]) -> String {
    ids.iter().map(|id| literal(id.as_str())).collect::<Vec<_>>().join(",")
}

/// A string literal: the quote and the backslash are what could end it.
fn literal(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('\'');
    for c in text.chars() {
        match c {
            '\'' | '\\' => {
                quoted.push('\\');
                quoted.push(c);
            }
            _ => quoted.push(c),
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads a literal as the SOQL grammar does: what it holds, and what is left after it.
    fn read(query: &str) -> (String, &str) {
        let mut chars = query.strip_prefix('\'').expect("a quote").char_indices();
        let mut held = String::new();
        while let Some((at, c)) = chars.next() {
            match c {
                '\'' => return (held, &query[at + 2..]),
                '\\' => held.push(chars.next().expect("an escaped sign").1),
                _ => held.push(c),
            }
        }
        panic!("{query} never ends");
    }

    #[test]
    fn a_name_cannot_leave_its_quotes() {
        assert_eq!(literal(r"Bob's \ app"), r"'Bob\'s \\ app'");
        let query = approvals(&"x' OR AppName != '".into());
        assert!(query.contains(r"WHERE AppName = 'x\' OR AppName != \'' ORDER BY"), "{query}");
    }

    #[test]
    fn no_query_asks_for_a_token() {
        let id = UserId::parse("0055g000000USERAA4").expect("an id");
        let app_name = "WP Fusion (OAuth)".into();
        let since = DateTime::UNIX_EPOCH;
        let queries = [
            ORGANIZATION,
            OWN_RIGHTS,
            OWN_LOGIN_RIGHTS,
            FROZEN,
            EXTERNAL_APPS,
            EXTERNAL_POLICIES,
            &approvals(&app_name),
            &app(&app_name),
            &users(&[&id]),
            &logins(&[&id], since),
            &sessions(&[&id]),
            &setup_changes(since),
            &other_approvals(&app_name, &[&id]),
        ];
        for query in queries {
            let query = query.to_lowercase();
            for column in ["accesstoken", "requesttoken", "deletetoken"] {
                assert!(!query.contains(column), "{query}");
            }
        }
    }

    #[test]
    fn one_query_asks_for_a_delete_token_and_for_one_second_of_one_user() {
        let id = UserId::parse("0055g000000USERAA4").expect("an id");
        let made = DateTime::parse_from_rfc3339("2026-02-11T09:30:59.250Z").expect("a time").to_utc();
        let query = delete_token(&"WP Fusion (OAuth)".into(), &id, made);
        assert!(
            query.ends_with(
                "WHERE AppName = 'WP Fusion (OAuth)' AND UserId = '0055g000000USERAA4' AND CreatedDate >= 2026-02-11T09:30:59Z \
                 AND CreatedDate < 2026-02-11T09:31:00Z LIMIT 2"
            ),
            "{query}"
        );
        assert!(!query.contains("AccessToken") && !query.contains("RequestToken"), "{query}");
    }

    proptest! {
        #[test]
        fn every_name_reads_back(name in "\\PC{0,40}") {
            let query = literal(&name) + " ORDER BY UserId";
            prop_assert_eq!(read(&query), (name, " ORDER BY UserId"));
        }
    }
}
