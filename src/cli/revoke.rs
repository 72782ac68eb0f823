//! `revoke APPROVAL`: what is lost with it, a question, and its end. Of the class write: the audit before and after.

use super::Exit;
use super::context::{Context, end};
use super::joined::look_around;
use super::ladder::{Ladder, Unconfirmed, loss_words};
use super::operator;
use super::report::{Failure, Report, talk};
use super::signals::Signals;
use crate::backend::{Handle, Polling, RevokedAnswer};
use crate::config::Config;
use crate::diagnosis::{Irrevocable, named_approval, revocable};
use crate::model::{ReadOnly, Revocable};
use crate::operations::revoke::{Revocation, RevokeError, line, of_fleet, plain, write};
use crate::store::{Audit, AuditLine, Phase};
use serde_json::{Value, json};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which approval: at least the first eight digits of its id, as `fusebox tokens` shows them
    #[arg(value_name = "APPROVAL")]
    approval: String,
    /// A site that may be cut off by it, or the approval's own eight digits where nobody knows whose it is; once for each
    #[arg(long, value_name = "NAME")]
    lose: Vec<String>,
    /// Ask nothing where nothing is lost: for scripts
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<Report, Failure> {
    let config = context.config()?;
    let audit = operator::audit(&context.paths()?.state)?;
    let id = format!("{:08x}", fastrand::u32(..));
    if let Some(by) = context.permits(&config).refusal(None, None) {
        let line = of_fleet(&id, context.clock.now(), &config.fleet.name, &args.approval);
        let failure = Failure::new(Exit::NotPermitted, format!("nothing is revoked: {by}")).advise(by.advice());
        return Err(refuse(&audit, line, failure).await);
    }
    let (handle, store) = context.machinery(config.clone(), None, Polling::Off)?;
    let attempt = Attempt { context, args, config: &config, handle: &handle, audit, id };
    let done = attempt.run().await;
    end(handle, store).await;
    done
}

/// One run of the command.
struct Attempt<'a> {
    context: &'a Context,
    args: &'a Args,
    config: &'a Config,
    handle: &'a Handle,
    audit: Audit,
    id: String,
}

impl Attempt<'_> {
    async fn run(&self) -> Result<Report, Failure> {
        let mut signals = Signals::catch()?;
        // What is known already tells which org it is in.
        let known = self.handle.look(Vec::new()).await?.fleet;
        let (org, user, approval) = named_approval(&known, &self.args.approval).map_err(|why| unfit(&why))?;
        let unknown = plain(&self.id, self.context.clock.now(), Phase::Refused, &org, &approval.to_string());
        if let Some(by) = self.context.permits(self.config).refusal(None, Some(&org)) {
            return Err(self.read_only(unknown, &format!("org {org}"), &by).await);
        }
        let account = [(&org, &user)];
        let fleet = tokio::select! {
            fleet = look_around(self.handle, &known, &account, &[]) => fleet?,
            signal = signals.ended() => return Ok(Report::silent(signal)),
        };
        let now = self.context.clock.now();
        let subject = match revocable(&fleet, &self.config.settings(), &org, approval, now) {
            Ok(subject) => subject,
            Err(why) => return Err(self.refuse(unknown, unfit(&why)).await),
        };
        let told = line(&self.id, now, Phase::Refused, &subject, None);
        for site in subject.sites() {
            if let Some(by) = self.context.permits(self.config).refusal(Some(site), Some(&org)) {
                return Err(self.read_only(told, site.as_str(), &by).await);
            }
        }
        preview(&subject);
        self.confirm(&subject, told).await?;
        let ordered = self.handle.revoke(self.id.clone(), subject.clone(), self.audit.clone());
        let RevokedAnswer { result, unwritten } = tokio::select! {
            answer = ordered => answer?,
            signal = signals.ended() => {
                talk(&format!(
                    "ended by a signal; the audit's operation {} tells whether it had begun, and fusebox tokens after a poll whether it is gone",
                    self.id
                ));
                return Ok(Report::silent(signal));
            }
        };
        match result {
            Ok(revocation) => Ok(report(&subject, &self.id, &revocation, unwritten)),
            Err(error) => {
                let written = matches!(error, RevokeError::Moved(_) | RevokeError::Unfit(_));
                let failure = failure(&error);
                let told = line(&self.id, self.context.clock.now(), Phase::Refused, &subject, None);
                let failure = if written { self.refuse(told, failure).await } else { failure };
                Err(unwritten.into_iter().fold(failure, Failure::advise))
            }
        }
    }

    /// Asks: for the names of what is lost, or for yes.
    async fn confirm(&self, subject: &Revocable, told: AuditLine) -> Result<(), Failure> {
        let lost = subject.loss_to_name();
        let ladder = Ladder {
            lost: &lost,
            named: &self.args.lose,
            yes: self.args.yes,
            act: "a revocation ends an approval for good",
            does: "revoke it",
            safer: &[],
        };
        match ladder.climb().await {
            Ok(()) => Ok(()),
            Err(Unconfirmed::Otherwise(failure)) => Err(failure),
            Err(Unconfirmed::WouldLose(failure)) => Err(self.refuse(told, failure).await),
        }
    }

    async fn read_only(&self, line: AuditLine, what: &str, by: &ReadOnly) -> Failure {
        let failure = Failure::new(Exit::NotPermitted, format!("{what} is left alone: {by}")).advise(by.advice());
        self.refuse(line, failure).await
    }

    async fn refuse(&self, line: AuditLine, failure: Failure) -> Failure {
        refuse(&self.audit, line, failure).await
    }
}

