//! One setting of one site that is changed: what is typed before, the change, and what is said of it.

use super::{Writing, advice, differences, exit, steps, tokens, why, word};
use crate::backend::{ChangedAnswer, Polling};
use crate::cli::Exit;
use crate::cli::context::{Context, end};
use crate::cli::known::Known;
use crate::cli::login::asker::Asker;
use crate::cli::report::{Failure, Report, talk};
use crate::cli::signals::Signals;
use crate::diagnosis::beside;
use crate::model::dry_run::SettingKind;
use crate::model::{Clean, SiteName};
use crate::operations::change::{Change, Changed, Setting, ended};
use serde_json::{Value, json};
use std::io::IsTerminal;

/// How it is said that it is meant.
pub(in crate::cli) enum Confirm {
    /// It was given on the command line.
    Given,
    /// It is to be typed.
    Typed,
}

impl Confirm {
    /// By `--confirm WORD`, or by typing it at a terminal.
    pub(in crate::cli) fn of(given: Option<&str>, word: &str) -> Result<Self, Failure> {
        match given {
            Some(given) if given == word => Ok(Self::Given),
            Some(given) => {
                let given = Clean::new(given);
                Err(Failure::new(Exit::Usage, format!("--confirm says {:?}, and not {word:?}", given.as_str())))
            }
            None if std::io::stdin().is_terminal() => Ok(Self::Typed),
            None => {
                let message = "this writes to the site and asks first, and nobody can be asked without a terminal";
                Err(Failure::new(Exit::Usage, message).advise(format!(
                    "give --confirm {word} where a script is to do it, or --dry-run to see what it would do"
                )))
            }
        }
    }

    /// Has the word typed, where it was not given. What it does stands before it.
    pub(in crate::cli) async fn ask(self, word: &str, does: &str) -> Result<(), Failure> {
        if matches!(self, Self::Given) {
            return Ok(());
        }
        talk(&format!("{does}, type {word}:"));
        if Asker::new()?.line().await? == word {
            return Ok(());
        }
        Err(Failure::new(Exit::Denied, "not confirmed, and nothing was written"))
    }
}

/// What holds for every change of a setting.
pub(in crate::cli) fn preview(known: &Known, site: &SiteName, setting: SettingKind) {
    let (fleet, settings, org) = (known.reading.fleet(), known.reading.settings(), known.reading.org_of(site));
    for line in beside(fleet, settings, (site, org.as_ref()), setting, known.now) {
        talk(&format!("  {line}"));
    }
    talk("  fusebox undo puts it back, for 30 days");
}

/// It is so already.
pub(in crate::cli) fn unchanged(site: &SiteName, text: &str) -> Report {
    let line = format!("unchanged  {site}  {text}\n");
    Report::done(
        json!({"operation": null, "outcome": "unchanged", "text": text, "tokens": null, "steps": [], "undo": null}),
        line,
    )
}

/// Changes it. The result is what was written alone.
pub(in crate::cli) async fn apply(
    context: &Context,
    known: &Known,
    writing: &Writing,
    site: &SiteName,
    change: Change,
    signals: &mut Signals,
) -> Result<Report, Failure> {
    let what = change.what(site);
    let (handle, store) = context.machinery(known.config.clone(), None, Polling::Off)?;
    let mut ordered = Box::pin(handle.change(writing.id.clone(), site.clone(), change, writing.audit.clone()));
    let mut asked_to_end = false;
    let answer = loop {
        tokio::select! {
            answer = &mut ordered => break Ok(answer),
            signal = signals.ended() => {
                // What takes it back comes with the answer.
                if std::mem::replace(&mut asked_to_end, true) {
                    break Err(signal);
                }
                talk(&format!("{site} is being written to, which is seen to its end; once more ends it here"));
            }
        }
    };
    drop(ordered);
    end(handle, store).await;
    match answer {
        Ok(answer) => Ok(report(&writing.id, site, &what, &answer?)),
        Err(signal) => {
            talk(&format!(
                "ended by a signal; the audit's operation {} tells whether {site} was written to",
                writing.id
            ));
            Ok(Report::silent(signal))
        }
    }
}

fn report(id: &str, site: &SiteName, what: &Clean, answer: &ChangedAnswer) -> Report {
    let setting = match &answer.result {
        Ok(Changed::Setting(setting)) => Some(setting.as_ref()),
        _ => None,
    };
    let (good, told) = ended(site, what, &answer.result, |id| format!("fusebox undo {id} puts it back"));
    let said = if good { told.clone() } else { why(answer).unwrap_or_else(|| what.to_string()) };
    let mut text = format!("{:<9}  {said}\n", word(answer));
    let anew = setting.and_then(|setting| setting.anew.as_ref());
    anew.into_iter().flat_map(differences).for_each(|line| text.extend([line.as_str(), "\n"]));
    let mut report = Report::done(written(id, answer, setting), text);
    report.exit = exit(answer);
    report.message = (!good).then_some(told);
    report.warnings.extend(setting.iter().flat_map(|setting| setting.notes.clone()));
    report.warnings.extend(advice(answer, Some(site)));
    report.warnings.extend(answer.unwritten.clone());
    report
}

fn written(id: &str, answer: &ChangedAnswer, setting: Option<&Setting>) -> Value {
    let anew = |setting: &Setting| setting.anew.as_ref().map(|anew| anew.told.steps.clone()).unwrap_or_default();
    let made = setting.map(|setting| [setting.told.steps.clone(), anew(setting)].concat()).unwrap_or_default();
    json!({
        "operation": id, "outcome": word(answer), "text": why(answer), "tokens": tokens(answer),
        "steps": steps(&made),
        "undo": setting.and_then(|setting| setting.undo.as_ref()),
    })
}
