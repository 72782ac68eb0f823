//! What one look at a WordPress site answers.

use crate::model::{Clean, Fingerprint, OrgId, UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The agent's `status`: the plugin's settings as they are stored, without one secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteStatus {
    /// `home_url()`.
    pub home_url: Clean,
    /// The blog of a multisite; 1 elsewhere.
    pub blog_id: u64,
    /// The site's own title.
    pub title: Clean,
    /// WordPress' version.
    pub wp_version: Clean,
    /// PHP's version.
    pub php_version: Clean,
    /// The agent's version.
    pub agent_version: Clean,
    /// WP Fusion itself.
    pub plugin: PluginState,
    /// The CRM that WP Fusion is set to (`salesforce`), if any.
    pub crm: Option<Clean>,
    /// Whether the plugin's own first test ever succeeded. Says nothing about the token being alive.
    pub connection_configured: bool,
    /// The connection as stored; absent when nobody has authorized.
    pub connection: Option<Connection>,
    /// The Salesforce object that the site syncs to.
    pub object_type: Option<Clean>,
    /// Topics, Picklist, Personal or Public.
    pub segment_type: Option<Clean>,
    /// Stored topics or tags.
    pub tags: Option<u32>,
    /// Stored fields of the object.
    pub fields: Option<u32>,
    /// Fields mapped to a WordPress field.
    pub mapped_fields: Option<u32>,
    /// Staging, as the plugin sees it.
    pub staging: Staging,
    /// The scheduled tasks.
    pub cron: Cron,
}

impl SiteStatus {
    /// Whether a connection is stored and the plugin uses it.
    pub fn uses_connection(&self) -> bool {
        let salesforce = self.crm.as_ref().is_none_or(|crm| crm.as_str() == "salesforce");
        matches!(self.plugin, PluginState::Active { .. }) && salesforce && self.connection.is_some()
    }
}

/// The stored connection to Salesforce.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// From `sf_id`, the identity URL.
    pub org: Option<OrgId>,
    /// From `sf_id`.
    pub user: Option<UserId>,
    /// `sf_instance_url`.
    pub instance_url: Clean,
    /// The access token, seen from outside. Changes with every refresh.
    pub access: Option<Fingerprint>,
    /// The refresh token, seen from outside. Changes with every authorization, and with rotation.
    pub refresh: Option<Fingerprint>,
}

/// Whether WP Fusion runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum PluginState {
    /// Not installed.
    Absent,
    /// Installed, not active.
    Inactive {
        /// Its version, from the plugin's file.
        version: Clean,
    },
    /// Active.
    Active {
        /// `lite` or `full`.
        edition: Clean,
        /// Its version.
        version: Clean,
    },
}

/// WP Fusion's staging guard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staging {
    /// Whether the guard holds back what the site would send.
    pub effective: bool,
    /// Whether it is the address that says so: a copy under another address than the recorded one.
    pub duplicate: bool,
    /// The recorded address, if one is.
    pub recorded_url: Option<Clean>,
}

/// WordPress' scheduled tasks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cron {
    /// `DISABLE_WP_CRON`.
    pub disabled: bool,
    /// Whether a task is more than an hour late: nothing runs them.
    pub stalled: bool,
}

/// The agent's `log`: the newest rows of `wpf_logging` of level warning and above, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteLog {
    /// Whether the plugin logs at all; without it, silence says nothing.
    pub enabled: bool,
    /// The rows.
    pub rows: Vec<LogRow>,
}

/// One row of the plugin's log, masked on the site: up to `<hr>`, no token, no e-mail address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRow {
    /// `log_id`.
    pub id: u64,
    /// When, by the site's clock.
    pub at: DateTime<Utc>,
    /// 500 error, 400 warning.
    pub level: u16,
    /// The part of the plugin that speaks.
    pub source: Clean,
    /// What it says.
    pub message: Clean,
}

impl LogRow {
    /// Whether it is an error, and none that was made for fusebox: a refresh that was withheld for it.
    pub fn is_error(&self) -> bool {
        self.level >= 500 && !self.message.as_str().contains("refresh withheld")
    }
}

/// What came of one call by the site with the session it has, refresh withheld.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum ProveOutcome {
    /// Salesforce answered the site: proof.
    Good,
    /// The session had expired and the refresh was withheld: neither proof nor failure.
    Withheld,
    /// Salesforce refused the call, and not because the session had expired.
    Refused {
        /// The plugin's words.
        text: Clean,
    },
    /// The call came to nothing for another reason (no network, 503, limit of requests).
    Failed {
        /// The plugin's words.
        text: Clean,
    },
}

#[cfg(test)]
impl SiteStatus {
    /// A connected site as tests begin with, holding tokens with these fingerprints.
    pub(crate) fn connected(access: u8, refresh: u8) -> Self {
        Self {
            home_url: "https://shop.example.org".into(),
            blog_id: 1,
            title: "Shop".into(),
            wp_version: "6.1.9".into(),
            php_version: "8.2.36".into(),
            agent_version: "1".into(),
            plugin: PluginState::Active { edition: "lite".into(), version: "3.47.11".into() },
            crm: Some("salesforce".into()),
            connection_configured: true,
            connection: Some(Connection {
                org: None,
                user: None,
                instance_url: "https://acme.my.salesforce.com".into(),
                access: Some(Fingerprint::from_bytes([access; 16])),
                refresh: Some(Fingerprint::from_bytes([refresh; 16])),
            }),
            object_type: Some("Contact".into()),
            segment_type: Some("Topics".into()),
            tags: Some(5),
            fields: Some(11),
            mapped_fields: Some(4),
            staging: Staging::default(),
            cron: Cron::default(),
        }
    }
}
