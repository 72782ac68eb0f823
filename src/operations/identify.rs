//! `identify`: the site refreshes its own token once, and the approval of its user that moves by one use is its own. Of the
//! class spend: an audit line stands before and after, and the site and its org are nobody else's meanwhile.
//!
//! `keep-warm` is the same refresh for its own sake: the approval that moves begins its idle time anew.
//!
//! What kills the process in between loses nothing but the answer: the refresh is the plugin's own, and the leases end.

use super::asked::{bounded, was_not_let};
use crate::diagnosis::{Identifiable, Movement, Unfit, movement};
use crate::model::org::steady_offset;
use crate::model::{
    ActionClass, ApprovalId, Clean, Clock, Fact, Failure, Fingerprint, Link, Observation, OrgPicture, SiteName, Target,
};
use crate::salesforce::{Ask, Client};
use crate::store::{Audit, AuditError, AuditLine, LeaseKey, Phase, StoreHandle};
use crate::wordpress::{Agent, RefreshOutcome};
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Arc;
use std::time::Duration;

/// The operation's name in the audit.
pub const OPERATION: &str = "identify";

/// Between two looks at an org that does not show the use yet, in seconds: 30 together.
const PAUSES_S: [u64; 4] = [2, 4, 8, 16];

/// Calls that the org is asked at most for a list of one page: one before, and one after with those that follow the pauses.
pub const MOST_LOOKS: usize = 2 + PAUSES_S.len();

/// How long the leases outlive the operation, if the process dies.
const LEASE_OUTLIVES: TimeDelta = TimeDelta::seconds(10);

/// What identifying needs.
#[derive(Clone)]
pub struct Identifier {
    /// Where leases are kept.
    pub store: StoreHandle,
    /// Who takes them.
    pub holder: Arc<str>,
    /// The host's clock.
    pub clock: Clock,
    /// After which a call is given up.
    pub timeout: Duration,
}

/// What the site's refresh is for: the steps are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To see which approval moves.
    Identify,
    /// So that the approval's idle time begins anew.
    KeepWarm,
}

impl Purpose {
    /// The same line of the audit, for this purpose.
    pub fn told(self, line: AuditLine) -> AuditLine {
        match self {
            Self::Identify => line,
            Self::KeepWarm => {
                let what =
                    line.what.as_str().replace("to see which approval moves", "so that its idle time begins anew");
                AuditLine { operation: "keep-warm", what: what.into(), ..line }
            }
        }
    }
}

/// What a refresh that was for its own sake did.
pub fn warmed(approval: ApprovalId) -> Clean {
    format!("approval {} was used just now: its idle time begins anew", approval.short()).into()
}

/// One site that is to be identified.
pub struct Case {
    /// Names the operation in the audit.
    pub id: String,
    /// What for.
    pub purpose: Purpose,
    /// The site, its org and its user, judged fit.
    pub subject: Identifiable,
    /// The way to the site.
    pub agent: Result<Arc<Agent>, Failure>,
    /// The way to the org.
    pub client: Result<Arc<Client>, Failure>,
    /// What to look for there.
    pub ask: Ask,
    /// Where it is written down.
    pub audit: Audit,
}

/// Why a site was not let to refresh.
#[derive(Debug, thiserror::Error)]
pub enum IdentifyError {
    /// Another process is at the site or the org.
    #[error("another process is at {0}; try again in a moment")]
    Busy(Target),
    /// It must not, or need not.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The audit can not be written, so nothing was begun.
    #[error("{0}; nothing was spent")]
    Audit(#[from] AuditError),
    /// The org did not answer before anything was spent.
    #[error("org {0} did not answer, so nothing was spent: {1}")]
    NoOrg(crate::model::OrgName, Failure),
    /// The site was not reached, or its agent did not let it.
    #[error("{0}; nothing was spent")]
    NotLet(Failure),
    /// A part of fusebox failed, and it is not known which step was the last.
    #[error("the operation itself failed: {0}; the audit tells whether it had begun")]
    Broken(String),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// One approval moved.
    Found {
        /// Which.
        approval: ApprovalId,
        /// How that was found, as a clause.
        how: Clean,
    },
    /// Salesforce refused the site's token.
    Refused {
        /// In which words.
        text: Clean,
    },
    /// A refresh was, or may have been, spent, and what was seen names no approval.
    Unclear {
        /// What was seen.
        text: Clean,
    },
}

/// What was done and seen.
pub struct Identified {
    /// The site.
    pub site: SiteName,
    /// Looks at the org, in order; each by its time.
    pub looks: Vec<(DateTime<Utc>, OrgPicture)>,
    /// Calls that the looks cost the org.
    pub api_calls: u32,
    /// What was seen of the site, and its approval where it was found. Of the site first.
    pub seen: Vec<Observation>,
    /// How it ended.
    pub result: Result<Identity, IdentifyError>,
    /// A line of the audit that could not be written when all was over.
    pub unwritten: Option<String>,
    /// Leases to be given back when what was seen is kept.
    pub leases: Vec<LeaseKey>,
}

impl Identified {
    /// Nothing was done.
    pub fn not_begun(site: SiteName, why: IdentifyError) -> Self {
        let (looks, seen, leases) = (Vec::new(), Vec::new(), Vec::new());
        Self { site, looks, api_calls: 0, seen, result: Err(why), unwritten: None, leases }
    }
}

impl Identifier {
    /// Lets one site show its approval.
    pub async fn identify(self, case: Case) -> Identified {
        let mut done =
            Identified::not_begun(case.subject.site.clone(), IdentifyError::Broken("it did not end".to_owned()));
        done.result = match self.lease(&case.subject, &mut done.leases).await {
            Ok(()) => Box::pin(self.steps(&case, &mut done)).await,
            Err(error) => Err(error),
        };
        done
    }

