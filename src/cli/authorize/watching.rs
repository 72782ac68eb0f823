//! Watches one authorization and tells how it goes, for a person or in one document.

use crate::backend::{AuthorizedAnswer, Handle, Watched};
use crate::cli::Exit;
use crate::cli::report::{Failure, Report, talk};
use crate::cli::signals::Signals;
use crate::model::{Authorization, Course, Ending, Standing};
use crate::operations::authorize::{AuthorizeError, pasted};
use crate::store::Audit;
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin};
use tokio::sync::mpsc;

/// The lines of standard input. One reader for a whole command: a second one would take lines that the first waits for.
pub(in crate::cli) type Input = Lines<BufReader<Stdin>>;

/// Standard input, to paste into.
pub(in crate::cli) fn input() -> Input {
    BufReader::new(tokio::io::stdin()).lines()
}

/// How it is watched.
pub(in crate::cli) struct Terms<'a> {
    pub(in crate::cli) audit: Audit,
    pub(in crate::cli) resumed: bool,
    pub(in crate::cli) every: Duration,
    /// Where pasted addresses are taken from, if from anywhere.
    pub(in crate::cli) input: Option<&'a mut Input>,
}

/// Watches to the end. A signal ends this process alone: what is watched is kept, and `fusebox operations` goes on.
pub(in crate::cli) async fn watch(
    handle: &Handle,
    signals: &mut Signals,
    authorization: Authorization,
    terms: Terms<'_>,
    guide: &[String],
) -> Result<Report, Failure> {
    let (told, mut standings) = mpsc::unbounded_channel();
    let (say, said) = mpsc::unbounded_channel();
    let Terms { audit, resumed, every, mut input } = terms;
    let watched = Watched { authorization: authorization.clone(), audit, resumed, every, told, said };
    let watching = handle.authorize(watched);
    tokio::pin!(watching);
    let mut teller = Teller { guide, last: None };
    let answer = loop {
        tokio::select! {
            biased;
            Some((_, standing)) = standings.recv() => teller.tell(&authorization, standing),
            answer = &mut watching => break answer?,
            line = next_line(&mut input) => match line {
                Some(line) => take(&line, &say),
                None => input = None,
            },
            signal = signals.ended() => {
                talk(&format!(
                    "ended by a signal; {} is still watched by whoever runs fusebox operations --watch, until {}",
                    authorization.site,
                    authorization.gives_up_at.format("%H:%MZ")
                ));
                return Ok(Report::silent(signal));
            }
        }
    };
    // Kept open until here: without anybody who could say something nothing is waited for.
    drop(say);
    let AuthorizedAnswer { result, unwritten } = answer;
    match result {
        Ok(ending) => Ok(report(&authorization, &ending, teller.last.as_ref(), unwritten)),
        Err(error) => {
            let exit = match error {
                AuthorizeError::Busy(_) => Exit::TryLater,
                AuthorizeError::NoSite(_) => Exit::Unavailable,
                AuthorizeError::NotKept(_) | AuthorizeError::Broken(_) => Exit::Failed,
            };
            let failure = Failure::new(exit, error.to_string());
            Err(match unwritten {
                Some(why) => failure.advise(why),
                None => failure,
            })
        }
    }
}

/// The next line; none at the end. Waits for ever where nothing is read. Loses nothing when it is dropped.
async fn next_line(input: &mut Option<&mut Input>) -> Option<String> {
    match input {
        Some(input) => input.next_line().await.ok().flatten(),
        None => std::future::pending().await,
    }
}

/// Takes a pasted address: what holds a code is a secret and is repeated nowhere.
fn take(line: &str, say: &mpsc::UnboundedSender<pasted::Said>) {
    match pasted::read(line) {
        // Who would hear it may be done by now.
        Some(said) => drop(say.send(said)),
        None if line.trim().is_empty() => {}
        None => talk("that is not an address that a browser ends at: it would hold code= or error="),
    }
}

/// Tells what changed.
struct Teller<'a> {
    guide: &'a [String],
    last: Option<Standing>,
}

impl Teller<'_> {
    fn tell(&mut self, authorization: &Authorization, standing: Standing) {
        let before = self.last.as_ref();
        if let Some(link) = standing.link.as_ref().filter(|_| before.is_none()) {
            talk("");
            talk("Open this link:");
            talk(&format!("  {link}"));
            if let Some(note) = &standing.link_note {
                talk(&format!("  {note}"));
            }
            for line in self.guide {
                talk(&format!("  {line}"));
            }
            let until = authorization.gives_up_at.format("%H:%MZ");
            talk(&format!(
                "Watching {} and org {} until {until}; nothing is undone then. No login to the site? Paste the address that the \
                 browser ended at.",
                authorization.site, authorization.org
            ));
        }
        if before.is_none_or(|before| before.course != standing.course) {
            match &standing.course {
                Course::Approved { approval } => {
                    talk(&format!("approval {} was made; the site does not hold it yet", approval.short()));
                }
                Course::Connected { .. } => talk("the site holds a new token; it is asked to prove it"),
                Course::Waiting | Course::WrongOrg { .. } | Course::WrongUser { .. } => {}
            }
        }
        if let Some(refused) = &standing.refused
            && before.is_none_or(|before| before.refused.as_ref() != Some(refused))
        {
            talk(&format!("nothing came of the address: {refused}"));
        }
        if let Some(trouble) = &standing.trouble
            && before.is_none_or(|before| before.trouble.as_ref() != Some(trouble))
        {
            talk(&format!("the last look failed: {trouble}"));
        }
        self.last = Some(standing);
    }
}

fn outcome(ending: &Ending) -> (&'static str, Exit) {
    match ending {
        Ending::Verified { .. } => ("verified", Exit::Done),
        Ending::NotVerified { .. } => ("not_verified", Exit::NotVerified),
        Ending::WrongOrg { .. } => ("wrong_org", Exit::WrongOrg),
        Ending::WrongUser { .. } => ("wrong_user", Exit::WrongUser),
        Ending::Abandoned { .. } => ("abandoned", Exit::Abandoned),
        Ending::GivenUp => ("given_up", Exit::Abandoned),
        Ending::Denied => ("denied", Exit::Denied),
        Ending::NotInstalled { .. } => ("not_installed", Exit::AppNotInstalled),
        Ending::Blocked { .. } => ("blocked", Exit::AppBlocked),
        Ending::Refused { .. } => ("refused", Exit::Failed),
        Ending::Stopped => ("stopped", Exit::PartlyDone),
    }
}

fn report(
    authorization: &Authorization,
    ending: &Ending,
    standing: Option<&Standing>,
    unwritten: Option<String>,
) -> Report {
    let (word, exit) = outcome(ending);
    let approval = match ending {
        Ending::Verified { approval } => *approval,
        Ending::Abandoned { approval } => Some(*approval),
        _ => None,
    };
    let Authorization { site, org, user_name, id, .. } = authorization;
    let result = json!({"site": site, "org": org, "user": user_name, "outcome": word, "approval_id": approval,
        "text": ending.to_string(), "operation": id, "looks": standing.map_or(0, |standing| standing.looks)});
    let mut report = Report::done(result, format!("{word:<12}  {site}  {ending}\n"));
    report.exit = exit;
    report.warnings.extend(unwritten);
    if exit != Exit::Done {
        let advice = ending.advice().map(|advice| format!("; {}", advice.replace("SITE", site.as_str())));
        report.message = Some(format!("{site}: {ending}{}", advice.unwrap_or_default()));
    }
    report
}
