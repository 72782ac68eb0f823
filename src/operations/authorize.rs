//! `authorize` and `reauthorize`: a person signs in with a browser, and fusebox watches both sides, the site's token and the
//! org's approvals, until it is clear how it ended. Of the class spend: a new approval fills a slot. An audit line stands before
//! and after; what is watched is kept, so that another process goes on where this one is killed.
//!
//! The site is nobody else's meanwhile: a refresh of its settings that runs while somebody authorizes puts the old token back
//! (seen on the real plugin).

pub mod link;
pub mod pasted;

pub use super::audited::write;

use super::asked::bounded;
use crate::diagnosis::course;
use crate::model::org::steady_offset;
use crate::model::site_change::{CompletedOutcome, Outcome};
use crate::model::{
    ActionClass, Authorization, Clean, Clock, Course, Ending, Fact, Failure, Fleet, Link, Observation, OrgId,
    OrgPicture, ProveOutcome, SiteName, Standing, Target, UserId,
};
use crate::salesforce::{Ask, Client};
use crate::store::{Audit, AuditLine, LeaseKey, Phase, StoreHandle};
use crate::wordpress::{Agent, Refresh, SiteWrite};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use url::Url;

/// Between two looks, unless somebody asks for another pace.
pub const EVERY: Duration = Duration::from_secs(10);

/// How long watching lasts, unless somebody asks for another span.
pub const WATCHED: TimeDelta = TimeDelta::minutes(15);

/// An approval that no site holds after so many looks is nobody's: the exchange takes a moment after the consent.
const LOOKS_UNTIL_ABANDONED: u32 = 9;

/// Looks that go by before an approval is named after the site has its token: the org's list may be a moment behind.
const LOOKS_FOR_THE_APPROVAL: u32 = 3;

/// How long each step of setting up a site may take: an import of many topics is slow.
const SET_UP: Duration = Duration::from_secs(100);

/// The org is asked at most so often in one watch; afterwards the site alone is.
const MOST_LOOKS_AT_ORG: u32 = 120;

/// What watching needs.
#[derive(Clone)]
pub struct Authorizer {
    /// Where leases and what is watched are kept.
    pub store: StoreHandle,
    /// Who takes them.
    pub holder: Arc<str>,
    /// The host's clock.
    pub clock: Clock,
    /// After which a call is given up.
    pub timeout: Duration,
}

/// One authorization to watch.
pub struct Case {
    /// What is to be authorized, and what was so before.
    pub authorization: Authorization,
    /// The way to the site.
    pub agent: Result<Arc<Agent>, Failure>,
    /// The way to the org.
    pub client: Result<Arc<Client>, Failure>,
    /// What to look for there.
    pub ask: Ask,
    /// Where the site is, and whom its link may lead to.
    pub place: Place,
    /// Where it is written down.
    pub audit: Audit,
    /// Whether another process began it: then its first line stands in the audit already.
    pub resumed: bool,
    /// Between two looks.
    pub every: Duration,
    /// Who looks on.
    pub told: mpsc::UnboundedSender<(String, Standing)>,
    /// What the person with the browser says of it, where somebody may be told.
    pub said: mpsc::UnboundedReceiver<pasted::Said>,
}

/// Where a site is, and whom its link may lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The site's address.
    pub site: Url,
    /// The vendor's relay.
    pub relay: Url,
}

/// Why nothing was begun.
#[derive(Debug, thiserror::Error)]
pub enum AuthorizeError {
    /// Another process is at the site.
    #[error("another process is at {0}; try again in a moment")]
    Busy(Target),
    /// The audit or the store can not be written, so nothing was begun.
    #[error("{0}; nothing was begun")]
    NotKept(String),
    /// The site can not be asked.
    #[error("{0}; nothing was begun")]
    NoSite(Failure),
    /// A part of fusebox failed.
    #[error("the operation itself failed: {0}; fusebox operations tells whether it is still watched")]
    Broken(String),
}

/// What was done and seen.
pub struct Authorized {
    /// The site.
    pub site: SiteName,
    /// The last look at the org, with its time.
    pub org: Option<(DateTime<Utc>, OrgPicture)>,
    /// Calls that looking cost the org.
    pub api_calls: u32,
    /// What was seen of the site, and whose the approval is where that is known. Of the site first.
    pub seen: Vec<Observation>,
    /// How it ended.
    pub result: Result<Ending, AuthorizeError>,
    /// A line of the audit that could not be written when all was over.
    pub unwritten: Option<String>,
    /// Leases to be given back when what was seen is kept.
    pub leases: Vec<LeaseKey>,
}

impl Authorized {
    /// Nothing was done.
    pub fn not_begun(site: SiteName, why: AuthorizeError) -> Self {
        Self { site, org: None, api_calls: 0, seen: Vec::new(), result: Err(why), unwritten: None, leases: Vec::new() }
    }
}

