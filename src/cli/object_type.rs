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
use super::writing::setting::{self, Confirm};
use super::writing::{Writing, usage};
use crate::model::fields::is_object;
use crate::model::object_type::ObjectTypeCheck;
use crate::model::{Clean, SiteName};
use crate::operations::change::Change;
use crate::operations::fields::{By, Read};
use look::{Looked, look, seen_by};
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
        let looked = match look(context, &known, &site, &args.object, &mut signals).await? {
            Ok(looked) => looked,
            Err(signal) => return Ok(Report::silent(signal)),
        };
        return Ok(dry_run(context, &site, &looked));
    }
    let writing = Writing::new(context)?;
    let mut change = Change::ObjectType(Clean::new(&args.object));
    writing.may(context, &known, &change, std::slice::from_ref(&site)).await?;
    let confirm = Confirm::of(args.confirm.as_deref(), &args.object)?;
    let looked = match look(context, &known, &site, &args.object, &mut signals).await? {
        Ok(looked) => looked,
        Err(signal) => return Ok(Report::silent(signal)),
    };
    let object = match offered(&looked, &site, &args.object) {
        Ok(object) => object,
        Err(failure) => return Err(writing.refused(context, &change, &site, failure).await),
    };
    change = Change::ObjectType(object.clone());
    let mut report = if looked.choices.as_ref().is_ok_and(|told| told.object_type.effective == object) {
        setting::unchanged(&site, &format!("{site} syncs to {object} already"))
    } else {
        preview(context, &known, &site, &object, &looked);
        confirm.ask(object.as_str(), &format!("To let {site} sync to {object}")).await?;
        setting::apply(context, &known, &writing, &site, change, &mut signals).await?
    };
    report.result = result(&site, &looked, Some(&report.result));
    report.warnings.extend(warnings(&site, &looked));
    Ok(report)
}

/// The type as the plugin offers it; what speaks against it else.
fn offered(looked: &Looked, site: &SiteName, object: &str) -> Result<Clean, Failure> {
    let told = looked.choices.as_ref().map_err(|why| {
        Failure::new(Exit::Unavailable, format!("{site} does not tell what it offers: {why}; nothing was written"))
    })?;
    if told.object_type.overridden {
        let text = format!(
            "code on {site} sets the object type to {}: the setting would change nothing, and nothing was written",
            told.object_type.effective
        );
        return Err(Failure::new(Exit::Failed, text).advise("its filter wpf_crm_object_type has to go first"));
    }
    let types = told.object_types.iter().flatten();
    let found = types.map(|kind| &kind.name).find(|name| name.as_str().eq_ignore_ascii_case(object));
    found.cloned().ok_or_else(|| {
        let text = format!("WP Fusion does not offer {object} on {site}; nothing was written");
        Failure::new(Exit::Failed, text)
            .advise(format!("fusebox refresh-fields {site} reads again what its org offers"))
    })
}

/// What it does, in full, before the question.
fn preview(context: &Context, known: &Known, site: &SiteName, object: &Clean, looked: &Looked) {
    let check = &looked.check;
    let from = check.from.as_ref().map_or("?", Clean::as_str);
    talk(&format!(
        "object-type {site}: of the class write, {from} -> {object}: {} break, {} change, {} same",
        check.breaks.len(),
        check.changes.len(),
        check.same.len()
    ));
    talk(table::text(check, Style::for_stdout(&context.global)).trim_end());
    talk(&format!(
        "  {site} reads fields and record types again with it, all or nothing: about 2 to 3 API calls{}",
        usage(known, site)
    ));
    setting::preview(known, site);
}

fn dry_run(context: &Context, site: &SiteName, looked: &Looked) -> Report {
    let check = &looked.check;
    let mut report = Report::done(result(site, looked, None), table::text(check, Style::for_stdout(&context.global)));
    report.warnings = warnings(site, looked);
    if let Some(why) = &looked.there.unmapped {
        report.exit = Exit::PartlyDone;
        report.message = Some(format!("{site} does not tell its mapping now ({why}); an earlier one was judged"));
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

fn warnings(site: &SiteName, looked: &Looked) -> Vec<String> {
    let Looked { there, choices, silent, .. } = looked;
    let compared = silent.as_ref().map(|why| format!("nothing is compared with the present object: {why}"));
    let offered = choices.as_ref().err().map(|why| format!("{site} does not tell its settings: {why}"));
    [compared, offered, seen_by(site, there), there.unkept.clone()].into_iter().flatten().collect()
}

fn result(site: &SiteName, looked: &Looked, written: Option<&Value>) -> Value {
    let Looked { there, check, .. } = looked;
    let Read { fields, .. } = there;
    let ObjectTypeCheck { from, to, breaks, changes, same, unknown } = check;
    let (by, org) = match &fields.by {
        By::Site => ("site", None),
        By::Fusebox(org) => ("fusebox", Some(org)),
    };
    json!({
        "name": site, "dry_run": written.is_none(), "seen_by": by, "org": org, "seen_at": fields.described_at,
        "mapping_seen_at": fields.mapping_seen_at, "from": from, "to": to, "breaks": breaks, "changes": changes, "same": same,
        "unknown": unknown, "stranded_users": check.stranded_users(), "written": written,
    })
}
