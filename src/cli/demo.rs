//! `demo`: the console on a simulated fleet, in one process. Nothing leaves it, nothing stays behind.

mod score;

use super::context::{Context, end, start};
use super::report::{Failure, Report};
use super::sim::Fleet;
use super::{Exit, console};
use crate::backend::{Polling, Told};
use crate::config::{Config, Mode};
use crate::sim;
use clap::ValueEnum;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Args {
    #[command(flatten)]
    fleet: Fleet,
    #[command(subcommand)]
    instead: Option<Instead>,
}

/// What else there is to do with a made-up fleet.
#[derive(Debug, clap::Subcommand)]
enum Instead {
    /// How often "this approval is that site's" is right, on a fleet watched for simulated days
    Score(score::Args),
}

pub(super) async fn run(context: &Context, args: Args) -> Result<Report, Failure> {
    if let Some(Instead::Score(args)) = &args.instead {
        return score::run(context, args).await;
    }
    let folder = Folder::new()?;
    let config_dir = folder.0.join("config");
    let sim = sim::start(sim::Options {
        sites: args.fleet.sites,
        write_config: Some(config_dir.clone()),
        ..sim::Options::new(args.fleet.scenario, args.fleet.seed)
    });
    let sim = sim.await.map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
    let mut config = Config::load(&config_dir)?;
    // Short enough to be alive while one watches, long enough to see who looks when.
    config.poll.org_interval = Duration::from_secs(5);
    config.poll.site_interval = Duration::from_secs(20);
    config.poll.proof_interval = Duration::from_secs(120);
    config.fleet.mode = Some(Mode::ReadWrite);
    "demo".clone_into(&mut config.fleet.name);
    let state_dir = folder.0.join("state");
    let mut options = console::options(context, Told::by(&config));
    // As long as the demo runs.
    options.launch = console::launch(Some(&config_dir), Some(&state_dir));
    let polling = if context.global.no_poll { Polling::Off } else { Polling::Continuous };
    let permits = context.permits(&config);
    let (handle, store) = start(config, &state_dir, context.clock.clone(), polling, permits)?;
    let ended = console::show(context, &handle, options).await;
    end(handle, store).await;
    sim.stop().await;
    console::told(ended)
}

/// Becomes `fusebox demo`, with the same look. Answers only where that is not possible.
pub(super) fn instead(context: &Context) -> Failure {
    let program = std::env::current_exe().unwrap_or_else(|_| "fusebox".into());
    let mut demo = Command::new(program);
    demo.arg("demo").args(context.global.ascii.then_some("--ascii"));
    if let Some(color) = context.global.color.to_possible_value() {
        demo.arg("--color").arg(color.get_name());
    }
    let error = demo.exec();
    Failure::new(Exit::Failed, format!("the demo can not be started: {error}")).advise("fusebox demo starts it")
}

/// A folder that goes when it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self, Failure> {
        let name = format!("fusebox-demo-{}-{:08x}", std::process::id(), fastrand::u32(..));
        let path = std::env::temp_dir().join(name);
        // Not recursive: a folder that is there already is somebody else's.
        DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .map_err(|error| Failure::new(Exit::Failed, format!("{} can not be made: {error}", path.display())))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // It lies where such folders are swept.
        let _ = fs::remove_dir_all(&self.0);
    }
}
