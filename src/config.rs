//! One TOML file: the fleet, how it is polled, its orgs and sites. Read whole, checked whole, refused with the line that
//! is wrong and what to do about it. Uses `model` alone.

mod check;
mod checked;
pub mod console;
mod document;
pub mod edit;
mod environment;
mod error;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod import;
mod keys;
pub mod paths;

pub use checked::{Checked, Named, Owner, Reference};
pub use console::{ConsoleConfig, KeyChange};
pub use environment::Environment;
pub use error::{ConfigError, Place};
pub use paths::Paths;

use crate::model::settings::Thresholds;
use crate::model::{
    Clean, Health, OrgName, OrgTerms, Permits, ReadOnly, SecretRef, SecretVariables, Settings, SiteName, SiteTerms,
};
use chrono::TimeDelta;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use url::Url;

/// The file's name within the configuration's folder.
pub const FILE: &str = "config.toml";

/// All that the operator tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The folder that it was read from; secrets named by relative paths lie there.
    pub dir: PathBuf,
    /// `[fleet]`.
    pub fleet: FleetConfig,
    /// `[console]`.
    pub console: ConsoleConfig,
    /// `[keys]`, by the name of the action.
    pub keys: Vec<KeyChange>,
    /// `[poll]`.
    pub poll: PollConfig,
    /// `[hook]`, where there is one.
    pub hook: Option<HookConfig>,
    /// `[group.NAME]`: sites that have something in common.
    pub groups: BTreeMap<String, GroupConfig>,
    /// `[[org]]`, in the file's order.
    pub orgs: Vec<OrgConfig>,
    /// `[[site]]`, in the file's order.
    pub sites: Vec<SiteConfig>,
}

/// `[fleet]`: what it is called and what fusebox may do to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetConfig {
    /// Its name, shown in the title.
    pub name: String,
    /// What is admitted; where nobody says it, looking alone, and the console may lift that.
    pub mode: Option<Mode>,
    /// The relay of WP Fusion's vendor, over which a site's link may send a person to Salesforce and back.
    pub relay: Url,
}

/// Where the plugin's own link leads (WP Fusion Lite 3.47.11, `get_oauth_url()`).
const RELAY: &str = "https://wpfusion.com/oauth/";

impl Default for FleetConfig {
    fn default() -> Self {
        let relay = Url::parse(RELAY).unwrap_or_else(|_| unreachable!("a constant"));
        Self { name: "fleet".to_owned(), mode: None, relay }
    }
}

/// What fusebox may do to sites and orgs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Looking alone.
    ReadOnly,
    /// Also what spends a refresh or a slot, or changes a site or an org.
    ReadWrite,
}

/// `[group.NAME]`: what holds for every site of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupConfig {
    /// Whether its sites are only looked at.
    pub read_only: bool,
}

/// `[poll]`: how often, how many at once, and for how long it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PollConfig {
    /// Between two looks at an org.
    pub org_interval: Duration,
    /// Between two looks at a site.
    pub site_interval: Duration,
    /// Between two looks at what an org wrote down: logins, sessions, what administrators changed.
    pub evidence_interval: Duration,
    /// Between two calls that a site makes to prove itself.
    pub proof_interval: Duration,
    /// After which a look is given up.
    pub timeout: Duration,
    /// Looks under way at once, at least 1.
    pub at_once: usize,
    /// An answer that is older makes a site OLD.
    pub old_after: TimeDelta,
    /// A proof that is older proves nothing now.
    pub proof_max_age: TimeDelta,
    /// How long what was seen is kept.
    pub keep: TimeDelta,
    /// Part of an org's daily API allocation that fusebox may use, in per cent, 1 to 100.
    pub api_share: u8,
}

impl Default for PollConfig {
    fn default() -> Self {
        let site_interval = Duration::from_secs(15 * 60);
        Self {
            org_interval: Duration::from_secs(60),
            site_interval,
            evidence_interval: Duration::from_secs(15 * 60),
            proof_interval: Duration::from_secs(6 * 3600),
            timeout: Duration::from_secs(10),
            at_once: 16,
            old_after: old_after(site_interval),
            proof_max_age: TimeDelta::hours(24),
            keep: TimeDelta::days(400),
            api_share: 5,
        }
    }
}

