//! The second, slower look: logins, sessions and what administrators changed, what kind of app WP Fusion's is, and which other
//! apps its users approved. Two composite requests, one more for many users; each part is permitted or refused by itself. Uses
//! `model` alone.

use crate::model::org::{Permitted, Refused};
use crate::model::{
    AppKind, Clean, HistoryRead, Login, LoginKind, OtherApp, OtherApps, Permission, Session, SetupChange, Stretch,
    UserId,
};
use crate::salesforce::api::Api;
use crate::salesforce::composite::{self, Answer, Part};
use crate::salesforce::error::{Error, Kind};
use crate::salesforce::look::USER_PREFIX;
use crate::salesforce::soql;
use crate::salesforce::wire::{
    ExternalAppRow, ExternalPolicyRow, LoginRow, OtherTokenRow, OwnRightsRow, Page, SessionRow, SetupChangeRow,
};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// Calls of one such look, at most. Users beyond what they can name are not asked for.
pub(super) const MOST_CALLS: usize = 3;

/// What Salesforce calls a session that OAuth began.
const OAUTH_SESSION: &str = "oauth";

/// What to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskHistory {
    /// WP Fusion's app, by its label.
    pub app: Clean,
    /// Users whom sites name or who hold approvals.
    pub users: BTreeSet<UserId>,
    /// From when on logins are wanted, by the org's clock.
    pub logins_from: DateTime<Utc>,
    /// The same for changes.
    pub changes_from: DateTime<Utc>,
}

/// Looks once.
pub(super) async fn look(api: &mut Api<'_>, ask: &AskHistory) -> Result<HistoryRead, Error> {
    let users: BTreeSet<_> = ask.users.iter().filter(|id| id.as_str().starts_with(USER_PREFIX)).cloned().collect();
    let users: BTreeSet<_> = users.into_iter().take(MOST_CALLS * soql::MOST_IDS).collect();
    let ids: Vec<_> = users.iter().collect();
    let requests = composite::Request::history(&ask.app, &ids, ask.logins_from, ask.changes_from);
    let calls = requests.len();
    let mut logins = Permitted::Yes(Stretch { rows: Vec::new(), until: None });
    let mut sessions = Permitted::Yes(Vec::new());
    let (mut changes, mut external, mut other_apps) = (None, None, None);
    for request in requests {
        let body = api.composite(&request).await?;
        let answer = Answer::read(&body, api.redactor)?;
        if request.asks(Part::Logins) {
            add_logins(&mut logins, answer.part(Part::Logins)?, &ask.app);
            add_sessions(&mut sessions, answer.part(Part::Sessions)?);
        }
        if request.asks(Part::SetupChanges) {
            changes = Some(map(answer.part(Part::SetupChanges)?, |page| stretch(page, &ask.app)));
            external = Some((answer.part(Part::ExternalApps)?, answer.part(Part::ExternalPolicies)?));
        }
        if request.asks(Part::OtherApprovals) {
            let asked = ids.iter().take(soql::MOST_IDS).copied();
            other_apps = Some(map(answer.part(Part::OtherApprovals)?, |page| others(page, asked)));
        }
    }
    let changes = changes.unwrap_or_else(|| not_asked(Part::SetupChanges.permission()));
    let app_kind = match external {
        Some((apps, policies)) => app_kind(apps, &policies, &ask.app, changes.seen().is_some()),
        None => not_asked(Part::ExternalApps.permission()),
    };
    let logins = doubt(api, logins, sessions.refused(), calls).await?;
    Ok(HistoryRead { users, logins, sessions, changes, app_kind, other_apps })
}

/// Rows by user and label, counted. In a page that was cut the user of the last row may have more, and who has none in it any:
/// in which order Salesforce puts ids is not known well enough to tell.
fn others<'a>(page: Page<OtherTokenRow>, asked: impl Iterator<Item = &'a UserId>) -> OtherApps {
    let complete = match cut_at(&page, soql::MOST_OTHERS, |row| row.user_id.clone()) {
        Some(last) => page.records.iter().map(|row| &row.user_id).filter(|user| **user != last).cloned().collect(),
        None => asked.cloned().collect(),
    };
    let mut counted: BTreeMap<(UserId, Clean), OtherApp> = BTreeMap::new();
    for row in page.records {
        let (user, app) = (row.user_id, row.app_name);
        let known =
            counted.entry((user.clone(), app.clone())).or_insert(OtherApp { user, app, approvals: 0, used_at: None });
        known.approvals = known.approvals.saturating_add(1);
        known.used_at = known.used_at.max(row.last_used_date.map(|time| time.0));
    }
    OtherApps { rows: counted.into_values().collect(), complete }
}

fn add_logins(logins: &mut Permitted<Stretch<Login>>, page: Permitted<Page<LoginRow>>, app: &Clean) {
    let page = match page {
        Permitted::Yes(page) => page,
        Permitted::No(refused) => return *logins = Permitted::No(refused),
    };
    let Permitted::Yes(stretch) = logins else { return };
    if let Some(until) = cut_at(&page, soql::MOST_ROWS, |row| row.login_time.0) {
        stretch.until = Some(stretch.until.map_or(until, |known| known.min(until)));
    }
    // `Application` can not be filtered by a query, so what other apps did comes along and is left out here.
    let of_app = |row: &LoginRow| row.application.as_ref().is_some_and(|label| same(label, app));
    stretch.rows.extend(page.records.into_iter().filter(of_app).map(login));
}

/// Up to where a page was read that holds as many rows as were asked for: further ones may follow.
fn cut_at<T, U>(page: &Page<T>, most: usize, at: impl Fn(&T) -> U) -> Option<U> {
    let cut = !page.done || page.records.len() >= most;
    page.records.last().filter(|_| cut).map(at)
}

