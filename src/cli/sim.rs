//! `sim`: Salesforce and WordPress on loopback, until a signal ends it.

use super::Exit;
use super::report::{self, Failure, Report};
use super::signals::Signals;
use crate::sim;
use std::net::SocketAddr;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where the login origin listens; loopback only
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
    listen: SocketAddr,
    #[command(flatten)]
    fleet: Fleet,
    /// Write a configuration that looks at it
    #[arg(long, value_name = "DIR")]
    write_config: Option<PathBuf>,
    /// How the orgs' origins are named: by port alone, or by host names below salesforce.localhost too
    #[arg(long, value_enum, default_value_t = Instances::Port, value_name = "HOW")]
    instances: Instances,
    /// Speak TLS, with a certificate authority of its own
    #[arg(long)]
    tls: bool,
}

/// How the orgs' origins are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Instances {
    Port,
    Host,
}

/// Which fleet is made up, for the simulator and the demo alike.
#[derive(Debug, clap::Args)]
pub(super) struct Fleet {
    /// Which fleet is made up
    #[arg(long, default_value = "agency")]
    pub(super) scenario: String,
    /// Decides the names and who has which trouble
    #[arg(long, default_value_t = 7)]
    pub(super) seed: u64,
    /// How many sites
    #[arg(long)]
    pub(super) sites: Option<usize>,
}

pub(super) async fn run(args: Args) -> Result<Report, Failure> {
    let mut signals = Signals::catch()?;
    let Args { listen, fleet: Fleet { scenario, seed, sites }, write_config, instances, tls } = args;
    let instances = match instances {
        Instances::Port => sim::Instances::Port,
        Instances::Host => sim::Instances::Host,
    };
    let options = sim::Options { listen, scenario, seed, sites, write_config, instances, tls };
    let sim = sim::start(options).await.map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
    let ready = serde_json::to_string(&sim.ready).map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
    report::print(&format!("{ready}\n"));
    signals.ended().await;
    sim.stop().await;
    Ok(Report::silent(Exit::Done))
}
