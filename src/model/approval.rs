//! One user's approval of one app: one refresh token, one row of `OauthToken`, one slot.

use crate::model::{ApprovalId, Clean, OrgId, UserId};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// An approval as Salesforce lists it. Tokens are never part of it: the columns `AccessToken` and `RequestToken` of `OauthToken` are
/// not even asked for, and `DeleteToken` at the moment of a revocation alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Its name, see [`approval_id`].
    pub id: ApprovalId,
    /// Whose it is.
    pub user: UserId,
    /// The app's label (`OauthToken.AppName`).
    pub app: Clean,
    /// When it was made, by the org's clock. The smallest leaves first when the user's slots are full.
    pub created_at: DateTime<Utc>,
    /// The last refresh request, failed ones included, by the org's clock.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Salesforce's count of refresh requests, failed ones included. Never proof of health.
    pub use_count: u32,
}

/// Names an approval: the first 128 bits of SHA-256 over org, user, app, creation time and ordinal.
///
/// `ordinal` counts, from 0, the approvals of the same user and app made in the same millisecond, in the order in which
/// the org lists them: Salesforce exposes nothing else that would tell those apart.
pub fn approval_id(org: &OrgId, user: &UserId, app: &str, created_at: DateTime<Utc>, ordinal: u32) -> ApprovalId {
    let created = created_at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let mut hash = Sha256::new();
    for part in ["fusebox approval", org.as_str(), user.as_str(), app, &created, &ordinal.to_string()] {
        // A length before each part: no two lists of parts may run together into the same bytes.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let digest: [u8; 32] = hash.finalize().into();
    let mut first = [0; 16];
    first.copy_from_slice(&digest[..16]);
    ApprovalId::from_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    #[test]
    fn every_part_matters() {
        let org = OrgId::parse("00D5g000000ORGEAA4").expect("an org id");
        let user = UserId::parse("0055g000000USERAAK").expect("a user id");
        let at = Utc.with_ymd_and_hms(2026, 2, 11, 9, 30, 0).single().expect("a time");
        let id = approval_id(&org, &user, "WP Fusion (OAuth)", at, 0);
        assert_eq!(id, approval_id(&org, &user, "WP Fusion (OAuth)", at, 0));
        assert_ne!(id, approval_id(&org, &user, "WP Fusion (OAuth)", at, 1));
        assert_ne!(id, approval_id(&org, &user, "WP Fusion", at, 0));
        assert_ne!(id, approval_id(&org, &user, "WP Fusion (OAuth)", at + chrono::TimeDelta::milliseconds(1), 0));
    }
}
