//! `plan`: how broken sites get new approvals without one that works being lost. Judged by what is known; nothing is looked at
//! and nothing is done. `plan check` asks a plan's file whether it still holds, `plan apply` does what stands in it.

mod apply;
mod file;

use super::Exit;
use super::context::{Context, known_sites};
use super::known::Known;
use super::report::{Failure, Report};
use super::style::Style;
use super::table;
use crate::model::plan::words::count;
use crate::model::{Plan, PlanStep, SiteName, StepState};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Args {
    #[command(subcommand)]
    what: Option<What>,
    /// These sites, in this order of preference; without one all that lost their connection
    #[arg(value_name = "SITE")]
    sites: Vec<String>,
    /// Write the plan into a new file, to be reviewed
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Say of each step of a plan's file whether it can be done, was done, or does not hold any more
    ///
    /// By what is known now; nothing is done. Exits with 1 where a step does not hold, with 78 where the file is no plan.
    Check {
        /// What plan --out wrote, whether or not it was edited
        file: PathBuf,
    },
    /// Do what a plan's file says, one step after the other
    ///
    /// Writes and spends: shows the whole first and asks. Before each step the org and the sites of its user are looked at, and
    /// the step is done only if it still holds; a person signs in with a browser for each site, as with `reauthorize`. Stops at
    /// the first step that does not hold any more or that failed; the same command goes on from there.
    ///
    /// Exits with 2 where some steps were done, else with what the first one ended with.
    Apply(apply::Args),
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<Report, Failure> {
    match &args.what {
        Some(What::Check { file }) => check(context, file).await,
        Some(What::Apply(args)) => apply::run(context, args).await,
        None => make(context, args).await,
    }
}

async fn make(context: &Context, args: &Args) -> Result<Report, Failure> {
    let known = Known::read(context, None).await?;
    let mut sites = Vec::new();
    for site in known_sites(&known.config, &args.sites)? {
        if !sites.contains(&site) {
            sites.push(site);
        }
    }
    let plan = known.reading.plan(&sites, known.now);
    if let Some(path) = &args.out {
        file::write(path, &plan)?;
    }
    let style = Style::for_stdout(&context.global);
    let without: Vec<&SiteName> = plan.without_slot().collect();
    let result = json!({
        "made_at": plan.made_at, "complete": without.is_empty(), "file": args.out.as_ref().map(|path| path.display().to_string()),
        "orgs": plan.orgs, "steps": plan.steps, "left_out": plan.left_out,
    });
    let mut report = Report::done(result, text(&plan, None, style));
    let named_out = plan.left_out.iter().filter(|out| sites.contains(&out.site)).count();
    if !without.is_empty() || named_out > 0 {
        report.exit = Exit::PartlyDone;
        let mut said: Vec<String> = plan.shortfall().into_iter().collect();
        if named_out > 0 {
            said.push(format!("{} left out", count(named_out, "named site")));
        }
        report.message = Some(said.join("; "));
    }
    report.warnings = known.warnings();
    report.warnings.extend(stale(&known, &plan));
    if plan.steps.is_empty() && without.is_empty() && plan.left_out.is_empty() {
        report.warnings.push("no site is known to have lost its connection".to_owned());
    }
    Ok(report)
}

async fn check(context: &Context, path: &std::path::Path) -> Result<Report, Failure> {
    let known = Known::read(context, None).await?;
    let plan = file::read(path, known.now)?;
    let states = known.reading.plan_standing(&plan, known.now);
    let step = |(step, state): (&PlanStep, &StepState)| {
        let mut told = json!(step);
        if let Some(told) = told.as_object_mut() {
            told.insert("standing".to_owned(), json!(state));
        }
        told
    };
    let steps: Vec<Value> = plan.steps.iter().zip(&states).map(step).collect();
    let result = json!({ "file": path.display().to_string(), "made_at": plan.made_at, "steps": steps });
    let mut report = Report::done(result, text(&plan, Some(&states), Style::for_stdout(&context.global)));
    let moved = states.iter().filter(|state| matches!(state, StepState::Moved { .. })).count();
    if moved > 0 {
        report.exit = Exit::Failed;
        let of = count(states.len(), "step");
        report.message = Some(format!("{moved} of {of} hold no more; fusebox plan makes another plan"));
    }
    report.warnings = known.warnings();
    report.warnings.extend(stale(&known, &plan));
    Ok(report)
}

/// Lists of approvals that are too old to lean on.
fn stale(known: &Known, plan: &Plan) -> Vec<String> {
    let stale = known.reading.plan_stale(plan, known.now);
    stale.into_iter().map(|words| format!("{words}: fusebox poll")).collect()
}

fn text(plan: &Plan, states: Option<&[StepState]>, style: Style) -> String {
    let mut text = String::new();
    let mut number = 0;
    for org in &plan.orgs {
        let steps = plan.steps.iter().enumerate().filter(|(_, step)| *step.org() == org.name);
        let rows: Vec<Vec<String>> = steps
            .map(|(index, step)| {
                number += 1;
                row(number, step, states.and_then(|states| states.get(index)))
            })
            .collect();
        let _ = writeln!(text, "{}", org.head());
        text.push_str(&table::lay_out(&rows, style.room(), |_, _, cell| cell));
        if states.is_some() {
            continue;
        }
        if let Some(short) = org.shortfall() {
            let _ = writeln!(text, "  {short}");
        }
        for note in &org.notes {
            let _ = writeln!(text, "  {note}");
        }
    }
    if states.is_none() && !plan.left_out.is_empty() {
        text.push_str("left out\n");
        let rows = plan.left_out.iter().map(|out| vec![format!("  {}", out.site), out.reason.to_string()]);
        text.push_str(&table::lay_out(&rows.collect::<Vec<_>>(), style.room(), |_, _, cell| cell));
    }
    text
}

fn row(number: usize, step: &PlanStep, state: Option<&StepState>) -> Vec<String> {
    let told = state.map_or_else(|| step.why().to_string(), StepState::told);
    vec![format!("{number:>3}"), step.what(), told]
}
