//! Each rule on what it is for.

use super::*;
use crate::diagnosis::fixture::{Scene, SiteBuilder, acme, at, not_permitted, org_id, scene, site as a_site};
use crate::model::org::RefreshPolicy;
use crate::model::site::{Cron, Staging};
use crate::model::{ApiUsage, FailureClass, OrgName, Permission, PluginState, PolicyUnit, Rotation, SiteName};
use chrono::TimeDelta;
use proptest::prelude::*;

fn rest() -> Way {
    Way::Rest { user: "fusebox".to_owned() }
}

fn org_lines(scene: &Scene, asked: &Asked) -> Vec<Check> {
    let name = OrgName::new("acme");
    let terms = &scene.settings.orgs[&name];
    let asked = OrgAsked { name: &name, terms, secure: true, flow: "jwt", api_version: "v60.0", asked };
    org(&asked, &scene.fleet, &scene.settings.thresholds, at(1))
}

fn site_lines(scene: &Scene, way: &Way, asked: &Asked, host_offset: i64) -> Vec<Check> {
    let name = SiteName::new("shop");
    let host_offset = Some(host_offset);
    let asked = SiteAsked { name: &name, way, secure: true, agent_version: "1", host_offset, asked };
    site(&asked, &scene.fleet, &scene.settings, at(1))
}

/// The status and the words of one line.
fn told(checks: &[Check], check: &str) -> (Status, String) {
    let found = checks.iter().find(|line| line.check == check).unwrap_or_else(|| panic!("no {check}: {checks:#?}"));
    (found.status, format!("{} -> {}", found.text, found.advice.as_deref().unwrap_or_default()))
}

fn not_well(checks: &[Check]) -> Vec<&'static str> {
    checks.iter().filter(|check| check.status > Status::Skip).map(|check| check.check).collect()
}

fn shop(change: impl FnOnce(SiteBuilder) -> SiteBuilder) -> Scene {
    let org = acme().approval(1, -60, 0, 9).terms(|terms| terms.rotation = Rotation::Off).looked(0);
    scene(org, [change(a_site("shop"))])
}

fn shop_lines(change: impl FnOnce(SiteBuilder) -> SiteBuilder) -> Vec<Check> {
    site_lines(&shop(change), &rest(), &Asked::Answered, 0)
}

#[test]
fn what_is_well_is_said_to_be_well() {
    assert_eq!(not_well(&shop_lines(SiteBuilder::alive)), [""; 0]);
    let scene = shop(SiteBuilder::alive);
    assert_eq!(not_well(&org_lines(&scene, &Asked::Answered)), [""; 0]);
}

#[test]
fn each_missing_right_is_named_with_what_is_lost() {
    let base = || acme().approval(1, -60, 0, 9);
    let lines = |org| org_lines(&scene(org, []), &Asked::Answered);
    let customize = lines(base().with(|org| org.approvals = not_permitted("Customize Application")).looked(0));
    assert_eq!(not_well(&customize), ["Customize Application"]);
    assert!(told(&customize, "Customize Application").1.contains(Permission::CustomizeApplication.lost()));
    let setup = lines(base().with(|org| org.app = not_permitted("View Setup and Configuration")).looked(0));
    assert_eq!(not_well(&setup), ["View Setup and Configuration"]);
    assert!(told(&setup, "View Setup and Configuration").1.contains("give fusebox's user"));
    assert_eq!(told(&setup, "policy").0, Status::Skip);
    let users = lines(base().users(|users| users.iter_mut().for_each(|user| user.frozen = None)).looked(0));
    assert_eq!(not_well(&users), ["Manage Users"]);
    let read = lines(base().with(|org| org.users = not_permitted("Read on User")).looked(0));
    assert!(not_well(&read).contains(&"Read on User"), "{read:#?}");
    let nobody = lines(acme().users(|users| users.iter_mut().for_each(|user| user.frozen = None)).looked(0));
    assert_eq!(told(&nobody, "Manage Users").0, Status::Skip, "it was not asked");
}

