//! Plain data and invariants: what fusebox knows, in the words of `docs/architecture.md`.
//!
//! No I/O, no clock, no async, nothing of ours outside this module. Time is always an argument, always UTC.

pub mod age;
pub mod approval;
pub mod board;
pub mod cause;
pub mod change;
pub mod class;
pub mod clock;
pub mod days;
pub mod detail;
pub mod failure;
pub mod fields;
pub mod figure;
pub mod finding;
pub mod fleet;
pub mod forecast;
pub mod health;
pub mod history;
pub mod ids;
pub mod ledger;
pub mod nearest;
pub mod observation;
pub mod org;
pub mod org_state;
pub mod permission;
pub mod query;
pub mod refusal;
pub mod row;
pub mod secret_ref;
pub mod settings;
pub mod sharing;
pub mod site;
pub mod site_state;
pub mod slots;
pub mod text;
pub mod trace;
pub mod uses;
pub mod why;
pub mod wire;

pub use approval::Approval;
pub use board::{AppUse, Holder, OrgBoard, OrgFacts, UserBoard, UserFacts};
pub use cause::Cause;
pub use change::{Change, Judged};
pub use class::ActionClass;
pub use clock::Clock;
pub use days::Days;
pub use detail::SiteDetail;
pub use failure::{Failure, FailureClass};
pub use figure::{Dated, Expiry, Origin};
pub use finding::{Confidence, Evidence, EvidenceKind, Finding, Remedy};
pub use fleet::Fleet;
pub use forecast::{Forecast, Prospect};
pub use health::{Health, Severity};
pub use history::{
    AppKind, History, HistoryRead, Login, LoginKind, OtherApp, OtherApps, Session, SetupChange, Stretch,
};
pub use ids::{ApprovalId, Fingerprint, OrgId, OrgName, SiteName, UserId};
pub use ledger::{Attribution, Basis, LedgerEntry, LeftEntry, Link, OrgLedger, Orphan, Others, UserLedger};
pub use nearest::nearest;
pub use observation::{Fact, Observation, Target};
pub use org::{ApiUsage, ConnectedApp, OrgPicture, Organization, Permitted, User};
pub use org_state::{Departed, OrgState};
pub use permission::Permission;
pub use query::{Query, QueryError};
pub use row::{SiteRow, Slot};
pub use secret_ref::{SecretCommand, SecretRef, SecretVariables};
pub use settings::{OrgTerms, PolicyUnit, Rotation, Settings, SiteTerms, Thresholds};
pub use site::{PluginState, ProveOutcome, SiteLog, SiteStatus};
pub use site_state::SiteState;
pub use slots::{HeldSlot, Loss, Removed, SaferStep, SlotCheck, SlotCost, Whose};
pub use text::Clean;
pub use trace::Trace;
pub use uses::Uses;
pub use why::{Aged, Running, Why};
pub use wire::{Mark, Wire};
