//! `segment-type SITE TYPE`: where a site keeps its segments, once what follows was shown and the type was typed. The look before is of
//! the class look, the change of the class write.

use super::Exit;
use super::context::{Context, known_sites};
use super::known::Known;
use super::object_type::look::{failure, fields_of, seen_by};
use super::report::{Failure, Report, talk};
use super::signals::Signals;
use super::writing::setting::{self, Confirm};
use super::writing::{Writing, usage};
use crate::diagnosis::segment_type_check;
use crate::model::choices::Choices;
use crate::model::fields::is_object;
use crate::model::object_type::{SegmentKind, SegmentTypeCheck};
use crate::model::{self, Clean, SiteName};
use crate::operations::change::Change;
use crate::operations::fields::{FieldsError, Read};
use crate::wordpress::SegmentChoice;
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

/// What was asked before.
struct Looked {
    choices: Choices,
    read: Read,
    /// The field of the picklist, where they would be in one.
    field: Option<Clean>,
    check: SegmentTypeCheck,
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
        return Ok(match look(context, &known, &site, kind, args, &mut signals).await? {
            Ok(looked) => dry_run(&site, &looked),
            Err(signal) => Report::silent(signal),
        });
    }
    let writing = Writing::new(context)?;
    let choice = choice(kind, args.picklist.clone().unwrap_or_default());
    writing.may(context, &known, &Change::SegmentType(choice.clone()), std::slice::from_ref(&site)).await?;
    let confirm = Confirm::of(args.confirm.as_deref(), <&str>::from(kind))?;
    let looked = match look(context, &known, &site, kind, args, &mut signals).await? {
        Ok(looked) => looked,
        Err(signal) => return Ok(Report::silent(signal)),
    };
    if let Some(why) = &looked.check.refused {
        let failure = Failure::new(Exit::Failed, format!("{why}; nothing was written"));
        return Err(writing.refused(context, &Change::SegmentType(choice), &site, failure).await);
    }
    let mut report = if is_so(&looked, kind) {
        setting::unchanged(&site, &format!("{site} keeps its segments in {kind} already"))
    } else {
        talk(&format!("segment-type {site}: of the class write, {}", title(&looked)));
        looked.check.changes.iter().for_each(|line| talk(&format!("  {line}")));
        talk(&format!(
            "  {site} reads its segments again with it, all or nothing: about 1 API call{}",
            usage(&known, &site)
        ));
        setting::preview(&known, &site);
        confirm.ask(<&str>::from(kind), &format!("To let {site} keep its segments in {kind}")).await?;
        let field = looked.field.as_ref().map(ToString::to_string).unwrap_or_default();
        let change = Change::SegmentType(self::choice(kind, field));
        setting::apply(context, &known, &writing, &site, change, &mut signals).await?
    };
    report.result = result(&site, &looked, Some(&report.result));
    report.warnings.extend(seen_by(&site, &looked.read));
    Ok(report)
}

fn choice(kind: SegmentKind, field: String) -> SegmentChoice {
    match kind {
        SegmentKind::Topics => SegmentChoice::Topics,
        SegmentKind::Picklist => SegmentChoice::Picklist { field },
        SegmentKind::Personal => SegmentChoice::Personal,
        SegmentKind::Public => SegmentChoice::Public,
    }
}

/// Whether the site has what it would have.
fn is_so(looked: &Looked, kind: SegmentKind) -> bool {
    let now = looked.check.from.as_ref().and_then(|from| from.as_str().parse().ok());
    let same = looked.choices.segment_type.picklist == looked.field;
    now == Some(kind) && (kind != SegmentKind::Picklist || same)
}

/// Asks the site, and fusebox's own user where it can not tell. The inner error: a signal ended it.
async fn look(
    context: &Context,
    known: &Known,
    site: &SiteName,
    kind: SegmentKind,
    args: &Args,
    signals: &mut Signals,
) -> Result<Result<Looked, Exit>, Failure> {
    type Asked = (Result<Result<Choices, model::Failure>, FieldsError>, Result<Read, FieldsError>);
    let store = context.store()?;
    let present = fields_of(context, &store, site, None).await?;
    let ask = async { Ok::<Asked, Failure>((present.choices().await?, present.read().await?)) };
    let asked = tokio::select! {
        asked = ask => Ok(asked),
        signal = signals.ended() => Err(signal),
    };
    if asked.is_err() {
        present.release().await;
    }
    // What was written is safe whether or not the file could be tidied.
    let _ = store.close().await;
    let (choices, read) = match asked {
        Ok(asked) => asked?,
        Err(signal) => return Ok(Err(signal)),
    };
    let read = read.map_err(|error| failure(&error))?;
    let choices = choices.map_err(|error| failure(&error))?;
    let choices = choices.map_err(|why| {
        Failure::new(Exit::Unavailable, format!("{site} does not tell its settings: {why}; nothing was written"))
    })?;
    let from = choices.segment_type.stored.clone().unwrap_or_else(|| <&str>::from(SegmentKind::Topics).into());
    let named = args.picklist.as_ref().map(Clean::new).or_else(|| choices.segment_type.picklist.clone());
    // By the name that the object has for it: WP Fusion tells capitals apart.
    let field = named.filter(|_| kind == SegmentKind::Picklist).map(|named| {
        let known = read.fields.description.field(named.as_str());
        known.map_or(named, |field| field.name.clone())
    });
    let detail = known.reading.detail(site, known.now);
    let stored = detail.and_then(|detail| detail.status).and_then(|status| status.value.tags);
    let object = &read.fields.description;
    let check = segment_type_check(Some(&from), kind, field.as_ref().map(Clean::as_str), object, stored);
    Ok(Ok(Looked { choices, read, field, check }))
}

fn title(looked: &Looked) -> String {
    let SegmentTypeCheck { from, to, .. } = &looked.check;
    let field = looked.field.as_ref().map(|field| format!(" {field}")).unwrap_or_default();
    format!("{} -> {to}{field}", from.as_ref().map_or("?", Clean::as_str))
}

fn dry_run(site: &SiteName, looked: &Looked) -> Report {
    let mut text = format!("{}\n", title(looked));
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

fn result(site: &SiteName, looked: &Looked, written: Option<&Value>) -> Value {
    let SegmentTypeCheck { from, to, refused, changes } = &looked.check;
    json!({
        "name": site, "dry_run": written.is_none(), "from": from, "to": to, "field": looked.field, "refused": refused,
        "changes": changes, "written": written,
    })
}
