//! `authorize SITE` and `reauthorize SITE`: what it would cost, a question, a link for a person with a browser, and watching until
//! it is clear how it ended. Of the class spend: the audit before and after.

pub(super) mod told;
pub(super) mod watching;

use super::context::{Context, end, known_sites};
use super::joined::look;
use super::ladder::{Ladder, Unconfirmed};
use super::report::{Failure, Report};
use super::signals::Signals;
use super::{Exit, operator};
use crate::backend::{Handle, Polling};
use crate::config::Config;
use crate::diagnosis::{Authorizable, NotAuthorizable, authorizable};
use crate::model::{ActionClass, ApprovalId, Authorization, Clean, Fleet, OrgName, SiteName, Target};
use crate::operations::authorize::{EVERY, WATCHED, write};
use crate::store::{Audit, AuditLine, Phase};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::time::Duration;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which site, as the configuration names it
    #[arg(value_name = "SITE")]
    site: String,
    /// Who signs in to Salesforce; without it the user whom the site has now
    #[arg(long = "as", value_name = "USER")]
    user: Option<String>,
    /// The org that it is to be in; without it the site's own
    #[arg(long, value_name = "ORG")]
    org: Option<String>,
    /// A site that may be cut off by it; once for each
    #[arg(long, value_name = "NAME")]
    lose: Vec<String>,
    /// Ask nothing where nothing is lost: for scripts
    #[arg(long)]
    yes: bool,
    /// How long to wait for the person
    #[arg(long = "for", value_name = "SPAN", value_parser = humantime::parse_duration)]
    span: Option<Duration>,
    /// Between two looks
    #[arg(long, value_name = "SPAN", value_parser = humantime::parse_duration, hide = true)]
    every: Option<Duration>,
    /// Read the address at which the browser ended from standard input, where that is no terminal
    #[arg(long)]
    pasted: bool,
}

/// `reauthorize`, or `authorize` where nobody did before.
pub(super) async fn run(context: &Context, args: &Args, first: bool) -> Result<Report, Failure> {
    let config = context.config()?;
    let site = known_sites(&config, std::slice::from_ref(&args.site))?.remove(0);
    let audit = operator::audit(&context.paths()?.state)?;
    let attempt =
        Attempt { context, args, config: &config, site, audit, id: format!("{:08x}", fastrand::u32(..)), first };
    attempt.may(config.site(&attempt.site).and_then(|site| site.org.as_ref())).await?;
    let (handle, store) = context.machinery(config.clone(), None, Polling::Off)?;
    let done = attempt.run(&handle).await;
    end(handle, store).await;
    done
}

/// One run of the command.
struct Attempt<'a> {
    context: &'a Context,
    args: &'a Args,
    config: &'a Config,
    site: SiteName,
    audit: Audit,
    id: String,
    first: bool,
}

