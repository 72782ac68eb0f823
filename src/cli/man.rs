//! `man [DIR]`: the manual's pages, written from the arguments themselves: one for fusebox, one for each command.

use super::Cli;
use super::Exit;
use super::report::{Failure, Report};
use clap::CommandFactory;
use clap_mangen::Man;
use serde_json::json;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Write every page into this folder; without it the first page is printed
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Result<Report, Failure> {
    let command = Cli::command().disable_help_subcommand(true);
    let Some(dir) = &args.dir else {
        let mut page = Vec::new();
        Man::new(command).render(&mut page).map_err(|error| failed(Path::new("the page"), &error))?;
        let page = String::from_utf8_lossy(&page).into_owned();
        return Ok(Report::done(json!({ "page": page }), page.clone()));
    };
    fs::create_dir_all(dir).map_err(|error| failed(dir, &error))?;
    clap_mangen::generate_to(command, dir).map_err(|error| failed(dir, &error))?;
    let text = format!("wrote the manual's pages into {}\n", dir.display());
    Ok(Report::done(json!({ "dir": dir }), text))
}

fn failed(path: &Path, error: &io::Error) -> Failure {
    Failure::new(Exit::Failed, format!("{} can not be written: {error}", path.display()))
        .advise("give another folder: fusebox man DIR")
}