impl Authorizer {
    /// Watches one authorization to its end.
    pub async fn watch(self, mut case: Case) -> Authorized {
        let site = case.authorization.site.clone();
        let mut done = Authorized::not_begun(site.clone(), AuthorizeError::Broken("it did not end".to_owned()));
        done.result = match self.begin(&case).await {
            Ok(()) => {
                done.leases.push(LeaseKey::Target(Target::Site(site)));
                Ok(Box::pin(self.look_on(&mut case, &mut done)).await)
            }
            Err(error) => Err(error),
        };
        if let Ok(ending) = &done.result {
            let outcome = Some(Clean::new(ending.to_string()));
            let line = line(&case.authorization, self.clock.now(), Phase::After, outcome);
            done.unwritten = write(case.audit.clone(), line).await.err();
            let id = case.authorization.id.clone();
            let ended = self.store.call(move |store| store.end_watch(&id)).await;
            if let Err(error) = ended {
                done.unwritten.get_or_insert_with(|| error.to_string());
            }
        }
        done
    }

    /// Takes the site, and keeps what is begun before anybody is sent to a browser.
    async fn begin(&self, case: &Case) -> Result<(), AuthorizeError> {
        let agent = case.agent.as_ref().map_err(|failure| AuthorizeError::NoSite(failure.clone()))?;
        let _ = agent;
        self.lease(case).await?;
        if case.resumed {
            return Ok(());
        }
        let before = line(&case.authorization, self.clock.now(), Phase::Before, None);
        write(case.audit.clone(), before).await.map_err(AuthorizeError::NotKept)?;
        let watched = case.authorization.clone();
        let kept = self.store.call(move |store| store.begin_watch(&watched)).await;
        kept.map_err(|error| AuthorizeError::NotKept(error.to_string()))
    }