impl Attempt<'_> {
    async fn run(&self, handle: &Handle) -> Result<Report, Failure> {
        let mut signals = Signals::catch()?;
        let fleet = tokio::select! {
            fleet = look(handle, self.config, &self.site) => fleet?,
            signal = signals.ended() => return Ok(Report::silent(signal)),
        };
        let now = self.context.clock.now();
        let settings = self.config.settings();
        let org = self.org()?;
        let who = (org.as_ref(), self.args.user.as_deref());
        let subject = match authorizable(&fleet, &settings, &self.site, who, now) {
            Ok(subject) => subject,
            Err(why) => return Err(self.refused(&why).await),
        };
        self.may(Some(&subject.org)).await?;
        told::preview(&subject);
        self.confirm(&subject).await?;
        let span = self.args.span.and_then(|span| TimeDelta::from_std(span).ok()).unwrap_or(WATCHED);
        let authorization = begun(&self.id, &subject, &fleet, span, self.context.clock.now());
        let every = self.args.every.unwrap_or(EVERY);
        let mut input = (self.args.pasted || std::io::stdin().is_terminal()).then(watching::input);
        let terms = watching::Terms { audit: self.audit.clone(), resumed: false, every, input: input.as_mut() };
        watching::watch(handle, &mut signals, authorization, terms, &told::guide(&subject)).await
    }

    /// The org that was named.
    fn org(&self) -> Result<Option<OrgName>, Failure> {
        let Some(named) = self.args.org.as_ref() else { return Ok(None) };
        let known = self.config.orgs.iter().find(|org| org.name.as_str() == named);
        let failure = || Failure::new(Exit::Usage, format!("no org named {named:?} is in the configuration"));
        Ok(Some(known.ok_or_else(failure)?.name.clone()))
    }

    /// Refuses, and writes that down, where nothing but looking is allowed.
    async fn may(&self, org: Option<&OrgName>) -> Result<(), Failure> {
        let Some(by) = self.context.permits(self.config).refusal(Some(&self.site), org) else { return Ok(()) };
        let failure =
            Failure::new(Exit::NotPermitted, format!("{} is left alone: {by}", self.site)).advise(by.advice());
        Err(self.write_refusal(failure, &by.to_string()).await)
    }

    async fn refused(&self, why: &NotAuthorizable) -> Failure {
        self.write_refusal(not_authorizable(why), &why.to_string()).await
    }

    async fn write_refusal(&self, failure: Failure, why: &str) -> Failure {
        let line = AuditLine {
            at: self.context.clock.now(),
            id: self.id.clone(),
            operation: if self.first { "authorize" } else { "reauthorize" },
            class: ActionClass::Spend,
            phase: Phase::Refused,
            target: Target::Site(self.site.clone()).into(),
            org: None,
            user: None,
            what: format!("a person signs in for {}", self.site).into(),
            outcome: Some(Clean::new(why)),
        };
        match write(self.audit.clone(), line).await {
            Ok(()) => failure,
            Err(unwritten) => failure.advise(unwritten),
        }
    }

    /// Asks: for the names of what is lost, or for yes.
    async fn confirm(&self, subject: &Authorizable) -> Result<(), Failure> {
        let ladder = Ladder {
            lost: &told::words_to_type(&subject.check),
            named: &self.args.lose,
            yes: self.args.yes,
            act: "an authorization fills a slot",
            does: "send somebody to the browser",
            safer: &told::safer(&subject.check),
        };
        match ladder.climb().await {
            Ok(()) => Ok(()),
            Err(Unconfirmed::Otherwise(failure)) => Err(failure),
            Err(Unconfirmed::WouldLose(failure)) => {
                let message = failure.message().to_owned();
                Err(self.write_refusal(failure, &message).await)
            }
        }
    }
}

/// What is watched from `now` on, with what was so before.
pub(super) fn begun(
    id: &str,
    subject: &Authorizable,
    fleet: &Fleet,
    span: TimeDelta,
    now: DateTime<Utc>,
) -> Authorization {
    let listed = fleet.org(&subject.org).into_iter().flat_map(|org| org.approvals.values());
    let approvals: BTreeSet<ApprovalId> = listed.flat_map(|rows| &rows.value).map(|row| row.id).collect();
    Authorization {
        id: id.to_owned(),
        site: subject.site.clone(),
        org: subject.org.clone(),
        org_id: subject.org_id.clone(),
        user: subject.user.clone(),
        user_name: subject.user_name.clone(),
        first: subject.first,
        object_type: subject.object_type.clone(),
        refresh: subject.refresh,
        approvals,
        began_at: now,
        gives_up_at: now.checked_add_signed(span).unwrap_or(now),
    }
}

/// Why nobody is sent to a browser, with its exit code.
pub(super) fn not_authorizable(why: &NotAuthorizable) -> Failure {
    let exit = match why {
        NotAuthorizable::Unknown(_) | NotAuthorizable::Pointless(_) => Exit::Failed,
        NotAuthorizable::NotInstalled { .. } => Exit::AppNotInstalled,
        NotAuthorizable::Blocked { .. } => Exit::AppBlocked,
    };
    let failure = Failure::new(exit, format!("{why}; nothing was begun"));
    match why {
            NotAuthorizable::NotInstalled { .. } => failure.advise(
                "an administrator installs it: Setup, Connected Apps OAuth Usage, WP Fusion (OAuth), Install; or sign in --as a user \
                 who holds an approval",
            ),
            NotAuthorizable::Blocked { .. } => failure
                .advise("an administrator unblocks it: Setup, Connected Apps OAuth Usage, WP Fusion (OAuth), Unblock"),
            NotAuthorizable::Unknown(_) | NotAuthorizable::Pointless(_) => failure,
    }
}
