//! What a screen asks for that spends or writes: what it would do, whether it may, and the audit of what it may not.

use super::super::inquiring::What;
use super::super::{authorizing, changing, identifying, revoking};
use super::{Machine, trail};
use crate::diagnosis::{Identifiable, Unfit, identifiable};
use crate::model::{
    ActionClass, Clean, Confirmation, FieldsBoard, Intent, OrgName, Permits, Preview, ProveOutcome, ReadOnly,
    Revocable, SiteFields, SiteName, Trail, age,
};
use crate::operations::identify::{IdentifyError, Identity, MOST_LOOKS, Purpose, plain, warmed, write};
use crate::operations::prove::ProveError;
use crate::protocol::{Command, Event, OperationId, Question};
use crate::store::{Audit, AuditLine, AuditTarget, Phase};
use std::sync::Arc;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// Opens the audit when the first line is to be written: who only looks makes no key.
pub type Auditing = Arc<dyn Fn() -> Result<Audit, String> + Send + Sync>;

/// Something that a screen waited for.
pub(super) enum Done {
    /// An operation, and what it ended in.
    Identified(OperationId, Purpose, SiteName, Option<identifying::Answer>),
    /// A site made one call that says whether it has to refresh.
    Called(OperationId, SiteName, Option<Result<ProveOutcome, ProveError>>),
    /// An authorization by its name in the audit, and what it ended in.
    Authorized(String, Option<Box<authorizing::Answer>>),
    /// A site that was to be changed, and what came of it.
    Changed(OperationId, SiteName, Option<Box<changing::Answer>>),
    /// A site whose setting was to be changed, in which words, whether that takes something back, and what came of it.
    Set(OperationId, (SiteName, Clean, bool), Option<Box<changing::Answer>>),
    /// An approval that was to be revoked, by the operation's name in the audit, and what came of it.
    Revoked(OperationId, String, Box<Revocable>, Option<Box<revoking::Answer>>),
    /// The audit was read.
    Read(Trail),
    /// What is kept of every site's fields.
    Fields(FieldsBoard),
    /// What is kept of one's.
    KeptFields(SiteName, Option<Box<SiteFields>>),
}

/// What a screen may do, and what it waits for.
pub(in crate::backend) struct Permitting {
    pub(super) permits: Permits,
    auditing: Auditing,
    fleet: Clean,
    /// What a screen waits for.
    running: JoinSet<Done>,
}

impl Permitting {
    pub(super) fn new(permits: Permits, auditing: Auditing, fleet: &str) -> Self {
        Self { permits, auditing, fleet: fleet.into(), running: JoinSet::new() }
    }

    /// Waits for something on a screen's behalf.
    pub(super) fn wait_for(&mut self, work: impl Future<Output = Done> + Send + 'static) {
        self.running.spawn(work);
    }

    /// Has something read on a thread that may wait.
    pub(super) fn read(&mut self, work: impl FnOnce() -> Done + Send + 'static) {
        self.running.spawn_blocking(work);
    }

    /// The next that is over of what a screen waits for. Waits for ever while there is nothing; loses nothing when it is
    /// dropped.
    pub(super) async fn done(&mut self) -> Done {
        loop {
            match self.running.join_next().await {
                Some(Ok(done)) => return done,
                Some(Err(_)) => {}
                None => return std::future::pending().await,
            }
        }
    }
}

impl Machine {
    /// Takes what a screen waited for.
    pub(super) async fn permitted(&mut self, done: Done) {
        match done {
            Done::Identified(id, purpose, site, answer) => self.screen_ended(id, purpose, site, answer).await,
            Done::Called(id, site, outcome) => self.called(id, &site, outcome),
            Done::Authorized(name, answer) => self.watched(&name, answer.map(|answer| *answer)),
            Done::Changed(id, site, answer) => self.site_changed(id, site, answer.map(|answer| *answer)).await,
            Done::Set(id, change, answer) => self.setting_ended(id, &change, answer.map(|answer| *answer)),
            Done::Revoked(id, name, subject, answer) => {
                self.approval_revoked(id, &name, &subject, answer.map(|answer| *answer)).await;
            }
            Done::Read(trail) => self.outlet.tell(Event::Trail(Arc::new(trail))),
            Done::Fields(board) => self.outlet.tell(Event::Fields(Arc::new(board))),
            Done::KeptFields(site, fields) => self.outlet.tell(Event::KeptFields(site, fields)),
        }
    }

