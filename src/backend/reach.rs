//! From the configuration and the secrets to the ways in. A target without its secret is a target that fails, and says
//! which; a secret that others may read stops everything.

use crate::collector::{OrgReach, SiteReach};
use crate::config::{Config, Flow, OrgConfig, Reach, SiteConfig};
use crate::model::{Clock, Failure, FailureClass, OrgName, SecretRef, SiteName};
use crate::salesforce::{Client, Connections, Credentials, Grant, TokenFile};
use crate::secrets::{self, SecretError, Secrets, read_private, write_private};
use crate::wordpress::{Agent, Http, Way};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What every client is made with.
pub(super) struct Maker<'a> {
    pub(super) config: &'a Config,
    pub(super) secrets: &'a Secrets,
    pub(super) fingerprint_key: &'a SecretString,
    pub(super) control_dir: &'a Path,
    pub(super) clock: &'a Clock,
    /// Of all sites.
    pub(super) http: &'a Http,
    /// Of all orgs.
    pub(super) connections: &'a Connections,
}

impl Maker<'_> {
    pub(super) fn orgs(&self) -> Result<BTreeMap<OrgName, OrgReach>, SecretError> {
        self.config.orgs.iter().map(|org| Ok((org.name.clone(), self.org(org)?))).collect()
    }

    pub(super) fn sites(&self) -> Result<BTreeMap<SiteName, SiteReach>, SecretError> {
        self.config.sites.iter().map(|site| Ok((site.name.clone(), self.site(site)?))).collect()
    }

    fn org(&self, org: &OrgConfig) -> Result<OrgReach, SecretError> {
        org_reach(self.config, org, self.secrets, self.clock, self.connections)
    }

    fn site(&self, site: &SiteConfig) -> Result<SiteReach, SecretError> {
        let mut lane = None;
        let way = match &site.reach {
            Reach::Rest { user, password } => {
                self.secret(password)?.map(|password| Way::Rest { user: user.clone(), password })
            }
            Reach::Local { path, wp } => Ok(Way::Local { path: path.clone(), wp: wp.clone() }),
            Reach::Ssh { host, port, path, wp } => {
                lane = Some(format!("{host}:{}", port.unwrap_or(22)));
                Ok(Way::Ssh {
                    host: host.clone(),
                    port: *port,
                    path: path.clone(),
                    wp: wp.clone(),
                    control_dir: self.control_dir.to_owned(),
                })
            }
        };
        let agent = way.and_then(|way| {
            let (key, timeout) = (self.fingerprint_key.clone(), self.config.poll.timeout);
            Agent::with_http(site.url.clone(), way, key, timeout, self.clock.clone(), self.http)
        });
        Ok(SiteReach { agent: agent.map(Arc::new), staging: site.staging, lane })
    }

    fn secret(&self, place: &SecretRef) -> Result<Result<SecretString, Failure>, SecretError> {
        secret(self.secrets, place)
    }
}

/// The way to one org.
pub(super) fn org_reach(
    config: &Config,
    org: &OrgConfig,
    secrets: &Secrets,
    clock: &Clock,
    connections: &Connections,
) -> Result<OrgReach, SecretError> {
    let grant = match &org.flow {
        Flow::Jwt { username, private_key } => secret(secrets, private_key)?
            .map(|private_key_pem| Grant::Jwt { username: username.clone(), private_key_pem }),
        Flow::ClientCredentials { client_secret } => {
            secret(secrets, client_secret)?.map(|client_secret| Grant::ClientCredentials { client_secret })
        }
        Flow::Browser { client_secret, refresh_token, .. } => {
            let file: Arc<dyn TokenFile> = Arc::new(PrivateFile(config.dir.join(refresh_token)));
            let client_secret = client_secret.as_ref().map(|place| secret(secrets, place)).transpose()?.transpose();
            client_secret.map(|client_secret| Grant::Refresh { client_secret, file })
        }
        Flow::TokenCommand { command } => Ok(Grant::Program { command: command.clone() }),
    };
    let connections = match &org.ca_file {
        None => Ok(connections.clone()),
        Some(path) => trusting(&config.dir.join(path)),
    };
    let client = grant.and_then(|grant| {
        let credentials = Credentials { login_url: org.login_url.clone(), client_id: org.client_id.clone(), grant };
        Client::new(credentials, config.poll.timeout, clock.clone(), connections?)
    });
    Ok(OrgReach { client: client.map(Arc::new), app: org.terms.app.clone() })
}

fn trusting(path: &Path) -> Result<Connections, Failure> {
    let named = |what: &str| Failure::new(FailureClass::Tls, format!("ca_file {}: {what}", path.display()));
    let pem = std::fs::read(path).map_err(|error| named(&error.to_string()))?;
    Connections::trusting(&pem).map_err(|failure| named(failure.text.as_str()))
}

/// A secret, or the failure that its target is without it.
fn secret(secrets: &Secrets, place: &SecretRef) -> Result<Result<SecretString, Failure>, SecretError> {
    match secrets.get(place) {
        Ok(secret) => Ok(Ok(secret)),
        Err(error) if error.is_exposed() => Err(error),
        Err(error) => Ok(Err(Failure::new(FailureClass::Unauthorized, error.to_string()))),
    }
}

/// The file of one refresh token, readable by its owner alone.
#[derive(Debug)]
struct PrivateFile(PathBuf);

impl TokenFile for PrivateFile {
    fn read(&self) -> Result<SecretString, String> {
        let text = read_private(&self.0, secrets::LARGEST).map_err(|error| error.to_string())?;
        match text.trim() {
            "" => Err(format!("{} holds no refresh token", self.0.display())),
            token => Ok(token.to_owned().into()),
        }
    }

    fn write(&self, token: &SecretString) -> Result<(), String> {
        write_private(&self.0, token).map_err(|error| error.to_string())
    }
}