    /// Takes the leases of the org and of the site. A store that fails stops it: who else is there can not be seen.
    async fn lease(&self, subject: &Identifiable, leases: &mut Vec<LeaseKey>) -> Result<(), IdentifyError> {
        let calls = u32::try_from(MOST_LOOKS + 2).unwrap_or(u32::MAX);
        let span = self.timeout.saturating_mul(calls) + Duration::from_secs(PAUSES_S.iter().sum());
        let span = TimeDelta::from_std(span).unwrap_or(TimeDelta::hours(1)) + LEASE_OUTLIVES;
        for target in [Target::Org(subject.org.clone()), Target::Site(subject.site.clone())] {
            let (key, holder, now) = (LeaseKey::Target(target.clone()), Arc::clone(&self.holder), self.clock.now());
            let taken = key.clone();
            match self.store.call(move |store| store.lease(&taken, &holder, now, now + span)).await {
                Ok(true) => leases.push(key),
                Ok(false) => return Err(IdentifyError::Busy(target)),
                Err(error) => return Err(IdentifyError::Broken(error.to_string())),
            }
        }
        Ok(())
    }

    async fn steps(&self, case: &Case, done: &mut Identified) -> Result<Identity, IdentifyError> {
        let subject = &case.subject;
        let agent = case.agent.as_ref().map_err(|failure| IdentifyError::NotLet(failure.clone()))?;
        let no_org = |failure: Failure| IdentifyError::NoOrg(subject.org.clone(), failure);
        let before = self.look(case, done).await.map_err(no_org)?;
        if before.approvals.seen().is_none() || !before.coverage.complete {
            let why = format!("org {} does not list all approvals now, so what moves may not be seen", subject.org);
            return Err(Unfit::Refused(why).into());
        }
        self.write(case, Phase::Before, None).await?;
        let identity = self.spend(case, agent, &before, done).await;
        let outcome = match &identity {
            Ok(Identity::Found { approval, how }) => format!("approval {}: {how}", approval.short()),
            Ok(Identity::Refused { text }) => format!("refused by Salesforce: {text}"),
            Ok(Identity::Unclear { text }) => format!("not verified: {text}"),
            Err(error) => error.to_string(),
        };
        done.unwritten =
            self.write(case, Phase::After, Some(outcome.into())).await.err().map(|error| error.to_string());
        identity
    }

    async fn spend(
        &self,
        case: &Case,
        agent: &Agent,
        before: &OrgPicture,
        done: &mut Identified,
    ) -> Result<Identity, IdentifyError> {
        let began = self.clock.now();
        let refreshed = bounded(self.timeout, Box::pin(agent.refresh_token())).await;
        let ended = self.clock.now();
        let words = match &refreshed {
            Ok(RefreshOutcome::Refreshed { .. }) => None,
            Ok(RefreshOutcome::Refused { text }) => {
                self.look_at_site(case, agent, done).await;
                return Ok(Identity::Refused { text: text.clone() });
            }
            Ok(RefreshOutcome::Failed { text }) => Some(text.clone()),
            // Nothing was let to leave the site.
            Err(failure) if was_not_let(failure.class) => return Err(IdentifyError::NotLet(failure.clone())),
            Err(failure) => Some(failure.to_string().into()),
        };
        let held = self.look_at_site(case, agent, done).await;
        let unclear = |what: String| {
            let text = words.as_ref().map_or(what.clone(), |words| format!("{words}; {what}"));
            Ok(Identity::Unclear { text: text.into() })
        };
        let Some((access, refresh)) = held else { return unclear("the site did not answer afterwards".to_owned()) };
        if access == case.subject.access {
            return unclear("the site holds the session that it held before".to_owned());
        }
        let Some(refresh) = refresh else { return unclear("the site stores no refresh token now".to_owned()) };
        if matches!(&refreshed, Ok(RefreshOutcome::Refreshed { access: told, .. }) if Some(*told) != access) {
            return unclear("the site refreshed once more by itself".to_owned());
        }
        match self.watch(case, before, (began, ended), done).await {
            Ok(Movement::One(approval)) => {
                let how = format!(
                    "identified: the site refreshed at {} and this approval alone moved",
                    began.format("%H:%M")
                );
                let how = Clean::new(how);
                let site = case.subject.site.clone();
                let link = Link { site, refresh, how: how.clone(), since: self.clock.now() };
                let target = Target::Org(case.subject.org.clone());
                done.seen.push(Observation { target, at: link.since, fact: Fact::Linked { approval, link } });
                Ok(Identity::Found { approval, how })
            }
            Ok(Movement::None) => unclear(format!("no approval of {} moved within 30 s", case.subject.user_name)),
            Ok(Movement::Unclear(what)) => unclear(what),
            Err(failure) => unclear(format!("org {} did not answer afterwards: {failure}", case.subject.org)),
        }
    }

