//! `operations`: what somebody began and did not see the end of, and going on with it.

use super::Exit;
use super::authorize::watching;
use super::context::{Context, end};
use super::operator;
use super::report::{Failure, Report};
use super::signals::Signals;
use super::style::Style;
use super::table;
use crate::backend::Polling;
use crate::model::{Authorization, Clean, ReadOnly, age};
use crate::operations::authorize::{EVERY, line, write};
use crate::store::{Audit, Phase};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::time::Duration;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Go on watching, the first that was begun first, until each has ended
    #[arg(long)]
    watch: bool,
    /// Between two looks
    #[arg(long, value_name = "SPAN", value_parser = humantime::parse_duration, hide = true)]
    every: Option<Duration>,
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<Report, Failure> {
    let store = context.store()?;
    let listing = store.call(|store| store.watches()).await?;
    let now = context.clock.now();
    let unreadable: Vec<String> = listing.unreadable.iter().map(ToString::to_string).collect();
    if !args.watch || listing.items.is_empty() {
        let lines: Vec<Value> = listing.items.iter().map(document).collect();
        let text = text(&listing.items, Style::for_stdout(&context.global), now);
        let mut report = Report::done(json!({ "operations": lines }), text);
        report.warnings = unreadable;
        // What was read is read, whether or not the file could be tidied.
        let _ = store.close().await;
        return Ok(report);
    }
    let _ = store.close().await;
    let config = context.config()?;
    let audit = operator::audit(&context.paths()?.state)?;
    let permits = context.permits(&config);
    for authorization in &listing.items {
        // To its end it may have the site make a call, and set up one that nobody authorized before.
        if let Some(by) = permits.refusal(Some(&authorization.site), Some(&authorization.org)) {
            return Err(refused(context, audit, authorization, &by).await);
        }
    }
    let (handle, store) = context.machinery(config, None, Polling::Off)?;
    let mut signals = Signals::catch()?;
    let mut last = None;
    for authorization in listing.items {
        let every = args.every.unwrap_or(EVERY);
        let terms = watching::Terms { audit: audit.clone(), resumed: true, every, input: None };
        let guide = [format!("sign in to Salesforce as {} in org {}", authorization.user_name, authorization.org)];
        let done = watching::watch(&handle, &mut signals, authorization, terms, &guide).await;
        let failed = done.as_ref().map_or(true, |report| report.exit != Exit::Done);
        last = Some(done);
        if failed {
            break;
        }
    }
    end(handle, store).await;
    last.unwrap_or_else(|| Ok(Report::done(json!({ "operations": [] }), String::new())))
}

/// Writes that it is not watched, and why.
async fn refused(context: &Context, audit: Audit, authorization: &Authorization, by: &ReadOnly) -> Failure {
    let text = format!("{} is left alone: {by}; its sign-in is not watched", authorization.site);
    let failure = Failure::new(Exit::NotPermitted, text).advise(by.advice());
    let line = line(authorization, context.clock.now(), Phase::Refused, Some(Clean::new(by.to_string())));
    match write(audit, line).await {
        Ok(()) => failure,
        Err(unwritten) => failure.advise(unwritten),
    }
}

fn document(authorization: &Authorization) -> Value {
    json!({
        "operation": authorization.id,
        "kind": if authorization.first { "authorize" } else { "reauthorize" },
        "site": authorization.site,
        "org": authorization.org,
        "user": authorization.user_name,
        "began_at": authorization.began_at,
        "gives_up_at": authorization.gives_up_at,
    })
}

fn text(operations: &[Authorization], style: Style, now: DateTime<Utc>) -> String {
    if operations.is_empty() {
        return String::new();
    }
    let mut cells = vec![["OPERATION", "SITE", "ORG", "USER", "BEGAN", "UNTIL"].map(str::to_owned).to_vec()];
    cells.extend(operations.iter().map(|one| {
        vec![
            one.id.clone(),
            one.site.to_string(),
            one.org.to_string(),
            one.user_name.to_string(),
            age::since(one.began_at, now),
            one.gives_up_at.format("%H:%MZ").to_string(),
        ]
    }));
    table::lay_out(&cells, style.room(), |_, _, cell| cell)
}
