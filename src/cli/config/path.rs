//! `config path`: the folders in use, and who chose them.

use super::super::Cli;
use super::super::context::Context;
use super::super::report::{Failure, Report};
use super::super::table;
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory};
use serde_json::json;
use std::path::Path;

pub(super) fn run(context: &Context) -> Result<Report, Failure> {
    let paths = context.paths()?;
    let folders = [
        ("config", &paths.config, why("config_dir", "--config-dir", "FUSEBOX_CONFIG_DIR", "XDG_CONFIG_HOME")),
        ("state", &paths.state, why("state_dir", "--state-dir", "FUSEBOX_STATE_DIR", "XDG_STATE_HOME")),
    ];
    let there = |path: &Path| if path.is_dir() { "" } else { ", not there yet" };
    let rows: Vec<Vec<String>> = folders
        .iter()
        .map(|(name, path, (_, told))| {
            vec![(*name).to_owned(), path.display().to_string(), format!("({told}{})", there(path))]
        })
        .collect();
    let entry = |(_, path, (why, told)): &(&str, &std::path::PathBuf, (&str, String))| json!({"path": path, "why": why, "told_by": told, "exists": path.is_dir()});
    let result = json!({"config": entry(&folders[0]), "state": entry(&folders[1])});
    Ok(Report::done(result, table::lay_out(&rows, None, |_, _, cell| cell)))
}

/// Who chose a folder: the kind for scripts, the words for people.
fn why(argument: &str, flag: &str, variable: &str, xdg: &str) -> (&'static str, String) {
    match source(argument) {
        Some(ValueSource::CommandLine) => ("flag", flag.to_owned()),
        Some(ValueSource::EnvVariable) => ("environment", variable.to_owned()),
        // What the XDG rules say of a path that is not absolute: it is ignored.
        _ if std::env::var_os(xdg).is_some_and(|path| Path::new(&path).is_absolute()) => ("xdg", xdg.to_owned()),
        _ => ("xdg", "the home folder".to_owned()),
    }
}

/// Where the value of a global argument came from. The parsed arguments do not tell, so they are read once more.
fn source(argument: &str) -> Option<ValueSource> {
    let matches = Cli::command().try_get_matches_from(std::env::args_os()).ok()?;
    let mut deepest: &ArgMatches = &matches;
    let mut found = deepest.value_source(argument);
    while let Some((_, inner)) = deepest.subcommand() {
        deepest = inner;
        found = deepest.value_source(argument).or(found);
    }
    found
}
