//! The verbs that write to a site, each asked for by an operator, and the two looks that an operation needs before and
//! after. Nothing here decides: whether a refresh may be let, and whether anything may be written, is the caller's to know.

use super::answer::{Refresh, SegmentChoice, SiteWrite};
use super::request::Verb;
use super::wire::{self, Refusal};
use super::{Agent, Load};
use crate::model::choices::Choices;
use crate::model::fields;
use crate::model::lists::StoredLists;
use crate::model::site_change::{Completed, FieldsRefreshed, SavedValue};
use crate::model::{Failure, FailureClass, OrgId, UserId};
use secrecy::SecretString;

impl Agent {
    /// What can be chosen on the plugin's settings page, and what is. No call to Salesforce.
    pub async fn choices(&self) -> Result<Choices, Failure> {
        let (answer, _) = self.call(Verb::Choices, Load::All).await?;
        wire::choices(answer.result.map_err(Refusal::into_failure)?)
    }

    /// The lists that the plugin stored at its last refresh. No call to Salesforce.
    pub async fn lists(&self) -> Result<StoredLists, Failure> {
        let (answer, _) = self.call(Verb::Lists, Load::All).await?;
        wire::lists(answer.result.map_err(Refusal::into_failure)?)
    }

    /// Writes: "Refresh Available Topics & Fields", step by step. Four to six calls by the site, more where the org has
    /// thousands of topics. A list that could not be had stays what it was.
    pub async fn refresh_fields(&self, refresh: Refresh) -> Result<FieldsRefreshed, Failure> {
        let (answer, _) = self.call(Verb::RefreshFields { refresh }, Load::All).await?;
        wire::fields_refreshed(answer.result.map_err(Refusal::into_failure)?)
    }

    /// Writes: the object that the site syncs to, with its fields and record types. Two or three calls by the site. All of it
    /// is stored, or nothing.
    pub async fn set_object_type(&self, object_type: &str, refresh: Refresh) -> Result<SiteWrite, Failure> {
        let object_type = api_name(object_type)?;
        self.write(Verb::SetObjectType { object_type, refresh }).await
    }

    /// Writes: the kind of segments, with their list. One call by the site, more for thousands of topics. Both are stored, or
    /// nothing. What its users hold is not synced anew, as the settings page would begin to.
    pub async fn set_segment_type(&self, choice: &SegmentChoice, refresh: Refresh) -> Result<SiteWrite, Failure> {
        if let SegmentChoice::Picklist { field } = choice {
            api_name(field)?;
        }
        self.write(Verb::SetSegmentType { choice: choice.clone(), refresh }).await
    }

    /// Writes: that the connection is set up, after one good call by the site. What the settings page saves after its first
    /// test; a refresh of fields comes next.
    pub async fn configure(&self, refresh: Refresh) -> Result<SiteWrite, Failure> {
        self.write(Verb::Configure { refresh }).await
    }

    /// Writes: puts back what a change has saved, if all of it is still as the change left it. No call to Salesforce.
    pub async fn restore(&self, saved: &[SavedValue]) -> Result<SiteWrite, Failure> {
        self.write(Verb::Restore { saved: saved.to_vec() }).await
    }

    /// Writes: the site exchanges a code that a person has pasted, and keeps its connection unless `user` of `org` has
    /// authorized. One call by the site. A failure may have come after the code was spent.
    pub async fn complete_authorization(
        &self,
        code: SecretString,
        org: &OrgId,
        user: &UserId,
    ) -> Result<Completed, Failure> {
        let verb = Verb::CompleteAuthorization { code, org: org.clone(), user: user.clone() };
        let (answer, _) = self.call(verb, Load::All).await?;
        wire::completed(answer.result.map_err(Refusal::into_failure)?)
    }

    async fn write(&self, verb: Verb) -> Result<SiteWrite, Failure> {
        let (answer, _) = self.call(verb, Load::All).await?;
        wire::site_write(answer.result)
    }
}

fn api_name(name: &str) -> Result<String, Failure> {
    if fields::is_object(name) {
        return Ok(name.to_owned());
    }
    Err(Failure::new(FailureClass::BadRequest, format!("{name:?} is no API name")))
}