fn login(row: LoginRow) -> Login {
    let how = match row.login_sub_type.as_ref().map(Clean::as_str) {
        Some("OauthRefreshToken" | "OauthHybridRefreshToken") => LoginKind::Refresh,
        Some("OauthWebServer" | "OauthHybridWebServer") => LoginKind::Code,
        _ => LoginKind::Other,
    };
    let refused = row.status.filter(|status| !status.as_str().eq_ignore_ascii_case("success"));
    Login { id: row.id, user: row.user_id, at: row.login_time.0, how, from: row.source_ip, refused }
}

fn add_sessions(sessions: &mut Permitted<Vec<Session>>, page: Permitted<Page<SessionRow>>) {
    let page = match page {
        Permitted::Yes(page) => page,
        Permitted::No(refused) => return *sessions = Permitted::No(refused),
    };
    let Permitted::Yes(known) = sessions else { return };
    let session = |row: SessionRow| {
        let kind = row.session_type.as_ref().map_or("", Clean::as_str).to_ascii_lowercase();
        Some(Session {
            user: row.users_id.filter(|_| kind.contains(OAUTH_SESSION))?,
            began_at: row.created_date.0,
            used_at: row.last_modified_date.0,
            valid_s: row.num_seconds_valid?,
            from: row.source_ip,
            login: row.login_history_id,
        })
    };
    known.extend(page.records.into_iter().filter_map(session));
}

/// What administrators did to apps, and to users whether they may log in.
fn stretch(page: Page<SetupChangeRow>, app: &Clean) -> Stretch<SetupChange> {
    let until = cut_at(&page, soql::MOST_ROWS, |row| row.created_date.0);
    let app = app.as_str().to_lowercase();
    let concerns = |row: &SetupChangeRow| {
        let action = row.action.as_ref().map_or("", Clean::as_str).to_lowercase();
        let what = row.display.as_ref().map_or("", Clean::as_str).to_lowercase();
        let words = ["connected app", "external client app", "oauth", app.as_str()];
        let actions = ["deactivateduser", "activateduser", "frozeuser", "unfrozeuser", "application", "connectedapp"];
        words.iter().any(|word| what.contains(word)) || actions.iter().any(|word| action.contains(word))
    };
    let change = |row: SetupChangeRow| SetupChange {
        id: row.id,
        at: row.created_date.0,
        action: row.action.unwrap_or_default(),
        what: row.display.unwrap_or_default(),
        by: row.created_by.map(|user| user.username),
    };
    Stretch { rows: page.records.into_iter().filter(concerns).map(change).collect(), until }
}

/// An org that has no external client apps knows no such object, and says the same to who may not see them. `may_see`:
/// whether what needs the same right was told.
fn app_kind(
    apps: Permitted<Page<ExternalAppRow>>,
    policies: &Permitted<Page<ExternalPolicyRow>>,
    label: &Clean,
    may_see: bool,
) -> Permitted<AppKind> {
    let apps = match apps {
        Permitted::Yes(page) => page.records,
        Permitted::No(_) if may_see => return Permitted::Yes(AppKind::Connected),
        Permitted::No(refused) => return Permitted::No(refused),
    };
    let Some(app) = apps.into_iter().find(|app| same(&app.master_label, label)) else {
        return Permitted::Yes(AppKind::Connected);
    };
    let policies = policies.seen().map(|page| page.records.as_slice()).unwrap_or_default();
    let policy = policies.iter().find(|policy| policy.external_client_application_id.as_ref() == Some(&app.id));
    let permitted = policy.and_then(|policy| policy.permitted_users_policy_type.as_ref());
    Permitted::Yes(AppKind::External {
        admin_approved_only: permitted.map(|kind| kind.as_str() == "AdminApprovedPreAuthorized"),
    })
}

/// Without a right Salesforce lists the asking user's own logins and refuses nothing. Who may see sessions may see all
/// logins, and where others' are listed there is no doubt either; else fusebox's own rights tell, for one call more.
async fn doubt(
    api: &mut Api<'_>,
    logins: Permitted<Stretch<Login>>,
    sessions_refused: Option<&Refused>,
    calls: usize,
) -> Result<Permitted<Stretch<Login>>, Error> {
    if sessions_refused.is_none() || logins.seen().is_none_or(|stretch| !stretch.rows.is_empty()) {
        return Ok(logins);
    }
    let may = match calls {
        MOST_CALLS.. => None,
        _ => match api.page::<OwnRightsRow>(&composite::query_path(soql::OWN_LOGIN_RIGHTS)).await {
            Ok(page) => page.records.first().map(|row| row.permissions_monitor_login_history == Some(true)),
            Err(error) if error.kind().is_refusal() || matches!(error.kind(), Kind::Malformed | Kind::NotFound) => None,
            Err(error) => return Err(error),
        },
    };
    if may == Some(true) {
        return Ok(logins);
    }
    let text = "Salesforce lists only the logins of fusebox's own user, and refuses nothing, without one of these";
    let permission = format!("{} or {}", Permission::ManageUsers, Permission::MonitorLoginHistory);
    Ok(Permitted::No(Refused { permission, text: text.into() }))
}

fn same(one: &Clean, other: &Clean) -> bool {
    one.as_str().eq_ignore_ascii_case(other.as_str())
}

fn not_asked<T>(permission: Permission) -> Permitted<T> {
    Permitted::No(Refused { permission: permission.to_string(), text: "it was not asked for".into() })
}

fn map<T, U>(permitted: Permitted<T>, map: impl FnOnce(T) -> U) -> Permitted<U> {
    match permitted {
        Permitted::Yes(value) => Permitted::Yes(map(value)),
        Permitted::No(refused) => Permitted::No(refused),
    }
}
