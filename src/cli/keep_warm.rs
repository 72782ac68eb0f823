//! `keep-warm`: sites that were idle for long make one call, and refresh once where their session is over or their approval is near its
//! idle limit: a session that lives on uses no refresh token, and only that begins the idle time anew. The call is of the class look; the refresh is of the class spend: a preview, a question, and the audit
//! before and after.

use super::context::{Context, end, known_sites};
use super::identify::failure;
use super::joined::look;
use super::ladder::{Ladder, Unconfirmed};
use super::report::{Failure, Report, talk};
use super::signals::Signals;
use super::{Exit, operator};
use crate::backend::{Handle, Identified, Polling, Reading};
use crate::config::Config;
use crate::diagnosis::{Identifiable, Unfit, Warmth, warmable, warmth};
use crate::model::{ApprovalId, Cause, Clean, OrgName, ProveOutcome, SiteName};
use crate::operations::identify::{Identity, MOST_LOOKS, Purpose, plain, warmed, write};
use crate::store::{Audit, Phase};
use serde_json::{Value, json};
use std::fmt::Write;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which sites, as the configuration names them
    #[arg(value_name = "SITE", required_unless_present = "due", conflicts_with = "due")]
    sites: Vec<String>,
    /// All sites whose approval is near its idle limit, by what is known now
    #[arg(long)]
    due: bool,
    /// Ask nothing: for scripts
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<Report, Failure> {
    let config = context.config()?;
    let audit = operator::audit(&context.paths()?.state)?;
    let sites = if args.due { due(context, &config).await? } else { known_sites(&config, &args.sites)? };
    if sites.is_empty() {
        let mut report = Report::done(json!({ "sites": [] }), String::new());
        report.warnings.push("no site is known to be near its idle limit".to_owned());
        return Ok(report);
    }
    let (handle, store) = context.machinery(config.clone(), None, Polling::Off)?;
    let warming = Warming { context, args, config: &config, handle: &handle, audit };
    let done = warming.run(sites).await;
    end(handle, store).await;
    done
}

/// Sites near their idle limit, by what is known.
async fn due(context: &Context, config: &Config) -> Result<Vec<SiteName>, Failure> {
    let store = context.store()?;
    let now = context.clock.now();
    let reading = Reading::load(config, &store, now).await?;
    let near = |site: &SiteName| {
        let detail = reading.detail(site, now);
        detail.is_some_and(|detail| detail.findings.iter().any(|finding| finding.cause == Cause::IdleNear))
    };
    let sites = config.sites.iter().map(|site| site.name.clone()).filter(near).collect();
    // What was read is read, whether or not the file could be tidied.
    let _ = store.close().await;
    Ok(sites)
}

/// One run of the command.
struct Warming<'a> {
    context: &'a Context,
    args: &'a Args,
    config: &'a Config,
    handle: &'a Handle,
    audit: Audit,
}

/// A site that is to refresh.
struct Cold {
    subject: Identifiable,
    /// Why, as a clause.
    why: &'static str,
}

/// What became of one site.
struct Told {
    site: SiteName,
    org: Option<OrgName>,
    outcome: &'static str,
    approval: Option<ApprovalId>,
    text: Clean,
    operation: Option<String>,
    exit: Exit,
}

impl Told {
    fn failed(site: SiteName, failure: &Failure) -> Self {
        let (exit, text) = (failure.exit(), Clean::new(failure.message()));
        let outcome = if exit == Exit::NotPermitted { "refused" } else { "failed" };
        Self { site, org: None, outcome, approval: None, text, operation: None, exit }
    }
}

