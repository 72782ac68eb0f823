//! What is written to a site, one site at a time: under its lease, with the audit before and after, and with a fresh look at the
//! end. A token is let to be refreshed where that is known to cost no more than a refresh; elsewhere it is withheld.
//!
//! The agent stores all of a step or none of it, so what kills the process in between loses the answer alone.

mod told;

pub use told::{Case, Change, ChangeError, Changed, Done, Refreshed, RefusedBy, Setting, ended};

use super::asked::{bounded, was_not_let};
use crate::diagnosis::{Refreshable, broken_mappings};
use crate::model::fields::Mapping;
use crate::model::lists::{ListChanges, StoredLists};
use crate::model::org::steady_offset;
use crate::model::site_change::{Outcome, SiteChange, StepName};
use crate::model::{
    ActionClass, Clean, Clock, Fact, Failure, MovedFields, Observation, ProveOutcome, SiteStatus, Target, Undoable,
};
use crate::store::{Audit, AuditLine, LeaseKey, Phase, StoreHandle};
use crate::wordpress::{Agent, Refresh, SiteWrite};
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Arc;
use std::time::Duration;

/// Sites that are changed at once.
pub const AT_ONCE: usize = 8;

/// How long a site may take for one verb that writes: it makes four to six calls, or more where there are thousands of topics.
const WRITING: Duration = Duration::from_secs(100);

/// Looks at the site before and after, at most.
const LOOKS: u32 = 10;

/// How long the lease outlives the operation, if the process dies.
const LEASE_OUTLIVES: TimeDelta = TimeDelta::seconds(10);

/// What changing needs.
#[derive(Clone)]
pub struct Changer {
    /// Where leases, and what takes a change back, are kept.
    pub store: StoreHandle,
    /// Who takes them.
    pub holder: Arc<str>,
    /// The host's clock.
    pub clock: Clock,
    /// After which a look is given up.
    pub timeout: Duration,
}

/// What the site told before.
struct Before {
    lists: Option<StoredLists>,
    refresh: Refresh,
    /// Why its token is not refreshed on the way, if so.
    withheld: Option<String>,
}

impl Changer {
    /// Changes one site.
    pub async fn change(self, case: Case) -> Done {
        let mut done = Done::not_begun(case.site.clone(), ChangeError::Broken("it did not end".to_owned()));
        if let Some(by) = &case.refused {
            let outcome = Some(by.to_string().into());
            done.unwritten = self.write(&case, Phase::Refused, outcome).await.err().map(|error| error.to_string());
            done.result = Err(ChangeError::ReadOnly(case.site.clone(), by.clone()));
            return done;
        }
        done.result = match self.lease(&case, &mut done.leases).await {
            Ok(()) => Box::pin(self.steps(&case, &mut done)).await,
            Err(error) => Err(error),
        };
        done
    }

    /// Takes the site's lease. A store that fails stops it: who else is there can not be seen.
    async fn lease(&self, case: &Case, leases: &mut Vec<LeaseKey>) -> Result<(), ChangeError> {
        let span = TimeDelta::from_std(self.timeout.saturating_mul(LOOKS) + WRITING * 2).unwrap_or(TimeDelta::hours(1));
        let (target, holder, now) = (Target::Site(case.site.clone()), Arc::clone(&self.holder), self.clock.now());
        let (key, until) = (LeaseKey::Target(target.clone()), now + span + LEASE_OUTLIVES);
        let taken = key.clone();
        match self.store.call(move |store| store.lease(&taken, &holder, now, until)).await {
            Ok(true) => leases.push(key),
            Ok(false) => return Err(ChangeError::Busy(target)),
            Err(error) => return Err(ChangeError::Broken(error.to_string())),
        }
        Ok(())
    }