    /// Has the audit read and verified, on a thread that may wait.
    pub(super) fn read_trail(&mut self) {
        let auditing = Arc::clone(&self.permitting.auditing);
        self.permitting.read(move || Done::Read(trail::read(auditing())));
    }

    /// Says what an action would do, as far as is known now.
    pub(super) async fn preview(&mut self, id: OperationId, intent: &Intent) {
        let question = match intent {
            Intent::Identify(site) => self.identify_question(id, site),
            Intent::Authorize(site, user) => return self.look_beforehand(id, site.clone(), user.clone()),
            Intent::RefreshFields(sites) => self.refresh_question(id, sites),
            Intent::ObjectType(site, to) => return self.inquire(id, site.clone(), What::ObjectType(to.clone())),
            Intent::SegmentType(site, to, field) => {
                return self.inquire(id, site.clone(), What::SegmentType(*to, field.clone()));
            }
            Intent::Undo => self.undo_question(id).await,
            Intent::Revoke(named) => return self.preview_revocation(id, named),
            Intent::KeepWarm(site) => return self.preview_warming(id, site),
            Intent::Write => match self.permitting.permits.clone().lift() {
                Ok(()) => Ok(Question { preview: allowing(), command: Command::AllowWriting(id) }),
                Err(by) => Err(by.to_string()),
            },
        };
        self.answer_preview(id, question);
    }

    /// Answers what an action would do, or why it can not be done.
    pub(super) fn answer_preview(&mut self, id: OperationId, question: Result<Question, String>) {
        self.outlet.tell(Event::Preview(id, question.map(Box::new)));
    }

    /// What may be spent or written.
    pub(super) fn permits(&self) -> &Permits {
        &self.permitting.permits
    }

    /// When a site was proved last, in words.
    pub(super) fn proof_told(&self, site: &SiteName) -> String {
        let proved = self.known.row(site).and_then(|row| row.proof_at);
        proved
            .map_or_else(|| "never proved".to_owned(), |at| format!("proved {} ago", age::since(at, self.clock.now())))
    }

    /// Whether anything but looking is allowed at a site.
    pub(super) fn may_spend(&self, site: &SiteName, org: Option<&OrgName>) -> Result<(), String> {
        match self.permitting.permits.refusal(Some(site), org) {
            Some(by) => Err(format!("{site} is left alone: {by}")),
            None => Ok(()),
        }
    }

    /// The audit.
    pub(super) fn audit(&self) -> Result<Audit, String> {
        (self.permitting.auditing)()
    }

    fn identify_question(&self, id: OperationId, site: &SiteName) -> Result<Question, String> {
        self.may_spend(site, None)?;
        let fit = identifiable(self.known.fleet(), self.known.settings(), site, self.clock.now());
        let subject = fit.map_err(|unfit| unfit.to_string())?;
        self.may_spend(site, Some(&subject.org))?;
        let command = Command::Identify { id, site: site.clone(), org: subject.org.clone() };
        Ok(Question { preview: identifying_preview(&subject), command })
    }

    /// Lets a site refresh once, where it may; where not, that is written down.
    pub(super) async fn identify_by_screen(&mut self, id: OperationId, purpose: Purpose, site: SiteName, org: OrgName) {
        let name = format!("{:08x}", fastrand::u32(..));
        let refusal = self.permitting.permits.refusal(Some(&site), Some(&org));
        let audit = match (self.permitting.auditing)() {
            Ok(audit) => audit,
            Err(why) => return self.outlet.tell(Event::ended(id, false, format!("nothing was spent: {why}"))),
        };
        if let Some(by) = refusal {
            let why = self.refuse(audit, purpose, (&name, &site), &by.to_string()).await;
            return self.outlet.tell(Event::ended(id, false, format!("{site} is left alone: {why}")));
        }
        let (answer, answered) = oneshot::channel();
        self.identifying.order(identifying::Order { id: name, purpose, site: site.clone(), org, audit, answer });
        self.permitting.running.spawn(async move { Done::Identified(id, purpose, site, answered.await.ok()) });
    }

    /// Writes that a step is not taken; answers why, and that it could not be written, if so.
    async fn refuse(&self, audit: Audit, purpose: Purpose, (name, site): (&str, &SiteName), why: &str) -> String {
        let line = purpose.told(plain(name, self.clock.now(), Phase::Refused, site));
        let line = AuditLine { outcome: Some(why.into()), ..line };
        match write(audit, line).await {
            Ok(()) => why.to_owned(),
            Err(error) => format!("{why}; {error}"),
        }
    }

