//! Apps seen from outside: which consumer key is whose, and what its publisher registered for it. Pure.

use super::World;
use super::org::App;
use super::refresh::{Client, Refusal};

/// Where WP Fusion's app sends a browser back to: the vendor's relay, as the plugin's own code exchange names it
/// (`class-admin.php` of WP Fusion Lite 3.47.11).
pub(crate) const RELAY_CALLBACK: &str = "https://wpfusion.com/oauth/?action=wpf_get_salesforce_token&redirect";

/// An app, by the consumer key that came along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Consumer {
    /// WP Fusion's, the same in every org.
    WpFusion,
    /// fusebox's own in one org, by its place.
    Own(usize),
}

impl World {
    /// Whose consumer key this is.
    pub(crate) fn consumer(&self, client_id: &str) -> Option<Consumer> {
        if client_id == self.app_client_id {
            return Some(Consumer::WpFusion);
        }
        self.orgs.iter().position(|org| org.monitor.client_id == client_id).map(Consumer::Own)
    }

    /// The consumer secret.
    pub(crate) fn secret_of(&self, consumer: Consumer) -> &str {
        match consumer {
            Consumer::WpFusion => &self.app_client_secret,
            Consumer::Own(org) => &self.orgs[org].monitor.client_secret,
        }
    }

    /// Whether the app may send a browser to `callback`: it must be one of the registered ones to the letter.
    pub(crate) fn calls_back(&self, consumer: Consumer, callback: &str) -> bool {
        match consumer {
            Consumer::WpFusion => callback == RELAY_CALLBACK,
            Consumer::Own(org) => self.orgs[org].monitor.callbacks.iter().any(|known| known == callback),
        }
    }

    /// An app as `org` knows it; an own app is known at home alone.
    pub(crate) fn app_in(&self, consumer: Consumer, org: usize) -> Option<&App> {
        match consumer {
            Consumer::WpFusion => Some(&self.orgs[org].app),
            Consumer::Own(home) => (home == org).then(|| &self.orgs[org].monitor.app),
        }
    }

    /// Whose key and secret came along. An app without a secret of its own (a public client) may leave it out.
    pub(crate) fn admit(&self, client: Client<'_>) -> Result<Consumer, Refusal> {
        let cause = "credentials_rotated";
        let consumer = self.consumer(client.id).ok_or(Refusal {
            error: "invalid_client_id",
            description: "client identifier invalid",
            cause,
        })?;
        let public = matches!(consumer, Consumer::Own(_)) && client.secret.is_empty();
        if !public && client.secret != self.secret_of(consumer) {
            return Err(Refusal { error: "invalid_client", description: "invalid client credentials", cause });
        }
        Ok(consumer)
    }
}
