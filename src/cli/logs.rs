//! `logs SITE`: the newest rows of the plugin's log, asked for now. Of the class look: read-only admits it.

use super::Exit;
use super::context::{Context, end, known_sites};
use super::report::{Failure, Report};
use super::signals::Signals;
use crate::backend::{BackendError, Handle, Polling, Reading};
use crate::model::site::LogRow;
use crate::model::{Dated, SiteLog, SiteName, Target, age};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::json;
use std::fmt::Write;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which site, as the configuration names it
    site: String,
    /// The newest rows alone; without it all that a site gives
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

/// What was found, and why it is not of now, if it is not.
struct Found {
    log: Option<Dated<SiteLog>>,
    unanswered: Option<String>,
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<Report, Failure> {
    let config = context.config()?;
    let names = known_sites(&config, std::slice::from_ref(&args.site))?;
    let Some(site) = names.into_iter().next() else { return Err(Failure::usage("no such site")) };
    let now = context.clock.now();
    if context.global.no_poll {
        let reading = Reading::load(&config, &context.store()?, now).await?;
        let log = reading.detail(&site, now).and_then(|detail| detail.log);
        return report(&site, Found { log, unanswered: None }, args.limit, now);
    }
    let mut signals = Signals::catch()?;
    let (handle, store) = context.machinery(config, None, Polling::Off)?;
    let found = tokio::select! {
        found = ask(&handle, &site) => Ok(found),
        signal = signals.ended() => Err(signal),
    };
    end(handle, store).await;
    match found {
        Ok(found) => report(&site, found?, args.limit, context.clock.now()),
        Err(signal) => Ok(Report::silent(signal)),
    }
}

/// Has the site looked at. What it told earlier is told too where it does not answer, or where somebody else is at it.
async fn ask(handle: &Handle, site: &SiteName) -> Result<Found, BackendError> {
    let target = Target::Site(site.clone());
    let sight = handle.look(vec![target.clone()]).await?;
    let failed = sight.round.failed.get(&target).map(|failure| format!("does not answer ({failure})"));
    let postponed = || sight.round.postponed.get(&target).map(|why| format!("was not asked now ({why})"));
    let unanswered = failed.or_else(postponed);
    Ok(Found { log: sight.fleet.site(site).and_then(|state| state.log.clone()), unanswered })
}

fn report(site: &SiteName, found: Found, limit: Option<usize>, now: DateTime<Utc>) -> Result<Report, Failure> {
    let Found { log, unanswered } = found;
    let Some(log) = log else {
        let why = unanswered.unwrap_or_else(|| "was not looked at yet".to_owned());
        return Err(Failure::new(Exit::Unavailable, format!("{site} has told no log: it {why}")));
    };
    let rows = &log.value.rows[..limit.unwrap_or(usize::MAX).min(log.value.rows.len())];
    let result = json!({ "name": site, "enabled": log.value.enabled, "seen_at": log.seen_at, "rows": rows });
    let mut report = Report::done(result, text(rows));
    if !log.value.enabled {
        report.warnings.push(format!("{site} keeps no log: WP Fusion, Settings, Advanced, Enable Logging"));
    } else if rows.is_empty() {
        report.warnings.push(format!("{site} has logged no warning and no error"));
    }
    if let Some(why) = unanswered {
        report.exit = Exit::PartlyDone;
        report.message = Some(format!("{site} {why}; read {} ago", age::since(log.seen_at, now)));
    }
    Ok(report)
}

/// Newest first, by the site's clock.
fn text(rows: &[LogRow]) -> String {
    let mut text = String::new();
    for row in rows {
        let level = if row.level >= 500 { "error" } else { "warning" };
        let at = row.at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let _ = writeln!(text, "{at}  {level:<7}  {}  {}", row.source, row.message);
    }
    text
}
