//! `identify SITE`: the site refreshes its token once, and the approval that moves is its own. Of the class spend: a preview, a
//! question, and the audit before and after.

use super::context::{Context, end, known_sites};
use super::joined::look;
use super::login::asker::Asker;
use super::report::{Failure, Report, talk};
use super::signals::Signals;
use super::{Exit, operator};
use crate::backend::{Handle, Identified, Polling};
use crate::config::Config;
use crate::diagnosis::{Identifiable, Unfit, identifiable};
use crate::model::{FailureClass, ReadOnly, SiteName};
use crate::operations::identify::{IdentifyError, Identity, MOST_LOOKS, Purpose, plain, write};
use crate::store::{Audit, AuditLine, Phase};
use chrono::{DateTime, Utc};
use serde_json::json;
use std::io::IsTerminal;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which site, as the configuration names it
    #[arg(value_name = "SITE")]
    site: String,
    /// Ask nothing: for scripts
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<Report, Failure> {
    let config = context.config()?;
    let site = known_sites(&config, std::slice::from_ref(&args.site))?.remove(0);
    let audit = operator::audit(&context.paths()?.state)?;
    let id = format!("{:08x}", fastrand::u32(..));
    let permits = context.permits(&config);
    if let Some(by) = permits.refusal(Some(&site), config.site(&site).and_then(|site| site.org.as_ref())) {
        return Err(read_only(&audit, &id, context.clock.now(), &site, &by).await);
    }
    if !args.yes && !std::io::stdin().is_terminal() {
        let message = "identify spends a refresh and asks first, and nobody can be asked without a terminal";
        return Err(Failure::new(Exit::Usage, message).advise("give --yes where a script is to do it"));
    }
    let (handle, store) = context.machinery(config.clone(), None, Polling::Off)?;
    let done = identify(context, args, &config, &handle, site, id, audit).await;
    end(handle, store).await;
    done
}

async fn identify(
    context: &Context,
    args: &Args,
    config: &Config,
    handle: &Handle,
    site: SiteName,
    id: String,
    audit: Audit,
) -> Result<Report, Failure> {
    let mut signals = Signals::catch()?;
    let fleet = tokio::select! {
        fleet = look(handle, config, &site) => fleet?,
        signal = signals.ended() => return Ok(Report::silent(signal)),
    };
    let now = context.clock.now();
    // Before it is judged: who is only looked at is told so, whatever else there is to tell.
    let connection = fleet.site(&site).and_then(|site| site.last_connection.as_ref());
    let org = connection.and_then(|seen| fleet.org_by_id(seen.value.org.as_ref()?)).map(|org| org.name.clone());
    if let Some(by) = context.permits(config).refusal(Some(&site), org.as_ref()) {
        return Err(read_only(&audit, &id, now, &site, &by).await);
    }
    let subject = match identifiable(&fleet, &config.settings(), &site, now) {
        Ok(subject) => subject,
        Err(Unfit::Known { approval, user, site }) => {
            let text = Unfit::Known { site: site.clone(), approval, user: user.clone() }.to_string();
            let result = json!({"site": site, "org": null, "user": user, "outcome": "known", "approval_id": approval,
                "text": text, "operation": null});
            return Ok(Report::done(result, format!("known     {site}  {text}\n")));
        }
        Err(unfit) => return Err(refused(&audit, &id, now, &site, &unfit).await),
    };
    if let Some(by) = context.permits(config).refusal(Some(&site), Some(&subject.org)) {
        return Err(read_only(&audit, &id, now, &site, &by).await);
    }
    preview(&subject);
    if !args.yes && !confirmed().await? {
        return Err(Failure::new(Exit::Denied, "not confirmed, and nothing was spent"));
    }
    let ordered = handle.identify(id.clone(), Purpose::Identify, site.clone(), subject.org.clone(), audit.clone());
    let Identified { result, unwritten } = tokio::select! {
        identified = ordered => identified?,
        signal = signals.ended() => {
            talk(&format!("ended by a signal; the audit's operation {id} tells whether {site} was let to refresh"));
            return Ok(Report::silent(signal));
        }
    };
    match result {
        Ok(identity) => Ok(report(&subject, &id, &identity, unwritten)),
        Err(IdentifyError::Unfit(unfit)) => Err(refused(&audit, &id, context.clock.now(), &site, &unfit).await),
        Err(error) => Err(with(failure(&error), unwritten)),
    }
}

