//! The answers of the verbs that write, and of the two looks that go with them.

use super::{Refusal, read};
use crate::model::choices::Choices;
use crate::model::lists::StoredLists;
use crate::model::site_change::{Completed, CompletedOutcome, FieldsRefreshed, SiteChange};
use crate::model::{Clean, Failure, Fingerprint, OrgId, UserId};
use crate::wordpress::answer::SiteWrite;
use crate::wordpress::words;
use serde::Deserialize;
use serde_json::Value;

pub(in crate::wordpress) fn choices(result: Value) -> Result<Choices, Failure> {
    read(result)
}

pub(in crate::wordpress) fn lists(result: Value) -> Result<StoredLists, Failure> {
    read(result)
}

pub(in crate::wordpress) fn fields_refreshed(result: Value) -> Result<FieldsRefreshed, Failure> {
    let mut refreshed: FieldsRefreshed = read(result)?;
    refreshed.steps.iter_mut().for_each(|step| step.text = words(step.text.as_str()));
    Ok(refreshed)
}

/// A change, or what the agent says against it.
pub(in crate::wordpress) fn site_write(result: Result<Value, Refusal>) -> Result<SiteWrite, Failure> {
    match result {
        Ok(result) => {
            let mut change: SiteChange = read(result)?;
            change.text = words(change.text.as_str());
            change.steps.iter_mut().for_each(|step| step.text = words(step.text.as_str()));
            Ok(SiteWrite::Told(Box::new(change)))
        }
        Err(refusal) => match refusal.code.as_str() {
            "not_offered" => Ok(SiteWrite::NotOffered { text: refusal.message }),
            "overridden" => Ok(SiteWrite::Overridden { text: refusal.message }),
            "changed" => Ok(SiteWrite::ChangedSince { text: refusal.message }),
            _ => Err(refusal.into_failure()),
        },
    }
}

#[derive(Deserialize)]
struct WireCompleted {
    outcome: CompletedOutcome,
    text: Clean,
    org_id: Option<String>,
    user_id: Option<String>,
    access_fp: Option<Fingerprint>,
    refresh_fp: Option<Fingerprint>,
}

pub(in crate::wordpress) fn completed(result: Value) -> Result<Completed, Failure> {
    let completed: WireCompleted = read(result)?;
    Ok(Completed {
        outcome: completed.outcome,
        text: words(completed.text.as_str()),
        org: completed.org_id.and_then(|id| OrgId::parse(&id).ok()),
        user: completed.user_id.and_then(|id| UserId::parse(&id).ok()),
        access: completed.access_fp,
        refresh: completed.refresh_fp,
    })
}
