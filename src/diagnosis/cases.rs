//! Verdicts in situations that no story of the simulator has, or only after more than one look.

use crate::diagnosis::fixture::{DAY, DEAD, OrgBuilder, Scene, acme, at, not_permitted, org_id, scene, site, token};
use crate::diagnosis::stories::{BLOCKED, idle, lifetime, one, one_alive, orphans, refused_with, rotating, stories};
use crate::model::org::RefreshPolicy;
use crate::model::{ActionClass, Cause, Confidence, Expiry, FailureClass, Health, Origin, SiteName};

#[test]
fn silent_is_ok_and_then_old() {
    let base = acme().approval(1, -90 * DAY, -60, 100).looked(0);
    let silent = scene(base.clone().looked(90), [site("shop").alive().failed(15, FailureClass::Unreachable)]);
    assert_eq!(silent.judge("shop", 20).row.health, Health::Ok);
    let row = silent.judge("shop", 90).row;
    assert_eq!(
        (row.health, row.cause, row.why.at(at(90)).as_ref()),
        (Health::Old, Some(Cause::Unreachable), "silent for 1h")
    );
    assert_eq!(row.why.at(at(125)), "silent for 2h");
    assert!(row.valid_until.is_none_or(|until| until > at(180)), "an age alone ends no verdict: {:?}", row.valid_until);
}

#[test]
fn disconnected_was_ok_before() {
    let scene = scene(acme().approval(1, -90 * DAY, -60, 100).looked(0), [site("shop").alive()]);
    assert_eq!(scene.judge("shop", 1).row.health, Health::Ok);
    let (_, scene, ..) = stories().into_iter().find(|(story, ..)| *story == "disconnected").expect("the story");
    let row = scene.judge("shop", 16).row;
    let slot = row.slot.expect("a slot");
    // The approval is still there, and not the site's any more.
    assert_eq!((slot.position, slot.used, slot.approval_id, row.use_count), (None, Some(1), None, None));
    assert_eq!(row.refresh_token, Expiry::Dead);
}

#[test]
fn an_eviction_stays_one_when_its_log_has_scrolled_and_looks_fail() {
    let mut shop = refused_with(DEAD).quiet();
    let mut org = orphans(acme()).approval(1, -200, -10, 2).looked(0);
    for hour in 1..80 {
        shop = shop.row(hour * 60, DEAD).looked(hour * 60 + 5);
        org = org.looked(hour * 60 + 5);
    }
    shop = shop.failed(5000, FailureClass::Timeout);
    let row = scene(org, [shop]).judge("shop", 5200).row;
    assert_eq!((row.health, row.cause), (Health::Fail, Some(Cause::Evicted)));
    assert!(row.reason.contains("No answer since 2026-11-26"), "{}", row.reason);
}

#[test]
fn an_eviction_that_was_watched_names_the_site_that_caused_it() {
    let org = acme()
        .approval(1, -90 * DAY, -60, 9)
        .approval(1, -80 * DAY, -60, 9)
        .approval(1, -70 * DAY, -60, 9)
        .approval(1, -60 * DAY, -60, 9);
    let org = org.looked(0).without_oldest().approval(1, 30, 31, 1).looked(32);
    let shop = site("shop.example.org").alive().row(35, DEAD).looked(45).withheld(45);
    let give = site("give.example.net").token(7).looked(0).token(8).looked(32).good(32);
    let scene = scene(org, [shop, give]);
    let judged = scene.judge("shop.example.org", 50);
    assert_eq!((judged.row.health, judged.row.cause), (Health::Fail, Some(Cause::Evicted)));
    assert_eq!(judged.row.why.at(at(1)), "evicted by give");
    assert!(judged.row.reason.contains("a 5th approval, for give.example.net, at 12:30Z"), "{}", judged.row.reason);
    assert_eq!(judged.row.since, Some(at(35)));
    assert_eq!(judged.row.refresh_token, Expiry::Dead);
    let give = scene.judge("give.example.net", 50).row;
    assert_eq!(give.slot.and_then(|slot| slot.position), Some(4));
}