#[test]
fn the_way_ends_where_it_ended() {
    for (class, check, before) in [
        (FailureClass::Dns, "name", 0),
        (FailureClass::Timeout, "connection", 1),
        (FailureClass::Tls, "tls", 2),
        (FailureClass::Unauthorized, "sign-in", 3),
        (FailureClass::ApiDisabled, "sign-in", 3),
    ] {
        let failure = Failure::new(class, "the words of whoever refused");
        let lines = org_lines(&scene(acme().failed(0, class), []), &Asked::Failed(failure));
        let (status, text) = told(&lines, check);
        assert_eq!(status, Status::Fail, "{class}");
        assert!(text.contains(&class.to_string()) && text.contains("the words of whoever refused"), "{text}");
        assert_eq!(lines.iter().filter(|line| line.status == Status::Ok).count(), before, "{class}");
    }
}

#[test]
fn every_failure_of_a_site_has_a_cure() {
    use strum::IntoEnumIterator;
    for class in FailureClass::iter() {
        for way in [rest(), Way::Local, Way::Ssh { host: "web1".to_owned() }] {
            let asked = Asked::Failed(Failure::new(class, "no"));
            let lines = site_lines(&shop(|site| site), &way, &asked, 0);
            let failed: Vec<_> = lines.iter().filter(|line| line.status == Status::Fail).collect();
            assert_eq!(failed.len(), 1, "{class}");
            assert!(failed[0].advice.as_ref().is_some_and(|advice| advice.len() > 10));
        }
    }
    let refused = Asked::Failed(Failure::new(FailureClass::Unauthorized, "no"));
    let lines = site_lines(&shop(|site| site), &rest(), &refused, 0);
    assert!(told(&lines, "password").1.contains("wp user application-password create fusebox"));
}

#[test]
fn a_policy_without_a_unit_and_a_full_allocation_are_told() {
    let org = acme().approval(1, -60, 0, 9).policy(RefreshPolicy::Idle(30));
    let full = org.with(|org| org.api_usage = crate::model::Permitted::Yes(ApiUsage { max: 100, used: 95 }));
    let lines = org_lines(&scene(full.clone().looked(0), []), &Asked::Answered);
    assert_eq!(not_well(&lines), ["API calls", "policy"]);
    assert!(told(&lines, "policy").1.contains("policy_unit"));
    let told_unit = full.terms(|terms| terms.policy_unit = Some(PolicyUnit::Days)).looked(0);
    assert_eq!(not_well(&org_lines(&scene(told_unit, []), &Asked::Answered)), ["API calls"]);
}

#[test]
fn an_app_that_is_gone_is_told() {
    let gone = acme().with(|org| org.app = crate::model::Permitted::Yes(None)).looked(0);
    assert_eq!(told(&org_lines(&scene(gone, []), &Asked::Answered), "app").0, Status::Fail);
    let lives = acme().approval(1, -60, 0, 9).with(|org| org.app = crate::model::Permitted::Yes(None)).looked(0);
    assert_eq!(told(&org_lines(&scene(lives, []), &Asked::Answered), "app").0, Status::Warn);
}

#[test]
fn a_plugin_that_is_off_weighs_more_where_it_was_on() {
    let inactive =
        |site: SiteBuilder| site.with(|status| status.plugin = PluginState::Inactive { version: "3.47.11".into() });
    let never = shop_lines(|site| inactive(site.with(|status| status.connection = None)).looked(0));
    assert_eq!(told(&never, "plugin").0, Status::Warn);
    let once = shop_lines(|site| inactive(site.looked(-9).with(|status| status.connection = None)).looked(0));
    assert_eq!(told(&once, "plugin").0, Status::Fail);
    assert!(told(&once, "plugin").1.contains("wp plugin activate"));
}