    /// Takes the site's lease, or keeps it a while longer.
    async fn lease(&self, case: &Case) -> Result<(), AuthorizeError> {
        let target = Target::Site(case.authorization.site.clone());
        let (key, holder, now) = (LeaseKey::Target(target.clone()), Arc::clone(&self.holder), self.clock.now());
        let span = TimeDelta::from_std(self.timeout + case.every * 2).unwrap_or(TimeDelta::minutes(1));
        match self.store.call(move |store| store.lease(&key, &holder, now, now + span)).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(AuthorizeError::Busy(target)),
            Err(error) => Err(AuthorizeError::NotKept(error.to_string())),
        }
    }

    async fn look_on(&self, case: &mut Case, done: &mut Authorized) -> Ending {
        let (link, link_note) = self.link(case).await;
        let link = Some(link.into());
        let mut standing = Standing { link, link_note, ..Standing::unseen() };
        // Who looks on may have gone, here and below.
        let _ = case.told.send((case.authorization.id.clone(), standing.clone()));
        let (mut since, mut looks_at_org) = (0, 0);
        loop {
            let before = standing.course.clone();
            standing.looks += 1;
            self.look(case, done, &mut standing, &mut looks_at_org).await;
            since = if standing.course == before { since + 1 } else { 0 };
            if let Some(ending) = self.ending(case, done, &standing.course, since).await {
                standing.ending = Some(ending.clone());
                let _ = case.told.send((case.authorization.id.clone(), standing));
                return ending;
            }
            let _ = case.told.send((case.authorization.id.clone(), standing.clone()));
            if let Some(ending) = self.wait(case, &mut standing, done).await {
                standing.ending = Some(ending.clone());
                let _ = case.told.send((case.authorization.id.clone(), standing));
                return ending;
            }
            // Losing the lease to nobody is all that can happen: who took it only looks.
            let _ = self.lease(case).await;
        }
    }

    /// What the person opens, and what is to be known of it.
    async fn link(&self, case: &Case) -> (Url, Option<Clean>) {
        let Place { site, relay } = &case.place;
        let asked = match &case.agent {
            Ok(agent) => bounded(self.timeout, Box::pin(agent.authorization_url())).await,
            Err(failure) => Err(failure.clone()),
        };
        let why = match asked {
            Ok(link) => match link::checked(&link, relay, site) {
                Ok(link) => return (link, None),
                Err(error) => error.to_string(),
            },
            Err(failure) => format!("the site gave no link: {failure}"),
        };
        (link::settings_page(site), Some(Clean::new(format!("{why}; this is the site's own settings page"))))
    }

    /// Until the next look. Answers an ending that somebody told of.
    async fn wait(&self, case: &mut Case, standing: &mut Standing, done: &Authorized) -> Option<Ending> {
        let next = tokio::time::sleep(case.every);
        tokio::pin!(next);
        loop {
            let said = tokio::select! {
                () = &mut next => return None,
                said = case.said.recv() => said,
            };
            match said {
                Some(pasted::Said::Stop) => return Some(Ending::Stopped),
                Some(pasted::Said::Refused(ending)) => return Some(ending),
                // Nobody can say anything any more.
                None => {
                    next.as_mut().await;
                    return None;
                }
                Some(pasted::Said::Code(code)) => match self.complete(case, code, done).await {
                    Ok(ending) => return ending,
                    Err(text) => standing.refused = Some(text),
                },
            }
            let _ = case.told.send((case.authorization.id.clone(), standing.clone()));
        }
    }

    /// The site exchanges what the browser came back with: for a person who has no login to the site. Answers an ending where the
    /// code was somebody else's, and words where nothing came of it; else the next look shows what the site holds.
    async fn complete(&self, case: &Case, code: SecretString, done: &Authorized) -> Result<Option<Ending>, Clean> {
        let agent = case.agent.as_ref().map_err(|failure| Clean::new(failure.to_string()))?;
        let (org, user) = (&case.authorization.org_id, &case.authorization.user);
        let asked = bounded(self.timeout, Box::pin(agent.complete_authorization(code, org, user))).await;
        let completed = asked.map_err(|failure| Clean::new(failure.to_string()))?;
        match completed.outcome {
            CompletedOutcome::Done => Ok(None),
            CompletedOutcome::WrongOrg => Ok(Some(wrong_org(completed.org.as_ref(), true))),
            CompletedOutcome::WrongUser => Ok(Some(wrong_user(completed.user.as_ref(), done, true))),
            CompletedOutcome::Refused | CompletedOutcome::Failed => Err(completed.text),
        }
    }

    async fn look(&self, case: &Case, done: &mut Authorized, standing: &mut Standing, looks_at_org: &mut u32) {
        let Ok(agent) = &case.agent else { return };
        let at = self.clock.now();
        let site = bounded(self.timeout, Box::pin(agent.look())).await;
        if let (Ok(client), true) = (&case.client, *looks_at_org < MOST_LOOKS_AT_ORG) {
            *looks_at_org += 1;
            if let Ok(looked) = Box::pin(bounded(self.timeout, client.look(&case.ask))).await {
                done.api_calls += looked.api_calls;
                done.org = Some((at, looked.picture));
            }
        }
        let looked = match site {
            Ok(looked) => looked,
            Err(failure) => {
                standing.trouble = Some(Clean::new(failure.to_string()));
                return;
            }
        };
        standing.trouble = None;
        let org = done.org.as_ref().and_then(|(_, picture)| {
            Some((picture.approvals.seen()?.as_slice(), steady_offset(picture.clock_offset_s)))
        });
        standing.course = course(&case.authorization, &looked.status, org);
        let target = Target::Site(case.authorization.site.clone());
        let facts = [
            Fact::Answered { clock_offset_s: steady_offset(looked.clock_offset_s) },
            Fact::Status(Box::new(looked.status)),
            Fact::Log(looked.log),
        ];
        done.seen = facts.map(|fact| Observation { target: target.clone(), at, fact }).into();
    }

    /// Whether that is the end, after so many looks that showed the same.
    async fn ending(&self, case: &Case, done: &mut Authorized, course: &Course, looks: u32) -> Option<Ending> {
        match course {
            Course::WrongOrg { org } => Some(wrong_org(org.as_ref(), false)),
            Course::WrongUser { user } => Some(wrong_user(user.as_ref(), done, false)),
            Course::Approved { approval } if looks >= LOOKS_UNTIL_ABANDONED => {
                Some(Ending::Abandoned { approval: *approval })
            }
            Course::Connected { approval: None, .. } if looks < LOOKS_FOR_THE_APPROVAL && case.client.is_ok() => None,
            Course::Connected { refresh, approval } => {
                let text = match self.prove(case, done).await {
                    Ok(ProveOutcome::Good) if case.authorization.first => self.set_up(case).await.err(),
                    Ok(ProveOutcome::Good) => None,
                    Ok(ProveOutcome::Withheld) => Some("its session had expired, and the refresh was withheld".into()),
                    Ok(ProveOutcome::Refused { text } | ProveOutcome::Failed { text }) => Some(text),
                    Err(failure) => Some(Clean::new(failure.to_string())),
                };
                if let Some(approval) = approval {
                    let link = Link {
                        site: case.authorization.site.clone(),
                        refresh: *refresh,
                        how: "fusebox watched it being authorized".into(),
                        since: self.clock.now(),
                    };
                    let target = Target::Org(case.authorization.org.clone());
                    let fact = Fact::Linked { approval: *approval, link };
                    done.seen.push(Observation { target, at: self.clock.now(), fact });
                }
                Some(match text {
                    None => Ending::Verified { approval: *approval },
                    Some(text) => Ending::NotVerified { text },
                })
            }
            Course::Waiting | Course::Approved { .. } => {
                let over = self.clock.now() >= case.authorization.gives_up_at;
                over.then_some(match course {
                    Course::Approved { approval } => Ending::Abandoned { approval: *approval },
                    _ => Ending::GivenUp,
                })
            }
        }
    }

    /// What a person would do on the settings page after the first authorization: save that it works, and import topics and
    /// fields. The session is new, so no refresh is let.
    async fn set_up(&self, case: &Case) -> Result<(), Clean> {
        let agent = case.agent.as_ref().map_err(|failure| Clean::new(failure.to_string()))?;
        let failed = |what: &str, why: &dyn std::fmt::Display| {
            Clean::new(format!("the site is connected and answers, and {what}: {why}"))
        };
        let configured = Box::pin(Agent::clone(agent).within(SET_UP).configure(Refresh::Withheld)).await;
        match configured.map_err(|failure| failed("its settings were not saved", &failure))? {
            SiteWrite::Told(change) if matches!(change.outcome, Outcome::Done | Outcome::Unchanged) => {}
            SiteWrite::Told(change) => return Err(failed("its settings were not saved", &change.text)),
            SiteWrite::NotOffered { text } | SiteWrite::Overridden { text } | SiteWrite::ChangedSince { text } => {
                return Err(failed("its settings were not saved", &text));
            }
        }
        let refreshed = Box::pin(Agent::clone(agent).within(SET_UP).refresh_fields(Refresh::Withheld)).await;
        let refreshed = refreshed.map_err(|failure| failed("topics and fields were not imported", &failure))?;
        // Where the org has nothing of a kind there is nothing to import.
        let well = |outcome: Outcome| matches!(outcome, Outcome::Done | Outcome::Kept);
        match refreshed.steps.iter().find(|step| !well(step.outcome)) {
            None => Ok(()),
            Some(step) => {
                Err(failed("not all topics and fields were imported", &format!("{}: {}", step.step, step.text)))
            }
        }
    }

    async fn prove(&self, case: &Case, done: &mut Authorized) -> Result<ProveOutcome, Failure> {
        let agent = case.agent.as_ref().map_err(Clone::clone)?;
        let at = self.clock.now();
        let outcome = bounded(self.timeout, Box::pin(agent.prove())).await?;
        let target = Target::Site(case.authorization.site.clone());
        done.seen.push(Observation { target, at, fact: Fact::Prove(outcome.clone()) });
        Ok(outcome)
    }
}

