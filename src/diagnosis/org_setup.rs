//! What an administrator of an org is to do in Setup so that sites can be connected and stay so: what is seen of each, the page, and
//! words to hand over. Pure. Uses `model`; whether it was done tells `checkup`.

use super::authorizing::is_blocked;
use super::permissions;
use crate::model::org::RefreshPolicy;
use crate::model::{Fleet, OrgName, OrgState, OrgTerms, Rotation, Settings, SetupPage};
use chrono::{DateTime, Utc};
use strum::IntoStaticStr;

/// One thing to set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum SetupTask {
    /// To install the app.
    InstallApp,
    /// To take a block away.
    UnblockApp,
    /// To let refresh tokens live until they are revoked.
    RefreshTokenPolicy,
    /// To turn rotation off, or to say whether it is on.
    Rotation,
    /// To give fusebox's own user what it lacks.
    Permissions,
}

/// Whether it is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Need {
    /// It is.
    ToDo,
    /// It is as it should be.
    Fine,
    /// That is not known: somebody is to look.
    Unknown,
}

/// One thing to set up, with what is seen of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrgTask {
    /// What.
    pub task: SetupTask,
    /// Whether it is to be done.
    pub need: Need,
    /// What is seen, in a sentence.
    pub seen: String,
    /// Where in Setup.
    pub page: SetupPage,
    /// Words for the administrator; empty where it is as it should be.
    pub words: String,
}

/// What is to be set up in an org, as it is known at `now`; none for an org that the configuration does not name.
pub fn org_setup(fleet: &Fleet, settings: &Settings, name: &OrgName, now: DateTime<Utc>) -> Option<Vec<OrgTask>> {
    let terms = settings.orgs.get(name)?;
    let unknown = OrgState::unknown(name.clone());
    let org = fleet.org(name).unwrap_or(&unknown);
    let blocked = org.id().map(|id| is_blocked(fleet, settings, id, now));
    Some(vec![install(org, terms), block(blocked, terms), policy(org, terms), rotation(terms), rights(org)])
}

fn install(org: &OrgState, terms: &OrgTerms) -> OrgTask {
    let app = &terms.app;
    let (need, seen) = match org.app_installed() {
        Some(true) => (Need::Fine, format!("{app} is installed")),
        Some(false) => (Need::ToDo, format!("{app} is not installed")),
        None => (Need::Unknown, format!("whether {app} is installed is not known")),
    };
    let words = format!(
        "Please install the app \"{app}\": in Setup, Connected Apps OAuth Usage, press Install in its row. Until then Salesforce refuses \
         it to users who hold no approval of it yet, so that a website which loses its connection may not get it back. Websites that are \
         connected go on working."
    );
    task(SetupTask::InstallApp, need, seen, SetupPage::OauthUsage, words)
}

fn block(blocked: Option<bool>, terms: &OrgTerms) -> OrgTask {
    let app = &terms.app;
    let (need, seen) = match blocked {
        Some(true) => (Need::ToDo, format!("Salesforce refused {app} as blocked by an administrator")),
        Some(false) => (Need::Fine, format!("no site was refused because {app} is blocked")),
        None => (Need::Unknown, format!("whether {app} is blocked is not known")),
    };
    let words = format!(
        "Please unblock the app \"{app}\": in Setup, Connected Apps OAuth Usage, press Unblock in its row. While it is blocked no website \
         that uses it reaches Salesforce."
    );
    task(SetupTask::UnblockApp, need, seen, SetupPage::OauthUsage, words)
}

fn policy(org: &OrgState, terms: &OrgTerms) -> OrgTask {
    let app = &terms.app;
    let row = org.app.as_ref().and_then(|seen| seen.value.seen()).and_then(Option::as_ref);
    let (need, seen) = match row.map(|row| row.policy) {
        Some(RefreshPolicy::UntilRevoked) => (Need::Fine, "refresh tokens live until they are revoked".to_owned()),
        Some(RefreshPolicy::Immediately) => (Need::ToDo, "refresh tokens end at once".to_owned()),
        Some(RefreshPolicy::Idle(number)) => {
            (Need::ToDo, format!("refresh tokens end when they are not used for {number} hours, days or months"))
        }
        Some(RefreshPolicy::Lifetime(number)) => {
            (Need::ToDo, format!("refresh tokens end {number} hours, days or months after they were made"))
        }
        None => (Need::Unknown, "when refresh tokens end is not known".to_owned()),
    };
    let words = format!(
        "Please let refresh tokens of the app \"{app}\" live: in Setup, Manage Connected Apps, press Edit beside it and choose \"Refresh \
         token is valid until revoked\" under Refresh Token Policy. With another policy each website has to be connected again, by hand, \
         whenever its token ends."
    );
    task(SetupTask::RefreshTokenPolicy, need, seen, SetupPage::ConnectedApps, words)
}

