//! No command: the console.

use super::context::{Context, auditing, end, parts};
use super::report::{Failure, Report};
use super::{Exit, demo};
use crate::backend::{self, Glance, Handle, Polling, Told};
use crate::config::{Config, ConfigError, Place};
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
        let options = configured(context, &context.paths()?.config, told)?;
        return show_and_end(context, handle, store, options).await;
    }
    let config = context.config()?;
    let options = configured(context, &config.dir, Told::by(&config))?;
    let polling = if context.global.no_poll { Polling::Off } else { Polling::Continuous };
    let (handle, store) = context.machinery(config, file, polling)?;
    show_and_end(context, handle, store, options).await
}

/// The console of the fleet that is configured in `dir`. The keys of `[keys]` it alone can check.
fn configured(context: &Context, dir: &Path, told: Told) -> Result<ui::Options, Failure> {
    let path = dir.join(crate::config::FILE);
    let config = path.display().to_string();
    let keymap = Keymap::remapped(&told.keys).map_err(|bad| {
        let place = Place { path, line: bad.line, column: bad.column };
        ConfigError::Invalid { place, what: bad.what, advice: Some(bad.advice) }
    })?;
    Ok(ui::Options { config, keymap, ..options(context, told) })
}

/// The console as the command line wants it, with the table's keys.
pub(super) fn options(context: &Context, told: Told) -> ui::Options {
    ui::Options {
        fleet: told.fleet,
        permits: told.permits.with_flag(context.global.read_only),
        ascii: context.global.ascii,
        color: context.global.color.into(),
        look: told.look,
        launch: launch(context.global.config_dir.as_deref(), context.global.state_dir.as_deref()),
        ..ui::Options::default()
    }
}

/// The folders that were named, by an option or by the environment of this shell alone.
pub(super) fn launch(config: Option<&Path>, state: Option<&Path>) -> Vec<String> {
    let folders = [("--config-dir", config), ("--state-dir", state)];
    let named = folders.into_iter().filter_map(|(option, folder)| Some((option, folder?)));
    // Wherever it is pasted.
    let whole = |folder: &Path| std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    named.map(|(option, folder)| format!("{option}={}", whole(folder).display())).collect()
}

/// Lines of a terminal that does not tell how many it has.
const ONE_PAGE: usize = 128;

/// Starts on what is remembered of the configuration, without reading it; none where nothing is or it is not the same.
async fn look_on(context: &Context, file: &str) -> Result<Option<(Told, Handle, StoreHandle)>, Failure> {
    let store = context.store()?;
    // A store that fails here fails again on the long way, where it is told.
    let Ok(Some(glance)) = Glance::read(&store, file, ui::lines().unwrap_or(ONE_PAGE)).await else { return Ok(None) };
    let told = glance.told.clone();
    let (paths, clock, parts_store) = (context.paths()?, context.clock.clone(), store.clone());
    let environment = context.environment.clone();
    let read_only = context.global.read_only;
    let whole = move || {
        let config = Config::load_with(&paths.config, &environment).map_err(|error| error.to_string())?;
        let (store, clock) = (parts_store.clone(), clock.clone());
        let permits = config.permits().with_flag(read_only);
        parts(config, &paths.state, store, clock, Polling::Off, permits).map_err(|failure| failure.message().to_owned())
    };
    let handle =
        backend::look_on(glance, store.clone(), context.clock.clone(), auditing(&context.paths()?.state), whole);
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
