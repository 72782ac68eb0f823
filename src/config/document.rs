//! The file as it is written: flat tables with the place of every value, before anything is checked.

use super::Mode;
use super::console::{AmbiguousWidth, ThemeWord};
use super::error::Fault;
use super::keys;
use crate::model::{PolicyUnit, Rotation, SecretRef};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;
use toml::de::{DeTable, Deserializer};

/// The whole file.
#[derive(Deserialize)]
pub(super) struct Document {
    #[serde(default)]
    pub(super) fleet: FleetTable,
    #[serde(default)]
    pub(super) console: ConsoleTable,
    #[serde(default)]
    pub(super) keys: BTreeMap<Spanned<String>, KeyWords>,
    #[serde(default)]
    pub(super) poll: PollTable,
    pub(super) hook: Option<Spanned<HookTable>>,
    #[serde(default)]
    pub(super) org: Vec<Spanned<OrgTable>>,
    #[serde(default)]
    pub(super) site: Vec<Spanned<SiteTable>>,
}

impl Document {
    /// Reads the whole file; no key in it goes unread.
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        let table = DeTable::parse(text)?;
        keys::check(table.get_ref())?;
        Ok(Self::deserialize(Deserializer::from(table))?)
    }
}

/// The keys of one action.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a key, or a list of keys")]
pub(super) enum KeyWords {
    One(String),
    Many(Vec<String>),
}

#[derive(Default, Deserialize)]
pub(super) struct FleetTable {
    pub(super) name: Option<Spanned<String>>,
    pub(super) mode: Option<Mode>,
}

#[derive(Default, Deserialize)]
pub(super) struct ConsoleTable {
    pub(super) theme: Option<ThemeWord>,
    pub(super) canvas: Option<bool>,
    pub(super) ambiguous_width: Option<AmbiguousWidth>,
}

#[derive(Default, Deserialize)]
pub(super) struct PollTable {
    pub(super) org_interval: Option<Spanned<String>>,
    pub(super) site_interval: Option<Spanned<String>>,
    pub(super) proof_interval: Option<Spanned<String>>,
    pub(super) timeout: Option<Spanned<String>>,
    pub(super) old_after: Option<Spanned<String>>,
    pub(super) proof_max_age: Option<Spanned<String>>,
    pub(super) keep: Option<Spanned<String>>,
    pub(super) at_once: Option<Spanned<u64>>,
    pub(super) api_share: Option<Spanned<u64>>,
}

#[derive(Deserialize)]
pub(super) struct HookTable {
    pub(super) command: Option<Spanned<Vec<String>>>,
    pub(super) timeout: Option<Spanned<String>>,
    pub(super) on: Option<Spanned<Vec<Spanned<String>>>>,
}

#[derive(Deserialize)]
pub(super) struct OrgTable {
    pub(super) name: Spanned<String>,
    pub(super) login_url: Spanned<String>,
    pub(super) client_id: Option<Spanned<String>>,
    pub(super) flow: Spanned<FlowWord>,
    pub(super) username: Option<Spanned<String>>,
    pub(super) private_key: Option<Spanned<SecretRef>>,
    pub(super) client_secret: Option<Spanned<SecretRef>>,
    pub(super) refresh_token: Option<Spanned<SecretRef>>,
    pub(super) callback_port: Option<Spanned<u16>>,
    pub(super) token_command: Option<Spanned<Vec<String>>>,
    pub(super) ca_file: Option<Spanned<String>>,
    pub(super) app: Option<Spanned<String>>,
    pub(super) slot_limit: Option<Spanned<u32>>,
    pub(super) policy_unit: Option<PolicyUnit>,
    #[serde(default)]
    pub(super) rotation: Rotation,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub(super) enum FlowWord {
    Jwt,
    ClientCredentials,
    Browser,
    TokenCommand,
}

#[derive(Deserialize)]
pub(super) struct SiteTable {
    pub(super) name: Spanned<String>,
    pub(super) url: Spanned<String>,
    pub(super) reach: Spanned<ReachWord>,
    pub(super) user: Option<Spanned<String>>,
    pub(super) password: Option<Spanned<SecretRef>>,
    pub(super) host: Option<Spanned<String>>,
    pub(super) port: Option<Spanned<u16>>,
    pub(super) path: Option<Spanned<String>>,
    pub(super) wp: Option<Spanned<String>>,
    pub(super) org: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) staging: bool,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq, strum::Display)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub(super) enum ReachWord {
    Rest,
    Local,
    Ssh,
}