    async fn steps(&self, case: &Case, done: &mut Done) -> Result<Changed, ChangeError> {
        let agent = case.agent.as_ref().map_err(|failure| ChangeError::NotLet(failure.clone()))?;
        let status = bounded(self.timeout, Box::pin(agent.status())).await.map_err(ChangeError::NotLet)?;
        let before = self.before(case, agent, &status).await?;
        self.write(case, Phase::Before, None).await?;
        let mut changed = self.ask(case, agent, &before, done).await;
        let outcome = match (&changed, &mut done.api_calls) {
            (Ok(changed), calls) => {
                *calls += called(changed.steps());
                in_words(changed, before.withheld.as_deref())
            }
            (Err(error), _) => error.to_string(),
        };
        done.unwritten =
            self.write(case, Phase::After, Some(outcome.into())).await.err().map(|error| error.to_string());
        if let Ok(changed) = &mut changed {
            self.proof(case, changed, done);
            withheld(changed, before.withheld.as_deref());
        }
        self.look(case, agent, done).await;
        changed
    }

    /// What is needed of the site before anything is written.
    async fn before(&self, case: &Case, agent: &Agent, status: &SiteStatus) -> Result<Before, ChangeError> {
        // What takes a change back asks Salesforce nothing.
        if !matches!(case.change, Change::Undo(_)) && !status.uses_connection() {
            return Err(ChangeError::NotConnected(case.site.clone()));
        }
        let stored = status.connection.as_ref().and_then(|connection| connection.refresh);
        let (refresh, withheld) = match &case.refresh {
            Ok(Refreshable { refresh, .. }) if Some(*refresh) == stored => (Refresh::Once, None),
            Ok(_) => (Refresh::Withheld, Some("it holds another token than the one that was seen last".to_owned())),
            Err(why) => (Refresh::Withheld, Some(why.clone())),
        };
        let lists = match case.change {
            Change::RefreshFields => {
                Some(bounded(self.timeout, Box::pin(agent.lists())).await.map_err(ChangeError::NotLet)?)
            }
            _ => None,
        };
        Ok(Before { lists, refresh, withheld })
    }

    /// Asks for the change itself.
    async fn ask(&self, case: &Case, agent: &Agent, before: &Before, done: &mut Done) -> Result<Changed, ChangeError> {
        let writer = agent.clone().within(WRITING.max(self.timeout));
        match &case.change {
            Change::RefreshFields => {
                Ok(match self.refresh_fields(agent, &writer, before.lists.as_ref(), before.refresh).await? {
                    Ok(refreshed) => Changed::Fields(Box::new(refreshed)),
                    Err(text) => Changed::Unclear { text },
                })
            }
            Change::ObjectType(to) => {
                let asked = writer.set_object_type(to.as_str(), before.refresh);
                self.told(case, bounded(WRITING, Box::pin(asked)).await).await
            }
            Change::SegmentType(choice) => {
                let asked = writer.set_segment_type(choice, before.refresh);
                self.told(case, bounded(WRITING, Box::pin(asked)).await).await
            }
            Change::Undo(earlier) => {
                let asked = writer.restore(&earlier.saved);
                let mut changed = self.told(case, bounded(WRITING, Box::pin(asked)).await).await?;
                if let Changed::Setting(setting) = &mut changed
                    && setting.told.outcome == Outcome::Done
                {
                    self.undone(agent, &writer, earlier, before.refresh, setting, done).await;
                }
                Ok(changed)
            }
        }
    }

    /// Lets the site read its lists again, and compares them. The inner error: no answer came, so it may have been done.
    async fn refresh_fields(
        &self,
        agent: &Agent,
        writer: &Agent,
        before: Option<&StoredLists>,
        refresh: Refresh,
    ) -> Result<Result<Refreshed, Clean>, ChangeError> {
        let told = match bounded(WRITING, Box::pin(writer.refresh_fields(refresh))).await {
            Ok(told) => told,
            Err(failure) if was_not_let(failure.class) => return Err(ChangeError::NotLet(failure)),
            Err(failure) => return Ok(Err(Clean::new(failure.to_string()))),
        };
        let (mut changes, mut broken) = (None, Vec::new());
        let read_some = told.steps.iter().any(|step| step.step != StepName::Connect && step.outcome == Outcome::Done);
        if let Some(before) = before.filter(|_| read_some)
            && let Ok(after) = bounded(self.timeout, Box::pin(agent.lists())).await
        {
            let between = ListChanges::between(before, &after);
            if !between.is_empty()
                && let Ok(mapping) = bounded(self.timeout, Box::pin(agent.mapping())).await
            {
                broken = broken_by(&mapping, &between);
            }
            changes = Some(between);
        }
        Ok(Ok(Refreshed { told, changes, broken }))
    }

