//! `fields`: what a site maps to what, beside what the object is made of, as the site's own Salesforce user sees it, or, where the
//! site can not ask, fusebox's. Of the class look: the site makes one call with the session it has, refresh withheld.

mod kept;
mod looked;

pub use looked::{ObjectTypeLook, SegmentTypeLook, Ways, seen_by};

use crate::model::choices::Choices;
use crate::model::fields::{Description, Mapping};
use crate::model::{Clock, Failure, FailureClass, FieldsRead, OrgName, SeenBy, SiteFields, SiteName, Target};
use crate::salesforce::{Client, Told};
use crate::store::{LeaseKey, StoreHandle};
use crate::wordpress::Agent;
use chrono::TimeDelta;
use kept::{Kept, Known};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long the lease outlives the calls, if the process dies.
const LEASE_OUTLIVES: TimeDelta = TimeDelta::seconds(10);
/// Calls of one turn at a site: status, mapping, describe.
const CALLS: u32 = 3;
/// How long to wait beyond the limit of one look for another process that is at the same target.
const GRACE: Duration = Duration::from_secs(10);
/// Between two tries to get a lease.
const AGAIN: Duration = Duration::from_millis(200);

/// Why there is nothing to tell.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldsError {
    /// Another process is at it, and stayed.
    #[error("another process is at {0}; try again in a moment")]
    Busy(Target),
    /// The site told no mapping, now or earlier.
    #[error("{site} has told no mapping: {why}")]
    NoMapping {
        /// Which site.
        site: SiteName,
        /// Why not.
        why: Failure,
    },
    /// Nobody knows which object the site syncs to.
    #[error("{0} has told no object that it syncs to; name one with --object")]
    NoObject(SiteName),
    /// Neither the site nor fusebox's own user described the object.
    #[error("{object} is described by nobody: the site: {site}; fusebox's own user: {own}")]
    Undescribed {
        /// Which object.
        object: String,
        /// Why the site did not.
        site: Failure,
        /// Why fusebox's user did not.
        own: Failure,
    },
    /// Something of ours broke.
    #[error("{0} was not asked to the end: {1}")]
    Broken(SiteName, String),
}

impl FieldsError {
    /// What to do about it.
    pub fn advice(&self) -> String {
        match self {
            Self::Busy(_) => "nothing was asked".to_owned(),
            Self::NoMapping { site, .. } => format!("fusebox doctor {site} tells what keeps it from answering"),
            Self::NoObject(site) => format!("fusebox fields {site} --object TYPE names one"),
            Self::Undescribed { .. } => {
                "a site whose session works describes it; else fusebox's own user has to be let into the org".to_owned()
            }
            Self::Broken(..) => "try again; if it comes again it is a mistake of fusebox".to_owned(),
        }
    }
}

/// What is asked, and how.
#[derive(Clone)]
pub struct Reader {
    /// Where leases are kept.
    pub store: StoreHandle,
    /// Who takes them.
    pub holder: Arc<str>,
    /// The host's clock.
    pub clock: Clock,
    /// After which a call is given up.
    pub timeout: Duration,
    /// Where descriptions are kept.
    pub state_dir: PathBuf,
    /// Which site.
    pub site: SiteName,
    /// The object to describe; none for the one that the site syncs to.
    pub object: Option<String>,
    /// The object that it was last known to sync to.
    pub last_object: Option<String>,
}

/// What one turn at the site brought.
struct Turn {
    object: Option<String>,
    mapping: Result<Mapping, Failure>,
    description: Result<Description, Failure>,
}

impl Turn {
    fn failed(failure: Failure, object: Option<String>) -> Self {
        Self { object, mapping: Err(failure.clone()), description: Err(failure) }
    }
}

impl Reader {
    /// Asks the site, and `own` (the org that the site is joined with, and fusebox's way into it) where the site can not tell.
    pub async fn read(
        &self,
        agent: Result<Arc<Agent>, Failure>,
        own: Result<(OrgName, Arc<Client>), Failure>,
    ) -> Result<FieldsRead, FieldsError> {
        let kept = Kept::new(&self.state_dir);
        let known = || object_of(self.object.as_deref(), self.last_object.as_deref());
        let turn = match agent {
            Ok(agent) => {
                self.lease(Target::Site(self.site.clone())).await?;
                let limit = self.timeout.saturating_mul(CALLS) + Duration::from_secs(1);
                let turn = tokio::time::timeout(limit, self.turn(&agent)).await;
                self.give_back(Target::Site(self.site.clone())).await;
                turn.unwrap_or_else(|_| {
                    let text = format!("no answer within {}", humantime::format_duration(self.timeout));
                    Turn::failed(Failure::new(FailureClass::Timeout, text), known())
                })
            }
            Err(failure) => Turn::failed(failure, known()),
        };
        let now = self.clock.now();
        let (mapping, mapping_seen_at, unmapped) = match turn.mapping {
            Ok(mapping) => (mapping, now, None),
            Err(why) => match kept.fields(&self.site) {
                Some(fields) => (fields.mapping, fields.mapping_seen_at, Some(why)),
                None => return Err(FieldsError::NoMapping { site: self.site.clone(), why }),
            },
        };
        let mut unkept = None;
        let (description, by, undescribed) = match turn.description {
            Ok(description) => (description, SeenBy::Site, None),
            Err(why) => {
                let object = turn.object.ok_or_else(|| FieldsError::NoObject(self.site.clone()))?;
                match self.by_own_user(&kept, &object, own, &mut unkept).await? {
                    Ok((org, description)) => (description, SeenBy::Fusebox(org), Some(why)),
                    Err(own) => return Err(FieldsError::Undescribed { object, site: why, own }),
                }
            }
        };
        let fields = SiteFields { mapping, mapping_seen_at, description, described_at: self.clock.now(), by };
        if let Err(error) = kept.keep_fields(&self.site, &fields) {
            unkept = Some(error);
        }
        Ok(FieldsRead { fields, undescribed, unmapped, unkept })
    }

