//! `segment-type SITE TYPE`: where a site keeps its segments, once what follows was shown and the type was typed. The look before is of
//! the class look, the change of the class write.

use super::Exit;
use super::context::{Context, known_sites};
use super::known::Known;
use super::object_type::look::look as ask;
use super::report::{Failure, Report, talk};
use super::signals::Signals;
use super::writing::Writing;
use super::writing::setting::{self, Confirm};
use crate::model::dry_run::SettingKind;
use crate::model::fields::is_object;
use crate::model::object_type::{SegmentKind, SegmentTypeCheck};
use crate::model::{Clean, SiteName};
use crate::operations::change::Change;
use crate::operations::fields::{SegmentTypeLook, seen_by};
use serde_json::{Value, json};
use std::fmt::Write;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which site, as the configuration names it
    site: String,
    /// Topics, Picklist, Personal or Public
    #[arg(value_name = "TYPE", ignore_case = true, value_parser = ["Topics", "Picklist", "Personal", "Public"])]
    kind: String,
    /// The field whose values they are, with Picklist; without it the one that the site has
    #[arg(long, value_name = "FIELD")]
    picklist: Option<String>,
    /// Say what would follow; nothing is written
    #[arg(long, conflicts_with = "confirm")]
    dry_run: bool,
    /// The TYPE once more, in the place of typing it: for scripts
    #[arg(long, value_name = "TYPE")]
    confirm: Option<String>,
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<Report, Failure> {
    let known = Known::read(context, None).await?;
    let site = known_sites(&known.config, std::slice::from_ref(&args.site))?.remove(0);
    let kind: SegmentKind =
        args.kind.parse().map_err(|_| Failure::usage(format!("{:?} is no kind of segments", args.kind)))?;
    match (&args.picklist, kind) {
        (Some(_), SegmentKind::Topics | SegmentKind::Personal | SegmentKind::Public) => {
            return Err(Failure::usage(format!("--picklist goes with Picklist, and not with {kind}")));
        }
        (Some(field), SegmentKind::Picklist) if !is_object(field) => {
            let text = format!("{:?} is no API name of a field", Clean::new(field).as_str());
            return Err(Failure::new(Exit::Usage, text).advise("such names are Interests__c"));
        }
        _ => {}
    }
    if context.global.no_poll {
        let text = "the site is asked what its object is made of, which --no-poll forbids";
        return Err(Failure::new(Exit::Usage, text));
    }
    let mut signals = Signals::catch()?;
    if args.dry_run {
        return Ok(match look(context, &site, kind, args, &mut signals).await? {
            Ok(looked) => dry_run(&site, &looked),
            Err(signal) => Report::silent(signal),
        });
    }
    let writing = Writing::new(context)?;
    let change = Change::segment_type(kind, args.picklist.as_ref().map(Clean::new).as_ref());
    writing.may(context, &known, &change, std::slice::from_ref(&site)).await?;
    let confirm = Confirm::of(args.confirm.as_deref(), <&str>::from(kind))?;
    let looked = match look(context, &site, kind, args, &mut signals).await? {
        Ok(looked) => looked,
        Err(signal) => return Ok(Report::silent(signal)),
    };
    if let Some(why) = &looked.check.refused {
        let failure = Failure::new(Exit::Failed, format!("{why}; nothing was written"));
        return Err(writing.refused(context, &change, &site, failure).await);
    }
    let mut report = if looked.is_so() {
        setting::unchanged(&site, &format!("{site} keeps its segments in {kind} already"))
    } else {
        talk(&format!("segment-type {site}: of the class write, {}", looked.title()));
        looked.check.changes.iter().for_each(|line| talk(&format!("  {line}")));
        setting::preview(&known, &site, SettingKind::SegmentType);
        confirm.ask(<&str>::from(kind), &format!("To let {site} keep its segments in {kind}")).await?;
        let change = Change::segment_type(kind, looked.field.as_ref());
        setting::apply(context, &known, &writing, &site, change, &mut signals).await?
    };
    report.result = result(&site, &looked, Some(&report.result));
    report.warnings.extend(seen_by(&site, &looked.read));
    Ok(report)
}

/// Asks the site, and fusebox's own user where it can not tell. The inner error: a signal ended it.
async fn look(
    context: &Context,
    site: &SiteName,
    kind: SegmentKind,
    args: &Args,
    signals: &mut Signals,
) -> Result<Result<SegmentTypeLook, Exit>, Failure> {
    let named = args.picklist.as_ref().map(Clean::new);
    let asked = ask(context, site, signals, async |fields| fields.segment_type(kind, named.as_ref()).await).await?;
    let told = match asked {
        Ok(told) => told,
        Err(signal) => return Ok(Err(signal)),
    };
    told.map(Ok).map_err(|why| {
        Failure::new(Exit::Unavailable, format!("{site} does not tell its settings: {why}; nothing was written"))
    })
}

fn dry_run(site: &SiteName, looked: &SegmentTypeLook) -> Report {
    let mut text = format!("{}\n", looked.title());
    for line in &looked.check.changes {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {line}");
    }
    let mut report = Report::done(result(site, looked, None), text);
    if let Some(why) = &looked.check.refused {
        report.exit = Exit::Failed;
        report.message = Some(format!("{why}; nothing was written"));
    }
    report.warnings.extend(seen_by(site, &looked.read));
    report
}

fn result(site: &SiteName, looked: &SegmentTypeLook, written: Option<&Value>) -> Value {
    let SegmentTypeCheck { from, to, refused, changes } = &looked.check;
    json!({
        "name": site, "dry_run": written.is_none(), "from": from, "to": to, "field": looked.field, "refused": refused,
        "changes": changes, "written": written,
    })
}
