//! `agent`: the one PHP file that a site asked over REST needs in `wp-content/mu-plugins/`.

use super::report::Report;
use crate::wordpress::{AGENT_VERSION, agent_program};
use serde_json::json;

#[derive(Debug, clap::Args)]
pub(super) struct Args {}

pub(super) fn run(_: &Args) -> Report {
    let program = agent_program();
    Report::done(json!({ "version": AGENT_VERSION, "program": program }), program.to_owned())
}
