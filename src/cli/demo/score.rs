//! `demo score`: how often "this approval is that site's" is right, on a made-up fleet that is watched over the wire for
//! simulated days. The simulator knows whose each approval is and tells it at the end alone.
//!
//! The sites' passwords and the orgs' keys come from a configuration that the simulator writes; looks are the transports' own,
//! and what they bring is folded and joined by what every command uses. Nothing is stored.

mod count;
mod truth;
mod watch;

use crate::cli::context::Context;
use crate::cli::report::{Failure, Report};
use crate::cli::{Exit, report};
use crate::sim;
use count::Score;
use serde_json::json;
use std::fmt::Write;
use watch::Watch;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// How many sites fusebox is told of
    #[arg(long, default_value_t = 400)]
    sites: usize,
    /// Decides everything that is made up; a fresh one, without it
    #[arg(long)]
    seed: Option<u64>,
    /// For how many simulated days they are watched
    #[arg(long, default_value_t = 2)]
    days: u32,
    /// Minutes between two polls
    #[arg(long, default_value_t = 15, value_name = "MINUTES")]
    every: u32,
}

/// What must be reached, in a thousand.
const HIGH_RIGHT: u64 = 995;
const HIGH_COVERS: u64 = 900;
const MEDIUM_RIGHT: u64 = 950;

pub(super) async fn run(context: &Context, args: &Args) -> Result<Report, Failure> {
    let seed = args.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
    let folder = super::Folder::new()?;
    let config_dir = folder.0.join("config");
    let sim = sim::start(sim::Options {
        sites: Some(args.sites),
        write_config: Some(config_dir.clone()),
        ..sim::Options::new("score", seed)
    });
    let sim = sim.await.map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
    report::talk(&format!("seed {seed}, {} sites, a poll each {} minutes", args.sites, args.every));
    let mut watch = Watch::new(context, &sim.ready, &config_dir, &folder.0.join("state"), seed).await?;
    let polls = args.days.saturating_mul(24 * 60) / args.every.max(1);
    for poll in 0..polls {
        watch.poll().await?;
        if (poll + 1) % (polls / 10).max(1) == 0 {
            report::talk(&format!("{} of {polls} polls", poll + 1));
        }
        watch.advance(args.every).await?;
    }
    watch.poll().await?;
    let score = Score::of(&watch, &watch.truth().await?);
    sim.stop().await;
    Ok(told(seed, args, &score))
}

fn told(seed: u64, args: &Args, score: &Score) -> Report {
    let missed = missed(score);
    let mut text = format!("seed {seed}: {} sites watched for {} days\n", args.sites, args.days);
    let mut line = |what: &str, said: String| {
        let _ = writeln!(text, "  {what:<22}{said}");
    };
    line("high", format!("{} of {} right ({})", score.high.right, score.high.said, percent(score.high.thousandths())));
    line(
        "covered by high",
        format!(
            "{} of {} tokens that refreshed ({})",
            score.covered.right,
            score.covered.said,
            percent(score.covered.thousandths())
        ),
    );
    let found = &score.found;
    line("found and kept", format!("{} of {} right ({})", found.right, found.said, percent(found.thousandths())));
    let medium = &score.medium;
    line("medium", format!("{} of {} right ({})", medium.right, medium.said, percent(medium.thousandths())));
    line("copies found", format!("{} of {}", score.copies.right, score.copies.said));
    line(
        "safe to revoke",
        format!("{} orphans, {} of them held by a site", score.safe.said, score.safe.said - score.safe.right),
    );
    line("not known", format!("{} approvals of known sites, {} of strangers", score.unknown, score.strangers));
    for wrong in &score.wrong {
        line("wrong", wrong.clone());
    }
    let figure = |rate: &count::Rate| json!({ "right": rate.right, "of": rate.said });
    let result = json!({
        "seed": seed, "sites": args.sites, "days": args.days, "every_minutes": args.every,
        "high": figure(&score.high), "covered": figure(&score.covered), "medium": figure(&score.medium), "found": figure(&score.found),
        "copies": figure(&score.copies), "safe_orphans": figure(&score.safe),
        "unknown": score.unknown, "strangers": score.strangers, "wrong": score.wrong,
    });
    let mut report = Report::done(result, text);
    if !missed.is_empty() {
        report.exit = Exit::Failed;
        report.message = Some(format!("not reached: {}", missed.join(", ")));
    }
    report
}

/// The targets that were not reached.
fn missed(score: &Score) -> Vec<&'static str> {
    let checks = [
        (score.high.thousandths() >= HIGH_RIGHT, "99.5 % of high are right"),
        (score.covered.thousandths() >= HIGH_COVERS, "high covers 90 % of those that refresh"),
        // One of a handful is no share: with fewer said, two may not be wrong.
        (
            score.medium.thousandths() >= MEDIUM_RIGHT || score.medium.said - score.medium.right < 2,
            "95 % of medium are right",
        ),
        (score.found.thousandths() >= HIGH_RIGHT, "99.5 % of what was found for sure are right"),
        (score.copies.right == score.copies.said, "all copies are found"),
        (score.safe.right == score.safe.said, "no approval that is safe to revoke is held"),
    ];
    checks.into_iter().filter(|(reached, _)| !reached).map(|(_, what)| what).collect()
}

fn percent(thousandths: u64) -> String {
    format!("{}.{} %", thousandths / 10, thousandths % 10)
}
