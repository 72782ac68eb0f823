//! No command: the console.

use super::context::{Context, end, parts};
use super::report::{Failure, Report};
use super::{Exit, demo};
use crate::backend::{self, Glance, Handle, Polling, Told};
use crate::config::{Config, ConfigError, ConsoleConfig, KeyChange, Mode, Place};
use crate::store::StoreHandle;
use crate::ui::{self, Left, keymap::Keymap};
use std::path::Path;

pub(super) async fn run(context: &Context) -> Result<Report, Failure> {
    if context.global.json {
        return Err(Failure::usage("the console prints no JSON").advise("fusebox list --json does"));
    }
    let file = context.config_file()?;
    if context.global.no_poll
        && let Some(file) = &file
        && let Some((told, handle, store)) = look_on(context, file).await?
    {
        let dir = context.paths()?.config;
        let keymap = keymap(&dir, &told.keys)?;
        let options = options(context, told.fleet, told.read_only, told.look, &dir, keymap);
        return show_and_end(context, handle, store, options).await;
    }
    let config = context.config()?;
    let fleet = config.fleet.name.clone();
    let keymap = keymap(&config.dir, &config.keys)?;
    let options = options(context, fleet, config.fleet.mode == Mode::ReadOnly, config.console, &config.dir, keymap);
    let polling = if context.global.no_poll { Polling::Off } else { Polling::Continuous };
    let (handle, store) = context.machinery(config, file, polling)?;
    show_and_end(context, handle, store, options).await
}

fn options(
    context: &Context,
    fleet: String,
    read_only: bool,
    look: ConsoleConfig,
    dir: &Path,
    keymap: Keymap,
) -> ui::Options {
    ui::Options {
        fleet,
        read_only: read_only || context.global.read_only,
        ascii: context.global.ascii,
        color: context.global.color.into(),
        look,
        config: dir.join(crate::config::FILE).display().to_string(),
        keymap,
    }
}

/// The keys of `[keys]`, which the console alone can check.
fn keymap(dir: &Path, changes: &[KeyChange]) -> Result<Keymap, Failure> {
    Keymap::remapped(changes).map_err(|bad| {
        let place = Place { path: dir.join(crate::config::FILE), line: bad.line, column: bad.column };
        ConfigError::Invalid { place, what: bad.what, advice: Some(bad.advice) }.into()
    })
}

/// Starts on what is remembered of the configuration, without reading it; none where nothing is or it is not the same.
async fn look_on(context: &Context, file: &str) -> Result<Option<(Told, Handle, StoreHandle)>, Failure> {
    let store = context.store()?;
    // A store that fails here fails again on the long way, where it is told.
    let Ok(Some(glance)) = Glance::read(&store, file).await else { return Ok(None) };
    let told = glance.told.clone();
    let (paths, clock, parts_store) = (context.paths()?, context.clock.clone(), store.clone());
    let whole = move || {
        let config = Config::load(&paths.config).map_err(|error| error.to_string())?;
        let (store, clock) = (parts_store.clone(), clock.clone());
        parts(config, &paths.state, store, clock, Polling::Off).map_err(|failure| failure.message().to_owned())
    };
    let handle = backend::look_on(glance, store.clone(), context.clock.clone(), whole);
    Ok(Some((told, handle, store)))
}

async fn show_and_end(
    context: &Context,
    handle: Handle,
    store: StoreHandle,
    options: ui::Options,
) -> Result<Report, Failure> {
    let left = show(context, &handle, options).await;
    end(handle, store).await;
    match left {
        Ok(Left::Demo) => Err(demo::instead(context)),
        left => told(left),
    }
}

/// How a console that was left is told.
pub(super) fn told(left: Result<Left, ui::UiError>) -> Result<Report, Failure> {
    match left {
        Ok(_) => Ok(Report::silent(Exit::Done)),
        Err(error @ ui::UiError::Signal(_)) => Ok(Report::silent(Exit::Console(error.exit_status()))),
        Err(error) => Err(Failure::new(Exit::Console(error.exit_status()), error.to_string())),
    }
}

/// Shows the console until it is left.
pub(super) async fn show(context: &Context, handle: &Handle, options: ui::Options) -> Result<Left, ui::UiError> {
    let link = handle.link().await;
    ui::run(link, options, context.clock.clone()).await
}
