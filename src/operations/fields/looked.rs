//! What has to be seen of a site before one of its settings is chosen anew: what it offers, its mapping, both objects. Of the class
//! look, refresh withheld; the same for the command and the screen.

use super::{FieldsError, Reader};
use crate::diagnosis::{Proposed, object_type_check, segment_type_check};
use crate::model::choices::Choices;
use crate::model::object_type::{ObjectTypeCheck, SegmentKind, SegmentTypeCheck};
use crate::model::{Clean, Failure, FieldsRead, OrgName, SeenBy, SiteName, SiteStatus};
use crate::salesforce::Client;
use crate::wordpress::Agent;
use std::sync::Arc;

/// The ways to a site and, where it can not tell, to its org.
#[derive(Clone)]
pub struct Ways {
    /// To the site.
    pub agent: Result<Arc<Agent>, Failure>,
    /// The org that the site is joined with, and fusebox's own way into it.
    pub own: Result<(OrgName, Arc<Client>), Failure>,
}

/// What was told of another object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectTypeLook {
    /// The mapping beside the other object.
    pub there: FieldsRead,
    /// What the settings page offers, or why it is not told.
    pub choices: Result<Choices, Failure>,
    /// What the other object would do.
    pub check: ObjectTypeCheck,
    /// Why the present object is described by nobody, if so.
    pub silent: Option<String>,
}

/// What was told of another kind of segments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentTypeLook {
    /// What the settings page offers.
    pub choices: Choices,
    /// The mapping beside the object.
    pub read: FieldsRead,
    /// The field of the picklist, where they would be in one.
    pub field: Option<Clean>,
    /// What the other kind would do.
    pub check: SegmentTypeCheck,
}

impl SegmentTypeLook {
    /// Whether the site has what it would have.
    pub fn is_so(&self) -> bool {
        let SegmentTypeCheck { from, to, .. } = &self.check;
        let now = from.as_ref().and_then(|from| from.as_str().parse().ok());
        let same = self.choices.segment_type.picklist == self.field;
        now == Some(*to) && (*to != SegmentKind::Picklist || same)
    }

    /// From what to what.
    pub fn title(&self) -> String {
        let SegmentTypeCheck { from, to, .. } = &self.check;
        let field = self.field.as_ref().map(|field| format!(" {field}")).unwrap_or_default();
        format!("{} -> {to}{field}", from.as_ref().map_or("?", Clean::as_str))
    }
}

impl Reader {
    /// What an object would do to the site. `last` is what was seen of it last; `tell` hears what is asked next.
    pub async fn object_type(
        &self,
        object: &str,
        ways: &Ways,
        last: Option<&SiteStatus>,
        tell: impl Fn(&str),
    ) -> Result<ObjectTypeLook, FieldsError> {
        let (other, present) = (self.of(Some(object.to_owned())), self.of(None));
        tell(&format!("what {} offers", self.site));
        let choices = present.choices(ways.agent.clone()).await?;
        // The other object first: what is kept of the site at the end is the present one.
        tell(&format!("what {object} is made of, as {} sees it", self.site));
        let there = other.read(ways.agent.clone(), ways.own.clone()).await?;
        let now = last.and_then(|status| status.object_type.as_ref()).map_or("its present object", Clean::as_str);
        tell(&format!("what {now} is made of, as {} sees it", self.site));
        let (here, silent) = match present.read(ways.agent.clone(), ways.own.clone()).await {
            Ok(here) => (Some(here), None),
            Err(error) => (None, Some(error.to_string())),
        };
        let told = choices.as_ref().ok();
        let last = || last.and_then(|status| status.segment_type.clone());
        let segments = told.map_or_else(last, |told| Some(stored_segments(told)));
        let record_type = told.map(|told| {
            let chosen = told.record_type.as_ref()?;
            let known = told.record_types.iter().flatten().find(|kind| kind.id == *chosen);
            Some(known.map_or(chosen, |kind| &kind.name))
        });
        let check = object_type_check(&Proposed {
            mapping: &there.fields.mapping,
            from: here.as_ref().map(|here| &here.fields.description),
            to: &there.fields.description,
            segments: segments.as_ref().map(Clean::as_str),
            segment_field: told.and_then(|told| told.segment_type.picklist.as_ref()).map(Clean::as_str),
            topics_on: None,
            record_type,
            code_filter: told.map(|told| told.object_type.overridden),
        });
        Ok(ObjectTypeLook { there, choices, check, silent })
    }

    /// What a kind of segments would do to the site; `named` is the field of a picklist, in whatever capitals, without it the one
    /// that the site has. The inner error: the site does not tell its settings.
    pub async fn segment_type(
        &self,
        kind: SegmentKind,
        named: Option<&Clean>,
        ways: &Ways,
        last: Option<&SiteStatus>,
        tell: impl Fn(&str),
    ) -> Result<Result<SegmentTypeLook, Failure>, FieldsError> {
        let present = self.of(None);
        tell(&format!("what {} offers", self.site));
        let choices = present.choices(ways.agent.clone()).await?;
        tell(&format!("what its object is made of, as {} sees it", self.site));
        let read = present.read(ways.agent.clone(), ways.own.clone()).await?;
        let choices = match choices {
            Ok(choices) => choices,
            Err(why) => return Ok(Err(why)),
        };
        let from = stored_segments(&choices);
        let named = named.or(choices.segment_type.picklist.as_ref()).filter(|_| kind == SegmentKind::Picklist);
        let object = &read.fields.description;
        // By the name that the object has for it: WP Fusion tells capitals apart.
        let field = named.map(|named| object.field(named.as_str()).map_or(named, |field| &field.name).clone());
        let stored = last.and_then(|status| status.tags);
        let check = segment_type_check(Some(&from), kind, field.as_ref().map(Clean::as_str), object, stored);
        Ok(Ok(SegmentTypeLook { choices, read, field, check }))
    }

    /// The same site with another object.
    fn of(&self, object: Option<String>) -> Self {
        Self { object, ..self.clone() }
    }
}

/// Where segments are by the settings; topics where nobody chose.
fn stored_segments(told: &Choices) -> Clean {
    told.segment_type.stored.clone().unwrap_or_else(|| <&str>::from(SegmentKind::Topics).into())
}

/// What has to be known of a description: whose eyes it was seen with, where they are not the site's.
pub fn seen_by(site: &SiteName, read: &FieldsRead) -> Option<String> {
    let SeenBy::Fusebox(org) = &read.fields.by else { return None };
    let why = read.undescribed.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
    let object = &read.fields.description.object;
    Some(format!(
        "{object} is told as fusebox's own user sees it in {org}, for {site} could not ask{why}; its own user may see other fields"
    ))
}

impl ObjectTypeLook {
    /// What has to be known of the check.
    pub fn notes(&self, site: &SiteName) -> Vec<String> {
        let compared = self.silent.as_ref().map(|why| format!("nothing is compared with the present object: {why}"));
        let offered = self.choices.as_ref().err().map(|why| format!("{site} does not tell its settings: {why}"));
        [compared, offered, seen_by(site, &self.there), self.there.unkept.clone()].into_iter().flatten().collect()
    }

    /// That the mapping is an earlier one, if it is.
    pub fn earlier(&self, site: &SiteName) -> Option<String> {
        let why = self.there.unmapped.as_ref()?;
        Some(format!("{site} does not tell its mapping now ({why}); an earlier one was judged"))
    }
}
