//! `org-setup ORG`: what an administrator is to do in Setup, with the exact page and words to hand over. By what is known; nothing is
//! looked at and nothing is done. Whether it was done `doctor` tells.

use super::context::Context;
use super::known::Known;
use super::report::{Failure, Report};
use crate::diagnosis::{Need, OrgTask, org_setup};
use serde_json::{Value, json};
use std::fmt::Write;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which org, as the configuration names it
    #[arg(value_name = "ORG")]
    org: String,
    /// What is as it should be, too
    #[arg(long)]
    all: bool,
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<Report, Failure> {
    let known = Known::read(context, Some(&args.org)).await?;
    let (fleet, settings) = (known.reading.fleet(), known.reading.settings());
    let Some(org) = known.orgs.first() else { return Err(Failure::usage("no org was named")) };
    let tasks = org_setup(fleet, settings, org, known.now).unwrap_or_default();
    let base = settings.orgs.get(org).map(|terms| terms.url.clone()).unwrap_or_default();
    let shown: Vec<&OrgTask> = tasks.iter().filter(|task| args.all || task.need != Need::Fine).collect();
    let lines: Vec<Value> = shown
        .iter()
        .map(|told| {
            let (task, need): (&str, &str) = (told.task.into(), told.need.into());
            json!({"task": task, "need": need, "seen": told.seen, "page": told.page.name(),
                "url": told.page.url(base.as_str()), "words": told.words})
        })
        .collect();
    let mut text = String::new();
    for told in &shown {
        let mark = match told.need {
            Need::ToDo => "to do",
            Need::Fine => "fine",
            Need::Unknown => "?",
        };
        // Writing to a string does not fail.
        let _ = writeln!(text, "{mark:<6} {}", told.seen);
        if let Some(url) = told.page.url(base.as_str()).filter(|_| !told.words.is_empty()) {
            let _ = writeln!(text, "       {}: {url}\n\n{}\n", told.page.name(), told.words);
        }
    }
    let mut report = Report::done(json!({ "org": org, "tasks": lines }), text);
    report.warnings = known.warnings();
    report.warnings.push(if shown.is_empty() {
        format!("nothing is known that an administrator of {org} would have to do; fusebox doctor {org} looks")
    } else {
        format!("afterwards fusebox doctor {org} looks whether it was done")
    });
    Ok(report)
}
