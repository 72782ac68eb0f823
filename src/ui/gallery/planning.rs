//! The plan of the gallery: two steps are done, one does not hold any more, one org is short of a user.

use super::BadData;
use crate::model::{
    ApprovalId, Cause, LeftOut, OrgId, OrgName, Plan, PlanOrg, PlanStep, PlanTold, SiteName, StepState, UserId,
};
use chrono::{DateTime, TimeDelta, Utc};

/// The plan as of `now`, for these sites.
pub(super) fn plan(sites: Vec<SiteName>, now: DateTime<Utc>) -> Result<PlanTold, BadData> {
    let bad = |what: String| BadData { file: "planning.rs", what };
    let made_at = now - TimeDelta::minutes(12);
    let (acme, beta) = (OrgName::new("acme"), OrgName::new("beta"));
    let orphan = ApprovalId::parse("51ab03f2000000000000000000000000").map_err(|error| bad(error.to_string()))?;
    let user = |id: &str| UserId::parse(id).map_err(|error| bad(error.to_string()));
    let (ops1, int_wp) = (user("0055g0000000001AAA")?, user("0055g0000000002AAA")?);
    let org = |name: &OrgName, id: &str, without: &[&str], notes: &[&str]| -> Result<PlanOrg, BadData> {
        Ok(PlanOrg {
            name: name.clone(),
            id: OrgId::parse(id).map_err(|error| bad(error.to_string()))?,
            slot_limit: 4,
            approvals_seen_at: Some(made_at - TimeDelta::seconds(40)),
            without_slot: without.iter().map(|site| SiteName::new(*site)).collect(),
            missing_users: u32::from(!without.is_empty()),
            notes: notes.iter().map(|note| (*note).into()).collect(),
            users: Vec::new(),
        })
    };
    let authorize =
        |org: &OrgName, site: &str, user: &UserId, name: &str, own_user, cause, why: &str| PlanStep::Authorize {
            org: org.clone(),
            site: SiteName::new(site),
            user: user.clone(),
            user_name: name.into(),
            cause: Some(cause),
            own_user,
            removes: Vec::new(),
            why: why.into(),
        };
    let steps = vec![
        PlanStep::Revoke {
            org: acme.clone(),
            user: ops1.clone(),
            user_name: "ops1@acme.example".into(),
            approval: orphan,
            approval_made_at: made_at - TimeDelta::days(64),
            why: "give.example.net was authorized anew and holds another token".into(),
        },
        authorize(
            &acme,
            "shop.example.org",
            &ops1,
            "ops1@acme.example",
            true,
            Cause::Evicted,
            "the slot of 51ab03f2, revoked before",
        ),
        authorize(
            &acme,
            "care.example.org",
            &int_wp,
            "int-wp@acme.example",
            false,
            Cause::Evicted,
            "slot 2 of 4 is free",
        ),
        authorize(
            &acme,
            "choir.example.org",
            &int_wp,
            "int-wp@acme.example",
            false,
            Cause::Revoked,
            "slot 3 of 4 is free",
        ),
        authorize(
            &acme,
            "depot.example.com",
            &int_wp,
            "int-wp@acme.example",
            false,
            Cause::PolicyIdle,
            "slot 4 of 4 is free",
        ),
    ];
    let plan = Plan {
        made_at,
        orgs: vec![
            org(&acme, "00D5g000004F2xyEAC", &[], &[])?,
            org(
                &beta,
                "00D5g000004F3xyEAC",
                &["fund.example.io"],
                &[
                    "install WP Fusion (OAuth) in beta first: an app that is not installed admits nobody who holds none of its approvals",
                ],
            )?,
        ],
        steps,
        left_out: vec![LeftOut {
            site: SiteName::new("atlas.example.org"),
            reason: "app_blocked: a new approval does not cure that".into(),
        }],
    };
    Ok(PlanTold { sites, plan, states: states(), stale: Vec::new() })
}

/// What became of its steps.
fn states() -> Vec<StepState> {
    let done = |seen: &str| StepState::Done { seen: seen.to_owned() };
    vec![
        done("approval 51ab03f2 is gone"),
        done("shop.example.org has held another token since 2026-11-23 11:58Z"),
        StepState::Ready,
        StepState::Ready,
        StepState::Moved {
            why: "no slot of int-wp@acme.example is free, and the oldest approval is lms.example.edu's".to_owned(),
        },
    ]
}