    /// Tells a screen how its operation ended.
    async fn screen_ended(
        &mut self,
        id: OperationId,
        purpose: Purpose,
        site: SiteName,
        answer: Option<identifying::Answer>,
    ) {
        let Some(identifying::Answer { result, unwritten, .. }) = answer else {
            return self.outlet.tell(Event::ended(id, false, format!("{site}: the operation was given up")));
        };
        let (good, told) = match result {
            Ok(Identity::Found { approval, .. }) if purpose == Purpose::KeepWarm => {
                (true, format!("{site}: {}", warmed(approval)))
            }
            Ok(Identity::Found { approval, how }) => {
                (true, format!("{site} holds approval {}: {how}", approval.short()))
            }
            Ok(Identity::Refused { text }) => (false, format!("{site}: Salesforce refused its token: {text}")),
            Ok(Identity::Unclear { text }) => {
                (false, format!("{site} may have refreshed, and which approval is its own is not verified: {text}"))
            }
            Err(IdentifyError::Unfit(unfit)) => (false, self.unfit(purpose, &site, unfit).await),
            Err(error) => (false, format!("{site}: {error}")),
        };
        let unwritten = unwritten.map(|why| format!("; {why}")).unwrap_or_default();
        self.outlet.tell(Event::ended(id, good, format!("{told}{unwritten}")));
    }

    /// What the fleet showed after the preview speaks against it.
    async fn unfit(&self, purpose: Purpose, site: &SiteName, unfit: Unfit) -> String {
        let name = format!("{:08x}", fastrand::u32(..));
        match (self.permitting.auditing)() {
            Ok(audit) => self.refuse(audit, purpose, (&name, site), &unfit.to_string()).await,
            Err(why) => format!("{unfit}; {why}"),
        }
    }

    /// Allows what spends and writes until this process ends, once that is written down.
    pub(super) async fn allow_writing(&mut self, id: OperationId) {
        let mut permits = self.permitting.permits.clone();
        let lifted = permits.lift();
        let by = lifted.as_ref().err().map(ReadOnly::to_string);
        let line = AuditLine {
            at: self.clock.now(),
            id: format!("{:08x}", fastrand::u32(..)),
            operation: "write",
            class: ActionClass::Write,
            phase: if lifted.is_ok() { Phase::Before } else { Phase::Refused },
            target: AuditTarget::Fleet(self.permitting.fleet.clone()),
            org: None,
            user: None,
            what: "allow what spends and writes until this console is left".into(),
            outcome: by.as_deref().map(Clean::new),
        };
        let written = match (self.permitting.auditing)() {
            Ok(audit) => write(audit, line).await.map_err(|error| error.to_string()),
            Err(why) => Err(why),
        };
        let told = match (lifted, written) {
            (Ok(()), Ok(())) => {
                self.permitting.permits = permits.clone();
                self.outlet.tell(Event::Permits(permits));
                Event::ended(id, true, "read-write until this console is left")
            }
            (Ok(()), Err(why)) => Event::ended(id, false, format!("still read-only: {why}")),
            (Err(by), written) => {
                let unwritten = written.err().map(|why| format!("; {why}")).unwrap_or_default();
                Event::ended(id, false, format!("still read-only: {by}{unwritten}"))
            }
        };
        self.outlet.tell(told);
    }
}

fn identifying_preview(subject: &Identifiable) -> Preview {
    let Identifiable { site, org, user_name, approvals, known, safe, .. } = subject;
    let mut does = vec![
        format!(
            "{site} refreshes its own token once, as {user_name} in org {org}: the one of the user's {approvals} approvals that moves is its own."
        ),
        format!("The refresh token stays what it is: {safe}."),
        format!("Costs one refresh, and 2 API calls of {org}; {MOST_LOOKS} at most where the use is slow to show."),
    ];
    if let Some((approval, confidence)) = known {
        does.insert(1, format!("Known so far: approval {}, sure: {confidence}.", approval.short()));
    }
    let confirm = Confirmation::Yes("let it refresh".into());
    Preview::new(format!("Identify {site}"), ActionClass::Spend, does, confirm)
}

fn allowing() -> Preview {
    let does = [
        "Until this console is left, actions that spend a refresh or a slot, or change a site or an org, are allowed. Each still shows what it would do and asks first.",
        "Nothing is spent or written by this alone. It goes to the audit.",
        "For good: mode = \"read-write\" under [fleet] in the configuration.",
    ];
    Preview::new("Allow writing", ActionClass::Write, does, Confirmation::Yes("allow it for this session".into()))
}
