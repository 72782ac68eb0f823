//! `revoke`: one approval is ended at its org, for good. Of the class write: an audit line stands before and after, the org is
//! nobody else's meanwhile, and what is done is looked at afterwards.
//!
//! What kills the process in between loses the answer alone: the audit says that it began, and the next look whether it is gone.

pub use super::audited::write;

use super::asked::bounded;
use crate::diagnosis::Irrevocable;
use crate::model::{ActionClass, Approval, Clean, Clock, Failure, OrgName, OrgPicture, Revocable, Target};
use crate::salesforce::{Ask, Client, NotRevocable, Revoked};
use crate::store::{Audit, AuditLine, AuditTarget, LeaseKey, Phase, StoreHandle};
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Arc;
use std::time::Duration;

/// The operation's name in the audit.
pub const OPERATION: &str = "revoke";

/// Between two looks at an org that lists the approval still, in seconds.
const PAUSES_S: [u64; 3] = [1, 2, 4];

/// How long the lease outlives the operation, if the process dies.
const LEASE_OUTLIVES: TimeDelta = TimeDelta::seconds(10);

/// What revoking needs.
#[derive(Clone)]
pub struct Revoker {
    /// Where leases are kept.
    pub store: StoreHandle,
    /// Who takes them.
    pub holder: Arc<str>,
    /// The host's clock.
    pub clock: Clock,
    /// After which a call is given up.
    pub timeout: Duration,
}

/// One approval that is to be revoked.
pub struct Case {
    /// Names the operation in the audit.
    pub id: String,
    /// The approval, judged and confirmed.
    pub subject: Revocable,
    /// The way to the org.
    pub client: Result<Arc<Client>, Failure>,
    /// What to look for there.
    pub ask: Ask,
    /// Where it is written down.
    pub audit: Audit,
}

/// Why nothing was revoked.
#[derive(Debug, thiserror::Error)]
pub enum RevokeError {
    /// Another process is at the org.
    #[error("another process is at {0}; try again in a moment")]
    Busy(Target),
    /// It must not be, or is not named.
    #[error(transparent)]
    Unfit(#[from] Irrevocable),
    /// It is not what was confirmed any more.
    #[error("{0}; nothing was revoked")]
    Moved(String),
    /// The same, seen when it had begun: the audit has a line of that.
    #[error("{0}; nothing was revoked")]
    MovedLate(String),
    /// The audit can not be written, so nothing was begun.
    #[error("{0}; nothing was revoked")]
    Audit(String),
    /// The org did not answer before anything was revoked.
    #[error("org {0} did not answer, so nothing was revoked: {1}")]
    NoOrg(OrgName, Failure),
    /// Salesforce would not.
    #[error("Salesforce knows no such token, and the approval is still listed")]
    Refused,
    /// A part of fusebox failed, and it is not known which step was the last.
    #[error("the operation itself failed: {0}; the audit tells whether it had begun")]
    Broken(String),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// It is not listed any more.
    Gone,
    /// It was revoked, or may be, and the org did not show that.
    Unclear {
        /// What was seen.
        text: Clean,
    },
}

/// What was done and seen.
pub struct Done {
    /// Looks at the org, in order; each by its time.
    pub looks: Vec<(DateTime<Utc>, OrgPicture)>,
    /// Calls that it cost the org.
    pub api_calls: u32,
    /// How it ended.
    pub result: Result<Revocation, RevokeError>,
    /// A line of the audit that could not be written when all was over.
    pub unwritten: Option<String>,
    /// Leases to be given back when what was seen is kept.
    pub leases: Vec<LeaseKey>,
}

impl Done {
    /// Nothing was done.
    pub fn not_begun(why: RevokeError) -> Self {
        Self { looks: Vec::new(), api_calls: 0, result: Err(why), unwritten: None, leases: Vec::new() }
    }
}

impl Revoker {
    /// Revokes one approval.
    pub async fn revoke(self, case: Case) -> Done {
        let mut done = Done::not_begun(RevokeError::Broken("it did not end".to_owned()));
        done.result = match self.lease(&case.subject.org, &mut done.leases).await {
            Ok(()) => Box::pin(self.steps(&case, &mut done)).await,
            Err(error) => Err(error),
        };
        done
    }

    /// Takes the org's lease. A store that fails stops it: who else is there can not be seen.
    async fn lease(&self, org: &OrgName, leases: &mut Vec<LeaseKey>) -> Result<(), RevokeError> {
        let calls = u32::try_from(PAUSES_S.len() + 4).unwrap_or(u32::MAX);
        let span = self.timeout.saturating_mul(calls) + Duration::from_secs(PAUSES_S.iter().sum());
        let span = TimeDelta::from_std(span).unwrap_or(TimeDelta::hours(1)) + LEASE_OUTLIVES;
        let target = Target::Org(org.clone());
        let (key, holder, now) = (LeaseKey::Target(target.clone()), Arc::clone(&self.holder), self.clock.now());
        let taken = key.clone();
        match self.store.call(move |store| store.lease(&taken, &holder, now, now + span)).await {
            Ok(true) => leases.push(key),
            Ok(false) => return Err(RevokeError::Busy(target)),
            Err(error) => return Err(RevokeError::Broken(error.to_string())),
        }
        Ok(())
    }

