//! Every story of `docs/simulator.md`, built by hand as the wire would show it, and the verdict that it promises: after
//! one look, and after later ones that change nothing.

use crate::diagnosis::fixture::{DAY, DEAD, OrgBuilder, Scene, SiteBuilder, acme, at, scene, site};
use crate::model::org::RefreshPolicy;
use crate::model::site::Staging;
use crate::model::{ApiUsage, Cause, FailureClass, Health, Permitted, PluginState, PolicyUnit, Rotation};

pub(super) const BLOCKED: &str = "Error refreshing access token: this app is blocked by admin";

/// Three approvals of user 1 that no site of the fleet holds.
pub(super) fn orphans(org: OrgBuilder) -> OrgBuilder {
    org.approval(1, -60 * DAY, -60 * DAY, 1).approval(1, -50 * DAY, -50 * DAY, 1).approval(1, -40 * DAY, -40 * DAY, 1)
}

pub(super) fn idle(org: OrgBuilder, number: u32) -> OrgBuilder {
    org.policy(RefreshPolicy::Idle(number)).terms(|terms| terms.policy_unit = Some(PolicyUnit::Days))
}

pub(super) fn lifetime(org: OrgBuilder, number: u32) -> OrgBuilder {
    org.policy(RefreshPolicy::Lifetime(number)).terms(|terms| terms.policy_unit = Some(PolicyUnit::Days))
}

pub(super) fn rotating(org: OrgBuilder) -> OrgBuilder {
    org.terms(|terms| terms.rotation = Rotation::On)
}

/// A site that was refused with `text` for the last hours, its session over.
pub(super) fn refused_with(text: &str) -> SiteBuilder {
    site("shop").row(-180, text).row(-120, text).row(-30, text)
}

pub(super) fn one(org: OrgBuilder, site: SiteBuilder) -> Scene {
    scene(org.looked(0), [site.quiet()])
}

pub(super) fn one_alive(org: OrgBuilder, site: SiteBuilder) -> Scene {
    scene(org.looked(0), [site.alive()])
}

fn with_crm(plugin: PluginState, crm: Option<&str>) -> SiteBuilder {
    site("shop").with(|status| {
        status.plugin = plugin;
        status.crm = crm.map(Into::into);
        status.connection = None;
        status.connection_configured = false;
    })
}

fn active() -> PluginState {
    PluginState::Active { edition: "lite".into(), version: "3.47.11".into() }
}

fn guarded(site: SiteBuilder) -> SiteBuilder {
    site.with(|status| {
        let recorded_url = Some("https://www.example.com".into());
        status.staging = Staging { effective: true, duplicate: true, recorded_url };
    })
}