    /// What can be chosen on the plugin's settings page, and what is: no call to Salesforce.
    pub async fn choices(&self, agent: Result<Arc<Agent>, Failure>) -> Result<Result<Choices, Failure>, FieldsError> {
        let agent = match agent {
            Ok(agent) => agent,
            Err(failure) => return Ok(Err(failure)),
        };
        self.lease(Target::Site(self.site.clone())).await?;
        let told = tokio::time::timeout(self.timeout + Duration::from_secs(1), agent.choices()).await;
        self.give_back(Target::Site(self.site.clone())).await;
        Ok(told.unwrap_or_else(|_| {
            let text = format!("no answer within {}", humantime::format_duration(self.timeout));
            Err(Failure::new(FailureClass::Timeout, text))
        }))
    }

    /// Gives the leases back where the reading was broken off.
    pub async fn release(&self, org: Option<OrgName>) {
        self.give_back(Target::Site(self.site.clone())).await;
        if let Some(org) = org {
            self.give_back(Target::Org(org)).await;
        }
    }

    async fn turn(&self, agent: &Agent) -> Turn {
        let last = || object_of(self.object.as_deref(), self.last_object.as_deref());
        let mapping = match agent.mapping().await {
            Ok(mapping) => mapping,
            // Who does not answer that answers nothing else either.
            Err(failure) => return Turn::failed(failure, last()),
        };
        let effective = match &self.object {
            Some(object) => Ok(Some(object.clone())),
            None => agent.status().await.map(|status| status.object_type.map(|object| object.to_string())),
        };
        let (object, description) = match effective {
            Ok(Some(object)) => {
                let description = agent.describe(&object).await;
                (Some(object), description)
            }
            Ok(None) => {
                (last(), Err(Failure::new(FailureClass::BadRequest, "the site names no object that it syncs to")))
            }
            Err(failure) => (last(), Err(failure)),
        };
        Turn { object, mapping: Ok(mapping), description }
    }

    /// The object as fusebox's own user sees it, asked for on the condition that it changed.
    async fn by_own_user(
        &self,
        kept: &Kept<'_>,
        object: &str,
        own: Result<(OrgName, Arc<Client>), Failure>,
        unkept: &mut Option<String>,
    ) -> Result<Result<(OrgName, Description), Failure>, FieldsError> {
        let (org, client) = match own {
            Ok(own) => own,
            Err(failure) => return Ok(Err(failure)),
        };
        let target = Target::Org(org.clone());
        self.lease(target.clone()).await?;
        let known = kept.described(&org, object);
        let asked = client.describe(object, known.as_ref().map(|known| &known.described)).await;
        self.give_back(target).await;
        let described = match (asked.map(|asked| asked.told), known) {
            (Ok(Told::Anew(described)), _) => described,
            (Ok(Told::AsKnown), Some(known)) => known.described,
            (Ok(Told::AsKnown), None) => {
                let text = "the org says that nothing changed since nothing";
                return Ok(Err(Failure::new(FailureClass::BadAnswer, text)));
            }
            (Err(error), _) => return Ok(Err(error.into())),
        };
        let known = Known { checked_at: self.clock.now(), described };
        if let Err(error) = kept.keep_described(&org, object, &known) {
            *unkept = Some(error);
        }
        Ok(Ok((org, known.described.description)))
    }

    /// Takes a lease, and waits for whoever has it as long as one look may take.
    async fn lease(&self, target: Target) -> Result<(), FieldsError> {
        let span = TimeDelta::from_std(self.timeout.saturating_mul(CALLS)).unwrap_or(TimeDelta::hours(1));
        let until = Instant::now() + self.timeout + GRACE;
        loop {
            let (key, holder) = (LeaseKey::Target(target.clone()), Arc::clone(&self.holder));
            let now = self.clock.now();
            let held =
                move |store: &mut dyn crate::store::Store| store.lease(&key, &holder, now, now + span + LEASE_OUTLIVES);
            match self.store.call(held).await {
                Ok(false) if Instant::now() < until => tokio::time::sleep(AGAIN).await,
                Ok(false) => return Err(FieldsError::Busy(target)),
                // As with looks: a store that fails does not keep an operator from asking.
                Ok(true) | Err(_) => return Ok(()),
            }
        }
    }

    async fn give_back(&self, target: Target) {
        let holder = Arc::clone(&self.holder);
        // A lease that stays ends by itself.
        let _ = self.store.call(move |store| store.release(&[LeaseKey::Target(target)], &holder)).await;
    }
}

/// What was told last time of a site, and of `object` where one is named; nothing is asked.
pub fn last(state_dir: &Path, site: &SiteName, object: Option<&str>) -> Option<SiteFields> {
    let fields = Kept::new(state_dir).fields(site)?;
    let same = |object: &str| fields.description.object.as_str().eq_ignore_ascii_case(object);
    object.is_none_or(same).then_some(fields)
}

fn object_of(asked: Option<&str>, last: Option<&str>) -> Option<String> {
    asked.or(last).map(str::to_owned)
}
