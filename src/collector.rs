//! Schedule, back-off and budget (pure), and the driver that looks at what is due.
//!
//! Uses `salesforce`, `wordpress`, `store`, `diagnosis`, `model` and `config`, and never the operations.

pub mod backoff;
pub mod budget;
mod budgets;
mod driver;
mod entrance;
pub mod history;
mod look;
pub mod proof;
pub mod schedule;

pub use driver::{Collector, Due, Start};
pub use entrance::Entrance;
pub use look::{Looked, OrgReach, Outcome, Seen, SiteReach, Watch};
