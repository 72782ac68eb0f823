//! `undo [ID]`: takes a change of a site back, the last one or the one that is named, as long as nobody changed it since. Of the class
//! write: a preview, a question, and the audit before and after.

use super::Exit;
use super::context::Context;
use super::known::Known;
use super::login::asker::Asker;
use super::report::{Failure, Report, talk};
use super::signals::Signals;
use super::style::Style;
use super::table;
use super::writing::{Writing, setting};
use crate::model::undo::NOTHING;
use crate::model::{Clean, Undoable, age};
use crate::operations::change::Change;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::io::IsTerminal;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which change, by the operation that the audit and `--list` name it by; without it the last that is no undo itself
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// Show what can be taken back; nothing is written
    #[arg(long, conflicts_with_all = ["id", "yes"])]
    list: bool,
    /// Ask nothing: for scripts
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<Report, Failure> {
    let known = Known::read(context, None).await?;
    let (store, now) = (context.store()?, known.now);
    let listing = store.call(move |store| store.undoable(now)).await?;
    // What was read is read, whether or not the file could be tidied.
    let _ = store.close().await;
    let unreadable: Vec<String> = listing.unreadable.iter().map(ToString::to_string).collect();
    if args.list {
        let lines: Vec<Value> = listing.items.iter().map(document).collect();
        let text = text(&listing.items, Style::for_stdout(&context.global), now);
        let mut report = Report::done(json!({"undoable": lines, "undone": null, "written": null}), text);
        report.warnings = unreadable;
        return Ok(report);
    }
    let earlier = chosen(listing.items, args.id.as_deref())?;
    let site = earlier.site.clone();
    if known.config.site(&site).is_none() {
        let text = format!("operation {} changed {site}, which the configuration does not name any more", earlier.id);
        return Err(Failure::new(Exit::Failed, text));
    }
    let writing = Writing::new(context)?;
    let change = Change::Undo(Box::new(earlier.clone()));
    writing.may(context, &known, &change, std::slice::from_ref(&site)).await?;
    if !args.yes && !std::io::stdin().is_terminal() {
        let message = "undo writes to the site and asks first, and nobody can be asked without a terminal";
        return Err(Failure::new(Exit::Usage, message).advise("give --yes where a script is to do it"));
    }
    preview(&earlier, now);
    if !args.yes {
        talk("Type yes to put it back:");
        if Asker::new()?.line().await? != "yes" {
            return Err(Failure::new(Exit::Denied, "not confirmed, and nothing was written"));
        }
    }
    let mut signals = Signals::catch()?;
    let mut report = setting::apply(context, &known, &writing, &site, change, &mut signals).await?;
    let written = std::mem::take(&mut report.result);
    report.result = json!({"undoable": [], "undone": document(&earlier), "written": written});
    report.warnings.extend(unreadable);
    Ok(report)
}

fn chosen(all: Vec<Undoable>, id: Option<&str>) -> Result<Undoable, Failure> {
    match id {
        Some(id) => all.into_iter().find(|change| change.id == id).ok_or_else(|| {
            let text = format!("nothing that can be taken back is called {:?}", Clean::new(id).as_str());
            Failure::new(Exit::Usage, text).advise("fusebox undo --list shows what can be")
        }),
        None => all.into_iter().find(|change| !change.is_undo()).ok_or_else(|| Failure::new(Exit::Failed, NOTHING)),
    }
}

fn preview(change: &Undoable, now: DateTime<Utc>) {
    talk(&format!(
        "undo {}: of the class write, {} of {} ago",
        change.id,
        change.operation,
        age::since(change.at, now)
    ));
    talk(&format!("  {}", change.what));
    for line in change.told() {
        talk(&format!("  {line}"));
    }
}

fn document(change: &Undoable) -> Value {
    let names: Vec<&Clean> = change.saved.iter().map(|value| &value.name).collect();
    json!({
        "operation": change.id, "kind": change.operation, "site": change.site, "at": change.at, "what": change.what,
        "names": names, "left_out": change.left_out,
    })
}

fn text(changes: &[Undoable], style: Style, now: DateTime<Utc>) -> String {
    if changes.is_empty() {
        return String::new();
    }
    let mut cells = vec![["ID", "AGO", "KIND", "SITE", "WHAT"].map(str::to_owned).to_vec()];
    cells.extend(changes.iter().map(|change| {
        let ago = age::since(change.at, now);
        vec![change.id.clone(), ago, change.operation.clone(), change.site.to_string(), change.what.to_string()]
    }));
    table::lay_out(&cells, style.room(), |_, _, cell| cell)
}