fn wrong_org(org: Option<&OrgId>, kept: bool) -> Ending {
    let named = org.map_or("an org that the site does not name", |id| id.as_str());
    Ending::WrongOrg { org: named.into(), kept }
}

fn wrong_user(user: Option<&UserId>, done: &Authorized, kept: bool) -> Ending {
    let known = user.and_then(|id| name_of(done, id));
    let named = user.map_or_else(|| "a user that the site does not name".into(), |id| id.as_str().into());
    Ending::WrongUser { user: known.unwrap_or(named), kept }
}

/// The name of a user by the last look at the org.
fn name_of(done: &Authorized, id: &UserId) -> Option<Clean> {
    let (_, picture) = done.org.as_ref()?;
    let users = picture.users.seen()?;
    users.iter().find(|user| user.id == *id).map(|user| user.username.clone())
}

/// What the org's name is, where the ending tells an id that the configuration has a name for.
pub fn named(ending: Ending, fleet: &Fleet) -> Ending {
    match ending {
        Ending::WrongOrg { org, kept } => {
            let id = OrgId::parse(org.as_str()).ok();
            let known = id.as_ref().and_then(|id| fleet.org_by_id(id));
            let org = known.map_or(org.clone(), |known| Clean::new(format!("{} ({org})", known.name)));
            Ending::WrongOrg { org, kept }
        }
        other => other,
    }
}

/// One line of the audit.
pub fn line(authorization: &Authorization, at: DateTime<Utc>, phase: Phase, outcome: Option<Clean>) -> AuditLine {
    let what = format!(
        "a person signs in for {} as {} in org {}",
        authorization.site, authorization.user_name, authorization.org
    );
    AuditLine {
        at,
        id: authorization.id.clone(),
        operation: if authorization.first { "authorize" } else { "reauthorize" },
        class: ActionClass::Spend,
        phase,
        target: Target::Site(authorization.site.clone()).into(),
        org: Some(authorization.org.clone()),
        user: Some(authorization.user.clone()),
        what: what.into(),
        outcome,
    }
}
