//! No command: the console.

use super::Exit;
use super::context::{Context, end};
use super::report::{Failure, Report};
use crate::backend::{Handle, Polling};
use crate::ui;

pub(super) async fn run(context: &Context) -> Result<Report, Failure> {
    if context.global.json {
        return Err(Failure::usage("the console prints no JSON").advise("fusebox list --json does"));
    }
    let config = context.config()?;
    let options = ui::Options {
        fleet: config.fleet.name.clone(),
        read_only: context.read_only(&config),
        ascii: context.global.ascii,
        color: context.global.color.into(),
        look: config.console,
        config: config.dir.join(crate::config::FILE).display().to_string(),
    };
    let polling = if context.global.no_poll { Polling::Off } else { Polling::Continuous };
    let (handle, store) = context.machinery(config, polling)?;
    let ended = show(context, &handle, options).await;
    end(handle, store).await;
    ended
}

/// Shows the console until it is left.
pub(super) async fn show(context: &Context, handle: &Handle, options: ui::Options) -> Result<Report, Failure> {
    let link = handle.link().await;
    match ui::run(link, options, context.clock.clone()).await {
        Ok(()) => Ok(Report::silent(Exit::Done)),
        Err(error @ ui::UiError::Signal(_)) => Ok(Report::silent(Exit::Console(error.exit_status()))),
        Err(error) => Err(Failure::new(Exit::Console(error.exit_status()), error.to_string())),
    }
}