#[test]
fn an_unattributed_newcomer_is_not_named() {
    let scene = one(orphans(acme()).approval(1, -200, -10, 2), refused_with(DEAD));
    let judged = scene.judge("shop", 1);
    assert_eq!(judged.row.why.at(at(1)), "evicted, 5th by ops1");
    assert_eq!(judged.row.confidence, Some(Confidence::High));
    let slot = judged.row.slot.expect("a slot");
    assert_eq!((slot.position, slot.used, slot.limit, slot.approval_id), (None, Some(4), 4, None));
    let last = judged.findings[0].remedies.last().expect("remedies");
    assert_eq!(last.class, ActionClass::Spend);
    assert!(last.effect.starts_with("removes the oldest approval of ops1"), "{}", last.effect);
    assert_eq!(judged.findings[0].remedies[0].class, ActionClass::Write, "an orphan is revoked first");
}

#[test]
fn a_site_that_was_near_its_end_dies_of_it() {
    // Its calls kept one session alive for all of the idle time, and the first refresh after it was refused.
    let org = idle(acme().approval(1, -90 * DAY, -27 * DAY, 7), 30).looked(0).looked(4 * DAY);
    let shop = site("shop").alive().good(3 * DAY).row(4 * DAY - 60, DEAD).looked(4 * DAY).withheld(4 * DAY);
    let row = scene(org, [shop]).judge("shop", 4 * DAY + 1).row;
    assert_eq!((row.health, row.cause), (Health::Fail, Some(Cause::PolicyIdle)));
    let org = rotating(acme().approval(1, -DAY, -DAY, 0)).looked(0);
    let shop = site("shop").alive().access(150).looked(600).row(DAY, DEAD).looked(DAY + 5).withheld(DAY + 5);
    let row = scene(org.looked(DAY + 5), [shop]).judge("shop", DAY + 6).row;
    assert_eq!((row.health, row.cause), (Health::Fail, Some(Cause::RotatedOut)));
}

#[test]
fn a_quiet_site_whose_only_approval_leaves_is_dead_without_a_word_of_its_own() {
    let org = acme().approval(1, -90 * DAY, -60, 9).looked(0).without_oldest().looked(30);
    let judged = scene(org, [site("shop").alive()]).judge("shop", 40);
    assert_eq!((judged.row.health, judged.row.cause), (Health::Fail, Some(Cause::Revoked)));
    assert_eq!(judged.row.confidence, Some(Confidence::High));
    assert_eq!(judged.row.since, Some(at(30)));
}

#[test]
fn a_next_out_names_what_the_authorization_of_the_broken_one_costs() {
    let (_, scene, ..) = stories().into_iter().find(|(story, ..)| *story == "next_out").expect("the story");
    let shop = scene.judge("shop", 1);
    assert_eq!(shop.row.why.at(at(1)), "next out of ops1");
    assert!(shop.row.slot.is_some_and(|slot| slot.next_out));
    let dead = scene.judge("dead", 1);
    assert_eq!(dead.row.cause, Some(Cause::Evicted));
    let costs = &dead.findings[0].remedies.last().expect("remedies").effect;
    assert_eq!(costs, "may cut off shop: the oldest approval of ops1 leaves");
}

#[test]
fn many_suspects_are_no_warning() {
    let org = orphans(acme()).approval(1, -200, -10, 2).looked(0);
    let others = ["a", "b", "c"].into_iter().zip(2..).map(|(name, token)| site(name).token(token).alive());
    let scene = scene(org, others.chain([site("dead").row(-180, DEAD).quiet()]));
    assert_eq!(scene.judge("a", 1).row.health, Health::Ok);
    assert_eq!(scene.judge("dead", 1).row.cause, Some(Cause::Evicted));
}

