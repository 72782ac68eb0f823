//! `config`: what the configuration says, and where it lies. Reads files alone; nothing is looked at.

pub(super) mod check;
mod path;

use super::context::Context;
use super::report::{Failure, Report};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Clone, Copy, Debug, clap::Subcommand)]
enum What {
    /// Read config.toml and secrets.toml whole and say everything that is wrong
    ///
    /// Unknown keys, values of a wrong type, orgs and sites that contradict themselves, console keys that do two
    /// things, secrets that are missing or that others may read, key files that hold no RSA key, certificates and
    /// programs that are not there. Nothing is sent anywhere. Exits with 78 where something is wrong.
    Check,
    /// Print the folders in use, and why these
    Path,
}

pub(super) fn run(context: &Context, args: &Args) -> Result<Report, Failure> {
    match args.what {
        What::Check => check::run(context),
        What::Path => path::run(context),
    }
}
