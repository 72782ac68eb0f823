//! What came of a verb that writes to a site: its steps, its tokens, and the copy that takes it back. Plain data.

use crate::model::{Clean, Fingerprint, OrgId, UserId};
use serde::{Deserialize, Serialize};

/// How a step, or all of them together, ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Outcome {
    /// As it was meant, and stored.
    Done,
    /// Some steps are done, others are not.
    Partly,
    /// It was so already; nothing was asked and nothing stored.
    Unchanged,
    /// There was nothing in the answer, or the org has nothing of the kind: what was stored is kept.
    Kept,
    /// Not begun: an earlier step makes it useless.
    Skipped,
    /// The session had expired, and a refresh was not let.
    Withheld,
    /// Salesforce refused.
    Refused,
    /// Everything else that went wrong. What was stored is kept.
    Failed,
}

/// One of the plugin's steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Which.
    pub step: StepName,
    /// How it ended.
    pub outcome: Outcome,
    /// Why, where it is not done.
    pub text: Clean,
    /// Rows that were stored before; none for no list.
    pub before: Option<u32>,
    /// Rows that the answer had where it is done, else those that are stored.
    pub after: Option<u32>,
}

/// The steps of a refresh, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum StepName {
    /// One call that tests the session.
    Connect,
    /// Which objects there are.
    Objects,
    /// Topics, tags or the values of a picklist.
    Segments,
    /// Fields, required ones and read-only ones.
    Fields,
    /// Record types.
    RecordTypes,
}

/// Whether the connection is still what it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Tokens {
    /// Bit by bit.
    Kept,
    /// The one refresh that was let brought another session.
    Refreshed,
    /// Something else, in the same moments, changed it.
    Changed,
}

/// The connection's fingerprints after a verb that writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connected {
    /// Whether they are those from before.
    pub tokens: Tokens,
    /// Of the access token.
    pub access_fp: Option<Fingerprint>,
    /// Of the refresh token.
    pub refresh_fp: Option<Fingerprint>,
}

/// What came of `refresh-fields`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldsRefreshed {
    /// All steps together; where the test of the session failed, that.
    pub outcome: Outcome,
    /// Each step.
    pub steps: Vec<Step>,
    /// The connection afterwards.
    #[serde(flatten)]
    pub connected: Connected,
}

/// What came of `set-object-type`, `set-segment-type`, `configure` and `restore`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteChange {
    /// How it ended. But for [`Outcome::Done`] nothing was stored.
    pub outcome: Outcome,
    /// Why, where it is not done.
    pub text: Clean,
    /// The plugin's steps that it took.
    pub steps: Vec<Step>,
    /// What takes it back.
    pub saved: Vec<SavedValue>,
    /// Names of what was too long to be copied: a refresh makes them anew.
    pub left_out: Vec<Clean>,
    /// The connection afterwards.
    #[serde(flatten)]
    pub connected: Connected,
}

/// What a change may save, and an undo may put back: settings and lists of the plugin, and none of its secrets.
pub const RESTORABLE: [&str; 12] = [
    "sf_object_type",
    "sf_record_type",
    "sf_tag_type",
    "sf_tag_picklist",
    "crm_tag_type",
    "read_only_fields",
    "required_fields",
    "connection_configured",
    "wpf_available_tags",
    "wpf_crm_fields",
    "wpf_salesforce_objects",
    "wpf_salesforce_record_types",
];

/// One of the plugin's settings or lists, none of them secret, as it was before a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedValue {
    /// Its name.
    pub name: Clean,
    /// Its JSON before, letter by letter, since order and form must come back as they were; none where it was not stored. Not
    /// for a screen: it is as it came.
    pub before: Option<String>,
    /// A hash of what is stored now: what it must still be when it is put back.
    pub now: String,
    /// Its JSON now; none where it is not stored, and for lists, whose rows `lists` tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

impl SavedValue {
    /// A setting before, as people read it, where it was a plain word.
    pub fn word_before(&self) -> Option<Clean> {
        word(self.before.as_deref())
    }

    /// The same now.
    pub fn word_after(&self) -> Option<Clean> {
        word(self.after.as_deref())
    }
}

fn word(json: Option<&str>) -> Option<Clean> {
    serde_json::from_str::<String>(json?).ok().map(Clean::new)
}

/// What came of `complete-authorization`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completed {
    /// How it ended.
    pub outcome: CompletedOutcome,
    /// Why, where it is not done.
    pub text: Clean,
    /// The org of whoever authorized, once Salesforce had said.
    pub org: Option<OrgId>,
    /// Who authorized.
    pub user: Option<UserId>,
    /// The access token that is stored now.
    pub access: Option<Fingerprint>,
    /// The refresh token that is stored now.
    pub refresh: Option<Fingerprint>,
}

/// How the exchange of a pasted code ended. But for [`CompletedOutcome::Done`] the site keeps the connection that it had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum CompletedOutcome {
    /// The site has the new connection.
    Done,
    /// Somebody of another org authorized. An approval was made there all the same.
    WrongOrg,
    /// Another user authorized. That user has one approval more all the same.
    WrongUser,
    /// Salesforce took the code for none of its own, or for too old.
    Refused,
    /// There was no answer, or none that holds what it must. Whether the code was spent is not known.
    Failed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_word_is_read_and_nothing_else_is() {
        let value = |before: Option<&str>, after: Option<&str>| SavedValue {
            name: "sf_object_type".into(),
            before: before.map(str::to_owned),
            now: "00".to_owned(),
            after: after.map(str::to_owned),
        };
        assert_eq!(value(Some("\"Contact\""), None).word_before(), Some("Contact".into()));
        assert_eq!(value(None, Some("[\"Id\"]")).word_after(), None);
        assert_eq!(value(None, None).word_before(), None);
    }

    #[test]
    fn json_keeps_its_order_on_the_way() {
        let before = r#"{"Z":"z","A":{"crm_field":"X__c"},"B":[]}"#;
        let value = SavedValue { name: "x".into(), before: Some(before.to_owned()), now: "00".to_owned(), after: None };
        let kept = serde_json::to_string(&value).expect("JSON");
        let read: SavedValue = serde_json::from_str(&kept).expect("a value");
        assert_eq!(read.before.as_deref(), Some(before));
    }
}
