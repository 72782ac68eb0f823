//! Mapping, without a server.

use super::*;
use crate::model::org::RefreshPolicy;
use crate::model::{ApiUsage, OrgId};
use crate::salesforce::mapping;
use crate::salesforce::wire::{ConnectedApplicationRow, Limits, OauthTokenRow, OrganizationRow, Page};
use chrono::TimeDelta;
use proptest::prelude::*;
use serde::de::DeserializeOwned;

fn part<T: DeserializeOwned>(name: &str) -> T {
    let composite = fixture("composite");
    let parts = composite["compositeResponse"].as_array().expect("parts");
    let part = parts.iter().find(|part| part["referenceId"] == name).expect("a part");
    serde_json::from_value(part["body"].clone()).expect("the shape")
}

#[test]
fn an_organization_maps() {
    let page: Page<OrganizationRow> = part("organization");
    let organization = mapping::organization(page.records.into_iter().next().expect("a row"));
    assert_eq!(organization.id.as_str(), "00D5g000000ORGEEA4");
    assert_eq!(organization.edition.as_str(), "Enterprise Edition");
    assert!(organization.sandbox);
    assert_eq!(organization.instance.expect("an instance").as_str(), "EU42");
    assert_eq!(organization.trial_ends_at.expect("a trial").to_rfc3339(), "2026-12-01T00:00:00+00:00");
}

#[test]
fn policies_map() {
    for (period, metric, policy) in [
        (json!(null), true, RefreshPolicy::UntilRevoked),
        (json!(null), false, RefreshPolicy::UntilRevoked),
        (json!(0), false, RefreshPolicy::Immediately),
        (json!(30), true, RefreshPolicy::Idle(30)),
        (json!(90), false, RefreshPolicy::Lifetime(90)),
    ] {
        let row: ConnectedApplicationRow = serde_json::from_value(json!({
            "Name": APP, "OptionsAllowAdminApprovedUsersOnly": true,
            "RefreshTokenValidityPeriod": period, "OptionsRefreshTokenValidityMetric": metric
        }))
        .expect("a row");
        let app = mapping::app(row);
        assert_eq!((app.policy, app.admin_approved_only), (policy, true));
    }
}

#[test]
fn limits_map() {
    assert_eq!(mapping::api_usage(part::<Limits>("limits")), ApiUsage { max: 100_000, used: 880 });
    let overrun =
        serde_json::from_value(json!({ "DailyApiRequests": { "Max": 100, "Remaining": -7 } })).expect("limits");
    assert_eq!(mapping::api_usage(overrun), ApiUsage { max: 100, used: 107 });
}

#[test]
fn the_limit_header_is_read_or_left() {
    let usage = Some(ApiUsage { max: 5000, used: 18 });
    assert_eq!(mapping::limit_info("api-usage=18/5000"), usage);
    assert_eq!(mapping::limit_info("api-usage=18/5000; per-app-api-usage=17/250(appName=x)"), usage);
    assert_eq!(mapping::limit_info("per-app-api-usage=17/250(appName=x), api-usage=18/5000"), usage);
    for bad in ["", "api-usage=", "api-usage=18", "api-usage=-1/5000", "per-app-api-usage=1/2", "api-usage=a/b"] {
        assert_eq!(mapping::limit_info(bad), None, "{bad}");
    }
}

#[test]
fn the_clock_is_compared_in_the_middle_of_the_request() {
    let date = "Wed, 11 Feb 2026 09:30:00 GMT";
    let offset = |asked: i64, answered: i64| {
        let at = |ms| now() + TimeDelta::milliseconds(ms);
        mapping::clock_offset_s(date, at(asked), at(answered))
    };
    assert_eq!(offset(0, 0), Some(0));
    assert_eq!(offset(-4_000, 4_000), Some(0), "a slow answer is no skew");
    assert_eq!(offset(-300_000, -300_000), Some(300), "our clock is behind, theirs is ahead");
    assert_eq!(offset(60_000, 62_000), Some(-61));
    for bad in ["yesterday", "Wed, 11 Feb 2626 09:30:00 GMT"] {
        assert_eq!(mapping::clock_offset_s(bad, now(), now()), None, "{bad}");
    }
}

#[test]
fn ordinals_follow_the_org_s_order() {
    let org = OrgId::parse("00D5g000000ORGE").expect("an org id");
    let page: Page<OauthTokenRow> = part("approvals");
    let twins: Vec<_> = mapping::approvals(&org, &page.records).into_iter().filter(|row| row.use_count < 100).collect();
    let id = |ordinal| crate::model::approval::approval_id(&org, &twins[0].user, APP, twins[0].created_at, ordinal);
    assert_eq!(twins.iter().map(|row| row.id).collect::<Vec<_>>(), [id(0), id(1)]);
}

proptest! {
    /// Whatever the rows, every approval has an id of its own, and they come oldest first.
    #[test]
    fn approvals_are_distinct_and_sorted(rows in prop::collection::vec((0u32..3, 0i64..4), 0..40)) {
        let org = OrgId::parse("00D5g000000ORGE").expect("an org id");
        let rows: Vec<OauthTokenRow> = rows
            .into_iter()
            .map(|(user, second)| {
                let created = DateTime::UNIX_EPOCH + TimeDelta::seconds(second);
                let row = json!({
                    "AppName": APP, "UserId": format!("0055g000000US{user:02}"), "User": null,
                    "CreatedDate": created.to_rfc3339(), "LastUsedDate": null, "UseCount": null
                });
                serde_json::from_value(row).expect("a row")
            })
            .collect();
        let approvals = mapping::approvals(&org, &rows);
        prop_assert_eq!(approvals.len(), rows.len());
        prop_assert!(approvals.is_sorted_by_key(|row| row.created_at));
        let ids: std::collections::BTreeSet<_> = approvals.iter().map(|row| row.id).collect();
        prop_assert_eq!(ids.len(), rows.len());
    }

    /// No body, of whatever status, makes a panic, and what is said of it is bounded.
    #[test]
    fn any_body_is_judged(status in 300u16..600, body in prop::collection::vec(any::<u8>(), 0..300)) {
        let redactor = crate::salesforce::redact::Redactor::default();
        for error in [
            crate::salesforce::refusals::rest(status, &body, &redactor),
            crate::salesforce::refusals::token(status, &body, &redactor),
        ] {
            prop_assert!(error.text().as_str().chars().count() <= 2_000);
            prop_assert!(!error.text().is_empty());
        }
    }
}
