//! `plan apply FILE`: a plan is carried out step by step. Before each step the org and the sites are looked at and the plan is asked
//! whether the step still holds; a step is the very operation that `revoke` and `reauthorize` are. Done again it goes on where it was.

use super::file;
use crate::backend::{Handle, Polling, RevokedAnswer};
use crate::cli::authorize::{begun, not_authorizable, told, watching};
use crate::cli::context::{Context, end};
use crate::cli::joined::look_around;
use crate::cli::ladder::{Ladder, Unconfirmed};
use crate::cli::report::{Failure, Report, talk};
use crate::cli::signals::Signals;
use crate::cli::style::Style;
use crate::cli::{Exit, operator, revoke};
use crate::config::Config;
use crate::diagnosis::{authorizable, plan_standing, revocable};
use crate::model::plan::words::count;
use crate::model::{
    ActionClass, Authorization, Clean, Fleet, OrgName, Plan, PlanStep, SiteName, SlotLoss, StepState, Target, UserId,
};
use crate::operations::authorize::{EVERY, WATCHED, write};
use crate::operations::revoke::Revocation;
use crate::store::{Audit, AuditLine, Phase};
use chrono::TimeDelta;
use serde_json::{Value, json};
use std::fmt::Write;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// What plan --out wrote, whether or not it was edited
    file: PathBuf,
    /// Ask nothing: for scripts
    #[arg(long)]
    yes: bool,
    /// How long to wait for the person at each sign-in
    #[arg(long = "for", value_name = "SPAN", value_parser = humantime::parse_duration)]
    span: Option<Duration>,
    /// Between two looks
    #[arg(long, value_name = "SPAN", value_parser = humantime::parse_duration, hide = true)]
    every: Option<Duration>,
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<Report, Failure> {
    let config = context.config()?;
    let plan = file::read(&args.file, context.clock.now())?;
    let audit = operator::audit(&context.paths()?.state)?;
    let applying = Applying { context, args, config: &config, plan: &plan, audit };
    applying.may().await?;
    let (handle, store) = context.machinery(config.clone(), None, Polling::Off)?;
    let done = applying.run(&handle).await;
    end(handle, store).await;
    done
}

/// One run of the command.
struct Applying<'a> {
    context: &'a Context,
    args: &'a Args,
    config: &'a Config,
    plan: &'a Plan,
    audit: Audit,
}

/// What became of a step.
enum Outcome {
    /// It was done before.
    Already(String),
    Done {
        operation: String,
        text: String,
    },
    /// It is not done, and neither is what follows.
    Stopped {
        exit: Exit,
        operation: Option<String>,
        text: String,
    },
    /// An earlier one stopped.
    Left,
}

