//! The closed list of causes. The strings are what `--json` prints; add one when it is needed, never free text.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

/// Why a site is in the health it is in.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    EnumIter,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Cause {
    /// The user's slots were full and a new approval removed the oldest, this site's.
    Evicted,
    /// Somebody revoked the approval.
    Revoked,
    /// The refresh token policy's lifetime ended.
    PolicyLifetime,
    /// The refresh token was unused for longer than the policy allows.
    PolicyIdle,
    /// The publisher's idle cap of 30 days ended it, whatever the policy says.
    IdleCap,
    /// The policy expires refresh tokens immediately.
    PolicyImmediate,
    /// A rotated refresh token was presented again.
    RotatedOut,
    /// The Salesforce user was deactivated.
    UserInactive,
    /// The Salesforce user was frozen.
    UserFrozen,
    /// The app was uninstalled from the org.
    AppUninstalled,
    /// The app was never installed in the org: what lives goes on, what dies can not come back.
    AppNotInstalled,
    /// An administrator blocked the app.
    AppBlocked,
    /// The app's consumer credentials were rotated.
    CredentialsRotated,
    /// The app admits pre-authorized users only, and this user is none.
    NotPreauthorized,
    /// The address the site calls from is not allowed.
    IpRestricted,
    /// The edition or the user's profile has no API access.
    ApiDisabled,
    /// The org's API allocation is used up or nearly so.
    CallLimit,
    /// The org is locked, suspended or its trial is over.
    OrgLocked,
    /// The org does not exist any more.
    OrgGone,
    /// The sandbox was refreshed and is a new org now.
    SandboxRefreshed,
    /// The org moved to another instance or domain.
    InstanceMoved,
    /// WP Fusion is not installed on the site.
    PluginAbsent,
    /// WP Fusion is installed and not active.
    PluginInactive,
    /// WP Fusion is set to another CRM.
    OtherCrm,
    /// Salesforce is chosen and nobody has authorized yet.
    NotAuthorized,
    /// The site was connected and is not now.
    Disconnected,
    /// The site is in staging mode, or marked so by the operator.
    Staging,
    /// A copy of another site, under an address that is not the recorded one.
    Clone,
    /// WordPress' scheduled tasks do not run, so nothing is sent.
    CronDead,
    /// PHP ends in a fatal error before the site can answer.
    PhpFatal,
    /// The next approval of its user removes this site's.
    NextOut,
    /// The idle limit is near or past.
    IdleNear,
    /// The lifetime's end is near or past.
    LifetimeNear,
    /// Rotation is on and the plugin forgets rotated tokens.
    RotationRisk,
    /// Two sites hold one token.
    SharedToken,
    /// The site logged errors since its last proof.
    SiteErrors,
    /// A clock is more than 60 seconds off.
    ClockSkew,
    /// Nothing answers at the address.
    Unreachable,
    /// SSH refused the connection or the key.
    SshRefused,
    /// The TLS connection could not be made.
    Tls,
    /// The host's name has no address.
    Dns,
    /// No answer within the time limit.
    Timeout,
    /// An answer came that is not the agent's.
    BadAnswer,
    /// A permission is missing; the reason names it.
    NotPermitted,
    /// The site answers, and nothing has proved its connection yet.
    NeverProved,
    /// The last proof is older than the configured age.
    ProofOld,
    /// Salesforce does not record which of the possible causes it was.
    NotRecorded,
}

#[cfg(test)]
mod tests {
    use super::*;
    use strum::IntoEnumIterator;

    #[test]
    fn names_are_the_same_for_people_and_for_json() {
        for cause in Cause::iter() {
            let json = serde_json::to_value(cause).expect("a cause is a string");
            assert_eq!(json, cause.to_string());
        }
        assert_eq!(Cause::PolicyLifetime.to_string(), "policy_lifetime");
    }
}