#[test]
fn what_may_not_be_seen_is_named_and_harms_no_proved_site() {
    let org = acme().with(|org| {
        org.approvals = not_permitted("Customize Application");
        org.users = not_permitted("View Setup and Configuration");
    });
    let row = one_alive(org.clone(), site("shop")).judge("shop", 1).row;
    assert_eq!(row.health, Health::Ok);
    assert_eq!(row.slot.and_then(|slot| slot.used), None);
    assert!(
        row.user.is_some_and(|user| user.as_str().starts_with("0055g00000USE01")),
        "an id where names are not read"
    );
    let limited = one_alive(idle(org.clone(), 30), site("shop")).judge("shop", 1).row;
    assert_eq!(limited.refresh_token, Expiry::unknown("needs Customize Application"));
    let dead = one(org, refused_with(DEAD)).judge("shop", 1).row;
    assert_eq!((dead.health, dead.cause), (Health::Fail, Some(Cause::NotRecorded)));
    assert!(dead.reason.contains("Customize Application"), "{}", dead.reason);
}

#[test]
fn expiries_have_an_origin() {
    let alive = acme().approval(1, -10 * DAY, -60, 9);
    let row = |org| one_alive(org, site("shop")).judge("shop", 1).row;
    assert_eq!(row(alive.clone()).refresh_token, Expiry::Never { origin: Origin::Policy });
    assert_eq!(
        row(idle(alive.clone(), 30)).refresh_token,
        Expiry::At { at: at(30 * DAY - 60), origin: Origin::Operator }
    );
    assert_eq!(
        row(lifetime(alive.clone(), 30)).refresh_token,
        Expiry::At { at: at(20 * DAY), origin: Origin::Operator }
    );
    let untold = row(alive.policy(RefreshPolicy::Lifetime(30))).refresh_token;
    assert_eq!(untold, Expiry::unknown("the policy says 30 without a unit"));
}

#[test]
fn a_skewed_org_shifts_nothing() {
    let skewed = |offset_s| {
        let mut org = acme().with(|org| org.clock_offset_s = offset_s);
        org = idle(org.approval(1, -90 * DAY, -27 * DAY, 7), 30).looked(0);
        scene(org, [site("shop").alive()]).judge("shop", 1)
    };
    let straight = skewed(0);
    assert_eq!(straight.row.cause, Some(Cause::IdleNear));
    for offset_s in [-3600, 3600] {
        let row = skewed(offset_s).row;
        assert_eq!((row.why, row.refresh_token), (straight.row.why.clone(), straight.row.refresh_token.clone()));
    }
}

#[test]
fn a_staging_site_tells_what_would_hold_otherwise() {
    let scene = one(acme().approval(1, -90 * DAY, -30, 9), refused_with(BLOCKED).marked_staging());
    let row = scene.judge("shop", 1).row;
    assert_eq!(row.health, Health::Stag);
    assert!(row.reason.contains("otherwise FAIL: An administrator"), "{}", row.reason);
}

#[test]
fn a_site_that_nobody_looked_at_says_so() {
    let row = Scene::default().judge("shop", 0).row;
    assert_eq!(
        (row.health, row.cause, row.why.at(at(1)).as_ref()),
        (Health::Unkn, Some(Cause::NeverProved), "not looked at yet")
    );
}

#[test]
fn a_silent_org_makes_its_sites_old_and_not_its_strangers() {
    let org = acme().approval(1, -90 * DAY, -60, 9).looked(0).failed(10, FailureClass::Timeout);
    let scene = scene(org, [site("shop").alive().looked(100), site("far").token(2).in_org('X').alive().looked(100)]);
    let shop = scene.judge("shop", 110).row;
    assert_eq!((shop.health, shop.cause), (Health::Old, Some(Cause::Timeout)));
    assert_eq!(scene.judge("far", 110).row.health, Health::Ok);
}

#[test]
fn authorized_anew_waits_for_its_proof() {
    let org = acme().approval(1, -90 * DAY, -60, 9).looked(0);
    let shop = site("shop").row(-60, DEAD).quiet().row(5, DEAD).token(2).looked(15);
    let row = scene(org.clone(), [shop.clone()]).judge("shop", 16).row;
    assert_eq!((row.health, row.why.at(at(1)).as_ref()), (Health::Unkn, "authorized anew"));
    assert_eq!(scene(org, [shop.good(16)]).judge("shop", 17).row.health, Health::Ok);
}

