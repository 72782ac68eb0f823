//! What a process remembers of the configuration for the next one, so that a console that only shows what is known need
//! not read a file of thousands of sites first. The terms of sites lie beside it in the store.

use crate::config::{Config, ConsoleConfig, KeyChange};
use crate::model::settings::Thresholds;
use crate::model::{OrgName, OrgTerms, Permits, Settings};
use crate::store::Memo;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a configuration told, but for the terms of its sites.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The fleet's name.
    pub fleet: String,
    /// What may be spent or written.
    pub permits: Permits,
    /// How the screen looks.
    pub look: ConsoleConfig,
    /// What it obeys.
    #[serde(default)]
    pub keys: Vec<KeyChange>,
    /// How many sites there are.
    pub sites: usize,
    old_after_s: i64,
    proof_max_age_s: i64,
    orgs: BTreeMap<OrgName, OrgTerms>,
}

impl Told {
    /// What was remembered of the file in this very state; none when it is another now.
    pub fn of(memo: &Memo, file: &str) -> Option<Self> {
        (memo.file == file).then(|| serde_json::from_str(&memo.told).ok()).flatten()
    }

    /// What is remembered of `config`.
    pub fn by(config: &Config) -> Self {
        Self {
            fleet: config.fleet.name.clone(),
            permits: config.permits(),
            look: config.console,
            keys: config.keys.clone(),
            sites: config.sites.len(),
            old_after_s: config.poll.old_after.num_seconds(),
            proof_max_age_s: config.poll.proof_max_age.num_seconds(),
            orgs: config.orgs.iter().map(|org| (org.name.clone(), org.terms.clone())).collect(),
        }
    }

    /// What the rules take from it. The terms of sites are not in it.
    pub(super) fn settings(&self) -> Settings {
        let span = |seconds| TimeDelta::try_seconds(seconds).unwrap_or(TimeDelta::MAX);
        Settings {
            thresholds: Thresholds {
                old_after: span(self.old_after_s),
                proof_max_age: span(self.proof_max_age_s),
                ..Thresholds::default()
            },
            orgs: self.orgs.clone(),
            sites: BTreeMap::new(),
        }
    }
}

/// What is to be remembered of a configuration that was read from `file`.
pub(super) fn memo(file: String, config: &Config) -> Memo {
    let told = Told::by(config);
    // Strings and numbers alone: what cannot be written is not remembered, and the file is read the next time too.
    Memo { file, told: serde_json::to_string(&told).unwrap_or_default() }
}
