//! From the configuration and the secrets to the ways in. A target without its secret is a target that fails, and says
//! which; a secret that others may read stops everything. A secret that a program prints is fetched when its target is first
//! looked at.

use crate::collector::{Entrance, OrgReach, SiteReach};
use crate::config::{Config, Flow, OrgConfig, Reach, SiteConfig};
use crate::model::{Clock, Failure, FailureClass, OrgName, SecretRef, SecretVariables, SiteName};
use crate::salesforce::{Client, Connections, Credentials, Grant, TokenFile};
use crate::secrets::{self, Form, SecretError, Secrets, read_private, write_private};
use crate::wordpress::{Agent, Http, Way};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What every client is made with.
pub(super) struct Maker<'a> {
    pub(super) config: &'a Config,
    pub(super) secrets: &'a Secrets,
    pub(super) hidden: &'a SecretVariables,
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
        org_reach(self.config, org, self.secrets_of(), self.clock, self.connections)
    }

    pub(super) fn site(&self, site: &SiteConfig) -> Result<SiteReach, SecretError> {
        let mut lane = None;
        let agent = self.agent(site);
        let agent = match &site.reach {
            Reach::Rest { user, password } => {
                let user = user.clone();
                let way = move |password| Way::Rest { user: user.clone(), password };
                self.secrets_of().entrance(password, Form::Line, move |password| agent(way(password)))?
            }
            Reach::Local { path, wp } => Entrance::ready(agent(Way::Local { path: path.clone(), wp: wp.clone() })),
            Reach::Ssh { host, port, path, wp } => {
                lane = Some(format!("{host}:{}", port.unwrap_or(22)));
                Entrance::ready(agent(Way::Ssh {
                    host: host.clone(),
                    port: *port,
                    path: path.clone(),
                    wp: wp.clone(),
                    control_dir: self.control_dir.to_owned(),
                }))
            }
        };
        Ok(SiteReach { agent, staging: site.staging, lane })
    }

    /// What makes the site's agent of a way in.
    fn agent(&self, site: &SiteConfig) -> impl Fn(Way) -> Result<Agent, Failure> + Send + Sync + 'static {
        let (url, key, timeout) = (site.url.clone(), self.fingerprint_key.clone(), self.config.poll.timeout);
        let (clock, http, hidden) = (self.clock.clone(), self.http.clone(), self.hidden.clone());
        move |way| {
            let agent = Agent::with_http(url.clone(), way, key.clone(), timeout, clock.clone(), &http)?;
            Ok(agent.hiding(hidden.clone()))
        }
    }

    fn secrets_of(&self) -> SecretsOf<'_> {
        SecretsOf { secrets: self.secrets, hidden: self.hidden }
    }
}

/// The way to one org.
pub(super) fn org_reach(
    config: &Config,
    org: &OrgConfig,
    secrets: SecretsOf<'_>,
    clock: &Clock,
    connections: &Connections,
) -> Result<OrgReach, SecretError> {
    let client = client(config, org, clock, connections);
    let client = match &org.flow {
        Flow::Jwt { username, private_key } => {
            let username = username.clone();
            let grant = move |private_key_pem| Grant::Jwt { username: username.clone(), private_key_pem };
            secrets.entrance(private_key, Form::Document, move |key| client(grant(key)))?
        }
        Flow::ClientCredentials { client_secret } => {
            secrets.entrance(client_secret, Form::Line, move |client_secret| {
                client(Grant::ClientCredentials { client_secret })
            })?
        }
        Flow::Browser { client_secret, refresh_token, .. } => {
            let file: Arc<dyn TokenFile> = Arc::new(PrivateFile(config.dir.join(refresh_token)));
            let grant = move |client_secret| Grant::Refresh { client_secret, file: Arc::clone(&file) };
            match client_secret {
                Some(place) => secrets.entrance(place, Form::Line, move |secret| client(grant(Some(secret))))?,
                None => Entrance::ready(client(grant(None))),
            }
        }
        Flow::TokenCommand { command } => {
            Entrance::ready(client(Grant::Program { command: command.clone(), hidden: secrets.hidden.clone() }))
        }
    };
    Ok(OrgReach { client, app: org.terms.app.clone() })
}

/// What makes the org's client of a way to sign in.
fn client(
    config: &Config,
    org: &OrgConfig,
    clock: &Clock,
    connections: &Connections,
) -> impl Fn(Grant) -> Result<Client, Failure> + Send + Sync + 'static {
    let connections = match &org.ca_file {
        None => Ok(connections.clone()),
        Some(path) => trusting(&config.dir.join(path)),
    };
    let (login_url, client_id) = (org.login_url.clone(), org.client_id.clone());
    let (timeout, clock) = (config.poll.timeout, clock.clone());
    move |grant| {
        let credentials = Credentials { login_url: login_url.clone(), client_id: client_id.clone(), grant };
        Client::new(credentials, timeout, clock.clone(), connections.clone()?)
    }
}

/// Where secrets are read from, and what no program may see meanwhile.
#[derive(Clone, Copy)]
pub(super) struct SecretsOf<'a> {
    pub(super) secrets: &'a Secrets,
    pub(super) hidden: &'a SecretVariables,
}

impl SecretsOf<'_> {
    /// What is made with a secret: now, or, where the secret has to be waited for, when it is first wanted.
    fn entrance<T: Send + Sync + 'static>(
        self,
        place: &SecretRef,
        form: Form,
        make: impl Fn(SecretString) -> Result<T, Failure> + Send + Sync + 'static,
    ) -> Result<Entrance<T>, SecretError> {
        match self.secrets.at_hand(place) {
            Some(Err(error)) if error.is_exposed() => Err(error),
            Some(secret) => Ok(Entrance::ready(secret.map_err(|error| without(&error)).and_then(make))),
            None => {
                let (secrets, place, hidden) = (self.secrets.clone(), place.clone(), self.hidden.clone());
                let make = Arc::new(make);
                Ok(Entrance::later(move || {
                    let (secrets, place, hidden) = (secrets.clone(), place.clone(), hidden.clone());
                    let make = Arc::clone(&make);
                    Box::pin(async move {
                        let secret = secrets.fetch(&place, form, &hidden).await;
                        secret.map_err(|error| without(&error)).and_then(|secret| make(secret))
                    })
                }))
            }
        }
    }
}

/// The failure that a target is without its secret.
fn without(error: &SecretError) -> Failure {
    Failure::new(FailureClass::Unauthorized, error.to_string())
}

fn trusting(path: &Path) -> Result<Connections, Failure> {
    let named = |what: &str| Failure::new(FailureClass::Tls, format!("ca_file {}: {what}", path.display()));
    let pem = std::fs::read(path).map_err(|error| named(&error.to_string()))?;
    Connections::trusting(&pem).map_err(|failure| named(failure.text.as_str()))
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
