//! Salesforce and WordPress on loopback, scripted, with a clock that moves on request. Knows nothing of our clients.

pub mod faults;
pub mod jwt;
pub mod soql;
