//! What is known of orgs and their approvals: what `users`, `orgs`, `tokens` and `forecast` print, with a warning for each
//! list that may be short.

use super::Exit;
use super::context::Context;
use super::report::Failure;
use crate::backend::Reading;
use crate::config::Config;
use crate::model::{OrgLedger, OrgName, nearest};
use chrono::{DateTime, Utc};

/// What the store has, judged now.
pub(super) struct Known {
    pub(super) config: Config,
    pub(super) reading: Reading,
    pub(super) now: DateTime<Utc>,
    /// The orgs that were asked for, by name.
    pub(super) orgs: Vec<OrgName>,
}

impl Known {
    /// Reads it, of one org or of all. Nothing is looked at.
    pub(super) async fn read(context: &Context, org: Option<&str>) -> Result<Self, Failure> {
        let config = context.config()?;
        let store = context.store()?;
        let now = context.clock.now();
        let reading = Reading::load(&config, &store, now).await?;
        let all: Vec<OrgName> = reading.settings().orgs.keys().cloned().collect();
        let orgs = match org {
            None => all,
            Some(name) => vec![named(&all, name)?],
        };
        Ok(Self { config, reading, now, orgs })
    }

    /// The ledgers of the orgs.
    pub(super) fn ledgers(&self) -> Vec<OrgLedger> {
        self.orgs.iter().filter_map(|org| self.reading.ledger(org, self.now)).collect()
    }

    /// What should be known beside the data: what can not be read, what is not there yet.
    pub(super) fn warnings(&self) -> Vec<String> {
        let mut warnings: Vec<String> = self.reading.unreadable.iter().map(ToString::to_string).collect();
        if self.orgs.is_empty() {
            warnings.push(format!("no orgs yet: fusebox login ORG, or edit {}", self.config.file().display()));
        }
        warnings
    }
}

/// A list that may be short, in words.
pub(super) fn short(ledger: &OrgLedger) -> Option<String> {
    let org = &ledger.org;
    if let Some(refused) = &ledger.refused {
        return Some(format!("{org}: approvals may not be listed: needs {}", refused.permission));
    }
    match ledger.seen_at {
        None => Some(format!("{org}: approvals were not listed yet: fusebox poll")),
        Some(_) if !ledger.complete => {
            Some(format!("{org}: not all approvals are listed; what is missing is not told here"))
        }
        Some(_) => None,
    }
}

/// The name before the `@`, below its org: `acme/ops1`.
pub(super) fn owner(org: &OrgName, user: &str) -> String {
    format!("{org}/{}", user.split('@').next().unwrap_or_default())
}

fn named(all: &[OrgName], name: &str) -> Result<OrgName, Failure> {
    let wanted = OrgName::new(name);
    if all.contains(&wanted) {
        return Ok(wanted);
    }
    let failure = Failure::new(Exit::Usage, format!("no org named {:?} is in the configuration", wanted.as_str()));
    Err(match nearest(wanted.as_str(), all.iter().map(OrgName::as_str)) {
        Some(nearest) => failure.advise(format!("did you mean {nearest:?}?")),
        None => failure.advise("fusebox orgs shows the names"),
    })
}
