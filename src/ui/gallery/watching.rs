//! Authorizations of the gallery, as they would be watched.

use super::BadData;
use crate::model::authorization::Errors;
use crate::model::{ApprovalId, Authorization, Course, Ending, OrgId, OrgName, SiteName, Standing, UserId, Watching};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeSet;

const LINK: &str = "https://wpfusion.com/oauth/?action=wpf_get_salesforce_token&redirect=https%3A%2F%2Fshop.example.org\
                    %2Fwp-admin%2Foptions-general.php%3Fpage%3Dwpf-settings%26crm%3Dsalesforce";

const SETTINGS: &str = "https://shop.example.org/wp-admin/options-general.php?page=wpf-settings#setup";

/// How the one of this name stands at `now`.
pub(super) fn named(name: &str, now: DateTime<Utc>) -> Result<Watching, BadData> {
    let bad = |what: String| BadData { file: "scenarios.toml", what };
    let approval = ApprovalId::parse("e07b44d2000000000000000000000000").map_err(|error| bad(error.to_string()))?;
    let ending = match name {
        "waiting" | "by-settings" => None,
        "verified" => Some(Ending::Verified { approval: Some(approval) }),
        "wrong-user" => Some(Ending::WrongUser { user: "int-wp@acme.example".into(), kept: false }),
        other => return Err(bad(format!("no authorization is named {other}"))),
    };
    let slots = if name == "verified" { Some(Box::new(super::slots::named("after", now)?)) } else { None };
    let began_at = now - TimeDelta::seconds(42);
    let authorization = Authorization {
        id: "3f0c519a".to_owned(),
        site: SiteName::new("shop.example.org"),
        org: OrgName::new("acme"),
        org_id: OrgId::parse("00D5g000004F2xyEAC").map_err(|error| bad(error.to_string()))?,
        user: UserId::parse("0055g0000000001AAA").map_err(|error| bad(error.to_string()))?,
        user_name: "ops1@acme.example".into(),
        first: false,
        object_type: Some("Contact".into()),
        refresh: None,
        approvals: BTreeSet::new(),
        began_at,
        gives_up_at: began_at + TimeDelta::minutes(15),
    };
    let standing = Standing {
        link: Some(if name == "by-settings" { SETTINGS } else { LINK }.to_owned()),
        link_note: None,
        looks: 4,
        course: Course::Waiting,
        trouble: None,
        refused: None,
        ending,
    };
    let ended_at = standing.ending.as_ref().map(|_| now);
    let (sandbox, used, down_since) = (Some(false), Some(3), Some(now - TimeDelta::minutes(26)));
    Ok(Watching {
        authorization,
        sandbox,
        used,
        limit: 4,
        ended_at,
        slots,
        down_since,
        errors: Some(Errors { count: 5, more: false }),
        standing,
    })
}