/// Writes that nothing is done.
async fn refuse(audit: &Audit, line: AuditLine, failure: Failure) -> Failure {
    let line = AuditLine { phase: Phase::Refused, outcome: Some(failure.message().into()), ..line };
    match write(audit.clone(), line).await {
        Ok(()) => failure,
        Err(unwritten) => failure.advise(unwritten),
    }
}

/// What it is, whose, and what is lost with it.
pub(super) fn preview(subject: &Revocable) {
    talk(&format!("revoke {}: of the class write", subject.approval.id.short()));
    let told = subject.told().into_iter().chain([loss_words(&subject.loss), subject.finality().to_owned()]);
    for clause in told {
        talk(&format!("  {clause}"));
    }
}

fn unfit(why: &Irrevocable) -> Failure {
    match why {
        Irrevocable::NotNamed(_) => Failure::new(Exit::Usage, why.to_string())
            .advise("fusebox tokens shows what is listed; fusebox poll looks again"),
        Irrevocable::Refused(_) => Failure::new(Exit::NotPermitted, why.to_string()),
    }
}

/// Why nothing was revoked, with its exit code.
pub(super) fn failure(error: &RevokeError) -> Failure {
    let exit = match error {
        RevokeError::Unfit(why) => return unfit(why),
        RevokeError::Busy(_) => Exit::TryLater,
        RevokeError::NoOrg(..) => Exit::Unavailable,
        RevokeError::Moved(_)
        | RevokeError::MovedLate(_)
        | RevokeError::Audit(_)
        | RevokeError::Refused
        | RevokeError::Broken(_) => Exit::Failed,
    };
    let failure = Failure::new(exit, error.to_string());
    if matches!(error, RevokeError::Moved(_) | RevokeError::MovedLate(_)) {
        failure.advise("ask again: what is lost may be something else now")
    } else {
        failure
    }
}

fn report(subject: &Revocable, id: &str, revocation: &Revocation, unwritten: Option<String>) -> Report {
    let short = subject.approval.id.short();
    let (outcome, text, exit) = match revocation {
        Revocation::Gone => ("revoked", "the org does not list it any more".into(), Exit::Done),
        Revocation::Unclear { text } => ("unclear", text.clone(), Exit::NotVerified),
    };
    let lost: Vec<Value> = subject.loss.sites().iter().map(|site| json!(site)).collect();
    let result = json!({"approval_id": subject.approval.id, "org": subject.org, "user": subject.user_name, "outcome": outcome,
        "lost": lost, "text": text, "operation": id});
    let mut report = Report::done(result, format!("{outcome:<8}  {short}  {text}\n"));
    report.exit = exit;
    report.warnings.extend(unwritten);
    report.message = (exit != Exit::Done).then(|| {
        format!("approval {short} may be revoked, and that is not verified: fusebox poll, then fusebox tokens")
    });
    report
}
