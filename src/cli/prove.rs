//! `prove SITE..`: sites make one call each with the session they have. Of the class look: read-only admits it.

use super::Exit;
use super::context::{Context, end, known_sites};
use super::report::{Failure, Report};
use super::signals::Signals;
use crate::backend::Polling;
use crate::model::{FailureClass, ProveOutcome, SiteName};
use crate::operations::prove::ProveError;
use serde_json::{Value, json};
use std::fmt::Write;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which sites, as the configuration names them
    #[arg(required = true, value_name = "SITE")]
    sites: Vec<String>,
}

type Outcome = (SiteName, Result<ProveOutcome, ProveError>);

pub(super) async fn run(context: &Context, args: Args) -> Result<Report, Failure> {
    let config = context.config()?;
    let sites = known_sites(&config, &args.sites)?;
    let mut signals = Signals::catch()?;
    let (handle, store) = context.machinery(config, None, Polling::Off)?;
    let outcomes = tokio::select! {
        outcomes = handle.prove(sites) => Ok(outcomes),
        signal = signals.ended() => Err(signal),
    };
    end(handle, store).await;
    match outcomes {
        Ok(outcomes) => Ok(report(&outcomes?)),
        Err(signal) => Ok(Report::silent(signal)),
    }
}

fn report(outcomes: &[Outcome]) -> Report {
    let mut text = String::new();
    for (site, outcome) in outcomes {
        let (word, said) = words(outcome);
        let _ = writeln!(text, "{word:<8}  {site}  {said}");
    }
    let lines: Vec<Value> = outcomes
        .iter()
        .map(|(site, outcome)| {
            let (word, said) = words(outcome);
            json!({"name": site, "outcome": word, "text": said})
        })
        .collect();
    let mut report = Report::done(json!({"sites": lines}), text);
    report.exit = exit(outcomes);
    let good = outcomes.iter().filter(|(_, outcome)| *outcome == Ok(ProveOutcome::Good)).count();
    if good < outcomes.len() {
        report.message = Some(format!("{good} of {} proved", outcomes.len()));
    }
    report
}

/// One outcome where all are of a kind, partly done where they are not.
fn exit(outcomes: &[Outcome]) -> Exit {
    let mut exits = outcomes.iter().map(|(_, outcome)| exit_of(outcome));
    let first = exits.next().unwrap_or(Exit::Done);
    if exits.all(|exit| exit == first) { first } else { Exit::PartlyDone }
}

fn exit_of(outcome: &Result<ProveOutcome, ProveError>) -> Exit {
    match outcome {
        Ok(ProveOutcome::Good) => Exit::Done,
        // The call was made as it should be, and it tells nothing: the session had expired.
        Ok(ProveOutcome::Withheld) => Exit::NotVerified,
        Ok(ProveOutcome::Refused { .. } | ProveOutcome::Failed { .. }) => Exit::Failed,
        Err(ProveError::Busy(_)) => Exit::TryLater,
        Err(ProveError::NotConfigured(_)) => Exit::Usage,
        Err(ProveError::Failed(failure)) => match failure.class {
            FailureClass::NotPermitted | FailureClass::Unauthorized => Exit::NotPermitted,
            FailureClass::BadRequest => Exit::Failed,
            _ => Exit::Unavailable,
        },
    }
}

fn words(outcome: &Result<ProveOutcome, ProveError>) -> (&'static str, String) {
    match outcome {
        Ok(ProveOutcome::Good) => ("good", "Salesforce answered the site".to_owned()),
        Ok(ProveOutcome::Withheld) => {
            ("withheld", "the session had expired and no refresh was spent: neither proof nor failure".to_owned())
        }
        Ok(ProveOutcome::Refused { text }) => ("refused", text.to_string()),
        Ok(ProveOutcome::Failed { text }) => ("failed", text.to_string()),
        Err(error @ ProveError::Busy(_)) => ("busy", error.to_string()),
        Err(error) => ("error", error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_kind_of_outcome_has_its_own_code() {
        let outcome = |name: &str, outcome| (SiteName::new(name), outcome);
        let busy = || Err(ProveError::Busy(SiteName::new("a")));
        assert_eq!(exit(&[outcome("a", Ok(ProveOutcome::Good))]).number(), 0);
        assert_eq!(exit(&[outcome("a", Ok(ProveOutcome::Withheld))]).number(), 27);
        assert_eq!(exit(&[outcome("a", busy()), outcome("b", busy())]).number(), 75);
        assert_eq!(exit(&[outcome("a", Ok(ProveOutcome::Good)), outcome("b", busy())]).number(), 2);
    }
}