#[test]
fn settings_that_stop_a_site_are_told_each_by_itself() {
    type Change = fn(&mut crate::model::SiteStatus);
    let cases: [(&str, Change); 7] = [
        ("cron", |status| status.cron = Cron { disabled: true, stalled: true }),
        ("staging", |status| status.staging.effective = true),
        ("staging", |status| status.staging = Staging { effective: true, duplicate: true, recorded_url: None }),
        ("PHP", |status| status.php_version = "5.6.40".into()),
        ("WordPress", |status| status.wp_version = "5.5".into()),
        ("agent", |status| status.agent_version = "0".into()),
        ("org", |status| status.connection.as_mut().expect("one").org = Some(org_id('X'))),
    ];
    for (check, change) in cases {
        let lines = shop_lines(|site| site.with(change).alive());
        assert!(not_well(&lines).contains(&check), "{check}: {lines:#?}");
    }
}

#[test]
fn the_plugins_fault_counts_where_tokens_rotate() {
    let lines = |rotation, uses, version: &str| {
        let org = acme().approval(1, -60, 0, uses).terms(|terms| terms.rotation = rotation).looked(0);
        let plugin = PluginState::Active { edition: "lite".into(), version: version.into() };
        let site = a_site("shop").with(|status| status.plugin = plugin).alive();
        told(&site_lines(&scene(org, [site]), &rest(), &Asked::Answered, 0), "rotation").0
    };
    assert_eq!(lines(Rotation::On, 9, "3.47.11"), Status::Warn);
    assert_eq!(lines(Rotation::On, 9, "3.40"), Status::Warn);
    assert_eq!(lines(Rotation::On, 9, "3.47.12"), Status::Warn, "what no rule covers is never fine");
    assert_eq!(lines(Rotation::Off, 9, "3.47.12"), Status::Ok);
    assert_eq!(lines(Rotation::Off, 0, "3.47.11"), Status::Ok);
    assert_eq!(lines(Rotation::Unknown, 9, "3.47.11"), Status::Ok, "one token has served often");
    assert_eq!(lines(Rotation::Unknown, 1, "3.47.11"), Status::Skip, "its org's line says what to do");
    let org = acme().approval(1, -60, 0, 1).looked(0);
    let org = org_lines(&scene(org, [a_site("shop").alive(), a_site("news").alive()]), &Asked::Answered);
    assert_eq!(not_well(&org), ["rotation"]);
    assert!(told(&org, "rotation").1.contains("2 of its sites"));
}

#[test]
fn the_clock_that_is_off_is_the_one_that_is_told() {
    let lines = |site_offset, host_offset| {
        let scene = shop(|site| site.clock(site_offset).alive());
        told(&site_lines(&scene, &rest(), &Asked::Answered, host_offset), "clock").0
    };
    assert_eq!(lines(300, 0), Status::Warn);
    assert_eq!(lines(60, 0), Status::Ok);
    assert_eq!(lines(-600, -600), Status::Ok, "this machine is off, not the site");
    let ahead = clock(Some(-600));
    assert_eq!((ahead.status, ahead.text.starts_with("600 s ahead of")), (Status::Warn, true), "{ahead:?}");
    assert_eq!(clock(Some(-60)).status, Status::Ok);
    assert_eq!(clock(None).status, Status::Skip);
}

#[test]
fn the_middle_clock_decides() {
    let org = acme().with(|org| org.clock_offset_s = -600).looked(0);
    let scene = scene(org, [a_site("shop").clock(300).alive()]);
    let (orgs, sites) = ([OrgName::new("acme")], [SiteName::new("shop")]);
    assert_eq!(host_offset(&scene.fleet, orgs.iter(), sites.iter()), Some(-600));
    assert_eq!(host_offset(&scene.fleet, [].iter(), sites.iter()), Some(300));
    assert_eq!(host_offset(&scene.fleet, [].iter(), [].iter()), None);
    assert_eq!(told(&org_lines(&scene, &Asked::Answered), "clock").0, Status::Warn);
}