impl Warming<'_> {
    async fn run(&self, sites: Vec<SiteName>) -> Result<Report, Failure> {
        let mut signals = Signals::catch()?;
        let (mut told, mut cold) = (Vec::new(), Vec::new());
        for site in sites {
            let asked = tokio::select! {
                asked = self.ask(site) => asked?,
                signal = signals.ended() => return Ok(Report::silent(signal)),
            };
            match asked {
                Ok(site) => cold.push(site),
                Err(over) => told.push(over),
            }
        }
        if !cold.is_empty() {
            preview(&cold);
            self.confirm(cold.len()).await?;
        }
        for Cold { subject, .. } in cold {
            let id = format!("{:08x}", fastrand::u32(..));
            let site = subject.site.clone();
            let refreshed = tokio::select! {
                refreshed = self.refresh(subject, &id) => refreshed?,
                signal = signals.ended() => {
                    talk(&format!("ended by a signal; the audit's operation {id} tells whether {site} was let to refresh"));
                    return Ok(Report::silent(signal));
                }
            };
            told.push(refreshed);
        }
        Ok(report(&told))
    }

    /// Judges a site, and lets it make one call with the session that it has: where that works and no idle limit is near, nothing is
    /// to be spent. The error is what became of it.
    async fn ask(&self, site: SiteName) -> Result<Result<Cold, Told>, Failure> {
        let permits = self.context.permits(self.config);
        let refused = |org: Option<&OrgName>| {
            let by = permits.refusal(Some(&site), org)?;
            Some(Failure::new(Exit::NotPermitted, format!("{site} is left alone: {by}")).advise(by.advice()))
        };
        let told = self.config.site(&site).and_then(|site| site.org.as_ref());
        if let Some(failure) = refused(told) {
            return Ok(Err(self.refused(site.clone(), &failure).await));
        }
        let fleet = match look(self.handle, self.config, &site).await {
            Ok(fleet) => fleet,
            Err(failure) => return Ok(Err(Told::failed(site, &failure))),
        };
        let subject = match warmable(&fleet, &self.config.settings(), &site, self.context.clock.now()) {
            Ok(subject) => subject,
            Err(unfit) => {
                // The line says itself that it is refused.
                let (exit, why) = match unfit {
                    Unfit::Refused(why) => (Exit::NotPermitted, why),
                    other => (Exit::Failed, other.to_string()),
                };
                return Ok(Err(self.refused(site, &Failure::new(exit, why)).await));
            }
        };
        if let Some(failure) = refused(Some(&subject.org)) {
            return Ok(Err(self.refused(site.clone(), &failure).await));
        }
        let asked = self.handle.prove(vec![site.clone()]).await?.into_iter().next();
        let judged = |outcome| warmth(&fleet, &self.config.settings(), &site, outcome, self.context.clock.now()).0;
        let (outcome, text, exit) = match asked.map(|(_, outcome)| outcome.map(judged)) {
            Some(Ok(Warmth::Cold(why))) => return Ok(Ok(Cold { subject, why })),
            Some(Ok(Warmth::Awake(why))) => ("awake", why.into(), Exit::Done),
            Some(Ok(Warmth::Failed(ProveOutcome::Refused { text }))) => ("broken", text, Exit::Failed),
            Some(Ok(Warmth::Failed(ProveOutcome::Failed { text }))) => ("failed", text, Exit::Unavailable),
            Some(Err(error)) => ("failed", Clean::new(error.to_string()), Exit::Unavailable),
            Some(Ok(Warmth::Failed(_))) | None => ("failed", "nothing came of asking it".into(), Exit::Failed),
        };
        let approval = subject.known.map(|(approval, _)| approval);
        Ok(Err(Told { site, org: Some(subject.org), outcome, approval, text, operation: None, exit }))
    }

    /// Writes that a site is left alone.
    async fn refused(&self, site: SiteName, failure: &Failure) -> Told {
        let id = format!("{:08x}", fastrand::u32(..));
        let mut line = Purpose::KeepWarm.told(plain(&id, self.context.clock.now(), Phase::Refused, &site));
        line.outcome = Some(failure.message().into());
        let mut told = Told::failed(site, failure);
        if let Err(unwritten) = write(self.audit.clone(), line).await {
            told.text = Clean::new(format!("{}; {unwritten}", told.text));
        }
        told
    }

    async fn confirm(&self, sites: usize) -> Result<(), Failure> {
        let does = if sites == 1 { "let it refresh".to_owned() } else { format!("let these {sites} refresh") };
        let ladder = Ladder {
            lost: &[],
            named: &[],
            yes: self.args.yes,
            act: "keep-warm spends a refresh",
            does: &does,
            safer: &[],
        };
        ladder.climb().await.map_err(|unconfirmed| match unconfirmed {
            Unconfirmed::Otherwise(failure) | Unconfirmed::WouldLose(failure) => failure,
        })
    }

    /// One refresh, and a look whether the approval's last use moved.
    async fn refresh(&self, subject: Identifiable, id: &str) -> Result<Told, Failure> {
        let Identifiable { site, org, .. } = subject;
        let ordered =
            self.handle.identify(id.to_owned(), Purpose::KeepWarm, site.clone(), org.clone(), self.audit.clone());
        let Identified { result, unwritten } = ordered.await?;
        if let Some(why) = unwritten {
            talk(&why);
        }
        let (outcome, approval, text, exit) = match result {
            Ok(Identity::Found { approval, .. }) => ("warmed", Some(approval), warmed(approval), Exit::Done),
            Ok(Identity::Refused { text }) => ("broken", None, text, Exit::Failed),
            Ok(Identity::Unclear { text }) => ("unclear", None, text, Exit::NotVerified),
            Err(error) => {
                let told = Told::failed(site, &failure(&error));
                return Ok(Told { org: Some(org), operation: Some(id.to_owned()), ..told });
            }
        };
        Ok(Told { site, org: Some(org), outcome, approval, text, operation: Some(id.to_owned()), exit })
    }
}

fn preview(sites: &[Cold]) {
    talk("keep-warm: of the class spend");
    for Cold { subject: Identifiable { site, org, user_name, safe, .. }, why } in sites {
        talk(&format!("  {site} refreshes its own token once, as {user_name} in org {org}; {why}"));
        talk(&format!("    the refresh token stays what it is: {safe}"));
    }
    talk(&format!(
        "  each org is looked at before and after: two API calls a site, {MOST_LOOKS} at most where the use is slow to show"
    ));
}

fn report(told: &[Told]) -> Report {
    let mut text = String::new();
    let mut lines: Vec<Value> = Vec::new();
    for one in told {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{:<8}  {}  {}", one.outcome, one.site, one.text);
        lines.push(json!({"name": one.site, "org": one.org, "outcome": one.outcome, "approval_id": one.approval,
            "text": one.text, "operation": one.operation}));
    }
    let mut report = Report::done(json!({ "sites": lines }), text);
    let done = told.iter().filter(|one| one.exit == Exit::Done).count();
    let first = told.first().map_or(Exit::Done, |one| one.exit);
    report.exit = if told.iter().all(|one| one.exit == first) { first } else { Exit::PartlyDone };
    report.message = (done < told.len()).then(|| match told {
        [only] => format!("{}: {}", only.site, only.text),
        _ => format!("{done} of {} are warm", told.len()),
    });
    report
}