impl Applying<'_> {
    async fn run(&self, handle: &Handle) -> Result<Report, Failure> {
        let mut signals = Signals::catch()?;
        let states = tokio::select! {
            states = self.standing(handle) => states?,
            signal = signals.ended() => return Ok(Report::silent(signal)),
        };
        let open = states.iter().filter(|state| !matches!(state, StepState::Done { .. })).count();
        talk(&format!("plan apply {}: of the classes write and spend", self.args.file.display()));
        talk(super::text(self.plan, Some(&states), Style::for_stdout(&self.context.global)).trim_end());
        if open > 0 {
            self.confirm(open).await?;
        }
        // One reader for all steps, or one would take the lines that are meant for the next.
        let mut input = std::io::stdin().is_terminal().then(watching::input);
        let mut outcomes: Vec<Outcome> = Vec::new();
        for index in 0..self.plan.steps.len() {
            if outcomes.last().is_some_and(|last| matches!(last, Outcome::Stopped { .. } | Outcome::Left)) {
                outcomes.push(Outcome::Left);
                continue;
            }
            let outcome = self.step(handle, index, input.as_mut(), &mut signals).await?;
            if let Outcome::Stopped { exit: Exit::Signal(number), .. } = outcome {
                return Ok(Report::silent(Exit::Signal(number)));
            }
            outcomes.push(outcome);
        }
        Ok(self.report(&outcomes))
    }

    /// Looks at all that the plan is about, and asks what of it holds.
    async fn standing(&self, handle: &Handle) -> Result<Vec<StepState>, Failure> {
        let known = handle.look(Vec::new()).await?.fleet;
        let accounts: Vec<(&OrgName, &UserId)> = self.plan.steps.iter().map(|step| (step.org(), who(step).0)).collect();
        let sites: Vec<&SiteName> = self.plan.steps.iter().filter_map(|step| who(step).1).collect();
        let fleet = look_around(handle, &known, &accounts, &sites).await?;
        Ok(plan_standing(&fleet, &self.config.settings(), self.plan, self.context.clock.now()))
    }

    /// Refuses, and writes that down, where nothing but looking is allowed.
    async fn may(&self) -> Result<(), Failure> {
        let permits = self.context.permits(self.config);
        for step in &self.plan.steps {
            let (_, site) = who(step);
            let Some(by) = permits.refusal(site, Some(step.org())) else { continue };
            let what = site.map_or_else(|| format!("org {}", step.org()), ToString::to_string);
            let message = format!("{what} is left alone: {by}; nothing of the plan was done");
            let failure = Failure::new(Exit::NotPermitted, message).advise(by.advice());
            return Err(match self.refused(step, failure.message()).await {
                Some(unwritten) => failure.advise(unwritten),
                None => failure,
            });
        }
        Ok(())
    }

    async fn confirm(&self, open: usize) -> Result<(), Failure> {
        let steps = count(open, "step");
        let ladder = Ladder {
            lost: &[],
            named: &[],
            yes: self.args.yes,
            act: "a plan revokes approvals and fills slots",
            does: &format!("carry out {steps}, one after the other"),
            safer: &[],
        };
        ladder.climb().await.map_err(|unconfirmed| match unconfirmed {
            Unconfirmed::Otherwise(failure) | Unconfirmed::WouldLose(failure) => failure,
        })
    }

    /// Looks anew, asks whether the step still holds, and does it.
    async fn step(
        &self,
        handle: &Handle,
        index: usize,
        input: Option<&mut watching::Input>,
        signals: &mut Signals,
    ) -> Result<Outcome, Failure> {
        let step = &self.plan.steps[index];
        let (user, site) = who(step);
        let known = handle.look(Vec::new()).await?.fleet;
        let account = [(step.org(), user)];
        let looked = tokio::select! {
            looked = look_around(handle, &known, &account, site.as_slice()) => looked,
            signal = signals.ended() => return Ok(Outcome::Stopped { exit: signal, operation: None, text: String::new() }),
        };
        let fleet = match looked {
            Ok(fleet) => fleet,
            Err(failure) => return Ok(stopped(&failure, None)),
        };
        let now = self.context.clock.now();
        match plan_standing(&fleet, &self.config.settings(), self.plan, now).into_iter().nth(index) {
            Some(StepState::Ready) => {}
            Some(StepState::Done { seen }) => {
                talk(&format!("step {}: done: {seen}", index + 1));
                return Ok(Outcome::Already(seen));
            }
            Some(StepState::Moved { why }) => return Ok(self.moved(step, why).await),
            None => return Ok(self.moved(step, "it is not in the plan any more".to_owned()).await),
        }
        let id = format!("{:08x}", fastrand::u32(..));
        let operation = Some(id.clone());
        talk(&format!("step {} of {}, operation {id}", index + 1, self.plan.steps.len()));
        match step {
            PlanStep::Revoke { .. } => self.revoke(handle, step, &fleet, id, signals).await,
            PlanStep::Authorize { site, .. } => {
                let authorization = match self.authorization(step, site, &fleet, &id) {
                    Ok(authorization) => authorization,
                    Err(failure) => return Ok(self.moved(step, failure.message().to_owned()).await),
                };
                let (authorization, guide) = authorization;
                let every = self.args.every.unwrap_or(EVERY);
                let terms = watching::Terms { audit: self.audit.clone(), resumed: false, every, input };
                Ok(match watching::watch(handle, signals, authorization, terms, &guide).await {
                    Ok(report) if report.exit == Exit::Done => Outcome::Done { operation: id, text: said(&report) },
                    Ok(report) => Outcome::Stopped { exit: report.exit, operation, text: said(&report) },
                    Err(failure) => stopped(&failure, operation),
                })
            }
        }
    }

    async fn revoke(
        &self,
        handle: &Handle,
        step: &PlanStep,
        fleet: &Fleet,
        id: String,
        signals: &mut Signals,
    ) -> Result<Outcome, Failure> {
        let PlanStep::Revoke { org, approval, .. } = step else { return Ok(Outcome::Left) };
        let judged = revocable(fleet, &self.config.settings(), org, *approval, self.context.clock.now());
        let subject = match judged {
            Ok(subject) if subject.loss == SlotLoss::Nothing => subject,
            Ok(_) => return Ok(self.moved(step, format!("approval {} may be in use", approval.short())).await),
            Err(why) => return Ok(self.moved(step, why.to_string()).await),
        };
        revoke::preview(&subject);
        let operation = Some(id.clone());
        let answer = tokio::select! {
            answer = handle.revoke(id.clone(), subject, self.audit.clone()) => answer?,
            signal = signals.ended() => {
                talk(&format!("ended by a signal; the audit's operation {id} tells whether it had begun"));
                return Ok(Outcome::Stopped { exit: signal, operation, text: String::new() });
            }
        };
        let RevokedAnswer { result, unwritten } = answer;
        if let Some(why) = unwritten {
            talk(&why);
        }
        Ok(match result {
            Ok(Revocation::Gone) => {
                let text = format!("approval {} is gone", approval.short());
                talk(&text);
                Outcome::Done { operation: id, text }
            }
            Ok(Revocation::Unclear { text }) => {
                Outcome::Stopped { exit: Exit::NotVerified, operation, text: text.to_string() }
            }
            Err(error) => stopped(&revoke::failure(&error), operation),
        })
    }

    /// What is watched, and what the person is told; the reason where it would cost more than the plan says.
    fn authorization(
        &self,
        step: &PlanStep,
        site: &SiteName,
        fleet: &Fleet,
        id: &str,
    ) -> Result<(Authorization, Vec<String>), Failure> {
        let (user, _) = who(step);
        let now = self.context.clock.now();
        let as_whom = (Some(step.org()), Some(user.as_str()));
        let subject = authorizable(fleet, &self.config.settings(), site, as_whom, now);
        let subject = subject.map_err(|why| not_authorizable(&why))?;
        if !subject.check.loses_nothing() {
            let lost: Vec<&str> = subject.check.lost().into_iter().map(SiteName::as_str).collect();
            let lost =
                if lost.is_empty() { "a site that fusebox does not know".to_owned() } else { lost.join(" and ") };
            return Err(Failure::new(Exit::WouldEvict, format!("it would cut off {lost} now")));
        }
        told::preview(&subject);
        let span = self.args.span.and_then(|span| TimeDelta::from_std(span).ok()).unwrap_or(WATCHED);
        Ok((begun(id, &subject, fleet, span, now), told::guide(&subject)))
    }

    async fn moved(&self, step: &PlanStep, why: String) -> Outcome {
        let text = match self.refused(step, &why).await {
            Some(unwritten) => format!("does not hold any more: {why}; {unwritten}"),
            None => format!("does not hold any more: {why}"),
        };
        Outcome::Stopped { exit: Exit::Failed, operation: None, text }
    }

    /// Writes that a step is not done. Answers why that could not be written, if so.
    async fn refused(&self, step: &PlanStep, why: &str) -> Option<String> {
        let (user, site) = who(step);
        let (operation, class, what) = match step {
            PlanStep::Revoke { approval, user_name, .. } => {
                ("revoke", ActionClass::Write, format!("approval {approval} of {user_name}, as a plan says"))
            }
            PlanStep::Authorize { site, user_name, .. } => (
                "reauthorize",
                ActionClass::Spend,
                format!("a person signs in for {site} as {user_name}, as a plan says"),
            ),
        };
        let target = site.map_or_else(|| Target::Org(step.org().clone()), |site| Target::Site(site.clone()));
        let line = AuditLine {
            at: self.context.clock.now(),
            id: format!("{:08x}", fastrand::u32(..)),
            operation,
            class,
            phase: Phase::Refused,
            target: target.into(),
            org: Some(step.org().clone()),
            user: Some(user.clone()),
            what: what.into(),
            outcome: Some(Clean::new(why)),
        };
        write(self.audit.clone(), line).await.err()
    }

    fn report(&self, outcomes: &[Outcome]) -> Report {
        let mut text = String::new();
        let mut steps: Vec<Value> = Vec::new();
        for (number, (step, outcome)) in self.plan.steps.iter().zip(outcomes).enumerate() {
            let (word, operation, said) = match outcome {
                Outcome::Already(seen) => ("already", None, seen.as_str()),
                Outcome::Done { operation, text } => ("done", Some(operation.as_str()), text.as_str()),
                Outcome::Stopped { operation, text, .. } => ("stopped", operation.as_deref(), text.as_str()),
                Outcome::Left => ("left", None, "an earlier step stopped"),
            };
            let what = step.what();
            // Writing to a string does not fail.
            let _ = writeln!(text, "{:>3}  {word:<8}  {what}  {said}", number + 1);
            let mut told = json!(step);
            if let Some(told) = told.as_object_mut() {
                told.insert("outcome".to_owned(), json!(word));
                told.insert("operation".to_owned(), json!(operation));
                told.insert("text".to_owned(), json!(said));
            }
            steps.push(told);
        }
        let stopped = outcomes.iter().enumerate().find_map(|(number, outcome)| match outcome {
            Outcome::Stopped { exit, text, .. } => Some((number + 1, *exit, text)),
            _ => None,
        });
        let file = self.args.file.display().to_string();
        let result = json!({"file": file, "made_at": self.plan.made_at, "complete": stopped.is_none(), "steps": steps});
        let mut report = Report::done(result, text);
        if let Some((number, exit, why)) = stopped {
            let any = outcomes.iter().any(|outcome| matches!(outcome, Outcome::Already(_) | Outcome::Done { .. }));
            report.exit = if any { Exit::PartlyDone } else { exit };
            report.message = Some(format!(
                "step {number} stopped the plan: {why}; the same command goes on from there, and fusebox plan makes another plan"
            ));
        }
        report
    }
}

/// As whom a step is done, and for which site.
fn who(step: &PlanStep) -> (&UserId, Option<&SiteName>) {
    match step {
        PlanStep::Revoke { user, .. } => (user, None),
        PlanStep::Authorize { user, site, .. } => (user, Some(site)),
    }
}

fn stopped(failure: &Failure, operation: Option<String>) -> Outcome {
    Outcome::Stopped { exit: failure.exit(), operation, text: failure.message().to_owned() }
}

/// What a step's own report says.
fn said(report: &Report) -> String {
    let told = report.result["text"].as_str().map(str::to_owned);
    report.message.clone().or(told).unwrap_or_default()
}