fn well() -> Machine {
    Machine {
        config: "3 orgs".to_owned(),
        store: Some(Ok(())),
        poller: Poller { holder: Some("web1/42/abc".to_owned()), last_at: Some(at(0)) },
        old_after: TimeDelta::hours(1),
        free: Some(10 << 30),
        ..Machine::default()
    }
}

#[test]
fn a_machine_that_is_well_is_said_to_be() {
    let lines = machine(&well(), at(1));
    assert_eq!(not_well(&lines), [""; 0], "{lines:#?}");
    assert!(told(&lines, "polling").1.contains("process 42 on web1"));
}

#[test]
fn each_fault_of_a_machine_is_told() {
    type Change = fn(&mut Machine);
    let mode = |mode, never, rather_not| Mode { what: "the store", path: "/x".to_owned(), mode, never, rather_not };
    let cases: [(&str, Status, Change); 9] = [
        ("config", Status::Fail, |seen| seen.faults.push(("config.toml:1:1: no".to_owned(), None))),
        ("store", Status::Fail, |seen| seen.store = Some(Err("damaged".to_owned()))),
        ("polling", Status::Warn, |seen| seen.poller = Poller::default()),
        ("polling", Status::Warn, |seen| seen.poller = Poller { holder: None, last_at: Some(at(-90)) }),
        ("disk", Status::Warn, |seen| seen.free = Some(100 << 20)),
        ("disk", Status::Fail, |seen| seen.free = Some(1 << 20)),
        ("terminal", Status::Warn, |seen| {
            let term = "xterm".to_owned();
            seen.terminal = Some(Terminal { size: (40, 10), term, true_color: true, unicode: true });
        }),
        ("program", Status::Fail, |seen| {
            seen.programs = vec![Program { name: "ssh".to_owned(), needed_for: "2 sites".to_owned(), found: None }];
        }),
        ("ssh sockets", Status::Warn, |seen| seen.control_dir = Some(("d".repeat(60), 49))),
    ];
    for (check, status, change) in cases {
        let mut seen = well();
        change(&mut seen);
        let lines = machine(&seen, at(1));
        assert_eq!(told(&lines, check).0, status, "{check}");
        assert_eq!(not_well(&lines), [check], "and nothing else");
    }
    let open =
        Machine { modes: vec![mode(0o664, 0o022, 0o077), mode(0o640, 0o022, 0o077), mode(0o600, 0o077, 0)], ..well() };
    let lines = machine(&open, at(1));
    let statuses: Vec<_> = lines.iter().filter(|line| line.check == "modes").map(|line| line.status).collect();
    assert_eq!(statuses, [Status::Fail, Status::Warn]);
    assert!(told(&lines, "modes").1.ends_with("run: chmod go-rw /x"));
}

proptest! {
    /// Whatever the figures, nothing breaks, and each line that is not well says what to do.
    #[test]
    fn whoever_is_not_well_is_told_what_to_do(
        site_offset in any::<i32>(), host_offset in any::<i32>(), version in "\\PC{0,12}", used in any::<u64>(), max in any::<u64>(),
    ) {
        let used = used / 128;
        let org = acme().with(|org| org.api_usage = crate::model::Permitted::Yes(ApiUsage { max, used })).looked(0);
        let site = a_site("shop").clock(i64::from(site_offset)).with(|status| {
            status.php_version = version.as_str().into();
            status.agent_version = version.as_str().into();
        });
        let scene = scene(org, [site.looked(0)]);
        let mut lines = site_lines(&scene, &rest(), &Asked::Answered, i64::from(host_offset));
        lines.extend(org_lines(&scene, &Asked::Answered));
        lines.push(clock(Some(i64::from(host_offset))));
        for line in lines {
            prop_assert_eq!(line.status > Status::Skip, line.advice.is_some(), "{:?}", line);
        }
    }
}