fn rotation(terms: &OrgTerms) -> OrgTask {
    let app = &terms.app;
    let (need, seen) = match terms.rotation {
        Rotation::Off => (Need::Fine, "tokens do not rotate, as the configuration says".to_owned()),
        Rotation::On => (Need::ToDo, "tokens rotate, as the configuration says".to_owned()),
        Rotation::Unknown => (Need::Unknown, "Salesforce tells nobody whether tokens rotate".to_owned()),
    };
    let words = format!(
        "Please look whether refresh token rotation is on for the app \"{app}\": in Setup, Manage Connected Apps, open its policies. If it \
         is on and you can turn it off, please do; where its publisher sets it, tell us. WP Fusion is not known to keep a token that was \
         rotated, and each website would lose its connection at its second refresh."
    );
    task(SetupTask::Rotation, need, seen, SetupPage::ConnectedApps, words)
}

fn rights(org: &OrgState) -> OrgTask {
    let missing = permissions::missing(org);
    let names: Vec<String> = missing.iter().map(|refused| format!("\"{}\"", refused.permission)).collect();
    let (need, seen) = match (org.answered_at, names.is_empty()) {
        (None, _) => (Need::Unknown, "the org was not looked at yet".to_owned()),
        (Some(_), true) => (Need::Fine, "fusebox's user may read what it asks for".to_owned()),
        (Some(_), false) => (Need::ToDo, format!("fusebox's user lacks {}", names.join(", "))),
    };
    let wanted = if names.is_empty() { "what docs/salesforce-client.md lists".to_owned() } else { names.join(", ") };
    let words = format!(
        "Please give the user that fusebox signs in as a permission set with {wanted}: in Setup, Permission Sets, New, then Manage \
         Assignments. fusebox reads with it which approvals there are and when they end."
    );
    task(SetupTask::Permissions, need, seen, SetupPage::PermissionSets, words)
}

fn task(task: SetupTask, need: Need, seen: String, page: SetupPage, words: String) -> OrgTask {
    let words = if need == Need::Fine { String::new() } else { words };
    OrgTask { task, need, seen, page, words }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::fixture::{OrgBuilder, acme, at, not_permitted, scene, site};
    use crate::model::Permitted;

    fn needs(org: OrgBuilder) -> Vec<(SetupTask, Need)> {
        let scene = scene(org.looked(0), [site("shop").alive()]);
        let tasks = org_setup(&scene.fleet, &scene.settings, &OrgName::new("acme"), at(1)).expect("it is configured");
        assert!(tasks.iter().all(|task| task.words.is_empty() == (task.need == Need::Fine)), "{tasks:#?}");
        tasks.into_iter().map(|task| (task.task, task.need)).collect()
    }

    #[test]
    fn what_is_fine_needs_no_words_and_what_nobody_tells_is_asked() {
        let all_well = needs(acme().policy(RefreshPolicy::UntilRevoked).terms(|terms| terms.rotation = Rotation::Off));
        assert!(all_well.iter().all(|(_, need)| *need == Need::Fine), "{all_well:?}");
        let unsaid = needs(acme().policy(RefreshPolicy::Idle(30)));
        assert!(unsaid.contains(&(SetupTask::RefreshTokenPolicy, Need::ToDo)), "{unsaid:?}");
        assert!(unsaid.contains(&(SetupTask::Rotation, Need::Unknown)), "{unsaid:?}");
        let absent = needs(acme().with(|picture| picture.app = Permitted::Yes(None)));
        assert!(absent.contains(&(SetupTask::InstallApp, Need::ToDo)), "{absent:?}");
    }

    #[test]
    fn a_missing_permission_is_named_to_who_can_give_it() {
        let org = acme().with(|picture| picture.app = not_permitted("View Setup and Configuration")).looked(0);
        let scene = scene(org, []);
        let tasks = org_setup(&scene.fleet, &scene.settings, &OrgName::new("acme"), at(1)).expect("it is configured");
        let rights = tasks.iter().find(|task| task.task == SetupTask::Permissions).expect("one");
        assert_eq!((rights.need, rights.page), (Need::ToDo, SetupPage::PermissionSets));
        assert!(rights.words.contains("\"View Setup and Configuration\""), "{}", rights.words);
        assert_eq!(org_setup(&scene.fleet, &scene.settings, &OrgName::new("other"), at(1)), None);
    }
}