    async fn steps(&self, case: &Case, done: &mut Done) -> Result<Revocation, RevokeError> {
        let subject = &case.subject;
        let no_org = |failure: Failure| RevokeError::NoOrg(subject.org.clone(), failure);
        let client = case.client.as_ref().map_err(|failure| no_org(failure.clone()))?;
        let before = self.look(case, client, done).await.map_err(no_org)?;
        unmoved(&before, &subject.approval).map_err(RevokeError::Moved)?;
        self.write(case, Phase::Before, None).await.map_err(RevokeError::Audit)?;
        let ended = self.end(case, client, done).await;
        let outcome = match &ended {
            Ok(Revocation::Gone) => "gone: the org does not list it any more".to_owned(),
            Ok(Revocation::Unclear { text }) => format!("not verified: {text}"),
            Err(error) => error.to_string(),
        };
        done.unwritten = self.write(case, Phase::After, Some(outcome.into())).await.err();
        ended
    }

    async fn end(&self, case: &Case, client: &Client, done: &mut Done) -> Result<Revocation, RevokeError> {
        let subject = &case.subject;
        done.api_calls += 1;
        let revocation = client.revocation(&subject.approval).await.map_err(|why| match why {
            NotRevocable::Moved(why) => RevokeError::MovedLate(why),
            NotRevocable::Failed(error) => RevokeError::NoOrg(subject.org.clone(), error.into()),
        })?;
        // From here on it may be gone, whatever is answered.
        let said = client.revoke(revocation).await;
        let mut pauses = PAUSES_S.iter();
        loop {
            let seen = self.look(case, client, done).await;
            let why = match seen {
                Ok(picture) => match listed(&picture, &subject.approval) {
                    Some(false) => return Ok(Revocation::Gone),
                    Some(true) => match &said {
                        Ok(Revoked::NoSuchToken) => return Err(RevokeError::Refused),
                        Ok(Revoked::Ended) => "Salesforce took the revocation, and lists the approval still".to_owned(),
                        Err(error) => format!("{error}; the approval is still listed"),
                    },
                    None => "the org does not list all approvals now".to_owned(),
                },
                Err(failure) => match &said {
                    Ok(_) => format!("org {} did not answer afterwards: {failure}", subject.org),
                    Err(error) => format!("{error}; and org {} did not answer afterwards", subject.org),
                },
            };
            match pauses.next() {
                Some(pause) => tokio::time::sleep(Duration::from_secs(*pause)).await,
                None => return Ok(Revocation::Unclear { text: why.into() }),
            }
        }
    }

    async fn look(&self, case: &Case, client: &Client, done: &mut Done) -> Result<OrgPicture, Failure> {
        let at = self.clock.now();
        let looked = Box::pin(bounded(self.timeout, client.look(&case.ask))).await?;
        done.api_calls += looked.api_calls;
        done.looks.push((at, looked.picture.clone()));
        Ok(looked.picture)
    }

    async fn write(&self, case: &Case, phase: Phase, outcome: Option<Clean>) -> Result<(), String> {
        write(case.audit.clone(), line(&case.id, self.clock.now(), phase, &case.subject, outcome)).await
    }
}

/// Whether the approval is as it was when somebody confirmed its end.
fn unmoved(picture: &OrgPicture, was: &Approval) -> Result<(), String> {
    let id = was.id.short();
    let rows = picture.approvals.seen().filter(|_| picture.coverage.complete);
    let rows = rows.ok_or_else(|| "the org does not list all approvals now".to_owned())?;
    let made = |row: &&Approval| row.user == was.user && row.created_at == was.created_at;
    if rows.iter().filter(made).count() > 1 {
        return Err(format!("another approval was made in the same second as {id}"));
    }
    let is = rows.iter().find(|row| row.id == was.id).ok_or_else(|| format!("approval {id} is not listed any more"))?;
    if is.use_count != was.use_count || is.last_used_at != was.last_used_at {
        return Err(format!("approval {id} was used since it was shown"));
    }
    Ok(())
}

/// Whether the org lists it; none where it does not list all.
fn listed(picture: &OrgPicture, approval: &Approval) -> Option<bool> {
    let rows = picture.approvals.seen()?;
    let found = rows.iter().any(|row| row.id == approval.id);
    (found || picture.coverage.complete).then_some(found)
}

/// One line of the audit about an approval that is known.
pub fn line(id: &str, at: DateTime<Utc>, phase: Phase, subject: &Revocable, outcome: Option<Clean>) -> AuditLine {
    let Revocable { org, user, user_name, approval, .. } = subject;
    let what = format!(
        "approval {} of {user_name}, made {}",
        approval.id,
        subject.held.created_at.format("%Y-%m-%d %H:%M:%SZ")
    );
    AuditLine { user: Some(user.clone()), what: what.into(), outcome, ..plain(id, at, phase, org, "") }
}

/// The same about one of which no more is known.
pub fn plain(id: &str, at: DateTime<Utc>, phase: Phase, org: &OrgName, named: &str) -> AuditLine {
    AuditLine {
        at,
        id: id.to_owned(),
        operation: OPERATION,
        class: ActionClass::Write,
        phase,
        target: Target::Org(org.clone()).into(),
        org: Some(org.clone()),
        user: None,
        what: format!("approval {named}").into(),
        outcome: None,
    }
}

/// The same about what was named, where nobody looked what it is.
pub fn of_fleet(id: &str, at: DateTime<Utc>, fleet: &str, named: &str) -> AuditLine {
    AuditLine {
        target: AuditTarget::Fleet(Clean::new(fleet)),
        org: None,
        what: Clean::new(format!("approval {named}")),
        ..plain(id, at, Phase::Refused, &OrgName::new(""), "")
    }
}