    /// Looks at the org until it shows a movement, or long enough.
    async fn watch(
        &self,
        case: &Case,
        before: &OrgPicture,
        (began, ended): (DateTime<Utc>, DateTime<Utc>),
        done: &mut Identified,
    ) -> Result<Movement, Failure> {
        let of_user = |picture: &OrgPicture| {
            let rows = picture.approvals.seen().map(Vec::as_slice).unwrap_or_default();
            rows.iter().filter(|row| row.user == case.subject.user).cloned().collect::<Vec<_>>()
        };
        let was = of_user(before);
        let mut pauses = PAUSES_S.iter();
        loop {
            let moved = match self.look(case, done).await {
                Ok(after) if after.coverage.complete => {
                    let ahead = TimeDelta::seconds(after.clock_offset_s);
                    Ok(movement(&was, &of_user(&after), began + ahead, ended + ahead))
                }
                Ok(_) => Ok(Movement::Unclear("the list of approvals was not complete afterwards".to_owned())),
                Err(failure) => Err(failure),
            };
            match (&moved, pauses.next()) {
                (Ok(Movement::None) | Err(_), Some(pause)) => tokio::time::sleep(Duration::from_secs(*pause)).await,
                _ => return moved,
            }
        }
    }

    async fn look(&self, case: &Case, done: &mut Identified) -> Result<OrgPicture, Failure> {
        let client = case.client.as_ref().map_err(Clone::clone)?;
        let at = self.clock.now();
        let looked = Box::pin(bounded(self.timeout, client.look(&case.ask))).await?;
        done.api_calls += looked.api_calls;
        done.looks.push((at, looked.picture.clone()));
        Ok(looked.picture)
    }

    /// Both tokens of the site now; none where it does not answer.
    async fn look_at_site(
        &self,
        case: &Case,
        agent: &Agent,
        done: &mut Identified,
    ) -> Option<(Option<Fingerprint>, Option<Fingerprint>)> {
        let at = self.clock.now();
        let looked = bounded(self.timeout, Box::pin(agent.look())).await.ok()?;
        let target = Target::Site(case.subject.site.clone());
        let connection = looked.status.connection.clone();
        let facts = [
            Fact::Answered { clock_offset_s: steady_offset(looked.clock_offset_s) },
            Fact::Status(Box::new(looked.status)),
            Fact::Log(looked.log),
        ];
        done.seen.extend(facts.map(|fact| Observation { target: target.clone(), at, fact }));
        Some(connection.map_or((None, None), |connection| (connection.access, connection.refresh)))
    }

    async fn write(&self, case: &Case, phase: Phase, outcome: Option<Clean>) -> Result<(), IdentifyError> {
        let line = line(&case.id, self.clock.now(), phase, &case.subject, outcome);
        write(case.audit.clone(), case.purpose.told(line)).await
    }
}

/// One line of the audit about a site that is fit.
pub fn line(id: &str, at: DateTime<Utc>, phase: Phase, subject: &Identifiable, outcome: Option<Clean>) -> AuditLine {
    let (org, user) = (Some(subject.org.clone()), Some(subject.user.clone()));
    let what = format!("one refresh of {} as {}, to see which approval moves", subject.site, subject.user_name);
    AuditLine { org, user, what: what.into(), outcome, ..plain(id, at, phase, &subject.site) }
}

/// The same about a site of which no more is known.
pub fn plain(id: &str, at: DateTime<Utc>, phase: Phase, site: &SiteName) -> AuditLine {
    AuditLine {
        at,
        id: id.to_owned(),
        operation: OPERATION,
        class: ActionClass::Spend,
        phase,
        target: Target::Site(site.clone()).into(),
        org: None,
        user: None,
        what: format!("one refresh of {site}, to see which approval moves").into(),
        outcome: None,
    }
}

/// Writes a line on a thread that may wait.
pub async fn write(audit: Audit, line: AuditLine) -> Result<(), IdentifyError> {
    let written = tokio::task::spawn_blocking(move || audit.write(&line)).await;
    Ok(written.map_err(|error| IdentifyError::Broken(error.to_string()))??)
}