#[expect(clippy::too_many_lines, reason = "one table, as long as the simulator's")]
pub(super) fn stories() -> Vec<(&'static str, Scene, &'static str, Health, Option<Cause>)> {
    let user = |number| site("shop").user(number);
    let alive = |number: i64| acme().approval(1, -number * DAY, -60, 100);
    let evicted = || orphans(acme()).approval(1, -200, -10, 2);
    let fresh_evicted = || orphans(acme()).approval(1, -200, -10, 3);
    let failed = |class| scene(acme().looked(0), [site("shop").failed(0, class)]);
    let fail = |name, scene, cause| (name, scene, "shop", Health::Fail, Some(cause));
    let warn = |name, scene, cause| (name, scene, "shop", Health::Warn, Some(cause));
    let unkn = |name, scene, cause| (name, scene, "shop", Health::Unkn, Some(cause));
    let off = |name, site, cause| (name, scene(acme().looked(0), [site]), "shop", Health::Off, Some(cause));
    let shared = || {
        let clone = guarded(site("staging")).quiet();
        scene(alive(90).looked(0), [site("shop").alive(), clone])
    };
    let inactive = acme().users(|users| users[0].active = false).approval(1, -90 * DAY, -30, 100);
    let frozen = acme().users(|users| users[0].frozen = Some(true)).approval(1, -90 * DAY, -30, 100);
    vec![
        ("healthy", one_alive(alive(90), site("shop")), "shop", Health::Ok, None),
        (
            "shares_user",
            scene(
                orphans(acme()).approval(1, -30 * DAY, -30, 9).looked(0),
                [site("shop").alive(), site("b").token(2).alive(), site("c").token(3).alive()],
            ),
            "shop",
            Health::Ok,
            None,
        ),
        fail("evicted", one(evicted(), refused_with(DEAD)), Cause::Evicted),
        fail("evicted, policy idle", one(idle(evicted(), 30), refused_with(DEAD)), Cause::Evicted),
        warn(
            "next_out",
            scene(fresh_evicted().looked(0), [site("dead").token(9).row(-180, DEAD).quiet(), site("shop").alive()]),
            Cause::NextOut,
        ),
        fail("revoked", one(acme(), refused_with(DEAD)), Cause::Revoked),
        fail("policy_idle", one(idle(alive(90), 30), refused_with(DEAD)), Cause::PolicyIdle),
        fail("policy_lifetime", one(lifetime(alive(91), 90), refused_with(DEAD)), Cause::PolicyLifetime),
        fail(
            "policy_immediate",
            one(alive(91).policy(RefreshPolicy::Immediately), refused_with(DEAD)),
            Cause::PolicyImmediate,
        ),
        fail("rotated_out", one(rotating(acme().approval(1, -5 * DAY, -30, 2)), refused_with(DEAD)), Cause::RotatedOut),
        fail(
            "rotated_out, idle policy",
            one(idle(rotating(acme().approval(1, -40 * DAY, -30, 2)), 30), refused_with(DEAD)),
            Cause::RotatedOut,
        ),
        fail(
            "user_inactive",
            one(inactive, refused_with("Error refreshing access token: inactive user")),
            Cause::UserInactive,
        ),
        fail("user_frozen", one(frozen.clone(), refused_with(DEAD)), Cause::UserFrozen),
        fail("user_frozen, idle policy", one(idle(frozen, 30), refused_with(DEAD)), Cause::UserFrozen),
        fail(
            "app_uninstalled",
            one(acme().with(|org| org.app = Permitted::Yes(None)), refused_with(DEAD)),
            Cause::AppUninstalled,
        ),
        fail("app_blocked", one(alive(90), refused_with(BLOCKED)), Cause::AppBlocked),
        fail(
            "not_preauthorized",
            one(
                alive(90),
                refused_with("Error refreshing access token: user is not admin approved to access this app"),
            ),
            Cause::NotPreauthorized,
        ),
        fail(
            "credentials_rotated",
            one(alive(90), refused_with("Error refreshing access token: invalid client credentials")),
            Cause::CredentialsRotated,
        ),
        fail(
            "ip_restricted",
            scene(
                alive(90).looked(0),
                [site("shop")
                    .looked(0)
                    .refused(0, "Invalid API credentials: This session is not valid for use with the REST API")],
            ),
            Cause::IpRestricted,
        ),
        fail(
            "api_disabled",
            scene(
                alive(90).looked(0),
                [site("shop").looked(0).refused(0, "Forbidden - The REST API is not enabled for this Organization.")],
            ),
            Cause::ApiDisabled,
        ),
        fail(
            "sandbox_refreshed",
            one(
                acme().with(|org| {
                    if let Some(Permitted::Yes(organization)) = &mut org.organization {
                        organization.sandbox = true;
                    }
                }),
                refused_with(DEAD).in_org('F').given_to("acme"),
            ),
            Cause::SandboxRefreshed,
        ),
        warn(
            "idle_near",
            one_alive(idle(acme().approval(1, -90 * DAY, -27 * DAY, 7), 30), site("shop")),
            Cause::IdleNear,
        ),
        warn("lifetime_near", one_alive(lifetime(alive(87), 90), site("shop")), Cause::LifetimeNear),
        warn("rotation_risk", one_alive(rotating(alive(1)), site("shop")), Cause::RotationRisk),
        warn(
            "app_not_installed",
            one_alive(alive(90).with(|org| org.app = Permitted::Yes(None)), site("shop")),
            Cause::AppNotInstalled,
        ),
        warn("shared_token", shared(), Cause::SharedToken),
        ("clone", shared(), "staging", Health::Stag, Some(Cause::Clone)),
        ("staging", one_alive(alive(90), site("shop").marked_staging()), "shop", Health::Stag, Some(Cause::Staging)),
        warn("clock_skew", one_alive(alive(90), site("shop").clock(300)), Cause::ClockSkew),
        warn(
            "cron_dead",
            one_alive(
                alive(90),
                site("shop").with(|status| {
                    status.cron.disabled = true;
                    status.cron.stalled = true;
                }),
            ),
            Cause::CronDead,
        ),
        warn(
            "call_limit",
            one_alive(
                alive(90).with(|org| org.api_usage = Permitted::Yes(ApiUsage { max: 15_000, used: 14_400 })),
                site("shop"),
            ),
            Cause::CallLimit,
        ),
        unkn("never_proved", one(alive(90), user(1)), Cause::NeverProved),
        unkn("no_right", failed(FailureClass::NotPermitted), Cause::NotPermitted),
        unkn("php_fatal", failed(FailureClass::PhpFatal), Cause::PhpFatal),
        unkn("no_answer", failed(FailureClass::BadAnswer), Cause::BadAnswer),
        unkn("gone", failed(FailureClass::Unreachable), Cause::Unreachable),
        off("plugin_absent", with_crm(PluginState::Absent, None).looked(0), Cause::PluginAbsent),
        off(
            "plugin_inactive",
            with_crm(PluginState::Inactive { version: "3.47.11".into() }, Some("salesforce")).looked(0),
            Cause::PluginInactive,
        ),
        off(
            "plugin_inactive, tokens stored",
            site("shop").with(|status| status.plugin = PluginState::Inactive { version: "3.47.11".into() }).looked(0),
            Cause::PluginInactive,
        ),
        off("other_crm", with_crm(active(), Some("hubspot")).looked(0), Cause::OtherCrm),
        off("not_authorized", with_crm(active(), Some("salesforce")).looked(0), Cause::NotAuthorized),
        (
            "disconnected",
            scene(
                alive(90).looked(0).looked(15),
                [site("shop").alive().with(|status| status.connection = None).looked(15)],
            ),
            "shop",
            Health::Fail,
            Some(Cause::Disconnected),
        ),
    ]
}

#[test]
fn every_story_has_its_verdict_after_one_look() {
    for (story, scene, name, health, cause) in stories() {
        let judged = scene.judge(name, 1);
        assert_eq!((judged.row.health, judged.row.cause), (health, cause), "{story}: {judged:#?}");
        assert_eq!(judged.findings.is_empty(), health == Health::Ok, "{story}");
    }
}

#[test]
fn every_verdict_says_why_in_few_words() {
    for (story, scene, name, health, _) in stories() {
        let judged = scene.judge(name, 1);
        for finding in &judged.findings {
            assert!((1..=36).contains(&finding.why.at(at(1)).chars().count()), "{story}: {}", finding.why.at(at(1)));
            assert!(finding.reason.ends_with('.') || finding.reason.contains(": "), "{story}: {}", finding.reason);
        }
        assert!(!judged.row.reason.is_empty(), "{story}");
        let first = judged.findings.first();
        if health == Health::Fail {
            let first = first.expect("a finding");
            assert!(!first.evidence.is_empty() && !first.remedies.is_empty(), "{story}: {first:?}");
        }
    }
}
