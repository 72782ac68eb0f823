//! Salesforce's answers as they come over the wire. Unknown members are passed over, as Salesforce adds some with every
//! release. `mapping` turns these into `model`. Uses `model` alone.

use crate::model::org::Refused;
use crate::model::{Clean, OrgId, UserId};
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

/// What the token endpoint says when it refuses.
#[derive(Deserialize)]
pub(super) struct TokenError {
    pub(super) error: String,
    #[serde(default)]
    pub(super) error_description: Option<String>,
}

/// One error of the REST API.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RestError {
    pub(super) error_code: String,
    #[serde(default)]
    pub(super) message: String,
}

/// The answer to a composite request.
#[derive(Deserialize)]
pub(super) struct Composite {
    #[serde(rename = "compositeResponse")]
    pub(super) parts: Vec<Part>,
}

/// The answer to one of its parts. An error array stands in `body` when the status is not 2xx.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Part {
    pub(super) body: serde_json::Value,
    pub(super) http_status_code: u16,
    pub(super) reference_id: String,
}

/// Users, from as many answers as it took, and who is frozen.
#[derive(Default)]
pub(super) struct People {
    pub(super) users: Vec<UserRow>,
    /// Why users may not be read, if so.
    pub(super) users_refused: Option<Refused>,
    /// Everybody who is frozen, where that was asked and told.
    pub(super) frozen: Option<Page<FrozenRow>>,
}

/// One page of a query's rows.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page<T> {
    #[serde(default)]
    pub(super) total_size: Option<u64>,
    pub(super) done: bool,
    #[serde(default)]
    pub(super) next_records_url: Option<String>,
    pub(super) records: Vec<T>,
}

impl<T> Page<T> {
    /// Whether there are no more rows than these.
    pub(super) fn is_whole(&self) -> bool {
        self.done
            && self.total_size.is_none_or(|total| u64::try_from(self.records.len()).is_ok_and(|read| read >= total))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OrganizationRow {
    pub(super) id: OrgId,
    pub(super) name: Clean,
    pub(super) organization_type: Option<Clean>,
    pub(super) is_sandbox: bool,
    pub(super) instance_name: Option<Clean>,
    pub(super) trial_expiration_date: Option<OrgTime>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OauthTokenRow {
    pub(super) app_name: Clean,
    pub(super) user_id: UserId,
    pub(super) user: Option<RowUser>,
    pub(super) created_date: OrgTime,
    pub(super) last_used_date: Option<OrgTime>,
    pub(super) use_count: Option<u32>,
}

/// An approval with what ends it. Shown and kept nowhere.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteTokenRow {
    pub(super) app_name: Clean,
    pub(super) user_id: UserId,
    pub(super) created_date: OrgTime,
    pub(super) last_used_date: Option<OrgTime>,
    pub(super) use_count: Option<u32>,
    #[serde(default, deserialize_with = "secret")]
    pub(super) delete_token: Option<SecretString>,
}

fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SecretString>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.map(SecretString::from))
}

/// An approval of another app.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OtherTokenRow {
    pub(super) app_name: Clean,
    pub(super) user_id: UserId,
    pub(super) last_used_date: Option<OrgTime>,
}

/// `OauthToken.User`; null when the user may not be seen.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RowUser {
    pub(super) username: Clean,
    pub(super) is_active: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ConnectedApplicationRow {
    pub(super) name: Clean,
    pub(super) options_allow_admin_approved_users_only: bool,
    pub(super) refresh_token_validity_period: Option<u32>,
    pub(super) options_refresh_token_validity_metric: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UserRow {
    pub(super) id: UserId,
    pub(super) username: Clean,
    pub(super) is_active: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct FrozenRow {
    /// Documented as "Nillable".
    pub(super) user_id: Option<UserId>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OwnRightsRow {
    pub(super) permissions_customize_application: bool,
    #[serde(default)]
    pub(super) permissions_monitor_login_history: Option<bool>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct LoginRow {
    pub(super) id: Clean,
    pub(super) user_id: UserId,
    pub(super) login_time: OrgTime,
    pub(super) login_sub_type: Option<Clean>,
    pub(super) application: Option<Clean>,
    pub(super) status: Option<Clean>,
    pub(super) source_ip: Option<Clean>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SessionRow {
    pub(super) users_id: Option<UserId>,
    pub(super) created_date: OrgTime,
    pub(super) last_modified_date: OrgTime,
    pub(super) num_seconds_valid: Option<u32>,
    pub(super) session_type: Option<Clean>,
    pub(super) source_ip: Option<Clean>,
    pub(super) login_history_id: Option<Clean>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SetupChangeRow {
    pub(super) id: Clean,
    pub(super) action: Option<Clean>,
    pub(super) created_date: OrgTime,
    pub(super) created_by: Option<ByUser>,
    pub(super) display: Option<Clean>,
}

/// `SetupAuditTrail.CreatedBy`; null for Salesforce itself.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ByUser {
    pub(super) username: Clean,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ExternalAppRow {
    pub(super) id: Clean,
    pub(super) master_label: Clean,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ExternalPolicyRow {
    pub(super) external_client_application_id: Option<Clean>,
    pub(super) permitted_users_policy_type: Option<Clean>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Limits {
    pub(super) daily_api_requests: Limit,
}

/// One allocation. `Remaining` goes below zero where Salesforce lets an org run over.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Limit {
    pub(super) max: u64,
    pub(super) remaining: i64,
}

/// A time by the org's clock: `2026-02-11T09:30:00.000+0000`, with `Z` too, or a date alone. Years of four digits, so that
/// whoever reckons with it stays within what a time can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct OrgTime(pub(super) DateTime<Utc>);

impl TryFrom<String> for OrgTime {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let moment = DateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f%z")
            .or_else(|_| DateTime::parse_from_rfc3339(&text))
            .map(|time| time.to_utc());
        let day = || NaiveDate::parse_from_str(&text, "%Y-%m-%d").map(|day| day.and_time(NaiveTime::MIN).and_utc());
        let time = moment.or_else(|_| day()).ok().filter(|time| (1000..=9999).contains(&time.year()));
        time.map(Self).ok_or_else(|| "a time is expected".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_every_dress() {
        for text in ["2026-02-11T09:30:00.000+0000", "2026-02-11T09:30:00Z", "2026-02-11T10:30:00.000+01:00"] {
            let time = OrgTime::try_from(text.to_owned()).expect(text);
            assert_eq!(time.0.to_rfc3339(), "2026-02-11T09:30:00+00:00", "{text}");
        }
        let day = OrgTime::try_from("2026-12-01".to_owned()).expect("a date");
        assert_eq!(day.0.to_rfc3339(), "2026-12-01T00:00:00+00:00");
        for bad in ["", "yesterday", "2026-02-30T00:00:00.000+0000", "99999-01-01", "+99999-01-01"] {
            assert!(OrgTime::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
