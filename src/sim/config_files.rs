//! `--write-config`: a `config.toml`, a `secrets.toml` and a key by which fusebox can look at the simulated fleet.

use super::agent::USER;
use super::keys::Keys;
use super::state::Origins;
use super::story::Story;
use super::world::World;
use super::world::org::{MONITOR, Org, Unit};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The key's file, beside `config.toml`.
const KEY: &str = "fusebox.pem";

/// The file of the certificate that clients have to trust.
const AUTHORITY: &str = "ca.pem";

/// A file that could not be written.
#[derive(Debug)]
pub(super) struct ConfigError {
    pub(super) path: PathBuf,
    pub(super) source: io::Error,
}

#[derive(Serialize)]
struct Config<'a> {
    fleet: Fleet<'a>,
    org: Vec<OrgTable>,
    site: Vec<SiteTable>,
}

#[derive(Serialize)]
struct Fleet<'a> {
    name: &'a str,
    mode: &'static str,
    relay: String,
}

#[derive(Serialize)]
struct OrgTable {
    name: String,
    login_url: String,
    client_id: String,
    flow: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    private_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
    app: String,
    slot_limit: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_unit: Option<Unit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rotation: Option<&'static str>,
}

#[derive(Serialize)]
struct SiteTable {
    name: String,
    url: String,
    reach: &'static str,
    user: &'static str,
    password: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    org: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    staging: Option<bool>,
}

/// Writes all files, over what is there.
pub(super) fn write(
    dir: &Path,
    scenario: &str,
    world: &World,
    origins: &Origins,
    keys: &Keys,
    authority: Option<&str>,
) -> Result<(), ConfigError> {
    let failed = |path: &Path, source| ConfigError { path: path.to_owned(), source };
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|error| failed(dir, error))?;
    let mut secrets = BTreeMap::new();
    let orgs = world.orgs.iter().zip(&origins.orgs).map(|(org, origin)| org_table(org, origin, &mut secrets)).collect();
    let told = |index: &usize| world.sites[*index].story != Story::Stranger;
    let sites =
        (0..world.sites.len()).filter(told).map(|index| site_table(world, index, origins, &mut secrets)).collect();
    let config = Config {
        fleet: Fleet { name: scenario, mode: "read-write", relay: format!("{}/oauth/", origins.login) },
        org: orgs,
        site: sites,
    };
    let text = |value: Result<String, toml::ser::Error>| value.map_err(io::Error::other);
    let config = text(toml::to_string(&config)).map_err(|error| failed(dir, error))?;
    let secrets = text(toml::to_string(&secrets)).map_err(|error| failed(dir, error))?;
    let files = [("config.toml", config.as_str()), ("secrets.toml", &secrets), (KEY, &keys.private_pem)];
    for (name, content) in files.into_iter().chain(authority.map(|pem| (AUTHORITY, pem))) {
        let path = dir.join(name);
        write_private(&path, content).map_err(|error| failed(&path, error))?;
    }
    Ok(())
}

/// Mode 0600 from the first byte on: the file is made anew, so that no older and wider mode stays.
fn write_private(path: &Path, content: &str) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?.write_all(content.as_bytes())
}

fn org_table(org: &Org, origin: &str, secrets: &mut BTreeMap<String, String>) -> OrgTable {
    let monitor = &org.monitor;
    let stored = (!monitor.jwt).then(|| {
        let name = format!("{}-client-secret", org.name);
        secrets.insert(name.clone(), monitor.client_secret.clone());
        format!("store:{name}")
    });
    OrgTable {
        name: org.name.clone(),
        login_url: origin.to_owned(),
        client_id: monitor.client_id.clone(),
        flow: if monitor.jwt { "jwt" } else { "client-credentials" },
        username: monitor.jwt.then(|| org.users[MONITOR].username.clone()),
        private_key: monitor.jwt.then(|| format!("file:{KEY}")),
        client_secret: stored,
        app: org.app.label.clone(),
        slot_limit: org.slot_limit,
        policy_unit: org.app.policy.period().map(|period| period.unit),
        rotation: org.app.rotation.then_some("on"),
    }
}

fn site_table(world: &World, index: usize, origins: &Origins, secrets: &mut BTreeMap<String, String>) -> SiteTable {
    let site = &world.sites[index];
    secrets.insert(site.name.clone(), site.password.clone());
    let origin = if site.story == Story::Gone { &origins.gone } else { &origins.sites };
    // The site itself names an org that is gone.
    let told = site.org.filter(|_| site.story == Story::SandboxRefreshed);
    SiteTable {
        name: site.name.clone(),
        url: format!("{origin}/{}", site.name),
        reach: "rest",
        user: USER,
        password: format!("store:{}", site.name),
        org: told.map(|org| world.orgs[org].name.clone()),
        staging: (site.story == Story::Staging).then_some(true),
    }
}
