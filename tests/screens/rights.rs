//! What fusebox's user may not read of an org: exactly that is greyed, and the permission is named.

use crate::fleet::{FULL, now, picture};
use crate::{DARK, keys, screen, text};
use chrono::{DateTime, Utc};
use fusebox::diagnosis;
use fusebox::model::approval::approval_id;
use fusebox::model::org::{Coverage, RefreshPolicy, Refused};
use fusebox::model::{
    ApiUsage, AppKind, Approval, ConnectedApp, Fact, Fleet, Observation, OrgBoard, OrgId, OrgName, OrgTerms,
    Organization, Permission, Permitted, PolicyUnit, Settings, Stretch, Target, User, UserId,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const ACME: &str = "acme";
const APP: &str = "WP Fusion (OAuth)";

/// What looks bring where nothing is refused.
fn all(at: DateTime<Utc>) -> Vec<Fact> {
    let user = UserId::parse("0055g0000000001AAA").expect("a user id");
    let id = OrgId::parse("00D5g000004F2xyEAC").expect("an org id");
    let approval = Approval {
        id: approval_id(&id, &user, APP, at, 0),
        user: user.clone(),
        app: APP.into(),
        created_at: at,
        last_used_at: None,
        use_count: 3,
    };
    let organization = Organization {
        id,
        name: "Acme".into(),
        edition: "Enterprise Edition".into(),
        sandbox: false,
        instance: None,
        trial_ends_at: None,
    };
    let app = ConnectedApp { name: APP.into(), admin_approved_only: false, policy: RefreshPolicy::Idle(30) };
    vec![
        Fact::Answered { clock_offset_s: 0 },
        Fact::Organization(Permitted::Yes(organization)),
        Fact::App(Permitted::Yes(Some(app))),
        Fact::Coverage(Permitted::Yes(Coverage { complete: true, counted: None })),
        Fact::Approvals { user: user.clone(), rows: vec![approval] },
        Fact::User(User { id: user, username: "ops1@acme.example".into(), active: true, frozen: Some(false) }),
        Fact::ApiUsage(Permitted::Yes(ApiUsage { max: 100_000, used: 12_000 })),
        Fact::Logins { users: BTreeSet::new(), read: Permitted::Yes(Stretch { rows: Vec::new(), until: None }) },
        Fact::Sessions(Permitted::Yes(Vec::new())),
        Fact::SetupChanges(Permitted::Yes(Stretch { rows: Vec::new(), until: None })),
        Fact::AppKind(Permitted::Yes(AppKind::Connected)),
    ]
}

/// The same without a permission, as Salesforce answers then.
fn without(words: &str) -> Vec<Fact> {
    let no = || Refused { permission: words.to_owned(), text: "insufficient access".into() };
    let is = |permission: Permission| words == permission.to_string();
    let facts = all(now()).into_iter().filter_map(|fact| {
        Some(match fact {
            Fact::Coverage(_) if is(Permission::CustomizeApplication) => Fact::Coverage(Permitted::No(no())),
            Fact::Approvals { .. } if is(Permission::CustomizeApplication) => return None,
            Fact::App(_) if is(Permission::ViewSetup) => Fact::App(Permitted::No(no())),
            Fact::ApiUsage(_) if is(Permission::ViewSetup) => Fact::ApiUsage(Permitted::No(no())),
            Fact::SetupChanges(_) if is(Permission::ViewSetup) => Fact::SetupChanges(Permitted::No(no())),
            Fact::AppKind(_) if is(Permission::ViewSetup) => Fact::AppKind(Permitted::No(no())),
            Fact::User(user) if is(Permission::ManageUsers) => Fact::User(User { frozen: None, ..user }),
            Fact::Sessions(_) if is(Permission::ManageUsers) => Fact::Sessions(Permitted::No(no())),
            Fact::User(_) if is(Permission::ReadUser) => Fact::UsersRefused(no()),
            Fact::Logins { users, .. } if words.contains("Monitor Login History") => {
                Fact::Logins { users, read: Permitted::No(no()) }
            }
            fact => fact,
        })
    });
    facts.collect()
}

fn board(facts: Vec<Fact>) -> OrgBoard {
    let (name, mut fleet) = (OrgName::new(ACME), Fleet::default());
    for fact in facts {
        fleet.apply(&Observation { target: Target::Org(name.clone()), at: now(), fact });
    }
    let terms = OrgTerms { app: APP.into(), policy_unit: Some(PolicyUnit::Days), ..OrgTerms::default() };
    let settings = Settings { orgs: BTreeMap::from([(name.clone(), terms)]), ..Settings::default() };
    diagnosis::board(&fleet, &settings, &name).expect("a board")
}

/// The view of orgs, with this one alone.
fn page(board: OrgBoard) -> String {
    let mut picture = picture(Vec::new());
    picture.boards = Arc::new(vec![Arc::new(board)]);
    let mut state = screen(160, 50, DARK, false, picture);
    keys(&mut state, "3");
    text(&state)
}

/// What stands under each head in the org's line.
fn cells(page: &str) -> BTreeMap<String, String> {
    let lines: Vec<Vec<char>> = page.lines().map(|line| line.chars().collect()).collect();
    let place = lines.iter().position(|line| line.iter().collect::<String>().contains("EDITION")).expect("the heads");
    let (heads, line) = (&lines[place], &lines[place + 1]);
    let begins = |i: &usize| heads[*i] != ' ' && (*i < 2 || (heads[*i - 1] == ' ' && heads[*i - 2] == ' '));
    let starts: Vec<usize> = (0..heads.len()).filter(begins).collect();
    let ends = starts.iter().skip(1).copied().chain([heads.len().max(line.len())]);
    let cut = |text: &[char], from: usize, to: usize| {
        text.get(from..to.min(text.len())).unwrap_or_default().iter().collect::<String>().trim().to_owned()
    };
    // Figures stand under the end of their heads, so a cell reaches from the end of the head before it.
    starts.iter().zip(ends).map(|(from, to)| (cut(heads, *from, to), cut(line, *from, to))).collect()
}

/// The permissions that the page names.
fn named(page: &str) -> BTreeSet<String> {
    let told = page.lines().filter_map(|line| line.split_once("? needs ")?.1.split_once(':'));
    told.map(|(permission, _)| permission.to_owned()).collect()
}

#[test]
fn exactly_what_is_not_permitted_is_greyed_and_named() {
    assert!(FULL.picture.boards.iter().any(|board| board.name.as_str() == ACME));
    let whole = page(board(all(now())));
    assert_eq!(named(&whole), BTreeSet::new(), "{whole}");
    let before = cells(&whole);
    assert!(
        before.len() >= 10 && before.values().all(|cell| cell != "?" || cell.is_empty()) || before["ROTATION"] == "?"
    );
    for (words, greyed) in [
        ("Customize Application", vec!["FULL", "USERS"]),
        ("View Setup and Configuration", vec!["API TODAY", "APP", "REFRESH TOKEN"]),
        ("Manage Users", vec![]),
        ("Manage Users or Monitor Login History", vec![]),
        ("Read on User", vec![]),
    ] {
        let page = page(board(without(words)));
        assert_eq!(named(&page), BTreeSet::from([words.to_owned()]), "{page}");
        assert!(page.contains(&Permission::lost_without(words)[..30]), "what is lost without {words}: {page}");
        let after = cells(&page);
        let changed: Vec<&str> =
            before.iter().filter(|(head, cell)| after[*head] != **cell).map(|(head, _)| head.as_str()).collect();
        assert_eq!(changed, greyed, "{words}: {page}");
        for head in greyed {
            assert!(
                ["?", "not permitted"].contains(&after[head].as_str()),
                "{head} without {words}: {:?}",
                after[head]
            );
        }
    }
}

#[test]
fn the_users_of_an_org_say_what_they_lack() {
    for (words, shown) in [
        ("Customize Application", "▲ needs Customize Application"),
        ("Manage Users", "needs Manage Users"),
        ("Read on User", "needs Read on User"),
    ] {
        let mut picture = picture(Vec::new());
        picture.boards = Arc::new(vec![Arc::new(board(without(words)))]);
        let mut state = screen(160, 50, DARK, false, picture);
        keys(&mut state, "2");
        let page = text(&state);
        assert!(page.contains(shown), "{words}: {page}");
        let listed = words != "Customize Application";
        assert!(page.contains(if listed { "1 user " } else { "? users   ? approvals" }), "{words}: {page}");
    }
}
