//! Salesforce and WordPress on loopback, scripted, with a clock that moves on request. Knows nothing of our clients.
//!
//! `world` is the pure model and `scenario` fills it.

pub mod faults;
pub mod jwt;
pub mod soql;

mod mint;
mod scenario;
mod story;
mod world;