    /// What the site said to a change, with what takes it back kept.
    async fn told(&self, case: &Case, told: Result<SiteWrite, Failure>) -> Result<Changed, ChangeError> {
        let refused = |by, text| Err(ChangeError::Refused { by, text });
        match told {
            Ok(SiteWrite::Told(told)) => {
                let (undo, notes) = self.keep(case, &told).await;
                Ok(Changed::Setting(Box::new(Setting { told: *told, undo, anew: None, notes })))
            }
            Ok(SiteWrite::NotOffered { text }) => refused(RefusedBy::NotOffered, text),
            Ok(SiteWrite::Overridden { text }) => refused(RefusedBy::Code, text),
            Ok(SiteWrite::ChangedSince { text }) => refused(RefusedBy::ChangedSince, text),
            Err(failure) if was_not_let(failure.class) => Err(ChangeError::NotLet(failure)),
            Err(failure) => Ok(Changed::Unclear { text: Clean::new(failure.to_string()) }),
        }
    }

    /// Keeps what takes a change back, and lets go of the one that it took back itself.
    async fn keep(&self, case: &Case, told: &SiteChange) -> (Option<String>, Vec<String>) {
        let mut notes = Vec::new();
        if told.outcome != Outcome::Done {
            return (None, notes);
        }
        let change = Undoable {
            id: case.id.clone(),
            site: case.site.clone(),
            operation: case.change.operation().to_owned(),
            at: self.clock.now(),
            what: case.change.what(&case.site),
            saved: told.saved.clone(),
            left_out: told.left_out.clone(),
        };
        let (change, others) = change.without_others();
        if others > 0 {
            notes.push(format!("{others} of what {} saved is no setting that may be kept, and was not", case.site));
        }
        let taken_back = match &case.change {
            Change::Undo(earlier) => Some(earlier.id.clone()),
            _ => None,
        };
        let keeps = !change.saved.is_empty();
        let kept = self.store.call(move |store| {
            if let Some(id) = taken_back {
                store.end_undo(&id)?;
            }
            if keeps { store.keep_undo(&change) } else { Ok(()) }
        });
        match kept.await {
            Ok(()) => (keeps.then(|| case.id.clone()), notes),
            Err(error) => {
                notes.push(format!("what takes it back could not be kept: {error}"));
                (None, notes)
            }
        }
    }

    /// What was too long to be saved is read anew.
    async fn undone(
        &self,
        agent: &Agent,
        writer: &Agent,
        earlier: &Undoable,
        refresh: Refresh,
        setting: &mut Setting,
        done: &mut Done,
    ) {
        if earlier.left_out.is_empty() {
            return;
        }
        let names: Vec<&str> = earlier.left_out.iter().map(Clean::as_str).collect();
        let why = match self.refresh_fields(agent, writer, None, refresh).await {
            Ok(Ok(refreshed)) => {
                done.api_calls += called(&refreshed.told.steps);
                let outcome = refreshed.told.outcome;
                setting.anew = Some(refreshed);
                (outcome != Outcome::Done).then(|| format!("the refresh that was to read it anew: {outcome}"))
            }
            Ok(Err(text)) => Some(text.to_string()),
            Err(error) => Some(error.to_string()),
        };
        setting.notes.extend(why.map(|why| {
            format!(
                "{} was too long to be saved, and stays what it is until fields are read again: {why}",
                names.join(", ")
            )
        }));
    }

    /// What the calls to Salesforce prove.
    fn proof(&self, case: &Case, changed: &Changed, done: &mut Done) {
        let steps = changed.steps();
        let outcome = if steps.iter().any(|step| step.outcome == Outcome::Done) {
            Some(ProveOutcome::Good)
        } else {
            let refused = steps.iter().find(|step| step.outcome == Outcome::Refused);
            refused.map(|step| ProveOutcome::Refused { text: step.text.clone() })
        };
        let target = Target::Site(case.site.clone());
        let seen = outcome.map(|outcome| Observation { target, at: self.clock.now(), fact: Fact::Prove(outcome) });
        done.seen.extend(seen);
    }