#[test]
fn an_old_proof_is_old_and_a_warning_leads_it() {
    let proved = |org: OrgBuilder| {
        scene(org.looked(0).looked(2 * DAY), [site("shop").alive().looked(2 * DAY)]).judge("shop", 2 * DAY + 5).row
    };
    let row = proved(acme().approval(1, -90 * DAY, -60, 9));
    assert_eq!(
        (row.health, row.cause, row.why.at(at(2 * DAY + 5)).as_ref()),
        (Health::Old, Some(Cause::ProofOld), "proof is 2d old")
    );
    let row = proved(rotating(acme().approval(1, -90 * DAY, -60, 9)));
    assert_eq!((row.health, row.cause), (Health::Warn, Some(Cause::RotationRisk)));
}

#[test]
fn errors_since_the_proof_warn() {
    let org = acme().approval(1, -90 * DAY, -60, 9).looked(0);
    let shop = site("shop").row(-5, "Error adding contact: no fields").alive();
    assert_eq!(scene(org.clone(), [shop.clone()]).judge("shop", 1).row.health, Health::Ok);
    let row = scene(org, [shop.row(5, "Error adding contact: no fields").looked(15)]).judge("shop", 16).row;
    assert_eq!((row.cause, row.why.at(at(1)).as_ref()), (Some(Cause::SiteErrors), "1 error since proof"));
}

#[test]
fn hostile_texts_stay_data() {
    let hostile =
        format!("Error performing \u{1b}]0;x\u{7} {}: Error refreshing access token: inactive user", "ü".repeat(5000));
    let org = acme().users(|users| users[0].username = "\u{1b}[31m@\u{202e}evil".into());
    let shop = site("shop").row(-5, &hostile).with(|status| status.title = "\u{7}".into());
    let judged = one(org.approval(1, -DAY, -60, 1), shop).judge("shop", 1);
    let texts = serde_json::to_string(&(&judged.row, &judged.findings)).expect("JSON");
    assert!(!texts.contains("\\u001b") && !texts.contains("\\u0007") && !texts.contains('\u{202e}'));
    assert!(judged.row.reason.chars().count() < 400, "{}", judged.row.reason);
}

#[test]
fn an_approval_that_came_when_another_left_evicted_it_only_from_a_full_user() {
    let org = acme().approval(1, -90 * DAY, -60, 9).looked(0).without_oldest().approval(1, 20, 20, 0).looked(30);
    let row = scene(org, [site("shop").alive()]).judge("shop", 40).row;
    assert_eq!((row.health, row.cause), (Health::Fail, Some(Cause::Revoked)));
    assert_eq!(row.slot.and_then(|slot| slot.position), None, "the new approval is not this site's");
}

#[test]
fn an_approval_made_after_the_break_is_a_new_token_only_where_none_was_seen_before() {
    let org = acme().approval(1, -20, -20, 0).looked(0);
    let earlier = || site("shop").row(-180, DEAD).row(-120, DEAD);
    let anew = scene(org.clone(), [earlier().quiet()]).judge("shop", 1).row;
    assert_eq!((anew.health, anew.why.at(at(1)).as_ref()), (Health::Unkn, "authorized anew"));
    let again = scene(org.clone(), [earlier().row(-10, DEAD).quiet()]).judge("shop", 1).row;
    assert_eq!(again.health, Health::Fail, "refused once more after it");
    let same = scene(org, [earlier().looked(-60).quiet()]).judge("shop", 1).row;
    assert_eq!((same.health, same.cause), (Health::Fail, Some(Cause::Revoked)));
}

#[test]
fn a_site_of_another_org_is_not_joined_with_users_of_this_one() {
    let shop = refused_with(DEAD).in_org('X').given_to("acme");
    let row = scene(orphans(acme()).approval(1, -200, -10, 2).looked(0), [shop.quiet()]).judge("shop", 1).row;
    assert_eq!((row.health, row.cause), (Health::Fail, Some(Cause::NotRecorded)));
    assert!(row.reason.contains("another org than acme"), "{}", row.reason);
    assert_eq!(row.slot.and_then(|slot| slot.used), None);
}

