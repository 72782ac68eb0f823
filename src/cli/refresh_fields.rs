//! `refresh-fields SITE..`: sites read topics and fields again, as by the button of WP Fusion's settings page, several at once. Of
//! the class write: a preview, a question, and the audit before and after each. What one run has not done the next one can do.

mod told;

use super::Exit;
use super::context::{Context, end, known_sites};
use super::known::Known;
use super::login::asker::Asker;
use super::report::{Failure, Report, talk};
use super::signals::Signals;
use super::style::Style;
use super::writing::{self, Writing};
use crate::backend::{ChangedAnswer, Handle, Polling};
use crate::model::{Query, SiteName};
use crate::operations::change::{AT_ONCE, Change};
use crate::store::StoreHandle;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use std::io::IsTerminal;

/// More sites than this are confirmed by their number.
const FEW: usize = 10;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which sites, as the configuration names them
    #[arg(value_name = "SITE", conflicts_with_all = ["filter", "again"])]
    sites: Vec<String>,
    /// The sites that answer QUERY, as `list --filter` has it
    #[arg(long, value_name = "QUERY", allow_hyphen_values = true, conflicts_with = "again")]
    filter: Option<String>,
    /// The sites that the last run has not done: those that failed, and those that it did not come to
    #[arg(long)]
    again: bool,
    /// Ask nothing: for scripts
    #[arg(long)]
    yes: bool,
}

/// What a run over several sites brought.
struct Ran {
    /// In the order in which they ended.
    ended: Vec<(SiteName, ChangedAnswer)>,
    /// Those that it did not come to, or did not see the end of.
    left: Vec<SiteName>,
    /// What ended it before its time.
    stopped: Option<Exit>,
    /// What could not be kept.
    unkept: Option<String>,
}

pub(super) async fn run(context: &Context, args: &Args) -> Result<Report, Failure> {
    let mut known = Known::read(context, None).await?;
    let sites = sites(context, args, &mut known).await?;
    if sites.is_empty() {
        let mut report = told::report(&[], &[], None, &known, Style::for_stdout(&context.global));
        let why = if args.again { "nothing is left of the last run" } else { "no site answers --filter" };
        report.warnings.push(why.to_owned());
        return Ok(report);
    }
    let writing = Writing::new(context)?;
    writing.may(context, &known, &Change::RefreshFields, &sites).await?;
    if !args.yes && !std::io::stdin().is_terminal() {
        let message = "refresh-fields writes to sites and asks first, and nobody can be asked without a terminal";
        return Err(Failure::new(Exit::Usage, message).advise("give --yes where a script is to do it"));
    }
    told::preview(&sites, &known);
    if !args.yes && !confirmed(sites.len()).await? {
        return Err(Failure::new(Exit::Denied, "not confirmed, and nothing was written"));
    }
    let mut signals = Signals::catch()?;
    let (handle, store) = context.machinery(known.config.clone(), None, Polling::Off)?;
    let ran = refresh(&handle, &store, &writing, sites, &mut signals).await;
    end(handle, store).await;
    let Ran { ended, left, stopped, unkept } = ran?;
    let mut report = told::report(&ended, &left, Some(&writing.id), &known, Style::for_stdout(&context.global));
    report.warnings.extend(unkept);
    if let Some(signal) = stopped {
        report.exit = signal;
    }
    Ok(report)
}

/// The sites that are meant, each once.
async fn sites(context: &Context, args: &Args, known: &mut Known) -> Result<Vec<SiteName>, Failure> {
    if args.again {
        let store = context.store()?;
        let left = store.call(|store| store.left_in_batch(Change::RefreshFields.operation())).await?;
        // What was read is read, whether or not the file could be tidied.
        let _ = store.close().await;
        return Ok(left.into_iter().filter(|site| known.config.site(site).is_some()).collect());
    }
    if let Some(filter) = &args.filter {
        let query = Query::parse(filter)
            .map_err(|error| Failure::new(Exit::Usage, format!("--filter: {error}")).advise(error.advice))?;
        let now = known.now;
        let (rows, _) = known.reading.rows();
        return Ok(rows.iter().filter(|row| query.matches(row, now)).map(|row| row.name.clone()).collect());
    }
    if args.sites.is_empty() {
        return Err(Failure::usage("which sites? name some, or give --filter or --again"));
    }
    let mut sites: Vec<SiteName> = Vec::new();
    for site in known_sites(&known.config, &args.sites)? {
        if !sites.contains(&site) {
            sites.push(site);
        }
    }
    Ok(sites)
}

async fn confirmed(count: usize) -> Result<bool, Failure> {
    let word = if count > FEW { count.to_string() } else { "yes".to_owned() };
    talk(&format!("Type {word} to let {}:", if count == 1 { "it" } else { "them" }));
    Ok(Asker::new()?.line().await? == word)
}

/// Has each site done, so many at once, and tells of each when it is over. One that fails stops nobody.
async fn refresh(
    handle: &Handle,
    store: &StoreHandle,
    writing: &Writing,
    sites: Vec<SiteName>,
    signals: &mut Signals,
) -> Result<Ran, Failure> {
    let operation = Change::RefreshFields.operation();
    let all = sites.clone();
    store.call(move |store| store.begin_batch(operation, &all)).await?;
    let count = sites.len();
    let (mut queue, mut running) = (sites.iter().cloned(), FuturesUnordered::new());
    let mut ran = Ran { ended: Vec::new(), left: Vec::new(), stopped: None, unkept: None };
    loop {
        while ran.stopped.is_none() && running.len() < AT_ONCE {
            let Some(site) = queue.next() else { break };
            let ordered = handle.change(writing.id.clone(), site.clone(), Change::RefreshFields, writing.audit.clone());
            running.push(async move { (site, ordered.await) });
        }
        if running.is_empty() {
            break;
        }
        let (site, answer) = tokio::select! {
            Some(ended) = running.next() => ended,
            signal = signals.ended() => {
                if ran.stopped.replace(signal).is_some() {
                    break;
                }
                talk(&format!("stopping: {} under way are seen to their end; once more ends them, too", running.len()));
                continue;
            }
        };
        let answer = answer?;
        if writing::exit(&answer) == Exit::Done {
            let done = site.clone();
            let kept = store.call(move |store| store.done_in_batch(operation, &done)).await;
            ran.unkept = ran.unkept.or(kept.err().map(|error| format!("what is done could not be kept: {error}")));
        }
        talk(&told::progress(ran.ended.len() + 1, count, &site, &answer));
        ran.ended.push((site, answer));
    }
    ran.left = sites.into_iter().filter(|site| ran.ended.iter().all(|(ended, _)| ended != site)).collect();
    Ok(ran)
}
