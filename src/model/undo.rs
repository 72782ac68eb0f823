//! A change of a site that can be taken back: what it saved, and until when. Plain data.

use crate::model::site_change::{RESTORABLE, SavedValue};
use crate::model::{Clean, SiteName};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// How long a change can be taken back.
pub const KEPT: TimeDelta = TimeDelta::days(30);

/// The operation of what takes a change back. It can be taken back itself, by its id alone: the last change is never one.
pub const UNDO: &str = "undo";

/// What is said where there is none.
pub const NOTHING: &str = "nothing was changed in the last 30 days that can be taken back";

/// One change of a site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undoable {
    /// Names the operation, as in the audit.
    pub id: String,
    /// Which site.
    pub site: SiteName,
    /// Which operation ("object-type").
    pub operation: String,
    /// When it was done, by the host's clock.
    pub at: DateTime<Utc>,
    /// What was done, in words.
    pub what: Clean,
    /// What takes it back; no secret is among it.
    pub saved: Vec<SavedValue>,
    /// What was too long to be saved: a refresh makes it anew.
    pub left_out: Vec<Clean>,
}

impl Undoable {
    /// The change with what may be kept of what a site answered: names of the contract alone. Answers also how many others
    /// there were; what they hold is not looked at.
    pub fn without_others(mut self) -> (Self, usize) {
        let all = self.saved.len();
        self.saved.retain(|value| RESTORABLE.contains(&value.name.as_str()));
        let others = all - self.saved.len();
        (self, others)
    }

    /// Whether it took another change back itself.
    pub fn is_undo(&self) -> bool {
        self.operation == UNDO
    }

    /// What taking it back does, in sentences: each name from what it is now to what it was.
    pub fn told(&self) -> Vec<String> {
        let mut told: Vec<String> = self.saved.iter().map(of_value).collect();
        if !self.left_out.is_empty() {
            let names: Vec<&str> = self.left_out.iter().map(Clean::as_str).collect();
            let text = "was too long to be saved: fields are read again for it, about 4 to 6 API calls";
            told.push(format!("{} {text}", names.join(", ")));
        }
        told.push("all of it is put back, or nothing where one of them was changed since".to_owned());
        told
    }

    /// Whether it can still be taken back at `now`.
    pub fn is_in_time(&self, now: DateTime<Utc>) -> bool {
        now - self.at <= KEPT
    }
}

/// A plain word as it is and was, a list by its name.
fn of_value(value: &SavedValue) -> String {
    match (value.word_before(), value.word_after()) {
        (Some(before), Some(after)) => format!("{}: {after} -> {before}", value.name),
        (Some(before), None) if value.after.is_none() => format!("{}: not stored -> {before}", value.name),
        (None, Some(after)) if value.before.is_none() => format!("{}: {after} -> not stored", value.name),
        _ => format!("{}: as it was", value.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(name: &str, before: &str) -> SavedValue {
        SavedValue { name: name.into(), before: Some(before.to_owned()), now: "0".repeat(64), after: None }
    }

    #[test]
    fn what_is_no_setting_of_the_contract_is_not_kept() {
        let planted = "5Aep861planted";
        let saved = ["sf_object_type", "sf_refresh_token", "sf_access_token", "wpf_options", "access_key"];
        let saved = saved.map(|name| value(name, planted)).into();
        let change = Undoable {
            id: "0badcafe".to_owned(),
            site: SiteName::new("shop"),
            operation: "object-type".to_owned(),
            at: DateTime::UNIX_EPOCH,
            what: "Lead".into(),
            saved,
            left_out: Vec::new(),
        };
        let (kept, others) = change.without_others();
        let names: Vec<&str> = kept.saved.iter().map(|value| value.name.as_str()).collect();
        assert_eq!((names, others), (vec!["sf_object_type"], 4));
        assert_eq!(serde_json::to_string(&kept).expect("JSON").matches(planted).count(), 1);
        assert!(kept.is_in_time(kept.at + KEPT) && !kept.is_in_time(kept.at + KEPT + TimeDelta::seconds(1)));
    }
}
