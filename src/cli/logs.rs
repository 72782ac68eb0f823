//! `logs SITE`: the newest rows of the plugin's log, asked for now. Of the class look: read-only admits it.

use super::Exit;
use super::context::{Context, end, known_sites};
use super::report::{Failure, Report};
use super::signals::Signals;
use crate::backend::{Handle, Polling, Reading};
use crate::model::site::LogRow;
use crate::model::{Failure as Unanswered, SiteDetail, SiteName, Target, age};
use crate::protocol::{Command, Event, Link};
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::json;
use std::fmt::Write;
use std::time::Duration;

/// How long to wait beyond the limit of one look: another process may be at the site first.
const GRACE: Duration = Duration::from_secs(10);

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
    detail: Option<SiteDetail>,
    unanswered: Option<String>,
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<Report, Failure> {
    let config = context.config()?;
    let names = known_sites(&config, std::slice::from_ref(&args.site))?;
    let Some(site) = names.into_iter().next() else { return Err(Failure::usage("no such site")) };
    let now = context.clock.now();
    if context.global.no_poll {
        let reading = Reading::load(&config, &context.store()?, now).await?;
        let detail = reading.detail(&site, now);
        return report(&site, Found { detail, unanswered: None }, args.limit, now);
    }
    let mut signals = Signals::catch()?;
    let patience = config.poll.timeout + GRACE;
    let (handle, store) = context.machinery(config, None, Polling::Off)?;
    let found = tokio::select! {
        found = ask(&handle, &site, now, patience) => Ok(found),
        signal = signals.ended() => Err(signal),
    };
    end(handle, store).await;
    match found {
        Ok(found) => report(&site, found, args.limit, context.clock.now()),
        Err(signal) => Ok(Report::silent(signal)),
    }
}

/// Has the site looked at, and waits for what was seen since `now`.
async fn ask(handle: &Handle, site: &SiteName, now: DateTime<Utc>, patience: Duration) -> Found {
    let mut link = handle.link().await;
    let mut last = None;
    let looked = tokio::time::timeout(patience, looked(&mut link, site, now, &mut last)).await;
    let unanswered = match looked {
        Ok(Ok(())) => None,
        Ok(Err(failure)) => Some(failure.to_string()),
        Err(_) => Some("it was not looked at in time: another process may be at it".to_owned()),
    };
    Found { detail: last, unanswered }
}

async fn looked(
    link: &mut Link,
    site: &SiteName,
    now: DateTime<Utc>,
    last: &mut Option<SiteDetail>,
) -> Result<(), Unanswered> {
    let gone = || Unanswered::new(crate::model::FailureClass::BadRequest, "the machinery ended");
    let order = async |command| link.commands.send(command).await.map_err(|_| gone());
    order(Command::Look(vec![Target::Site(site.clone())])).await?;
    order(Command::Describe(site.clone())).await?;
    loop {
        tokio::select! {
            changed = link.pictures.changed() => {
                changed.map_err(|_| gone())?;
                order(Command::Describe(site.clone())).await?;
            }
            event = link.events.recv() => match event.ok_or_else(gone)? {
                Event::Detail(of, Some(detail)) if of == *site => {
                    let reach = detail.reach.clone();
                    *last = Some(*detail);
                    if let Some(reach) = reach.filter(|reach| reach.seen_at >= now) {
                        return reach.value.map(|_| ());
                    }
                }
                _ => {}
            },
        }
    }
}

fn report(site: &SiteName, found: Found, limit: Option<usize>, now: DateTime<Utc>) -> Result<Report, Failure> {
    let Found { detail, unanswered } = found;
    let log = detail.and_then(|detail| detail.log);
    let Some(log) = log else {
        let why = unanswered.unwrap_or_else(|| "nobody has looked at it yet".to_owned());
        return Err(Failure::new(Exit::Unavailable, format!("{site} has told no log: {why}")));
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
        report.message = Some(format!("{site} does not answer ({why}); read {} ago", age::since(log.seen_at, now)));
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
