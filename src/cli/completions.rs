//! `completions SHELL`: what a shell sources to complete commands and options.

use super::Cli;
use super::report::Report;
use clap::CommandFactory;
use clap_complete::Shell;
use serde_json::json;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// For which shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(args: &Args) -> Report {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "fusebox", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    Report::done(json!({ "shell": args.shell.to_string(), "script": script }), script.clone())
}