/// Three looks missed, and never less than an hour: a site that misses one look is not news.
fn old_after(site_interval: Duration) -> TimeDelta {
    let three = TimeDelta::from_std(site_interval.saturating_mul(3)).unwrap_or(TimeDelta::MAX);
    three.max(TimeDelta::hours(1))
}

/// `[hook]`: a program that is told how sites' health changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookConfig {
    /// The program and its arguments; no shell reads them.
    pub command: Vec<String>,
    /// After which it is killed.
    pub timeout: Duration,
    /// The healths that it is told of, when a site comes to one or leaves one; none named: all.
    pub on: Vec<Health>,
}

/// How long a hook may take, unless the configuration says it.
pub const HOOK_TIMEOUT: Duration = Duration::from_secs(30);

/// `[[org]]`: one Salesforce org, and the app and user of fusebox's own there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrgConfig {
    /// What the operator calls it.
    pub name: OrgName,
    /// Where fusebox signs in.
    pub login_url: Url,
    /// The consumer key of fusebox's own app. Empty where another program signs in.
    pub client_id: String,
    /// How it signs in.
    pub flow: Flow,
    /// Certificates (PEM) to be trusted beside the system's, relative to the configuration's folder.
    pub ca_file: Option<PathBuf>,
    /// What Salesforce does not expose.
    pub terms: OrgTerms,
    /// Whether it, and with it its sites, is only looked at.
    pub read_only: bool,
}

/// How fusebox signs in to an org.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flow {
    /// JWT bearer.
    Jwt {
        /// The user of fusebox's own.
        username: String,
        /// Its private key, PEM.
        private_key: SecretRef,
    },
    /// Client credentials.
    ClientCredentials {
        /// The app's secret.
        client_secret: SecretRef,
    },
    /// A refresh token that a person got in a browser, for fusebox's own app.
    Browser {
        /// The app's secret, unless it is a public client.
        client_secret: Option<SecretRef>,
        /// The file of the refresh token, relative to the configuration's folder. Written where the token rotates.
        refresh_token: PathBuf,
        /// The port of the callback address on this machine.
        callback_port: u16,
    },
    /// Another program signs in and prints a session.
    TokenCommand {
        /// The program and its arguments; no shell reads them.
        command: Vec<String>,
    },
}

/// The port of the callback address, unless the configuration names another: the one that Salesforce's own command line
/// takes, which administrators know from its guide.
pub const CALLBACK_PORT: u16 = 1717;

/// `[[site]]`: one WordPress site and the way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteConfig {
    /// What the operator calls it.
    pub name: SiteName,
    /// Its address.
    pub url: Url,
    /// The way in.
    pub reach: Reach,
    /// The org it belongs to, where the site's own word should not do.
    pub org: Option<OrgName>,
    /// Whether the operator marks it as staging.
    pub staging: bool,
    /// The group that it is in.
    pub group: Option<String>,
    /// Whether it is only looked at.
    pub read_only: bool,
}

/// The way to a site's agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The agent as an mu-plugin.
    Rest {
        /// The WordPress user of fusebox's own.
        user: String,
        /// Its Application Password.
        password: SecretRef,
    },
    /// WP-CLI on this host.
    Local {
        /// The folder of WordPress.
        path: PathBuf,
        /// The name of WP-CLI.
        wp: String,
    },
    /// WP-CLI over ssh.
    Ssh {
        /// As `ssh` takes it: `user@host` or an alias of the operator's own configuration.
        host: String,
        /// The port, where it is another than ssh's own choice.
        port: Option<u16>,
        /// The folder of WordPress there.
        path: String,
        /// The name of WP-CLI there.
        wp: String,
    },
}

impl Config {
    /// Reads `config.toml` of `dir`. A file that is not there is an empty fleet.
    pub fn load(dir: &Path) -> Result<Self, ConfigError> {
        Self::load_with(dir, &Environment::default())
    }

    /// The same, with what the environment says put in its place.
    pub fn load_with(dir: &Path, environment: &Environment) -> Result<Self, ConfigError> {
        let path = dir.join(FILE);
        Self::parse_with(dir, &path, &Self::text(&path)?, environment)
    }