#[test]
fn a_living_site_is_warned_of_what_its_next_refresh_meets() {
    let row = |org: OrgBuilder| {
        let row = one_alive(org.approval(1, -10 * DAY, -60, 9), site("shop")).judge("shop", 1).row;
        (row.health, row.cause)
    };
    let inactive = acme().users(|users| users[0].active = false);
    assert_eq!(row(inactive), (Health::Warn, Some(Cause::UserInactive)));
    let frozen = acme().users(|users| users[0].frozen = Some(true));
    assert_eq!(row(frozen), (Health::Warn, Some(Cause::UserFrozen)));
    let immediately = acme().policy(RefreshPolicy::Immediately);
    assert_eq!(row(immediately), (Health::Warn, Some(Cause::PolicyImmediate)));
    // Without a unit the number may mean months: no warning before even those are nearly over.
    assert_eq!(row(acme().policy(RefreshPolicy::Lifetime(9))), (Health::Ok, None));
    let months = one_alive(acme().policy(RefreshPolicy::Lifetime(1)).approval(1, -28 * DAY, -60, 9), site("shop"));
    assert_eq!(months.judge("shop", 1).row.cause, Some(Cause::LifetimeNear));
}

#[test]
fn the_copy_is_what_gives_up_a_shared_token() {
    let (_, scene, ..) = stories().into_iter().find(|(story, ..)| *story == "clone").expect("the story");
    for name in ["shop", "staging"] {
        let findings = scene.judge(name, 1).findings;
        let shared = findings.iter().find(|finding| finding.cause == Cause::SharedToken).expect("the finding");
        assert_eq!(shared.remedies[0].what, "disconnect staging", "{name}");
    }
}

#[test]
fn clones_are_symmetric() {
    let org = acme().approval(1, -90 * DAY, -60, 9).looked(0);
    let scene = scene(org, [site("one").alive(), site("two").alive()]);
    let (one, two) = (scene.judge("one", 1).row, scene.judge("two", 1).row);
    assert_eq!((one.cause, two.cause), (Some(Cause::SharedToken), Some(Cause::SharedToken)));
    assert_eq!((one.why.at(at(1)).as_ref(), two.why.at(at(1)).as_ref()), ("shares two token", "shares one token"));
    assert_eq!(one.slot, two.slot);
}

#[test]
fn a_refused_call_is_not_forgotten_when_the_session_ends() {
    let org = acme().approval(1, -90 * DAY, -60, 9).looked(0);
    let refused = "Invalid API credentials: This session is not valid for use with the REST API";
    let shop = site("shop").alive().refused(10, refused).withheld(30);
    assert_eq!(scene(org, [shop]).judge("shop", 31).row.cause, Some(Cause::IpRestricted));
}

#[test]
fn refreshes_tell_whose_approval_is_whose() {
    // Two sites, two approvals: at one refresh of one site, one approval was used.
    let org = acme().approval(1, -90 * DAY, -200, 9).approval(1, -80 * DAY, -300, 9).looked(0);
    let org = org.without_oldest().without_oldest();
    let org = org.approval(1, -90 * DAY, 20, 10).approval(1, -80 * DAY, -300, 9).looked(31);
    let (one, two) = (site("one").alive().access(150).looked(30), site("two").token(2).alive().looked(30));
    let scene = scene(org, [one, two]);
    let slot = |name: &str| scene.judge(name, 40).row.slot.expect("a slot").position;
    assert_eq!((slot("one"), slot("two")), (Some(1), Some(2)));
}

#[test]
fn the_detail_shows_what_the_verdict_rests_on() {
    let scene = one(orphans(acme()).approval(1, -200, -10, 2), refused_with(DEAD));
    let detail = super::detail(&scene.fleet, &scene.settings, &SiteName::new("shop"), at(1));
    assert_eq!(detail.approvals.len(), 4);
    assert_eq!(detail.user.map(|user| user.username.to_string()), Some("ops1@acme.example".to_owned()));
    assert_eq!(detail.org.map(|org| org.to_string()), Some("acme".to_owned()));
    assert_eq!(detail.findings[0].cause, Cause::Evicted);
    assert_eq!(scene.fleet.org_by_id(&org_id('E')).map(|org| org.name.to_string()), Some("acme".to_owned()));
    assert!(scene.fleet.holders(&token(1)).next().is_some());
}
