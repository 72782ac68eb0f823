//! `poll`: looks at every org and site once; `--follow` goes on, as a service does.

use super::Exit;
use super::context::{Context, end};
use super::report::{Failure, Report, talk};
use super::signals::Signals;
use crate::backend::{Handle, Polling, Round};
use crate::model::{Health, SiteName, SiteRow, Target};
use crate::protocol::{Event, Link, Poller};
use chrono::SecondsFormat;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Go on until a signal; changes are told on standard error
    #[arg(long)]
    follow: bool,
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<Report, Failure> {
    if args.follow && context.global.json {
        return Err(Failure::usage("poll --follow has no end, so it prints no document"));
    }
    let mut signals = Signals::catch()?;
    let read_from = context.config_file()?;
    let config = context.config()?;
    let empty = config.orgs.is_empty() && config.sites.is_empty();
    let file = config.file();
    if args.follow {
        let (handle, store) = context.machinery(config, read_from, Polling::Continuous)?;
        let link = handle.link().await;
        tokio::select! {
            () = follow(context, link) => {}
            _ = signals.ended() => {}
        }
        end(handle, store).await;
        return Ok(Report::silent(Exit::Done));
    }
    let (handle, store) = context.machinery(config, read_from, Polling::Off)?;
    let round = once(&handle, &mut signals).await;
    end(handle, store).await;
    match round {
        Ok(round) if empty => {
            let mut report = report(&round?);
            report.warnings.push(format!("nothing to look at yet: fusebox add, or edit {}", file.display()));
            Ok(report)
        }
        Ok(round) => Ok(report(&round?)),
        Err(signal) => Ok(Report::silent(signal)),
    }
}

/// One round, unless a signal ends it: what was seen until then is kept.
async fn once(handle: &Handle, signals: &mut Signals) -> Result<Result<Round, Failure>, Exit> {
    tokio::select! {
        round = handle.run_once() => Ok(round.map_err(Failure::from)),
        signal = signals.ended() => Err(signal),
    }
}

fn report(round: &Round) -> Report {
    let all = round.answered + round.failed.len() + round.postponed.len();
    let mut report = Report::done(result(round), String::new());
    let failed = round.failed.iter().map(|(target, failure)| format!("{target}: {failure}"));
    let postponed = round.postponed.iter().map(|(target, why)| format!("{target}: not looked at: {why}"));
    report.warnings = failed.chain(postponed).chain(round.notices.iter().cloned()).collect();
    if round.answered < all {
        report.exit = if round.answered == 0 { Exit::Unavailable } else { Exit::PartlyDone };
        report.message = Some(format!("{} of {all} answered", round.answered));
    }
    report
}

fn result(round: &Round) -> Value {
    let entry = |target: &Target| match target {
        Target::Site(name) => json!({"kind": "site", "name": name}),
        Target::Org(name) => json!({"kind": "org", "name": name}),
    };
    let failed: Vec<Value> = round
        .failed
        .iter()
        .map(|(target, failure)| {
            let mut entry = entry(target);
            entry["class"] = json!(failure.class);
            entry["text"] = json!(failure.text);
            entry
        })
        .collect();
    let postponed: Vec<Value> = round
        .postponed
        .iter()
        .map(|(target, why)| {
            let mut entry = entry(target);
            entry["text"] = json!(why);
            entry
        })
        .collect();
    json!({"answered": round.answered, "failed": failed, "postponed": postponed})
}

/// Tells what changes, one line each: a journal's reader sees when which site went from what to what.
async fn follow(context: &Context, mut link: Link) {
    let mut seen: BTreeMap<SiteName, (Health, Arc<SiteRow>)> = BTreeMap::new();
    let mut by = Poller::Nobody;
    let mut primed = false;
    loop {
        tokio::select! {
            changed = link.pictures.changed() => {
                if changed.is_err() {
                    return;
                }
                let picture = link.pictures.borrow_and_update().clone();
                let now = context.clock.now().to_rfc3339_opts(SecondsFormat::Secs, true);
                if picture.poll.by != by {
                    by = picture.poll.by;
                    if by == Poller::Another {
                        talk(&format!("{now} another process polls this fleet; waiting for it to end"));
                    }
                }
                for row in picture.rows.iter() {
                    let former = seen.insert(row.name.clone(), (row.health, Arc::clone(row)));
                    match former {
                        Some((health, _)) if health != row.health => {
                            talk(&format!("{now} {} {health} -> {}: {}", row.name, row.health, row.reason));
                        }
                        None if primed => talk(&format!("{now} {} {}", row.name, row.health)),
                        _ => {}
                    }
                }
                primed = true;
            }
            event = link.events.recv() => match event {
                Some(Event::Notice(text)) => talk(&text),
                Some(_) => {}
                None => return,
            },
        }
    }
}