    /// How the site is afterwards; nothing new where it does not answer.
    async fn look(&self, case: &Case, agent: &Agent, done: &mut Done) {
        let at = self.clock.now();
        let Ok(looked) = bounded(self.timeout, Box::pin(agent.look())).await else { return };
        let target = Target::Site(case.site.clone());
        let facts = [
            Fact::Answered { clock_offset_s: steady_offset(looked.clock_offset_s) },
            Fact::Status(Box::new(looked.status)),
            Fact::Log(looked.log),
        ];
        done.seen.extend(facts.map(|fact| Observation { target: target.clone(), at, fact }));
    }

    async fn write(&self, case: &Case, phase: Phase, outcome: Option<Clean>) -> Result<(), ChangeError> {
        write(case.audit.clone(), line(case, self.clock.now(), phase, outcome)).await
    }
}

/// Mappings that other lists break.
fn broken_by(mapping: &Mapping, changes: &ListChanges) -> Vec<crate::model::BrokenMapping> {
    let moved = MovedFields {
        gone: changes.fields.removed.iter().map(|(name, _)| name.clone()).collect(),
        read_only: changes.newly_read_only.clone(),
        // The plugin stores no types.
        retyped: Vec::new(),
        required: changes.newly_required.clone(),
    };
    broken_mappings(mapping, &moved)
}

/// Calls of the org that these steps made, about: each one, and none that was not begun.
fn called(steps: &[crate::model::site_change::Step]) -> u32 {
    let made = steps.iter().filter(|step| step.outcome != Outcome::Skipped).count();
    u32::try_from(made).unwrap_or(u32::MAX)
}

/// Says beside what was withheld why it was.
fn withheld(changed: &mut Changed, why: Option<&str>) {
    let Some(why) = why else { return };
    let say =
        |text: &mut Clean| *text = Clean::new(format!("its session is over, and it was not let to refresh: {why}"));
    match changed {
        Changed::Fields(refreshed) => {
            let steps = refreshed.told.steps.iter_mut().filter(|step| step.outcome == Outcome::Withheld);
            steps.for_each(|step| say(&mut step.text));
        }
        Changed::Setting(setting) if setting.told.outcome == Outcome::Withheld => say(&mut setting.told.text),
        Changed::Setting(_) | Changed::Unclear { .. } => {}
    }
}

fn in_words(changed: &Changed, withheld: Option<&str>) -> String {
    let Some(outcome) = changed.outcome() else {
        let text = changed.text().map(ToString::to_string).unwrap_or_default();
        return format!("not verified: {text}");
    };
    let tokens = match changed {
        Changed::Fields(refreshed) => refreshed.told.connected.tokens,
        Changed::Setting(setting) => setting.told.connected.tokens,
        Changed::Unclear { .. } => return outcome.to_string(),
    };
    let why = match (outcome, withheld, changed.text()) {
        (Outcome::Done | Outcome::Unchanged, ..) => String::new(),
        (Outcome::Withheld, Some(why), _) => format!(": {why}"),
        (_, _, Some(text)) => format!(": {text}"),
        (_, _, None) => String::new(),
    };
    format!("{outcome}{why}; tokens {tokens}")
}

/// One line of the audit.
pub fn line(case: &Case, at: DateTime<Utc>, phase: Phase, outcome: Option<Clean>) -> AuditLine {
    AuditLine {
        at,
        id: case.id.clone(),
        operation: case.change.operation(),
        class: ActionClass::Write,
        phase,
        target: Target::Site(case.site.clone()).into(),
        org: case.org.clone(),
        user: case.user.clone(),
        what: case.change.what(&case.site),
        outcome,
    }
}

/// Writes a line on a thread that may wait.
pub async fn write(audit: Audit, line: AuditLine) -> Result<(), ChangeError> {
    let written = tokio::task::spawn_blocking(move || audit.write(&line)).await;
    Ok(written.map_err(|error| ChangeError::Broken(error.to_string()))??)
}
