//! `object-type SITE TYPE`: what another Salesforce object would do to a site's mapping, and, once that was shown and the type was
//! typed, the change itself. The dry run is of the class look, the change of the class write.

pub(super) mod look;
mod table;

use super::Exit;
use super::context::{Context, known_sites};
use super::known::Known;
use super::report::{Failure, Report, talk};
use super::signals::Signals;
use super::style::Style;
use super::writing::Writing;
use super::writing::setting::{self, Confirm};
use crate::diagnosis::{NotSettable, settable};
use crate::model::dry_run::SettingKind;
use crate::model::fields::is_object;
use crate::model::object_type::ObjectTypeCheck;
use crate::model::{Clean, FieldsRead, SiteName};
use crate::operations::change::Change;
use crate::operations::fields::ObjectTypeLook;
use look::look;
use serde_json::{Value, json};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which site, as the configuration names it
    site: String,
    /// The object that it would sync to, by its API name
    #[arg(value_name = "TYPE")]
    object: String,
    /// Say what would break and change; nothing is written
    #[arg(long, conflicts_with = "confirm")]
    dry_run: bool,
    /// The TYPE once more, in the place of typing it: for scripts
    #[arg(long, value_name = "TYPE")]
    confirm: Option<String>,
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<Report, Failure> {
    let known = Known::read(context, None).await?;
    let site = known_sites(&known.config, std::slice::from_ref(&args.site))?.remove(0);
    if !is_object(&args.object) {
        let text = format!("{:?} is no API name of an object", Clean::new(&args.object).as_str());
        return Err(Failure::new(Exit::Usage, text).advise("such names are Contact, Lead, Donation__c"));
    }
    if context.global.no_poll {
        let text = "the site and its org are asked what the objects are made of, which --no-poll forbids";
        return Err(Failure::new(Exit::Usage, text));
    }
    let mut signals = Signals::catch()?;
    if args.dry_run {
        let looked =
            match look(context, &site, &mut signals, async |fields| fields.object_type(&args.object).await).await? {
                Ok(looked) => looked,
                Err(signal) => return Ok(Report::silent(signal)),
            };
        return Ok(dry_run(context, &site, &looked));
    }
    let writing = Writing::new(context)?;
    let mut change = Change::ObjectType(Clean::new(&args.object));
    writing.may(context, &known, &change, std::slice::from_ref(&site)).await?;
    let confirm = Confirm::of(args.confirm.as_deref(), &args.object)?;
    let looked = match look(context, &site, &mut signals, async |fields| fields.object_type(&args.object).await).await?
    {
        Ok(looked) => looked,
        Err(signal) => return Ok(Report::silent(signal)),
    };
    let mut report = match settable(&site, &args.object, looked.choices.as_ref()) {
        Err(already @ NotSettable::Already { .. }) => setting::unchanged(&site, &already.to_string()),
        Err(why) => return Err(writing.refused(context, &change, &site, refused(&why)).await),
        Ok(object) => {
            change = Change::ObjectType(object.clone());
            preview(context, &known, &site, &object, &looked);
            confirm.ask(object.as_str(), &format!("To let {site} sync to {object}")).await?;
            setting::apply(context, &known, &writing, &site, change, &mut signals).await?
        }
    };
    report.result = result(&site, &looked, Some(&report.result));
    report.warnings.extend(looked.notes(&site));
    Ok(report)
}

fn refused(why: &NotSettable) -> Failure {
    let exit = if matches!(why, NotSettable::Untold { .. }) { Exit::Unavailable } else { Exit::Failed };
    let failure = Failure::new(exit, format!("{why}; nothing was written"));
    why.advice().into_iter().fold(failure, Failure::advise)
}

/// What it does, in full, before the question.
fn preview(context: &Context, known: &Known, site: &SiteName, object: &Clean, looked: &ObjectTypeLook) {
    let check = &looked.check;
    let from = check.from.as_ref().map_or("?", Clean::as_str);
    talk(&format!(
        "object-type {site}: of the class write, {from} -> {object}: {} break, {} change, {} same",
        check.breaks.len(),
        check.changes.len(),
        check.same.len()
    ));
    talk(table::text(check, Style::for_stdout(&context.global)).trim_end());
    setting::preview(known, site, SettingKind::ObjectType);
}

fn dry_run(context: &Context, site: &SiteName, looked: &ObjectTypeLook) -> Report {
    let check = &looked.check;
    let mut report = Report::done(result(site, looked, None), table::text(check, Style::for_stdout(&context.global)));
    report.warnings = looked.notes(site);
    if let Some(earlier) = looked.earlier(site) {
        report.exit = Exit::PartlyDone;
        report.message = Some(earlier);
    }
    if !check.breaks.is_empty() {
        report.exit = Exit::Failed;
        let breaks = check.breaks.len();
        let earlier = report.message.take().map(|earlier| format!("; {earlier}")).unwrap_or_default();
        let (verb, things) = if breaks == 1 { ("breaks", "1 thing") } else { ("break", &*format!("{breaks} things")) };
        report.message = Some(format!("{things} {verb} with {}; nothing was written{earlier}", check.to));
    }
    report
}

fn result(site: &SiteName, looked: &ObjectTypeLook, written: Option<&Value>) -> Value {
    let ObjectTypeLook { there, check, .. } = looked;
    let FieldsRead { fields, .. } = there;
    let ObjectTypeCheck { from, to, breaks, changes, same, unknown } = check;
    let (by, org) = fields.by.told();
    json!({
        "name": site, "dry_run": written.is_none(), "seen_by": by, "org": org, "seen_at": fields.described_at,
        "mapping_seen_at": fields.mapping_seen_at, "from": from, "to": to, "breaks": breaks, "changes": changes, "same": same,
        "unknown": unknown, "stranded_users": check.stranded_users(), "written": written,
    })
}