fn preview(subject: &Identifiable) {
    let Identifiable { site, org, user_name, approvals, known, safe, .. } = subject;
    talk(&format!("identify {site}: of the class spend"));
    talk(&format!(
        "  {site} refreshes its own token once, as {user_name} in org {org}; the user holds {approvals} approvals there"
    ));
    talk(&format!(
        "  org {org} is looked at before and after: two API calls, {MOST_LOOKS} at most where the use is slow to show"
    ));
    talk(&format!("  the refresh token stays what it is: {safe}"));
    if let Some((approval, confidence)) = known {
        talk(&format!("  known so far: approval {}, confidence {confidence}", approval.short()));
    }
}

async fn confirmed() -> Result<bool, Failure> {
    talk("Type yes to let it:");
    Ok(Asker::new()?.line().await? == "yes")
}

/// Nothing but looks is allowed there.
async fn read_only(audit: &Audit, id: &str, now: DateTime<Utc>, site: &SiteName, by: &ReadOnly) -> Failure {
    let unwritten = refuse(audit, plain(id, now, Phase::Refused, site), &by.to_string()).await;
    with(Failure::new(Exit::NotPermitted, format!("{site} is left alone: {by}")).advise(by.advice()), unwritten)
}

/// Writes that nothing is done, and answers why that could not be written, if so.
async fn refuse(audit: &Audit, line: AuditLine, why: &str) -> Option<String> {
    let line = AuditLine { outcome: Some(why.into()), ..line };
    write(audit.clone(), line).await.err().map(|error| error.to_string())
}

async fn refused(audit: &Audit, id: &str, now: DateTime<Utc>, site: &SiteName, unfit: &Unfit) -> Failure {
    let why = unfit.to_string();
    let exit = if matches!(unfit, Unfit::Refused(_)) { Exit::NotPermitted } else { Exit::Failed };
    let unwritten = refuse(audit, plain(id, now, Phase::Refused, site), &why).await;
    with(Failure::new(exit, why), unwritten)
}

fn with(failure: Failure, unwritten: Option<String>) -> Failure {
    match unwritten {
        Some(why) => failure.advise(why),
        None => failure,
    }
}

fn report(subject: &Identifiable, id: &str, identity: &Identity, unwritten: Option<String>) -> Report {
    let (outcome, approval, text, exit) = match identity {
        Identity::Found { approval, how } => ("identified", Some(*approval), how, Exit::Done),
        Identity::Refused { text } => ("refused", None, text, Exit::Failed),
        Identity::Unclear { text } => ("unclear", None, text, Exit::NotVerified),
    };
    let site = &subject.site;
    let shown = approval.map(|approval| format!("approval {}  ", approval.short())).unwrap_or_default();
    let result = json!({"site": site, "org": subject.org, "user": subject.user_name, "outcome": outcome,
        "approval_id": approval, "text": text, "operation": id});
    let mut report = Report::done(result, format!("{outcome:<10}  {site}  {shown}{text}\n"));
    report.exit = exit;
    report.warnings.extend(unwritten);
    report.message = match exit {
        Exit::Done => None,
        Exit::NotVerified => Some(format!("{site} may have refreshed, and which approval is its own is not verified")),
        _ => Some(format!("Salesforce refused the refresh of {site}, and nothing was linked")),
    };
    report
}

/// Why nothing was spent, with its exit code.
pub(super) fn failure(error: &IdentifyError) -> Failure {
    let exit = match error {
        IdentifyError::Busy(_) => Exit::TryLater,
        IdentifyError::NoOrg(..) => Exit::Unavailable,
        IdentifyError::NotLet(failure) => match failure.class {
            FailureClass::NotPermitted | FailureClass::Unauthorized => Exit::NotPermitted,
            FailureClass::BadRequest => Exit::Failed,
            _ => Exit::Unavailable,
        },
        IdentifyError::Unfit(_) | IdentifyError::Audit(_) | IdentifyError::Broken(_) => Exit::Failed,
    };
    let failure = Failure::new(exit, error.to_string());
    match error {
        IdentifyError::NotLet(_) => failure.advise("docs/agent.md says what the site must let: over REST fusebox_write and FUSEBOX_ALLOW_WRITE, and the newest agent (fusebox agent prints it)"),
        _ => failure,
    }
}
