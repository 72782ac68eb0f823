//! Salesforce and WordPress on loopback, scripted, with a clock that moves on request. Knows nothing of our clients.
//!
//! `world` is the pure model and `scenario` fills it; `salesforce`, `agent` and `admin` are what it says over HTTP.

pub mod faults;
pub mod jwt;
pub mod schema;
pub mod soql;

mod admin;
mod agent;
mod ask;
mod clock;
mod config_files;
mod digest;
mod elsewhere;
mod journal;
mod keys;
mod mint;
mod record_id;
mod salesforce;
mod scenario;
mod servers;
mod state;
mod story;
mod switchboard;
mod tls;
mod traffic;
mod world;

pub use servers::{Instances, Options, Ready, Sim, SimError, start};