    fn text(path: &Path) -> Result<String, ConfigError> {
        match std::fs::read_to_string(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
            text => text.map_err(|source| ConfigError::Read { path: path.to_owned(), source }),
        }
    }

    /// Reads `text` as if it stood in `path`.
    pub(crate) fn parse(dir: &Path, path: &Path, text: &str) -> Result<Self, ConfigError> {
        Self::parse_with(dir, path, text, &Environment::default())
    }

    fn parse_with(dir: &Path, path: &Path, text: &str, environment: &Environment) -> Result<Self, ConfigError> {
        let mut checked = Checked::parse(dir, path, text, environment);
        if checked.faults.is_empty() { Ok(checked.config) } else { Err(checked.faults.swap_remove(0)) }
    }

    /// What the rules take from it.
    pub fn settings(&self) -> Settings {
        Settings {
            thresholds: Thresholds {
                old_after: self.poll.old_after,
                proof_max_age: self.poll.proof_max_age,
                ..Thresholds::default()
            },
            orgs: self.orgs.iter().map(|org| (org.name.clone(), org.terms.clone())).collect(),
            sites: self.sites.iter().map(|site| (site.name.clone(), site.terms())).collect(),
        }
    }

    /// What may be spent or written, as far as the configuration says it.
    pub fn permits(&self) -> Permits {
        let fleet = match self.fleet.mode {
            Some(Mode::ReadWrite) => None,
            Some(Mode::ReadOnly) => Some(ReadOnly::Fleet),
            None => Some(ReadOnly::Unsaid),
        };
        let of_group = |site: &SiteConfig| {
            let group = site.group.as_ref()?;
            self.groups.get(group)?.read_only.then(|| ReadOnly::Group(Clean::new(group)))
        };
        let left_alone = |site: &SiteConfig| {
            let by = if site.read_only { Some(ReadOnly::Site(site.name.clone())) } else { of_group(site) };
            // An org that the site itself names is known only later.
            Some((site.name.clone(), by?))
        };
        let orgs = self.orgs.iter().filter(|org| org.read_only).map(|org| org.name.clone());
        Permits { fleet, sites: self.sites.iter().filter_map(left_alone).collect(), orgs: orgs.collect() }
    }

    /// The environment variables that hold secrets: no program that is started may see them.
    pub fn secret_variables(&self) -> SecretVariables {
        let of_orgs = self.orgs.iter().filter_map(|org| match &org.flow {
            Flow::Jwt { private_key: place, .. }
            | Flow::ClientCredentials { client_secret: place }
            | Flow::Browser { client_secret: Some(place), .. } => Some(place),
            Flow::Browser { client_secret: None, .. } | Flow::TokenCommand { .. } => None,
        });
        let of_sites = self.sites.iter().filter_map(|site| match &site.reach {
            Reach::Rest { password, .. } => Some(password),
            Reach::Local { .. } | Reach::Ssh { .. } => None,
        });
        of_orgs.chain(of_sites).collect()
    }

    /// The file that it was read from, or would be.
    pub fn file(&self) -> PathBuf {
        self.dir.join(FILE)
    }

    /// The site whose name is most like this one, if one is like it at all.
    pub fn nearest_site(&self, name: &SiteName) -> Option<&SiteName> {
        let nearest = crate::model::nearest(name.as_str(), self.sites.iter().map(|site| site.name.as_str()))?;
        self.sites.iter().map(|site| &site.name).find(|name| name.as_str() == nearest)
    }

    /// The site of this name.
    pub fn site(&self, name: &SiteName) -> Option<&SiteConfig> {
        self.sites.iter().find(|site| site.name == *name)
    }
}

impl SiteConfig {
    /// What the rules take from it.
    pub fn terms(&self) -> SiteTerms {
        SiteTerms { url: self.shown_url(), org: self.org.clone(), staging: self.staging }
    }

    /// Its address as it is shown: without the slash that a bare host's path is.
    pub fn shown_url(&self) -> Clean {
        self.url.as_str().trim_end_matches('/').into()
    }
}

#[cfg(test)]
mod tests;
